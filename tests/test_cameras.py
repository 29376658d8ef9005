"""Cameras against hand-computed cases, scipy's rotations, and what must hold for any pose."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from torch.autograd import gradcheck

from rust_edu import cameras
from rust_edu.errors import InputError

F64 = torch.float64
number = st.floats(-3.0, 3.0, allow_subnormal=False)
vector = st.tuples(number, number, number)
seed = st.integers(0, 2**31)


def rigid(seed: int, *lead: int) -> torch.Tensor:
    """Random poses (*lead, 4, 4), their rotations uniform over all, from scipy."""
    random = np.random.default_rng(seed)
    rotation = Rotation.from_quat(random.normal(size=(math.prod(lead), 4))).as_matrix().reshape(*lead, 3, 3)
    translation = 3 * random.normal(size=(*lead, 3))
    return cameras.from_rotation(torch.from_numpy(rotation), torch.from_numpy(translation))


def project(points, camera_to_world, K):
    """Pixels (N, 2) of world points (N, 3), by the conventions of cameras.py and a general inverse."""
    homogeneous = torch.cat([points, torch.ones_like(points[:, :1])], dim=1)
    inside = (torch.linalg.inv(camera_to_world) @ homogeneous.T)[:3]
    assert (inside[2] > 0).all()  # in front of the camera
    x = K @ inside
    return (x[:2] / x[2]).T


def test_intrinsics_by_hand():
    # 90 degrees across 8 pixels: the border lies 45 degrees off the axis, so f is half the width.
    K = cameras.intrinsics(6, 8, math.pi / 2, dtype=F64)
    torch.testing.assert_close(K, torch.tensor([[4.0, 0, 4], [0, 4, 3], [0, 0, 1]], dtype=F64))
    assert cameras.intrinsics(6, 8, 1.0).dtype == torch.float32


@pytest.mark.parametrize("angle", [0.0, -1.0, math.pi, 50.0, math.nan, math.inf])
def test_intrinsics_refuse_what_is_no_angle(angle):
    with pytest.raises(InputError, match="radians between 0 and pi"):
        cameras.intrinsics(8, 8, angle)


def test_intrinsics_refuse_a_picture_without_pixels():
    with pytest.raises(InputError, match="0x8 pixels"):
        cameras.intrinsics(0, 8, 1.0)


def test_look_at_by_hand():
    # From x = 2 towards the origin the y axis of the world points right: right = y, down = -z, forward = -x.
    pose = cameras.look_at(torch.tensor([2.0, 0, 0]), torch.zeros(3))
    expected = torch.tensor([[0.0, 0, -1, 2], [1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
    torch.testing.assert_close(pose, expected)


@given(vector, vector)
def test_look_at_points_at_its_target_and_stands_upright(position, target):
    position, target = torch.tensor(position, dtype=F64), torch.tensor(target, dtype=F64)
    ahead = target - position
    if ahead[:2].norm() < 1e-3:  # straight up or down, or on the target: tested below
        return
    pose = cameras.look_at(position, target)
    cameras.check_cameras(pose)
    right, down, forward = pose[:3, :3].unbind(1)
    torch.testing.assert_close(pose[:3, 3], position)
    torch.testing.assert_close(forward * ahead.norm(), ahead)
    assert abs(right[2]) < 1e-12  # the horizon is level
    assert down[2] < 0  # and the picture is not upside down


def test_look_at_broadcasts_and_takes_an_up_of_any_length():
    up = torch.tensor([[0.0, 1, 0], [0, 50, 0], [0, 0, 1e-9]])
    poses = cameras.look_at(torch.tensor([2.0, 0, 0]), torch.zeros(3), up)
    torch.testing.assert_close(poses[0], poses[1])
    torch.testing.assert_close(poses[0, :3, 1], torch.tensor([0.0, -1, 0]))  # down is against up
    torch.testing.assert_close(poses[2], cameras.look_at(torch.tensor([2.0, 0, 0]), torch.zeros(3)))


NAN = [math.nan, 0.0, 0.0]
Z = [0.0, 0.0, 1.0]


@pytest.mark.parametrize("position, target, up, what", [
    ([1.0, 2, 3], [1.0, 2, 3], Z, "stands on its target"),
    ([0.0, 0, 3], [0.0, 0, 0], Z, "along the up direction"),
    ([0.0, 0, -3], [0.0, 0, 0], Z, "along the up direction"),
    ([3.0, 0, 0], [0.0, 0, 0], [5.0, 0, 0], "along the up direction"),
    ([3.0, 0, 0], [0.0, 0, 0], [0.0, 0, 0], "along the up direction"),
    ([3.0, 0, 0], [0.0, 0, 0], NAN, "along the up direction"),
    (NAN, [0.0, 0, 0], Z, "NaN"),
    ([3.0, 0, 0], [math.inf, 0, 0], Z, "NaN or infinity"),
])
def test_look_at_refuses_what_has_no_answer(position, target, up, what):
    fine = torch.tensor([4.0, 1.0, 1.0])
    with pytest.raises(InputError, match=what):  # one bad camera among good ones is enough
        cameras.look_at(torch.stack([fine, torch.tensor(position)]), torch.tensor(target), torch.tensor(up))


def test_pixel_centres_by_hand():
    expected = [[[0.5, 0.5], [1.5, 0.5], [2.5, 0.5]], [[0.5, 1.5], [1.5, 1.5], [2.5, 1.5]]]
    assert cameras.pixel_centres(2, 3).tolist() == expected
    assert cameras.pixel_centres(2, 3, dtype=F64).dtype == F64


def test_rays_of_the_centre_and_the_borders():
    pose = rigid(0, 1)[0]
    K = cameras.intrinsics(20, 40, math.radians(60), dtype=F64)
    pixels = torch.tensor([[20.0, 10], [0, 10], [40, 10], [20, 0]], dtype=F64)  # centre, left, right, top
    origins, directions = cameras.pixel_rays(pose, K, pixels)
    right, down, forward = pose[:3, :3].unbind(1)
    torch.testing.assert_close(origins, pose[:3, 3].expand(4, 3))
    torch.testing.assert_close(directions[0], forward)
    side = math.sin(math.radians(30))  # the horizontal field of view ends 30 degrees to each side
    torch.testing.assert_close(directions @ right, torch.tensor([0, -side, side, 0], dtype=F64))
    # Half as many pixels up as to the side: tan(angle) is half of tan(30 degrees). Up is against down.
    angle = math.atan(0.5 * math.tan(math.radians(30)))
    torch.testing.assert_close(directions[3] @ down, torch.tensor(-math.sin(angle), dtype=F64))


@given(seed, st.floats(0.2, 2.5), st.integers(1, 9), st.integers(1, 9))
def test_points_on_rays_project_back_to_their_pixels(seed, field_of_view, height, width):
    pose = rigid(seed, 1)[0]
    K = cameras.intrinsics(height, width, field_of_view, dtype=F64)
    pixels = cameras.pixel_centres(height, width, dtype=F64).reshape(-1, 2)
    origins, directions = cameras.pixel_rays(pose, K, pixels)
    torch.testing.assert_close(directions.norm(dim=-1), torch.ones(len(pixels), dtype=F64))
    distance = torch.linspace(0.1, 30.0, len(pixels), dtype=F64)[:, None]
    seen = project(origins + distance * directions, pose, K)
    torch.testing.assert_close(seen, pixels, rtol=1e-8, atol=1e-8)


def test_rays_of_a_batch_are_the_rays_of_its_cameras():
    poses, K = rigid(1, 2, 3), cameras.intrinsics(4, 4, 1.0, dtype=F64)
    zoomed = K.expand(2, 3, 3, 3) * torch.tensor([1.0, 2.0], dtype=F64).view(2, 1, 1, 1)
    pixels = 4 * torch.rand(2, 3, 5, 2, generator=torch.Generator().manual_seed(0), dtype=F64)
    batch = cameras.pixel_rays(poses, zoomed, pixels)
    assert batch[0].shape == batch[1].shape == (2, 3, 5, 3)
    for b in range(2):
        for v in range(3):
            one = cameras.pixel_rays(poses[b, v], zoomed[b, v], pixels[b, v])
            torch.testing.assert_close([batch[0][b, v], batch[1][b, v]], list(one))


@given(seed)
def test_invert_is_the_inverse(seed):
    pose = rigid(seed, 4)
    torch.testing.assert_close(cameras.invert(pose), torch.linalg.inv(pose))


@given(seed)
def test_relative_poses_do_not_change_when_the_world_is_moved(seed):
    poses, move = rigid(seed, 2, 3), rigid(seed + 1, 1)[0]
    before = cameras.relative_pose(poses, poses[:, :1])
    torch.testing.assert_close(before[:, 0], torch.eye(4, dtype=F64).expand(2, 4, 4))
    torch.testing.assert_close(cameras.relative_pose(move @ poses, move @ poses[:, :1]), before)


def test_relative_pose_by_hand():
    # Both at x = 4 and x = 3 looking towards the origin: the second is one ahead of the first.
    poses = cameras.look_at(torch.tensor([[4.0, 0, 0], [3.0, 0, 0]]), torch.zeros(3))
    expected = torch.eye(4)
    expected[2, 3] = 1.0
    torch.testing.assert_close(cameras.relative_pose(poses[1], poses[0]), expected)


@given(vector, st.floats(0.0, 2.0))
def test_so3_exp_is_scipys(axis, scale):
    vector = scale * torch.tensor(axis, dtype=F64)
    expected = torch.from_numpy(Rotation.from_rotvec(vector.numpy()).as_matrix())
    torch.testing.assert_close(cameras.so3_exp(vector), expected, rtol=0, atol=1e-12)


ANGLES = [0.0, 1e-300, 1e-12, 1e-8, 1e-4, 0.1, 1.0, 3.0, math.pi - 1e-4, math.pi - 1e-8, math.pi]


@given(vector, st.sampled_from(ANGLES), seed)
def test_rotation_angle_is_scipys_from_tiny_to_pi(axis, angle, seed):
    axis = torch.tensor(axis, dtype=F64)
    if axis.norm() < 1e-3:
        return
    turn = Rotation.from_rotvec((angle * axis / axis.norm()).numpy())
    a = rigid(seed, 1)[0, :3, :3]
    seen = cameras.rotation_angle(a, a @ torch.from_numpy(turn.as_matrix()))
    assert seen == pytest.approx(turn.magnitude(), rel=1e-9, abs=1e-14)


def test_rotation_angle_of_floats_and_its_gradient_where_it_has_a_kink():
    angle = torch.tensor([0.0, 1e-6, 1e-3, math.pi - 1e-3, math.pi])
    turned = cameras.so3_exp(angle[:, None] * torch.tensor([0.0, 0.6, 0.8])).requires_grad_()
    # Floats of size 1 are 1e-7 apart; the arccos of the trace would be off by 1e-3 at both ends.
    seen = cameras.rotation_angle(torch.eye(3).expand(5, 3, 3), turned)
    torch.testing.assert_close(seen, angle, rtol=0, atol=1e-6)
    gradient, = torch.autograd.grad(seen.sum(), turned)
    assert torch.isfinite(gradient).all()
    same = torch.eye(3, requires_grad=True)
    gradient, = torch.autograd.grad(cameras.rotation_angle(torch.eye(3), same), same)
    assert torch.isfinite(gradient).all()


def test_no_noise_is_no_change_and_draws_nothing():
    generator = torch.Generator().manual_seed(0)
    poses, before = rigid(0, 3), generator.get_state()
    assert cameras.perturb(poses, 0.0, generator) is poses
    assert torch.equal(generator.get_state(), before)


def test_pose_noise_has_the_size_it_says_in_the_cameras_own_frame():
    poses, sigma = rigid(3, 1).expand(20_000, 4, 4).float(), 0.1
    noisy = cameras.perturb(poses, sigma, torch.Generator().manual_seed(0))
    cameras.check_cameras(noisy)
    motion = cameras.relative_pose(noisy.double(), poses.double())
    turns = torch.from_numpy(Rotation.from_matrix(motion[:, :3, :3].numpy()).as_rotvec())
    for six in (turns, motion[:, :3, 3]):
        # 20000 numbers pin a mean down to 0.0007 and a standard deviation to 0.0005; allow five.
        torch.testing.assert_close(six.mean(0), torch.zeros(3, dtype=F64), rtol=0, atol=0.0035)
        torch.testing.assert_close(six.std(0), torch.full((3,), sigma, dtype=F64), rtol=0, atol=0.0025)
    angle = cameras.rotation_angle(poses[:, :3, :3], noisy[:, :3, :3])
    # The length of three normal numbers has the mean sqrt(8 / pi) sigma.
    assert angle.mean().item() == pytest.approx(sigma * math.sqrt(8 / math.pi), rel=0.02)


def test_pose_noise_depends_on_the_generator_alone():
    def draw(seed, dtype=F64):
        return cameras.perturb(rigid(0, 4).to(dtype), 0.1, torch.Generator().manual_seed(seed))

    assert torch.equal(draw(1), draw(1))
    assert (draw(1) - draw(2)).abs().max() > 0.01
    torch.testing.assert_close(draw(1, torch.float32), draw(1).float())  # the same noise in every precision
    spread = cameras.relative_pose(draw(1), rigid(0, 4))
    assert (spread[0] - spread[1]).abs().max() > 0.01  # each camera has its own


@pytest.mark.parametrize("sigma", [-0.1, math.nan, math.inf])
def test_pose_noise_refuses_a_size_that_is_none(sigma):
    with pytest.raises(InputError, match="sigma"):
        cameras.perturb(torch.eye(4), sigma, torch.Generator())


def test_orbit_position_by_hand():
    half = math.sqrt(0.5)
    azimuth, elevation = torch.tensor([0.0, math.pi / 2, 0.0]), torch.tensor([0.0, 0.0, math.pi / 4])
    seen = cameras.orbit_position(azimuth, elevation, torch.tensor([2.0, 3.0, 2.0]))
    torch.testing.assert_close(seen, torch.tensor([[2.0, 0, 0], [0, 3, 0], [2 * half, 0, 2 * half]]))


@given(st.floats(-math.pi, math.pi), st.floats(-math.pi / 2, math.pi / 2), st.floats(0.1, 100.0))
def test_spherical_inverts_orbit_position(azimuth, elevation, distance):
    where = [torch.tensor(x, dtype=F64) for x in (azimuth, elevation, distance)]
    position = cameras.orbit_position(*where)
    seen = cameras.spherical(cameras.from_rotation(torch.eye(3, dtype=F64), position))
    # Overhead too, where an arcsin would be blunt.
    assert seen[1].item() == pytest.approx(elevation, abs=1e-12)
    torch.testing.assert_close(cameras.orbit_position(*seen), position, rtol=1e-12, atol=1e-12)
    if abs(elevation) < 1.5:
        around = math.remainder(seen[0].item() - azimuth, 2 * math.pi)  # pi and -pi are one direction
        assert around == pytest.approx(0.0, abs=1e-9)


def test_spherical_at_the_origin_is_finite():
    assert [x.item() for x in cameras.spherical(torch.eye(4))] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("function, inputs", [
    (lambda p, t: cameras.look_at(p, t), ([[2.0, 1, 1], [0, -3, 2]], [[0.1, 0.2, 0], [0.3, 0, 1]])),
    (lambda v: cameras.so3_exp(v), ([[0.3, -0.2, 0.5], [0.0, 0.0, 0.0], [3.0, 0.1, 0.0]],)),
    (lambda v: cameras.rotation_angle(cameras.so3_exp(v), torch.eye(3, dtype=F64)), ([[0.3, -0.2, 0.5]],)),
])
def test_gradients_of_directions(function, inputs):
    assert gradcheck(function, tuple(torch.tensor(x, dtype=F64, requires_grad=True) for x in inputs))


def test_gradients_of_poses_and_rays():
    poses, K = rigid(5, 2).requires_grad_(), cameras.intrinsics(4, 6, 1.0, dtype=F64).requires_grad_()
    pixels = cameras.pixel_centres(4, 6, dtype=F64).reshape(-1, 2)[:5].requires_grad_()
    assert gradcheck(cameras.pixel_rays, (poses, K, pixels))
    assert gradcheck(cameras.relative_pose, (poses, rigid(6, 1).requires_grad_()))


def broken(change) -> torch.Tensor:
    pose = rigid(0, 2, 3)
    change(pose[1, 2])
    return pose


@pytest.mark.parametrize("pose, what", [
    (broken(lambda p: p[0].fill_(math.nan)), "NaN"),
    (broken(lambda p: p[1, 3].fill_(math.inf)), "infinity"),
    (broken(lambda p: p[:3, :3].mul_(1.1)), "is not a rotation"),
    (broken(lambda p: p[:3, 0].copy_(p[:3, 1])), "is not a rotation"),
    (broken(lambda p: p[:3, 0].neg_()), "mirrored"),
    (broken(lambda p: p.copy_(p.T.clone())), "last row"),
    (torch.eye(3), "shape"),
    (torch.eye(4)[:3], "shape"),
    (torch.empty(2, 0, 4, 4), "shape"),
])
def test_check_cameras_says_what_is_wrong(pose, what):
    with pytest.raises(InputError, match=what) as caught:
        cameras.check_cameras(pose)
    assert "\n" not in str(caught.value) and "expected" in str(caught.value)


@given(seed)
def test_check_cameras_accepts_rigid_ones(seed):
    cameras.check_cameras(rigid(seed, 2, 3))
    cameras.check_cameras(rigid(seed, 2).float())


@pytest.mark.parametrize("K, what", [
    (torch.eye(4), "shape"),
    (torch.eye(3) * math.nan, "expected"),
    (torch.diag(torch.tensor([0.0, 1, 1])), "f > 0"),
    (torch.diag(torch.tensor([1.0, -1, 1])), "f > 0"),
    (torch.tensor([[1.0, 0.1, 0], [0, 1, 0], [0, 0, 1]]), "expected"),  # skew
    (torch.tensor([[1.0, 0, 0], [0, 1, 0], [4, 4, 1]]), "expected"),  # transposed
])
def test_check_intrinsics_says_what_is_wrong(K, what):
    cameras.check_intrinsics(cameras.intrinsics(8, 8, 1.0))
    with pytest.raises(InputError, match=what):
        cameras.check_intrinsics(K)
