"""The experiments of notebook 03 that take minutes: `recorded/one_scene.json`, and the scene that it is about.

    python -m rust_edu.course.chapters.c03_one_scene_nerf.record      those that are not in the file yet; one thread

    views     forty views, and five in several choices, with six octaves and with three
    cameras   forty views with cameras wrong by sigma: told, learned, and learned with BARF's octaves; two noises each
    dead      ReLU or softplus as the density: is anything there after 50 steps?
    time      a scene never seen before, from three views to five pictures, by RUST: milliseconds of one thread

Decibels are of right halves of ten held-out views: from their true cameras (`held_out`), from these moved into the
field's own frame by the similarity between true and learned cameras (`aligned`), and after fitting each to its left
half with the field frozen (`refined`). Angles (degrees) and lengths (units) are means over views.

Public: `one_scene`, `choices`, `recorded`, `ReLUNeRF`, `camera_report`, `main`.
"""

import json
import math
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ....cameras import from_rotation, perturb, rotation_angle, spherical
from ....evaluation.alignment import chance_error, relative_rotation_errors, similarity, trajectory_error
from ....evaluation.protocol import INPUTS, TARGETS, shuffled_views
from ....evaluation.report import test_scenes
from ....models import RUST
from ....models.nerf import NeRF, NeRFConfig
from ....paths import whole_file
from ....scenes.render import render
from ....scenes.worlds import get_world, sample_cameras, sample_scenes, world_intrinsics
from ....threads import one_thread
from ....training.one_scene import SceneFit, config_for, fit_scene, refine_cameras, right_half_psnr
from ....views import Views

KEPT = Path(__file__).parent / "recorded" / "one_scene.json"
WORLD, SCENE, SIZE, VIEWS, HELD_OUT, FEW = "sector", 7, 32, 40, 10, 5
STEPS, CAMERA_STEPS, DEAD_STEPS, CAMERA_RATE = 400, 600, 50, 5e-3
RUNS: list[dict] = [
    *({"group": "views", "choice": choice, "octaves": octaves, "seed": seed}
      for choice, octaves, seed in ([("all", 6, 0), ("all", 3, 0), ("all", 6, 1)]
                                    + [(c, o, 0) for c in ("draw 0", "draw 1", "draw 2", "draw 3", "spread", "together")
                                       for o in (6, 3)] + [("draw 0", 6, 1), ("draw 0", 6, 2)])),
    *({"group": "cameras", "sigma": sigma, "how": how, "noise_seed": noise_seed} for noise_seed in (0, 1)
      for sigma in (0.1, 0.3, 0.6) for how in ("told", "learned", "barf")),
    *({"group": "dead", "density": density, "seed": seed} for density in ("relu", "softplus") for seed in range(10)),
    {"group": "time", "model": "laptop"},
]


class ReLUNeRF(NeRF):
    """The density of the paper, which may be born dead."""

    def forward(self, points: Tensor, alpha: float | None = None) -> tuple[Tensor, Tensor]:
        raw, colour = self.mlp(self.features(points, alpha)).split([1, 3], dim=-1)
        return raw.squeeze(-1).relu(), colour.sigmoid()


def one_scene() -> tuple[Views, Views, NeRFConfig]:
    """Forty views (1, 40) of a scene to fit to, ten more (1, 10) to be measured by, and where rays begin and end."""
    world, generator = get_world(WORLD), torch.Generator().manual_seed(SCENE)
    scene = sample_scenes(world, 1, generator)
    cameras, K = sample_cameras(world, scene, VIEWS + HELD_OUT, generator), world_intrinsics(world, SIZE)
    views = Views(render(scene, cameras, K, SIZE, SIZE).colour, cameras, K)
    return views[:, :VIEWS], views[:, VIEWS:], config_for(world)


def choices(camera_to_world: Tensor) -> dict[str, Tensor]:
    """Which of the cameras (V, 4, 4) are taken: all; five drawn at random, four times; five evenly spread by azimuth;
    five that stand together."""
    direction = spherical(camera_to_world)[0]
    middle = torch.atan2(direction.sin().mean(), direction.cos().mean())
    order = torch.atan2((direction - middle).sin(), (direction - middle).cos()).argsort()
    V = len(order)
    found = {f"draw {i}": torch.randperm(V, generator=torch.Generator().manual_seed(i))[:FEW] for i in range(4)}
    return {"all": torch.arange(V), **found, "spread": order[torch.linspace(0, V - 1, FEW).long()],
            "together": order[(V - FEW) // 2:(V - FEW) // 2 + FEW]}


def recorded(group: str) -> list[dict]:
    """The runs of a group that are in the file."""
    return [run for run in json.loads(KEPT.read_text(encoding="utf-8"))["runs"] if run["group"] == group]


def camera_report(cameras: Tensor, true: Tensor) -> dict[str, float]:
    """How far cameras (V, 4, 4) are from the true ones: bare, aligned by Sim(3), between pairs, and what chance has."""
    positions = cameras[:, :3, 3], true[:, :3, 3]
    return {"degrees": _degrees(rotation_angle(cameras[:, :3, :3], true[:, :3, :3])),
            "units": float((positions[0] - positions[1]).norm(dim=-1).mean()),
            "pair_degrees": _degrees(relative_rotation_errors(cameras, true)),
            "aligned_units": float(trajectory_error(*positions)),
            "chance_units": float(chance_error(positions[1], torch.Generator().manual_seed(0)))}


def into_field(fit: SceneFit, true: Tensor, asked: Tensor) -> Tensor:
    """Cameras `asked` (T, 4, 4) of the true world in the field's own, as the V learned cameras say where that is."""
    found = similarity(true[:, :3, 3], fit.camera_to_world[:, :3, 3])
    return from_rotation(found.rotation @ asked[:, :3, :3], found.points(asked[:, :3, 3]))


def measure(run: dict) -> dict[str, float]:
    """What a run reached."""
    if run["group"] == "time":
        return {"milliseconds": _milliseconds(RUST.from_pretrained(run["model"]))}
    train, held_out, config = one_scene()
    true = train.camera_to_world[0]
    if run["group"] == "dead":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(run["seed"])
            field = (ReLUNeRF if run["density"] == "relu" else NeRF)(config)
        fit = fit_scene(train, field, steps=DEAD_STEPS, seed=run["seed"], progress=False)
        points = 4.0 * torch.rand(20_000, 3, generator=torch.Generator().manual_seed(0)) - torch.tensor([2.0, 2.0, 0.0])
        return {"train": fit.history[-1]["psnr"], "largest_density": float(fit.field(points)[0].detach().max())}
    if run["group"] == "views":
        fit = fit_scene(train[:, choices(true)[run["choice"]]], replace(config, octaves=run["octaves"]), steps=STEPS,
                        seed=run["seed"], progress=False)
        return {"train": fit.history[-1]["psnr"], "held_out": right_half_psnr(fit, held_out)}
    told = perturb(true, run["sigma"], torch.Generator().manual_seed(run["noise_seed"]))
    fit = fit_scene(replace(train, camera_to_world=told[None]), config, steps=CAMERA_STEPS, progress=False,
                    learn_cameras=run["how"] != "told", coarse_to_fine=run["how"] == "barf", camera_rate=CAMERA_RATE)
    moved = into_field(fit, true, held_out.camera_to_world[0])[None]
    refined = refine_cameras(fit.field, held_out)[None]
    return {"train": fit.history[-1]["psnr"], "held_out": right_half_psnr(fit, held_out),
            "aligned": right_half_psnr(fit, replace(held_out, camera_to_world=moved)),
            "refined": right_half_psnr(fit, replace(held_out, camera_to_world=refined)),
            **camera_report(fit.camera_to_world, true)}


def _milliseconds(model: RUST, scenes: int = 20) -> float:
    """Processor time that a scene costs, the mean over some, after one that is not counted."""
    views = shuffled_views(test_scenes(WORLD), 0)[:scenes + 1]
    for i in range(scenes + 1):
        if i == 1:
            started = time.process_time()
        with torch.no_grad():
            model.predict(*views[i:i + 1].split(INPUTS, TARGETS))
    return 1000.0 * (time.process_time() - started) / scenes


def _degrees(angles: Tensor) -> float:
    return math.degrees(float(angles.mean()))


def main() -> None:
    kept = {"command": "python -m rust_edu.course.chapters.c03_one_scene_nerf.record", "torch": torch.__version__,
            "runs": []}
    if KEPT.exists():
        kept = json.loads(KEPT.read_text(encoding="utf-8"))
    for run in RUNS:
        if any(run.items() <= done.items() for done in kept["runs"]):
            continue
        with one_thread():
            found = run | {name: round(value, 3) for name, value in measure(run).items()}
        print(found, flush=True)
        kept["runs"].append(found)
        with whole_file(KEPT) as temporary:
            temporary.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
