"""Exercise 02.2, peak signal-to-noise ratio: cases, known mistakes, properties."""

import math

import torch
from torch import Tensor

from ...checking.exercise import Case, Diagnosis, Suspect
from .common import DECIBELS, a_tensor, pictures

PICTURE = (-3, -2, -1)


def psnr(prediction: Tensor, truth: Tensor) -> Tensor:
    """Decibels (...) of pictures (..., H, W, 3) in [0, 1]: -10 log10 of the mean squared error of each."""
    return -10.0 * (prediction - truth).square().mean(PICTURE).log10()


def cases(g):
    grey = torch.full((2, 2, 3), 0.5)
    yield Case("grey pictures, 0.1 apart", grey, grey + 0.1)
    yield Case("grey pictures, 0.001 apart", grey, grey + 0.001)
    truth = torch.rand(3, 4, 5, 3, generator=g)
    over = 0.3 * torch.rand(truth.shape, generator=g)
    for where, sign in (("below 0 and above 1", torch.where(torch.rand(truth.shape, generator=g) < 0.5, -1.0, 1.0)),
                        ("below 0", -1.0), ("above 1", 1.0)):
        yield Case(f"predictions with colours {where}", truth + 4 * sign * over, truth).asking(OVERSHOOT)
    yield Case("predictions that miss by more than the peak", truth + 3.0 + over, truth).asking(
        "An error larger than the peak gives decibels below 0.")
    yield Case("a black picture, missed by a ten-millionth", torch.zeros(2, 3, 3) + 1e-7, torch.zeros(2, 3, 3)).asking(
        "However small the error is, nothing is added to it, and there is no limit to the decibels.")
    for shape in ((4, 5), (3, 6, 4), (2, 5, 4, 6), (4, 2, 3, 3)):
        truth = pictures(g, *shape)
        # An error of its own size in each picture and channel: averages in another order give other numbers.
        size = 0.25 * torch.rand(*shape[:-2], 1, 1, 3, generator=g) + 0.02
        error = size * (torch.rand(truth.shape, generator=g) - 0.3)  # up and down, and not 0 in the mean
        yield Case(f"random pictures of shape {(*shape, 3)}", (truth + error).clamp(0, 1), truth)


OVERSHOOT = ("What a prediction overshoots, below 0 or above 1, is an error too: take it as it is. Whoever shows a "
             "picture clips it.")


def of_mse(formula, error=lambda p, t: (p - t).square(), axes=PICTURE):
    return lambda p, t: formula(error(p, t).mean(axes))


def decibels(mse: Tensor) -> Tensor:
    return -10.0 * mse.log10()


def _same_for_all(p, t):
    return decibels((p - t).square().mean()).expand(p.shape[:-3])


AXES = ("You average over the wrong axes. A picture is the last three, (H, W, 3): one number is left for each picture, "
        "however many axes stand before.")
ALL = ("You average over all pictures at once. Each picture has a number of its own; the mean over pictures is taken "
       "afterwards, of the decibels.")
SUSPECTS = (
    Suspect("peak-255", of_mse(lambda m: 20 * torch.tensor(255.0).log10() + decibels(m)), "You take 255 as the peak. "
            "These pictures are numbers from 0 to 1, so the peak is 1; 255 is the peak of bytes. That is 48 dB too "
            "much.",
            DECIBELS),
    Suspect("peak-not-squared", of_mse(lambda m: 10 * torch.tensor(255.0).log10() + decibels(m)), "You take 255 as the "
            "peak, and do not square it. Here the peak is 1.", DECIBELS),
    Suspect("scaled-to-255", of_mse(lambda m: decibels(255.0**2 * m)), "You turn the pictures into numbers up to 255 "
            "and then take 1 as the peak. Error and peak must be in the same unit: leave the pictures as they "
            "are.", DECIBELS),
    Suspect("peak-of-the-picture", lambda p, t: decibels((p - t).square().mean(PICTURE) / t.amax(PICTURE).square()),
            "You take the brightest pixel as the peak. The peak is what a pixel *could* be, 1, or a dark picture would "
            "get another ruler than a bright one.", DECIBELS),
    Suspect("peak-of-the-picture", lambda p, t: decibels((p - t).square().mean(PICTURE) / t.max().square()),
            "You take the brightest pixel as the peak. The peak is what a pixel *could* be, 1, or a dark picture would "
            "get another ruler than a bright one.", DECIBELS),
    Suspect("peak-of-the-picture", lambda p, t: decibels((p - t).square().mean(PICTURE) / (t.amax(PICTURE) - t.amin(
            PICTURE)).square()), "You take the range of the picture's colours as the peak. The peak is what a pixel "
            "*could* be, 1.", DECIBELS),
    Suspect("peak-of-the-picture", lambda p, t: decibels((p - t).square().mean(PICTURE) / p.amax(PICTURE).square()),
            "You take the brightest pixel of the prediction as the peak. The peak is what a pixel *could* be, 1.",
            DECIBELS),
    Suspect("largest-error", of_mse(decibels, lambda p, t: (p - t).square().amax(PICTURE, keepdim=True)), "You take "
            "the largest squared error of a picture. The mean is asked for.", DECIBELS),
    Suspect("absolute-decibels", lambda p, t: psnr(p, t).abs(), "You take the absolute value. An error larger than the "
            "peak has decibels below 0, as it should.", DECIBELS),
    Suspect("natural-log", of_mse(lambda m: -10 * m.log()), "This is the natural logarithm. Decibels are ten times the "
            "logarithm to base 10: torch.log10.", DECIBELS),
    Suspect("natural-log", of_mse(lambda m: -20 * m.sqrt().log()), "This is the natural logarithm. Decibels are ten "
            "times the logarithm to base 10: torch.log10.", DECIBELS),
    Suspect("log2", of_mse(lambda m: -10 * m.log2()), "This is the logarithm to base 2. Decibels have base "
            "10.", DECIBELS),
    Suspect("root-forgotten", of_mse(lambda m: -20 * m.log10()), "You have 20 log10 of the mean *squared* error: the "
            "root is missing, and the decibels are twice what they should be. It is 20 with the root, 10 "
            "without.", DECIBELS),
    Suspect("root-and-ten", of_mse(lambda m: -10 * m.sqrt().log10()), "You have 10 log10 of the *root* of the mean "
            "squared error: half of the decibels. It is 20 with the root, 10 without.", DECIBELS),
    Suspect("sign", of_mse(lambda m: 10 * m.log10()), "The sign is the wrong way round: a small error gives many "
            "decibels, so the error stands below the line.", DECIBELS),
    Suspect("bels", of_mse(lambda m: -m.log10()), "The factor 10 is missing. Without it these are bels.", DECIBELS),
    Suspect("absolute-error", of_mse(decibels, lambda p, t: (p - t).abs()), "You average absolute errors. They are to "
            "be squared first.", DECIBELS),
    Suspect("absolute-error", of_mse(lambda m: -20 * m.log10(), lambda p, t: (p - t).abs()), "You average absolute "
            "errors. They are to be squared first, and the root is taken of their mean.", DECIBELS),
    Suspect("squared-too-late", of_mse(lambda m: -10 * m.square().log10(), lambda p, t: p - t), "You average the "
            "errors and then square. Errors up and down cancel that way: square first.", DECIBELS),
    *(Suspect("clipped", lambda p, t, low=low, high=high: psnr(p.clamp(low, high), t), "You clip the colours of the "
              "prediction before you compare them. " + OVERSHOOT, DECIBELS)
      for low, high in ((0.0, 1.0), (0.0, None), (None, 1.0))),
    Suspect("never-below-zero", lambda p, t: psnr(p, t).clamp(min=0), "Your decibels are never below 0. An error "
            "larger than the peak has decibels below 0, as it should.", DECIBELS),
    *(Suspect("limited", lambda p, t, most=most: psnr(p, t).clamp(max=most), f"Your decibels end at {most}. There is "
              "no limit: equal pictures have infinitely many.", DECIBELS) for most in (40, 50, 60, 80, 99, 100)),
    *(Suspect("room-for-zero", of_mse(lambda m, eps=eps: decibels(m + eps)), "You add something to the error, so that "
              "its logarithm is never infinite. Infinite is right for equal pictures: add nothing.", DECIBELS)
      for eps in (1e-12, 1e-10, 1e-8, 1e-6)),
    *(Suspect("room-for-zero", of_mse(lambda m, eps=eps: decibels(m.clamp(min=eps))), "You keep the error above a "
              "small number, so that its logarithm is never infinite. Infinite is right for equal pictures.", DECIBELS)
      for eps in (1e-12, 1e-10, 1e-8, 1e-6)),
    Suspect("errors-clipped", of_mse(decibels, lambda p, t: (p - t).square().clamp(max=1)), "You limit the squared "
            "error of a colour to 1. An error may be larger than the peak.", DECIBELS),
    Suspect("sum", lambda p, t: decibels((p - t).square().sum(PICTURE)), "This is the sum of the squared errors. With "
            "the mean, decibels do not depend on how large a picture is.", DECIBELS),
    Suspect("pixels-counted-without-colours", lambda p, t: decibels((p - t).square().sum(-1).mean((-2, -1))),
            "You add up the three channels and average over pixels. The mean goes over all H x W x 3 "
            "numbers.", DECIBELS),
    Suspect("signal-to-noise", lambda p, t: decibels((p - t).square().mean(PICTURE) / t.square().mean(PICTURE)),
            "You divide by the mean square of the picture itself. That is the plain signal-to-noise ratio; here the "
            "signal is its peak, 1.", DECIBELS),
    Suspect("variance", of_mse(decibels, lambda p, t: (p - t - (p - t).mean(PICTURE, keepdim=True)).square()),
            "You take the variance of the error, which forgives a picture that is too bright all over. Take the mean "
            "of the squared error itself.", DECIBELS),
    Suspect("channels-averaged", lambda p, t: decibels((p - t).square().mean((-3, -2))).mean(-1), "You take the "
            "decibels of each channel and average those. The logarithm comes last: one mean over height, width and "
            "channels.",
            DECIBELS),
    Suspect("pixels-averaged", lambda p, t: decibels((p - t).square()).mean(PICTURE), "You take the logarithm of each "
            "error and average those. First the mean, then the logarithm.", DECIBELS),
    Suspect("pixels-averaged", lambda p, t: decibels((p - t).square().mean(-1)).mean((-2, -1)), "You take the decibels "
            "of each pixel and average those. First the mean over the whole picture, then the logarithm.", DECIBELS),
    Suspect("all-pictures", lambda p, t: decibels((p - t).square().mean()), ALL, DECIBELS),
    Suspect("all-pictures", _same_for_all, ALL, DECIBELS),
    *(Suspect("wrong-axes", of_mse(decibels, axes=axes), AXES, DECIBELS)
      for axes in ((0,), (0, 1, 2), (1, 2, 3), (2, 3, 4), (-1,), (-2, -1), (-3, -2), (0, 1))),
)


def colours_as_they_are(yours, g):
    """What a prediction overshoots, below 0 or above 1, is an error too"""
    truth = torch.rand(3, 4, 5, 3, generator=g)
    bold = truth + 0.8 * torch.rand(truth.shape, generator=g) - 0.4
    found = a_tensor(yours(bold, truth), (3,), "The decibels").float()
    if torch.allclose(found, psnr(bold.clamp(0, 1), truth), atol=1e-3):
        raise Diagnosis("clipped", "You clip the colours to [0, 1] before you compare them. What a prediction "
                        "overshoots is an error too: take it as it is. Whoever shows a picture clips it.",
                        seen=f"{found[0].item():.4g} dB for a picture with colours from {bold[0].min().item():.2g} to "
                             f"{bold[0].max().item():.2g}",
                        expected=f"{psnr(bold, truth)[0].item():.4g} dB", reread=DECIBELS)


def the_same_error_everywhere(yours, g):
    """The same error everywhere: 20 decibels for 0.1"""
    for truth, error in ((0.3, 0.1), (0.6, 0.01), (0.5, -0.2)):
        whole = torch.full((2, 4, 5, 3), truth)
        found, wanted = a_tensor(yours(whole + error, whole), (2,), "The decibels"), -20 * math.log10(abs(error))
        if not ((found - wanted).abs() < 0.01).all():
            raise Diagnosis("same-error", f"All colours are {truth} in truth, and off by {error}. The mean squared "
                            f"error is {error**2:.4g}, the peak 1, and the decibels are -10 log10({error**2:.4g}).",
                            seen=f"{found[0].item():.4g} dB", expected=f"{wanted:.4g} dB", reread=DECIBELS)


def one_error_among_many(yours, g):
    """The mean goes over all numbers of a picture"""
    truth = pictures(g, 2, 4, 5)
    prediction = truth.clone()
    prediction[:, 1, 2, 0] += 0.6
    found, wanted = a_tensor(yours(prediction, truth), (2,), "The decibels"), -10 * math.log10(0.36 / 60)
    if not ((found - wanted).abs() < 0.01).all():
        raise Diagnosis("one-error", "One colour of a picture of 4 x 5 pixels is off by 0.6, and all others are "
                        "right. The mean squared error is 0.36 / 60: a mean over all H x W x 3 numbers.",
                        seen=f"{found[0].item():.4g} dB", expected=f"{wanted:.4g} dB", reread=DECIBELS)


def six_decibels(yours, g):
    """Halving every error adds 6 decibels"""
    truth = pictures(g, 3, 4, 5)
    error = 0.2 * torch.rand(truth.shape, generator=g) - 0.1
    gain = a_tensor(yours(truth + error / 2, truth), (3,), "The decibels") - yours(truth + error, truth)
    if (gain - 6.0206).abs().max() > 0.01:
        raise Diagnosis("not-six-decibels", "Halve every error, and the decibels must grow by 20 log10(2), about 6.",
                        seen=f"{gain.flatten()[0].item():+.3g} dB", expected="+6.02 dB", reread=DECIBELS)


def one_number_a_picture(yours, g):
    """The number of a picture does not depend on the pictures beside it"""
    truth, prediction = pictures(g, 3, 4, 5), pictures(g, 3, 4, 5)
    together = a_tensor(yours(prediction, truth), (3,), "The decibels")
    alone = torch.stack([a_tensor(yours(p, t), (), "The decibels of one picture") for p, t in zip(prediction, truth)])
    if not torch.allclose(together.double(), alone.double(), atol=1e-3):
        raise Diagnosis("pictures-mixed", ALL, seen=f"{together[0]:.4g} dB beside others, {alone[0]:.4g} dB alone",
                        expected="the same", reread=DECIBELS)


def infinite_for_equals(yours, g):
    """Equal pictures have infinitely many decibels"""
    truth = pictures(g, 2, 4, 5)
    for prediction in (truth, torch.stack([truth[0], pictures(g, 4, 5)])):
        found = a_tensor(yours(prediction, truth), (2,), "The decibels")
        if found[0] != torch.inf:
            raise Diagnosis("not-infinite", "Two equal pictures have no error at all. Their decibels are infinite, "
                            "which torch.log10 says by itself: add nothing to the error, and set no limit.",
                            seen=f"{found[0].item():.4g} dB for two equal pictures", expected="inf", reread=DECIBELS)
        if prediction is not truth and not torch.isfinite(found[1]):
            raise Diagnosis("infinite-for-all", "One picture of a batch is right, and now all have infinitely many "
                            "decibels. Each picture has a number of its own.", seen=f"{found[1].item():.4g} dB",
                            expected="a finite number for the picture that is wrong", reread=DECIBELS)
