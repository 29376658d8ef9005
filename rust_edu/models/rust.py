"""RUST: the model that is told nothing about cameras (Sajjadi et al., CVPR 2023, arXiv 2211.14306).

The input views are encoded as by UpSRT. To say *which* view it wants, RUST does not use rays: a pose
estimator looks at one half of the target picture, compares it with the scene representation, and squeezes
what it found into a few numbers, the latent pose. A query is that latent pose with a pixel position. The only
loss is the error of the target's pixels, so the latent pose means whatever helps the decoder most: where the
camera stands.
"""

import torch
from torch import Tensor, nn

from ..errors import InputError
from ..views import Views, half
from .config import POSITION_STD, ModelConfig
from .decoder import Decoder
from .encoder import Encoder
from .layers import Block, embedding, position_features
from .scene_model import SceneModel


class PoseEstimator(nn.Module):
    """Half target pictures (B, T, H, W/2, 3) and the SLSR (B, K, D) -> latent poses (B, T, latent).

    As section 3.2 of the paper: a stem as the encoder's, then layers of cross-attention to the SLSR,
    self-attention among the half picture's tokens, and an MLP; the mean over tokens; a linear layer to the
    latent pose. `right`, a bool tensor (B, T), says which half each picture is: the two have position
    embeddings of their own.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.stem = config.make_stem(channels=3, patch=config.pose_patch or config.patch)
        # Of the tokens of the left, and of the right half.
        self.position = embedding(2, config.pose_tokens, config.width, std=POSITION_STD)
        self.blocks = nn.ModuleList(Block(**config.block_arguments(), attend_context=True, attend_self=True)
                                    for _ in range(config.pose_layers))
        self.norm = nn.LayerNorm(config.width)
        self.latent = nn.Linear(config.width, config.latent)

    def forward(self, halves: Tensor, right: Tensor, slsr: Tensor) -> Tensor:
        B, T = halves.shape[:2]
        x = self.stem(2.0 * halves.flatten(0, 1) - 1.0).unflatten(0, (B, T))  # (B, T, P / 2, D)
        x = x + self.position[right.long()]
        for block in self.blocks:
            x = block(x, slsr)
        return self.latent(self.norm(x).mean(dim=-2))


class RUST(SceneModel):
    """Encoder, pose estimator and decoder (section 3 of the paper). No camera enters anywhere."""

    name = "rust"

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.encoder = Encoder(config)
        self.pose_estimator = PoseEstimator(config)
        self.decoder = Decoder(config, query_channels=config.latent + 4 * config.pixel_octaves)

    def encode(self, inputs: Views) -> Tensor:
        self.check(inputs, "input")
        return self.encoder(inputs.images)

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Tensor:
        """Latent poses (B, T, latent) of the targets, each from its left or right half. Uses no camera, and
        of the inputs only what is in the SLSR, unless the configuration says `relative`."""
        self.check(targets, "target")
        if len(targets.images) != len(slsr):
            raise InputError(f"targets of {len(targets.images)} scenes with the SLSR of {len(slsr)}",
                             "the same scenes")
        right = torch.as_tensor(right, device=targets.images.device).expand(targets.images.shape[:2])
        z = self.pose_estimator(half(targets.images, right), right, slsr)
        return z - self._origin(inputs, slsr, right[:, :1]) if self.config.relative else z

    def _origin(self, inputs: Views, slsr: Tensor, right: Tensor) -> Tensor:
        """(B, 1, latent): the mean of the inputs' own latent poses, from their halves of one side. right (B, 1).

        Which side, the first target says: one origin for all targets of a scene. In training, where the sides of
        targets are mixed, left and right latents so learn to agree; in evaluation all are of one side.

        A latent pose counts from somewhere, and where that is the model finds out for each scene anew, from light,
        floor and objects, so it errs a little differently in each. What errs alike for the inputs and the target
        of a scene is gone from the difference (benchmarks/README.md).
        """
        self.check(inputs, "input")
        right = right.expand(inputs.images.shape[:2])
        return self.pose_estimator(half(inputs.images, right), right, slsr).mean(dim=1, keepdim=True)

    def queries(self, pose: Tensor, positions: Tensor) -> Tensor:
        """Latent poses (B, T, latent) beside Fourier features of positions (N, 2)."""
        if pose.ndim != 3 or pose.shape[-1] != self.config.latent:
            raise InputError(f"latent poses of shape {tuple(pose.shape)}",
                             f"(scenes, targets, {self.config.latent})")
        features = position_features(positions, self.config.size, self.config.pixel_octaves)  # (N, 4 octaves)
        N = features.shape[-2]
        return torch.cat([pose.unsqueeze(-2).expand(*pose.shape[:2], N, -1),
                          features.expand(*pose.shape[:2], N, -1)], dim=-1)
