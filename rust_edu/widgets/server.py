"""voila, with websockets that send at once: what `rust-edu explore` runs.

A kernel's answer is several small messages. By TCP's default (Nagle's algorithm) the second waits until the browser has
acknowledged the first, and a browser may take 40 ms over that: with a key held down, two thirds of the explorer's time
was spent on it (benchmarks/explorer.md).
"""

import sys

from voila.app import main

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


if __name__ == "__main__":
    send_at_once()
    sys.exit(main())
