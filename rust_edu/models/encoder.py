"""The encoder: input views -> the set-latent scene representation (SLSR), one set of tokens for all views.

Public: `Encoder`.
"""

import torch
from torch import Tensor, nn

from .config import POSITION_STD, ModelConfig
from .layers import Block, embedding


class Encoder(nn.Module):
    """Images (B, V, H, W, 3) of any number of views -> SLSR (B, V P, D).

    A token is the content of its patch, plus where the patch is in the picture, plus whether its view is the
    first one (which fixes the frame) or any other (UpSRT; SRT, section 4.3). Views other than the first are a
    set.

    `ray_channels`: R; if not 0, each view's rays enter as well. With the conv stem they are there for each
    pixel, beside the colours (SRT), as a pair: features of directions (B, V, H, W, R / 2), and of origins
    (B, V, R / 2), one for all pixels of a view. With the patch stem (B, V, P, R), one for each patch, added to
    its token: a patch of a pinhole picture has only one ray's worth of information in its rays, and this way
    it costs nothing.
    """

    def __init__(self, config: ModelConfig, ray_channels: int = 0) -> None:
        super().__init__()
        self.rays_at_pixels = config.stem == "conv"
        # Channels: colours; sines of origin and direction; cosines of both, as `fourier_features` arranges a ray.
        at_pixels, quarter = ray_channels if self.rays_at_pixels else 0, ray_channels // 4
        origin = [*range(3, 3 + quarter), *range(3 + 2 * quarter, 3 + 3 * quarter)] if at_pixels else []
        self.stem = config.make_stem(3 + at_pixels, config.patch, constant=origin)
        self.ray_projection = None
        if ray_channels and not self.rays_at_pixels:
            self.ray_projection = nn.Linear(ray_channels, config.width)
        self.position = embedding(config.tokens, config.width, std=POSITION_STD)
        self.view_tag = embedding(2, config.width, std=0.02)  # of the first view, of any other
        self.blocks = nn.ModuleList(Block(**config.block_arguments(), attend_context=False, attend_self=True)
                                    for _ in range(config.encoder_layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, images: Tensor, rays: Tensor | tuple[Tensor, Tensor] | None = None) -> Tensor:
        B, V = images.shape[:2]
        images = (2.0 * images - 1.0).flatten(0, 1)
        if rays is not None and self.rays_at_pixels:
            directions, origins = (features.flatten(0, 1) for features in rays)
            tokens = self.stem(torch.cat([images, directions], dim=-1), origins)
        else:
            tokens = self.stem(images)
        tokens = tokens.unflatten(0, (B, V))  # (B, V, P, D)
        if rays is not None and not self.rays_at_pixels:
            tokens = tokens + self.ray_projection(rays)
        first, other = self.view_tag.split(1)
        tag = torch.cat([first, other.expand(V - 1, -1)])  # (V, D)
        tokens = (tokens + self.position + tag[:, None]).flatten(1, 2)  # (B, V P, D)
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)
