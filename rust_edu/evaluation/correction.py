"""A posed model that looks: told a camera, it corrects it on the half of the target that RUST may see.

RUST is shown the left half of a target; SRT is told a camera and shown nothing. To compare them fairly, SRT may use
the same half: six numbers for each target, a turn and a step in the camera's own frame, are fitted to the colours of
the left half by gradient descent through the decoder. RUST's pose estimator does it in one pass: it is the amortised
form of this.

Public: `Looking`.
"""

from dataclasses import replace

import torch
from torch import Tensor

from ..cameras import from_rotation, so3_exp
from ..models import UpSRT
from ..views import Views, to_patches

STEPS, RATE = 80, 0.01  # of Adam; in radians and units of the scene


class Looking:
    """An SRT or UpSRT that corrects its target cameras before it draws: anything that `evaluate_scenes` takes."""

    def __init__(self, model: UpSRT, steps: int = STEPS, rate: float = RATE) -> None:
        self.model, self.steps, self.rate = model, steps, rate
        self.name = f"{model.name}_looking"

    def predict(self, inputs: Views, targets: Views) -> Tensor:
        """Whole pictures (B, T, H, W, 3) in [0, 1] from the corrected cameras."""
        device = targets.images.device
        inputs, targets = (views.to(next(self.model.parameters()).device) for views in (inputs, targets))
        slsr = self.model.encode(inputs)
        corrected = self.correct(inputs, targets, slsr)
        return self.model.render(self.model.pose(inputs, corrected, slsr), slsr).to(device)

    def correct(self, inputs: Views, targets: Views, slsr: Tensor) -> Views:
        """The targets with cameras (B, T, 4, 4) that fit their left halves better.

        Uses the cameras as they are told, and no pixel of a right half. Each target is corrected on its own.
        """
        model, told = self.model, targets.camera_to_world
        everywhere, size = model.positions(told.device), model.config.size
        left = everywhere[:, 0] < size / 2
        truth = to_patches(targets.images, model.config.query_patch)[:, :, left]  # (B, T, N / 2, p p 3)
        motion = told.new_zeros(*told.shape[:2], 6)  # a rotation vector and a translation, in the camera's frame
        with torch.enable_grad():
            motion.requires_grad_()
            adam = torch.optim.Adam([motion], lr=self.rate)
            for step in range(self.steps):
                for group in adam.param_groups:
                    group["lr"] = self.rate * (1.0 - step / self.steps)
                pose = model.pose(inputs, replace(targets, camera_to_world=_moved(told, motion)), slsr.detach())
                colours = model.decode(model.queries(pose, everywhere[left]), slsr.detach())
                # A sum over targets: no target's error changes another's gradient.
                (motion.grad,) = torch.autograd.grad(((colours - truth) ** 2).mean((-1, -2)).sum(), motion)
                adam.step()
        return replace(targets, camera_to_world=_moved(told, motion.detach()))


def _moved(cameras: Tensor, motion: Tensor) -> Tensor:
    return cameras @ from_rotation(so3_exp(motion[..., :3]), motion[..., 3:])
