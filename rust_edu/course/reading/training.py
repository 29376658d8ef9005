"""Load or train: the cell of a notebook in which a model comes from shipped weights, or is trained before your eyes.

    trained = load_or_train("rust-laptop", YourRUST, get_profile(profile), retrain=retrain, minutes=5)
    trained.model, trained.history

With `retrain=False`, and always while nbgrader runs the notebook, the shipped weights are loaded into the model that
`make` builds: the reader's own parts, with weights that were trained elsewhere. With `retrain=True` it is trained from
scratch, with a progress bar and a live curve. Interrupting the kernel ends the training after the step at hand, and the
notebook goes on with what there is; running the cell again goes on with the training, even in a new kernel. A training
that came to its end is not resumed: the next one starts anew.

Public: `load_or_train`, `Trained`.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ...errors import InputError, WeightsError
from ...figures import LiveCurve
from ...models import ModelConfig, SceneModel
from ...models.weights import load_weights
from ...paths import cache_folder, shipped, whole_file
from ...training.checkpoint import CHECKPOINT, prepare_folder
from ...training.loop import Result, fit, steps_for
from ...training.profiles import Profile

SCENES = 2000  # of a training of minutes: rendered in about one, and too many to be learned by heart
PLAN = "plan.json"  # beside the checkpoint: how many steps the run has, which were measured when it began


@dataclass
class Trained:
    """A model, in eval mode on the CPU, and where it comes from."""

    model: SceneModel
    history: list[dict]  # points of the training curve
    here: bool  # trained in this notebook; False: shipped weights
    finished: bool = True  # False if the training was interrupted
    steps: int = 0


def load_or_train(name: str, make: Callable[[ModelConfig], SceneModel], profile: Profile, *, retrain: bool,
                  minutes: float = 5.0, seed: int = 0, device: str | None = None) -> Trained:
    """A trained model: shipped weights, or a training from scratch of about `minutes`.

    name: of the shipped weights, "rust-laptop" for example, which begins with the kind of model; also, with `minutes`
    and `seed`, of the folder in which an interrupted training waits. make: from a configuration to a model, whose
    parameters have the names of the shipped ones. profile: of the training; of `smoke` all steps are done, whatever
    `minutes` says. device: a GPU if there is one and the profile is for one.

    Raises WeightsError if there are no such weights, InputError if they do not fit the model.
    """
    if not retrain or os.environ.get("NBGRADER_EXECUTION"):
        return _load(name, make)
    profile = replace(profile, scenes=min(profile.scenes, SCENES))
    device = device or ("cuda" if torch.cuda.is_available() and not profile.scenes else "cpu")
    # The time is in the name: 07 and 08 train the same model for different times, and must not find each other's.
    folder = cache_folder(f"notebooks/{name}-{profile.name}-{minutes:g}min-seed{seed}")
    steps, waiting = _plan(folder, _kind(name), profile, minutes, device)
    _announce(name, profile, steps, seed, minutes, waiting)
    curve = LiveCurve(model=_kind(name), title=f"Your training of {name}")
    try:
        result = _fit(make, profile, steps, seed, device, folder, curve)
    except WeightsError as error:  # of another model, or damaged: of no use to anybody
        print(f"The training that waited here cannot go on ({error.what}); a new one begins.")
        shutil.rmtree(folder, ignore_errors=True)
        _keep_plan(folder, steps)
        result = _fit(make, profile, steps, seed, device, folder, curve)
    curve.finish()
    if result.finished:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"Stopped after {result.steps:,} of {steps:,} steps. The notebook goes on with this model; to go on "
              "with its training, run this cell again.")
    return Trained(result.model.cpu(), result.history, True, result.finished, result.steps)


def _load(name: str, make: Callable[[ModelConfig], SceneModel]) -> Trained:
    path = shipped("weights", f"{name}.safetensors")
    known, record = load_weights(path)
    model = make(known.config)
    try:
        model.load_state_dict(known.state_dict())
    except RuntimeError as error:
        raise InputError(f"the weights {name} do not fit this model", "parameters of the same names and shapes",
                         "Change what the parts compute, not which weights they have.") from error
    steps = record.get("steps", 0)
    print(f"Shipped weights {name}: {steps:,} steps, seed {record.get('seed', 0)}. "
          "To train it yourself, set retrain = True at the top.")
    curve = path.with_suffix(".curve.json")
    history = json.loads(curve.read_text(encoding="utf-8")) if curve.exists() else []
    return Trained(model.eval(), history, False, True, steps)


def _fit(make: Callable, profile: Profile, steps: int, seed: int, device: str, folder: Path,
         curve: LiveCurve) -> Result:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = make(profile.model)
    return fit(model, profile, steps=steps, seed=seed, device=device, folder=folder, on_progress=curve)


def _kind(name: str) -> str:
    return name.partition("-")[0]


def _plan(folder: Path, kind: str, profile: Profile, minutes: float, device: str) -> tuple[int, bool]:
    """How many steps, and whether a training that was interrupted waits for them."""
    try:
        steps = json.loads((folder / PLAN).read_text())["steps"]
        if type(steps) is int and steps > 0 and (folder / CHECKPOINT).exists():
            return steps, True
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none, or it cannot be read: a new one
    shutil.rmtree(folder, ignore_errors=True)
    steps = profile.steps
    if profile.name != "smoke":
        steps = min(steps, steps_for(minutes, kind, profile, device))
    _keep_plan(folder, steps)
    return steps, False


def _keep_plan(folder: Path, steps: int) -> None:
    prepare_folder(folder)
    with whole_file(folder / PLAN) as temporary:
        temporary.write_text(json.dumps({"steps": steps}))


def _announce(name: str, profile: Profile, steps: int, seed: int, minutes: float, waiting: bool) -> None:
    if waiting:
        print(f"Going on with the training of {name} that was interrupted: {steps:,} steps in all.")
        return
    about = "about" if steps < profile.steps else "at most"
    time = "seconds" if profile.name == "smoke" else f"{about} {minutes:g} minutes on this machine"
    scenes = f", once {profile.scenes:,} scenes have been rendered (kept for the next time)" if profile.scenes else ""
    print(f"Training {name} from scratch, profile {profile.name}, seed {seed}: {steps:,} steps, {time}{scenes}.\n"
          "To stop, interrupt the kernel (the ■ button): the notebook goes on with what there is.")
