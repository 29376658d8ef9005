"""The window that SSIM looks through. Public: `window_mean`, `weights`."""

import torch
from torch import Tensor

SIDE, SIGMA = 11, 1.5  # pixels, as Wang et al. (IEEE TIP 2004)


def weights() -> Tensor:
    """The window's weights (11) along one side, a Gaussian that sums to 1; the window is their outer product."""
    x = torch.arange(SIDE) - SIDE // 2
    w = torch.exp(-0.5 * (x / SIGMA) ** 2)
    return w / w.sum()


def window_mean(pictures: Tensor) -> Tensor:
    """The weighted mean of every 11x11 window that fits: (..., H, W, 3) -> (..., H - 10, W - 10, 3).

    The weights are a Gaussian of standard deviation 1.5 pixels, and each channel has a mean of its own.
    """
    w = weights().to(pictures)
    for axis in (-3, -2):  # a Gaussian window is a product: first down, then across
        pictures = (pictures.unfold(axis, SIDE, 1) * w).sum(-1)
    return pictures
