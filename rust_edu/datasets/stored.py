"""What training wants of scenes that lie in memory: some of them, at random.

Public: `StoredScenes`, `check_draw`.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from ..errors import InputError
from ..views import Views


class StoredScenes(ABC):
    """Base of data sets in memory: `count` views of each of `len(self)` scenes, on one `device`, `size` pixels wide."""

    count: int
    size: int
    device: torch.device

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def views(self, scenes: Tensor | slice, views: Tensor | slice = slice(None)) -> Views:
        """Views of some scenes, images float in [0, 1]: slices, or indices scenes (B, 1) and views (B, V)."""

    def draw(self, batch: int, views: int, generator: torch.Generator) -> Views:
        """`views` different random views of each of `batch` random scenes: what a training step sees.

        A scene may come twice. The generator lives on the CPU, whatever the device of the data set.
        Raises InputError if there are not that many views of a scene.
        """
        check_draw(batch, views, self.count)
        scenes = torch.randint(len(self), (batch, 1), generator=generator)
        order = torch.rand(batch, self.count, generator=generator).argsort(1)[:, :views]
        return self.views(scenes.to(self.device), order.to(self.device))


def check_draw(batch: int, views: int, present: int) -> None:
    """Raise InputError unless a batch is at least one scene with 1 to `present` views."""
    if batch < 1 or not 1 <= views <= max(1, present):
        raise InputError(f"a batch of {batch} scenes with {views} views",
                         f"at least one scene, and 1 to {max(1, present)} views")
