"""Answers to the exercises of notebook 02 that are right where one usually looks: colours from 0 to 1 and
scores in the tens; and views that show more, or another thing, than was asked for."""

from dataclasses import replace

import torch

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
