"""What the reader of notebook 05 builds: SRT's parts as functions, and the model that they make.

`models/` has the same as modules; the check of 05.6 compares the two. Public: `cut_patches`, `make_set`, `encode_set`,
`ray_queries`, `decode`, `SRTWeights`, `Asked`, `SRTFromParts`, `attend`.
Axes: B scenes, V input views, T target views, N queries, P patches of a view, K = V P tokens, D width, H W pixels,
q the side of the block of pixels that a query answers for.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ...cameras import pixel_rays, relative_pose
from ...models import SRT
from ...models.layers import fourier_features
from ...views import Views, query_positions, to_patches
from ..checking.exercise import Diagnosis

PATCHES, SET, ENCODER = "A picture becomes words", "Which patch, whose view", "Every token asks every other"
RAYS, DECODER, MODEL = "The question is a ray", "Asking the set", "All parts together"


def cut_patches(images: Tensor, patch: int) -> Tensor:
    """Pictures (B, V, H, W, 3) -> the numbers of their patches (B, V, P, p p 3), row by row, colours last."""
    return to_patches(images, patch)


def make_set(tokens: Tensor, position: Tensor, tags: Tensor) -> Tensor:
    """Tokens (B, V, P, D) + where in the picture (P, D) + first view or other (2, D), as one set (B, V P, D)."""
    whose = torch.cat([tags[:1], tags[1:].expand(tokens.shape[1] - 1, -1)])  # (V, D)
    return (tokens + position + whose[:, None]).flatten(1, 2)


def encode_set(tokens: Tensor, blocks: nn.ModuleList, norm: nn.Module, attend: Callable) -> Tensor:
    """A set of tokens (B, K, D), all of which ask each other in every block: the SLSR (B, K, D)."""
    for block in blocks:
        asking = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, asking, asking)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


def ray_queries(cameras: Tensor, first: Tensor, K: Tensor, positions: Tensor, octaves: int, start: int) -> Tensor:
    """Rays of cameras (B, T, 4, 4) through positions (N, 2), in the frame of `first`: (B, T, N, 12 octaves)."""
    origins, directions = pixel_rays(relative_pose(cameras, first[:, None]), K, positions)
    return fourier_features(torch.cat([origins, directions], dim=-1), octaves, start)


def decode(queries: Tensor, slsr: Tensor, decoder: nn.Module, attend: Callable) -> Tensor:
    """Queries (B, T, N, Q), each of which asks the SLSR (B, K, D) alone: colours (B, T, N, 3 p p)."""
    x = decoder.query(queries)
    for block in decoder.blocks:
        asking = block.cross_norm(x).flatten(1, 2)  # (B, T N, D)
        x = x + attend(block.cross, asking, slsr).view_as(x)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)) + 0.5


class Asked(NamedTuple):
    """What is known of the targets when SRT is asked for them: all cameras as they stand in the world."""

    cameras: Tensor  # (B, T, 4, 4) camera-to-world of the targets
    first: Tensor  # (B, 4, 4) camera-to-world of the first input view
    K: Tensor  # (3, 3)


class Unassembled(nn.Module):
    """What a model is before the reader has assembled it: its parts wait, and nothing is done with them."""

    def encode(self, inputs: Views) -> Tensor:
        """Input views -> the scene, SLSR (B, V P, D)."""
        raise NotImplementedError("Not done yet: `encode` is yours.")

    def queries(self, pose: Asked, positions: Tensor) -> Tensor:
        """What is asked, and positions (N, 2), one for each block of q x q pixels -> queries (B, T, N, Q)."""
        raise NotImplementedError("Not done yet: `queries` is yours.")

    def decode(self, queries: Tensor, slsr: Tensor) -> Tensor:
        """Queries (B, T, N, Q) and the SLSR (B, K, D) -> colours (B, T, N, q q 3) of each block, unclipped."""
        raise NotImplementedError("Not done yet: `decode` is yours.")

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Asked:
        """The parts of the question, gathered and not yet turned into a relative pose: `queries` does that."""
        return Asked(targets.camera_to_world, inputs.camera_to_world[:, 0], targets.K)


class SRTWeights(Unassembled, SRT):
    """The learned numbers of an SRT, under the names of the package's, without what is done with them."""


class SRTFromParts(SRTWeights):
    """SRT as the reader assembles it."""

    def encode(self, inputs: Views) -> Tensor:
        config, encoder = self.config, self.encoder
        tokens = encoder.stem.project(cut_patches(2.0 * inputs.images - 1.0, config.patch))
        centres = query_positions(config.size, config.size, config.patch)
        rays = ray_queries(inputs.camera_to_world, inputs.camera_to_world[:, 0], inputs.K, centres, config.octaves,
                           config.start_octave)
        tokens = tokens + encoder.ray_projection(rays)
        return encode_set(make_set(tokens, encoder.position, encoder.view_tag), encoder.blocks, encoder.norm, attend)

    def queries(self, pose: Asked, positions: Tensor) -> Tensor:
        return ray_queries(*pose, positions, self.config.octaves, self.config.start_octave)

    def decode(self, queries: Tensor, slsr: Tensor) -> Tensor:
        return decode(queries, slsr, self.decoder, attend)


def attend(part: nn.Module, x: Tensor, context: Tensor) -> Tensor:
    """Attention of x (batch, queries, D) to a context (batch, tokens, D) with the weights of `part`, by the package."""
    if x.ndim != 3 or context.ndim != 3 or len(x) != len(context):
        raise Diagnosis("axes", "`attend` works on (batch, queries, D) and (batch, tokens, D), with the same batch. "
                        "Fold the axes between first: (B, T, N, D) becomes (B, T N, D).",
                        seen=f"x {tuple(x.shape)} and context {tuple(context.shape)}",
                        expected="three axes each, the first ones equal", reread=DECODER)
    return part(x, context)
