"""The mystery sets: found balls are where they are, each set gives its convention away, and no other one does."""

import pytest
import torch

from rust_edu.cameras import check_cameras, intrinsics, invert, look_at
from rust_edu.course.chapters.c01_cameras_and_rays import mysteries as m
from rust_edu.errors import InputError
from rust_edu.scenes.render import render

KINDS = [(axes, inverse) for inverse in (False, True) for axes in m.AXES]
CAMERAS = look_at(torch.tensor([[3.0, 0.5, 2.0], [1.0, -3.0, 1.0]]), torch.zeros(3))


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_reading_undoes_writing(kind):
    assert torch.allclose(m.read_back(m.write_down(CAMERAS, *kind), *kind), CAMERAS, atol=1e-5)


def test_our_own_convention_is_stored_as_it_is():
    assert torch.equal(m.write_down(CAMERAS, "right, down, forward", False), CAMERAS)
    assert torch.allclose(m.write_down(CAMERAS, "right, down, forward", True), invert(CAMERAS))


def test_the_columns_of_opengl_are_right_up_backward():
    theirs = m.write_down(CAMERAS, "right, up, backward", False)
    assert torch.equal(theirs[:, :3, 0], CAMERAS[:, :3, 0])
    assert torch.equal(theirs[:, :3, 1:3], -CAMERAS[:, :3, 1:3])
    assert torch.equal(theirs[:, :3, 3], CAMERAS[:, :3, 3])


@pytest.mark.parametrize("name", m.MYSTERIES)
def test_a_set_gives_its_convention_away_and_no_other(name):
    data, (_, *kind) = m.mystery(name), m.MYSTERIES[name]
    misses = {k: m.ray_miss(m.read_back(data.stored, *k), data.K, data.pixels) for k in KINDS}
    assert misses[tuple(kind)] < 0.01
    assert min(miss for k, miss in misses.items() if k != tuple(kind)) > 0.1
    recovered = m.recover_cameras(data.stored, data.K, data.pixels)
    check_cameras(recovered)
    assert torch.equal(recovered, m.read_back(data.stored, *kind))


def test_no_two_sets_share_a_convention():
    assert len({tuple(entry[1:]) for entry in m.MYSTERIES.values()}) == len(m.MYSTERIES)


def test_lines_meet_where_they_cross():
    point, origins = torch.tensor([0.3, -0.2, 0.5]), torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    directions = torch.nn.functional.normalize(point - origins, dim=-1)
    assert torch.allclose(m.meeting_point(origins, directions), point, atol=1e-5)


def test_balls_are_found_where_they_are():
    centres = torch.tensor([[0.5, 0.4, 0.4], [-0.6, 0.2, 0.5]])
    colours = torch.tensor([[0.8, 0.3, 0.0], [0.0, 0.2, 0.5]])
    scene, K = m.ball_scene(centres, torch.tensor([0.2, 0.2]), colours), intrinsics(96, 96, 0.9)
    found = m.find_balls(render(scene, CAMERAS[None], K, 96, 96).colour[0], colours)
    local = (centres - CAMERAS[:, None, :3, 3]) @ CAMERAS[:, :3, :3]
    at = local @ K.T
    assert (found - at[..., :2] / at[..., 2:]).norm(dim=-1).max() < 0.4


def test_what_is_unknown_is_refused():
    with pytest.raises(InputError, match="one of A, B"):
        m.mystery("Z")
    with pytest.raises(InputError):
        m.write_down(CAMERAS, "left, right, centre", False)
    with pytest.raises(InputError):
        m.find_balls(torch.zeros(1, 8, 8, 3), torch.ones(1, 3))
