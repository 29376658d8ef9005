"""Short experiments with one scene: what a NeRF needs, and when it finds its cameras.

    python -m benchmarks.one_scene [GROUP ...]     those of these groups (all) that benchmarks/one_scene.json has not

Each run is a few seconds of one thread. Groups:

    views     forty views, five, and five with fewer octaves
    few       three views, as in the table, and five: octaves and steps, on four scenes that are no test scenes
    cameras   forty views with wrong cameras: told, learned, learned with BARF's octaves
    rough     three views with wrong cameras, learned, on the same four scenes: how fast should cameras move?
    dead      ReLU as density, as in the paper: how often does a scene stay empty?

Decibels: `train` of the pixels of the last steps; `held_out` of the right halves of other views (five where few are
seen, else ten), from their true cameras. Where cameras were learned, also from the true cameras brought into the
field's own frame by Sim(3) (`held_out_aligned`), and after fitting them to the left halves, starting from the true ones
(`held_out_refined`). Errors of cameras are means over views, in degrees and units: as they are, after alignment, and of
pairs; `ate` is the root mean square after alignment, and `chance_ate` what random positions have.

Public: `main`, `RUNS`.
"""

import json
import math
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from rust_edu.cameras import from_rotation, perturb, rotation_angle
from rust_edu.evaluation.alignment import (
    align_cameras,
    chance_error,
    relative_rotation_errors,
    similarity,
    trajectory_error,
)
from rust_edu.models.nerf import NeRF, NeRFConfig
from rust_edu.paths import whole_file
from rust_edu.scenes.render import render
from rust_edu.scenes.worlds import get_world, sample_cameras, sample_scenes, world_intrinsics
from rust_edu.training.one_scene import SceneFit, config_for, fit_scene, refine_cameras, right_half_psnr
from rust_edu.training.record import hardware
from rust_edu.views import Views

KEPT = Path(__file__).with_suffix(".json")
SIZE, SCENE, SEED, NOISE_SEED = 32, 7, 0, 0
FEW_SCENES = (101, 102, 103, 104)
WRONG = {"group": "cameras", "views": 40, "held_out_views": 10, "scene": SCENE, "octaves": 6, "steps": 800}
LEARNED = WRONG | {"learn_cameras": True}
RUNS: list[dict] = [
    *({"group": "views", "views": views, "held_out_views": 10, "scene": SCENE, "octaves": octaves, "steps": 800}
      for views, octaves in ((40, 6), (5, 6), (5, 3), (5, 2), (40, 3), (40, 0))),
    WRONG | {"sigma": 0.1},
    *(LEARNED | {"sigma": 0.1, "camera_rate": rate} for rate in (2e-3, 5e-3, 1e-2)),
    *(LEARNED | {"sigma": 0.1, "camera_rate": rate, "coarse_to_fine": True} for rate in (2e-3, 5e-3)),
    WRONG | {"sigma": 0.3},
    *(LEARNED | {"sigma": 0.3, "camera_rate": 5e-3, "coarse_to_fine": barf} for barf in (False, True)),
    *(LEARNED | {"sigma": sigma, "camera_rate": 1e-2} for sigma in (0.3, 0.6)),
    *({"group": "dead", "views": 40, "scene": SCENE, "octaves": 6, "steps": 100, "density": density, "seed": seed}
      for density in ("relu", "softplus") for seed in range(10)),
    *({"group": "few", "views": views, "held_out_views": 5, "scene": scene, "octaves": octaves, "steps": steps}
      for views, octaves, steps in ((3, 3, 600), (3, 2, 600), (3, 4, 600), (3, 6, 600), (5, 6, 600), (5, 3, 600),
                                    (3, 3, 300), (3, 3, 1200))
      for scene in FEW_SCENES),
    *({"group": "rough", "views": 3, "held_out_views": 5, "scene": scene, "octaves": 3, "steps": 600, "sigma": 0.1,
       "noise_seed": scene, "learn_cameras": True, "camera_rate": rate}
      for rate in (2e-3, 1e-2) for scene in FEW_SCENES),
]


class ReLUNeRF(NeRF):
    """The paper's density, which may be born dead."""

    def forward(self, points, alpha=None):
        raw, colour = self.mlp(self.features(points, alpha)).split([1, 3], dim=-1)
        return raw.squeeze(-1).relu(), colour.sigmoid()


def make_views(scene: int, count: int, world: str = "sector") -> Views:
    recipe, generator = get_world(world), torch.Generator().manual_seed(scene)
    drawn = sample_scenes(recipe, 1, generator)
    cameras, K = sample_cameras(recipe, drawn, count, generator), world_intrinsics(recipe, SIZE)
    return Views(render(drawn, cameras, K, SIZE, SIZE).colour, cameras, K)


def measure(run: dict) -> dict:
    """One run: its settings, what it cost and what it reached."""
    views = make_views(run["scene"], run["views"] + run.get("held_out_views", 0))
    train, held_out = views[:, :run["views"]], views[:, run["views"]:]
    sigma = run.get("sigma", 0.0)
    told = perturb(train.camera_to_world, sigma, torch.Generator().manual_seed(run.get("noise_seed", NOISE_SEED)))
    config = config_for(get_world("sector"), NeRFConfig(octaves=run["octaves"]))
    seed = run.get("seed", SEED)
    model = config
    if "density" in run:
        torch.manual_seed(seed)
        model = (ReLUNeRF if run["density"] == "relu" else NeRF)(config)
    options = {key: run[key] for key in ("learn_cameras", "camera_rate", "coarse_to_fine") if key in run}
    started = time.process_time()
    fit = fit_scene(replace(train, camera_to_world=told), model, steps=run["steps"], seed=seed, progress=False,
                    **options)
    found = {"cpu_seconds": round(time.process_time() - started, 1), "train": fit.history[-1]["psnr"]}
    if run["group"] == "dead":
        generator = torch.Generator().manual_seed(0)
        points = 4.0 * torch.rand(20_000, 3, generator=generator) - torch.tensor([2.0, 2.0, 0.0])
        found["largest_density"] = float(fit.field(points)[0].detach().max())
    else:
        found["held_out"] = right_half_psnr(fit, held_out)
    if sigma:
        true = train.camera_to_world[0]
        found |= camera_errors("told", told[0], true)
        if run.get("learn_cameras"):
            found |= camera_errors("learned", fit.camera_to_world, true) | in_its_own_frame(fit, true, held_out)
    return run | {key: round(value, 3) for key, value in found.items()}


def camera_errors(name: str, cameras: torch.Tensor, true: torch.Tensor) -> dict:
    """Mean errors (degrees, units) of cameras (V, 4, 4): bare, aligned, and of pairs; and what chance has, aligned."""
    aligned = align_cameras(cameras, true)
    positions = cameras[:, :3, 3], true[:, :3, 3]
    return {f"{name}_degrees": degrees(rotation_angle(cameras[:, :3, :3], true[:, :3, :3])),
            f"{name}_units": float((positions[0] - positions[1]).norm(dim=-1).mean()),
            f"{name}_aligned_degrees": degrees(rotation_angle(aligned[:, :3, :3], true[:, :3, :3])),
            f"{name}_ate": float(trajectory_error(*positions)),
            f"{name}_pair_degrees": degrees(relative_rotation_errors(cameras, true)),
            "chance_ate": float(chance_error(positions[1], torch.Generator().manual_seed(0)))}


def degrees(angles: torch.Tensor) -> float:
    return math.degrees(float(angles.mean()))


def in_its_own_frame(fit: SceneFit, true: torch.Tensor, held_out: Views) -> dict:
    """Right-half PSNR of held-out views whose cameras are no longer taken as told."""
    to_field = similarity(true[:, :3, 3], fit.camera_to_world[:, :3, 3])
    asked = held_out.camera_to_world[0]
    moved = from_rotation(to_field.rotation @ asked[:, :3, :3], to_field.points(asked[:, :3, 3]))
    refined = refine_cameras(fit.field, held_out)
    return {"scale": float(to_field.scale),
            "held_out_aligned": right_half_psnr(fit, replace(held_out, camera_to_world=moved[None])),
            "held_out_refined": right_half_psnr(fit, replace(held_out, camera_to_world=refined[None]))}


def settings(found: dict) -> dict:
    """The run that a measurement is of."""
    names = {name for run in RUNS for name in run}
    return {name: value for name, value in found.items() if name in names}


def load() -> dict:
    if KEPT.exists():
        return json.loads(KEPT.read_text(encoding="utf-8"))
    return {"recipe": "world sector, 32x32, defaults of rust_edu.training.one_scene and models.nerf but for what is "
                      "named; one thread", "hardware": hardware(torch.device("cpu")), "torch": torch.__version__,
            "runs": []}


def main(groups: list[str]) -> None:
    torch.set_num_threads(1)
    for run in RUNS:
        if (groups and run["group"] not in groups) or run in [settings(one) for one in load()["runs"]]:
            continue
        found = measure(run)
        print(found, flush=True)
        kept = load()
        kept["runs"].append(found)
        with whole_file(KEPT) as temporary:
            temporary.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
