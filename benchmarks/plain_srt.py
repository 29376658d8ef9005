"""SRT written down plainly, the way of stelzner/srt: what a step at the paper's size is measured beside.

All features of a ray at every pixel, beside the colours, colours first (NCHW); attention as two products and a
softmax. The parameters have the names of `rust_edu.models.SRT` with the conv stem, so both can be given the
same weights and must then draw the same colours. Public: `PlainSRT`.
"""

import torch
from torch import Tensor, nn

from rust_edu.cameras import pixel_rays, relative_pose
from rust_edu.models import ModelConfig
from rust_edu.models.layers import fourier_features
from rust_edu.views import Views, query_positions


class _Attention(nn.Module):
    def __init__(self, width: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, inner, bias=False)
        self.key_value = nn.Linear(inner, 2 * inner, bias=False)
        self.out = nn.Linear(inner, width)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        each = self.query(x), *self.key_value(context).chunk(2, dim=-1)
        query, key, value = (y.unflatten(-1, (self.heads, -1)).transpose(1, 2) for y in each)
        weights = (query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5).softmax(-1)  # (B, heads, N, K)
        return self.out((weights @ value).transpose(1, 2).flatten(2))


class _SelfBlock(nn.Module):
    def __init__(self, D: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.self_norm, self.self_attention = nn.LayerNorm(D), _Attention(D, D, heads)
        self.mlp_norm, self.mlp = nn.LayerNorm(D), nn.Sequential(nn.Linear(D, hidden), nn.GELU(), nn.Linear(hidden, D))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attention(normed := self.self_norm(x), normed)
        return x + self.mlp(self.mlp_norm(x))


class _CrossBlock(nn.Module):
    def __init__(self, D: int, inner: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.cross_norm, self.cross = nn.LayerNorm(D), _Attention(D, inner, heads)
        self.mlp_norm, self.mlp = nn.LayerNorm(D), nn.Sequential(nn.Linear(D, hidden), nn.GELU(), nn.Linear(hidden, D))

    def forward(self, x: Tensor, slsr: Tensor) -> Tensor:
        x = x + self.cross(self.cross_norm(x), slsr)
        return x + self.mlp(self.mlp_norm(x))


class _Stem(nn.Module):
    def __init__(self, channels: int, blocks: int, D: int) -> None:
        super().__init__()
        layers, width = [], D // 8
        for _ in range(blocks):
            layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.ReLU()]
            layers += [nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, bias=False), nn.ReLU()]
            channels = width = 2 * width
        self.convolutions = nn.Sequential(*layers, nn.Conv2d(channels, D, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.convolutions(x).flatten(2).transpose(1, 2)  # (B, C, H, W) -> (B, P, D)


class _Encoder(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        D = config.width
        self.stem = _Stem(3 + 12 * config.octaves, config.patch.bit_length() - 1, D)
        self.position, self.view_tag = nn.Parameter(torch.zeros(config.tokens, D)), nn.Parameter(torch.zeros(2, D))
        self.blocks = nn.ModuleList(_SelfBlock(D, config.heads, config.hidden) for _ in range(config.encoder_layers))
        self.norm = nn.LayerNorm(D)

    def forward(self, images: Tensor, rays: Tensor) -> Tensor:
        B, V, size = images.shape[:3]
        x = torch.cat([2.0 * images - 1.0, rays.unflatten(2, (size, size))], dim=-1)  # (B, V, H, W, C)
        tokens = self.stem(x.flatten(0, 1).permute(0, 3, 1, 2).contiguous()).unflatten(0, (B, V)) + self.position
        other = torch.arange(V).clamp(max=1)  # 0 for the first view, 1 for all others
        tokens = (tokens + self.view_tag[other][:, None]).flatten(1, 2)
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)


class _Decoder(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        D, R = config.query_width, 12 * config.octaves
        self.query = nn.Sequential(nn.Linear(R, 2 * D), nn.ReLU(), nn.Linear(2 * D, D))
        self.blocks = nn.ModuleList(_CrossBlock(D, config.width, config.heads, config.hidden)
                                    for _ in range(config.decoder_layers))
        self.norm = nn.LayerNorm(D)
        widths, layers = [D, *config.render], []
        for a, b in zip(widths, widths[1:]):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.render = nn.Sequential(*layers, nn.Linear(widths[-1], 3))

    def forward(self, queries: Tensor, slsr: Tensor) -> Tensor:
        x = self.query(queries)
        for block in self.blocks:
            x = block(x, slsr)
        return self.render(self.norm(x)) + 0.5


class PlainSRT(nn.Module):
    """SRT of a configuration with conv stem, query width, GELU and queries of a pixel; the rest is ignored.

    Called as `rust_edu.models.SRT` is: views and positions (N, 2) -> colours (B, T, N, 3). `right` is ignored there
    as well: it is RUST's.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config, self.encoder, self.decoder = config, _Encoder(config), _Decoder(config)

    def positions(self, device=None) -> Tensor:
        return query_positions(self.config.size, self.config.size, 1, device)

    def encode(self, inputs: Views) -> Tensor:
        """Input views -> SLSR (B, K, D)."""
        return self.encoder(inputs.images, self._rays(inputs, inputs, self.positions().to(inputs.images)))

    def forward(self, inputs: Views, targets: Views, positions: Tensor, right: Tensor | bool = False) -> Tensor:
        queries = self._rays(targets, inputs, positions)
        return self.decoder(queries.flatten(1, 2), self.encode(inputs)).unflatten(1, queries.shape[1:3])

    def _rays(self, views: Views, inputs: Views, positions: Tensor) -> Tensor:
        """Features (B, V, N, R) of origin and direction of each ray, in the frame of the first input camera."""
        cameras = relative_pose(views.camera_to_world, inputs.camera_to_world[:, :1])
        rays = torch.cat(pixel_rays(cameras, views.K, positions), dim=-1)
        return fourier_features(rays, self.config.octaves, self.config.start_octave)
