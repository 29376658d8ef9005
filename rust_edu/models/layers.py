"""The parts every model is made of: attention, transformer block, Fourier features, image stems.

Public: `Attention`, `Block`, `MLP`, `embedding`, `fourier_features`, `position_features`, `PatchStem`,
`ConvStem`.
Axes: B batch, T queries or tokens, K tokens attended to, D width, P patches of one image.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import InputError
from ..views import to_patches


class Attention(nn.Module):
    """Multi-head attention of queries x (B, T, D) to a context (B, K, D); to x itself if there is no context.

    Scaled dot products as in "Attention is all you need" (section 3.2), without bias on queries, keys and
    values. A context of another width is given by `context_width`; the heads then share that width.
    Raises InputError if the number of heads does not divide it.
    """

    def __init__(self, *, width: int, heads: int, context_width: int = 0) -> None:
        super().__init__()
        inner = context_width or width
        if inner % heads:
            raise InputError(f"width {inner} with {heads} heads", "a width that the number of heads divides")
        self.heads = heads
        self.query = nn.Linear(width, inner, bias=False)
        self.key_value = nn.Linear(inner, 2 * inner, bias=False)
        self.out = nn.Linear(inner, width)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, T, D) -> (B, heads, T, D / heads)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        key, value = self.key_value(x if context is None else context).chunk(2, dim=-1)
        query, key, value = self._split(self.query(x)), self._split(key), self._split(value)
        heads = F.scaled_dot_product_attention(query, key, value)
        return self.out(heads.transpose(1, 2).flatten(2))

    def weights(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """The attention weights (B, heads, T, K) that `forward` uses: each row sums to 1."""
        key, _ = self.key_value(x if context is None else context).chunk(2, dim=-1)
        query, key = self._split(self.query(x)), self._split(key)
        return (query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(-1)


class MLP(nn.Sequential):
    """Linear layers of these widths, an activation between them: MLP(64, 128, 64) has one hidden layer.

    The papers use GELU inside transformers and ReLU elsewhere. We use ReLU everywhere except in the paper
    profile: it is the cheaper of the two on a CPU.
    """

    def __init__(self, *widths: int, activation: type[nn.Module] = nn.ReLU) -> None:
        layers: list[nn.Module] = []
        for a, b in zip(widths, widths[1:], strict=False):
            layers += [nn.Linear(a, b), activation()]
        super().__init__(*layers[:-1])


class Block(nn.Module):
    """A pre-norm transformer block: cross-attention to a context and self-attention, both optional, and MLP.

    x is (B, ..., T, D). A context (B, K, D) is asked by all T of all (...) of its scene; self-attention stays
    within the last T. The context is used as it is: the encoder has normalised it once, for all who ask.
    """

    def __init__(self, *, width: int, heads: int, hidden: int, attend_context: bool, attend_self: bool,
                 activation: type[nn.Module] = nn.ReLU, context_width: int = 0) -> None:
        super().__init__()
        self.cross_norm = nn.LayerNorm(width) if attend_context else None
        self.cross = None
        if attend_context:
            self.cross = Attention(width=width, heads=heads, context_width=context_width)
        self.self_norm = nn.LayerNorm(width) if attend_self else None
        self.self_attention = Attention(width=width, heads=heads) if attend_self else None
        self.mlp_norm = nn.LayerNorm(width)
        self.mlp = MLP(width, hidden, width, activation=activation)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        if self.cross is not None:
            x = x + self.cross(self.cross_norm(x).flatten(1, -2), context).view_as(x)
        if self.self_attention is not None:
            x = x + self.self_attention(self.self_norm(x).flatten(0, -3)).view_as(x)
        return x + self.mlp(self.mlp_norm(x))


def embedding(*shape: int, std: float) -> nn.Parameter:
    """Vectors that are learned, at the start from N(0, std^2), by torch's global generator."""
    start = torch.empty(shape)
    # On the meta device, where `load_weights` looks at shapes, randn would import torch's compiler: seconds.
    return nn.Parameter(start if start.is_meta else std * torch.randn(shape))


def fourier_features(x: Tensor, octaves: int, start: int = 0) -> Tensor:
    """sin and cos of pi 2^k x for k = start .. start + octaves - 1: (..., C) -> (..., 2 C octaves).

    NeRF's positional encoding (section 5.1): a small network sees fine differences in x only through high
    frequencies.
    """
    scale = math.pi * 2.0 ** torch.arange(start, start + octaves, device=x.device, dtype=x.dtype)
    angles = (x.unsqueeze(-1) * scale).flatten(-2)  # (..., C octaves)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def position_features(positions: Tensor, size: int, octaves: int) -> Tensor:
    """Positions (..., N, 2) in pixels of pictures `size` wide -> (..., N, 4 octaves): Fourier features of them, scaled
    to [-1, 1]. The lowest frequency has its period twice as wide as the picture."""
    return fourier_features(2.0 * positions / size - 1.0, octaves, start=-1)


class PatchStem(nn.Module):
    """Images (B, H, W, C) -> tokens (B, P, D): each p x p patch flattened and projected, as in ViT, with one
    hidden layer. On a CPU it is far cheaper than the convolutions of SRT's stem."""

    def __init__(self, *, channels: int, patch: int, width: int) -> None:
        super().__init__()
        self.patch = patch
        self.project = MLP(patch * patch * channels, 2 * width, width)

    def forward(self, images: Tensor) -> Tensor:
        return self.project(to_patches(images, self.patch))


class ConvStem(nn.Module):
    """Images (B, H, W, C) -> tokens (B, P, D) as in SRT (section 4.1) with the widths of its improved version
    (OSRT, appendix): each block is a 3x3 convolution that keeps the size and one that halves it, without
    bias, and doubles the channels from D / 8 on; then 1x1 to D. Three blocks shrink an image by 8.

    `constant`: which of the channels are the same at all pixels of an image, as a ray's origin is. `forward`
    takes them as numbers, `constants` (B, len(constant)), and H and W are then 2 or more. It is what the
    convolution of maps filled with them would give, in half the time where half of the channels are constant.
    """

    def __init__(self, *, channels: int, blocks: int, width: int, constant: Sequence[int] = ()) -> None:
        super().__init__()
        self.constant = list(constant)
        self.varying = [channel for channel in range(channels) if channel not in self.constant]
        layers: list[nn.Module] = []
        a = width // 8
        layers += [nn.Conv2d(channels, a, 3, padding=1, bias=False), nn.ReLU()]
        for block in range(blocks):
            if block:
                layers += [nn.Conv2d(a, a, 3, padding=1, bias=False), nn.ReLU()]
            layers += [nn.Conv2d(a, 2 * a, 3, stride=2, padding=1, bias=False), nn.ReLU()]
            a *= 2
        self.convolutions = nn.Sequential(*layers, nn.Conv2d(a, width, 1))

    def forward(self, images: Tensor, constants: Tensor | None = None) -> Tensor:
        x = images.movedim(-1, 1)  # (B, C, H, W)
        if constants is None:
            x = self.convolutions[0](x)
        else:
            weight = self.convolutions[0].weight
            filled = constants[:, None, None].repeat(1, 3, 3, 1).movedim(-1, 1)  # three pixels a side are enough
            x = F.conv2d(x, weight[:, self.varying], padding=1)
            x = x + _stretch(F.conv2d(filled, weight[:, self.constant], padding=1), *x.shape[-2:])
        return self.convolutions[1:](x).flatten(2).transpose(1, 2)


def _stretch(x: Tensor, *sides: int) -> Tensor:
    """(B, C, 3, 3) -> (B, C, H, W): the corners stay corners, all between them is repeated."""
    for dim, side in zip((-2, -1), sides, strict=True):
        start, middle, end = x.split(1, dim)
        x = torch.cat([start, middle.repeat_interleave(side - 2, dim), end], dim)
    return x
