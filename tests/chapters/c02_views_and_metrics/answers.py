"""Answers to the exercises of notebook 02, right and wrong, as readers write them: pictures and their halves, PSNR,
SSIM. Averages, the protocol and the nearest view are in `a02_protocol.py`."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from rust_edu.course.chapters.c02_views_and_metrics import window_mean
from tests.chapters.answers import right, wrong

# ----------------------------------------------------------------------------------------- 02.1 split_scene


@right("02.1")
def by_chunk(images, inputs):
    seen, scored = images[:, inputs:].chunk(2, dim=-2)
    return images[:, :inputs], seen, scored


@right("02.1")
def by_split_and_narrow(images, inputs):
    given, targets = torch.split(images, [inputs, images.shape[1] - inputs], dim=1)
    half = targets.size(3) // 2
    return [given, targets.narrow(3, 0, half), targets.narrow(3, half, half)]


@right("02.1")
def picture_by_picture(images, inputs):
    W = images.shape[3]
    left = torch.stack([torch.stack([p[:, :W // 2] for p in scene[inputs:]]) for scene in images])
    right_ = torch.stack([torch.stack([p[:, W // 2:] for p in scene[inputs:]]) for scene in images])
    return images[:, :inputs].clone(), left, right_


@wrong("02.1", "left-right-swapped")
def seen_on_the_right(images, inputs):
    targets, w = images[:, inputs:], images.shape[3] // 2
    return images[:, :inputs], targets[..., w:, :], targets[..., :w, :]


@wrong("02.1", "split-along-height")
def axis_two(images, inputs):
    targets, h = images[:, inputs:], images.shape[2] // 2
    return images[:, :inputs], targets[:, :, :h], targets[:, :, h:]


@wrong("02.1", "split-along-height")
def lower_half_seen(images, inputs):
    top, bottom = images[:, inputs:].chunk(2, dim=2)
    return images[:, :inputs], bottom, top


@wrong("02.1", "colours-split")
def last_axis(images, inputs):
    a, b = images[:, inputs:].chunk(2, dim=-1)
    return images[:, :inputs], a, b


@wrong("02.1", "views-split")
def half_of_the_targets(images, inputs):
    targets = images[:, inputs:]
    t = targets.shape[1] // 2
    return images[:, :inputs], targets[:, :t], targets[:, t:]


@wrong("02.1", "interleaved")
def every_other_column(images, inputs):
    targets = images[:, inputs:]
    return images[:, :inputs], targets[:, :, :, 0::2], targets[:, :, :, 1::2]


@wrong("02.1", "inputs-among-targets")
def all_views_are_targets(images, inputs):
    w = images.shape[-2] // 2
    return images[:, :inputs], images[:, :, :, :w], images[:, :, :, w:]


@wrong("02.1", "inputs-as-targets")
def halves_of_inputs(images, inputs):
    given, w = images[:, :inputs], images.shape[-2] // 2
    return given, given[:, :, :, :w], given[:, :, :, w:]


@wrong("02.1", "last-views")
def inputs_at_the_end(images, inputs):
    w = images.shape[-2] // 2
    return images[:, -inputs:], images[:, :-inputs, :, :w], images[:, :-inputs, :, w:]


@wrong("02.1", "as-many-targets")
def a_target_for_each_input(images, inputs):
    targets, w = images[:, inputs:2 * inputs], images.shape[-2] // 2
    return images[:, :inputs], targets[:, :, :, :w], targets[:, :, :, w:]


@wrong("02.1", "one-target")
def only_the_next_view(images, inputs):
    targets, w = images[:, inputs:inputs + 1], images.shape[-2] // 2
    return images[:, :inputs], targets[:, :, :, :w], targets[:, :, :, w:]


@wrong("02.1", "off-by-one")
def a_view_is_lost(images, inputs):
    targets, w = images[:, inputs + 1:], images.shape[-2] // 2
    return images[:, :inputs], targets[:, :, :, :w], targets[:, :, :, w:]


@wrong("02.1", "scenes-split")
def forgot_the_batch_axis(images, inputs):
    targets, w = images[inputs:], images.shape[-2] // 2
    return images[:inputs], targets[:, :, :, :w], targets[:, :, :, w:]


@wrong("02.1", "not-cut")
def whole_targets(images, inputs):
    return images[:, :inputs], images[:, inputs:], images[:, inputs:]


@wrong("02.1", "not-cut")
def scores_everything(images, inputs):
    targets = images[:, inputs:]
    return images[:, :inputs], targets[:, :, :, :targets.shape[3] // 2], targets


@wrong("02.1", "inputs-cut")
def everything_is_halved(images, inputs):
    left, right_ = images.chunk(2, dim=3)
    return left[:, :inputs], left[:, inputs:], right_[:, inputs:]


@wrong("02.1", "mirrored")
def mirrored_right_half(images, inputs):
    targets, w = images[:, inputs:], images.shape[-2] // 2
    return images[:, :inputs], targets[:, :, :, :w], targets[:, :, :, w:].flip(3)


@wrong("02.1", "leak")
def shifted_by_a_column(images, inputs):
    targets, w = images[:, inputs:], images.shape[-2] // 2
    return images[:, :inputs], targets[:, :, :, 1:w + 1], targets[:, :, :, w:]


@wrong("02.1", "structure")
def only_the_halves(images, inputs):
    return images[:, inputs:].chunk(2, dim=3)


# ------------------------------------------------------------------------------------------------ 02.2 psnr


@right("02.2")
def by_rmse(prediction, truth):
    rmse = ((prediction - truth) ** 2).mean(dim=(-1, -2, -3)).sqrt()
    return 20 * torch.log10(1.0 / rmse)


@right("02.2")
def flattened_in_float64(prediction, truth):
    error = (prediction.double() - truth.double()).flatten(-3)
    return 10 * torch.log10(1 / error.pow(2).sum(-1) * error.shape[-1])


@right("02.2")
def by_norm(prediction, truth):
    n = prediction[..., :, :, :].shape[-3] * prediction.shape[-2] * prediction.shape[-1]
    return -20 * (torch.linalg.vector_norm(prediction - truth, dim=(-3, -2, -1)) / n ** 0.5).log10()


@right("02.2")
def by_natural_logarithms(prediction, truth):
    mse = torch.einsum("...hwc,...hwc->...", prediction - truth, prediction - truth) / truth[..., 0, 0, 0].numel()
    mse = mse * truth[..., 0, 0, 0].numel() / math.prod(truth.shape[-3:])
    return -10 * torch.log(mse) / math.log(10)


@wrong("02.2", "peak-255")
def as_for_bytes(prediction, truth):
    mse = ((prediction - truth) ** 2).mean((-3, -2, -1))
    return 10 * torch.log10(255 ** 2 / mse)


@wrong("02.2", "peak-255")
def as_for_bytes_with_the_root(prediction, truth):
    mse = ((prediction - truth) ** 2).mean((-3, -2, -1))
    return 20 * torch.log10(255 / torch.sqrt(mse))


@wrong("02.2", "peak-not-squared")
def bytes_without_square(prediction, truth):
    return 10 * torch.log10(255 / ((prediction - truth) ** 2).mean((-3, -2, -1)))


@wrong("02.2", "scaled-to-255")
def bytes_with_peak_one(prediction, truth):
    return -10 * torch.log10(((255 * prediction - 255 * truth) ** 2).mean((-3, -2, -1)))


@wrong("02.2", "peak-of-the-picture")
def brightest_pixel(prediction, truth):
    mse = ((prediction - truth) ** 2).mean((-3, -2, -1))
    return 20 * torch.log10(truth.amax((-3, -2, -1)) / mse.sqrt())


@wrong("02.2", "peak-of-the-picture")
def brightest_pixel_of_all(prediction, truth):
    return 10 * torch.log10(truth.max() ** 2 / ((prediction - truth) ** 2).mean((-3, -2, -1)))


@wrong("02.2", "natural-log")
def torch_log(prediction, truth):
    return -10 * torch.log(((prediction - truth) ** 2).mean((-3, -2, -1)))


@wrong("02.2", "natural-log")
def torch_log_of_the_root(prediction, truth):
    return 20 * torch.log(1 / ((prediction - truth) ** 2).mean((-3, -2, -1)).sqrt())


@wrong("02.2", "log2")
def base_two(prediction, truth):
    return -10 * torch.log2(((prediction - truth) ** 2).mean((-3, -2, -1)))


@wrong("02.2", "root-forgotten")
def twenty_without_root(prediction, truth):
    return 20 * torch.log10(1 / ((prediction - truth) ** 2).mean((-3, -2, -1)))


@wrong("02.2", "root-and-ten")
def ten_with_root(prediction, truth):
    return 10 * torch.log10(1 / ((prediction - truth) ** 2).mean((-3, -2, -1)).sqrt())


@wrong("02.2", "sign")
def forgot_the_minus(prediction, truth):
    return 10 * torch.log10(((prediction - truth) ** 2).mean((-3, -2, -1)))


@wrong("02.2", "bels")
def without_ten(prediction, truth):
    return torch.log10(1 / ((prediction - truth) ** 2).mean((-3, -2, -1)))


@wrong("02.2", "absolute-error")
def by_l1(prediction, truth):
    return -20 * torch.log10((prediction - truth).abs().mean((-3, -2, -1)))


@wrong("02.2", "absolute-error")
def by_l1_with_ten(prediction, truth):
    return -10 * (prediction - truth).abs().mean(dim=(-1, -2, -3)).log10()


@wrong("02.2", "squared-too-late")
def mean_then_square(prediction, truth):
    return -10 * torch.log10((prediction - truth).mean((-3, -2, -1)) ** 2)


@wrong("02.2", "sum")
def sum_of_squares(prediction, truth):
    return -10 * torch.log10(((prediction - truth) ** 2).sum((-3, -2, -1)))


@wrong("02.2", "pixels-counted-without-colours")
def per_pixel_distance(prediction, truth):
    return -10 * torch.log10(((prediction - truth) ** 2).sum(-1).mean((-1, -2)))


@wrong("02.2", "signal-to-noise")
def snr(prediction, truth):
    return 10 * torch.log10((truth ** 2).mean((-3, -2, -1)) / ((truth - prediction) ** 2).mean((-3, -2, -1)))


@wrong("02.2", "variance")
def variance_of_the_error(prediction, truth):
    return -10 * torch.log10((prediction - truth).flatten(-3).var(-1, unbiased=False))


@wrong("02.2", "channels-averaged")
def a_psnr_for_each_colour(prediction, truth):
    return (-10 * torch.log10(((prediction - truth) ** 2).mean((-3, -2)))).mean(-1)


@wrong("02.2", "pixels-averaged")
def a_psnr_for_each_pixel(prediction, truth):
    return (-10 * torch.log10(((prediction - truth) ** 2).mean(-1))).mean((-1, -2))


@wrong("02.2", "all-pictures")
def one_number(prediction, truth):
    return -10 * torch.log10(torch.mean((prediction - truth) ** 2))


@wrong("02.2", "all-pictures")
def one_number_by_mse_loss(prediction, truth):
    return 10 * torch.log10(1 / F.mse_loss(prediction, truth))


@wrong("02.2", "wrong-axes")
def channels_first_in_mind(prediction, truth):
    return -10 * torch.log10(((prediction - truth) ** 2).mean((-2, -1)))


@wrong("02.2", "wrong-axes")
def channels_left(prediction, truth):
    return -10 * torch.log10(((prediction - truth) ** 2).mean((-3, -2)))


@wrong("02.2", "room-for-zero")
def with_an_epsilon(prediction, truth):
    return -10 * torch.log10(((prediction - truth) ** 2).mean((-3, -2, -1)) + 1e-12)


@wrong("02.2", "not-infinite")
def a_hundred_for_equals(prediction, truth):
    mse = ((prediction - truth) ** 2).mean((-3, -2, -1))
    return torch.where(mse == 0, torch.full_like(mse, 100.0), -10 * torch.log10(mse))


@wrong("02.2", "not-infinite")
def nan_for_equals(prediction, truth):
    error = prediction - truth
    scale = error.abs().amax((-3, -2, -1), keepdim=True)
    mse = ((error / scale) ** 2).mean((-3, -2, -1)) * scale.flatten(-3)[..., 0] ** 2
    return -10 * mse.log10()


@wrong("02.2", "infinite-for-all")
def infinite_when_any_is(prediction, truth):
    psnr = -10 * torch.log10(((prediction - truth) ** 2).mean((-3, -2, -1)))
    return torch.full_like(psnr, torch.inf) if torch.isinf(psnr).any() else psnr


@wrong("02.2", "type")
def by_numpy(prediction, truth):
    return -10 * np.log10(((prediction.numpy() - truth.numpy()) ** 2).mean((-3, -2, -1)))


@wrong("02.2", "clipped")
def of_a_picture_fit_to_be_shown(prediction, truth):
    return -10 * torch.log10(((prediction.clamp(0, 1) - truth) ** 2).mean((-3, -2, -1)))


@wrong("02.2", "same-error")
def clamped_to_thirty(prediction, truth):
    return (-10 * torch.log10(((prediction - truth) ** 2).mean((-3, -2, -1)))).clamp(max=30.0)


@wrong("02.2", "edits-input")
def in_place(prediction, truth):
    prediction -= truth
    return -10 * torch.log10((prediction ** 2).mean((-3, -2, -1)))


# ------------------------------------------------------------------------------------------------ 02.3 ssim

LAST = (-3, -2, -1)


def moments(x, y):
    mx, my = window_mean(x), window_mean(y)
    return mx, my, window_mean(x * x) - mx ** 2, window_mean(y * y) - my ** 2, window_mean(x * y) - mx * my


def formula(mx, my, vx, vy, cov, c1=1e-4, c2=9e-4):
    return (2 * mx * my + c1) * (2 * cov + c2) / ((mx ** 2 + my ** 2 + c1) * (vx + vy + c2))


@right("02.3")
def by_scikit_image(prediction, truth):
    from skimage.metrics import structural_similarity

    pairs = zip(prediction.reshape(-1, *prediction.shape[-3:]), truth.reshape(-1, *truth.shape[-3:]))
    found = [structural_similarity(p.double().numpy(), t.double().numpy(), win_size=11, gaussian_weights=True,
                                   sigma=1.5, use_sample_covariance=False, data_range=1.0, channel_axis=-1)
             for p, t in pairs]
    return torch.tensor(found, dtype=torch.float32).reshape(prediction.shape[:-3])


@right("02.3")
def by_convolution(prediction, truth):
    g = torch.exp(-(torch.arange(11.0) - 5) ** 2 / (2 * 1.5 ** 2))
    window = torch.outer(g, g) / g.sum() ** 2

    def mean(x):
        x = x.double().reshape(-1, *x.shape[-3:]).movedim(-1, 1)
        return F.conv2d(x, window.double().expand(3, 1, 11, 11), groups=3)

    mx, my = mean(prediction), mean(truth)
    vx, vy = mean(prediction.double() ** 2) - mx ** 2, mean(truth.double() ** 2) - my ** 2
    cov = mean(prediction.double() * truth.double()) - mx * my
    return formula(mx, my, vx, vy, cov).mean((1, 2, 3)).reshape(prediction.shape[:-3])


@right("02.3")
def with_deviations_from_the_sum(prediction, truth):
    mx, my = window_mean(prediction), window_mean(truth)
    total = window_mean((prediction + truth) ** 2) - (mx + my) ** 2
    difference = window_mean((prediction - truth) ** 2) - (mx - my) ** 2
    light = (2 * mx * my + 0.01 ** 2) / (mx ** 2 + my ** 2 + 0.01 ** 2)
    form = ((total - difference) / 2 + 0.03 ** 2) / ((total + difference) / 2 + 0.03 ** 2)
    return (light * form).flatten(-3).mean(-1)


@wrong("02.3", "constants-of-bytes")
def bytes_in_mind(prediction, truth):
    return formula(*moments(prediction, truth), (0.01 * 255) ** 2, (0.03 * 255) ** 2).mean(LAST)


@wrong("02.3", "constants-not-squared")
def forgot_the_squares(prediction, truth):
    return formula(*moments(prediction, truth), 0.01, 0.03).mean(LAST)


@wrong("02.3", "constants-swapped")
def constants_exchanged(prediction, truth):
    return formula(*moments(prediction, truth), 0.03 ** 2, 0.01 ** 2).mean(LAST)


@wrong("02.3", "no-constants")
def no_constants(prediction, truth):
    return formula(*moments(prediction, truth), 0, 0).mean(LAST)


@wrong("02.3", "not-centred")
def raw_products(prediction, truth):
    x, y = prediction, truth
    means = (window_mean(v) for v in (x, y, x * x, y * y, x * y))
    return formula(*means).mean(LAST)


@wrong("02.3", "structure-only")
def no_means(prediction, truth):
    _, _, vx, vy, cov = moments(prediction, truth)
    return ((2 * cov + 9e-4) / (vx + vy + 9e-4)).mean(LAST)


@wrong("02.3", "luminance-only")
def means_only(prediction, truth):
    mx, my, *_ = moments(prediction, truth)
    return ((2 * mx * my + 1e-4) / (mx ** 2 + my ** 2 + 1e-4)).mean(LAST)


@wrong("02.3", "correlation")
def pearson(prediction, truth):
    _, _, vx, vy, cov = moments(prediction, truth)
    return ((cov + 4.5e-4) / (vx.clamp(min=0).sqrt() * vy.clamp(min=0).sqrt() + 4.5e-4)).mean(LAST)


@wrong("02.3", "root-of-variance")
def deviations_below(prediction, truth):
    mx, my, vx, vy, cov = moments(prediction, truth)
    return formula(mx, my, vx.clamp(min=0) ** 0.5, vy.clamp(min=0) ** 0.5, cov).mean(LAST)


@wrong("02.3", "two-forgotten")
def no_two(prediction, truth):
    mx, my, vx, vy, cov = moments(prediction, truth)
    return ((mx * my + 1e-4) * (cov + 9e-4) / ((mx ** 2 + my ** 2 + 1e-4) * (vx + vy + 9e-4))).mean(LAST)


@wrong("02.3", "square-of-the-sum")
def bracket_in_the_wrong_place(prediction, truth):
    mx, my, vx, vy, cov = moments(prediction, truth)
    return ((2 * mx * my + 1e-4) * (2 * cov + 9e-4) / (((mx + my) ** 2 + 1e-4) * (vx + vy + 9e-4))).mean(LAST)


@wrong("02.3", "added")
def half_of_each(prediction, truth):
    mx, my, vx, vy, cov = moments(prediction, truth)
    light, form = (2 * mx * my + 1e-4) / (mx ** 2 + my ** 2 + 1e-4), (2 * cov + 9e-4) / (vx + vy + 9e-4)
    return (0.5 * light + 0.5 * form).mean(LAST)


@wrong("02.3", "product-of-means")
def averages_multiplied(prediction, truth):
    mx, my, vx, vy, cov = moments(prediction, truth)
    brightness = ((2 * mx * my + 1e-4) / (mx ** 2 + my ** 2 + 1e-4)).mean(LAST)
    pattern = ((2 * cov + 9e-4) / (vx + vy + 9e-4)).mean(LAST)
    return brightness * pattern


@wrong("02.3", "one-window")
def global_statistics(prediction, truth):
    x, y = prediction.flatten(-3, -2), truth.flatten(-3, -2)
    mx, my = x.mean(-2), y.mean(-2)
    vx, vy = x.var(-2, unbiased=False), y.var(-2, unbiased=False)
    return formula(mx, my, vx, vy, (x * y).mean(-2) - mx * my).mean(-1)


@wrong("02.3", "other-window")
def scikit_image_by_default(prediction, truth):
    def mean(v):
        return F.avg_pool2d(v.reshape(-1, *v.shape[-3:]).movedim(-1, 1), 7, stride=1)

    mx, my = mean(prediction), mean(truth)
    vx, vy = mean(prediction ** 2) - mx ** 2, mean(truth ** 2) - my ** 2
    found = formula(mx, my, vx, vy, mean(prediction * truth) - mx * my).mean((1, 2, 3))
    return found.reshape(prediction.shape[:-3])


@wrong("02.3", "sample-covariance")
def unbiased(prediction, truth):
    mx, my, vx, vy, cov = moments(prediction, truth)
    return formula(mx, my, *(121 / 120 * v for v in (vx, vy, cov))).mean(LAST)


@wrong("02.3", "beyond-the-border")
def same_padding(prediction, truth):
    g = torch.exp(-(torch.arange(11.0) - 5) ** 2 / 4.5)
    window = (torch.outer(g, g) / g.sum() ** 2).expand(3, 1, 11, 11)

    def mean(v):
        return F.conv2d(v.reshape(-1, *v.shape[-3:]).movedim(-1, 1), window, padding=5, groups=3)

    mx, my = mean(prediction), mean(truth)
    vx, vy = mean(prediction ** 2) - mx ** 2, mean(truth ** 2) - my ** 2
    found = formula(mx, my, vx, vy, mean(prediction * truth) - mx * my).mean((1, 2, 3))
    return found.reshape(prediction.shape[:-3])


@wrong("02.3", "grey-pictures")
def in_grey(prediction, truth):
    x, y = (v.mean(-1, keepdim=True) for v in (prediction, truth))
    return formula(*moments(x, y)).mean(LAST)


@wrong("02.3", "dissimilarity")
def one_minus(prediction, truth):
    return 1 - formula(*moments(prediction, truth)).mean(LAST)


@wrong("02.3", "all-pictures")
def mean_of_everything(prediction, truth):
    return formula(*moments(prediction, truth)).mean()


@wrong("02.3", "not-averaged")
def the_map(prediction, truth):
    return formula(*moments(prediction, truth))


@wrong("02.3", "wrong-axes")
def a_number_for_each_colour(prediction, truth):
    return formula(*moments(prediction, truth)).mean((-3, -2))


@wrong("02.3", "not-symmetric")
def variance_of_one_picture(prediction, truth):
    mx, my, vx, _, cov = moments(prediction, truth)
    return formula(mx, my, vx, vx, cov * 0.9).mean(LAST)


@wrong("02.3", "not-symmetric")
def the_same_variance_twice(prediction, truth):
    mx, my, vx, _, cov = moments(prediction, truth)
    return formula(mx, my, vx, vx, cov).mean(LAST)
