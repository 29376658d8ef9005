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
        painted = torch.where(hidden[..., None], torch.tensor(fill), targets.images)
        shown = Views(painted, targets.camera_to_world, targets.K)
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


def overshooting(inputs: Views, targets: Views) -> Tensor:
    """Below 0 and above 1."""
    _whole(inputs, targets)
    return 4.0 * mixture(inputs, targets) - 1.5


def random_views(g, B: int, V: int, T: int, H: int, W: int) -> tuple[Views, Views]:
    return tuple(Views(pictures(g, B, n, H, W), random_cameras(g, B, n), torch.eye(3)) for n in (V, T))


def cases(g):
    for case in _cases(g):
        _, inputs, targets, _ = case.args
        for views in (inputs, targets):  # as the test set has them
            views.depth, views.label = 1 + torch.rand(views.images.shape[:4], generator=g), torch.randint(
                5, views.images.shape[:4], generator=g, dtype=torch.uint8)
        yield case


def _cases(g):
    tiny = Views(torch.full((1, 1, 2, 4, 3), 0.2), torch.eye(4).expand(1, 1, 4, 4), torch.eye(3))
    yield Case("a picture of 0.2 everywhere and a predictor that copies what it is shown", copycat,
               tiny, replace(tiny), error)
    for predict, metric, shape in ((copycat, bias, (2, 2, 3, 4, 6)), (mixture, error, (2, 3, 2, 6, 4)),
                                   (mixture, bias, (3, 2, 2, 4, 4)), (overshooting, error, (2, 3, 2, 4, 6))):
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
    Suspect("clipped", evaluate(end=lambda scores: scores.clamp(min=0)), "Your scores are never below 0. A measure "
            "may be: return what it gives.", PROTOCOL),
)


def no_depth_is_handed_over(yours, g):
    """Of the targets nothing but pictures and cameras is handed over"""
    inputs, targets = random_views(g, 2, 2, 3, 4, 6)
    targets.depth, targets.label = torch.rand(2, 3, 4, 6), torch.ones(2, 3, 4, 6, dtype=torch.uint8)
    found: list[str] = []

    def looking(inputs, shown):
        found.extend(name for name in ("depth", "label") if getattr(shown, name, None) is not None)
        return torch.full_like(shown.images, 0.3)

    yours(looking, inputs, targets, error)
    if found:
        raise Diagnosis("depth-handed-over", f"The views that you show have the targets' {found[0]}, of the hidden "
                        "half too. No model gets it: `Views(images, camera_to_world, K)` makes views without.",
                        seen=f"`shown.{found[0]}` with all its numbers", expected=f"`shown.{found[0]}` is None",
                        reread=PROTOCOL)


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


def _unlike(a: Tensor, b: Tensor) -> bool:
    return a.shape != b.shape or not torch.allclose(a.float(), b, atol=1e-6)


def what_predict_is_handed(yours, g):
    """`predict` gets the input views as they are, and the targets with their cameras, painted grey"""
    inputs, targets = random_views(g, 2, 3, 2, 4, 6)
    calls: list[tuple[Views, Views]] = []

    def spy(given, shown):
        calls.append((given, shown))
        return torch.full_like(shown.images, 0.3)

    yours(spy, inputs, targets, error)
    missed = {(b, t) for b in range(2) for t in range(2)}
    for given, shown in calls:
        if not isinstance(given, Views) or not isinstance(shown, Views):
            raise Diagnosis("not-views", "`predict` is handed something else than views: it is called as "
                            "`predict(inputs, shown)`, two `Views`.", seen=f"{type(given).__name__} and "
                            f"{type(shown).__name__}",
                            expected="Views and Views", reread=PROTOCOL)
        if given.images.shape[2:] != inputs.images.shape[2:] or shown.images.shape[2:] != targets.images.shape[2:]:
            return  # whole pictures are asked for elsewhere
        scenes = [b for b in range(2) if any(not _unlike(c, inputs.camera_to_world[b]) for c in given.camera_to_world)]
        if len(scenes) != len(given.images) or _unlike(given.images, inputs.images[scenes]):
            raise Diagnosis("inputs-changed", "`predict` gets other input views than you were given. They are handed "
                            "on whole, all of them, with their cameras.", seen=f"{given.count} input views, or other "
                            "pictures",
                            expected=f"the {inputs.count} input views as they are", reread=PROTOCOL)
        for b, scene in enumerate(scenes):
            for picture, camera in zip(shown.images[b], shown.camera_to_world[b]):
                which = [t for t in range(2) if not _unlike(camera, targets.camera_to_world[scene, t])]
                if not which:
                    raise Diagnosis("other-cameras", "What you show has other cameras than the targets. `predict` may "
                                    "ask for them: each target comes with its own.", seen="another camera",
                                    expected="targets.camera_to_world", reread=PROTOCOL)
                missed.discard((scene, which[0]))
                if _unlike(picture[:, :3], targets.images[scene, which[0], :, :3]):
                    raise Diagnosis("seen-half-changed", "The left half of what you show is not that of its target. "
                                    "It is shown as it is.", seen="another left half", expected="the target's left "
                                    "half",
                                    reread=PROTOCOL)
                if _unlike(picture[:, 3:], torch.full((4, 3, 3), GREY)):
                    raise Diagnosis("not-grey", "The right half of what you show is not the agreed grey, 0.5. A model "
                                    "may react to what stands there, so all must see the same.",
                                    seen=f"{picture[0, 3, 0].item():.4g}", expected="0.5", reread=PROTOCOL)
    if missed:
        raise Diagnosis("target-never-shown", "`predict` is not asked for all targets.", seen=f"{4 - len(missed)} of 4 "
                        "targets", expected="each target of each scene", reread=PROTOCOL)


def what_the_measure_is_handed(yours, g):
    """`metric` gets the right halves of prediction and truth, as they are"""
    inputs, targets = random_views(g, 2, 3, 2, 4, 6)
    drawn, calls = 3 * torch.randn(2, 2, 4, 6, 3, generator=g), []

    def predict(given, shown):
        known = [((b, t), targets.camera_to_world[b, t]) for b in range(2) for t in range(2)]
        index = [next(at for at, theirs in known if not _unlike(camera, theirs))
                 for camera in shown.camera_to_world.flatten(0, 1)]
        return torch.stack([drawn[at] for at in index]).view(shown.images.shape)

    def spy(prediction, truth):
        calls.append((prediction.detach().clone(), truth.detach().clone()))
        return error(prediction, truth)

    yours(predict, inputs, targets, spy)
    if not calls:
        raise Diagnosis("measure-not-used", "Your scores are not those of `metric`, which is never called. Whoever "
                        "calls you says how pictures are compared.", seen="no call", expected="metric(prediction "
                        "half, true half)",
                        reread=PROTOCOL)
    for what, pictures_, whole in (("prediction", [c[0] for c in calls], drawn), ("truth", [c[1] for c in calls],
                                                                                  targets.images)):
        for one in torch.cat([p.reshape(-1, *p.shape[-3:]) for p in pictures_]) if len(
                {p.shape[-3:] for p in pictures_}) == 1 else ():
            if not any(not _unlike(one, w) for w in whole.flatten(0, 1)[..., 3:, :]):
                raise Diagnosis(f"{what}-changed", f"`metric` gets another {what} than the right half of a "
                                f"{'picture that `predict` drew' if what == 'prediction' else 'target'}, as it is: "
                                "nothing is clipped, painted or cut away.", seen="a picture of shape "
                                f"{tuple(one.shape)}, with numbers from {one.min().item():.3g} to "
                                f"{one.max().item():.3g}",
                                expected="a right half of shape (4, 3, 3), as it was", reread=PROTOCOL)


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
