"""One call that evaluates a model in every way this room knows: pictures, probes, transfer.

Public: `evaluate_model`, `report_weights`, `report_baselines`, `show`, `test_scenes`.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from .. import terminal
from ..datasets import SceneSet, load_or_make, open_dataset
from ..errors import WeightsError
from ..models import RUST, UpSRT
from ..models.weights import load_weights
from ..paths import kept_folder, shipped
from ..scenes.worlds import WORLDS
from . import results
from .probes import latent_poses, probe_all
from .protocol import BASELINES, INPUTS, TARGETS, evaluate_scenes
from .told import evaluate_told
from .transfer import transfer, transfer_views

TEST_SEED, PROBE_SEED, NOISE_SEED = 9001, 9002, 9004  # of data that no model is trained on, and of its noise
SHIPPED_SIZE = 32  # pixels, of the test scenes in data/test
SEEDS = (0, 1, 2)  # of the random choices of inputs and targets


def test_scenes(world: str, size: int = SHIPPED_SIZE) -> SceneSet:
    """The held-out scenes of a world: those that ship; of other worlds and sizes, made once and cached."""
    folder = shipped("test", world)
    if size == SHIPPED_SIZE and folder.exists():
        return open_dataset(folder)
    return load_or_make(world, 200, INPUTS + TARGETS, size, seed=TEST_SEED)


test_scenes.__test__ = False  # no test, whatever pytest thinks of the name


def evaluate_model(model, world: str, noise: float = 0.0, seeds: Sequence[int] = SEEDS,
                   test: SceneSet | None = None, fit: SceneSet | None = None, pairs: int = 100,
                   looking: bool = False) -> dict:
    """Everything measured of a model (or a baseline) on a world, as plain JSON: fields for results.json.

    metrics        {metric: {mean, stderr, spread}} by the half-image protocol (see `protocol`), one random
                   choice of inputs and targets for each seed; with cameras as noisy as in training
    metrics_clean  the same with the true cameras; only if `noise` is not 0
    told           models that are told cameras only: decibels by the sigma of the test's cameras (see `told`)
    probes         RUST only: fitted on 500 other scenes, scored on the test scenes (see `probes`)
    transfer       RUST only: latents of one scene used in another, for `pairs` of them (see `transfer`)

    `noise` is the sigma of `cameras.perturb` that a posed model was trained with, in radians and scene units.
    `looking`: also what a model that is told cameras draws if it corrects them on the left half; takes minutes.
    `test` and `fit`, the test scenes and those to fit probes on, are the published ones if not given.
    """
    size = model.config.size if hasattr(model, "config") else SHIPPED_SIZE
    test = test_scenes(world, size) if test is None else test
    noisy = test.with_pose_noise(noise, NOISE_SEED) if noise else test
    report = {"model": model.name, "world": world, "noise": float(noise),
              "evaluated_with": results.versions(),
              "protocol": {"inputs": INPUTS, "targets": TARGETS, "scenes": len(test), "seeds": list(seeds)},
              "metrics": evaluate_scenes(model, noisy, seeds)}
    if hasattr(model, "parameters_count"):
        report["parameters"] = model.parameters_count()
    if noise:
        report["metrics_clean"] = evaluate_scenes(model, test, seeds)
    if isinstance(model, UpSRT):
        report["told"] = evaluate_told(model, test, NOISE_SEED, looking, seeds)
    if isinstance(model, RUST):
        fit = load_or_make(world, 500, 10, size, seed=PROBE_SEED) if fit is None else fit
        report["probes"] = probe_all(*(latent_poses(model, s, INPUTS, TARGETS) for s in (fit, test)))
        report["transfer"] = transfer(model, *transfer_views(world, pairs, INPUTS, TARGETS, size), INPUTS)
    return report


def report_weights(path: Path, device: torch.device, record: bool = False,
                   console: Console | None = None, looking: bool = False) -> dict:
    """Evaluate a weight file on the world and with the pose noise it was trained for, and print the tables.

    With `record` the entry first goes into data/results.json, under the name of the file (or of its folder, for a
    run's `weights.safetensors`), and so do the baselines of the same world. `looking` as for `evaluate_model`.
    Returns the entry.
    """
    path = Path(path)
    if record:
        kept_folder()  # found out before the minutes that it takes
    model, made = load_weights(path)
    world, noise = made.get("world", "sector"), made.get("noise", 0.0)
    if not isinstance(world, str) or type(noise) not in (int, float):
        raise WeightsError(f"{path} does not say for which world and noise it was trained",
                           "weights written by rust_edu")
    if world not in WORLDS:
        raise WeightsError(f"{path} was trained on {world}", "a world that can be rendered: " + ", ".join(WORLDS),
                           "Of your own photos, the training's curve says how it does on unseen ones.")
    kept = {key: value for key, value in made.items() if key != "last"}  # of another test: not to be mixed up
    entry = kept | evaluate_model(model.to(device), world, noise, looking=looking)
    name = path.resolve().parent.name if path.stem == "weights" else path.stem
    if record:  # first: whatever becomes of the printing, the numbers are kept
        results.record(name, entry)
        report_baselines(world)
    show(name, entry, console)
    return entry


def report_baselines(world: str) -> None:
    """Evaluate the baselines without learning on a world and record them, unless these versions have."""
    known = results.load_results()
    for name, baseline in BASELINES.items():
        if known.get(f"{name}-{world}", {}).get("evaluated_with") != results.versions():
            results.record(f"{name}-{world}", evaluate_model(baseline, world))


def show(name: str, entry: dict, console: Console | None = None) -> None:
    """Print an entry of results.json as tables: pictures, then, for RUST, the probes and the transfer test."""
    console = console or terminal.console()
    title = f"{name} on {entry['world']}"
    table = Table("right halves", "mean", "standard error", "spread of choices", title=title)
    for field, words in (("metrics", ""), ("metrics_clean", ", clean cameras")):
        for metric, found in entry.get(field, {}).items():
            numbers = (f"{found[key]:.3f}" for key in ("mean", "stderr", "spread"))
            table.add_row(metric.upper() + words, *numbers)
    console.print(table)
    if "told" in entry:
        table = Table("cameras wrong by σ", "as told", "corrected on the left half", title="PSNR (dB)")
        for sigma, found in entry["told"].items():
            numbers = (f"{found[key]['mean']:.2f}" if key in found else "" for key in ("as_told", "corrected"))
            table.add_row(sigma, *numbers)
        console.print(table)
    if "probes" in entry:
        table = Table("read-out", "probe", "azimuth", "elevation", "distance", title="R2 (median error)")
        for read, kinds in entry["probes"].items():
            for kind, found in kinds.items():
                units = {"azimuth": "°", "elevation": "°", "distance": ""}
                table.add_row(read, kind, *(f"{found['r2'][q]:.2f} ({found['median_error'][q]:.2g}{unit})"
                                            for q, unit in units.items()))
        console.print(table)
    if "transfer" in entry:
        table = Table("latents used in another scene", "PSNR (dB)")
        for condition, found in entry["transfer"].items():
            table.add_row(condition.replace("_", " "), f"{found['mean']:.2f} ± {found['stderr']:.2f}")
        console.print(table)
