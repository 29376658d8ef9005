"""Websockets that send at once: for the page of `rust-edu explore`, which is voila's, and for JupyterLab.

JupyterLab loads this module as a server extension where its configuration says so, as `make course` has it (.jupyter).

A kernel's answer is several small messages. By TCP's default (Nagle's algorithm) the second waits until the browser has
acknowledged the first, and a browser may take 40 ms over that: with a key held down, two thirds of the explorer's time
was spent on it (benchmarks/explorer.md).
"""

import sys

try:
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
except ImportError:  # another version keeps it elsewhere: slower, no harm
    KernelWebsocketHandler = None


def send_at_once() -> None:
    """From now on, kernels' websockets of this process do not wait for acknowledgements."""
    if KernelWebsocketHandler is None:
        return
    before = KernelWebsocketHandler.open

    async def opened(self, *arguments, **named):
        self.set_nodelay(True)
        return await before(self, *arguments, **named)

    KernelWebsocketHandler.open = opened


def _jupyter_server_extension_points() -> list[dict]:
    return [{"module": "rust_edu.widgets.server"}]


def _load_jupyter_server_extension(server) -> None:
    send_at_once()


if __name__ == "__main__":
    from voila.app import main

    send_at_once()
    sys.exit(main())
