"""Worlds: every scene and camera drawn is what its world promises."""

import colorsys
import math
from dataclasses import fields, replace

import pytest
import torch

from rust_edu.cameras import check_cameras, invert, spherical
from rust_edu.errors import InputError
from rust_edu.scenes.shapes import SHAPES
from rust_edu.scenes.worlds import (
    LIGHT_SIDE,
    WORLDS,
    Scenes,
    World,
    get_world,
    sample_cameras,
    sample_scenes,
    world_intrinsics,
)

each_world = pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
SPHERE, BOX, CYLINDER, CONE = range(4)


def drawn(world: World, count: int = 200, views: int = 4, seed: int = 0):
    generator = torch.Generator().manual_seed(seed)
    scenes = sample_scenes(world, count, generator)
    return scenes, sample_cameras(world, scenes, views, generator)


def tensors(scenes: Scenes) -> list[torch.Tensor]:
    return [getattr(scenes, f.name) for f in fields(Scenes)]


@each_world
def test_what_is_drawn_depends_on_the_generator_alone(world):
    one, again, other = drawn(world, 20), drawn(world, 20), drawn(world, 20, seed=1)
    torch.manual_seed(123)  # the global generator has no say
    third = drawn(world, 20)
    for a, b, c in zip(*([*tensors(scenes), cameras] for scenes, cameras in (one, again, third))):
        assert torch.equal(a, b) and torch.equal(a, c)
    assert not torch.equal(one[0].centre, other[0].centre) and not torch.equal(one[1], other[1])
    assert not torch.equal(one[0].centre[0], one[0].centre[1])  # nor are scenes of one draw alike


@each_world
def test_counts_of_objects(world):
    scenes, _ = drawn(world, 1000)
    count = (scenes.shape >= 0).sum(1)
    low, high = world.objects
    assert scenes.shape.shape == (1000, high)
    assert count.max() == high and (count == low).any()
    # An object that finds no free place is left out: seldom.
    assert (count < low).double().mean() <= 0.005
    kinds = torch.bincount(scenes.shape[scenes.shape >= 0], minlength=len(SHAPES)).double()
    assert (kinds / kinds.sum() - 1 / len(SHAPES)).abs().max() < 0.05


@each_world
def test_objects_stand_on_the_floor_within_the_arena_and_keep_their_sizes(world):
    scenes, _ = drawn(world)
    torch.testing.assert_close(scenes.centre[..., 2], scenes.half_size[..., 2], rtol=0, atol=0)
    there = scenes.shape >= 0
    size, shape = scenes.half_size[there], scenes.shape[there]
    assert (size >= world.size[0]).all() and (size <= world.size[1]).all()
    assert (size[shape == SPHERE] == size[shape == SPHERE][:, :1]).all()
    round_ = (shape == CYLINDER) | (shape == CONE)
    assert torch.equal(size[round_][:, 0], size[round_][:, 1])  # a circle on the floor, no ellipse
    assert (size[shape == BOX][:, 0] != size[shape == BOX][:, 1]).any()
    assert (scenes.centre[there][:, :2].norm(dim=-1) <= world.arena + 1e-6).all()


@each_world
def test_no_two_objects_overlap(world):
    scenes, _ = drawn(world, 400)
    # The circle on the floor around each object, whatever its yaw: a box has its corners on it.
    corner = scenes.half_size[..., :2].norm(dim=-1)
    radius = torch.where(scenes.shape == BOX, corner, scenes.half_size[..., 0])
    x, y = scenes.centre[..., 0], scenes.centre[..., 1]
    apart = torch.hypot(x[:, :, None] - x[:, None], y[:, :, None] - y[:, None])
    gap = apart - radius[:, :, None] - radius[:, None]
    there = scenes.shape >= 0
    K = there.shape[1]
    pairs = there[:, :, None] & there[:, None] & ~torch.eye(K, dtype=torch.bool)
    assert pairs.sum() > 400
    assert gap[pairs].min() > 0.03  # a crack of light between them


@each_world
def test_cameras_stand_where_the_world_says_and_look_at_the_origin(world):
    scenes, cameras = drawn(world, 300, views=6)
    assert cameras.shape == (300, 6, 4, 4)
    check_cameras(cameras)
    azimuth, elevation, distance = spherical(cameras.double())
    for seen, (low, high) in ((elevation.rad2deg(), world.elevation), (distance, world.distance)):
        span = high - low
        assert low - 1e-3 <= seen.min() < low + 0.1 * span and high - 0.1 * span < seen.max() <= high + 1e-3
    turned = (azimuth - scenes.heading[:, None] + math.pi) % (2 * math.pi) - math.pi
    half = math.radians(world.azimuth_span) / 2
    assert 0.9 * half < turned.abs().max() <= half + 1e-5
    assert turned.min() < -0.9 * half and turned.max() > 0.9 * half
    assert (scenes.heading.abs() <= math.pi).all() and scenes.heading.std() > 1.5  # all around the world
    if not world.free_gaze:
        assert seen_at(cameras, torch.zeros(3)).abs().max() < 1e-5


def seen_at(cameras, points):
    """Where points (..., 3) appear, (..., 2): x and y per unit of depth, (0, 0) the middle of the picture."""
    seen = invert(cameras)[..., :3, :3] @ (points - cameras[..., :3, 3]).unsqueeze(-1)
    return (seen[..., :2, 0] / seen[..., 2:, 0])


def test_a_free_gaze_falls_on_points_of_its_own_around_the_middle():
    world = WORLDS["gaze"]
    _, cameras = drawn(world, 500)
    forward, position = cameras[..., :3, 2].double(), cameras[..., :3, 3].double()
    # Where the line of sight comes nearest to the z axis: no farther than gaze points are drawn.
    flat, toward = position[..., :2], forward[..., :2]
    t = -(flat * toward).sum(-1) / (toward * toward).sum(-1)
    nearest = (position + t[..., None] * forward)[..., :2].norm(dim=-1)
    assert 0.9 * world.gaze < nearest.max() <= world.gaze + 1e-5
    # The horizon is turned by the roll, either way, and no more.
    roll = torch.asin(cameras[..., 2, 0].double() / (1 - forward[..., 2] ** 2).sqrt()).rad2deg()
    assert 0.95 * world.roll < roll.abs().max() <= world.roll + 1e-3 and roll.mean().abs() < 0.5
    # The middle of the scene is seen anywhere around the middle of the picture, and seldom lost from it.
    where = seen_at(cameras, torch.tensor([0.0, 0.0, 0.3]))
    edge = math.tan(math.radians(world.field_of_view / 2))
    assert where.std(dim=(0, 1)).min() > 0.05 and (where.abs().amax(-1) < edge).double().mean() > 0.95


@each_world
def test_cameras_are_clear_of_all_objects(world):
    """So that the renderer never refuses a scene that was drawn."""
    scenes, cameras = drawn(world, 300)
    reach = torch.hypot(scenes.centre[..., 0], scenes.centre[..., 1]) + scenes.half_size[..., :2].norm(dim=-1)
    stand = torch.hypot(cameras[..., 0, 3], cameras[..., 1, 3])
    above = cameras[..., 2, 3] > 2 * world.size[1] + 0.1
    assert ((stand > reach.amax(1, keepdim=True) + 0.1) | above).all()


@each_world
def test_colours_hues_and_light(world):
    scenes, _ = drawn(world)
    colours = scenes.colour[scenes.shape >= 0]
    assert (colours >= 0).all() and (colours <= 1).all()
    hue, saturation, value = zip(*(colorsys.rgb_to_hsv(*c) for c in colours.double().tolist()))
    (low, high), span = world.hues, world.hues[1] - world.hues[0]
    assert low - 1e-4 <= min(hue) < low + 0.1 * span and high - 0.1 * span < max(hue) <= high + 1e-4
    assert min(saturation) > 0.59 and min(value) > 0.54  # no grey or black objects
    assert (scenes.sky >= 0).all() and (scenes.sky <= 1).all()
    torch.testing.assert_close(scenes.light.norm(dim=-1), torch.ones(len(scenes)))
    above = torch.asin(scenes.light[:, 2]).rad2deg()
    assert above.min() > 34.9 and above.max() < 75.1
    assert (scenes.checker == (world.floor == "checker")).all()
    mean = scenes.floor_colour[:, 0]
    assert (mean >= 0).all() and (mean <= 1).all()
    longest = 2 * math.pi / scenes.floor_wave.norm(dim=-1)
    assert longest.min() > 2.0  # low frequencies: nothing that 32x32 pixels cannot show


@each_world
def test_light_and_floor_keep_to_the_direction_that_scenes_share(world):
    scenes, _ = drawn(world, 1000)
    swing = math.radians(world.swing)
    light = torch.atan2(scenes.light[:, 1], scenes.light[:, 0]) - LIGHT_SIDE
    floor = torch.atan2(scenes.floor_wave[:, 0, 1], scenes.floor_wave[:, 0, 0])
    for direction in (light, floor):
        turn = (direction - scenes.heading + math.pi) % (2 * math.pi) - math.pi
        assert 0.95 * swing < turn.abs().max() <= swing + 1e-4
        assert turn.min() < -0.9 * swing and turn.max() > 0.9 * swing


def test_turning_scenes_turns_their_heading():
    scenes, _ = drawn(WORLDS["sector"], 3)
    turned = scenes.turned(torch.tensor([0.0, 0.5, math.pi / 2]))
    torch.testing.assert_close(turned.heading - scenes.heading, torch.tensor([0.0, 0.5, math.pi / 2]))
    x, y, z = scenes.centre[2].unbind(-1)
    torch.testing.assert_close(turned.centre[2], torch.stack([-y, x, z], -1))  # a quarter turn, by hand
    assert torch.equal(turned.centre[0], scenes.centre[0]) and turned.sky is scenes.sky


@pytest.mark.parametrize("name, differs", [
    ("orbit", {"azimuth_span"}), ("narrow", {"azimuth_span"}), ("sector-checker", {"floor"}),
    ("orbit-checker", {"azimuth_span", "floor"}), ("clutter", {"azimuth_span", "objects", "size", "arena"}),
    ("crowded", {"objects", "size", "arena"}), ("colours", {"hues"}), ("high", {"elevation"}),
    ("far", {"distance"}), ("free-light", {"swing"}),
])
def test_worlds_differ_from_sector_where_they_say_and_nowhere_else(name, differs):
    sector, world = WORLDS["sector"], get_world(name)
    seen = {f.name for f in fields(World) if getattr(world, f.name) != getattr(sector, f.name)}
    assert seen == differs | {"name"}


@pytest.mark.parametrize("name, field", [("colours", "hues"), ("high", "elevation"), ("far", "distance"),
                                         ("crowded", "objects")])
def test_shifted_worlds_lie_outside_of_what_sector_shows(name, field):
    low, high = getattr(WORLDS[name], field)
    assert low > getattr(WORLDS["sector"], field)[1]


def test_a_world_of_ones_own():
    """Nothing is special about the worlds that have a name."""
    world = replace(WORLDS["sector"], name="own", objects=(1, 1), hues=(0.5, 0.5))
    scenes, _ = drawn(world, 5)
    assert scenes.shape.shape == (5, 1) and (scenes.shape >= 0).all()
    torch.testing.assert_close(scenes.colour[..., 1], scenes.colour[..., 2])  # cyan: as much green as blue
    assert (scenes.colour[..., 0] < scenes.colour[..., 1]).all()


def test_objects_without_room_are_left_out():
    world = replace(WORLDS["sector"], objects=(12, 12), arena=0.5)
    scenes, _ = drawn(world, 20)
    count = (scenes.shape >= 0).sum(1)
    assert (count >= 1).all() and (count < 12).all()


def test_intrinsics_of_a_world():
    K = world_intrinsics(WORLDS["sector"], 32)
    focal = 16 / math.tan(math.radians(25))  # a field of view of 50 degrees
    torch.testing.assert_close(K, torch.tensor([[focal, 0, 16], [0, focal, 16], [0, 0, 1]]))


def test_some_scenes_of_many():
    scenes, _ = drawn(WORLDS["clutter"], 6)
    for some in (scenes[2:4], scenes[torch.tensor([2, 3])]):
        assert len(some) == 2
        assert all(torch.equal(a, b[2:4]) for a, b in zip(tensors(some), tensors(scenes)))


def test_unknown_worlds_are_refused_with_the_list_of_names():
    with pytest.raises(InputError, match="unknown world 'moon'; expected one of sector, gaze, orbit, clutter"):
        get_world("moon")


def test_drawing_nothing_is_refused():
    generator = torch.Generator().manual_seed(0)
    with pytest.raises(InputError, match="0 scenes"):
        sample_scenes(WORLDS["sector"], 0, generator)
    with pytest.raises(InputError, match="0 views"):
        sample_cameras(WORLDS["sector"], sample_scenes(WORLDS["sector"], 1, generator), 0, generator)


def test_a_generator_elsewhere_than_on_the_cpu_is_refused():
    """A seed must mean the same scenes on every machine, and generators of GPUs draw other numbers."""

    class OnGpu:
        device = torch.device("cuda", 0)

    with pytest.raises(InputError, match="generator on cuda:0"):
        sample_scenes(WORLDS["sector"], 1, OnGpu())
    with pytest.raises(InputError, match="generator on cuda:0"):
        sample_cameras(WORLDS["sector"], drawn(WORLDS["sector"], 1)[0], 1, OnGpu())
