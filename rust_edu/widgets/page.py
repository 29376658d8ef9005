"""The explorer as a page of its own: `rust-edu explore` serves it with voila, on the loopback address only.

Everything is made in a temporary folder: a notebook of one cell, and a copy of voila's page template without its links
to the network (its icon fonts, which this page does not use). Public: `serve`, `prepare`, `command`,
`environment`, `free_port`.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from ..errors import InputError

ADDRESS = "127.0.0.1"
NOTEBOOK, TEMPLATE = "RUST explorer.ipynb", "rust_edu"
CELL = "from rust_edu.widgets import LatentPoseExplorer\n\nLatentPoseExplorer()"
EXTENSIONS = ("@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget")
PAGE_LINK = re.compile(r"^.*<link[^>]*https?://.*\n", re.MULTILINE)


def serve(port: int = 0, browser: bool = True) -> int:
    """Serve the explorer until Ctrl-C; returns voila's exit code. `port` 0: any that is free.

    Raises InputError if the port is taken.
    """
    print("Starting the explorer ...", flush=True)
    port = port or free_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise InputError(f"port {port} cannot be used ({error.strerror})", "one that is free",
                             "Leave --port away: one is found.") from error
    with tempfile.TemporaryDirectory(prefix="rust-edu-explore-") as folder:
        notebook = prepare(Path(folder))
        print(f"The explorer: http://{ADDRESS}:{port}/\nThe page takes some seconds to open. Ctrl-C ends it.",
              flush=True)
        try:
            return subprocess.run(command(notebook, port, browser), env=environment(Path(folder))).returncode
        except KeyboardInterrupt:
            return 0  # the way to end it


def prepare(folder: Path, cell: str = CELL) -> Path:
    """Write the notebook and the template into a folder; returns the notebook."""
    from voila.paths import collect_template_paths  # voila is only needed here

    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    only = {"id": "explorer", "cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [],
            "source": cell}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": [only]}
    (folder / NOTEBOOK).write_text(json.dumps(notebook), encoding="utf-8")
    known = (Path(path) / "index.html.j2" for path in collect_template_paths(["voila"], "lab"))
    page = next(path for path in known if path.exists()).read_text(encoding="utf-8")
    template = folder / "voila" / "templates" / TEMPLATE
    template.mkdir(parents=True)
    (template / "index.html.j2").write_text(PAGE_LINK.sub("", page), encoding="utf-8")
    (template / "conf.json").write_text('{"base_template": "lab"}', encoding="utf-8")
    return folder / NOTEBOOK


def command(notebook: Path, port: int, browser: bool = False) -> list[str]:
    """The command that serves a notebook made by `prepare`."""
    return [sys.executable, "-m", "rust_edu.widgets.server", str(notebook), f"--Voila.ip={ADDRESS}", f"--port={port}",
            f"--VoilaConfiguration.template={TEMPLATE}", "--VoilaConfiguration.theme=light",
            *(f"--VoilaConfiguration.extension_allowlist={name}" for name in EXTENSIONS),
            "--Voila.log_level=ERROR", "--KernelManager.transport_encryption=auto", f"--Voila.open_browser={browser}"]


def environment(folder: Path) -> dict[str, str]:
    """This process's environment, in which voila finds the template, and a kernel this very package."""
    first = {"PYTHONPATH": Path(__file__).resolve().parents[2], "JUPYTER_PATH": folder}
    return os.environ | {name: os.pathsep.join(filter(None, (str(path), os.environ.get(name))))
                         for name, path in first.items()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]
