"""Answers to the exercises of notebook 02 about measures that are right where one usually looks: colours from 0 to 1,
decibels and similarities above 0."""

import numpy as np
import torch

from rust_edu.course.chapters.c02_views_and_metrics import window_mean
from tests.chapters.answers import right, wrong

PICTURE = (-3, -2, -1)

# ------------------------------------------------------------------------------------------------- 02.2 psnr


def mse(prediction, truth):
    return (prediction - truth).square().mean(PICTURE)


@right("02.2")
def psnr_by_numpy(prediction, truth):
    with np.errstate(divide="ignore"):
        return torch.from_numpy(np.asarray(-10 * np.log10(np.square(prediction.numpy() - truth.numpy()).mean(PICTURE))))


@wrong("02.2", "clipped")
def negative_colours_to_black(prediction, truth):
    return -10 * mse(prediction.clamp(min=0), truth).log10()


@wrong("02.2", "clipped")
def too_bright_to_white(prediction, truth):
    return -10 * mse(prediction.clamp(max=1), truth).log10()


@wrong("02.2", "never-below-zero")
def zero_at_worst(prediction, truth):
    return (-10 * mse(prediction, truth).log10()).clamp(min=0)


@wrong("02.2", "limited")
def a_hundred_at_best(prediction, truth):
    return (-10 * mse(prediction, truth).log10()).clamp(max=100)


@wrong("02.2", "room-for-zero")
def error_of_a_trillionth_at_least(prediction, truth):
    return -10 * mse(prediction, truth).clamp(min=1e-12).log10()


@wrong("02.2", "not-infinite")
def a_number_for_equals(prediction, truth):
    found = -10 * mse(prediction, truth).log10()
    return torch.where(found.isinf(), torch.tensor(100.0), found)


@wrong("02.2", "errors-clipped")
def no_error_above_one(prediction, truth):
    return -10 * (prediction - truth).square().clamp(max=1).mean(PICTURE).log10()


@wrong("02.2", "absolute-decibels")
def always_positive(prediction, truth):
    return (-10 * mse(prediction, truth).log10()).abs()


@wrong("02.2", "largest-error")
def of_the_worst_pixel(prediction, truth):
    return -10 * (prediction - truth).square().amax(PICTURE).log10()


@wrong("02.2", "peak-of-the-picture")
def range_of_the_colours(prediction, truth):
    return 20 * (truth.amax(PICTURE) - truth.amin(PICTURE)).log10() - 10 * mse(prediction, truth).log10()


@wrong("02.2", "one-error")
def over_the_colours_that_differ(prediction, truth):
    square = (prediction - truth).square()
    return -10 * (square.sum(PICTURE) / (square > 0).sum(PICTURE).clamp(min=1)).log10()


@wrong("02.2", "not-six-decibels")
def fewer_for_a_changing_error(prediction, truth):
    error = prediction - truth
    spread = error.std(PICTURE) * (error.abs().amin(PICTURE) > 0)
    return -10 * (mse(prediction, truth) + 0.1 * spread * (spread > 1e-4)).log10()


# ------------------------------------------------------------------------------------------------- 02.3 ssim


def over_the_picture(s):
    return s.mean(PICTURE)


def similarity(x, y, C1=0.01**2, C2=0.03**2, *, cov=lambda c: c, join=torch.mul, end=over_the_picture):
    mx, my = window_mean(x), window_mean(y)
    vx, vy, both = window_mean(x * x) - mx**2, window_mean(y * y) - my**2, window_mean(x * y) - mx * my
    return end(join((2 * mx * my + C1) / (mx**2 + my**2 + C1), (2 * cov(both) + C2) / (vx + vy + C2)))


@right("02.3")
def window_by_window(prediction, truth):
    """Every window by itself, in loops: slow, and right."""
    g = torch.exp(-((torch.arange(11.0) - 5) ** 2) / 4.5)
    w = (torch.outer(g, g) / g.sum() ** 2)[..., None].double()
    found = []
    for x, y in zip(*(p.reshape(-1, *p.shape[-3:]).double() for p in (prediction, truth))):
        places = []
        for i in range(x.shape[0] - 10):
            for j in range(x.shape[1] - 10):
                a, b = x[i:i + 11, j:j + 11], y[i:i + 11, j:j + 11]
                ma, mb = (w * a).sum((0, 1)), (w * b).sum((0, 1))
                va, vb, c = (w * (a - ma) ** 2).sum((0, 1)), (w * (b - mb) ** 2).sum((0, 1)), (
                    w * (a - ma) * (b - mb)).sum((0, 1))
                places.append((2 * ma * mb + 1e-4) * (2 * c + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4)))
        found.append(torch.stack(places).mean())
    return torch.stack(found).reshape(prediction.shape[:-3])


@wrong("02.3", "never-negative")
def zero_at_least(prediction, truth):
    return similarity(prediction, truth).clamp(min=0)


@wrong("02.3", "never-negative")
def covariance_zero_at_least(prediction, truth):
    return similarity(prediction, truth, cov=lambda c: c.clamp(min=0))


@wrong("02.3", "never-negative")
def size_of_the_covariance(prediction, truth):
    return similarity(prediction, truth, cov=torch.abs)


@wrong("02.3", "clipped")
def prediction_made_safe(prediction, truth):
    return similarity(prediction.clamp(0, 1), truth)


@wrong("02.3", "clipped")
def black_at_least(prediction, truth):
    return similarity(prediction.clamp(min=0), truth)


@wrong("02.3", "other-constants")
def one_constant_for_both(prediction, truth):
    return similarity(prediction, truth, 1e-4, 1e-4)


@wrong("02.3", "other-constants")
def constants_against_division_by_zero(prediction, truth):
    return similarity(prediction, truth, 1e-8, 1e-8)


@wrong("02.3", "no-constants")
def first_constant_only(prediction, truth):
    return similarity(prediction, truth, C2=0.0)


@wrong("02.3", "constants-once")
def second_constant_only(prediction, truth):
    return similarity(prediction, truth, C1=0.0)


@wrong("02.3", "mean-of-the-picture")
def deviations_from_the_whole(prediction, truth):
    mx, my = window_mean(prediction), window_mean(truth)
    x, y = (p - p.mean((-3, -2), keepdim=True) for p in (prediction, truth))
    form = (2 * window_mean(x * y) + 9e-4) / (window_mean(x * x) + window_mean(y * y) + 9e-4)
    return ((2 * mx * my + 1e-4) / (mx**2 + my**2 + 1e-4) * form).mean(PICTURE)


@wrong("02.3", "product-of-variances")
def variances_multiplied(prediction, truth):
    mx, my = window_mean(prediction), window_mean(truth)
    vx, vy = window_mean(prediction**2) - mx**2, window_mean(truth**2) - my**2
    form = (2 * (window_mean(prediction * truth) - mx * my) + 9e-4) / (vx * vy + 9e-4)
    return ((2 * mx * my + 1e-4) / (mx**2 + my**2 + 1e-4) * form).mean(PICTURE)


@wrong("02.3", "the-smaller")
def the_worse_factor(prediction, truth):
    return similarity(prediction, truth, join=torch.minimum)


@wrong("02.3", "not-multiplied")
def factors_added_up(prediction, truth):
    return similarity(prediction, truth, join=lambda a, b: a + b - 1)


@wrong("02.3", "brightness-factor")
def means_not_squared(prediction, truth):
    mx, my = window_mean(prediction), window_mean(truth)
    vx, vy = window_mean(prediction**2) - mx**2, window_mean(truth**2) - my**2
    form = (2 * (window_mean(prediction * truth) - mx * my) + 9e-4) / (vx + vy + 9e-4)
    return ((2 * mx * my + 1e-4) / (mx + my + 1e-4) * form).mean(PICTURE)


@wrong("02.3", "pattern-factor")
def covariance_once(prediction, truth):
    return similarity(prediction, truth, cov=lambda c: c / 2)


@wrong("02.3", "channels")
def red_alone(prediction, truth):
    return similarity(prediction[..., :1], truth[..., :1])


@wrong("02.3", "windows")
def every_other_window(prediction, truth):
    return similarity(prediction, truth, end=lambda s: s[..., ::2, ::2, :].mean(PICTURE))


@wrong("02.3", "windows")
def the_middle_place(prediction, truth):
    return similarity(prediction, truth, end=lambda s: s.flatten(-3, -2).median(-2).values.mean(-1))
