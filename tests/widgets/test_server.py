"""Websockets that send at once: switched on in JupyterLab by `make course`'s configuration."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jupyter_server.extension.manager import ExtensionPackage

from rust_edu.widgets import server

CONFIGURED = Path(__file__).resolve().parents[2] / ".jupyter" / "jupyter_server_config.d" / "rust_edu.json"


def test_jupyter_server_takes_what_the_configuration_names():
    (name, enabled), = json.loads(CONFIGURED.read_text())["ServerApp"]["jpserver_extensions"].items()
    package = ExtensionPackage(name=name, enabled=enabled)
    assert package.validate() and list(package.extension_points) == [name]
    assert package.extension_points[name].module is server


def test_a_websocket_is_told_once_opened_and_opened_as_before(monkeypatch):
    class Handler:
        seen = ()

        def set_nodelay(self, value):
            self.seen += ("nodelay", value)

        async def open(self, kernel, name=None):
            self.seen += (kernel, name)
            return "opened"

    monkeypatch.setattr(server, "KernelWebsocketHandler", Handler)
    server._load_jupyter_server_extension(None)
    handler = Handler()
    with ThreadPoolExecutor(1) as thread:  # in this one a browser test of the same process may have a loop running
        assert thread.submit(asyncio.run, handler.open("k", name="n")).result() == "opened"
    assert handler.seen == ("nodelay", True, "k", "n")


def test_another_version_of_jupyter_server_is_no_error(monkeypatch):
    monkeypatch.setattr(server, "KernelWebsocketHandler", None)
    server.send_at_once()
