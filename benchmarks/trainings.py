"""The queue of trainings behind `data/weights`: one command that goes on where it stopped.

    python -m benchmarks.trainings --list                 what is shipped, under way, and to come
    python -m benchmarks.trainings --workers 2            train what is missing, in order, a thread for each worker
    python -m benchmarks.trainings --only 'srt-gaze*'     of these names alone
    python -m benchmarks.trainings --device cuda --workers 6    a small model leaves a GPU idle: several share it

Each run is the command that its record will name, in a process of its own, with its checkpoint and log in
`runs/<name>`. A finished one is rounded to half precision, put into `data/weights` with its curve, and evaluated into
`data/results.json`. Ctrl-C stops all after the step at hand. A run counts as done if its weights and its results
are there, made by the same command in as many steps; several queues may run at once: a run is taken by one of them.

Public: `Run`, `RUNS`, `main`.
"""

import argparse
import fnmatch
import shlex
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from rust_edu.errors import RustEduError, WeightsError
from rust_edu.evaluation.results import load_results
from rust_edu.models.weights import load_weights, shipped_weights
from rust_edu.training.checkpoint import CHECKPOINT
from rust_edu.training.profiles import get_profile
from rust_edu.training.record import ship

FOLDER = Path("runs")


@dataclass(frozen=True)
class Run:
    """A training: what follows `rust-edu train`, and whether a model that looks is evaluated too."""

    model: str
    profile: str
    pixel: bool = False
    noise: float = 0.0
    seed: int = 0
    latent: int = 0
    looking: bool = False

    @property
    def arguments(self) -> list[str]:
        words = ["--model", self.model, "--profile", self.profile, "--seed", str(self.seed)]
        words += ["--pixel"] if self.pixel else []
        words += ["--latent", str(self.latent)] if self.latent else []
        return words + (["--noise", f"{self.noise:g}"] if self.noise else [])

    @property
    def name(self) -> str:
        parts = [self.model, self.profile]
        parts += [f"latent{self.latent}"] if self.latent else []
        parts += ["pixel"] if self.pixel else []
        parts += [f"noise{self.noise:g}"] if self.noise else []
        return "-".join(parts + ([f"seed{self.seed}"] if self.seed else []))

    @property
    def done(self) -> bool:
        try:
            _, record = load_weights(shipped_weights(*self.name.split("-", 1)))
        except WeightsError:
            return False
        if load_results().get(self.name, {}).get("command") != record.get("command"):
            return False  # shipped, but the evaluation did not come to its end
        same_length = record.get("steps") == get_profile(self.profile).steps
        return same_length and set(self.arguments) <= set(shlex.split(record.get("command", "")))


POSED = [(model, pixel) for model in ("srt", "upsrt") for pixel in (True, False)]  # the fair variants first
TABLE = [Run("rust", "gaze", seed=seed) for seed in range(3)]
TABLE += [Run(model, "gaze", pixel, noise, seed, looking=seed == 0 and pixel)
          for seed in range(3) for model, pixel in POSED for noise in (0.0, 0.1)]
SWEEP = [Run(model, "gaze", pixel, noise) for noise in (0.02, 0.05, 0.2) for model, pixel in POSED]
SHARP = [Run(model, "sharp", pixel=model == "srt", seed=seed) for seed in range(3) for model in ("rust", "srt")]
WIDTHS = [Run("rust", "gaze", latent=width) for width in (1, 3, 64)]
# In the order in which the course needs them: one of each first.
RUNS = [*TABLE[:1], *TABLE[3:11], *SHARP[:2], *SWEEP, *TABLE[1:3], *TABLE[11:], *WIDTHS, *SHARP[2:]]


def work(runs: list[Run], device: str, stop: threading.Event) -> None:
    """Train, ship and evaluate one run after the other; one that another worker has taken is left to it."""
    for run in runs:
        folder = FOLDER / run.name
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(folder / "taken.lock", timeout=0):
                if not stop.is_set() and not run.done:
                    _train(run, folder, device)
        except Timeout:
            continue
        except (subprocess.CalledProcessError, RustEduError, OSError) as error:
            if not stop.is_set():
                print(f"{run.name}: {error}. See {folder / 'log'}; the queue goes on.", flush=True)


def _train(run: Run, folder: Path, device: str) -> None:
    print(f"{run.name}: {'goes on' if (folder / CHECKPOINT).exists() else 'begins'}", flush=True)
    command = [sys.executable, "-m", "rust_edu"]
    with open(folder / "log", "ab") as log:
        subprocess.run([*command, "train", *run.arguments, "--device", device, "--threads", "1"],
                       check=True, stdout=log, stderr=subprocess.STDOUT)
        path = ship(folder, run.name)
        with FileLock(FOLDER / "results.lock"):  # one evaluation at a time writes results.json
            subprocess.run([*command, "evaluate", "--record", str(path), "--device", device, "--threads", "1",
                            *(["--looking"] if run.looking else [])], check=True, stdout=log, stderr=subprocess.STDOUT)
    (folder / CHECKPOINT).unlink(missing_ok=True)
    print(f"{run.name}: shipped as {path}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="say what is done and what is not")
    parser.add_argument("--only", default="*", help="names, with * for anything")
    parser.add_argument("--workers", type=int, default=1, help="trainings at a time")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    runs = [run for run in RUNS if fnmatch.fnmatch(run.name, options.only)]
    if options.list:
        for run in runs:
            state = "shipped" if run.done else "under way" if (FOLDER / run.name / CHECKPOINT).exists() else "to come"
            print(f"{state:10}{run.name}")
        return
    stop = threading.Event()
    workers = [threading.Thread(target=work, args=(runs, options.device, stop)) for _ in range(options.workers)]
    for worker in workers:
        worker.start()
    try:
        for worker in workers:
            worker.join()
    except KeyboardInterrupt:  # the trainings of this terminal have got it too, and save
        stop.set()
        for worker in workers:
            worker.join()


if __name__ == "__main__":
    main()
