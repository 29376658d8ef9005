"""Probes on latents that are a known function of the cameras, and on latents that know nothing."""

import math

import pytest
import torch

from rust_edu.cameras import look_at, orbit_position
from rust_edu.datasets import SceneSet
from rust_edu.errors import InputError
from rust_edu.evaluation.probes import (
    QUANTITIES,
    READOUTS,
    circular_mean,
    latent_poses,
    pairs,
    probe,
    probe_all,
    quick_pair_r2,
    relative_to_first,
    relative_to_mean,
    wrap,
)
from rust_edu.models import MODELS, ModelConfig
from rust_edu.scenes.worlds import get_world

INPUTS, TARGETS, LATENT = 3, 5, 8
SMOKE = ModelConfig(size=16, patch=4, width=32, heads=1, hidden=64, encoder_layers=1, pose_layers=1,
                    decoder_layers=1, render=(32,), query_patch=2)


def where(scenes: int, span: float, seed: int) -> torch.Tensor:
    """(S, V, 3) azimuth, elevation, distance of cameras within `span` degrees of a heading of each scene."""
    generator = torch.Generator().manual_seed(seed)
    heading = 2 * math.pi * torch.rand(scenes, 1, generator=generator)
    u = torch.rand(scenes, INPUTS + TARGETS, 3, generator=generator)
    azimuth = heading + math.radians(span) * (u[..., 0] - 0.5)
    return torch.stack([azimuth, 0.3 + 0.6 * u[..., 1], 3.0 + 3.0 * u[..., 2]], dim=-1)


def cameras_at(place: torch.Tensor) -> torch.Tensor:
    return look_at(orbit_position(*place.unbind(-1)), torch.zeros(3))


def latents(place: torch.Tensor, frame: str) -> torch.Tensor:
    """z (S, T, 8): a fixed mixture of what a model with this frame would know, and nothing else."""
    azimuth, elevation, distance = place[:, INPUTS:].unbind(-1)
    given = place[:, :INPUTS, 0]
    origin = given[:, :1] if frame == "first" else circular_mean(given, 1, keepdim=True)
    relative = wrap(azimuth - origin)
    known = [relative] if frame == "mean" else [relative.sin(), relative.cos()]
    known += [elevation, distance]
    mixing = torch.randn(len(known), LATENT, generator=torch.Generator().manual_seed(7))
    return torch.stack(known, dim=-1) @ mixing


def latent_set(scenes: int, span: float, frame: str, seed: int):
    place = where(scenes, span, seed)
    return latents(place, frame), cameras_at(place)


def noise_set(scenes: int, seed: int):
    z = torch.randn(scenes, TARGETS, LATENT, generator=torch.Generator().manual_seed(seed))
    return z, cameras_at(where(scenes, 120.0, seed))


def test_a_linear_code_of_a_sector_is_read_in_its_own_frame():
    fit, test = latent_set(120, 120.0, "mean", 0), latent_set(60, 120.0, "mean", 1)
    for kind, least in (("linear", 0.999), ("mlp", 0.9)):
        found = probe(fit, test, "pairs", kind)
        assert min(found["r2"].values()) > least, kind
    assert probe(fit, test, "pairs", "linear")["median_error"]["azimuth"] < 1.0  # degree
    # The azimuth is relative to the mean of the inputs, and the probe's frame decides whether that is found.
    assert probe(fit, test, "mean")["r2"]["azimuth"] > 0.999
    assert probe(fit, test, "first")["r2"]["azimuth"] < 0.9
    # Elevation and distance are absolute in this code: relative to the mean of the inputs they look worse.
    assert probe(fit, test, "first")["r2"]["elevation"] > 0.999 > probe(fit, test, "mean")["r2"]["elevation"]


def test_a_ring_code_of_the_full_circle():
    fit, test = latent_set(150, 360.0, "first", 0), latent_set(60, 360.0, "first", 1)
    found = probe(fit, test, "first", "linear")
    assert min(found["r2"].values()) > 0.999 and found["median_error"]["azimuth"] < 1.0
    # From a pair, sine and cosine of the difference are products of sines and cosines: not linear, quadratic.
    assert probe(fit, test, "pairs", "linear")["r2"]["azimuth"] < 0.3
    assert quick_pair_r2(*fit).azimuth > 0.999


def test_latents_that_know_nothing():
    fit, test = noise_set(200, 0), noise_set(100, 1)
    for read in READOUTS:
        found = probe(fit, test, read, "linear")
        assert all(-0.2 < value < 0.1 for value in found["r2"].values()), read
    assert all(value < 0.1 for value in quick_pair_r2(*fit))
    assert found["median_error"]["azimuth"] > 15.0


def test_every_readout_and_kind():
    found = probe_all(latent_set(30, 120.0, "mean", 0), latent_set(20, 120.0, "mean", 1))
    assert {(read, kind) for read, kinds in found.items() for kind in kinds} == {
        (read, kind) for read in ("pairs", "mean", "first") for kind in ("linear", "mlp")}
    for kinds in found.values():
        for values in kinds.values():
            assert tuple(values["r2"]) == tuple(values["median_error"]) == QUANTITIES


def test_probes_are_deterministic():
    fit, test = latent_set(30, 120.0, "mean", 0), latent_set(20, 120.0, "mean", 1)
    assert probe(fit, test, "pairs", "mlp") == probe(fit, test, "pairs", "mlp")


def test_azimuths_wrap_around():
    """Cameras at 179 and -179 degrees are two degrees apart, and their mean is 180."""
    place = torch.tensor([[179.0, -179.0], [10.0, 30.0]]).deg2rad()
    place = torch.stack([place, torch.full_like(place, 0.5), torch.full_like(place, 4.0)], dim=-1)
    cameras = cameras_at(place)
    z = torch.arange(4.0).reshape(2, 2, 1)
    x, y = pairs(z, cameras)
    assert x.tolist() == [[0, 1], [1, 0], [2, 3], [3, 2]]
    assert y[:, 0].rad2deg().tolist() == pytest.approx([2.0, -2.0, 20.0, -20.0], abs=1e-4)
    _, y = relative_to_first(z[:, 1:], cameras)
    assert y[:, 0].rad2deg().tolist() == pytest.approx([2.0, 20.0], abs=1e-4)
    assert y[0, 1:].tolist() == pytest.approx([0.5, 4.0], abs=1e-5)
    _, y = relative_to_mean(z[:, 1:], torch.cat([cameras, cameras[:, :1]], dim=1))
    assert y[:, 0].rad2deg().tolist() == pytest.approx([-1.0, -10.0], abs=1e-4)
    assert y[:, 1:].abs().max() < 1e-6
    mean = circular_mean(torch.tensor([170.0, -170.0]).deg2rad())
    assert abs(float(mean.rad2deg())) == pytest.approx(180.0, abs=1e-3)


def test_median_errors_by_hand():
    """A probe that sees nothing says the mean: half of the azimuths are off by 0.1, half by 0.2 radians."""
    place = torch.tensor([[[0.0, 0.5, 4.0], [0.0, 0.5, 4.0]]] * 40)
    place[:, 1, 0] = torch.tensor([-0.2, -0.1, 0.1, 0.2]).repeat(10)
    place[:, 1, 1] = torch.tensor([0.4, 0.6]).repeat(20)
    place[:, 1, 2] = torch.tensor([3.0, 5.0]).repeat(20)
    blind = torch.zeros(40, 1, LATENT), cameras_at(place)
    found = probe(blind, blind, "first", "linear")
    expected = [math.degrees(0.1), math.degrees(0.1), 1.0]
    assert list(found["median_error"].values()) == pytest.approx(expected, abs=1e-3)
    assert all(abs(value) < 1e-6 for value in found["r2"].values())


def test_the_quick_probe_is_right():
    z, cameras = latent_set(200, 120.0, "mean", 0)
    found = quick_pair_r2(z, cameras)
    assert min(found) > 0.999 and found._fields == QUANTITIES
    assert found == quick_pair_r2(z, cameras[:, -TARGETS:])  # pairs need no inputs
    scrambled = z[torch.randperm(200, generator=torch.Generator().manual_seed(0))]
    assert quick_pair_r2(scrambled, cameras).azimuth < 0.2


def test_quick_probes_survive_a_collapsed_or_exploded_model():
    z, cameras = latent_set(50, 120.0, "mean", 0)
    assert all(abs(value) < 0.1 for value in quick_pair_r2(torch.zeros_like(z), cameras))
    assert all(math.isnan(value) for value in quick_pair_r2(z * math.nan, cameras))


def test_wrong_sets():
    z, cameras = latent_set(10, 120.0, "mean", 0)
    for bad in ((z[0], cameras), (z, cameras[:5]), (z, cameras[:, :3])):
        with pytest.raises(InputError, match="last T views"):
            quick_pair_r2(*bad)
    with pytest.raises(InputError, match="no input cameras"):
        relative_to_first(z, cameras[:, -TARGETS:])
    with pytest.raises(InputError, match="2 or more"):
        quick_pair_r2(z[:1], cameras[:1])
    for read, kind in (("sideways", "linear"), ("pairs", "forest")):
        with pytest.raises(InputError, match="unknown probe"):
            probe((z, cameras), (z, cameras), read, kind)


def random_images(scenes: int, views: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (scenes, views, 16, 16, 3), dtype=torch.uint8, generator=generator)


def test_a_wide_latent_pose_is_looked_at_without_products():
    """All products of two latent poses of 256 numbers would take 139 GB."""
    z, cameras = latent_set(60, 120.0, "mean", 0)
    wide = torch.cat([z, torch.zeros(*z.shape[:2], 256 - z.shape[-1])], dim=-1)
    assert quick_pair_r2(wide, cameras).elevation > 0.9


def test_latent_poses_of_a_model():
    scenes = SceneSet(random_images(5, 8), cameras_at(where(5, 120.0, 0)), get_world("sector"), [])
    torch.manual_seed(0)
    model = MODELS["rust"](SMOKE).train()
    z, cameras = latent_poses(model, scenes, inputs=3, batch=2)
    assert z.shape == (5, 5, 8) and cameras.shape == (5, 8, 4, 4) and model.training and not z.requires_grad
    assert torch.equal(cameras, scenes.camera_to_world)
    few, cameras = latent_poses(model, scenes, inputs=3, targets=2)
    assert torch.allclose(few, z[:, :2], atol=1e-5) and cameras.shape == (5, 5, 4, 4)
    with pytest.raises(InputError, match="Probe a RUST model"):
        latent_poses(MODELS["srt"](SMOKE), scenes)
    with pytest.raises(InputError):
        latent_poses(model, scenes, inputs=8)


def test_latent_poses_see_left_halves_alone():
    images = random_images(4, 6)
    place = cameras_at(where(4, 120.0, 0))[:, :6]
    torch.manual_seed(0)
    model = MODELS["rust"](SMOKE)
    before, _ = latent_poses(model, SceneSet(images, place, get_world("sector"), []))
    changed = images.clone()
    changed[:, 3:, :, 8:] = 255 - changed[:, 3:, :, 8:]
    after, _ = latent_poses(model, SceneSet(changed, place, get_world("sector"), []))
    assert torch.equal(before, after)
