"""What the reader of notebook 07 builds: RUST's own pieces as functions, and RUST without its keyhole.

`models/rust.py` has the same as modules; a test compares the two. Here they are functions of everything they use, as
the exercises ask for them. Public: `peek`, `pose_block`, `bottleneck`, `latent_query`, `rust_loss`, `transplant`.
Axes: B scenes, T target views, P tokens of half a picture, K tokens of the SLSR, D width, L numbers in a latent pose,
N queries, F features of a position.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from ....models import RUST
from ....views import Views, half, to_patches


def peek(images: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """Pictures (B, T, H, W, 3) -> a random half of each (B, T, H, W/2, 3); and which, (B, T), True for the right."""
    right = torch.rand(images.shape[:2], generator=generator) < 0.5
    return half(images, right), right


def pose_block(x: Tensor, slsr: Tensor, block: nn.Module, attend: Callable) -> Tensor:
    """Tokens (B, T, P, D), which ask the SLSR (B, K, D), then each other, then think alone: (B, T, P, D)."""
    B, T, P, D = x.shape
    asking = block.cross_norm(x).reshape(B, T * P, D)
    x = x + attend(block.cross, asking, slsr).reshape(B, T, P, D)
    among = block.self_norm(x).reshape(B * T, P, D)
    x = x + attend(block.self_attention, among, among).reshape(B, T, P, D)
    return x + block.mlp(block.mlp_norm(x))


def bottleneck(x: Tensor, norm: nn.Module, to_latent: nn.Module) -> Tensor:
    """Tokens (B, T, P, D) of half pictures -> latent poses (B, T, L): norm, mean over the tokens, linear."""
    return to_latent(norm(x).mean(dim=-2))


def latent_query(pose: Tensor, positions: Tensor, size: int, features: Callable[[Tensor], Tensor]) -> Tensor:
    """Latent poses (B, T, L) beside features of pixel positions (N, 2) scaled to [-1, 1]: (B, T, N, L + F)."""
    where = features(2.0 * positions / size - 1.0)
    lead, N = pose.shape[:2], len(positions)
    return torch.cat([pose.unsqueeze(2).expand(*lead, N, -1), where.expand(*lead, N, -1)], dim=-1)


def rust_loss(model: RUST, inputs: Views, targets: Views, halves: Tensor, right: Tensor, which: Tensor) -> Tensor:
    """The mean squared error of the targets' colours at the positions number `which` (N,): a scalar."""
    slsr = model.encode(inputs)
    pose = model.pose_estimator(halves, right, slsr)
    colours = model.decode(model.queries(pose, model.positions()[which]), slsr)
    truth = to_patches(targets.images, model.config.query_patch)[:, :, which]
    return F.mse_loss(colours, truth)


def transplant(model: RUST, a_inputs: Views, a_targets: Views, b_inputs: Views) -> Tensor:
    """Latent poses read in scene A, from the left halves of A's targets; pictures of scene B: (B, T, H, W, 3)."""
    pose = model.pose(a_inputs, a_targets, model.encode(a_inputs), right=False)
    return model.render(pose, model.encode(b_inputs))
