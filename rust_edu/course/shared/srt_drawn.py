"""What the checks of SRT and UpSRT draw: a tiny model's sizes, cameras, noise seen by them.

Public: `TINY`, `random_cameras`, `noise_views`. Axes: B scenes, V views, H W pixels.
"""

import torch
from torch import Generator, Tensor

from ...cameras import from_rotation, so3_exp
from ...models import ModelConfig
from ...views import Views

TINY = ModelConfig(size=16, patch=4, width=16, heads=2, hidden=16, encoder_layers=1, decoder_layers=1, render=(16,),
                   query_patch=2, octaves=3, start_octave=-2)


def random_cameras(g: Generator, *shape: int) -> Tensor:
    """Cameras (..., 4, 4) that stand and look anywhere."""
    return from_rotation(so3_exp(2.0 * torch.randn(*shape, 3, generator=g)), 2.0 * torch.randn(*shape, 3, generator=g))


def noise_views(g: Generator, B: int, V: int, size: int = TINY.size) -> Views:
    """Noise, seen by cameras that stand and look anywhere."""
    K = torch.tensor([[11.0, 0.0, size / 2], [0.0, 13.0, size / 2], [0.0, 0.0, 1.0]])
    return Views(torch.rand(B, V, size, size, 3, generator=g), random_cameras(g, B, V), K)
