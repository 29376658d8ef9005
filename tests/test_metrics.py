"""Metrics against hand-computed values, the libraries themselves, and pictures nobody should pass."""

import math

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from rust_edu.errors import InputError
from rust_edu.evaluation import metrics
from rust_edu.evaluation.metrics import HIGHER_IS_BETTER, METRICS, flip, lpips, lpips_missing, psnr, ssim

EXACT = ("psnr", "ssim", "flip")  # those that every machine has


def pictures(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, 3, generator=torch.Generator().manual_seed(seed))


def smooth(height: int, width: int) -> torch.Tensor:
    ramp = torch.linspace(0.2, 0.8, width).expand(height, width)
    return torch.stack([ramp, 1.0 - ramp, 0.5 * ramp], dim=-1)


def test_psnr_by_hand():
    truth = torch.full((4, 6, 3), 0.5)
    assert float(psnr(truth + 0.1, truth)) == pytest.approx(20.0, abs=1e-5)  # error 0.01
    one_pixel = truth.clone()
    one_pixel[0, 0] += 0.5  # 3 of 72 numbers are wrong by 0.5
    assert float(psnr(one_pixel, truth)) == pytest.approx(-10 * math.log10(0.25 * 3 / 72))
    assert math.isinf(float(psnr(truth, truth)))


def test_psnr_of_two_pictures_is_averaged_in_decibels():
    truth = torch.zeros(2, 4, 4, 3)
    prediction = torch.stack([torch.full((4, 4, 3), 0.1), torch.full((4, 4, 3), 0.01)])
    assert psnr(prediction, truth).tolist() == pytest.approx([20.0, 40.0])
    assert float(psnr(prediction, truth).mean()) == pytest.approx(30.0)
    of_the_mean_error = -10 * math.log10((0.01 + 0.0001) / 2)
    assert of_the_mean_error < 30.0 - 5.0  # what the docstring warns of


def test_ssim_is_scikit_images():
    a, b = pictures(32, 16), pictures(32, 16, seed=1)
    expected = structural_similarity(a.numpy(), b.numpy(), data_range=1.0, channel_axis=-1, sigma=1.5,
                                     gaussian_weights=True, use_sample_covariance=False)
    assert float(ssim(a, b)) == pytest.approx(expected, abs=1e-6)


def test_ssim_of_one_window_by_hand():
    """11 x 11 pixels: the window fits in one place, and the formula of Wang et al. can be written out."""
    a, b = pictures(11, 11).double().numpy(), pictures(11, 11, seed=1).double().numpy()
    weights = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
    weights = np.outer(weights, weights)[..., None] / weights.sum() ** 2
    mean_a, mean_b = (weights * a).sum((0, 1)), (weights * b).sum((0, 1))
    var_a, var_b = (weights * a**2).sum((0, 1)) - mean_a**2, (weights * b**2).sum((0, 1)) - mean_b**2
    covariance = (weights * a * b).sum((0, 1)) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    expected = ((2 * mean_a * mean_b + c1) * (2 * covariance + c2)
                / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean()
    assert float(ssim(torch.from_numpy(a), torch.from_numpy(b))) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("height, width", [(32, 16), (16, 8), (64, 32), (8, 4)])
def test_the_half_pictures_of_every_profile_fit(height, width):
    a = pictures(2, height, width)
    for name in EXACT:
        values = METRICS[name](a, a.flip(-2))
        assert values.shape == (2,) and values.dtype == torch.float64 and torch.isfinite(values).all(), name


@pytest.mark.parametrize("name, best", [("ssim", 1.0), ("flip", 0.0)])
def test_equal_pictures(name, best):
    values = METRICS[name](pictures(2, 32, 16), pictures(2, 32, 16))
    assert values.tolist() == pytest.approx([best, best], abs=1e-6)


@pytest.mark.parametrize("name", EXACT)
def test_more_noise_is_worse(name):
    truth, noise = smooth(32, 16), pictures(32, 16, seed=3) - 0.5
    little, much = (METRICS[name]((truth + s * noise).clamp(0, 1), truth) for s in (0.05, 0.4))
    assert bool(little > much) == HIGHER_IS_BETTER[name]


def test_flip_counts_details_only_where_they_can_be_seen():
    truth = smooth(32, 32)
    board = truth + 0.1 * ((torch.arange(32)[:, None] + torch.arange(32)) % 2 * 2 - 1)[..., None]
    assert float(flip(board, truth, 10.0)) > 2 * float(flip(board, truth, 67.0))


def test_numbers_do_not_depend_on_the_batch():
    a, b = pictures(2, 3, 16, 12), pictures(2, 3, 16, 12, seed=1)
    for name in EXACT:
        together = METRICS[name](a, b)
        assert together.shape == (2, 3)
        assert float(together[1, 2]) == pytest.approx(float(METRICS[name](a[1, 2], b[1, 2])), abs=1e-9)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("prediction, truth, says", [
    (torch.rand(3, 8, 8), torch.rand(3, 8, 8), "(..., H, W, 3)"),  # channels first
    (torch.rand(8, 8, 3), torch.rand(8, 4, 3), "two equal shapes"),
    (torch.rand(1, 8, 8, 3), torch.rand(8, 8, 3), "two equal shapes"),
    (torch.rand(8, 3), torch.rand(8, 3), "two equal shapes"),
    (torch.rand(0, 8, 8, 3), torch.rand(0, 8, 8, 3), "two equal shapes"),
    (torch.full((8, 8, 3), 7, dtype=torch.uint8), torch.rand(8, 8, 3), "Divide bytes by 255"),
    (torch.rand(8, 8, 3) + 1.0, torch.rand(8, 8, 3), "Clip a model's output"),
    (torch.rand(8, 8, 3), torch.full((8, 8, 3), math.nan), "display RGB in [0, 1]"),
])
def test_wrong_pictures(name, prediction, truth, says):
    with pytest.raises(InputError) as error:
        METRICS[name](prediction, truth)
    assert says in str(error.value) and "\n" not in str(error.value)


def test_lpips_says_why_not(monkeypatch, tmp_path):
    monkeypatch.setattr(metrics.importlib.util, "find_spec", lambda name: None)
    assert lpips(pictures(8, 8), pictures(8, 8)) is None and "not installed" in lpips_missing()
    monkeypatch.setattr(metrics.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert lpips(pictures(8, 8), pictures(8, 8)) is None and str(tmp_path) in lpips_missing()


def test_lpips_enlarges_small_pictures(monkeypatch):
    """With a network in its place that only looks at the size it is given."""
    def network(a, b, normalize):
        assert normalize and a.shape == b.shape == (6, 3, 128, 64)
        return (a - b).abs().mean((1, 2, 3), keepdim=True)

    monkeypatch.setattr(metrics, "lpips_missing", lambda: None)
    monkeypatch.setattr(metrics, "_lpips_network", lambda: network)
    dark, light = torch.zeros(2, 3, 32, 16, 3), torch.full((2, 3, 32, 16, 3), 0.25)
    assert torch.allclose(lpips(dark, light), torch.full((2, 3), 0.25, dtype=torch.float64))
