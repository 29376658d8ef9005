"""Widgets in a real browser: Chromium, driven by Playwright, in JupyterLab and on the page of `rust-edu explore`.

Chromium is the system's. Without it, or without Playwright, these tests are skipped, and say what to install.
Screenshots go to the folder RUST_EDU_SCREENSHOTS if it is set, else to pytest's temporary folder.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from hands import EXPLORER, Hands, Watched

from rust_edu.widgets import page as own_page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]
ROOT = Path(__file__).resolve().parents[2]
DIAL_CELL = "from rust_edu.course.chapters.c06_when_poses_lie.noise_dial import PoseNoiseDial\n\nPoseNoiseDial()"

playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install -e '.[dev]'")


def pytest_collection_modifyitems(items):
    if CHROMIUM is None:
        skip = pytest.mark.skip(reason="no Chromium: apt-get install chromium (Debian), or put chromium on the path")
        for item in items:
            if Path(item.fspath).parent == Path(__file__).parent:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory) -> Path:
    named = os.environ.get("RUST_EDU_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def serving(command: list[str], environment: dict, address: str, log: Path):
    """A server that answers at `address`, ended with its kernels when the block is left."""
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=log.parent)
        try:
            for _ in range(240):
                if process.poll() is not None:
                    break
                try:
                    urllib.request.urlopen(address + "static/favicon.ico", timeout=2).close()
                    break
                except urllib.error.HTTPError:
                    break  # it answers
                except OSError:
                    time.sleep(0.5)
            assert process.poll() is None, log.read_text()[-2000:]
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def voila_page(browser, tmp_path_factory):
    """The page of `rust-edu explore`, opened once."""
    folder = tmp_path_factory.mktemp("voila")
    notebook, port = own_page.prepare(folder), own_page.free_port()
    address = f"http://{own_page.ADDRESS}:{port}/"
    environment = own_page.environment(folder) | {"JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    with serving(own_page.command(notebook, port), environment, address, folder / "voila.log"):
        watched = Watched(browser)
        watched.page.goto(address, wait_until="commit")
        watched.page.wait_for_selector(".re-root[data-pictures]")
        yield watched
        watched.close()


@pytest.fixture(scope="session")
def lab_page(browser, tmp_path_factory):
    """JupyterLab with a notebook that holds both widgets, all cells run."""
    folder = tmp_path_factory.mktemp("lab")
    cells = [own_page.CELL, DIAL_CELL]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}, "cells": [
        {"id": f"cell-{i}", "cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [],
         "source": source} for i, source in enumerate(cells)]}
    (folder / "widgets.ipynb").write_text(json.dumps(notebook))
    settings = folder / "lab-settings" / "@jupyterlab"
    for name, values in {"notebook-extension/tracker": {"windowingMode": "none"},
                         "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False}}.items():
        path = settings / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    port = own_page.free_port()
    own = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment = os.environ | own | {
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "lab-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1",
               "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={folder}",
               "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=", "--ServerApp.log_level=ERROR"]
    address = f"http://127.0.0.1:{port}/"
    with serving(command, environment, address, folder / "lab.log"):
        watched = Watched(browser, height=1100)
        watched.page.goto(address + "lab/tree/widgets.ipynb", wait_until="commit")
        # Lab says idle before the kernel is connected, and would then run nothing, without an error.
        watched.page.wait_for_function("""() => {
            const panel = window.jupyterapp?.shell?.currentWidget;
            return panel?.sessionContext?.session?.kernel?.connectionStatus === 'connected'
                && panel.content?.widgets?.length >= 2;
        }""")
        watched.page.evaluate("window.jupyterapp.shell.collapseLeft()")  # as a reader with a narrow screen does
        watched.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        watched.page.wait_for_selector(".re-root[data-pictures] >> nth=1")
        yield watched
        watched.close()


@pytest.fixture(scope="session", params=["voila", "lab"])
def where(request):
    """Each place in turn: the page on its own, and JupyterLab."""
    return request.getfixturevalue(f"{request.param}_page")


@pytest.fixture
def hands(where) -> Hands:
    """The explorer in the first scene, at its first target, where it began."""
    where.page.set_viewport_size({"width": 1400, "height": 1100})
    hands = Hands(where.page, EXPLORER)
    hands.after(hands.button("Scene 140 of sector").click)
    where.page.mouse.move(0, 0)
    return hands
