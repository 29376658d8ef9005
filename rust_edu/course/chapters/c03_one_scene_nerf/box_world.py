"""Pictures of one orange box in front of a black sky, by exact intersection: no volume renderer has made them.

Public: `box_pictures`, `CENTRE`, `SIDES`, `ORANGE`.
"""

import torch
from torch import Tensor

from ....cameras import look_at, orbit_position, pixel_centres, pixel_rays
from ....scenes.shapes import box
from ....scenes.worlds import get_world, world_intrinsics

CENTRE, SIDES = torch.tensor([0.6, -0.4, 0.8]), torch.tensor([2.0, 1.2, 1.6])
ORANGE = torch.tensor([0.9, 0.5, 0.1])
VIEWS, SIZE, DISTANCE = 3, 32, 5.0


def box_pictures() -> tuple[Tensor, Tensor, Tensor]:
    """Pictures (3, 32, 32, 3) of the box, their cameras (3, 4, 4) and intrinsics (3, 3)."""
    azimuth = torch.tensor([0.0, 1.2, 2.4])
    where = orbit_position(azimuth, torch.full_like(azimuth, 0.5), torch.full_like(azimuth, DISTANCE))
    cameras = look_at(where, torch.tensor([0.0, 0.0, 0.5]).expand(VIEWS, 3))
    K = world_intrinsics(get_world("sector"), SIZE)
    origins, directions = pixel_rays(cameras, K, pixel_centres(SIZE, SIZE).reshape(-1, 2))
    hit = torch.stack([box((o - CENTRE) / (SIDES / 2), d / (SIDES / 2)) for o, d in zip(origins, directions)])
    return (hit.isfinite()[..., None] * ORANGE).view(VIEWS, SIZE, SIZE, 3), cameras, K
