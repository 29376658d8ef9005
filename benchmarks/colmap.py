"""What COLMAP makes of the test scenes, at any resolution and with any number of views: the same scenes that RUST's
latents are read in, rendered again, with the true intrinsics given.

    python -m benchmarks.colmap sector --sizes 32 --sizes 128 --views 5 --views 20

Writes data/poses/colmap-<world>.json: after every run, and runs that are there already are not made again. It holds
the true cameras of each scene and, of each run, the cameras that were found, so whatever is to be said of them can be
computed without pycolmap (`sfm.from_plain`, `camera_error.pair_errors`). The first five views of a scene are the
targets on whose pairs the readers of latents are scored (benchmarks/explicit_pose.py), then come its inputs, then
further cameras of its world. With `relaxed` settings, pictures smaller than 128 pixels are enlarged to 128 first.

Times are seconds of a processor: of the reconstruction, without rendering.
"""

import json
from importlib import metadata

import torch
import typer

from rust_edu import __version__
from rust_edu.datasets import SceneSet
from rust_edu.errors import InputError
from rust_edu.evaluation.camera_error import FAILED, THRESHOLDS, auc, pair_errors
from rust_edu.evaluation.protocol import INPUTS, TARGETS
from rust_edu.evaluation.report import test_scenes
from rust_edu.evaluation.sfm import MAPPINGS, SETTINGS, check_installed, from_plain, reconstruct, to_plain
from rust_edu.paths import kept_folder
from rust_edu.scenes.render import render
from rust_edu.scenes.worlds import get_world, sample_cameras, world_intrinsics
from rust_edu.threads import one_thread

from .explicit_pose import read, write

MOST = 80  # views of a scene
SEED = 9007  # of the cameras beyond those of the test set; one more for each scene
ENLARGED = 128  # pixels, to which `relaxed` enlarges smaller pictures


def main(world: str = typer.Argument("sector"),
         sizes: list[int] = typer.Option([32, 64, 128, 256, 512], help="Of the pictures, in pixels."),
         views: list[int] = typer.Option([5, 10, 20, 40, 80], help="Of a scene."),
         settings: list[str] = typer.Option(list(SETTINGS)),
         mappings: list[str] = typer.Option(["incremental"], help=f"Of {MAPPINGS}."),
         scenes: int = typer.Option(3, help="How many, from the first on."),
         seconds: float = typer.Option(60.0, help="Of a processor, after which a run is ended.")) -> None:
    check_installed()
    if get_world(world).zoom != 1.0:
        raise InputError(f"the cameras of {world!r} have a focal length each", "a world with one for all")
    out, test = kept_folder() / "poses" / f"colmap-{world}.json", test_scenes(world)
    for size in sizes:
        for scene in range(scenes):
            cameras, pictures = all_cameras(test, scene), None
            for count in views:
                for setting in settings:
                    for mapping in mappings:
                        run = f"{mapping}-{setting}-{size}px-{count}views-scene{scene}"
                        about = read(out)
                        if run in about["runs"]:
                            continue
                        if pictures is None:
                            pictures = photographs(test, scene, cameras[:max(views)], size)
                        enlarge = max(1, ENLARGED // size) if setting == "relaxed" else 1
                        found = reconstruct(pictures[:count], world_intrinsics(test.world, size), settings=setting,
                                            mapping=mapping, enlarge=enlarge, seconds=seconds)
                        about |= {"world": world, "command": f"python -m benchmarks.colmap {world}",
                                  "settings": SETTINGS, "enlarged_to": {"relaxed": ENLARGED},
                                  "versions": {"rust_edu": __version__, "torch": torch.__version__,
                                               "pycolmap": metadata.version("pycolmap")}}
                        about.setdefault("truth", {})[f"scene{scene}"] = to_plain(cameras)
                        about["runs"][run] = told(found, cameras[:count])
                        write(out, about)
                        line = {key: value for key, value in about["runs"][run].items() if key != "cameras"}
                        print(run, json.dumps(line), flush=True)


def all_cameras(test: SceneSet, scene: int) -> torch.Tensor:
    """camera_to_world (MOST, 4, 4): the targets of a test scene, its inputs, and more of its world."""
    own = test.camera_to_world[scene, :INPUTS + TARGETS].roll(-INPUTS, dims=0)
    more = sample_cameras(test.world, test.scenes()[scene:scene + 1], MOST - len(own),
                          torch.Generator().manual_seed(SEED + scene))
    return torch.cat([own, more[0]])


def photographs(test: SceneSet, scene: int, cameras: torch.Tensor, size: int) -> torch.Tensor:
    """Pictures (V, size, size, 3) of a test scene, rendered anew."""
    K = world_intrinsics(test.world, size)
    return render(test.scenes()[scene:scene + 1], cameras[None], K, size, size).colour[0]


def told(found, truth: torch.Tensor) -> dict:
    """What is kept of a reconstruction: all it says, and how wrong its cameras are, over all pairs of its views.

    placed_rotation: the median rotation error in degrees of the pairs whose cameras were both placed; None without any.
    """
    plain = to_plain(found.cameras)
    errors = pair_errors(from_plain(plain), truth)
    placed = errors.rotation[errors.rotation < FAILED]
    return {"views": len(truth), "registered": found.registered, "reprojection_error": found.reprojection_error,
            "points": found.points, "keypoints": found.keypoints, "verified_pairs": found.verified_pairs,
            "seconds": found.seconds, "status": found.status, "cameras": plain,
            "placed_rotation": float(placed.quantile(0.5)) if len(placed) else None,
            "auc": {f"{threshold:g}": float(auc(errors.larger, threshold)) for threshold in THRESHOLDS}}


if __name__ == "__main__":
    with one_thread():
        typer.run(main)
