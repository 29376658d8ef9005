"""Exercise 02.5, the half-image protocol: cases, known mistakes, properties.

The predictors of the cases look at everything they are given, so that whatever is wrong shows in the scores.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from ....views import Views
from ...checking.exercise import Case, Diagnosis, Suspect
from .common import PROTOCOL, a_tensor, pictures
from .nearest import random_cameras

GREY = 0.5


def half_image_scores(predict: Callable, inputs: Views, targets: Views, metric: Callable) -> Tensor:
    """Scores (B, T) of the right halves of what `predict` draws, when the targets' right halves are grey."""
    return evaluate()(predict, inputs, targets, metric)


def right_half(H: int, W: int) -> Tensor:
    return (torch.arange(W) >= W // 2).expand(H, W)


def evaluate(hide=right_half, score="right", fill=GREY, order=1, truth=lambda targets, shown: targets.images,
             given=lambda inputs, targets, shown: (inputs, shown), end=lambda scores: scores):
    """The protocol, or with another argument a mistake."""

    def compute(predict, inputs, targets, metric):
        H, W = targets.images.shape[2:4]
        hidden = hide(H, W) if hide else torch.zeros(H, W, dtype=torch.bool)
        shown = replace(targets, images=torch.where(hidden[..., None], torch.tensor(fill), targets.images))
        drawn = predict(*given(inputs, targets, shown))
        pair = drawn, truth(targets, shown)
        parts = {"right": lambda x: x[..., W // 2:, :], "left": lambda x: x[..., :W // 2, :], "whole": lambda x: x,
                 "bottom": lambda x: x[..., H // 2:, :, :], "top": lambda x: x[..., :H // 2, :, :]}
        return end(metric(*(parts[score](x) for x in pair[::order])))

    return compute


def left_half(H, W):
    return ~right_half(H, W)


def bottom(H, W):
    return (torch.arange(H) >= H // 2)[:, None].expand(H, W)


# ---- Predictors and measures to try an answer with


def _whole(inputs: Views, shown: Views) -> None:
    """Raise a Diagnosis unless what a predictor is shown is as large as the input views."""
    if shown.images.shape[2:] != inputs.images.shape[2:]:
        (H, W), (h, w) = inputs.images.shape[2:4], shown.images.shape[2:4]
        raise Diagnosis("cut-off", "The predictor was handed targets that are cut off. It gets whole pictures, whose "
                        f"right halves are painted grey, {GREY}: it has to draw the whole, and knows only so where "
                        "the left half belongs.", seen=f"targets {w} pixels wide and {h} high",
                        expected=f"{W} wide and {H} high, like the input views", reread=PROTOCOL)


def copycat(inputs: Views, targets: Views) -> Tensor:
    _whole(inputs, targets)
    return targets.images.clone()


def mixture(inputs: Views, targets: Views) -> Tensor:
    """Looks at the inputs, at what is shown of the target, and at both cameras."""
    _whole(inputs, targets)
    gap = (targets.camera_to_world[:, :, None, :3, 3] - inputs.camera_to_world[:, None, :, :3, 3]).norm(dim=-1)
    weight = torch.softmax(-gap, -1)
    blended = torch.einsum("btv,bvhwc->bthwc", weight, inputs.images)
    return 0.6 * blended + 0.3 * targets.images + 0.05 * targets.images.mean((2, 3), keepdim=True)


def error(prediction: Tensor, truth: Tensor) -> Tensor:
    return (prediction - truth).square().mean((-3, -2, -1))


def bias(prediction: Tensor, truth: Tensor) -> Tensor:
    return (prediction - truth).mean((-3, -2, -1))


def random_views(g, B: int, V: int, T: int, H: int, W: int) -> tuple[Views, Views]:
    return tuple(Views(pictures(g, B, n, H, W), random_cameras(g, B, n), torch.eye(3)) for n in (V, T))


def cases(g):
    tiny = Views(torch.full((1, 1, 2, 4, 3), 0.2), torch.eye(4).expand(1, 1, 4, 4), torch.eye(3))
    yield Case("a picture of 0.2 everywhere and a predictor that copies what it is shown", copycat, tiny, tiny, error)
    for predict, metric, shape in ((copycat, bias, (2, 2, 3, 4, 6)), (mixture, error, (2, 3, 2, 6, 4)),
                                   (mixture, bias, (3, 2, 2, 4, 4))):
        yield Case(f"a predictor that uses all it is given, {metric.__name__} as the measure", predict,
                   *random_views(g, *shape), metric)


HIDE = "What is scored was shown to the predictor. Paint the right halves grey before you call `predict`."
SEEN = ("You score the half that the predictor was shown. Copying it would be perfect: score the right half, which it "
        "was not.")
WHOLE = "You score whole pictures. Half of each was shown to the predictor, and it may have copied that."
ROWS = "You cut at a row, into top and bottom. Left and right lie along the last but one axis, W."
SUSPECTS = (
    Suspect("nothing-hidden", evaluate(hide=None), HIDE, PROTOCOL),
    Suspect("nothing-hidden", evaluate(hide=None, score="whole"), HIDE + " And only those are scored.", PROTOCOL),
    Suspect("seen-half-scored", evaluate(score="left"), SEEN, PROTOCOL),
    Suspect("seen-half-scored", evaluate(hide=left_half), "You hide the left halves and score the right ones, which "
            "were shown. " + SEEN, PROTOCOL),
    Suspect("seen-half-scored", evaluate(hide=None, score="left"), SEEN, PROTOCOL),
    Suspect("whole-picture-scored", evaluate(score="whole"), WHOLE, PROTOCOL),
    Suspect("left-right-swapped", evaluate(hide=left_half, score="left"), "Left and right are exchanged. Nothing leaks "
            "that way, but the numbers are of another half than everybody's: the left is seen, the right is "
            "scored.", PROTOCOL),
    Suspect("top-and-bottom", evaluate(hide=bottom, score="bottom"), ROWS, PROTOCOL),
    Suspect("top-and-bottom", evaluate(hide=bottom), "You hide the lower halves and score the right ones. "
            "" + ROWS, PROTOCOL),
    Suspect("top-and-bottom", evaluate(score="bottom"), "You hide the right halves and score the lower ones. " + ROWS,
            PROTOCOL),
    Suspect("hidden-and-true", evaluate(truth=lambda targets, shown: shown.images), "You compare the prediction with "
            "the grey that you painted. The truth is the target as it was: keep it.", PROTOCOL),
    Suspect("not-grey", evaluate(fill=0.0), "You paint black. The agreed colour is grey, 0.5: a model may react to "
            "what stands there, so all must see the same.", PROTOCOL),
    Suspect("not-grey", evaluate(fill=1.0), "You paint white. The agreed colour is grey, 0.5: a model may react to "
            "what stands there, so all must see the same.", PROTOCOL),
    Suspect("everything-hidden", evaluate(hide=lambda H, W: torch.ones(H, W, dtype=torch.bool)), "You paint the whole "
            "target grey. The left half may be seen: it is how RUST is told which view you want.", PROTOCOL),
    Suspect("exchanged", evaluate(given=lambda inputs, targets, shown: (shown, inputs)), "The predictor gets inputs "
            "and targets in the wrong order: `predict(inputs, shown)`.", PROTOCOL),
    Suspect("metric-exchanged", evaluate(order=-1), "The measure gets the truth first. It is called with the "
            "prediction, then the truth.", PROTOCOL),
    Suspect("averaged", evaluate(end=lambda scores: scores.mean()), "You return one number. The scores of all pictures "
            "are asked for, (B, T): what to average comes later.", PROTOCOL),
    Suspect("averaged", evaluate(end=lambda scores: scores.mean(1)), "You return one number for each scene. The scores "
            "of all pictures are asked for, (B, T).", PROTOCOL),
)


def nothing_leaks(yours, g):
    """The predictor gets the same, whatever the right halves show"""
    inputs, targets = random_views(g, 2, 2, 3, 4, 6)
    other = replace(targets, images=targets.images.clone())
    other.images[..., 3:, :] = pictures(g, 2, 3, 4, 3)
    seen: list[Tensor] = []

    def spy(inputs, shown):
        seen.append(shown.images.detach().clone())
        return torch.full_like(shown.images, 0.3)

    for views in (targets, other):
        a_tensor(yours(spy, inputs, views, error), (2, 3), "The scores")
    for one, two in zip(seen[:len(seen) // 2], seen[len(seen) // 2:]):
        if one.shape != two.shape or not torch.equal(one, two):
            raise Diagnosis("leak", "Two targets differ in their right halves only, and the predictor was shown "
                            "something different. " + HIDE, seen="another picture was handed to "
                            "`predict`", expected="the same picture",
                            reread=PROTOCOL)


def only_the_right_half_counts(yours, g):
    """What is drawn in the left half does not count"""
    inputs, targets = random_views(g, 2, 2, 3, 4, 6)

    def first_input(inputs, shown):
        return inputs.images[:, :1].expand_as(shown.images).clone()

    def first_input_left_black(inputs, shown):
        drawn = first_input(inputs, shown)
        drawn[..., :3, :] = 0.0
        return drawn

    one, two = (a_tensor(yours(predict, inputs, targets, error), (2, 3), "The scores")
                for predict in (first_input, first_input_left_black))
    if not torch.allclose(one, two, atol=1e-6):
        raise Diagnosis("left-half-counts", "Two predictions differ in their left halves only, and have different "
                        "scores. "
                        + SEEN, seen=f"{one[0, 0].item():.4g} and {two[0, 0].item():.4g}", expected="the same",
                        reread=PROTOCOL)
