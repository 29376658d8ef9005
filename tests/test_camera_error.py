"""Errors of cameras: cases worked by hand, what must hold for any cameras, and scipy's rotations."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from rust_edu.cameras import from_rotation, look_at, relative_pose, so3_exp
from rust_edu.errors import InputError
from rust_edu.evaluation.camera_error import (
    FAILED,
    Errors,
    auc,
    ordered_pairs,
    pair_errors,
    pose_errors,
    r2,
    relative_cameras,
    summary,
)

SEEDS = st.integers(0, 2**32 - 1)


def random_poses(*shape: int, seed: int) -> torch.Tensor:
    """Poses (..., 4, 4) turned and placed anyhow, in float64."""
    generator = torch.Generator().manual_seed(seed)
    turn, place = torch.randn(2, *shape, 3, generator=generator, dtype=torch.double)
    return from_rotation(so3_exp(2.0 * turn), place)


def turned(degrees: float, axis: int = 2) -> torch.Tensor:
    vector = torch.zeros(3, dtype=torch.double)
    vector[axis] = math.radians(degrees)
    return so3_exp(vector)


def at(*place: float, rotation: torch.Tensor | None = None) -> torch.Tensor:
    """A pose (4, 4) at a place, not turned unless a rotation says how."""
    rotation = torch.eye(3, dtype=torch.double) if rotation is None else rotation
    return from_rotation(rotation, torch.tensor(place, dtype=torch.double))


def test_pairs_in_order():
    i, j = ordered_pairs(3)
    assert list(zip(i.tolist(), j.tolist())) == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    with pytest.raises(InputError, match="pairs of 1 views"):
        ordered_pairs(1)


def test_a_relative_camera_by_hand():
    # The first looks along the world's y axis from x = 2, the second stands one further along it: straight ahead of it.
    cameras = look_at(torch.tensor([[2.0, 0.0, 0.0], [2.0, 1.0, 0.0]]), torch.tensor([2.0, 5.0, 0.0]))
    first_sees_second, second_sees_first = relative_cameras(cameras)
    assert torch.allclose(first_sees_second[:3, 3], torch.tensor([0.0, 0.0, 1.0]))
    assert torch.allclose(second_sees_first[:3, 3], torch.tensor([0.0, 0.0, -1.0]))
    assert torch.allclose(first_sees_second[:3, :3], torch.eye(3), atol=1e-6)


def test_errors_by_hand():
    found = pose_errors(at(0.0, 2.0, 0.0, rotation=turned(30.0)), at(1.0, 0.0, 0.0))
    assert [float(e) for e in (found.rotation, found.direction)] == pytest.approx([30.0, 90.0])
    assert float(found.distance) == pytest.approx(math.sqrt(5.0))
    assert float(found.larger) == pytest.approx(90.0)
    backwards = pose_errors(at(-3.0, 0.0, 0.0), at(1.0, 0.0, 0.0))
    assert float(backwards.direction) == pytest.approx(180.0), "the sign counts"


@given(SEEDS)
def test_angles_are_those_of_scipy(seed):
    estimate, truth = random_poses(2, 4, seed=seed)
    found = pose_errors(estimate, truth)
    turns = [Rotation.from_matrix(poses[:, :3, :3].numpy()) for poses in (estimate, truth)]
    assert np.allclose(found.rotation, np.degrees((turns[0].inv() * turns[1]).magnitude()), atol=1e-6)
    a, b = (poses[:, :3, 3].numpy() for poses in (estimate, truth))
    cosine = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    assert np.allclose(found.direction, np.degrees(np.arccos(cosine.clip(-1, 1))), atol=1e-4)


@given(SEEDS, st.floats(0.01, 100.0))
def test_neither_frame_nor_scale_of_found_cameras_matters(seed, scale):
    truth, world = random_poses(5, seed=seed), random_poses(seed=seed + 1)
    moved = world @ truth
    moved[:, :3, 3] *= scale
    found = pair_errors(list(moved), truth)
    assert found.rotation.max() < 1e-5 and found.direction.max() < 1e-5 and found.distance is None


@given(SEEDS)
def test_an_error_stays_what_it_is_from_both_sides(seed):
    estimate, truth = random_poses(2, 3, seed=seed)
    one, other = pose_errors(estimate, truth), pose_errors(truth, estimate)
    assert torch.allclose(one.rotation, other.rotation) and torch.allclose(one.direction, other.direction)
    assert (one.larger <= 180.0 + 1e-9).all() and (one.rotation >= 0).all() and (one.direction >= 0).all()
    assert pose_errors(truth, truth).larger.max() < 1e-5


def test_pairs_with_a_camera_that_was_not_found_fail():
    truth = random_poses(4, seed=0)
    found = pair_errors([truth[0], None, truth[2], truth[3]], truth)
    lost = torch.tensor([True, False, False, True, True, False])  # of the pairs 01 02 03 12 13 23
    assert (found.rotation[lost] == FAILED).all() and (found.direction[lost] == FAILED).all()
    assert found.larger[~lost].max() < 1e-5
    nothing = pair_errors([None] * 4, truth)
    assert (nothing.larger == FAILED).all() and float(auc(nothing.larger, 30.0)) == 0.0


def test_auc_by_hand():
    # Recall is 1/4 from 1 degree on, 1/2 from 3, 3/4 from 6; the area up to 5 is (1/4) 2 + (1/2) 2, over 5.
    angles = torch.tensor([3.0, 1.0, 6.0, FAILED])
    assert float(auc(angles, 5.0)) == pytest.approx((0.25 * 2 + 0.5 * 2) / 5)
    assert auc(torch.stack([angles, torch.zeros(4)]), 5.0).tolist() == pytest.approx([0.3, 1.0])


@given(st.lists(st.floats(0.0, 180.0), min_size=1, max_size=20), st.floats(0.5, 90.0))
def test_auc_is_the_area_under_the_recall_curve(angles, threshold):
    x = (np.arange(20_000) + 0.5) * threshold / 20_000
    recall = (np.array(angles)[:, None] <= x).mean(0)
    assert float(auc(torch.tensor(angles, dtype=torch.double), threshold)) == pytest.approx(recall.mean(), abs=1e-4)


@given(st.lists(st.floats(0.0, 180.0), min_size=1, max_size=8))
def test_auc_grows_with_the_threshold_and_falls_with_errors(angles):
    angles = torch.tensor(angles, dtype=torch.double)
    areas = [float(auc(angles, t)) for t in (5.0, 15.0, 30.0)]
    assert areas == sorted(areas) and all(0.0 <= a <= 1.0 for a in areas)
    assert float(auc(angles + 1.0, 15.0)) <= areas[1]


@pytest.mark.parametrize("angles, threshold", [
    (torch.tensor([math.nan]), 5.0), (torch.tensor([-1.0]), 5.0), (torch.zeros(0), 5.0), (torch.tensor(1.0), 5.0),
    (torch.ones(3), 0.0), (torch.ones(3), math.nan), (torch.ones(3), math.inf)])
def test_auc_of_nonsense(angles, threshold):
    with pytest.raises(InputError) as caught:
        auc(angles, threshold)
    assert "\n" not in str(caught.value)


def test_r2_by_hand():
    truth = torch.tensor([[0.0, 1.0], [2.0, 1.0]])  # its mean is (1, 1), its variance 2, all in the first column
    assert r2(truth, truth) == 1.0
    assert r2(torch.ones(2, 2), truth) == 0.0
    assert r2(torch.tensor([[1.0, 1.0], [2.0, 1.0]]), truth) == 0.5
    assert r2(torch.tensor([[2.0, 1.0], [0.0, 1.0]]), truth) == -3.0
    assert math.isnan(r2(torch.ones(2, 2), torch.ones(2, 2)))


def test_summary_by_hand():
    rotation = torch.tensor([[0.0, 3.0], [20.0, 180.0]], dtype=torch.double)
    found = summary(Errors(rotation, torch.zeros(2, 2).double(), torch.tensor([[1.0, 2.0], [3.0, 4.0]]).double()))
    assert (found["rotation"], found["direction"], found["distance"]) == (11.5, 0.0, 2.5)
    # Of the first scene (1 + 2/5) / 2 = 0.7 at 5 degrees, of the second none.
    assert found["auc"]["5"] == pytest.approx({"mean": 0.35, "stderr": 0.35})
    assert found["auc"]["30"]["mean"] == pytest.approx(((1 + 0.9) / 2 + (1 / 3 + 0) / 2) / 2)
    assert "distance" not in summary(Errors(rotation, rotation))
    assert summary(Errors(rotation[:1], rotation[:1]))["auc"]["5"]["stderr"] == 0.0


def test_what_is_no_camera_is_refused_in_one_line():
    truth = random_poses(3, seed=0)
    broken = truth[0].clone()
    broken[0, 0] = math.nan
    for call in (lambda: pose_errors(truth[:2], truth), lambda: pair_errors([truth[0]], truth),
                 lambda: pair_errors([broken, None, None], truth), lambda: pair_errors([2 * truth[0]] * 3, truth),
                 lambda: pair_errors(list(truth), truth[None])):
        with pytest.raises(InputError) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_relative_cameras_are_relative_poses():
    cameras = random_poses(2, 3, seed=3)
    assert torch.allclose(relative_cameras(cameras)[:, 1], relative_pose(cameras[:, 2], cameras[:, 0]))
