"""SRT and UpSRT: the models that are told where cameras stand (Sajjadi et al., CVPR 2022, arXiv 2111.13152).

    SRT     rays enter with every input view, and a target is asked for by its rays
    UpSRT   no rays on the inputs (unposed), but a target is still asked for by its rays, in the frame of the
            first input camera: it needs that much pose, and needs it right

Cameras are taken relative to the first input camera, so where the world's origin is makes no difference.
"""

import torch
from torch import Tensor

from ..cameras import pixel_rays, relative_pose
from ..errors import InputError
from ..views import Views, query_positions
from .config import ModelConfig
from .decoder import Decoder
from .encoder import Encoder
from .layers import fourier_features, position_features
from .scene_model import SceneModel


class UpSRT(SceneModel):
    """SRT without rays on the inputs (SRT, section 4.3: unposed). Its queries are rays, as SRT's."""

    name = "upsrt"

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.ray_channels = 2 * 6 * config.octaves  # sin and cos of origin and direction
        self.encoder = self._make_encoder()
        self.decoder = Decoder(config, query_channels=self.ray_channels + 4 * config.pixel_octaves * config.pixel)

    def _make_encoder(self) -> Encoder:
        return Encoder(self.config)

    def encode(self, inputs: Views) -> Tensor:
        self.check(inputs, "input")
        return self.encoder(inputs.images)

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Tensor:
        """The target cameras (B, T, 3, 7): [R t], camera to first input camera, beside the intrinsics K."""
        relative = self._in_first_frame(targets, inputs, "target")[..., :3, :]
        K = targets.K.expand(*relative.shape[:2], 3, 3)
        return torch.cat([relative, K], dim=-1)

    def queries(self, pose: Tensor, positions: Tensor) -> Tensor:
        """The rays of cameras (B, T, 3, 7) through positions (N, 2); with `pixel`, beside the positions themselves.

        A ray alone says that as well, as long as its camera is right. With a wrong one, a model that has the position
        still knows of a query what RUST knows (benchmarks/README.md: a world in which a camera has to be known).
        """
        rays = self._ray_features(pose[..., :4], pose[..., 4:], positions)  # (B, T, N, R)
        if not self.config.pixel:
            return rays
        where = position_features(positions, self.config.size, self.config.pixel_octaves)
        return torch.cat([rays, where.expand(*rays.shape[:-1], -1)], dim=-1)

    def _in_first_frame(self, views: Views, inputs: Views, what: str) -> Tensor:
        """Poses (B, V, 4, 4) of the views' cameras in the frame of the first input camera."""
        if views.camera_to_world is None or inputs.camera_to_world is None:
            raise InputError(f"{what} views without cameras for {self.name!r}", "views with known cameras",
                             "RUST needs none.")
        cameras, B = views.camera_to_world, len(inputs.camera_to_world)
        if cameras.ndim != 4 or len(cameras) != B or cameras.shape[1] == 0 or cameras.shape[2:] != (4, 4):
            raise InputError(f"{what} cameras of shape {tuple(cameras.shape)}",
                             f"({B} scenes, views, 4, 4), 1 view or more")
        return relative_pose(cameras, inputs.camera_to_world[:, :1])

    def _ray_features(self, pose: Tensor, K: Tensor, positions: Tensor) -> Tensor:
        """Fourier features (..., N, R) of the rays of cameras (..., 3, 4) through positions (N, 2)."""
        return self._features(torch.cat(pixel_rays(pose, K, positions), dim=-1))  # of origin and unit direction

    def _features(self, x: Tensor) -> Tensor:
        return fourier_features(x, self.config.octaves, self.config.start_octave)


class SRT(UpSRT):
    """The rays of the inputs enter the encoder as well: of each pixel with the conv stem, as in the paper
    (section 4.1), of each patch's centre with the patch stem (see `Encoder`)."""

    name = "srt"

    def _make_encoder(self) -> Encoder:
        return Encoder(self.config, ray_channels=self.ray_channels)

    def encode(self, inputs: Views) -> Tensor:
        self.check(inputs, "input")
        size, cameras = self.config.size, self._in_first_frame(inputs, inputs, "input")
        if cameras.shape[1] != inputs.count:
            raise InputError(f"{cameras.shape[1]} cameras for {inputs.count} input views", "one for each")
        if self.encoder.rays_at_pixels:
            origins, directions = pixel_rays(cameras, inputs.K, query_positions(size, size, 1, cameras.device))
            rays = self._features(directions).unflatten(2, (size, size)), self._features(origins[:, :, 0])
        else:
            positions = query_positions(size, size, self.config.patch, cameras.device)
            rays = self._ray_features(cameras, inputs.K, positions)  # (B, V, P, R)
        return self.encoder(inputs.images, rays)
