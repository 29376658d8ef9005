"""The configuration of a model: everything that sizes it. It is saved with the weights.

Public: `ModelConfig`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from ..errors import InputError
from .layers import ConvStem, PatchStem

# The least and the most that each number may be. The upper ends are far above any use: they are there so that
# a damaged weight file gives an error, and not a model that fills the memory.
_SIZES = ("size", "patch", "width", "heads", "hidden", "latent", "query_patch")
_LIMITS = {name: (1, 2**16) for name in _SIZES} | {"pose_patch": (0, 2**16), "query_width": (0, 2**16)}
_LIMITS |= {"encoder_layers": (0, 256), "pose_layers": (0, 256), "decoder_layers": (1, 256)}
_LIMITS |= {"octaves": (1, 64), "start_octave": (-64, 64), "pixel_octaves": (1, 64)}

# Of learned positions at the start: as large as the contents of patches, so that attention can tell places
# apart from the first step. ViT's usual 0.02 has to grow first (benchmarks/README.md).
POSITION_STD = 0.7


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of SRT, UpSRT and RUST; the defaults are the `laptop` profile's, but for the patches.

    Raises InputError for numbers of the wrong type or size, a patch that does not divide the picture and half
    of it (the pose estimator sees half), a stem without name, or a width that the heads do not divide.
    """

    size: int = 32  # side of the square pictures, pixels
    stem: str = "patch"  # "patch" (ViT) or "conv" (SRT)
    patch: int = 8  # side of the patch that becomes one token; 2^blocks for "conv"
    pose_patch: int = 0  # the same for the pose estimator; 0: as `patch`. Finer sees better where things moved
    width: int = 64  # D, of tokens and queries
    heads: int = 2  # attention heads; 24 or more numbers a head
    hidden: int = 128  # hidden width of the MLPs in transformer blocks
    encoder_layers: int = 2
    pose_layers: int = 2
    decoder_layers: int = 2
    render: tuple[int, ...] = (128,)  # hidden widths of the MLP that turns a decoded query into colour
    latent: int = 8  # numbers in a latent pose
    relative: bool = False  # latent poses count from the mean of the input views' own; not in the paper
    query_patch: int = 1  # side of the patch that one query decodes; 1 is the papers' way, a pixel a query
    octaves: int = 9  # frequencies of ray features, from 2^start_octave on
    start_octave: int = -4
    pixel_octaves: int = 5  # frequencies of the pixel position in RUST's query
    pixel: bool = False  # SRT's and UpSRT's queries carry the pixel's position too, beside the ray; not in the papers
    gelu: bool = False  # GELU instead of ReLU in transformer blocks
    query_width: int = 0  # of queries inside the decoder; 0: as wide as tokens. The improved SRT's are narrow

    def __post_init__(self) -> None:
        for name, (least, most) in _LIMITS.items():
            _check_whole(name, getattr(self, name), least, most)
        if not isinstance(self.render, tuple) or len(self.render) > 64:
            raise InputError(f"render {self.render!r:.50}", "a tuple of up to 64 widths")
        for width in self.render:
            _check_whole("a width in render", width, 1, 2**16)
        for name in ("gelu", "relative", "pixel"):
            if not isinstance(getattr(self, name), bool):
                raise InputError(f"{name} {getattr(self, name)!r:.50}", "True or False")
        halved = ("patch", "pose_patch")  # the pose estimator sees half a picture
        for name in (*halved, "query_patch"):
            side = getattr(self, name) or self.patch
            if self.size % side or (name in halved and (self.size % 2 or (self.size // 2) % side)):
                raise InputError(f"{name} {side} for pictures of {self.size}x{self.size} pixels",
                                 "a patch that divides the size" + ", and half of it" * (name in halved),
                                 "Change the size or the patch.")
        patches = self.patch, self.pose_patch
        if self.stem not in ("patch", "conv") or (self.stem == "conv" and any(p & (p - 1) for p in patches)):
            raise InputError(f"stem {self.stem!r:.50} with patches {patches}",
                             "'patch', or 'conv' with patches that are powers of two")
        if self.stem == "conv" and self.width % 8:
            raise InputError(f"stem 'conv' with width {self.width}", "a width that 8 divides")
        if self.width % self.heads:
            raise InputError(f"width {self.width} with {self.heads} heads",
                             "a width that the number of heads divides")

    @property
    def tokens(self) -> int:
        """P, tokens of one view."""
        return (self.size // self.patch) ** 2

    @property
    def pose_tokens(self) -> int:
        """Tokens of the half picture that the pose estimator sees."""
        return (self.size // (self.pose_patch or self.patch)) ** 2 // 2

    def make_stem(self, channels: int, patch: int, constant: Sequence[int] = ()) -> nn.Module:
        """A module from images (B, H, W, channels) to tokens (B, P, D), one for each patch of this side.

        `constant` is for the conv stem alone, see `ConvStem`.
        """
        if self.stem == "patch":
            return PatchStem(channels=channels, patch=patch, width=self.width)
        return ConvStem(channels=channels, blocks=patch.bit_length() - 1, width=self.width, constant=constant)

    def block_arguments(self) -> dict:
        """What every `Block` of a model of this configuration has in common."""
        return dict(width=self.width, heads=self.heads, hidden=self.hidden,
                    activation=nn.GELU if self.gelu else nn.ReLU)


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:  # bool is an int to isinstance
        raise InputError(f"{name} {value!r:.50}", f"a whole number from {least} to {most}")
