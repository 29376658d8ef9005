"""What is measured of a latent space, on latents whose meaning is known, and on the shipped weights."""

import math

import pytest
import torch
from model_helpers import TINY

from rust_edu.cameras import look_at, orbit_position, spherical
from rust_edu.datasets import SceneSet
from rust_edu.errors import InputError
from rust_edu.evaluation.probes import wrap
from rust_edu.models import SRT
from rust_edu.scenes.worlds import get_world
from rust_edu.widgets.space import PoseSpace

SIZE = 16


def scenes(count=60, views=8, seed=0) -> SceneSet:
    """Cameras of a sector world, each scene with its own heading; no pictures."""
    g = torch.Generator().manual_seed(seed)
    heading = 2 * math.pi * torch.rand(count, 1, generator=g)
    azimuth = heading + math.radians(120) * (torch.rand(count, views, generator=g) - 0.5)
    elevation = 0.3 + 0.6 * torch.rand(count, views, generator=g)
    distance = 3 + 3 * torch.rand(count, views, generator=g)
    cameras = look_at(orbit_position(azimuth, elevation, distance), torch.zeros(3))
    return SceneSet(torch.zeros(count, views, SIZE, SIZE, 3, dtype=torch.uint8), cameras, get_world("sector"), [])


class KnownPoses:
    """A model whose latent is a known linear mixture: azimuth in a frame of each scene's own, elevation, distance, and
    noise in two more directions. The elevation enters with a minus, so its component must be turned around."""

    name = "known"

    def __init__(self) -> None:
        self.config = TINY
        g = torch.Generator().manual_seed(3)
        self.mixing = torch.linalg.qr(torch.randn(5, 5, generator=g)).Q
        self.noise = torch.randn(10_000, 2, generator=g)

    def encode(self, inputs):
        return torch.zeros(len(inputs.images), 1, 1)

    def pose(self, inputs, targets, slsr, right=False):
        azimuth, elevation, distance = spherical(targets.camera_to_world)
        middle = spherical(inputs.camera_to_world)[0][:, :1]  # the frame: the first input's, off by a scene's own angle
        frame = middle + 0.1 * torch.sin(7 * middle)
        noise = self.noise[: azimuth.numel()].view(*azimuth.shape, 2)
        known = torch.stack([8 * wrap(azimuth - frame), -9 * elevation, 2 * distance], -1)
        plain = torch.cat([known, 0.3 * noise], -1)
        return plain @ self.mixing.T


@pytest.fixture(scope="module")
def space() -> PoseSpace:
    return PoseSpace.measure(KnownPoses(), "sector", scenes())


def test_components_are_named_and_turned_upright(space):
    assert space.names[:3] == ["rotation", "distance", "height"]
    assert all(follows.strength > 0.5 for follows in space.follows[:3]) and space.names[3:] == ["unclear"] * 2


def test_the_read_out_finds_the_cameras(space):
    assert (space.median_error < torch.tensor([0.02, 0.01, 0.05])).all()
    fresh, model = scenes(10, seed=9), KnownPoses()
    views = fresh.views(slice(None))
    z = model.pose(views[:, :3], views, None).double()
    azimuth, elevation, distance = spherical(fresh.camera_to_world.double())
    for s in range(10):
        for v in range(3, 8):
            read = space.camera(z[s, v], z[s, 0])
            truth = torch.stack([wrap(azimuth[s, v] - azimuth[s, 0]), elevation[s, v], distance[s, v]])
            assert torch.allclose(read, truth, atol=0.05)


def test_a_motion_moves_the_read_out_by_as_much(space):
    z, first = torch.randn(5).double(), torch.randn(5).double()
    change = torch.tensor([0.2, -0.1, 0.5]).double()
    moved = space.camera(z + space.motion @ change, first) - space.camera(z, first)
    assert torch.allclose(moved, change, atol=1e-8)


def test_a_motion_leaves_alone_what_is_no_camera(space):
    step = space.to_sigmas(space.components.mean + space.motion @ torch.tensor([0.3, 0.2, 1.0]).double())
    assert float(step[3:].abs().max()) < 0.1 * float(step[:3].abs().max())


def test_there_and_back(space):
    z = torch.randn(7, 5).double()
    assert torch.allclose(space.to_latents(space.to_sigmas(z)), z)


def test_outside_is_outside_the_data(space):
    assert space.outside(space.components.mean) == ([], False)
    for component in range(5):
        for edge, direction in ((space.low, -1), (space.high, 1)):
            at = torch.zeros(5).double()
            at[component] = edge[component]
            assert component not in space.outside(space.to_latents(at))[0]
            at[component] += 0.05 * direction
            assert space.outside(space.to_latents(at))[0] == [component]
    corner = space.to_latents(0.99 * space.high)
    assert space.outside(corner) == ([], True), "each in its range, not together"


def test_the_ranges_hold_almost_all_data(space):
    inside = (space.samples >= space.low) & (space.samples <= space.high)
    assert (inside.double().mean(0) > 0.98).all() and (space.low < -1).all() and (space.high > 1).all()


def test_latents_that_collapsed_are_no_crash():
    model = KnownPoses()
    model.mixing = torch.zeros(5, 5)
    space = PoseSpace.measure(model, "sector", scenes(12))
    assert space.names == ["unclear"] * 5 and torch.isfinite(space.motion).all()
    assert torch.isfinite(space.camera(torch.zeros(5).double(), torch.zeros(5).double())).all()


def test_what_cannot_be_measured():
    with pytest.raises(InputError, match="4 scenes or more"):
        PoseSpace.measure(KnownPoses(), "sector", scenes(1))
    with pytest.raises(InputError, match="more than 3 views"):
        PoseSpace.measure(KnownPoses(), "sector", scenes(10, views=3))
    with pytest.raises(InputError, match="Explore a RUST model"):
        PoseSpace.measure(SRT(TINY), "sector", scenes(6))


def test_shipped_latents_know_where_the_camera_is(session):
    assert {"height", "distance", "rotation"} <= set(session.space.names)
    azimuth, elevation, distance = session.space.median_error
    assert azimuth.rad2deg() < 10 and elevation.rad2deg() < 5 and distance < 0.5
