"""The configuration of a model: everything that sizes it. It is saved with the weights."""

from dataclasses import dataclass

from torch import nn

from ..errors import InputError
from .layers import ConvStem, PatchStem


@dataclass(frozen=True)
class ModelConfig:
    size: int = 32  # side of the square pictures, pixels
    stem: str = "patch"  # "patch" (ViT) or "conv" (SRT)
    patch: int = 8  # side of the patch that becomes one token; 2^blocks for "conv"
    width: int = 64  # D, of tokens and queries
    heads: int = 2  # attention heads; 24 or more numbers a head
    hidden: int = 128  # hidden width of the MLPs in transformer blocks
    encoder_layers: int = 2
    pose_layers: int = 2
    decoder_layers: int = 2
    render: tuple[int, ...] = (128,)  # hidden widths of the MLP that turns a decoded query into colour
    latent: int = 8  # numbers in a latent pose
    query_patch: int = 1  # side of the patch that one query decodes; 1 is the papers' way, a pixel a query
    octaves: int = 9  # frequencies of ray features, from 2^start_octave on
    start_octave: int = -4
    pixel_octaves: int = 5  # frequencies of the pixel position in RUST's query
    gelu: bool = False  # GELU instead of ReLU in transformer blocks

    def __post_init__(self) -> None:
        for side, name in ((self.patch, "patch"), (self.query_patch, "query_patch")):
            if side < 1 or self.size % side or (name == "patch" and (self.size // 2) % side):
                raise InputError(f"{name} {side} for pictures of {self.size}x{self.size} pixels",
                                 "a patch that divides the size, and half of it", "Change the size or the patch.")
        if self.stem not in ("patch", "conv") or (self.stem == "conv" and self.patch & (self.patch - 1)):
            raise InputError(f"stem {self.stem!r} with patch {self.patch}",
                             "'patch', or 'conv' with a patch that is a power of two")
        if self.width % self.heads:
            raise InputError(f"width {self.width} with {self.heads} heads", "a width that the number of heads divides")

    @property
    def tokens(self) -> int:
        """P, tokens of one view."""
        return (self.size // self.patch) ** 2

    def make_stem(self, channels: int) -> nn.Module:
        if self.stem == "patch":
            return PatchStem(channels=channels, patch=self.patch, width=self.width)
        return ConvStem(channels=channels, blocks=self.patch.bit_length() - 1, width=self.width)

    def block_arguments(self) -> dict:
        return dict(width=self.width, heads=self.heads, hidden=self.hidden, activation=nn.GELU if self.gelu else nn.ReLU)
