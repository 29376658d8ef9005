"""What is measured of a latent space, on latents whose meaning is known, and on the shipped weights."""

import math
from types import SimpleNamespace

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


class NoPictures(SceneSet):
    """Cameras and headings alone."""

    def scenes(self):
        return SimpleNamespace(heading=self.heading)


def scenes(count=60, views=8, seed=0, world="sector") -> SceneSet:
    """Cameras of a world, each scene with a heading of its own, beside the first; no pictures."""
    g = torch.Generator().manual_seed(seed)
    heading = 2 * math.pi * torch.rand(count, 1, generator=g)
    span = math.radians(get_world(world).azimuth_span)
    azimuth = heading + span * (torch.rand(count, views, generator=g) - 0.5)
    elevation = 0.3 + 0.6 * torch.rand(count, views, generator=g)
    distance = 3 + 3 * torch.rand(count, views, generator=g)
    cameras = look_at(orbit_position(azimuth, elevation, distance), torch.zeros(3))
    made = NoPictures(torch.zeros(count, views, SIZE, SIZE, 3, dtype=torch.uint8), cameras, get_world(world), [])
    made.heading = azimuth[:, 0] + 0.8
    return made


class KnownPoses:
    """A model whose latent is a known linear mixture: cosine and sine of the azimuth in a frame of each scene's own,
    elevation, distance, and noise in two more directions. The elevation enters with a minus, so its component must be
    turned around."""

    name = "known"

    def __init__(self) -> None:
        self.config = TINY
        g = torch.Generator().manual_seed(3)
        self.mixing = torch.linalg.qr(torch.randn(6, 6, generator=g)).Q
        self.noise = torch.randn(10_000, 2, generator=g)

    def encode(self, inputs):
        return torch.zeros(len(inputs.images), 1, 1)

    def pose(self, inputs, targets, slsr, right=False):
        azimuth, elevation, distance = spherical(targets.camera_to_world)
        middle = spherical(inputs.camera_to_world)[0][:, :1]  # the frame: the first input's, off by a scene's own angle
        frame = middle + 0.1 * torch.sin(7 * middle)
        noise = self.noise[: azimuth.numel()].view(*azimuth.shape, 2)
        ring = azimuth - frame
        known = torch.stack([8 * ring.cos(), 8 * ring.sin(), -9 * elevation, 2 * distance], -1)
        plain = torch.cat([known, 0.3 * noise], -1)
        return plain @ self.mixing.T


@pytest.fixture(scope="module")
def space() -> PoseSpace:
    return PoseSpace.measure(KnownPoses(), "sector", scenes())


def test_components_are_named_and_turned_upright(space):
    assert space.names == ["rotation", "rotation", "distance", "height", "unclear", "unclear"]
    assert all(follows.strength > 0.5 for follows in space.follows[:4])


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
    z, first = space.to_latents(space.samples[:2])
    for change in ([0.2, -0.1, 0.5], [1.5, 0.0, -0.5], [-0.3, 0.0, 0.0]):
        change = torch.tensor(change).double()
        moved = space.camera(space.moved(z, first, change), first) - space.camera(z, first)
        moved[0] = wrap(moved[0])
        assert torch.allclose(moved, change, rtol=0, atol=1e-8)


def test_a_small_motion_is_as_long_as_its_opposite(space):
    z, first = space.to_latents(space.samples[:2])
    change = 1e-4 * torch.tensor([1.0, -1.0, 1.0]).double()
    there, back = space.moved(z, first, change) - z, z - space.moved(z, first, -change)
    assert torch.allclose(there, back, rtol=1e-2) and there.norm() > 0


def test_a_motion_leaves_alone_what_is_no_camera(space):
    z, first = space.to_latents(space.samples[:2])
    step = space.to_sigmas(space.moved(z, first, torch.tensor([0.03, 0.02, 0.1]).double())) - space.to_sigmas(z)
    assert float(step[4:].abs().max()) < 0.1 * float(step[:4].abs().max())


@pytest.fixture(scope="module")
def around() -> PoseSpace:
    return PoseSpace.measure(KnownPoses(), "orbit", scenes(world="orbit"))


def test_all_around_components_follow_the_azimuth_from_the_heading(space, around):
    assert around.names == space.names and around.frame == "the direction of light and floor" != space.frame
    assert around.ring == [0, 1] and space.ring == [], "in a sector the ring is not closed"
    assert float(around.known[:, 0].min()) < -3 and float(around.known[:, 0].max()) > 3
    assert (around.median_error < torch.tensor([0.02, 0.01, 0.05])).all()


def test_a_whole_turn_comes_back(around):
    z, first = around.to_latents(around.samples[:2])
    for _ in range(4):
        z = around.moved(z, first, torch.tensor([math.pi / 2, 0.0, 0.0]).double())
        assert around.outside(z) == ([], False)
    assert torch.allclose(z, around.to_latents(around.samples[0]), atol=0.05)


def test_a_way_goes_around_the_ring_and_ends_exactly(space, around):
    for start, end in zip(around.to_latents(around.samples[:20]), around.to_latents(around.samples[20:40])):
        assert torch.equal(around.between(start, end, 0.0), start) and torch.equal(around.between(start, end, 1.0), end)
        radius = [float(around.to_sigmas(around.between(start, end, share))[:2].norm())
                  for share in (0.0, 1e-9, 0.3, 0.6, 1.0)]
        assert min(radius) > 0.99 * min(radius[0], radius[-1]) and radius[1] == pytest.approx(radius[0])
        half, whole = (float(around.camera(around.between(start, end, share), start)[0]) for share in (0.5, 1.0))
        if abs(whole) < 2.8:  # of opposite views either way may be the shorter
            assert half == pytest.approx(whole / 2, abs=0.3)
    start, end = space.to_latents(space.samples[:2])
    assert torch.allclose(space.between(start, end, 0.5), (start + end) / 2), "nothing to go around in a sector"


def test_there_and_back(space):
    z = torch.randn(7, 6).double()
    assert torch.allclose(space.to_latents(space.to_sigmas(z)), z)


def test_outside_is_outside_the_data(space):
    assert space.outside(space.components.mean) == ([], False)
    for component in range(6):
        for edge, direction in ((space.low, -1), (space.high, 1)):
            at = torch.zeros(6).double()
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
    model.mixing = torch.zeros(6, 6)
    space, nothing = PoseSpace.measure(model, "sector", scenes(12)), torch.zeros(6).double()
    assert space.names == ["unclear"] * 6 and torch.isfinite(space.camera(nothing, nothing)).all()
    assert torch.isfinite(space.moved(nothing, nothing, torch.ones(3).double())).all()


def test_what_cannot_be_measured():
    with pytest.raises(InputError, match="3 scenes or more"):
        PoseSpace.measure(KnownPoses(), "sector", scenes(1))
    with pytest.raises(InputError, match="more than 3 views"):
        PoseSpace.measure(KnownPoses(), "sector", scenes(10, views=3))
    with pytest.raises(InputError, match="Explore a RUST model"):
        PoseSpace.measure(SRT(TINY), "sector", scenes(6))


def test_shipped_latents_know_where_the_camera_is(session):
    assert {"height", "distance", "rotation"} <= set(session.space.names)
    azimuth, elevation, distance = session.space.median_error
    # 3.3 degrees in sector and 7.1 in orbit, when this was written; guessing gives 90 in orbit.
    assert azimuth.rad2deg() < (10 if session.space.ring else 5) and elevation.rad2deg() < 4 and distance < 0.4


def test_a_shipped_ring_is_found(made_around):
    space = made_around.space
    assert len(space.ring) == 2 and {space.names[i] for i in space.ring} == {"rotation"}
