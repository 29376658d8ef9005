"""Flatland: a world that is one real picture, lying on the floor, and a camera above it that looks straight down.

The camera has four freedoms: it shifts along x and y, it rises and sinks (zoom), and it turns about its axis. Pixels
are those of a photograph; motion is known exactly. A scene is a place of the picture, its views are taken around it.

    world    the scene's place is the origin; x to the right of the picture, y to its top, z up, towards the camera
    unit     the width of what a camera at height 1 sees, which is `span` pixels of the picture

Public: `make_flatland`, `flat_motion`, `flat_cameras`, `look_down`, `QUANTITIES`, `sample_picture`.
Axes: S scenes, V views, P places, H W pixels. Motion (..., 4) is as QUANTITIES: in units, units, log of the height and
radians.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from ..cameras import from_rotation, intrinsics, pixel_centres
from ..errors import InputError
from .picture_set import PictureSet

QUANTITIES = ("x", "y", "log zoom", "turn")
RANGE = (0.5, 0.5, 0.35, math.radians(30))  # each is uniform in plus and minus this: neighbours share half a view or so
SPAN = 64  # pixels of the picture that a view of height 1 is wide
OVERSAMPLING = 4  # rays a pixel and axis: a view from high up has up to 3 picture pixels in one of its own
FIELD_OF_VIEW = 2.0 * math.atan(0.5)  # a view is as wide as it is far away
ONCE = 500  # views taken at once, so that memory stays small


def sample_picture(name: str = "coffee") -> Tensor:
    """A picture (H, W, 3) in [0, 1] that scikit-image ships in its wheel: nothing is fetched.

    All of PICTURES are in the public domain or CC0; their photographers are named there.
    """
    if name not in PICTURES:
        raise InputError(f"unknown picture {name!r}", "one of " + ", ".join(PICTURES))
    import skimage.data

    with Image.open(Path(skimage.data.__file__).parent / PICTURES[name][0]) as image:
        return torch.frombuffer(bytearray(image.convert("RGB").tobytes()), dtype=torch.uint8).view(
            image.height, image.width, 3).float() / 255


PICTURES = {  # file, and what scikit-image's documentation says of its origin
    "coffee": ("coffee.png", "Rachel Michetti, CC0"),
    "astronaut": ("astronaut.png", "NASA, public domain"),
    "chelsea": ("chelsea.png", "Stefan van der Walt, CC0"),
    "rocket": ("rocket.jpg", "SpaceX, public domain"),
    "hubble": ("hubble_deep_field.jpg", "NASA, public domain"),
    "retina": ("retina.jpg", "Mikael Haggstrom, CC0"),
}


def flat_cameras(motion: Tensor) -> Tensor:
    """camera_to_world (..., 4, 4) of cameras that look straight down, from their motion (..., 4)."""
    x, y, zoom, turn = motion.unbind(-1)
    zero, one = torch.zeros_like(turn), torch.ones_like(turn)
    right = torch.stack([turn.cos(), turn.sin(), zero], dim=-1)
    down = torch.stack([turn.sin(), -turn.cos(), zero], dim=-1)
    forward = torch.stack([zero, zero, -one], dim=-1)
    return from_rotation(torch.stack([right, down, forward], dim=-1), torch.stack([x, y, zoom.exp()], dim=-1))


def flat_motion(camera_to_world: Tensor) -> Tensor:
    """The motion (..., 4) of cameras (..., 4, 4) that look straight down: the inverse of `flat_cameras`."""
    x, y, height = camera_to_world[..., :3, 3].unbind(-1)
    turn = torch.atan2(camera_to_world[..., 1, 0], camera_to_world[..., 0, 0])
    return torch.stack([x, y, height.log(), turn], dim=-1)


def look_down(picture: Tensor, place: Tensor, motion: Tensor, size: int, span: float = SPAN) -> Tensor:
    """What cameras see: views (P, size, size, 3) in [0, 1] of a picture (H, W, 3).

    place (P, 2) is the origin of each camera's world as (x, y) in pixels of the picture, motion (P, 4). A pixel is the
    mean of OVERSAMPLING^2 points; beyond the picture's edge its last pixels go on.
    """
    fine = size * OVERSAMPLING
    K = intrinsics(fine, fine, FIELD_OF_VIEW)
    seen = (pixel_centres(fine, fine) - K[:2, 2]) / K[0, 0]  # (fine, fine, 2) at height 1
    cameras = flat_cameras(motion)[:, None, None]
    on_floor = (seen[..., None, :] * cameras[..., :2, :2]).sum(-1)  # (P, fine, fine, 2)
    on_floor = cameras[..., :2, 3] + cameras[..., 2, 3, None] * on_floor
    H, W = picture.shape[:2]
    at = place[:, None, None] + span * on_floor * torch.tensor([1.0, -1.0])  # the picture's y points down
    grid = 2.0 * at / torch.tensor([W, H]) - 1.0
    source = picture.movedim(-1, 0)[None].expand(len(place), -1, -1, -1)
    taken = torch.nn.functional.grid_sample(source, grid, padding_mode="border", align_corners=False)
    return torch.nn.functional.avg_pool2d(taken, OVERSAMPLING).movedim(1, -1)


def make_flatland(pictures: Sequence[Tensor], scenes: int, views: int = 10, size: int = 32, seed: int = 0,
                  span: float = SPAN) -> PictureSet:
    """A set of scenes at random places of one or more pictures (H, W, 3) in [0, 1], with their cameras.

    Each scene is a place of a random one of the pictures; places are so far from its edges that no view leaves it.
    Raises InputError for a picture that is too small for that, and numbers that make no set.
    """
    if scenes < 1 or views < 1 or size < 1 or not pictures:
        raise InputError(f"{scenes} scenes of {views} views, {size} pixels, of {len(pictures)} pictures", "1 or more")
    generator = torch.Generator().manual_seed(seed)
    motion = (2.0 * torch.rand(scenes, views, 4, generator=generator) - 1.0) * torch.tensor(RANGE)
    where = torch.rand(scenes, 2, generator=generator)
    which = torch.randint(len(pictures), (scenes,), generator=generator)
    margin = span * (RANGE[0] + 0.5 * math.exp(RANGE[2]) * (math.cos(RANGE[3]) + math.sin(RANGE[3])))
    taken = torch.empty(scenes, views, size, size, 3, dtype=torch.uint8)
    for number, picture in enumerate(pictures):
        room = torch.tensor([picture.shape[1], picture.shape[0]]) - 2.0 * margin
        if picture.ndim != 3 or picture.shape[2] != 3 or (room < 0).any():
            raise InputError(f"a picture of shape {tuple(picture.shape)}",
                             f"(H, W, 3), {math.ceil(2 * margin)} pixels high and wide, or more")
        here = (which == number).nonzero()[:, 0]
        for some in here.split(max(1, ONCE // views)):
            place = (margin + where[some] * room).repeat_interleave(views, dim=0)
            seen = look_down(picture, place, motion[some].flatten(0, 1), size, span)
            taken[some] = (seen * 255).round().to(torch.uint8).unflatten(0, (-1, views))
    windows = torch.arange(scenes * views).view(scenes, views)
    return PictureSet(taken.flatten(0, 1), windows, flat_cameras(motion).flatten(0, 1),
                      intrinsics(size, size, FIELD_OF_VIEW))
