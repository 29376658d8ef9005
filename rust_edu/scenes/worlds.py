"""Worlds: what a scene is, and seeded samplers of scenes and of the cameras that look at them.

A scene is a few solid objects on a floor under a sky, lit by one distant light. A world says how scenes and cameras are
drawn:

    sector        cameras within 120 degrees, all looking at the origin; narrow: within 45
    gaze          as sector, each camera looking at a point of its own, and a little rolled
    printed, zoom as gaze, with blots on all surfaces; with a focal length of each camera's own
    orbit         all around; clutter: all around, 8 to 16 objects
    *-checker     a checker floor
    shifted       out of the distribution of `sector` in one respect, to test a model outside its training data:
                  crowded (more, smaller objects), colours, the cameras of high and far, free-light (light and floor
                  in any direction)

Public: `World`, `WORLDS`, `get_world`, `Scenes`, `sample_scenes`, `sample_cameras`, `sample_intrinsics`,
`world_intrinsics`.
Axes: B scenes, K objects, V views. Lengths are in units of the scene (objects are about half a unit large).
"""

import math
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from ..cameras import from_rotation, intrinsics, look_at, orbit_position, so3_exp
from ..errors import InputError
from .shapes import SHAPES

LIGHT_SIDE = math.radians(70)  # light comes over the photographers' shoulder, from one side: see `swing`
BLOTS = 8  # waves that make a print
TRIES = 48  # places tried for an object before it is left out


@dataclass(frozen=True)
class World:
    """How scenes and cameras are drawn. Ranges are (low, high), uniform; angles in degrees."""

    name: str
    objects: tuple[int, int] = (2, 4)
    azimuth_span: float = 120.0  # cameras stand within this angle, whose middle is drawn for each scene
    elevation: tuple[float, float] = (15.0, 55.0)
    distance: tuple[float, float] = (3.2, 5.8)  # from the origin
    # What a camera looks at: a point of its own, at most `gaze` away from the z axis and up to `gaze_height` high.
    # With 0 all look at the origin: then where a pixel is says most of where its ray goes, whatever the camera.
    gaze: float = 0.0
    gaze_height: float = 0.0
    roll: float = 0.0  # degrees, at most, that a camera is turned about its own axis, either way
    field_of_view: float = 50.0
    size: tuple[float, float] = (0.32, 0.65)  # half size of an object along each of its axes
    arena: float = 1.35  # objects stand within this distance of the origin
    hues: tuple[float, float] = (0.0, 0.75)  # of objects: red to blue; `colours` keeps purple and pink
    swing: float = 15.0  # how far light and floor, each, may turn away from the sector's own direction
    floor: str = "soft"  # "soft": long waves of colour; "checker": squares of half a unit, hard at 32x32
    printed: float = 0.0  # strength, 0 to 1, of blots printed on objects and floor: for structure from motion
    zoom: float = 1.0  # each camera's focal length is the world's times a number from 1 / zoom to zoom

    @property
    def free_gaze(self) -> bool:
        """Whether each camera looks at a point of its own."""
        return self.gaze > 0 or self.gaze_height > 0 or self.roll > 0

    @property
    def all_around(self) -> bool:
        """Whether cameras stand on all sides: then their azimuths have no middle."""
        return self.azimuth_span >= 360


_SECTOR = World("sector")
_GAZE = World("gaze", gaze=1.0, gaze_height=0.8, roll=15.0)
_ORBIT = World("orbit", azimuth_span=360.0)
_CLUTTER = World("clutter", objects=(8, 16), azimuth_span=360.0, size=(0.16, 0.38), arena=1.7)
WORLDS: dict[str, World] = {w.name: w for w in (
    _SECTOR, _GAZE, _ORBIT, _CLUTTER,
    replace(_SECTOR, name="narrow", azimuth_span=45.0),  # where a curriculum begins
    replace(_SECTOR, name="sector-checker", floor="checker"),
    replace(_ORBIT, name="orbit-checker", floor="checker"),
    # Without a direction that all scenes share, a latent pose must find its frame in each scene anew: slow.
    replace(_SECTOR, name="free-light", swing=180.0),
    replace(_GAZE, name="printed", printed=0.55),
    replace(_GAZE, name="zoom", zoom=1.4),
    # Shifted worlds: out of the distribution of `sector` in one respect each.
    replace(_SECTOR, name="crowded", objects=(6, 8), size=(0.22, 0.4), arena=1.6),
    replace(_SECTOR, name="colours", hues=(0.79, 0.96)),
    replace(_SECTOR, name="high", elevation=(60.0, 80.0)),
    replace(_SECTOR, name="far", distance=(7.0, 9.0)),
)}


def get_world(name: str) -> World:
    """The world of this name. Raises InputError with the list of names."""
    if name not in WORLDS:
        raise InputError(f"unknown world {name!r}", "one of " + ", ".join(WORLDS))
    return WORLDS[name]


@dataclass
class Scenes:
    """B scenes as tensors; colours are linear RGB in [0, 1]."""

    shape: Tensor  # (B, K) index into SHAPES, -1 where a scene has fewer than K objects
    centre: Tensor  # (B, K, 3)
    half_size: Tensor  # (B, K, 3)
    yaw: Tensor  # (B, K) radians about z
    colour: Tensor  # (B, K, 3)
    floor_colour: Tensor  # (B, 4, 3) mean colour, amplitudes of three waves; a checker uses the first two
    floor_wave: Tensor  # (B, 3, 2) wave vectors in radians per unit
    floor_phase: Tensor  # (B, 3)
    checker: Tensor  # (B,) bool
    sky: Tensor  # (B, 2, 3) colours at the horizon and overhead
    light: Tensor  # (B, 3) unit vector towards the light
    heading: Tensor  # (B,) middle of the azimuths that cameras may take, radians
    # Blots on every surface; nothing is printed where they are not given.
    printed: Tensor | None = None  # (B,) their strength
    print_wave: Tensor | None = None  # (B, 8, 3) wave vectors in radians per unit, whose sum makes them
    print_phase: Tensor | None = None  # (B, 8)

    def __post_init__(self) -> None:
        if self.printed is None:
            self.printed = torch.zeros_like(self.heading)
            self.print_wave = self.heading.new_zeros(len(self), BLOTS, 3)
            self.print_phase = self.heading.new_zeros(len(self), BLOTS)

    def __len__(self) -> int:
        return len(self.shape)

    def __getitem__(self, index) -> "Scenes":
        """Some of the scenes: a slice or a tensor of indices."""
        return Scenes(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def turned(self, angle: Tensor) -> "Scenes":
        """The same scenes turned about z by angles (B,) in radians, with all that has a direction."""
        c, s = angle.cos(), angle.sin()
        turn = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)  # (B, 2, 2)

        def around(vectors: Tensor) -> Tensor:  # (B, ..., 2 or 3)
            flat = torch.einsum("bij,b...j->b...i", turn, vectors[..., :2])
            return torch.cat([flat, vectors[..., 2:]], dim=-1)

        return replace(self, centre=around(self.centre), yaw=self.yaw + angle[:, None],
                       light=around(self.light), floor_wave=around(self.floor_wave),
                       print_wave=around(self.print_wave), heading=self.heading + angle)

    def to(self, device) -> "Scenes":
        """The same scenes on another device."""
        return Scenes(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})


def sample_scenes(world: World, count: int, generator: torch.Generator) -> Scenes:
    """Draw `count` scenes, on the CPU.

    Objects stand on the floor and keep clear of each other; one that finds no place in TRIES is left out.
    The generator must live on the CPU, so that a seed means the same scenes everywhere.
    Raises InputError for another generator or fewer than one scene.
    """
    if count < 1:
        raise InputError(f"{count} scenes to draw", "1 or more")
    _check_generator(generator)

    def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(*shape, generator=generator)

    most = world.objects[1]
    number = torch.randint(world.objects[0], most + 1, (count,), generator=generator)
    shape = torch.randint(len(SHAPES), (count, most), generator=generator)
    half_size = uniform(count, most, 3, low=world.size[0], high=world.size[1])
    sphere = shape == SHAPES.index("sphere")
    half_size[sphere] = half_size[sphere][:, :1]  # round; the other shapes differ along their axes
    round_base = (shape == SHAPES.index("cylinder")) | (shape == SHAPES.index("cone"))
    half_size[..., 1] = torch.where(round_base, half_size[..., 0], half_size[..., 1])
    footprint = half_size[..., :2].norm(dim=-1)
    footprint = torch.where(sphere | round_base, half_size[..., 0], footprint)

    place, placed = _place(footprint, torch.arange(most) < number[:, None], world.arena, uniform)
    centre = torch.cat([place, half_size[..., 2:]], dim=-1)  # objects stand on the floor
    colour = _hsv(uniform(count, most, low=world.hues[0], high=world.hues[1]),
                  uniform(count, most, low=0.6, high=1.0), uniform(count, most, low=0.55, high=1.0))

    # One long wave between two colours, on whose slope the scene lies, tells directions apart; two more are
    # shorter and weaker.
    hue = uniform(count, 1) + torch.cat([torch.zeros(count, 1), uniform(count, 1, low=0.3, high=0.7)], dim=1)
    value = torch.stack([uniform(count, low=0.25, high=0.5), uniform(count, low=0.65, high=0.95)], dim=1)
    # A dark and a bright colour of different hues.
    ends = _hsv(hue % 1.0, uniform(count, 2, low=0.4, high=0.85), value)
    floor_colour = torch.cat([ends.mean(1, keepdim=True), 0.5 * ends.diff(dim=1),
                              0.05 * torch.randn(count, 2, 3, generator=generator)], dim=1)
    heading = uniform(count, low=-math.pi, high=math.pi)
    angle = uniform(count, 3, high=2 * math.pi)
    swing = math.radians(world.swing)
    angle[:, 0] = heading + uniform(count, low=-swing, high=swing)
    wavelength = torch.cat([uniform(count, 1, low=5.0, high=7.0),
                            uniform(count, 2, low=3.0, high=6.0)], dim=1)
    horizon = _hsv(uniform(count), uniform(count, low=0.02, high=0.2), uniform(count, low=0.75, high=0.95))
    overhead = _hsv(uniform(count, low=0.52, high=0.68),
                    uniform(count, low=0.3, high=0.7), uniform(count, low=0.5, high=0.9))
    light_elevation = uniform(count, low=math.radians(35), high=math.radians(75))
    scenes = Scenes(
        shape=torch.where(placed, shape, -1), centre=centre, half_size=half_size,
        yaw=uniform(count, most, high=2 * math.pi), colour=colour,
        floor_colour=floor_colour,
        floor_wave=(2 * math.pi / wavelength)[..., None] * torch.stack([angle.cos(), angle.sin()], dim=-1),
        floor_phase=uniform(count, 3, low=-math.pi, high=math.pi) * torch.tensor([0.25, 1.0, 1.0]),
        checker=torch.full((count,), world.floor == "checker"),
        sky=torch.stack([horizon, overhead], dim=1),
        light=orbit_position(heading + LIGHT_SIDE + uniform(count, low=-swing, high=swing),
                             light_elevation, torch.ones(count)),
        heading=heading,
    )
    if world.printed:  # drawn last, and only here, so that a seed means the same scene with and without
        scenes.printed = torch.full((count,), world.printed)
        wave = torch.nn.functional.normalize(torch.randn(count, BLOTS, 3, generator=generator), dim=-1)
        scenes.print_wave = wave * (2 * math.pi / uniform(count, BLOTS, 1, low=0.3, high=0.9))
        scenes.print_phase = uniform(count, BLOTS, high=2 * math.pi)
    return scenes


def _place(footprint: Tensor, wanted: Tensor, arena: float, uniform) -> tuple[Tensor, Tensor]:
    """Positions (B, K, 2) of discs of radius `footprint` (B, K) that do not overlap; which were placed.

    One object after the other, each at the first of TRIES random places that keeps clear of those before it;
    the rare object that finds none is left out of its scene.
    """
    count, most = footprint.shape
    place, placed = torch.zeros(count, most, 2), torch.zeros(count, most, dtype=torch.bool)
    for k in range(most):
        radius, angle = arena * uniform(count, TRIES).sqrt(), uniform(count, TRIES, high=2 * math.pi)
        tries = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=-1)  # (B, TRIES, 2)
        apart = torch.cdist(tries, place[:, :k])  # (B, TRIES, k)
        gap = apart - footprint[:, None, :k] - footprint[:, k, None, None] - 0.04
        free = ((gap > 0) | ~placed[:, None, :k]).all(-1)  # (B, TRIES)
        place[:, k] = tries[torch.arange(count), free.int().argmax(-1)]
        placed[:, k] = free.any(-1) & wanted[:, k]
    return place, placed


def sample_cameras(world: World, scenes: Scenes, views: int, generator: torch.Generator) -> Tensor:
    """Draw camera_to_world (B, views, 4, 4), on the CPU: around the origin, looking at it, as the world says.

    Raises InputError for a generator that is not on the CPU or fewer than one view.
    """
    if views < 1:
        raise InputError(f"{views} views to draw", "1 or more")
    _check_generator(generator)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(scenes), views, generator=generator)

    half = 0.5 * math.radians(world.azimuth_span)
    azimuth = scenes.heading[:, None] + uniform(-half, half)
    elevation = uniform(*(math.radians(e) for e in world.elevation))
    position = orbit_position(azimuth, elevation, uniform(*world.distance))
    if not world.free_gaze:
        return look_at(position, torch.zeros(3))
    away, bearing = world.gaze * uniform(0.0, 1.0).sqrt(), uniform(0.0, 2 * math.pi)
    height = uniform(0.0, world.gaze_height)
    cameras = look_at(position, torch.stack([away * bearing.cos(), away * bearing.sin(), height], dim=-1))
    roll = torch.zeros_like(position)
    roll[..., 2] = math.radians(world.roll) * uniform(-1.0, 1.0)
    return cameras @ from_rotation(so3_exp(roll), torch.zeros_like(position))


def world_intrinsics(world: World, size: int) -> Tensor:
    """K (3, 3) of the world's cameras for square pictures of `size` pixels; with `zoom`, of the middle one."""
    return intrinsics(size, size, math.radians(world.field_of_view))


def sample_intrinsics(world: World, scenes: Scenes, views: int, size: int, generator: torch.Generator) -> Tensor:
    """K (3, 3) that all cameras share, or, in a world with `zoom`, one drawn for each, K (B, views, 3, 3)."""
    K = world_intrinsics(world, size)
    if world.zoom == 1.0:
        return K
    share = 2.0 * torch.rand(len(scenes), views, generator=generator) - 1.0
    K = K.repeat(len(scenes), views, 1, 1)
    K[..., :2, :2] *= (math.log(world.zoom) * share).exp()[..., None, None]
    return K


def _check_generator(generator: torch.Generator) -> None:
    if generator.device.type != "cpu":
        raise InputError(f"a generator on {generator.device}", "one on the CPU",
                         "Draw there, and move what was drawn with .to(device).")


def _hsv(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """RGB (..., 3) from hue, saturation and value, each (...) in [0, 1]."""
    k = (hue[..., None] * 6.0 + hue.new_tensor([5.0, 3.0, 1.0])) % 6.0
    return value[..., None] * (1.0 - saturation[..., None] * torch.minimum(k, 4.0 - k).clamp(0.0, 1.0))
