"""Exercise 06.4, UpSRT from the reader's own parts of notebook 05: the model that the check compares with.

Public: `UpSRTWeights`, `UpSRTFromParts`, `MODEL` (the heading to reread).
Axes: B scenes, V input views, T target views, N queries, P patches of a view, K = V P tokens, D width.
"""

from torch import Tensor, nn

from ....models import ModelConfig, UpSRT
from ....views import Views
from ...checking.exercise import Diagnosis
from ...shared.srt_parts import SRTFromParts, Unassembled, attend, cut_patches, encode_set, make_set

MODEL = "Drop what you cannot trust"


class NoRays(nn.Module):
    """Where SRT has the layer that brings the inputs' rays to the tokens. Nothing is learned here."""

    def forward(self, rays: Tensor) -> Tensor:
        raise Diagnosis("input-rays", "UpSRT has no weights for the rays of the inputs: leave out what SRT does with "
                        "`ray_projection`. The cameras of the inputs stay outside the encoder.",
                        seen="encoder.ray_projection(rays)", expected="tokens of pictures alone", reread=MODEL)


class UpSRTWeights(Unassembled, UpSRT):
    """The learned numbers of an UpSRT, under the names of the package's, without what is done with them."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.encoder.ray_projection = NoRays()


class UpSRTFromParts(UpSRTWeights):
    """UpSRT as the reader assembles it: SRT without the rays of its inputs."""

    queries, decode = SRTFromParts.queries, SRTFromParts.decode

    def encode(self, inputs: Views) -> Tensor:
        encoder = self.encoder
        tokens = encoder.stem.project(cut_patches(2.0 * inputs.images - 1.0, self.config.patch))
        return encode_set(make_set(tokens, encoder.position, encoder.view_tag), encoder.blocks, encoder.norm, attend)
