"""SRT with one thing taken away, with the weights of the whole one: what each part of it is worth.

Public: `WorldFrame`, `NoInputRays`, `SwappedCameras`, `SwappedTargets`, `OneView`, `BROKEN`.
"""

from dataclasses import replace

import torch
from torch import Tensor

from ....models import SRT
from ....views import Views


class WorldFrame(SRT):
    """Rays of inputs and targets in the world's frame: no camera is relative to the first one."""

    def _in_first_frame(self, views: Views, inputs: Views, what: str) -> Tensor:
        return views.camera_to_world


class NoInputRays(SRT):
    """The inputs come without rays: patches say what was seen, not from where."""

    def encode(self, inputs: Views) -> Tensor:
        return self.encoder(inputs.images)


class SwappedCameras(SRT):
    """The right cameras with the wrong pictures: those of all inputs but the first are handed round."""

    def encode(self, inputs: Views) -> Tensor:
        first, others = inputs.camera_to_world.split([1, inputs.count - 1], dim=1)
        return super().encode(replace(inputs, camera_to_world=torch.cat([first, others.roll(1, dims=1)], dim=1)))


class SwappedTargets(SRT):
    """Each target is asked for by the camera of the target before it, the first one by the last one's."""

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Tensor:
        cameras = targets.camera_to_world.roll(1, dims=1)
        return super().pose(inputs, replace(targets, camera_to_world=cameras), slsr, right)


class OneView(SRT):
    """Only the first input view is encoded."""

    def encode(self, inputs: Views) -> Tensor:
        return super().encode(inputs[:, :1])


BROKEN = {"rays in the world's frame": WorldFrame, "no rays at the inputs": NoInputRays,
          "input cameras swapped": SwappedCameras, "target cameras swapped": SwappedTargets,
          "one input view": OneView}
