"""What SRT, UpSRT and RUST share: encode the inputs, find the pose of each target, ask, decode.

    slsr    = model.encode(inputs)                       input views -> (B, K, D)
    pose    = model.pose(inputs, targets, slsr, right)   a target's pose, in the form this model understands
    queries = model.queries(pose, positions)             pose and pixel positions -> (B, T, N, Q)
    colours = model.decode(queries, slsr)                -> (B, T, N, p * p * 3)

The models differ in `encode` (do rays enter?), `pose` and `queries` (rays, or a latent pose with a pixel
position) and in nothing else. Public: `SceneModel`.
"""

from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Self

import torch
from torch import Tensor, nn

from ..errors import InputError
from ..views import Views, from_patches, query_positions
from .config import ModelConfig
from .decoder import Decoder
from .encoder import Encoder
from .weights import load_weights, shipped_weights

QUERIES_AT_ONCE = 4096  # of each target, in `render`: a paper-size picture has four times as many


class SceneModel(nn.Module, ABC):
    """Base of the three models. Subclasses set `name`, `encoder` and `decoder`, and give `encode`, `pose`
    and `queries`."""

    name: str
    config_type = ModelConfig
    encoder: Encoder
    decoder: Decoder

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config

    @classmethod
    def from_pretrained(cls, name: str = "laptop") -> Self:
        """The model with the weights shipped under this name, in eval mode on the CPU.

        Raises WeightsError if there are none.
        """
        return load_weights(shipped_weights(cls.name, name), cls)[0]

    @abstractmethod
    def encode(self, inputs: Views) -> Tensor:
        """Input views -> set-latent scene representation (B, V P, D), V from 1 on.

        Raises InputError for pictures of another size or type, and for no views.
        """

    @abstractmethod
    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Tensor:
        """The pose of each target view, (B, T, ...), as this model's queries want it.

        `right` says which half of a target a pose estimator may see: one bool, or a bool tensor (B, T).
        Models that are given cameras ignore it, and the target pictures; a pose estimator ignores cameras.
        """

    @abstractmethod
    def queries(self, pose: Tensor, positions: Tensor) -> Tensor:
        """Poses (B, T, ...) and positions (N, 2) or (B, T, N, 2) in pixels -> queries (B, T, N, Q)."""

    def decode(self, queries: Tensor, slsr: Tensor) -> Tensor:
        """Queries (B, T, N, Q) and the SLSR (B, K, D) -> colours (B, T, N, p * p * 3), unclipped.

        Raises InputError unless they belong to the same number of scenes.
        """
        if queries.ndim != 4 or slsr.ndim != 3 or len(queries) != len(slsr):
            raise InputError(f"queries {tuple(queries.shape)} to a scene representation {tuple(slsr.shape)}",
                             "(scenes, targets, queries, Q) and (scenes, tokens, width)")
        return self.decoder(queries, slsr)

    def forward(self, inputs: Views, targets: Views, positions: Tensor,
                right: Tensor | bool = False) -> Tensor:
        """Colours (B, T, N, p * p * 3) of target views at positions (N, 2): what a training step compares."""
        slsr = self.encode(inputs)
        return self.decode(self.queries(self.pose(inputs, targets, slsr, right), positions), slsr)

    def positions(self, device=None) -> Tensor:
        """All query positions (N, 2) of a whole picture."""
        return query_positions(self.config.size, self.config.size, self.config.query_patch, device)

    @torch.no_grad()
    def render(self, pose: Tensor, slsr: Tensor, size: int | None = None) -> Tensor:
        """Whole pictures (B, T, H, W, 3) in [0, 1] for poses (B, T, ...) as `pose` returns them.

        With `size` the same views in size x size pixels: a query may be asked anywhere, also between the pixels that
        the model was trained on. Raises InputError for another size of a model whose queries are patches.
        """
        own, patch = self.config.size, self.config.query_patch
        size = size or own
        if size != own and patch > 1:
            raise InputError(f"pictures of {size} pixels by a model that draws patches of {patch}x{patch}",
                             f"{own} pixels, or a model with query_patch = 1")
        some = (query_positions(size, size, patch, slsr.device) * (own / size)).split(QUERIES_AT_ONCE)
        colours = torch.cat([self.decode(self.queries(pose, where), slsr) for where in some], dim=2)
        return from_patches(colours, size, size, patch).clamp(0.0, 1.0)

    @torch.no_grad()
    def predict(self, inputs: Views, targets: Views) -> Tensor:
        """Whole pictures (B, T, H, W, 3) in [0, 1] of the target views, given the inputs.

        Of the targets a model uses what its `pose` uses: the left half of each picture, or the cameras.
        """
        slsr = self.encode(inputs)
        return self.render(self.pose(inputs, targets, slsr), slsr)

    def check(self, views: Views, what: str) -> None:
        """Raise InputError unless the views are float pictures of this model's size, and at least one."""
        shape, size = tuple(views.images.shape), self.config.size
        if len(shape) != 5 or shape[2:] != (size, size, 3):
            raise InputError(f"{what} views of shape {shape}",
                             f"(scenes, views, {size}, {size}, 3), colours last")
        if shape[1] == 0:
            raise InputError(f"no {what} views", "at least one")
        if not views.images.is_floating_point():
            raise InputError(f"{what} views of type {views.images.dtype}", "colours as floats in [0, 1]",
                             "Divide bytes by 255.")

    def parameters_count(self) -> int:
        """How many numbers the model has learned."""
        return sum(p.numel() for p in self.parameters())

    def description(self) -> dict:
        """What is needed to build this model again: its name and configuration."""
        return {"model": self.name, "config": asdict(self.config)}
