"""NeRF, its positional encoding, and cameras that can be learned."""

import math

import pytest
import torch
from torch.nn import functional as F

from rust_edu.cameras import intrinsics, look_at, perturb, rotation_angle
from rust_edu.errors import InputError
from rust_edu.models.layers import fourier_features
from rust_edu.models.nerf import LearnedCameras, NeRF, NeRFConfig, octave_weights

K = intrinsics(6, 8, 1.0)


def nerf(**config) -> NeRF:
    torch.manual_seed(0)
    return NeRF(NeRFConfig(**{"width": 16, "layers": 2, "samples": 8} | config))


def cameras(views: int = 3) -> torch.Tensor:
    position = torch.rand(views, 3, generator=torch.Generator().manual_seed(0)) + torch.tensor([3.0, 0.0, 1.0])
    return look_at(position, torch.zeros(3))


def points(*shape: int) -> torch.Tensor:
    return 4 * torch.rand(*shape, 3, generator=torch.Generator().manual_seed(1)) - 2


def test_density_and_colour():
    density, colour = nerf()(points(5, 7))
    assert density.shape == (5, 7) and colour.shape == (5, 7, 3)
    assert (density > 0).all() and (colour > 0).all() and (colour < 1).all()


def test_a_fresh_field_is_a_fog_with_a_gradient():
    # With a ReLU a field may begin empty, and without a gradient stays so: not with the shifted softplus.
    for seed in range(20):
        torch.manual_seed(seed)
        field = NeRF(NeRFConfig(width=16))
        density, _ = field(points(500))
        assert density.min() > 0.05
        density.sum().backward()
        assert all(p.grad.abs().sum() > 0 for p in [field.mlp[-1].weight, field.mlp[0].weight])


def test_features():
    field, x = nerf(octaves=3), points(4)
    found = field.features(x)
    assert found.shape == (4, 3 + 2 * 3 * 3)
    torch.testing.assert_close(found[:, :3], x)
    torch.testing.assert_close(found[:, 3], torch.sin(math.pi / 4 * x[:, 0]))  # a wave 8 units long
    torch.testing.assert_close(found[:, 3:], fourier_features(x, 3, -2))
    assert nerf(octaves=0).features(x).equal(x)


def test_octaves_fade_in_one_after_the_other():
    assert octave_weights(-0.5, 4).tolist() == [0, 0, 0, 0] and octave_weights(0.0, 4).tolist() == [0, 0, 0, 0]
    torch.testing.assert_close(octave_weights(1.5, 4), torch.tensor([1.0, 0.5, 0, 0]))
    torch.testing.assert_close(octave_weights(4.0, 4), torch.ones(4))
    torch.testing.assert_close(octave_weights(9.0, 4), torch.ones(4))


@pytest.mark.parametrize("alpha, shown", [(0.0, 0), (1.0, 1), (2.0, 2), (3.0, 3)])
def test_hidden_octaves_are_hidden_for_all_axes(alpha, shown):
    field, x = nerf(octaves=3), points(50)
    octave = torch.arange(3).repeat(6)  # which octave a feature is of
    found, whole = field.features(x, alpha)[:, 3:], field.features(x)[:, 3:]
    torch.testing.assert_close(found[:, octave < shown], whole[:, octave < shown])
    assert (found[:, octave >= shown] == 0).all()


def test_all_octaves_shown_is_a_plain_nerf():
    field, x = nerf(), points(9)
    torch.testing.assert_close(field(x, alpha=6.0), field(x))


def test_pictures_are_those_of_single_rays():
    field, poses = nerf(), cameras()
    images, depth = field.pictures(poses, K, 6, 8)
    assert images.shape == (3, 6, 8, 3) and depth.shape == (3, 6, 8)
    # The pixel in row 2, column 5, of view 1: its ray by hand.
    direction = torch.tensor([(5.5 - 4) / K[0, 0], (2.5 - 3) / K[1, 1], 1.0])
    world = poses[1, :3, :3] @ F.normalize(direction, dim=0)
    seen = field.render(poses[1:2, :3, 3], world[None])
    torch.testing.assert_close(images[1, 2, 5], seen.colour[0].detach())
    torch.testing.assert_close(depth[1, 2, 5], (seen.distance[0] / direction.norm()).detach())


def test_large_pictures_are_rendered_in_parts(monkeypatch):
    field = nerf()
    whole = field.pictures(cameras(), K, 6, 8)
    monkeypatch.setattr("rust_edu.models.nerf.RAYS_AT_ONCE", 7)
    torch.testing.assert_close(field.pictures(cameras(), K, 6, 8), whole)


def test_learned_cameras_begin_where_they_are_told():
    poses = cameras()
    learned = LearnedCameras(poses)
    torch.testing.assert_close(learned(), poses)
    assert {name for name, _ in learned.named_parameters()} == {"rotation", "translation"}


def test_learned_cameras_can_undo_noise():
    true = cameras(5)
    learned = LearnedCameras(perturb(true, 0.3, torch.Generator().manual_seed(0)))
    descent = torch.optim.Adam(learned.parameters(), lr=0.02)
    for _ in range(300):
        descent.zero_grad()
        (learned() - true).square().sum().backward()
        descent.step()
    assert rotation_angle(learned()[:, :3, :3], true[:, :3, :3]).max() < 1e-3
    assert (learned()[:, :3, 3] - true[:, :3, 3]).norm(dim=-1).max() < 1e-3


def test_a_picture_has_a_gradient_for_the_camera():
    from rust_edu.cameras import pixel_centres, pixel_rays

    learned, field = LearnedCameras(cameras(1)), nerf()
    origins, directions = pixel_rays(learned(), K, pixel_centres(6, 8).reshape(-1, 2))
    field.render(origins[0], directions[0]).colour.square().sum().backward()
    assert (learned.rotation.grad != 0).all() and (learned.translation.grad != 0).all()


@pytest.mark.parametrize("config, words", [
    ({"octaves": -1}, "octaves = -1"), ({"width": 0}, "width = 0"), ({"layers": 0}, "layers = 0"),
    ({"samples": 1}, "samples = 1"), ({"near": 9.0}, "near < far"), ({"far": math.nan}, "near < far"),
])
def test_sizes_that_make_no_nerf(config, words):
    with pytest.raises(InputError, match=words):
        NeRFConfig(**config)


def test_cameras_that_are_none():
    with pytest.raises(InputError, match="not a rotation"):
        LearnedCameras(2 * cameras())
    with pytest.raises(InputError, match="NaN or infinity"):
        nerf().pictures(cameras() * math.nan, K, 6, 8)
