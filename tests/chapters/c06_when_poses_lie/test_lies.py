"""What notebook 06 measures with: noise on some cameras, decibels, a known world, UpSRT's parts."""

import pytest
import torch
from scipy.spatial.transform import Rotation

from rust_edu.cameras import perturb
from rust_edu.course.chapters.c06_when_poses_lie import lies
from rust_edu.course.chapters.c06_when_poses_lie.doubt import best_guess
from rust_edu.course.chapters.c06_when_poses_lie.noise import motion, noisy_cameras
from rust_edu.course.chapters.c06_when_poses_lie.parts import UpSRTFromParts, UpSRTWeights
from rust_edu.course.chapters.c06_when_poses_lie.pixels import pixels_off, project
from rust_edu.course.checking.exercise import Diagnosis
from rust_edu.evaluation.protocol import MeanPicture
from rust_edu.evaluation.report import test_scenes as held_out
from rust_edu.models import UpSRT
from rust_edu.models.weights import load_weights, shipped_weights


@pytest.fixture(scope="module")
def views():
    return held_out("sector").views(slice(0, 4))


def test_noise_is_that_of_the_package(views):
    cameras, sigma = views.camera_to_world, 0.1
    twist = torch.randn(*cameras.shape[:2], 6, generator=torch.Generator().manual_seed(5))
    expected = perturb(cameras, sigma, torch.Generator().manual_seed(5))
    assert torch.allclose(noisy_cameras(cameras, twist, sigma), expected, atol=1e-6)


def test_rotations_are_scipys():
    twist = torch.randn(20, 6, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    expected = torch.from_numpy(Rotation.from_rotvec(twist[:, :3].numpy()).as_matrix())
    assert torch.allclose(motion(twist)[:, :3, :3], expected, atol=1e-12)


def test_projection_inverts_a_look_along_the_ray(views):
    camera, K = views.camera_to_world[0, :1], views.K
    point = camera[:, :3, 3] + 2.0 * camera[:, :3, 2]  # straight ahead
    assert torch.allclose(project(point, camera, K)[0, 0], K[:2, 2], atol=1e-4)
    assert pixels_off(point, camera, camera, K).max() == 0


@pytest.mark.parametrize("who", [*lies.WHO, None])
def test_only_the_chosen_cameras_lie(views, who):
    which = slice(None) if who is None else lies.WHO[who]
    noisy = lies.with_noise(views, noisy_cameras, 0.1, which)
    moved = (noisy.camera_to_world != views.camera_to_world).flatten(2).any(-1)  # (B, V)
    expected = torch.zeros(8, dtype=torch.bool)
    expected[which] = True
    assert torch.equal(moved, expected.expand(4, 8)) and noisy.images is views.images


def test_a_larger_sigma_is_farther_along_the_same_way(views):
    near, far = (lies.with_noise(views, noisy_cameras, s).camera_to_world[..., :3, 3] for s in (0.1, 0.2))
    true = views.camera_to_world[..., :3, 3]
    assert torch.allclose(far - true, 2.0 * (near - true), atol=1e-5)


def test_decibels_have_an_error(views):
    mean, error = lies.decibels(MeanPicture(), views)
    assert 10 < mean < 25 and 0 < error < 5


def test_looking_at_a_scene_gives_its_pictures(views):
    look = lies.looking_at(held_out("sector"), 2)
    drawn = look(views.camera_to_world[2, :2])
    assert (drawn - views.images[2, :2]).abs().max() < 0.01
    told = best_guess(look, views.camera_to_world[2, 0], torch.zeros(2, 6), 0.3)
    assert torch.allclose(told, drawn[0], atol=1e-5)


def test_parts_load_what_ships_and_know_no_rays(views):
    shipped = load_weights(shipped_weights("upsrt", "laptop"), UpSRT)[0]
    parts = UpSRTFromParts(shipped.config).eval()
    parts.load_state_dict(shipped.state_dict())
    inputs, targets = views.split(3, 2)
    assert torch.allclose(parts.predict(inputs, targets), shipped.predict(inputs, targets), atol=1e-4)
    with pytest.raises(Diagnosis, match="no weights for the rays"):
        UpSRTWeights(shipped.config).encoder.ray_projection(torch.zeros(1))
