"""How long the explorer takes from a motion to its new picture: `python -m benchmarks.explorer [threads]`.

Measured twice: in Python alone (latent pose in; picture, read-out and flags out), and, where Chromium and Playwright
are installed, in a browser on the page of `rust-edu explore`, from the event of an arrow key to the picture on the
canvas, through the websocket and the kernel. `measure` gives the rows of the first to `python -m benchmarks`.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from rust_edu.training.record import hardware
from rust_edu.widgets import page
from rust_edu.widgets.places import shelf, weights_for
from rust_edu.widgets.session import ExplorerSession

PROMISE = 33.0  # milliseconds from input to picture
MOVES = 300


def quantiles(milliseconds: list[float]) -> str:
    """Median and 95th percentile, in words."""
    ordered = sorted(milliseconds)
    return f"median {statistics.median(ordered):.1f} ms, p95 {ordered[int(0.95 * len(ordered))]:.1f} ms"


def measure(_: torch.device):
    """(what, measured) of the explorer without a browser; always on one thread of the CPU."""
    for world in ("sector", "orbit"):
        started = time.perf_counter()
        session = ExplorerSession.from_pretrained(weights_for(world))
        yield f"explorer, {world}: loaded and latent space measured", f"{time.perf_counter() - started:.1f} s"
        for what, found in _in_python(session):
            yield f"explorer, {world}: {what}", found


def _in_python(session: ExplorerSession):
    """(what, measured) of a session in the scenes of its own world."""
    there = shelf(session.space.world, session.model.config.size)
    yield "enter a scene", quantiles(_times(lambda i: session.enter(there.place(i % len(there))), 30))
    yield "move, new picture", quantiles(_times(lambda i: session.orbit(azimuth=0.02 * (-1) ** i), MOVES))
    yield "90 degrees at once", quantiles(_times(lambda i: session.orbit(azimuth=1.57 * (-1) ** i), MOVES))
    yield "attention of a pixel", quantiles(_times(lambda i: session.attention(i % 32, i // 32), MOVES))


def in_browser() -> tuple[str, str]:
    """(what, measured): from the key event to the picture on the canvas, one key at a time, and as fast as it goes."""
    from playwright.sync_api import sync_playwright

    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        notebook, port = page.prepare(Path(folder)), page.free_port()
        server = subprocess.Popen(page.command(notebook, port), env=page.environment(Path(folder)),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
            seen = browser.new_page()
            _open(seen, f"http://{page.ADDRESS}:{port}/")
            found = seen.evaluate(HAND, MOVES)
            browser.close()
        finally:
            server.terminate()
            server.wait()
    return quantiles(found["single"]), f"{found['pictures'] / found['seconds']:.0f} pictures/s"


HAND = """async (moves) => {
    const view = document.querySelector('.re-view'), root = view.closest('.re-root');
    const press = (key) => view.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    const pictures = () => Number(root.dataset.pictures);
    const next = (count) => new Promise((done) => {
        const watch = new MutationObserver(() => { if (pictures() > count) { watch.disconnect(); done(); } });
        watch.observe(root, { attributes: true, attributeFilter: ['data-milliseconds'] });
    });
    const single = [];
    for (let i = 0; i < moves + 10; i += 1) {
        const drawn = next(pictures());
        press(i % 2 ? 'ArrowLeft' : 'ArrowRight');
        await drawn;
        if (i >= 10) single.push(Number(root.dataset.milliseconds)); // the first ones warm up
        await new Promise((done) => setTimeout(done, 30));
    }
    const before = pictures(), started = performance.now();
    while (performance.now() - started < 4000) { // an event every four milliseconds: more than any hand
        press(Math.floor((performance.now() - started) / 500) % 2 ? 'ArrowLeft' : 'ArrowRight');
        await new Promise((done) => setTimeout(done, 4));
    }
    return { single, pictures: pictures() - before, seconds: (performance.now() - started) / 1000 };
}"""


def _open(seen, address: str) -> None:
    for _ in range(120):
        try:
            seen.goto(address, wait_until="commit")
            break
        except Exception:  # the server is not up yet
            time.sleep(0.5)
    seen.wait_for_selector(".re-root[data-pictures]", timeout=120_000)


def _times(work: Callable[[int], object], count: int) -> list[float]:
    """Milliseconds of `work(i)` for each i, after a few that warm up."""
    for i in range(5):
        work(i)
    found = []
    for i in range(count):
        started = time.perf_counter()
        work(i)
        found.append(1000 * (time.perf_counter() - started))
    return found


def main() -> None:
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{hardware(torch.device('cpu'))}; {os.cpu_count()} cores, load {load} before this; promised: {PROMISE:g} ms")
    for what, found in measure(torch.device("cpu")):
        print(f"  {what}: {found}", flush=True)
    if shutil.which("chromium"):
        single, stream = in_browser()
        print(f"  in Chromium, from a key to the picture on the canvas: {single}; held down: {stream}")
    else:
        print("  in a browser: not measured, no Chromium (Debian: apt-get install chromium)")


if __name__ == "__main__":
    main()
