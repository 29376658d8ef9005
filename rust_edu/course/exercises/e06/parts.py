"""Exercise 06.4, UpSRT from the reader's own parts of notebook 05: the model that the check compares with.

Public: `UpSRTWeights`, `UpSRTFromParts`, `MODEL` (the heading to reread).
Axes: B scenes, V input views, T target views, N queries, P patches of a view, K = V P tokens, D width.
"""

from torch import Tensor, nn

from ....models import ModelConfig, UpSRT
from ....views import Views
from ...exercise import Diagnosis
from ..e05.parts import Asked, attend, cut_patches, decode, encode_set, make_set, ray_queries

MODEL = "Drop what you cannot trust"


class NoRays(nn.Module):
    """Where SRT has the layer that brings the inputs' rays to the tokens. Nothing is learned here."""

    def forward(self, rays: Tensor) -> Tensor:
        raise Diagnosis("input-rays", "UpSRT has no weights for the rays of the inputs: leave out what SRT does with "
                        "`ray_projection`. The cameras of the inputs stay outside the encoder.",
                        seen="encoder.ray_projection(rays)", expected="tokens of pictures alone", reread=MODEL)


class UpSRTWeights(UpSRT):
    """The learned numbers of an UpSRT, under the names of the package's, without what is done with them."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.encoder.ray_projection = NoRays()

    def encode(self, inputs: Views) -> Tensor:
        raise NotImplementedError("Not done yet: `encode` is yours.")

    def queries(self, pose: Asked, positions: Tensor) -> Tensor:
        raise NotImplementedError("Not done yet: `queries` is yours.")

    def decode(self, queries: Tensor, slsr: Tensor) -> Tensor:
        raise NotImplementedError("Not done yet: `decode` is yours.")

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Asked:
        return Asked(targets.camera_to_world, inputs.camera_to_world[:, 0], targets.K)


class UpSRTFromParts(UpSRTWeights):
    """UpSRT as the reader assembles it."""

    def encode(self, inputs: Views) -> Tensor:
        encoder = self.encoder
        tokens = encoder.stem.project(cut_patches(2.0 * inputs.images - 1.0, self.config.patch))
        return encode_set(make_set(tokens, encoder.position, encoder.view_tag), encoder.blocks, encoder.norm, attend)

    def queries(self, pose: Asked, positions: Tensor) -> Tensor:
        return ray_queries(pose.cameras, pose.first, pose.K, positions, self.config.octaves, self.config.start_octave)

    def decode(self, queries: Tensor, slsr: Tensor) -> Tensor:
        return decode(queries, slsr, self.decoder, attend)
