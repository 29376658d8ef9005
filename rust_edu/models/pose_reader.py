"""Pose readers: networks that read the camera of one view in the frame of another out of two latent poses.

RUST's latent poses are no cameras: nobody told the model what a camera is. Its authors fit a network afterwards that
makes cameras of them (RUST, section 4, "explicit pose estimation"): two latent poses of a scene go in, with the scene
representation to look things up in, and the pose of the second view in the frame of the first comes out. Relative,
since there is no world frame to be read. Here are that network and the ones that it must beat:

    constant    always the mean relative pose: what cameras alone allow to guess
    linear      ridge regression on both latents
    mlp         two hidden layers on both latents
    attention   both latents ask each other and, by cross-attention, the scene representation
    LabelledPoses  RUST's encoder and pose estimator with `attention` on top: to be trained on labels from scratch, for
                   what supervision alone gives

`evaluation.explicit_pose` computes latents and scores readers, `training.pose_fitting` fits them. All answer with nine
numbers: the first two columns of a rotation matrix, of which Gram-Schmidt makes a rotation, and a translation. Why six
numbers for three angles: any description of rotations by four numbers or less (angles, rotation vectors, quaternions)
jumps somewhere, and a network cannot (Zhou et al., CVPR 2019, arXiv 1812.07035). Nothing is assumed of where cameras
look.

Public: `to_rotation`, `mean_rotation`, `ReaderConfig`, `PoseReader`, `LabelledPoses`, `KINDS`.
Axes: B scenes, N pairs of views, T target views, L numbers in a latent pose, K tokens of the SLSR, D their width.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from ..cameras import from_rotation
from ..errors import InputError
from ..views import Views, half
from .config import ModelConfig
from .encoder import Encoder
from .layers import MLP, Block, embedding
from .rust import PoseEstimator

KINDS = ("constant", "linear", "mlp", "attention")
ANSWER = 9  # numbers: two columns of a rotation, a translation


def to_rotation(columns: Tensor) -> Tensor:
    """Six numbers (..., 6) -> rotations (..., 3, 3): Gram-Schmidt of two vectors, and what is at right angles to both.

    The first vector gives the first column's direction; the second, what of it stands at right angles to the first. Any
    lengths; where the two are parallel, or one is zero, there is no rotation, and the result is none.
    """
    a, b = columns.unflatten(-1, (2, 3)).unbind(-2)
    first = nn.functional.normalize(a, dim=-1)
    second = nn.functional.normalize(b - (first * b).sum(-1, keepdim=True) * first, dim=-1)
    return torch.stack([first, second, torch.linalg.cross(first, second)], dim=-1)


def mean_rotation(rotations: Tensor) -> Tensor:
    """The rotation (3, 3) with the least sum of squared differences, entry by entry, to rotations (M, 3, 3).

    That is the rotation nearest to the mean matrix, found by SVD: the chordal mean.
    """
    u, _, vh = torch.linalg.svd(rotations.mean(0))
    signs = torch.ones(3).to(rotations)
    signs[2] = torch.linalg.det(u @ vh).sign()  # no mirror
    return (u * signs) @ vh


@dataclass(frozen=True)
class ReaderConfig:
    """Sizes of a reader. Raises InputError for an unknown kind, and numbers of the wrong type or size."""

    kind: str = "attention"  # one of KINDS
    latent: int = 8  # L, numbers in a latent pose
    context: int = 64  # D, width of the scene representation's tokens; only `attention` asks them
    width: int = 64  # of hidden layers and of the reader's own tokens
    heads: int = 2  # of attention
    layers: int = 2  # of attention

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"unknown reader {self.kind!r:.50}", "one of " + ", ".join(KINDS))
        for name, most in (("latent", 2**16), ("context", 2**16), ("width", 2**16), ("heads", 2**16), ("layers", 256)):
            value = getattr(self, name)
            if type(value) is not int or not 1 <= value <= most:
                raise InputError(f"{name} {value!r:.50} of a reader", f"a whole number from 1 to {most}")
        if self.context % self.heads or self.width % self.heads:
            raise InputError(f"a reader of width {self.width} with {self.heads} heads for tokens of {self.context}",
                             "widths that the number of heads divides")


class PoseReader(nn.Module):
    """Latent poses of pairs of views -> the pose of each second view in the frame of its first.

    The network works on standardised numbers: latents lose their mean and scale, and what it answers is counted from
    the mean relative pose, in standard deviations. These statistics are buffers, set by who fits it (`standardise`).
    At the start a reader answers with that mean, and the constant one stays there.
    """

    name = "pose-reader"
    config_type = ReaderConfig
    latent_mean: Tensor  # (L,)
    latent_scale: Tensor  # (L,)
    answer_mean: Tensor  # (9,)
    answer_scale: Tensor  # (9,)

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        self.config = config
        self.network: nn.Module | None = None
        if config.kind == "linear":
            self.network = nn.Linear(2 * config.latent, ANSWER)
        elif config.kind == "mlp":
            self.network = MLP(2 * config.latent, config.width, config.width, ANSWER)
        elif config.kind == "attention":
            self.network = _Asking(config)
        if self.network is not None:
            last = [layer for layer in self.network.modules() if isinstance(layer, nn.Linear)][-1]
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        self.register_buffer("latent_mean", torch.zeros(config.latent))
        self.register_buffer("latent_scale", torch.ones(config.latent))
        same = torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0])  # the second camera is the first
        self.register_buffer("answer_mean", same)
        self.register_buffer("answer_scale", torch.ones(ANSWER))

    @torch.no_grad()
    def standardise(self, latents: Tensor, poses: Tensor) -> None:
        """Take mean and scale from the latents (M, L) and true relative poses (M, 4, 4) that it will be fitted on."""
        self.latent_mean.copy_(latents.mean(0))
        self.latent_scale.copy_(latents.std(0).clamp(min=1e-6))
        answers = to_answer(poses)
        mean = from_rotation(mean_rotation(poses[:, :3, :3]), poses[:, :3, 3].mean(0))
        self.answer_mean.copy_(to_answer(mean))
        self.answer_scale.copy_((answers - self.answer_mean).square().mean(0).sqrt().clamp(min=1e-6))

    def forward(self, first: Tensor, second: Tensor, slsr: Tensor) -> Tensor:
        """Latents (B, N, L) of the first and second views of N pairs, SLSR (B, K, D) -> poses (B, N, 4, 4).

        Raises InputError for latents of another width, or of other scenes than the SLSR's.
        """
        shape = tuple(first.shape)
        if first.shape != second.shape or len(shape) != 3 or shape[2] != self.config.latent or shape[0] != len(slsr):
            raise InputError(f"latents of shapes {shape} and {tuple(second.shape)} with the SLSR of {len(slsr)} scenes",
                             f"twice (scenes, pairs, {self.config.latent}), of the same scenes")
        pairs = (torch.stack([first, second], dim=-2) - self.latent_mean) / self.latent_scale  # (B, N, 2, L)
        if self.network is None:
            answer = self.answer_mean.expand(*shape[:2], ANSWER)
        else:
            found = self.network(pairs, slsr) if self.config.kind == "attention" else self.network(pairs.flatten(-2))
            answer = self.answer_mean + self.answer_scale * found
        return from_rotation(to_rotation(answer[..., :6]), answer[..., 6:])

    def description(self) -> dict:
        """What is needed to build this reader again: its name and configuration."""
        return {"model": self.name, "config": asdict(self.config)}


class _Asking(nn.Module):
    """Standardised latents (B, N, 2, L) and the SLSR (B, K, D) -> answers (B, N, 9).

    Each latent becomes a token. The two of a pair attend to each other, and to the tokens of their scene: what a latent
    pose counts from is another thing in every scene, and the scene representation is where that can be looked up.
    """

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        W = config.width
        self.token = MLP(config.latent, 2 * W, W)
        self.place = embedding(2, W, std=0.7)  # which of the two is the first
        self.blocks = nn.ModuleList(
            Block(width=W, heads=config.heads, hidden=2 * W, attend_context=True, attend_self=True,
                  context_width=config.context) for _ in range(config.layers))
        self.norm = nn.LayerNorm(W)
        self.answer = MLP(2 * W, 2 * W, ANSWER)

    def forward(self, pairs: Tensor, slsr: Tensor) -> Tensor:
        x = self.token(pairs) + self.place  # (B, N, 2, W)
        for block in self.blocks:
            x = block(x, slsr)
        return self.answer(self.norm(x).flatten(-2))


def to_answer(poses: Tensor) -> Tensor:
    """Poses (..., 4, 4) -> the nine numbers (..., 9) that a network answers for them: two columns, the translation."""
    return torch.cat([poses[..., :3, 0], poses[..., :3, 1], poses[..., :3, 3]], dim=-1)


class LabelledPoses(nn.Module):
    """The encoder and the pose estimator of RUST, and the reader `attention`, to be trained together on true cameras.

    The same parts of the same sizes as a RUST with this configuration, but no decoder: no picture is ever drawn, and
    all that is learned comes from labels. `encode` and `pose` are as RUST's.
    """

    name = "labelled-poses"
    config_type = ModelConfig

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.pose_estimator = PoseEstimator(config)
        self.reader = PoseReader(ReaderConfig("attention", latent=config.latent, context=config.width,
                                              width=config.width, heads=config.heads))

    def encode(self, inputs: Views) -> Tensor:
        """Input views -> the SLSR (B, K, D)."""
        return self.encoder(inputs.images)

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Tensor:
        """Latent poses (B, T, L) of the targets, each from its left or its right half."""
        right = torch.as_tensor(right, device=targets.images.device).expand(targets.images.shape[:2])
        return self.pose_estimator(half(targets.images, right), right, slsr)

    def description(self) -> dict:
        """What is needed to build this model again: its name and configuration."""
        return {"model": self.name, "config": asdict(self.config)}
