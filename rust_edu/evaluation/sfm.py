"""Structure from motion: what the classical way finds on the same pictures. COLMAP, by its Python package pycolmap.

COLMAP (Schoenberger and Frahm, CVPR 2016) finds points of interest in each picture (SIFT), matches them between
pictures, and adds camera after camera such that all sightings of a point agree (`incremental`); GLOMAP (Pan et al.,
ECCV 2024, inside pycolmap since version 4) finds all cameras at once (`global`). Cameras come back in a frame and at a
scale of their own, or as None if they could not be placed. `camera_error.pair_errors` compares them with true ones.

Neither a camera being placed nor a small reprojection error says that it is right: with fewer demands on its matches
(`relaxed`) COLMAP places more cameras, and on pictures without texture it invents them. Look at the angles.

The work is done in a process of its own (`sfm_worker.py`): a failed check inside COLMAP ends the process that it
happens in, and some inputs keep it busy for minutes. One thread and fixed seeds: the same pictures, the same cameras.
pycolmap is large and only needed here: it is the extra `sfm`.

Public: `reconstruct`, `Reconstruction`, `SETTINGS`, `MAPPINGS`, `check_installed`, `to_plain`, `from_plain`.
Axes: V views, H W pixels.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch
from PIL import Image
from torch import Tensor

from ..cameras import check_intrinsics
from ..errors import InputError

MAPPINGS = ("incremental", "global")
PATIENCE = 60  # a process that waits for its turn, on a busy machine, may take so many times its time by the clock
WORKER = Path(__file__).with_name("sfm_worker.py")

# What differs from COLMAP's own values, by its own names. `default` is all of these but one: models of fewer than ten
# pictures would be thrown away. `relaxed` takes fainter points, ambiguous matches, and as few as can make sense.
_SMALL = {"incremental": {"min_model_size": 3}}
SETTINGS: dict[str, dict] = {
    "default": _SMALL,
    "relaxed": {
        "extraction": {"sift": {"peak_threshold": 0.001, "edge_threshold": 20.0}},
        "matching": {"guided_matching": True, "sift": {"max_ratio": 0.9}},
        "verification": {"min_num_inliers": 8},
        "incremental": {"min_model_size": 3, "min_num_matches": 8, "mapper": {
            "init_min_num_inliers": 15, "init_min_tri_angle": 4.0, "abs_pose_min_num_inliers": 8}},
        "global": {"min_num_matches": 8},
    },
}


@dataclass(frozen=True)
class Reconstruction:
    """What structure from motion found in the pictures of one scene."""

    cameras: list[Tensor | None]  # camera_to_world (4, 4) float64 of each view, or None; frame and scale are its own
    reprojection_error: float | None  # pixels of the pictures given, mean over sightings; None if nothing was found
    points: int  # in space
    keypoints: float  # points of interest, mean over pictures
    verified_pairs: int  # unordered pairs of pictures with matches that agree on a motion
    seconds: float  # of a processor
    status: str  # "done", "timed out", or "crashed: why"

    @property
    def registered(self) -> int:
        """How many cameras were placed."""
        return sum(camera is not None for camera in self.cameras)


def check_installed() -> None:
    """Raise InputError unless pycolmap is installed."""
    if importlib.util.find_spec("pycolmap") is None:
        raise InputError("pycolmap is not installed, and structure from motion needs it", "the extra `sfm`",
                         "pip install -e '.[sfm]'")


def reconstruct(images: Tensor, K: Tensor | None = None, *, settings: str = "default", mapping: str = "incremental",
                enlarge: int = 1, seconds: float = 60.0, seed: int = 0) -> Reconstruction:
    """Cameras of the pictures `images` (V, H, W, 3) in [0, 1] of one scene, by COLMAP.

    K (3, 3): intrinsics in pixels that are known and kept; without, a focal length is guessed and refined. settings: a
    name in SETTINGS. mapping: a name in MAPPINGS. enlarge: pictures are made so many times as large first (bicubic):
    SIFT finds little in very small ones. seconds: of a processor, after which the work is ended; then no camera is
    found, and the status says so. Of several models that do not connect, the one with most cameras is taken.
    Raises InputError for pictures, names and numbers that make no sense, and if pycolmap is not installed.
    """
    check_installed()
    _check(images, K, settings, mapping, enlarge, seconds)
    job = {"settings": SETTINGS[settings], "mapping": mapping, "seed": seed,
           "camera": None if K is None else [enlarge * float(K[at]) for at in ((0, 0), (1, 1), (0, 2), (1, 2))]}
    views, height, width = images.shape[:3]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "images").mkdir()
        for number, image in enumerate((images.detach().cpu() * 255).round().to(torch.uint8).numpy()):
            picture = Image.fromarray(image)
            if enlarge > 1:
                picture = picture.resize((enlarge * width, enlarge * height), Image.Resampling.BICUBIC)
            picture.save(place / "images" / f"{number:05d}.png")
        (place / "job.json").write_text(json.dumps(job))
        status = _work(place, seconds)
        found = json.loads((place / "found.json").read_text()) if status == "done" else {}
    cameras = found.get("cameras", {})
    error = found.get("reprojection_error")
    return Reconstruction(
        [torch.tensor(cameras[str(v)], dtype=torch.double) if str(v) in cameras else None for v in range(views)],
        None if error is None else error / enlarge, found.get("points", 0), found.get("keypoints", 0.0),
        found.get("verified_pairs", 0), found.get("seconds", seconds), status)


def to_plain(cameras: Sequence[Tensor | None], digits: int = 5) -> list[list[float] | None]:
    """Cameras (4, 4), or None, as what json can hold: the twelve numbers of their upper three rows, rounded."""
    return [None if camera is None else [float(f"{value:.{digits}g}") for value in camera[:3].flatten().tolist()]
            for camera in cameras]


def from_plain(cameras: Sequence[Sequence[float] | None]) -> list[Tensor | None]:
    """The inverse of `to_plain`: cameras (4, 4) float64, or None."""
    last = torch.tensor([[0.0, 0.0, 0.0, 1.0]], dtype=torch.double)
    return [None if camera is None else torch.cat([torch.tensor(camera, dtype=torch.double).view(3, 4), last])
            for camera in cameras]


def _work(place: Path, seconds: float) -> str:
    """Run the worker on the folder `place`; how it ended."""
    # By its path, and without the folder it lies in (-P): so it imports numpy and pycolmap, and not torch, which would
    # take longer than many a reconstruction.
    command = [sys.executable, "-P", str(WORKER), str(place)]
    with open(place / "said.txt", "wb") as said:
        worker = subprocess.Popen(command, stdout=said, stderr=said, env=os.environ | {"OMP_NUM_THREADS": "1"})
    started = time.monotonic()
    try:
        while worker.poll() is None:
            if _processor_time(worker.pid) > seconds or time.monotonic() - started > PATIENCE * seconds:
                return "timed out"
            time.sleep(0.05)
    finally:
        worker.kill()
        worker.wait()
    if worker.returncode == 0 and (place / "found.json").exists():
        return "done"
    lines = (place / "said.txt").read_text(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), f"exit code {worker.returncode}")
    return f"crashed: {last[:200]}"


def _processor_time(pid: int) -> float:
    """Seconds that a process has worked; 0 if it is gone."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def _check(images: Tensor, K: Tensor | None, settings: str, mapping: str, enlarge: int, seconds: float) -> None:
    if images.ndim != 4 or images.shape[-1] != 3 or len(images) < 2 or not images.is_floating_point():
        raise InputError(f"pictures of shape {tuple(images.shape)} and type {images.dtype}",
                         "floats (V, H, W, 3) in [0, 1], 2 views or more")
    if not ((images >= 0) & (images <= 1)).all():
        raise InputError("pictures with values outside [0, 1], or NaN", "colours from 0 to 1", "Divide bytes by 255.")
    if settings not in SETTINGS or mapping not in MAPPINGS:
        raise InputError(f"settings {settings!r:.50} and mapping {mapping!r:.50}",
                         f"one of {', '.join(SETTINGS)}, and one of {', '.join(MAPPINGS)}")
    if type(enlarge) is not int or not 1 <= enlarge <= 16 or not 0.0 < seconds < float("inf"):
        raise InputError(f"pictures {enlarge!r} times as large in at most {seconds!r} seconds",
                         "a whole number from 1 to 16, and a finite time above 0")
    if K is not None:
        check_intrinsics(K)
