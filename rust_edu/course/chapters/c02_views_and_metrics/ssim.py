"""Exercise 02.3, structural similarity: cases, known mistakes, properties.

The reference agrees with skimage.metrics.structural_similarity(gaussian_weights=True, sigma=1.5, win_size=11,
use_sample_covariance=False, data_range=1.0, channel_axis=-1).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from ...checking.exercise import Case, Diagnosis, Suspect
from .common import STRUCTURE, a_tensor, pictures
from .windows import SIDE, window_mean

PICTURE = (-3, -2, -1)
C1, C2 = 0.01**2, 0.03**2


def ssim(prediction: Tensor, truth: Tensor) -> Tensor:
    """Structural similarity (...) of pictures (..., H, W, 3) in [0, 1], through an 11x11 Gaussian window."""
    return similarity()(prediction, truth)


def similarity(mean=window_mean, constants=(C1, C2), centred=True, luminance=True, structure=True, twice=2.0,
               spread=lambda v: v, correction=1.0, places=lambda s: s.mean(PICTURE)):
    """SSIM, or with another argument a mistake."""

    def compute(x, y):
        c1, c2 = constants
        mx, my = mean(x), mean(y)
        vx, vy, cov = mean(x * x), mean(y * y), mean(x * y)
        if centred:
            vx, vy, cov = (correction * v for v in (vx - mx * mx, vy - my * my, cov - mx * my))
        light = (twice * mx * my + c1) / (mx * mx + my * my + c1)
        form = (twice * cov + c2) / (spread(vx) + spread(vy) + c2)
        return places((light if luminance else 1.0) * (form if structure else 1.0))

    return compute


CONSTANTS = "C1 = (0.01 L)^2 and C2 = (0.03 L)^2, where L is the peak, 1 here: 0.0001 and 0.0009."


def cases(g):
    grey = torch.full((12, 11, 3), 0.5)  # numbers that float32 holds exactly: nothing is rounded in a flat window
    yield Case("two grey pictures, 0.5 and 0.625", grey, grey + 0.125)
    faint = 0.5 + 0.03 * torch.randn(2, 15, 14, 3, generator=g)  # variances about as large as C2
    yield Case("two faint patterns that have nothing in common", *faint)
    pattern = 0.3 * torch.randn(2, 12, 13, 3, generator=g)
    yield Case("pictures and their negatives", 0.5 - pattern, 0.5 + pattern).asking(
        "What is bright in one is dark in the other: the covariance is below 0, and so is the similarity.")
    yield Case("predictions that overshoot, below 0 and above 1", 0.5 + 3 * pattern, 0.5 + pattern).asking(
        "A prediction is compared as it is, also below 0 and above 1.")
    black = torch.zeros(11, 12, 3)
    yield Case("a faint pattern and black", black + 0.02 * torch.rand(11, 12, 3, generator=g), black).asking(
        "In the dark the constants decide: " + CONSTANTS)
    truth = pictures(g, 13, 26)
    half = torch.cat([truth[:, :13], 0.2 * pictures(g, 13, 13)], 1)  # both factors are small in the same places
    yield Case("a picture whose right half is dark and of another pattern", half, truth)
    for shape in ((13, 14), (2, 16, 13), (2, 2, 14, 12)):
        truth = _smooth(g, *shape)
        prediction = 0.7 * truth + 0.3 * _smooth(g, *shape) + 0.08 * torch.rand(*shape, 3, generator=g)
        yield Case(f"random pictures of shape {(*shape, 3)}", prediction.clamp(0, 1), truth)


def _smooth(g, *shape: int) -> Tensor:
    """Pictures with neighbours alike, flat in some places and not in others, as real ones are."""
    H, W = shape[-2:]
    coarse = pictures(g, *shape[:-2], 4, 4).movedim(-1, -3)
    fine = F.interpolate(coarse.reshape(-1, 3, 4, 4), (H, W), mode="bilinear").reshape(*shape[:-2], 3, H, W)
    return fine.movedim(-3, -1)


def _whole(x):
    return x.mean((-3, -2), keepdim=True)


def _uniform(side):
    return lambda x: x.unfold(-3, side, 1).unfold(-3, side, 1).mean((-2, -1))


def _padded(mode):
    def mean(x):
        flat, r = x.reshape(-1, *x.shape[-3:]).movedim(-1, 1), SIDE // 2
        return window_mean(F.pad(flat, (r, r, r, r), mode=mode).movedim(1, -1)).reshape(*x.shape)
    return mean


def _grey(x, y):
    return ssim(*(v.mean(-1, keepdim=True).expand(v.shape) for v in (x, y)))


def _the_smaller(x, y):
    both = [similarity(places=lambda s: s, **{part: False})(x, y) for part in ("structure", "luminance")]
    return torch.minimum(*both).mean(PICTURE)


def _added(x, y):
    return (similarity(structure=False)(x, y) + similarity(luminance=False)(x, y)) / 2


def _product_of_means(x, y):
    return similarity(structure=False)(x, y) * similarity(luminance=False)(x, y)


def _squared_sum(x, y):
    mx, my = window_mean(x), window_mean(y)
    vx, vy, cov = window_mean(x * x) - mx**2, window_mean(y * y) - my**2, window_mean(x * y) - mx * my
    return ((2 * mx * my + C1) * (2 * cov + C2) / (((mx + my) ** 2 + C1) * (vx + vy + C2))).mean(PICTURE)


def _with(cov=lambda c: c, var=lambda v: v):
    """SSIM with covariances or variances that are changed."""
    def mistake(x, y):
        mx, my = window_mean(x), window_mean(y)
        vx, vy, both = window_mean(x * x) - mx**2, window_mean(y * y) - my**2, window_mean(x * y) - mx * my
        light = (2 * mx * my + C1) / (mx**2 + my**2 + C1)
        return (light * (2 * cov(both) + C2) / (var(vx) + var(vy) + C2)).mean(PICTURE)
    return mistake


def _one_window_for_the_variances(x, y):
    mx, my = window_mean(x), window_mean(y)
    vx, vy, cov = (window_mean(a * b) for a, b in ((x - _whole(x), x - _whole(x)), (y - _whole(y), y - _whole(y)),
                                                   (x - _whole(x), y - _whole(y))))
    return ((2 * mx * my + C1) / (mx**2 + my**2 + C1) * (2 * cov + C2) / (vx + vy + C2)).mean(PICTURE)


def _product_of_variances(x, y):
    mx, my = window_mean(x), window_mean(y)
    vx, vy, cov = window_mean(x * x) - mx**2, window_mean(y * y) - my**2, window_mean(x * y) - mx * my
    return ((2 * mx * my + C1) / (mx**2 + my**2 + C1) * (2 * cov + C2) / (vx * vy + C2)).mean(PICTURE)


def _correlation(x, y):
    mx, my = window_mean(x), window_mean(y)
    vx, vy, cov = window_mean(x * x) - mx**2, window_mean(y * y) - my**2, window_mean(x * y) - mx * my
    return ((cov + C2 / 2) / (vx.clamp(min=0).sqrt() * vy.clamp(min=0).sqrt() + C2 / 2)).mean(PICTURE)


WINDOW = ("You look through another window. It is the Gaussian one of `window_mean`; scikit-image's default is a flat "
          "one, and the two give different numbers.")
SUSPECTS = (
    Suspect("constants-of-bytes", similarity(constants=(2.55**2, 7.65**2)), "Your constants are those for bytes, with "
            "a peak of 255. They drown everything else. " + CONSTANTS, STRUCTURE),
    Suspect("constants-not-squared", similarity(constants=(0.01, 0.03)), "Your constants are not squared. " + CONSTANTS,
            STRUCTURE),
    Suspect("constants-swapped", similarity(constants=(C2, C1)), "The two constants are exchanged. C1 goes with the "
            "means, C2 with variances and covariance.", STRUCTURE),
    Suspect("no-constants", similarity(constants=(0.0, 0.0)), "A constant is missing, the second at least. In a flat "
            "window both variances are 0, and 0/0 is no similarity. " + CONSTANTS, STRUCTURE),
    Suspect("not-centred", similarity(centred=False), "Your variances and the covariance are means of products. The "
            "product of the means must be taken off: mean(x y) - mean(x) mean(y).", STRUCTURE),
    Suspect("structure-only", similarity(luminance=False), "The first factor is missing, which compares the means: a "
            "picture that is too bright would lose nothing.", STRUCTURE),
    Suspect("luminance-only", similarity(structure=False), "The second factor is missing, which compares variances and "
            "covariance. That is the structure.", STRUCTURE),
    Suspect("correlation", _correlation, "This is the correlation within each window. SSIM divides the covariance by "
            "the *mean* of the variances, so that a pale copy is punished, and has a factor for the means.", STRUCTURE),
    Suspect("root-of-variance", similarity(spread=lambda v: v.clamp(min=0).sqrt()), "You use standard deviations where "
            "variances belong: below the line of the second factor stands var(x) + var(y).", STRUCTURE),
    Suspect("two-forgotten", similarity(twice=1.0), "The factor 2 is missing above the lines. With it each factor is 1 "
            "for equal pictures.", STRUCTURE),
    Suspect("never-negative", similarity(places=lambda s: s.clamp(min=0).mean(PICTURE)), "You set similarities below 0 "
            "to 0, place by place. A negative has a similarity below 0.", STRUCTURE),
    Suspect("never-negative", lambda x, y: ssim(x, y).clamp(min=0), "Your similarity is never below 0. A negative has "
            "a similarity below 0: what is bright in one is dark in the other.", STRUCTURE),
    Suspect("never-negative", lambda x, y: ssim(x, y).abs(), "You take the absolute value. A negative has a similarity "
            "below 0: what is bright in one is dark in the other.", STRUCTURE),
    Suspect("never-negative", _with(cov=lambda c: c.clamp(min=0)), "You set covariances below 0 to 0. A negative has a "
            "covariance below 0, and a similarity below 0.", STRUCTURE),
    Suspect("never-negative", _with(cov=torch.abs), "You take the absolute value of the covariance. Below 0 it says "
            "that what is bright in one is dark in the other.", STRUCTURE),
    *(Suspect("clipped", lambda x, y, low=low, high=high: ssim(x.clamp(low, high), y), "You clip the prediction "
              "before you compare it. What it overshoots is an error too: take it as it is.", STRUCTURE)
      for low, high in ((0.0, 1.0), (0.0, None), (None, 1.0))),
    *(Suspect("other-constants", similarity(constants=pair), "Your constants are others. " + CONSTANTS, STRUCTURE)
      for pair in ((C1, C1), (C2, C2), (C1, 0.03), (0.01, C2), (C1, C2 / 2), (4 * C1, 4 * C2), (1e-8, 1e-8))),
    Suspect("the-smaller", _the_smaller, "You take the smaller of the two factors. They are multiplied, place by "
            "place.",
            STRUCTURE),
    Suspect("square-of-the-sum", _squared_sum, "Below the line of the first factor stands the sum of the squares, not "
            "the square of the sum.", STRUCTURE),
    Suspect("added", _added, "The two factors are multiplied, not averaged: a picture must get both right.", STRUCTURE),
    Suspect("product-of-means", _product_of_means, "You average each factor over the picture, and multiply the two "
            "averages. Multiply first, place by place, and average the products: a place must get both right.",
            STRUCTURE),
    Suspect("mean-of-the-picture", _one_window_for_the_variances, "Your variances are around the mean of the whole "
            "picture. Take them around the mean of each window: mean(x x) - mean(x) mean(x).", STRUCTURE),
    Suspect("product-of-variances", _product_of_variances, "Below the line of the second factor stands a product. It "
            "is the sum of the two variances.", STRUCTURE),
    Suspect("constants-once", similarity(constants=(0.0, C2)), "C1 is missing. In the dark both means are near 0. "
            + CONSTANTS, STRUCTURE),
    Suspect("one-window", similarity(mean=_whole), "You take means over the whole picture. SSIM looks through a small "
            "window at every place, then averages what it found.", STRUCTURE),
    Suspect("other-window", similarity(mean=_uniform(7)), WINDOW, STRUCTURE),
    Suspect("other-window", similarity(mean=_uniform(11)), WINDOW, STRUCTURE),
    Suspect("other-window", similarity(mean=_uniform(7), correction=49 / 48), WINDOW, STRUCTURE),
    Suspect("sample-covariance", similarity(correction=SIDE**2 / (SIDE**2 - 1)), "You correct the variances by "
            "N/(N-1). That is scikit-image's default; with use_sample_covariance=False, as here, there is no "
            "correction.",
            STRUCTURE),
    Suspect("beyond-the-border", similarity(mean=_padded("constant")), "You let the window reach over the border. Only "
            "windows that fit are used.", STRUCTURE),
    Suspect("beyond-the-border", similarity(mean=_padded("replicate")), "You let the window reach over the border. "
            "Only windows that fit are used.", STRUCTURE),
    Suspect("beyond-the-border", similarity(mean=_padded("reflect")), "You let the window reach over the border. Only "
            "windows that fit are used.", STRUCTURE),
    Suspect("grey-pictures", _grey, "You turn the pictures grey first. Each channel has a similarity of its own, and "
            "the mean goes over all three.", STRUCTURE),
    Suspect("dissimilarity", lambda x, y: 1 - ssim(x, y), "This is 1 minus the similarity. Equal pictures have 1.",
            STRUCTURE),
    Suspect("dissimilarity", lambda x, y: (1 - ssim(x, y)) / 2, "This is a dissimilarity. Equal pictures have 1.",
            STRUCTURE),
    Suspect("all-pictures", similarity(places=lambda s: s.mean()), "You average over all pictures at once. Each has a "
            "number of its own: the mean goes over the last three axes.", STRUCTURE),
    Suspect("not-averaged", similarity(places=lambda s: s), "You return the similarity at every place. The mean over "
            "the last three axes is one number a picture.", STRUCTURE),
    *(Suspect("wrong-axes", similarity(places=lambda s, axes=axes: s.mean(axes)), "You average over the wrong axes. "
              "The mean goes over places and channels, the last three axes.", STRUCTURE)
      for axes in ((-3, -2), (0, 1, 2), (1, 2, 3), (-2, -1))),
)


def the_brightness_factor(yours, g):
    """Of flat pictures only the means count"""
    grey = torch.full((3, 12, 13, 3), 0.5)
    other = torch.tensor([0.25, 0.75, 0.03])[:, None, None, None].expand(grey.shape)
    _agree(yours, other, grey, 2e-3, "brightness-factor", "In flat pictures all variances and covariances are 0, so "
           "the second factor is C2 / C2 = 1, and the first one is left: (2 mean(x) mean(y) + C1) / (mean(x)^2 + "
           "mean(y)^2 + C1), the means squared below the line. Yours is not.")


def _checker(H: int, W: int) -> Tensor:
    """(H, W, 1): 1 and -1 in turn. Its mean is 0 and its variance 1 in any window, at any place."""
    return (1.0 - 2.0 * ((torch.arange(H)[:, None] + torch.arange(W)) % 2))[..., None]


def the_pattern_factor(yours, g):
    """Of pictures that are equally bright only variances and covariance count"""
    sizes = torch.tensor([[0.1, 0.1], [0.05, 0.1], [0.1, -0.05], [0.02, 0.03]])[:, :, None, None, None]
    x, y = (0.5 + sizes[:, i] * _checker(12, 13).expand(12, 13, 3) for i in (0, 1))
    _agree(yours, x, y, 2e-3, "pattern-factor", "Two pictures are equally bright in every window, so the first factor "
           "is 1, and the second is left: (2 cov + C2) / (var(x) + var(y) + C2), with var(x) = mean(x x) - mean(x) "
           "mean(x) and cov = mean(x y) - mean(x) mean(y), each by `window_mean`. Yours is not.")


def the_two_multiplied(yours, g):
    """The two factors are multiplied"""
    pattern = _checker(12, 13).expand(12, 13, 3)
    x = torch.stack([0.3 + 0.1 * pattern, 0.2 + 0.02 * pattern])
    y = torch.stack([0.7 + 0.05 * pattern, 0.6 - 0.03 * pattern])
    _agree(yours, x, y, 2e-3, "not-multiplied", "Each of your two factors is right alone. Where both are below 1, "
           "their product is asked for.")


def one_channel_in_three(yours, g):
    """Each channel counts a third"""
    pattern = 0.1 * _checker(12, 13).expand(3, 12, 13, 3)
    turned = torch.where(torch.eye(3, dtype=torch.bool)[:, None, None, :], -pattern, pattern)
    _agree(yours, 0.5 + turned, 0.5 + pattern, 2e-3, "channels", "Two channels of the picture are right, and one is "
           "not. Each channel has a similarity of its own, and the mean goes over all three. Yours does not.")


def windows_that_fit(yours, g):
    """Every window that fits counts, and no other"""
    truth = pictures(g, 2, 24, 22)
    prediction = truth.clone()
    prediction[0, :6] = prediction[0, :6].flip(1)  # near the border: few windows see it
    prediction[1, 9:15] = prediction[1, 9:15].flip(1)  # in the middle
    _agree(yours, prediction, truth, 5e-4, "windows", "A picture differs from the truth in six rows only, at its edge "
           "or in its middle. How much that costs depends on the windows: take the Gaussian one of `window_mean`, "
           "wherever it fits, multiply the two factors place by place, and average over places.")


def _agree(yours, prediction: Tensor, truth: Tensor, most: float, name: str, what: str) -> None:
    """Raise a Diagnosis of this name where similarities differ by more than `most`."""
    found = a_tensor(yours(prediction, truth), (len(truth),), "The similarities").double()
    wanted = ssim(prediction, truth)
    off = (found - wanted).abs().nan_to_num(torch.inf)
    if off.max() > most:
        i = int(off.argmax())
        raise Diagnosis(name, what, seen=f"{found[i].item():.4g}", expected=f"{wanted[i].item():.4g}", reread=STRUCTURE)


def one_for_itself(yours, g):
    """A picture is 1 like itself, flat or not"""
    truth = torch.cat([pictures(g, 2, 12, 13), torch.full((1, 12, 13, 3), 0.4)])
    found = a_tensor(yours(truth, truth), (3,), "The similarities")
    if not torch.allclose(found.double(), torch.ones(3, dtype=torch.float64), atol=1e-3):
        worst = found[(found - 1).abs().argmax()]
        raise Diagnosis("not-one", "A picture compared with itself must have a similarity of 1.",
                        seen=f"{worst.item():.4g}", expected="1", reread=STRUCTURE)


def symmetric(yours, g):
    """It does not matter which of the two pictures is the truth"""
    x, y = pictures(g, 2, 12, 13), pictures(g, 2, 12, 13)
    one, other = (a_tensor(yours(*pair), (2,), "The similarities") for pair in ((x, y), (y, x)))
    if not torch.allclose(one, other, atol=1e-4):
        raise Diagnosis("not-symmetric", "Exchange the two pictures, and your similarity changes. Every product in the "
                        "formula treats both alike.", seen=f"{one[0].item():.4g} and {other[0].item():.4g}",
                        expected="the same number twice", reread=STRUCTURE)


def one_number_a_picture(yours, g):
    """The number of a picture does not depend on the pictures beside it"""
    x, y = pictures(g, 3, 12, 12), pictures(g, 3, 12, 12)
    together = a_tensor(yours(x, y), (3,), "The similarities")
    alone = torch.stack([a_tensor(yours(a, b), (), "The similarity of one picture") for a, b in zip(x, y)])
    if not torch.allclose(together.double(), alone.double(), atol=1e-4):
        raise Diagnosis("pictures-mixed", "The number of a picture changes with the pictures beside it. Average over "
                        "the last three axes only.", seen=f"{together[0]:.4g} beside others, {alone[0]:.4g} alone",
                        expected="the same", reread=STRUCTURE)
