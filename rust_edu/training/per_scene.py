"""A NeRF for each test scene: the row of the table that learns nothing from other scenes.

Each scene gets a network of its own, fitted to the three input views, and is scored like every model: on the right
halves of five other views (`evaluation.protocol`), the same views of the same scenes as the first choice of the
published table. With camera noise, inputs and targets are both told wrongly. Where cameras are learned (NeRF--), those
of the targets are fitted too, with the field frozen, to their left halves: what RUST's pose estimator sees.

One scene takes seconds, the table minutes: what is done is kept, and the same command goes on with the next scene.

Public: `measure_scenes`, `FittedScene`, `row_name`, `row_command`, `FEW_VIEWS`,
`FEW_STEPS`, `FEW_CAMERA_RATE`.
Axes: S scenes, T target views.
"""

import json
import platform
import time
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from .. import __version__
from ..datasets import SceneSet
from ..errors import DataError, InputError
from ..evaluation.protocol import INPUTS, TARGETS, evaluate_views, shuffled_views, summary
from ..evaluation.report import NOISE_SEED, test_scenes
from ..evaluation.results import versions
from ..models.nerf import NeRF, NeRFConfig
from ..paths import whole_file
from ..views import Views
from .interruption import Interruption
from .one_scene import SceneFit, config_for, fit_scene, refine_cameras
from .record import hardware

# For three views, chosen on scenes that are no test scenes (`benchmarks/README.md`): finer octaves fit the inputs
# better and the scene worse, and cameras that learn faster run away with it.
FEW_VIEWS, FEW_STEPS, FEW_CAMERA_RATE = NeRFConfig(octaves=3), 1200, 2e-3
CHOICE = 0  # the seed of the choice of inputs and targets: the first of the published table's
KEPT = "scenes.json"


class FittedScene:
    """A fitted NeRF as a model of the half-image protocol: of its own scene alone, whatever inputs it is given."""

    name = "nerf"

    def __init__(self, fit: SceneFit, refine: bool = False) -> None:
        """`refine`: fit the cameras of the targets to their left halves first."""
        self.fit, self.refine = fit, refine

    def predict(self, inputs: Views, targets: Views) -> Tensor:
        """Pictures (1, T, H, W, 3) in [0, 1] from the targets' cameras."""
        cameras = refine_cameras(self.fit.field, targets) if self.refine else targets.camera_to_world[0]
        pictures, _ = self.fit.pictures(cameras, targets.K, *targets.images.shape[2:4])
        return pictures[None]


def row_name(world: str, noise: float, learn_cameras: bool) -> str:
    """"nerf-sector", "nerf-sector-noise0.1", "nerf-sector-noise0.1-learned"."""
    return f"nerf-{world}" + (f"-noise{noise:g}" if noise else "") + ("-learned" if learn_cameras else "")


def row_command(world: str, scenes: int, noise: float, learn_cameras: bool, seed: int) -> str:
    """The command that makes this row, word for word."""
    command = f"rust-edu nerf --world {world} --scenes {scenes} --seed {seed}"
    return command + (f" --noise {noise:g}" if noise else "") + (" --learn-cameras" if learn_cameras else "")


def measure_scenes(world: str, scenes: int, folder: Path, *, noise: float = 0.0, learn_cameras: bool = False,
                   seed: int = 0, steps: int = FEW_STEPS, test: SceneSet | None = None,
                   progress: bool = True) -> dict | None:
    """Fit a NeRF to each of the first `scenes` test scenes of a world and score it: an entry for results.json.

    As `evaluate_model` returns it, and `scene_psnr`: for each scene, the mean of its pictures in dB, to compare models
    scene by scene. `metrics_clean`, with noise and told cameras: the same fields, seen from the targets' true cameras.
    `seconds` and `cpu_seconds` are those of one scene's fit. Scenes found in `folder` are not fitted again. Returns
    None after Ctrl-C.

    Raises InputError for numbers that make no row, DataError if the folder holds another row's scenes or cannot be
    written.
    """
    test = test_scenes(world) if test is None else test
    if not 1 <= scenes <= len(test):
        raise InputError(f"{scenes} scenes", f"1 to {len(test)}, as many as there are test scenes of {world}")
    config = config_for(test.world, FEW_VIEWS)
    settings = {"world": world, "noise": float(noise), "learn_cameras": learn_cameras, "seed": seed, "steps": steps,
                "camera_rate": FEW_CAMERA_RATE, "config": asdict(config)}
    told = shuffled_views(test.with_pose_noise(noise, NOISE_SEED), CHOICE)
    true = shuffled_views(test, CHOICE)
    done = _load(folder, settings)
    with tqdm(total=scenes, initial=min(len(done), scenes), disable=not progress, desc=f"NeRFs of {world}",
              unit="scene") as bar, Interruption() as interruption:
        while len(done) < scenes:
            now = slice(len(done), len(done) + 1)
            clock, processor = time.monotonic(), time.process_time()
            fit = fit_scene(told[now].split(INPUTS, TARGETS)[0], config, steps=steps, seed=seed,
                            learn_cameras=learn_cameras, camera_rate=FEW_CAMERA_RATE, progress=False)
            found = {"seconds": time.monotonic() - clock, "cpu_seconds": time.process_time() - processor}
            if not fit.finished:  # Ctrl-C while it was fitted
                return None
            model = FittedScene(fit, refine=learn_cameras)
            found["metrics"] = _as_lists(evaluate_views(model, told[now]))
            if noise and not learn_cameras:
                found["metrics_clean"] = _as_lists(evaluate_views(model, true[now]))
            done.append(found)
            _keep(folder, settings, done)
            bar.update()
            if interruption.asked:  # Ctrl-C while it was scored
                return None
    return _entry(settings, config, done[:scenes])


def _entry(settings: dict, config: NeRFConfig, done: list[dict]) -> dict:
    scores = {field: {name: torch.tensor([scene[field][name] for scene in done], dtype=torch.float64)
                      for name in done[0][field]} for field in ("metrics", "metrics_clean") if field in done[0]}
    return {
        "model": FittedScene.name, **settings, "parameters": sum(p.numel() for p in NeRF(config).parameters()),
        "command": row_command(settings["world"], len(done), settings["noise"], settings["learn_cameras"],
                               settings["seed"]),
        "seconds": round(sum(scene["seconds"] for scene in done) / len(done), 1),
        "cpu_seconds": round(sum(scene["cpu_seconds"] for scene in done) / len(done), 1),
        "hardware": hardware(torch.device("cpu")), "evaluated_with": versions(),
        "versions": {"rust_edu": __version__, "python": platform.python_version(), "torch": torch.__version__},
        "protocol": {"inputs": INPUTS, "targets": TARGETS, "scenes": len(done), "seeds": [CHOICE]},
        "scene_psnr": [round(value, 3) for value in scores["metrics"]["psnr"].mean(1).tolist()],
        **{field: summary(values) for field, values in scores.items()},
    }


def _as_lists(scores: dict[str, Tensor]) -> dict[str, list[float]]:
    return {name: values[0].tolist() for name, values in scores.items()}


def _load(folder: Path, settings: dict) -> list[dict]:
    path = Path(folder) / KEPT
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["settings"] == settings:
            return kept["scenes"]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} cannot be read ({type(error).__name__})", "the scenes that were done",
                        "Delete it and run the command again.") from error
    raise DataError(f"{path} holds scenes of another row or recipe", "those of the same command",
                    "Delete it, or choose another folder.")


def _keep(folder: Path, settings: dict, done: list[dict]) -> None:
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with whole_file(Path(folder) / KEPT) as temporary:
            temporary.write_text(json.dumps({"settings": settings, "scenes": done}), encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write {Path(folder) / KEPT} ({error})", "a folder with room that can be written",
                        "Free some disk, or choose another folder.") from error
