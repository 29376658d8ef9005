"""The convention puzzle of notebook 01: photographs whose cameras are written down in a way that nobody names.

Data sets agree on neither the direction of the matrix (camera-to-world or world-to-camera) nor the camera's axes.
Four ways to point the axes and two directions make the eight conventions of this puzzle. The wrong ones betray
themselves: rays of one and the same ball, seen by several cameras, do not meet.

Public: `AXES`, `write_down`, `read_back`, `meeting_point`, `ray_miss`, `recover_cameras`, `Mystery`, `mystery`,
`MYSTERIES`, `ball_scene`, `find_balls`. Axes: V views, P balls, H W pixels.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ....cameras import intrinsics, invert, look_at, orbit_position, pixel_centres, pixel_rays
from ....errors import InputError
from ....scenes.render import render
from ....scenes.shapes import SHAPES
from ....scenes.worlds import Scenes

# What a stored camera's x, y and z point to, and the signs that turn right, down, forward into it.
AXES = {"right, down, forward": (1.0, 1.0, 1.0), "right, up, backward": (1.0, -1.0, -1.0),
        "right, up, forward": (1.0, -1.0, 1.0), "left, up, forward": (-1.0, -1.0, 1.0)}
SIZE, FIELD_OF_VIEW, VIEWS = 96, 55.0, 6  # of the mystery sets: pixels, degrees, pictures
# Name of a set -> seed, axes, whether it stores world-to-camera.
MYSTERIES = {"A": (9, "right, up, backward", False), "B": (19, "right, down, forward", True),
             "C": (33, "right, up, forward", True), "D": (37, "left, up, forward", False)}
# Colours of Okabe and Ito, as linear light.
BALL_COLOURS = {"orange": (0.79, 0.35, 0.0), "blue": (0.0, 0.17, 0.45), "green": (0.0, 0.34, 0.17),
                "vermilion": (0.66, 0.11, 0.0), "yellow": (0.87, 0.77, 0.05)}


def write_down(camera_to_world: Tensor, axes: str, inverse: bool) -> Tensor:
    """Cameras (V, 4, 4) of this package as a data set with other axes stores them, inverted if `inverse`."""
    theirs = camera_to_world * _signs(axes)
    return invert(theirs) if inverse else theirs


def read_back(stored: Tensor, axes: str, inverse: bool) -> Tensor:
    """The inverse of `write_down`: camera_to_world (V, 4, 4), axes right, down, forward."""
    theirs = invert(stored) if inverse else stored
    return theirs * _signs(axes)  # each column of R is one of the camera's axes


def _signs(axes: str) -> Tensor:
    if axes not in AXES:
        raise InputError(f"unknown axes {axes!r}", "one of " + "; ".join(AXES))
    return torch.tensor([*AXES[axes], 1.0])


def meeting_point(origins: Tensor, directions: Tensor) -> Tensor:
    """The point (..., 3) that is nearest to V rays with origins and unit directions (V, ..., 3), as lines.

    I - d d^T takes away what lies along a line. So the sum over the lines of |(I - d d^T)(p - o)|^2 is least
    where sum (I - d d^T) p = sum (I - d d^T) o.
    """
    across = torch.eye(3).to(directions) - directions[..., :, None] * directions[..., None, :]
    return torch.linalg.solve(across.sum(0), (across @ origins[..., None]).sum(0)).squeeze(-1)


def ray_miss(camera_to_world: Tensor, K: Tensor, pixels: Tensor) -> float:
    """By how much, in units of the scene, rays of the same thing pass their meeting point, on average.

    camera_to_world (V, 4, 4), K (3, 3), pixels (V, P, 2): where V pictures show P things. A thing that would
    lie behind a camera is missed by its whole distance.
    """
    origins, directions = pixel_rays(camera_to_world, K, pixels)
    offset = meeting_point(origins, directions) - origins
    along = (offset * directions).sum(-1, keepdim=True).clamp(min=0.0)
    return (offset - along * directions).norm(dim=-1).mean().item()


def recover_cameras(stored: Tensor, K: Tensor, pixels: Tensor) -> Tensor:
    """camera_to_world (V, 4, 4) of cameras that are `stored` (V, 4, 4) in one of the eight conventions.

    The right one is that in which the rays through `pixels` (V, P, 2), where the pictures show P things, meet.
    """
    candidates = [read_back(stored, axes, inverse) for inverse in (False, True) for axes in AXES]
    return min(candidates, key=lambda cameras: ray_miss(cameras, K, pixels))


def ball_scene(centres: Tensor, radii: Tensor, colours: Tensor) -> Scenes:
    """One scene of P balls, centres (P, 3), radii (P,), linear colours (P, 3), over a grey checker floor."""
    P = len(centres)
    floor = torch.tensor([[0.5] * 3, [0.14] * 3, [0.0] * 3, [0.0] * 3])
    return Scenes(
        shape=torch.full((1, P), SHAPES.index("sphere")), centre=centres[None].float(),
        half_size=radii.float()[None, :, None].expand(1, P, 3).contiguous(), yaw=torch.zeros(1, P),
        colour=colours[None].float(), floor_colour=floor[None],
        floor_wave=torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]]), floor_phase=torch.zeros(1, 3),
        checker=torch.ones(1, dtype=torch.bool), sky=torch.tensor([[[0.92, 0.94, 0.97], [0.45, 0.62, 0.85]]]),
        light=torch.nn.functional.normalize(torch.tensor([[0.5, -0.4, 1.1]]), dim=-1), heading=torch.zeros(1))


def find_balls(images: Tensor, colours: Tensor) -> Tensor:
    """Where pictures (V, H, W, 3) show balls of linear `colours` (P, 3): pixels (V, P, 2), from the colours alone.

    Light and shade change how bright a ball's pixels are, not the ratio of red, green and blue. Raises
    InputError for a ball that a picture does not show.
    """
    V, H, W = images.shape[:3]
    linear = torch.nn.functional.normalize(images**2, dim=-1)
    wanted = torch.nn.functional.normalize(colours, dim=-1)
    alike = (linear.reshape(V, H * W, 3) @ wanted.T > 0.9995).float()  # (V, HW, P)
    count = alike.sum(1)
    if (count < 4).any():
        raise InputError("a ball that is not seen in every picture", "all balls in every picture")
    places = pixel_centres(H, W).reshape(-1, 2)
    return alike.transpose(1, 2) @ places / count[..., None]


@dataclass
class Mystery:
    """A data set as somebody might hand it over."""

    images: Tensor  # (V, H, W, 3)
    stored: Tensor  # (V, 4, 4), in a convention that is not said
    K: Tensor  # (3, 3)
    pixels: Tensor  # (V, P, 2) where the pictures show the balls


def mystery(name: str) -> Mystery:
    """The mystery set of this name, the same each time. Raises InputError with the list of names."""
    if name not in MYSTERIES:
        raise InputError(f"unknown mystery {name!r}", "one of " + ", ".join(MYSTERIES))
    seed, axes, inverse = MYSTERIES[name]
    g = torch.Generator().manual_seed(seed)
    colours = torch.tensor(list(BALL_COLOURS.values()))
    K = intrinsics(SIZE, SIZE, math.radians(FIELD_OF_VIEW))
    while True:  # until every ball is seen whole in every picture
        cameras, centres, radii = _draw(g, len(colours))
        if _all_seen(cameras, centres, radii, K):
            break
    picture = render(ball_scene(centres, radii, colours), cameras[None], K, SIZE, SIZE)
    images = picture.colour[0]
    return Mystery(images, write_down(cameras, axes, inverse), K, find_balls(images, colours))


def _draw(g: torch.Generator, P: int) -> tuple[Tensor, Tensor, Tensor]:
    """Cameras (VIEWS, 4, 4) on an arc, and balls: centres (P, 3), radii (P,)."""
    turn = torch.arange(P) * (2 * math.pi / P) + 0.6 * torch.rand(P, generator=g)
    reach = 0.95 + 0.35 * torch.rand(P, generator=g)
    radii = 0.2 + 0.08 * torch.rand(P, generator=g)
    height = radii + 0.9 * torch.rand(P, generator=g)
    centres = torch.stack([reach * turn.cos(), reach * turn.sin(), height], -1)
    azimuth = torch.linspace(-1.0, 1.0, VIEWS) * 1.1 + 0.2 * torch.rand(VIEWS, generator=g)
    elevation = 0.45 + 0.35 * torch.rand(VIEWS, generator=g)
    position = orbit_position(azimuth, elevation, 3.6 + 0.8 * torch.rand(VIEWS, generator=g))
    return look_at(position, torch.tensor([0.0, 0.0, 0.4]) + 0.2 * torch.rand(VIEWS, 3, generator=g)), centres, radii


def _all_seen(cameras: Tensor, centres: Tensor, radii: Tensor, K: Tensor) -> bool:
    """Whether in each picture the balls, taken as discs, keep clear of each other and of the picture's edge."""
    world_to_camera = invert(cameras)
    local = centres @ world_to_camera[:, :3, :3].transpose(1, 2) + world_to_camera[:, None, :3, 3]  # (V, P, 3)
    at = local @ K.T
    at, disc = at[..., :2] / at[..., 2:], 1.1 * K[0, 0] * radii / local[..., 2]
    apart = torch.cdist(at, at) - disc[:, :, None] - disc[:, None, :]
    inside = torch.minimum(at.amin(-1), (SIZE - at).amin(-1)) - disc
    return bool((apart + 1e3 * torch.eye(len(radii)) > 0).all() and (inside > 0).all())
