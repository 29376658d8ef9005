"""What the cells of notebook 06 measure with: noise on some of the cameras, decibels, and looking at a known world.

Public: `with_noise`, `decibels`, `looking_at`, `WHO`.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Generator, Tensor

from ....datasets import SceneSet
from ....evaluation.protocol import INPUTS, TARGETS, evaluate_views
from ....scenes.render import render
from ....views import Views

NOISE_SEED = 6
WHO = {"the targets": slice(INPUTS, None), "the first input": slice(0, 1), "the other inputs": slice(1, INPUTS)}


def with_noise(views: Views, noise: Callable, sigma: float, who: slice = slice(None), seed: int = NOISE_SEED) -> Views:
    """The same pictures; the cameras of the views `who` are wrong. `noise` is `noisy_cameras`, yours or the package's.

    The twists depend on the seed alone: the same camera errs the same way at any sigma, only farther.
    """
    twist = torch.randn(*views.camera_to_world.shape[:2], 6, generator=Generator().manual_seed(seed))
    cameras = views.camera_to_world.clone()
    cameras[:, who] = noise(cameras[:, who], twist[:, who], sigma)
    return replace(views, camera_to_world=cameras)


def decibels(model, views: Views) -> tuple[float, float]:
    """PSNR of right halves by the half-image protocol: the mean over scenes, and its standard error."""
    scenes = evaluate_views(model, views, INPUTS, TARGETS, metrics=("psnr",))["psnr"].mean(1)
    return float(scenes.mean()), float(scenes.std() / len(scenes) ** 0.5)


def looking_at(scenes: SceneSet, number: int) -> Callable[[Tensor], Tensor]:
    """What cameras (N, 4, 4) see of a scene whose objects we know, as we made it: pictures (N, H, W, 3)."""
    scene, size = scenes.scenes()[number:number + 1], scenes.size

    def look(cameras: Tensor) -> Tensor:
        return render(scene, cameras[None], scenes.K, size, size).colour[0].clamp(0.0, 1.0)

    return look
