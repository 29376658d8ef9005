"""The demo: RUST trained from scratch on this machine for a few minutes, a table row, and one picture.

And the pictures of the README, which show the same of the shipped weights. Public: `run_demo`, `show`, `write_figures`.
"""

import json
from pathlib import Path

import torch
from rich.table import Table

from .datasets import SceneSet, open_dataset
from .errors import RustEduError
from .evaluation.latent_space import principal_components, traverse, what_follows
from .evaluation.probes import latent_poses, quick_pair_r2
from .evaluation.protocol import evaluate_views, summary
from .evaluation.sweep import flat_levels, noise_sweep
from .figures import camera_conventions, check_place, demo_figure, noise_curve, save, training_curve, world_gallery
from .models import RUST
from .models.weights import BEST, load_weights, shipped_weights
from .paths import shipped
from .terminal import console
from .training.loop import fit, steps_for
from .training.profiles import get_profile

COMPONENTS, SPREAD = 3, 2.0  # components shown, and how far: standard deviations of what the data has
SCENE = 4  # of the test set, shown in the picture


def run_demo(minutes: float, picture: Path, seed: int, device: torch.device) -> None:
    """Train for about `minutes`, print this run's row beside the shipped model's, and write the picture.

    Raises InputError if the picture could not be saved there, before the training.
    """
    check_place(picture)
    screen, profile = console(), get_profile("laptop")
    test = open_dataset(shipped("test", profile.world)).to(device)
    steps = min(steps_for(minutes, "rust", profile, device), profile.steps)
    about = "about" if steps < profile.steps else "at most"
    screen.print(f"Training RUST from {profile.scenes} scenes of RGB pictures without any camera: {steps} steps, "
                  f"{about} {minutes:g} minutes on this machine (once, before it: rendering the scenes).",
                  highlight=False)
    result = fit("rust", profile, steps=steps, seed=seed, device=device)
    if not result.finished:
        screen.print(f"Stopped after {result.steps} of {steps} steps; this is how far it came.")
    table = Table("model", "trained for", "PSNR", "azimuth", "elevation", "distance")
    table.add_row("RUST, this run", f"{result.seconds / 60:.1f} min", *_row(result.model, test))
    try:
        best, record = load_weights(shipped_weights("rust", BEST), RUST)
        table.add_row("RUST, shipped", f"{record['seconds'] / 60:.1f} min", *_row(best.to(device), test))
    except RustEduError as error:
        screen.print(f"No row for the shipped model: {error}")
    screen.print(table)
    screen.print("PSNR in dB, of the half of each new view that the model did not see. The rest is R2: how much of "
                  "the change of camera between two views can be read out of their two latent poses.")
    headline = f"RUST after {result.seconds / 60:.1f} minutes on this machine, from pictures alone"
    save(show(result.model, test, headline), picture)
    screen.print(f"The picture: {picture.resolve()}", soft_wrap=True)


def write_figures(folder: Path) -> list[Path]:
    """Make the README's pictures from the shipped weights and the recorded results; returns their paths."""
    weights = shipped_weights("rust", BEST)
    model, record = load_weights(weights, RUST)
    test = open_dataset(shipped("test", record["world"]))
    curve = json.loads(weights.with_suffix(".curve.json").read_text())
    headline = f"RUST learned this from pictures alone, in {record['seconds'] / 60:.0f} minutes"
    figures = {"demo": show(model, test, headline), "training": training_curve(curve),
               "noise": noise_curve(noise_sweep() + flat_levels()), "cameras": camera_conventions(),
               "worlds": world_gallery()}
    return [save(figure, folder / f"{name}.png") for name, figure in figures.items()]


def _row(model: RUST, test: SceneSet) -> list[str]:
    scores = summary(evaluate_views(model, test.views(slice(None)), metrics=("psnr",)))
    read = quick_pair_r2(*latent_poses(model, test))
    return [f"{scores['psnr']['mean']:.2f}", *(f"{value:.2f}" for value in read)]


def show(model: RUST, test: SceneSet, headline: str, scene: int = SCENE):
    """The demo's figure: inputs, new views, predictions, errors, and a walk along the first principal components."""
    z, cameras = latent_poses(model, test)
    space = principal_components(z)
    names = [follows.word for follows in what_follows(space.scores, cameras)[:COMPONENTS]]
    inputs, targets = test.views(slice(scene, scene + 1)).split(3, 5)
    with torch.no_grad():
        slsr = model.encode(inputs)
        pose = model.pose(inputs, targets, slsr, False)
        predictions = model.render(pose, slsr)
    walks = torch.stack([traverse(model, slsr, pose[:, 0], space, component, 7, SPREAD)
                         for component in range(COMPONENTS)])
    pictures = (inputs.images[0].cpu(), targets.images[0].cpu(), predictions[0].cpu(), walks.cpu())
    return demo_figure(*pictures, names, headline)
