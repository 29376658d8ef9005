"""Flatland: the camera sees what is there, motion is what the cameras say, and it is read from pairs of latents."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rust_edu.cameras import check_cameras, intrinsics, pixel_centres, pixel_rays
from rust_edu.datasets.flatland import (
    FIELD_OF_VIEW,
    PICTURES,
    RANGE,
    flat_cameras,
    flat_motion,
    look_down,
    make_flatland,
    sample_picture,
)
from rust_edu.errors import InputError
from rust_edu.evaluation.motion import motion_pairs, read_motion

STILL = torch.zeros(1, 4)
MOTION = st.tuples(*(st.floats(-r, r) for r in RANGE)).map(lambda m: torch.tensor([m], dtype=torch.float64))


def ramp(height: int = 400, width: int = 600) -> torch.Tensor:
    """A picture whose red says x and whose green says y, as shares of 600 pixels."""
    position = pixel_centres(height, width) / 600
    return torch.cat([position, torch.zeros(height, width, 1)], dim=-1)


@given(motion=MOTION)
def test_cameras_and_motion_are_inverse(motion):
    cameras = flat_cameras(motion)
    check_cameras(cameras)
    torch.testing.assert_close(flat_motion(cameras), motion, rtol=1e-9, atol=1e-9)
    assert torch.allclose(cameras[..., :3, 2], torch.tensor([0.0, 0.0, -1.0]).double()), "straight down"


@settings(max_examples=15)
@given(motion=MOTION)
def test_a_pixel_shows_where_its_ray_meets_the_picture(motion):
    """Against `cameras.pixel_rays`, which knows nothing of flatland."""
    motion, place, span, size = motion.float(), torch.tensor([[300.0, 200.0]]), 64.0, 8
    seen = look_down(ramp(), place, motion, size, span)[0, ..., :2] * 600  # x and y in pixels of the picture
    origin, ray = pixel_rays(flat_cameras(motion), intrinsics(size, size, FIELD_OF_VIEW),
                             pixel_centres(size, size).flatten(0, 1))
    floor = (origin - ray * (origin[..., 2:] / ray[..., 2:]))[0, :, :2]
    wanted = place + span * floor * torch.tensor([1.0, -1.0])
    torch.testing.assert_close(seen.flatten(0, 1), wanted, rtol=0, atol=0.05)


def test_a_view_of_height_one_is_a_crop():
    picture = sample_picture("coffee")
    seen = look_down(picture, torch.tensor([[300.0, 200.0]]), STILL, 32, 64.0)[0]
    crop = picture[168:232, 268:332].unflatten(0, (32, 2)).unflatten(2, (32, 2)).mean((1, 3))
    assert (seen - crop).abs().max() < 0.15 and (seen - crop).abs().mean() < 0.01


@pytest.mark.parametrize("number, change, moves", [
    (0, 0.25, (0.25, 0.0)), (1, 0.25, (0.0, -0.25))])
def test_the_directions_of_a_shift(number, change, moves):
    """To the right in the world is to the right of the picture; up is to its top, where y is small."""
    motion = STILL.clone()
    motion[0, number] = change
    seen, before = (look_down(ramp(), torch.tensor([[300.0, 200.0]]), m, 8, 60.0)[0].mean((0, 1)) * 10
                    for m in (motion, STILL))
    assert (seen - before)[:2].tolist() == pytest.approx(moves, abs=1e-3)


def test_zoom_and_turn():
    motion = torch.tensor([[0.0, 0.0, math.log(2.0), 0.0], [0.0, 0.0, 0.0, math.pi / 2]])
    wide, turned = look_down(ramp(), torch.tensor([[300.0, 200.0]]).expand(2, 2), motion, 8, 60.0)
    still = look_down(ramp(), torch.tensor([[300.0, 200.0]]), STILL, 8, 60.0)[0]
    assert (wide[0, -1, 0] - wide[0, 0, 0]) == pytest.approx(2 * float(still[0, -1, 0] - still[0, 0, 0]), rel=1e-3)
    # A quarter to the left: the camera's right is now the picture's top.
    assert turned[0, -1, 1] < turned[0, 0, 1]
    torch.testing.assert_close(turned, torch.rot90(still, -1, (0, 1)), rtol=0, atol=1e-3)


def test_a_set_is_made_of_its_seed_and_stays_inside():
    white = torch.ones(200, 240, 3)
    data = make_flatland([white], 40, views=6, size=8, seed=3)
    assert (data.pictures == 255).all() and (len(data), data.count, data.size) == (40, 6, 8)
    motion = flat_motion(data.camera_to_world)
    assert (motion.abs() <= torch.tensor(RANGE) + 1e-5).all() and (motion.std(0) > 0.4 * torch.tensor(RANGE)).all()
    picture = sample_picture("chelsea")
    first, again, other = (make_flatland([picture], 5, views=3, size=8, seed=seed) for seed in (3, 3, 4))
    assert first.fingerprint() == again.fingerprint() != other.fingerprint()


def test_several_pictures_are_each_used():
    data = make_flatland([torch.zeros(200, 200, 3), torch.ones(200, 200, 3)], 40, views=2, size=8)
    colours = data.views(slice(None)).images.mean((2, 3, 4))
    assert torch.equal(colours[:, 0], colours[:, 1]) and set(colours.flatten().tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("pictures, scenes, says", [
    ([torch.zeros(100, 300, 3)], 2, "189 pixels high and wide"), ([torch.zeros(300, 300)], 2, r"\(H, W, 3\)"),
    ([], 2, "1 or more"), ([torch.zeros(300, 300, 3)], 0, "1 or more")])
def test_what_makes_no_flatland(pictures, scenes, says):
    with pytest.raises(InputError, match=says):
        make_flatland(pictures, scenes)


def test_the_pictures_are_inside_the_wheel():
    for name in PICTURES:
        picture = sample_picture(name)
        assert picture.ndim == 3 and 0.0 <= picture.min() and picture.max() <= 1.0 and min(picture.shape[:2]) >= 300
    with pytest.raises(InputError, match="one of coffee, astronaut"):
        sample_picture("mona lisa")


# ----------------------------------------------------------------------------------------- reading motion


def known(scenes: int, seed: int, mixed: torch.Tensor, bend: float = 0.0):
    """Latents that are a mixture of the motion, bent, and counted from somewhere else in each scene."""
    generator = torch.Generator().manual_seed(seed)
    motion = 2.0 * torch.rand(scenes, 5, 4, generator=generator) - 1.0
    z = (motion + bend * motion**3 + torch.randn(scenes, 1, 4, generator=generator)) @ mixed
    return z, motion


def test_motion_is_read_whatever_it_is_counted_from():
    mixed = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    found = read_motion(known(50, 1, mixed), known(30, 2, mixed))
    assert min(found["r2"]) > 0.999 and max(found["median_error"]) < 0.02
    assert np.allclose(found["spread"], math.sqrt(2 / 3), atol=0.1), "differences of two uniform numbers in (-1, 1)"


def test_a_latent_that_knows_nothing_scores_nothing():
    z, motion = known(50, 1, torch.eye(4))
    noise = torch.randn(50, 5, 4, generator=torch.Generator().manual_seed(5))
    found = read_motion((noise, motion), (noise.flip(0), motion))
    assert max(found["r2"]) < 0.05


def test_pairs_by_hand():
    z, motion = torch.tensor([[[1.0], [2.0]]]), torch.tensor([[[10.0], [30.0]]])
    features, change = motion_pairs(z, motion)
    assert features.tolist() == [[1.0, 2.0], [2.0, 1.0]] and change.tolist() == [[20.0], [-20.0]]
    with pytest.raises(InputError, match="two targets or more"):
        motion_pairs(z[:, :1], motion[:, :1])
    with pytest.raises(InputError, match="unknown probe 'tree'"):
        read_motion((z, motion), (z, motion), "tree")
