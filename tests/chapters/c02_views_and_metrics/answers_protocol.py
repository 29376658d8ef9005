"""Answers to the exercises of notebook 02, right and wrong, as readers write them: averages, the half-image protocol,
the nearest input view."""

from dataclasses import replace

import numpy as np
import torch

from rust_edu.views import Views
from tests.chapters.answers import right, wrong

# -------------------------------------------------------------------------------------- 02.4 mean_and_error


@right("02.4")
def by_numpy(scores):
    scene = scores.double().numpy().mean(axis=1)
    return scene.mean(), scene.std(ddof=1) / np.sqrt(scene.size)


@right("02.4")
def as_tensors(scores):
    scenes = scores.mean(dim=1)
    return scores.mean(), scenes.std() / scenes.numel() ** 0.5


@right("02.4")
def with_loops(scores):
    means = [sum(row) / len(row) for row in scores.tolist()]
    mean = sum(means) / len(means)
    variance = sum((m - mean) ** 2 for m in means) / (len(means) - 1)
    return mean, (variance / len(means)) ** 0.5


@wrong("02.4", "spread-for-error")
def standard_deviation(scores):
    scene = scores.mean(1)
    return scene.mean().item(), scene.std().item()


@wrong("02.4", "spread-for-error")
def standard_deviation_by_numpy(scores):
    scene = scores.numpy().mean(1)
    return float(scene.mean()), float(scene.std())


@wrong("02.4", "population")
def numpy_without_ddof(scores):
    scene = scores.numpy().mean(1)
    return float(scene.mean()), float(scene.std() / len(scene) ** 0.5)


@wrong("02.4", "root-forgotten")
def divided_by_the_count(scores):
    scene = scores.mean(1)
    return scene.mean().item(), (scene.std() / len(scene)).item()


@wrong("02.4", "variance")
def variance_over_count(scores):
    scene = scores.mean(1)
    return scene.mean().item(), (scene.var() / len(scene)).item()


@wrong("02.4", "pictures-as-scenes")
def all_pictures_alike(scores):
    return scores.mean().item(), (scores.std() / scores.numel() ** 0.5).item()


@wrong("02.4", "spread-of-pictures")
def spread_over_pictures(scores):
    return scores.mean().item(), (scores.std() / scores.shape[0] ** 0.5).item()


@wrong("02.4", "wrong-axis")
def over_scenes_first(scores):
    views = scores.mean(0)
    return views.mean().item(), (views.std() / len(views) ** 0.5).item()


@wrong("02.4", "counted-views")
def root_of_the_views(scores):
    scene = scores.mean(1)
    return scene.mean().item(), (scene.std() / scores.shape[1] ** 0.5).item()


@wrong("02.4", "within-scenes")
def spread_of_the_pictures_of_a_scene(scores):
    return scores.mean().item(), (scores.std(1).mean() / scores.shape[1] ** 0.5).item()


@wrong("02.4", "interval")
def ninety_five_percent(scores):
    scene = scores.mean(1)
    return scene.mean().item(), (1.96 * scene.std() / len(scene) ** 0.5).item()


@wrong("02.4", "averaged-errors")
def decibels_of_the_mean_error(scores):
    scene = scores.mean(1)
    mse = 10 ** (-scores / 10)
    return (-10 * mse.mean().log10()).item(), (scene.std() / len(scene) ** 0.5).item()


@wrong("02.4", "averaged-errors")
def scenes_by_their_mean_error(scores):
    scene = -10 * torch.log10((10 ** (-scores / 10)).mean(1))
    return scene.mean().item(), (scene.std() / len(scene) ** 0.5).item()


@wrong("02.4", "median")
def middle_scene(scores):
    scene = scores.mean(1)
    return scene.median().item(), (scene.std() / len(scene) ** 0.5).item()


@wrong("02.4", "exchanged")
def error_first(scores):
    scene = scores.mean(1)
    return (scene.std() / len(scene) ** 0.5).item(), scene.mean().item()


@wrong("02.4", "structure")
def only_the_mean(scores):
    return scores.mean().item()


@wrong("02.4", "copies-count")
def root_of_one_more(scores):
    scene = scores.mean(1)
    return scene.mean().item(), (scores.std() / (scores.numel() - 1) ** 0.5).item()


@wrong("02.4", "units")
def relative_error(scores):
    scene = scores.mean(1)
    return scene.mean().item(), (scene.std() / len(scene) ** 0.5 / scene.mean()).item()


# ----------------------------------------------------------------------------------- 02.5 half_image_scores


@right("02.5")
def by_chunk_and_cat(predict, inputs, targets, metric):
    left, right_ = targets.images.chunk(2, dim=3)
    shown = Views(torch.cat([left, torch.full_like(right_, 0.5)], 3), targets.camera_to_world, targets.K)
    drawn = predict(inputs, shown)
    return metric(drawn.chunk(2, dim=3)[1], right_)


@right("02.5")
def scene_by_scene(predict, inputs, targets, metric):
    w, scores = targets.images.shape[3] // 2, []
    for b in range(len(targets.images)):
        given, asked = inputs[b:b + 1], targets[b:b + 1]
        images = asked.images.clone()
        images[:, :, :, w:] = 0.5
        drawn = predict(given, Views(images, asked.camera_to_world, asked.K))
        scores.append(metric(drawn[:, :, :, w:], asked.images[:, :, :, w:]))
    return torch.cat(scores)


@right("02.5")
def by_a_mask(predict, inputs, targets, metric):
    W = targets.images.shape[-2]
    seen = (torch.arange(W) < W // 2).float()[:, None]
    shown = replace(targets, images=targets.images * seen + 0.5 * (1 - seen), depth=None, label=None)
    return metric(predict(inputs, shown)[..., W // 2:, :], targets.images[..., W // 2:, :])


def painted(targets, where, colour=0.5):
    images = targets.images.clone()
    images[where] = colour
    return replace(targets, images=images)


def right_of(targets):
    return (..., slice(targets.images.shape[-2] // 2, None), slice(None))


def left_of(targets):
    return (..., slice(None, targets.images.shape[-2] // 2), slice(None))


@wrong("02.5", "nothing-hidden")
def forgot_to_paint(predict, inputs, targets, metric):
    drawn = predict(inputs, targets)
    return metric(drawn[right_of(targets)], targets.images[right_of(targets)])


@wrong("02.5", "seen-half-scored")
def scores_the_left(predict, inputs, targets, metric):
    drawn = predict(inputs, painted(targets, right_of(targets)))
    return metric(drawn[left_of(targets)], targets.images[left_of(targets)])


@wrong("02.5", "seen-half-scored")
def paints_the_left(predict, inputs, targets, metric):
    drawn = predict(inputs, painted(targets, left_of(targets)))
    return metric(drawn[right_of(targets)], targets.images[right_of(targets)])


@wrong("02.5", "whole-picture-scored")
def scores_all(predict, inputs, targets, metric):
    return metric(predict(inputs, painted(targets, right_of(targets))), targets.images)


@wrong("02.5", "left-right-swapped")
def the_other_way_round(predict, inputs, targets, metric):
    drawn = predict(inputs, painted(targets, left_of(targets)))
    return metric(drawn[left_of(targets)], targets.images[left_of(targets)])


@wrong("02.5", "top-and-bottom")
def along_the_height(predict, inputs, targets, metric):
    h = targets.images.shape[2] // 2
    images = targets.images.clone()
    images[:, :, h:] = 0.5
    return metric(predict(inputs, replace(targets, images=images))[:, :, h:], targets.images[:, :, h:])


@wrong("02.5", "hidden-and-true")
def truth_painted_too(predict, inputs, targets, metric):
    shown = painted(targets, right_of(targets))
    return metric(predict(inputs, shown)[right_of(targets)], shown.images[right_of(targets)])


@wrong("02.5", "not-grey")
def black(predict, inputs, targets, metric):
    drawn = predict(inputs, painted(targets, right_of(targets), 0.0))
    return metric(drawn[right_of(targets)], targets.images[right_of(targets)])


@wrong("02.5", "everything-hidden")
def all_grey(predict, inputs, targets, metric):
    drawn = predict(inputs, replace(targets, images=torch.full_like(targets.images, 0.5)))
    return metric(drawn[right_of(targets)], targets.images[right_of(targets)])


@wrong("02.5", "exchanged")
def targets_first(predict, inputs, targets, metric):
    drawn = predict(painted(targets, right_of(targets)), inputs)
    return metric(drawn[right_of(targets)], targets.images[right_of(targets)])


@wrong("02.5", "metric-exchanged")
def truth_first(predict, inputs, targets, metric):
    drawn = predict(inputs, painted(targets, right_of(targets)))
    return metric(targets.images[right_of(targets)], drawn[right_of(targets)])


@wrong("02.5", "averaged")
def one_mean(predict, inputs, targets, metric):
    drawn = predict(inputs, painted(targets, right_of(targets)))
    return metric(drawn[right_of(targets)], targets.images[right_of(targets)]).mean()


@wrong("02.5", "edits-input")
def paints_in_place(predict, inputs, targets, metric):
    truth = targets.images[right_of(targets)].clone()
    targets.images[right_of(targets)] = 0.5
    return metric(predict(inputs, targets)[right_of(targets)], truth)


@wrong("02.5", "leak")
def one_column_too_few(predict, inputs, targets, metric):
    w = targets.images.shape[-2] // 2
    drawn = predict(inputs, painted(targets, (..., slice(w + 1, None), slice(None))))
    return metric(drawn[right_of(targets)], targets.images[right_of(targets)])


@wrong("02.5", "leak")
def keeps_the_mean_colour(predict, inputs, targets, metric):
    mean = targets.images[right_of(targets)].mean((-3, -2), keepdim=True)
    drawn = predict(inputs, painted(targets, right_of(targets), mean))
    return metric(drawn[right_of(targets)], targets.images[right_of(targets)])


@wrong("02.5", "cut-off")
def hands_over_the_left_half(predict, inputs, targets, metric):
    w = targets.images.shape[3] // 2
    shown = Views(targets.images[:, :, :, :w], targets.camera_to_world, targets.K)
    return metric(predict(inputs, shown)[:, :, :, w:], targets.images[:, :, :, w:])


@wrong("02.5", "left-half-counts")
def one_column_too_many(predict, inputs, targets, metric):
    w = targets.images.shape[-2] // 2
    drawn = predict(inputs, painted(targets, right_of(targets)))
    return metric(drawn[..., w - 1:, :], targets.images[..., w - 1:, :])


# ---------------------------------------------------------------------------------------- 02.6 nearest_view


@right("02.6")
def by_cdist(images, cameras, target_cameras):
    best = torch.cdist(target_cameras[..., :3, 3], cameras[..., :3, 3]).argmin(dim=2)
    return images[torch.arange(len(images)).unsqueeze(1), best]


@right("02.6")
def by_gather(images, cameras, target_cameras):
    gap = (target_cameras[:, :, None, :3, 3] - cameras[:, None, :, :3, 3]).pow(2).sum(-1)
    best = gap.argmin(-1)[:, :, None, None, None].expand(-1, -1, *images.shape[2:])
    return torch.gather(images, 1, best)


@right("02.6")
def with_loops_in_float64(images, cameras, target_cameras):
    scenes = []
    for pictures, given, asked in zip(images, cameras.double(), target_cameras.double()):
        scenes.append(torch.stack([pictures[min(range(len(given)),
                                                key=lambda v, t=t, given=given: (given[v, :3, 3] - t[:3, 3]).norm())]
                                   for t in asked]))
    return torch.stack(scenes)


def picked(images, best):
    return images[torch.arange(len(images))[:, None], best]


def differences(cameras, target_cameras):
    return target_cameras[:, :, None, :3, 3] - cameras[:, None, :, :3, 3]


@wrong("02.6", "by-number")
def the_first_input(images, cameras, target_cameras):
    return images[:, :1].repeat(1, target_cameras.shape[1], 1, 1, 1)


@wrong("02.6", "by-number")
def last_row_of_the_matrix(images, cameras, target_cameras):
    best = torch.cdist(target_cameras[..., 3, :3], cameras[..., 3, :3]).argmin(-1)
    return picked(images, best)


@wrong("02.6", "by-number")
def counting_round(images, cameras, target_cameras):
    return images[:, [t % images.shape[1] for t in range(target_cameras.shape[1])]]


@wrong("02.6", "by-rotation")
def smallest_angle(images, cameras, target_cameras):
    relative = target_cameras[:, :, None, :3, :3].transpose(-1, -2) @ cameras[:, None, :, :3, :3]
    trace = relative.diagonal(dim1=-2, dim2=-1).sum(-1)
    return picked(images, ((trace - 1) / 2).clamp(-1, 1).acos().argmin(-1))


@wrong("02.6", "by-rotation")
def same_direction_of_sight(images, cameras, target_cameras):
    cosine = torch.einsum("bti,bvi->btv", target_cameras[..., :3, 2], cameras[..., :3, 2])
    return picked(images, cosine.argmax(-1))


@wrong("02.6", "by-matrix")
def whole_matrices(images, cameras, target_cameras):
    gap = (target_cameras[:, :, None] - cameras[:, None]).square().sum((-1, -2))
    return picked(images, gap.argmin(-1))


@wrong("02.6", "world-to-camera")
def inverted_first(images, cameras, target_cameras):
    a, b = torch.linalg.inv(target_cameras)[..., :3, 3], torch.linalg.inv(cameras)[..., :3, 3]
    return picked(images, torch.cdist(a, b).argmin(-1))


@wrong("02.6", "farthest")
def argmax(images, cameras, target_cameras):
    return picked(images, differences(cameras, target_cameras).norm(dim=-1).argmax(-1))


@wrong("02.6", "one-for-all")
def nearest_to_all_targets(images, cameras, target_cameras):
    best = differences(cameras, target_cameras).norm(dim=-1).mean(1).argmin(-1)
    return picked(images, best[:, None].expand(-1, target_cameras.shape[1]))


@wrong("02.6", "first-scene")
def choices_of_scene_zero(images, cameras, target_cameras):
    return images[:, differences(cameras, target_cameras).norm(dim=-1).argmin(-1)[0]]


@wrong("02.6", "first-scene")
def pictures_of_scene_zero(images, cameras, target_cameras):
    return images[0, differences(cameras, target_cameras).norm(dim=-1).argmin(-1)]


@wrong("02.6", "choices-of-all")
def without_the_scene(images, cameras, target_cameras):
    best = torch.cdist(target_cameras[..., :3, 3], cameras[..., :3, 3]).argmin(dim=-1)
    return images[:, best]


@wrong("02.6", "wrong-axis")
def over_targets(images, cameras, target_cameras):
    return picked(images, differences(cameras, target_cameras).norm(dim=-1).argmin(dim=1))


@wrong("02.6", "height-ignored")
def seen_from_above(images, cameras, target_cameras):
    return picked(images, differences(cameras, target_cameras)[..., :2].norm(dim=-1).argmin(-1))


@wrong("02.6", "distance-from-origin")
def as_far_away(images, cameras, target_cameras):
    far, asked = cameras[..., :3, 3].norm(dim=-1), target_cameras[..., :3, 3].norm(dim=-1)
    return picked(images, (asked[:, :, None] - far[:, None]).abs().argmin(-1))


@wrong("02.6", "difference-summed")
def forgot_to_square(images, cameras, target_cameras):
    return picked(images, differences(cameras, target_cameras).sum(-1).abs().argmin(-1))


@wrong("02.6", "city-block")
def l1(images, cameras, target_cameras):
    return picked(images, differences(cameras, target_cameras).abs().sum(-1).argmin(-1))


@wrong("02.6", "blended")
def mean_of_inputs(images, cameras, target_cameras):
    return images.mean(1, keepdim=True).expand(-1, target_cameras.shape[1], -1, -1, -1)


@wrong("02.6", "not-itself")
def second_nearest(images, cameras, target_cameras):
    order = differences(cameras, target_cameras).norm(dim=-1).argsort(-1)
    return picked(images, order[..., 1])


@wrong("02.6", "direction-matters")
def distance_and_angle(images, cameras, target_cameras):
    cosine = torch.einsum("bti,bvi->btv", target_cameras[..., :3, 2], cameras[..., :3, 2])
    gap = differences(cameras, target_cameras).norm(dim=-1)
    return picked(images, torch.where(gap < 1e-3, -9.0, gap - 2 * cosine).argmin(-1))


@wrong("02.6", "world-matters")
def height_counts_twice(images, cameras, target_cameras):
    weights = torch.tensor([1.0, 1.0, 3.0])
    return picked(images, (differences(cameras, target_cameras) * weights).norm(dim=-1).argmin(-1))
