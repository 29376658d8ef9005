"""Views: what a model sees of a batch of scenes, and the pieces that training and evaluation cut them into.

Public: `Views`, `half`, `query_positions`, `to_patches`, `from_patches`.
Axes: B scenes, V views (T target views), H W pixels, N queries, p the side of the patch one query decodes.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .errors import InputError


@dataclass
class Views:
    """V views of each of B scenes."""

    images: Tensor  # (B, V, H, W, 3) display RGB in [0, 1]
    camera_to_world: Tensor | None  # (B, V, 4, 4); None: nobody knows them, as of photographs
    # Intrinsics in pixels, (3, 3) if all views share them, else (B, V, 3, 3); None where the cameras are
    K: Tensor | None
    label: Tensor | None = None  # (B, V, H, W) uint8, see scenes.render
    depth: Tensor | None = None  # (B, V, H, W), infinity for sky

    @property
    def count(self) -> int:
        return self.images.shape[1]

    def __getitem__(self, index) -> "Views":
        """Some scenes or views: the index applies to the axes (B, V), e.g. `views[:, :3]`.

        Use slices or tensors: a plain number drops its axis, and what is left is no batch of views any more.
        """
        pick = {name: None if value is None else value[index] for name, value in
                (("images", self.images), ("camera_to_world", self.camera_to_world),
                 ("label", self.label), ("depth", self.depth))}
        if self.K is not None and self.K.ndim == 4:
            pick["K"] = self.K[index]
        return replace(self, **pick)

    def split(self, inputs: int, targets: int | None = None) -> tuple["Views", "Views"]:
        """The first `inputs` views, and the `targets` views after them (all the rest if not given).

        Raises InputError unless there is at least one of each and they are no more than there are.
        """
        targets = self.count - inputs if targets is None else targets
        if inputs < 1 or targets < 1 or inputs + targets > self.count:
            raise InputError(f"{inputs} input and {targets} target views of scenes with {self.count} views",
                             "at least one of each, and no more than there are together")
        return self[:, :inputs], self[:, inputs:inputs + targets]

    def to(self, device) -> "Views":
        """The same views on another device."""
        return Views(*(None if t is None else t.to(device) for t in
                       (self.images, self.camera_to_world, self.K, self.label, self.depth)))


def half(images: Tensor, right: Tensor | bool) -> Tensor:
    """The left or right half (..., H, W/2, 3) of images (..., H, W, 3).

    `right` is one bool, or a bool tensor with the leading axes of the images: one choice for each image.
    Raises InputError if the width is odd, or `right` holds numbers.
    """
    if images.shape[-2] % 2:
        raise InputError(f"pictures {images.shape[-2]} pixels wide have no middle", "an even width")
    left_half, right_half = images.chunk(2, dim=-2)
    if isinstance(right, Tensor):
        if right.dtype != torch.bool:
            raise InputError(f"`right` of dtype {right.dtype}", "bool: True for the right half")
        return torch.where(right[..., None, None, None], right_half, left_half)
    return right_half if right else left_half


def query_positions(height: int, width: int, patch: int = 1, device=None) -> Tensor:
    """Positions (N, 2) as (x, y) in pixels of the centres of the p x p patches of a picture, row by row.

    N = (H / p) (W / p); with patch = 1 these are the pixel centres. Raises InputError if the patch does not
    divide the picture.
    """
    _check_patch(height, width, patch)
    y = (torch.arange(height // patch, device=device) + 0.5) * patch
    x = (torch.arange(width // patch, device=device) + 0.5) * patch
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).reshape(-1, 2)


def to_patches(images: Tensor, patch: int = 1) -> Tensor:
    """Images (..., H, W, C) as the patches (..., N, p * p * C) that belong to `query_positions`.

    Within a patch the pixels go row by row, channels last. Raises InputError if the patch does not divide the
    picture.
    """
    *lead, H, W, C = images.shape
    _check_patch(H, W, patch)
    cut = images.reshape(*lead, H // patch, patch, W // patch, patch, C)
    return cut.transpose(-4, -3).reshape(*lead, -1, patch * patch * C)


def from_patches(patches: Tensor, height: int, width: int, patch: int = 1) -> Tensor:
    """The inverse of `to_patches`: (..., N, p * p * C) -> (..., H, W, C).

    Raises InputError if the patch does not divide the picture, or the patches do not make it up.
    """
    _check_patch(height, width, patch)
    *lead, N, size = patches.shape
    if N * patch * patch != height * width or size % (patch * patch):
        raise InputError(f"{N} patches of {size} numbers for a picture of {height}x{width} pixels",
                         f"{height * width // patch**2} patches of {patch}x{patch} pixels")
    C = size // (patch * patch)
    cut = patches.reshape(*lead, height // patch, width // patch, patch, patch, C)
    return cut.transpose(-4, -3).reshape(*lead, height, width, C)


def _check_patch(height: int, width: int, patch: int) -> None:
    if patch < 1 or height % patch or width % patch:
        raise InputError(f"a picture of {height}x{width} pixels cannot be cut into patches of {patch}",
                         "a patch of 1 or more that divides height and width")
