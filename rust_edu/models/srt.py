"""SRT and UpSRT: the models that are told where cameras stand (Sajjadi et al., CVPR 2022, arXiv 2111.13152).

    SRT     rays enter with every input view, and a target is asked for by its rays
    UpSRT   no rays on the inputs (unposed), but a target is still asked for by its rays, in the frame of the first
            input camera: it needs that much pose, and needs it right

Cameras are taken relative to the first input camera, so where the world's origin is makes no difference.
"""

import torch
from torch import Tensor

from ..cameras import pixel_rays, relative_pose
from ..views import Views, query_positions
from .config import ModelConfig
from .decoder import Decoder
from .encoder import Encoder
from .layers import fourier_features
from .scene_model import SceneModel


class UpSRT(SceneModel):
    name = "upsrt"

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.ray_channels = 2 * 6 * config.octaves  # sin and cos of origin and direction
        self.encoder = self._make_encoder()
        self.decoder = Decoder(config, query_channels=self.ray_channels)

    def _make_encoder(self) -> Encoder:
        return Encoder(self.config)

    def encode(self, inputs: Views) -> Tensor:
        self.check(inputs, "input")
        return self.encoder(inputs.images)

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Tensor:
        """The target cameras as inverse intrinsics and camera-to-first-input-camera: (B, T, 3, 7)."""
        relative = relative_pose(targets.camera_to_world, inputs.camera_to_world[:, :1])[..., :3, :]
        K = targets.K.expand(*relative.shape[:2], 3, 3)
        return torch.cat([relative, K], dim=-1)

    def queries(self, pose: Tensor, positions: Tensor) -> Tensor:
        return self._ray_features(pose[..., :4], pose[..., 4:], positions)

    def _ray_features(self, pose: Tensor, K: Tensor, positions: Tensor) -> Tensor:
        """Fourier features (..., N, R) of the rays of cameras (..., 3, 4) through positions (N, 2)."""
        rays = torch.cat(pixel_rays(pose, K, positions), dim=-1)  # (..., N, 6) origin and unit direction
        return fourier_features(rays, self.config.octaves, self.config.start_octave)


class SRT(UpSRT):
    name = "srt"

    def _make_encoder(self) -> Encoder:
        return Encoder(self.config, ray_channels=self.ray_channels)

    def encode(self, inputs: Views) -> Tensor:
        self.check(inputs, "input")
        size, cameras = self.config.size, relative_pose(inputs.camera_to_world, inputs.camera_to_world[:, :1])
        at_pixels = self.encoder.rays_at_pixels
        positions = query_positions(size, size, 1 if at_pixels else self.config.patch, cameras.device)
        rays = self._ray_features(cameras, inputs.K, positions)  # (B, V, N, R)
        return self.encoder(inputs.images, rays.unflatten(2, (size, size)) if at_pixels else rays)
