"""Answers to the exercises of notebook 02 that are right where one usually looks: colours from 0 to 1, decibels and
similarities above 0, scores in the tens; and views that show more, or another thing, than was asked for."""

from dataclasses import replace

import numpy as np
import torch

from rust_edu.course.chapters.c02_views_and_metrics import window_mean
from rust_edu.views import Views
from tests.chapters.answers import right, wrong

PICTURE = (-3, -2, -1)

# ------------------------------------------------------------------------------------------ 02.1 split_scene


def halves(images, inputs):
    w = images.shape[3] // 2
    return images[:, :inputs], images[:, inputs:, :, :w], images[:, inputs:, :, w:]


@right("02.1")
def through_numpy(images, inputs):
    return tuple(torch.from_numpy(part.numpy().copy()) for part in halves(images, inputs))


@wrong("02.1", "clipped")
def pictures_made_safe(images, inputs):
    return halves(images.clamp(0, 1), inputs)


@wrong("02.1", "numbers-changed")
def scored_halves_made_safe(images, inputs):
    given, seen, scored = halves(images, inputs)
    return given, seen, scored.clamp(0, 1)


@wrong("02.1", "views-reversed")
def last_target_first(images, inputs):
    given, seen, scored = halves(images, inputs)
    return given, seen.flip(1), scored.flip(1)


@wrong("02.1", "height-as-width")
def half_of_the_height(images, inputs):
    h = images.shape[2] // 2
    return images[:, :inputs], images[:, inputs:, :, :h], images[:, inputs:, :, h:]


@wrong("02.1", "not-together")
def targets_of_the_first_scene(images, inputs):
    given, seen, scored = halves(images, inputs)
    return given, seen, scored[:1].expand_as(scored)


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


# --------------------------------------------------------------------------------------- 02.4 mean_and_error


@right("02.4")
def by_scipy(scores):
    from scipy.stats import sem

    return [float(scores.mean()), float(sem(scores.numpy().mean(1)))]


@wrong("02.4", "rounded")
def two_decimals(scores):
    return round(scores.mean().item(), 2), round((scores.mean(1).std() / len(scores) ** 0.5).item(), 2)


@wrong("02.4", "one-too-few")
def degrees_of_freedom_twice(scores):
    return scores.mean().item(), (scores.mean(1).std() / (len(scores) - 1) ** 0.5).item()


@wrong("02.4", "interval")
def two_errors(scores):
    return scores.mean().item(), (2 * scores.mean(1).std() / len(scores) ** 0.5).item()


@wrong("02.4", "not-the-mean")
def best_picture_of_each_scene(scores):
    best = scores.amax(1)
    return best.mean().item(), (scores.mean(1).std() / len(scores) ** 0.5).item()


@wrong("02.4", "not-the-error")
def mean_deviation(scores):
    scene = scores.mean(1)
    return scene.mean().item(), ((scene - scene.mean()).abs().mean() / len(scene) ** 0.5).item()


@wrong("02.4", "values")
def never_a_score_below_zero(scores):
    scene = scores.clamp(min=0).mean(1)
    return scene.mean().item(), (scene.std() / len(scene) ** 0.5).item()


# ------------------------------------------------------------------------------------ 02.5 half_image_scores


def painted(targets, colour=0.5):
    images = targets.images.clone()
    images[:, :, :, images.shape[3] // 2:] = colour
    return images


def half(images):
    return images[:, :, :, images.shape[3] // 2:]


@wrong("02.5", "depth-handed-over")
def with_all_that_belongs_to_the_targets(predict, inputs, targets, metric):
    return metric(half(predict(inputs, replace(targets, images=painted(targets)))), half(targets.images))


@wrong("02.5", "prediction-changed")
def predictions_made_safe(predict, inputs, targets, metric):
    shown = Views(painted(targets), targets.camera_to_world, targets.K)
    return metric(half(predict(inputs, shown)).clamp(0, 1), half(targets.images))


@wrong("02.5", "clipped")
def scores_made_safe(predict, inputs, targets, metric):
    shown = Views(painted(targets), targets.camera_to_world, targets.K)
    return metric(half(predict(inputs, shown)), half(targets.images)).clamp(min=0)


@wrong("02.5", "not-grey")
def a_byte_grey(predict, inputs, targets, metric):
    shown = Views(painted(targets, 127 / 255), targets.camera_to_world, targets.K)
    return metric(half(predict(inputs, shown)), half(targets.images))


@wrong("02.5", "other-cameras")
def all_from_the_first_camera(predict, inputs, targets, metric):
    shown = Views(painted(targets), targets.camera_to_world[:, :1].expand_as(targets.camera_to_world) + 0.1, targets.K)
    return metric(half(predict(inputs, shown)), half(targets.images))


@wrong("02.5", "inputs-changed")
def the_first_input_only(predict, inputs, targets, metric):
    shown = Views(painted(targets), targets.camera_to_world, targets.K)
    return metric(half(predict(inputs[:, :1], shown)), half(targets.images))


@wrong("02.5", "seen-half-changed")
def a_second_look(predict, inputs, targets, metric):
    shown = Views(painted(targets), targets.camera_to_world, targets.K)
    shown = Views(predict(inputs, shown), targets.camera_to_world, targets.K)
    return metric(half(predict(inputs, shown)), half(targets.images))


@wrong("02.5", "target-never-shown")
def one_target_for_all(predict, inputs, targets, metric):
    first = targets[:, :1]
    shown = Views(painted(first), first.camera_to_world, first.K)
    return metric(half(predict(inputs, shown)), half(first.images)).expand(-1, targets.count)


@wrong("02.5", "truth-changed")
def compared_with_what_was_seen(predict, inputs, targets, metric):
    shown = Views(painted(targets), targets.camera_to_world, targets.K)
    return metric(half(predict(inputs, shown)), targets.images[:, :, :, :targets.images.shape[3] // 2])


@wrong("02.5", "measure-not-used")
def a_measure_of_its_own(predict, inputs, targets, metric):
    shown = Views(painted(targets), targets.camera_to_world, targets.K)
    return (half(predict(inputs, shown)) - half(targets.images)).abs().mean(PICTURE)


@wrong("02.5", "not-views")
def pictures_for_views(predict, inputs, targets, metric):
    try:
        drawn = predict(inputs.images, painted(targets))
    except AttributeError:
        drawn = painted(targets)
    return metric(half(drawn), half(targets.images))


# ----------------------------------------------------------------------------------------- 02.6 nearest_view


def gaps(cameras, target_cameras):
    return torch.cdist(target_cameras[..., :3, 3], cameras[..., :3, 3])


def picked(images, best):
    return images[torch.arange(len(images))[:, None], best]


@right("02.6")
def whole_last_columns(images, cameras, target_cameras):
    return picked(images, torch.cdist(target_cameras[..., 3], cameras[..., 3]).argmin(-1))


@wrong("02.6", "values")
def distances_in_whole_units(images, cameras, target_cameras):
    """In a world of this size two inputs are seldom equally near; in a small one always."""
    return picked(images, (100 * gaps(cameras, target_cameras)).round().argmin(-1))


@wrong("02.6", "no-input-view")
def clipped_and_paler(images, cameras, target_cameras):
    return 0.9 * picked(images, gaps(cameras, target_cameras).argmin(-1))


@wrong("02.6", "another-scene")
def from_all_scenes(images, cameras, target_cameras):
    flat = torch.cdist(target_cameras[..., :3, 3].flatten(0, 1), cameras[..., :3, 3].flatten(0, 1)).argmin(-1)
    return images.flatten(0, 1)[flat].reshape(*target_cameras.shape[:2], *images.shape[2:])


@wrong("02.6", "not-nearest")
def near_enough(images, cameras, target_cameras):
    """The first input that is hardly farther away than the nearest."""
    gap = gaps(cameras, target_cameras)
    return picked(images, (gap < 1.7 * gap.amin(-1, keepdim=True) + 1e-9).float().argmax(-1))
