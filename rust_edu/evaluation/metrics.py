"""How close is a predicted picture to the true one? PSNR, SSIM, FLIP, and LPIPS where it can be had.

Each takes predictions and truths (..., H, W, 3), display RGB in [0, 1], and returns (...) numbers, one for
each picture, as float64 on the CPU. Averages are taken afterwards, over pictures.

    psnr    decibels, higher is better; infinity for equal pictures. Blind to structure
    ssim    -1 to 1, higher is better. Wang et al., IEEE TIP 2004, by scikit-image
    flip    0 to 1, lower is better. Andersson et al., HPG 2020: the difference an eye sees when flipping
            between two pictures, by NVIDIA's flip-evaluator
    lpips   0 and up, lower is better. Zhang et al., CVPR 2018; None without weights on this machine: nothing
            is ever downloaded here, and `lpips_missing()` says what to do

Public: `psnr`, `ssim`, `flip`, `lpips`, `lpips_missing`, `METRICS`, `HIGHER_IS_BETTER`.
All raise InputError for shapes that differ or are no pictures, for NaN, and for values outside [0, 1].
"""

import importlib
import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError

SSIM_WINDOW = 11  # pixels, with Gaussian weights of standard deviation 1.5, as Wang et al.
PIXELS_PER_DEGREE = 10.0  # for FLIP: 32 pixels shown 3.4 cm wide, as in the notebooks, seen from 60 cm
LPIPS_LEAST = 64  # pixels: the network of LPIPS shrinks a picture by 32, so smaller ones are enlarged first
LPIPS_WEIGHTS = "alexnet-owt-7be5be79.pth"


def psnr(prediction: Tensor, truth: Tensor) -> Tensor:
    """Peak signal-to-noise ratio (...) in decibels, -10 log10 of the mean squared error, for a peak of 1.

    Papers average the decibels of pictures, so we do too. The decibels of the mean error are a smaller number
    (the logarithm is concave), and one bad picture decides them; the two must not be compared.
    """
    _check(prediction, truth)
    prediction, truth = (t.detach().cpu().double() for t in (prediction, truth))
    return -10.0 * (prediction - truth).square().mean((-3, -2, -1)).log10()


def ssim(prediction: Tensor, truth: Tensor) -> Tensor:
    """Structural similarity (...): mean over all places where the window fits, and over the three channels.

    In pictures narrower than the window (11 pixels) it reaches over the border and sees the picture mirrored.
    """
    from skimage.metrics import structural_similarity

    _check(prediction, truth)
    window = min(SSIM_WINDOW, *prediction.shape[-3:-1])
    window -= 1 - window % 2  # odd
    return _each(prediction, truth, lambda a, b: structural_similarity(
        a, b, win_size=window, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0,
        channel_axis=-1))


def flip(prediction: Tensor, truth: Tensor, pixels_per_degree: float = PIXELS_PER_DEGREE) -> Tensor:
    """Mean FLIP (...) of each picture, for an observer who sees so many pixels in a degree of visual angle.

    The package's default, 67, is a whole screen seen from 70 cm: there a picture of 32 pixels is half a
    degree wide, a speck whose details do not count. Compare only numbers of the same `pixels_per_degree`.
    """
    from flip_evaluator import evaluate

    view = {"ppd": float(pixels_per_degree)}
    return _each(prediction, truth,
                 lambda a, b: evaluate(b, a, "LDR", applyMagma=False, parameters=dict(view))[1])


def lpips(prediction: Tensor, truth: Tensor) -> Tensor | None:
    """LPIPS (...) with AlexNet, pictures enlarged to 64 pixels; None if `lpips_missing()` says why."""
    _check(prediction, truth)
    if lpips_missing():
        return None
    network = _lpips_network()
    a, b = (t.detach().float().cpu().reshape(-1, *t.shape[-3:]).movedim(-1, 1) for t in (prediction, truth))
    factor = max(1.0, LPIPS_LEAST / min(a.shape[-2:]))
    if factor > 1.0:
        a, b = (torch.nn.functional.interpolate(t, scale_factor=factor, mode="bilinear") for t in (a, b))
    with torch.no_grad():
        values = torch.cat([network(x, y, normalize=True).flatten()
                            for x, y in zip(a.split(64), b.split(64))])
    return values.double().reshape(prediction.shape[:-3])


def lpips_missing() -> str | None:
    """Why LPIPS cannot be computed on this machine, in one line; None if it can."""
    for package in ("lpips", "torchvision"):
        if importlib.util.find_spec(package) is None:
            return f"LPIPS needs the package {package}, which is not installed: pip install lpips torchvision"
    weights = Path(torch.hub.get_dir()) / "checkpoints" / LPIPS_WEIGHTS
    if not weights.exists():
        source = f"https://download.pytorch.org/models/{LPIPS_WEIGHTS}"
        return f"LPIPS needs the weights {weights}, which are not there: fetch them once from {source}"
    return None


@cache
def _lpips_network():
    # By name, not by an import statement: this package is neither needed nor declared.
    return importlib.import_module("lpips").LPIPS(net="alex", verbose=False).eval()


METRICS: dict[str, Callable[[Tensor, Tensor], Tensor | None]] = {
    "psnr": psnr, "ssim": ssim, "flip": flip, "lpips": lpips}
HIGHER_IS_BETTER = {"psnr": True, "ssim": True, "flip": False, "lpips": False}


def _each(prediction: Tensor, truth: Tensor, measure: Callable[[np.ndarray, np.ndarray], float]) -> Tensor:
    """`measure` of each pair of pictures (H, W, 3) as float32 arrays: (...)."""
    _check(prediction, truth)
    a, b = (np.ascontiguousarray(t.detach().float().cpu().numpy().reshape(-1, *t.shape[-3:]).clip(0.0, 1.0))
            for t in (prediction, truth))
    values = torch.tensor([float(measure(x, y)) for x, y in zip(a, b)], dtype=torch.float64)
    return values.reshape(prediction.shape[:-3])


def _check(prediction: Tensor, truth: Tensor) -> None:
    shapes = tuple(prediction.shape), tuple(truth.shape)
    if shapes[0] != shapes[1] or len(shapes[0]) < 3 or shapes[0][-1] != 3 or 0 in shapes[0]:
        raise InputError(f"pictures of shapes {shapes[0]} and {shapes[1]}", "two equal shapes (..., H, W, 3)",
                         "Colours are the last axis; cut both pictures to the same half.")
    for name, value in (("prediction", prediction), ("truth", truth)):
        if not value.is_floating_point():
            raise InputError(f"a {name} of type {value.dtype}", "floating point in [0, 1]",
                             "Divide bytes by 255.")
        low, high = (float(v) for v in value.detach().aminmax())
        if not (low >= -1e-4 and high <= 1.0 + 1e-4):  # written so that NaN fails too
            raise InputError(f"a {name} with values from {low:.4g} to {high:.4g}", "display RGB in [0, 1]",
                             "Clip a model's output with .clamp(0, 1).")
