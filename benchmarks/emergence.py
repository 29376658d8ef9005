"""When the camera emerges in the latent pose: from the recorded curves of the shipped trainings, nothing is trained."""

import json

import torch

from rust_edu.evaluation.probes import QUANTITIES
from rust_edu.paths import shipped

RUNS = ("rust-laptop", "rust-fine")  # not orbit: its curve begins in the sector
LEVELS = (0.5, 0.9)


def first_passing(history: list[dict], level: float) -> float | None:
    """Minutes until the mean R2 of the quick read-out of pairs is first at least `level`; None if it never is."""
    for point in history:
        if QUANTITIES[0] in point and sum(point[name] for name in QUANTITIES) / len(QUANTITIES) >= level:
            return point["seconds"] / 60
    return None


def measure(device: torch.device):
    for run in RUNS:
        history = json.loads(shipped("weights", f"{run}.curve.json").read_text(encoding="utf-8"))
        minutes = [first_passing(history, level) for level in LEVELS]
        yield (f"mean R2 of pairs passes {LEVELS[0]} and {LEVELS[1]}, {run} as recorded",
               " and ".join("never" if m is None else f"{m:.1f} min" for m in minutes))
