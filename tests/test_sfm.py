"""Structure from motion. What needs pycolmap is skipped where it is not installed, with a word."""

import importlib.util
import json
import math
import sys

import pytest
import torch

from rust_edu.cameras import intrinsics, look_at, orbit_position, pixel_centres, pixel_rays
from rust_edu.errors import InputError
from rust_edu.evaluation import sfm
from rust_edu.evaluation.camera_error import pair_errors
from rust_edu.evaluation.sfm import MAPPINGS, Reconstruction, from_plain, reconstruct, to_plain

needs_pycolmap = pytest.mark.skipif(importlib.util.find_spec("pycolmap") is None,
                                    reason="pycolmap is not installed: pip install -e '.[sfm]'")
SIZE, VIEWS = 160, 6


def texture(generator: torch.Generator) -> torch.Tensor:
    """A picture (1, 3, 512, 512) of blobs of all sizes."""
    layers = [torch.nn.functional.interpolate(torch.rand(1, 3, side, side, generator=generator), size=512,
                                              mode="bicubic") for side in (16, 64, 128, 256)]
    return torch.stack(layers).mean(0).clamp(0.0, 1.0)


def corner(seed: int = 0):
    """Pictures (V, H, W, 3), true cameras and intrinsics of a place full of texture: a floor and two walls."""
    generator = torch.Generator().manual_seed(seed)
    azimuth = torch.linspace(0.5, 1.1, VIEWS)
    elevation = 0.4 + 0.3 * torch.rand(VIEWS, generator=generator)
    distance = 4.0 + torch.rand(VIEWS, generator=generator)
    cameras = look_at(orbit_position(azimuth, elevation, distance), torch.tensor([0.0, 0.0, 0.4]))
    K = intrinsics(SIZE, SIZE, 0.9)
    origins, directions = pixel_rays(cameras, K, pixel_centres(SIZE, SIZE).reshape(-1, 2))
    images = torch.full_like(origins, 0.5)
    nearest = torch.full(origins.shape[:-1], math.inf)
    for axis, where in ((2, 0.0), (0, -1.5), (1, -1.5)):
        t = (where - origins[..., axis]) / directions[..., axis]
        points = origins + t[..., None] * directions
        at = points[..., [a for a in range(3) if a != axis]] / 4.0  # the texture covers 8 units
        colour = torch.nn.functional.grid_sample(texture(generator), at[None], align_corners=False)[0].movedim(0, -1)
        seen = (t > 0) & (t < nearest)
        images, nearest = torch.where(seen[..., None], colour, images), torch.where(seen, t, nearest)
    return images.unflatten(1, (SIZE, SIZE)).clamp(0.0, 1.0), cameras, K


@needs_pycolmap
@pytest.mark.parametrize("mapping", MAPPINGS)
def test_a_place_full_of_texture_is_found(mapping):
    images, truth, K = corner()
    found = reconstruct(images, K, mapping=mapping)
    assert found.status == "done" and found.registered == VIEWS and found.points > 50
    assert found.reprojection_error < 1.0 and found.keypoints > 100 and found.verified_pairs > 5
    errors = pair_errors(found.cameras, truth)
    assert errors.rotation.max() < 1.0 and errors.direction.max() < 3.0, "in our conventions, all cameras right"


@needs_pycolmap
def test_without_intrinsics_a_focal_length_is_found():
    images, truth, _ = corner()
    errors = pair_errors(reconstruct(images).cameras, truth)
    assert errors.rotation.max() < 5.0


@needs_pycolmap
def test_the_same_pictures_give_the_same_cameras():
    images, _, K = corner(1)
    one, other = (reconstruct(images, K, settings="relaxed") for _ in range(2))
    assert to_plain(one.cameras, 12) == to_plain(other.cameras, 12) and one.registered > 0
    assert one.reprojection_error == other.reprojection_error and one.points == other.points


@needs_pycolmap
def test_enlarged_pictures_have_the_same_cameras_and_the_error_of_the_original_pixels():
    images, truth, K = corner()
    found = reconstruct(images, K, enlarge=2)
    assert pair_errors(found.cameras, truth).rotation.max() < 1.0 and found.reprojection_error < 1.0


@needs_pycolmap
def test_pictures_of_nothing_have_no_cameras():
    found = reconstruct(torch.full((3, 64, 64, 3), 0.5), intrinsics(64, 64, 0.9))
    assert found.status == "done" and found.cameras == [None] * 3 and found.registered == 0
    assert found.reprojection_error is None and found.points == 0


# ---- Without pycolmap: the process is another one, and what it says is believed


def fake(monkeypatch, tmp_path, code: str) -> None:
    """Let the worker be this code, and pycolmap look installed."""
    (tmp_path / "worker.py").write_text(code)
    monkeypatch.setattr(sfm, "check_installed", lambda: None)
    monkeypatch.setattr(sfm, "WORKER", tmp_path / "worker.py")


def any_pictures() -> torch.Tensor:
    return torch.rand(3, 16, 16, 3, generator=torch.Generator().manual_seed(0))


def test_where_pycolmap_is_missing_one_line_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    with pytest.raises(InputError) as caught:
        reconstruct(any_pictures())
    assert str(caught.value) == ("pycolmap is not installed, and structure from motion needs it; expected the extra "
                                 "`sfm`. pip install -e '.[sfm]'")


def test_a_process_that_takes_too_long_is_ended(monkeypatch, tmp_path):
    fake(monkeypatch, tmp_path, "while True: pass")
    found = reconstruct(any_pictures(), seconds=0.2)
    assert found == Reconstruction([None] * 3, None, 0, 0.0, 0, 0.2, "timed out")


def test_so_is_one_that_does_nothing(monkeypatch, tmp_path):
    fake(monkeypatch, tmp_path, "import time; time.sleep(600)")
    monkeypatch.setattr(sfm, "PATIENCE", 2)
    assert reconstruct(any_pictures(), seconds=0.2).status == "timed out"


@pytest.mark.parametrize("code, why", [
    ("import os; os.abort()", "exit code -6"), ("raise ValueError('no such camera')", "no such camera"),
    ("pass", "exit code 0")])
def test_a_process_that_dies_takes_nobody_with_it(monkeypatch, tmp_path, code, why):
    fake(monkeypatch, tmp_path, code)
    found = reconstruct(any_pictures())
    assert found.status.startswith("crashed: ") and why in found.status and found.registered == 0


def test_what_the_process_is_given_and_what_is_made_of_its_answer(monkeypatch, tmp_path):
    fake(monkeypatch, tmp_path, f"""
import json, shutil, sys
shutil.copytree(sys.argv[1], {str(tmp_path / "seen")!r})
eye = [[1, 0, 0, 5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
found = {{"cameras": {{"1": eye}}, "reprojection_error": 3.0, "points": 7, "keypoints": 2.5, "verified_pairs": 1,
          "seconds": 0.1}}
open(sys.argv[1] + "/found.json", "w").write(json.dumps(found))
""")
    found = reconstruct(any_pictures(), intrinsics(16, 16, 0.9), settings="relaxed", enlarge=3, seed=4)
    assert found.cameras[0] is None is found.cameras[2] and found.cameras[1][0, 3] == 5.0 and found.registered == 1
    assert found.reprojection_error == 1.0, "in pixels of the pictures that were given, not of the enlarged ones"
    job = json.loads((tmp_path / "seen" / "job.json").read_text())
    assert job["camera"] == pytest.approx([24 / math.tan(0.45), 24 / math.tan(0.45), 24, 24], rel=1e-6)
    assert job["seed"] == 4 and job["mapping"] == "incremental" and job["settings"] == sfm.SETTINGS["relaxed"]
    names = sorted(path.name for path in (tmp_path / "seen" / "images").iterdir())
    assert names == ["00000.png", "00001.png", "00002.png"]


@pytest.mark.parametrize("change", [
    dict(images=torch.rand(1, 16, 16, 3)), dict(images=torch.rand(3, 16, 16)), dict(images=2 * torch.ones(3, 8, 8, 3)),
    dict(images=torch.full((3, 8, 8, 3), math.nan)), dict(images=torch.ones(3, 8, 8, 3, dtype=torch.uint8)),
    dict(settings="bold"), dict(mapping="guess"), dict(enlarge=0), dict(enlarge=1.5), dict(seconds=0.0),
    dict(seconds=math.nan), dict(K=torch.zeros(3, 3))])
def test_nonsense_is_refused_in_one_line(monkeypatch, change):
    monkeypatch.setattr(sfm, "check_installed", lambda: None)
    with pytest.raises(InputError) as caught:
        reconstruct(**{"images": any_pictures()} | change)
    assert "\n" not in str(caught.value)


def test_cameras_as_plain_numbers_and_back():
    cameras = [look_at(torch.tensor([1.0, 2.0, 3.0]), torch.zeros(3)), None]
    plain = json.loads(json.dumps(to_plain(cameras)))
    assert len(plain[0]) == 12 and plain[1] is None
    back = from_plain(plain)
    assert back[1] is None and torch.allclose(back[0].float(), cameras[0], atol=1e-4)
