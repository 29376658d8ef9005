"""Exercise 08.2, what can be read from pairs of latents: the reference, cases, known mistakes, properties.

Axes: S scenes, T target views, L numbers in a latent pose, M pairs, F features of a probe, Q quantities (3).
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor, randn

from ...checking.exercise import Case, Diagnosis, Suspect

Probe = Callable[[Tensor, Tensor, Tensor], Tensor]  # (M, F), (M, Q) to fit on, (N, F) -> answers (N, Q)
FRAME = "Reading a pose without a frame"


def quadratic_probe(x_fit: Tensor, y_fit: Tensor, x: Tensor) -> Tensor:
    """Answers (N, Q) for features (N, F): ridge regression on features and their products, fitted on others' M."""
    middle, scale = x_fit.double().mean(0), x_fit.double().std(0).clamp(min=1e-12)
    X_fit, X = (_with_products((f.double() - middle) / scale) for f in (x_fit, x))
    ridge = 1e-6 * len(X_fit) * torch.eye(X_fit.shape[1], dtype=torch.float64)
    return (X @ torch.linalg.solve(X_fit.T @ X_fit + ridge, X_fit.T @ y_fit.double())).to(x.dtype)


def _with_products(x: Tensor) -> Tensor:
    """(M, F) -> one, the features, and their products: (M, 1 + F + F (F + 1) / 2)."""
    i, j = torch.triu_indices(x.shape[1], x.shape[1])
    return torch.cat([torch.ones_like(x[:, :1]), x, x[:, i] * x[:, j]], dim=1)


def pair_r2(z: Tensor, where: Tensor, fit: int, probe: Probe) -> Tensor:
    """R² (3,) of differences in azimuth, elevation, distance, read from latents (S, T, L) of pairs of views.

    where: (S, T, 3), angles in radians. The probe is fitted on the first `fit` scenes and scored on the others.
    """
    x, y = _pairs(z, where)
    return _score(probe(_rows(x[:fit]), _rows(y[:fit]), _rows(x[fit:])), _rows(y[fit:]))


def _rows(x: Tensor) -> Tensor:
    return x.flatten(0, 1)


def _wrap(angle: Tensor) -> Tensor:
    return torch.atan2(angle.sin(), angle.cos())


def _ordered(T: int) -> tuple[Tensor, Tensor]:
    return (~torch.eye(T, dtype=torch.bool)).nonzero().unbind(-1)


def _pairs(z: Tensor, where: Tensor, which=_ordered, turn=_wrap) -> tuple[Tensor, Tensor]:
    """Features (S, pairs, 2 L) and differences (S, pairs, 3)."""
    i, j = which(z.shape[1])
    y = where[:, j] - where[:, i]
    return torch.cat([z[:, i], z[:, j]], -1), torch.cat([turn(y[..., :1]), y[..., 1:]], -1)


def _score(answers: Tensor, y: Tensor) -> Tensor:
    return 1 - (y - answers).square().sum(0) / (y - y.mean(0)).square().sum(0)


def examples(g: Generator, S: int, T: int, L: int, noise: float, turned: bool = True) -> tuple[Tensor, Tensor]:
    """Latents and cameras of made-up scenes: each has a frame of its own, and latents know the camera in it."""
    within = torch.stack([1.5 * torch.rand(S, T, generator=g) - 0.75, 0.3 + 0.6 * torch.rand(S, T, generator=g),
                          3.6 + 1.6 * torch.rand(S, T, generator=g)], -1)
    centred = within - torch.tensor([0.0, 0.6, 4.4])
    z = centred @ randn(3, L, generator=g) + 0.5 * centred.square() @ randn(3, L, generator=g)
    frame = 2 * math.pi * torch.rand(S, 1, generator=g) * turned
    azimuth = _wrap(within[..., 0] + frame)  # seam included: neighbours may be at 179 and -179 degrees
    return z + noise * randn(S, T, L, generator=g), torch.cat([azimuth[..., None], within[..., 1:]], -1)


def cases(g: Generator):
    where = torch.tensor([[[3.1, 0.5, 4.0], [-3.0, 0.7, 6.5], [2.9, 0.9, 9.0]],  # distances that differ by over pi
                          [[0.1, 0.4, 5.2], [0.4, 0.6, 3.8], [-0.2, 0.5, 8.9]],
                          [[1.0, 0.8, 6.4], [1.3, 0.5, 4.1], [0.7, 0.6, 3.7]],
                          [[-3.1, 0.3, 5.3], [3.0, 0.7, 8.8], [-2.8, 0.4, 3.9]]])
    own = _wrap(where[..., :1] - where[:, :1, :1])  # azimuths in the frame of each scene's first view
    yield Case("latents that are azimuth and distance, in a frame of each scene", torch.cat([own, where[..., 2:]], -1),
               where, 3, line_probe)
    for S, T, L, fit, noise in ((40, 4, 5, 25, 0.3), (60, 3, 8, 40, 0.6), (50, 5, 2, 30, 0.1)):
        yield Case(f"{S} scenes of {T} views, latents of {L} numbers", *examples(g, S, T, L, noise), fit,
                   quadratic_probe)
    yield Case("a probe that misses by more than half a turn", *examples(g, 20, 3, 2, 0.1), 12, poor_probe).asking(
        "A probe may be poor: its errors count in full, and R² is far below 0.")


def poor_probe(x_fit: Tensor, y_fit: Tensor, x: Tensor) -> Tensor:
    """Answers that are far from every difference there is."""
    return 4.0 - 2.0 * line_probe(x_fit, y_fit, x)


def line_probe(x_fit: Tensor, y_fit: Tensor, x: Tensor) -> Tensor:
    """Answers by a line through the fitted examples, with an intercept; for cases with few pairs."""
    ones = [torch.cat([f.double(), torch.ones(len(f), 1, dtype=torch.float64)], 1) for f in (x_fit, x)]
    ridge = 1e-3 * torch.eye(ones[0].shape[1], dtype=torch.float64)
    weights = torch.linalg.solve(ones[0].T @ ones[0] + ridge, ones[0].T @ y_fit.double())
    return (ones[1] @ weights).to(x.dtype)


def _read(which=_ordered, turn=_wrap, features=lambda x: x, score=_score) -> Callable:
    def mistaken(z, where, fit, probe):
        x, y = _pairs(z, where, which, turn)
        x = features(x)
        return score(probe(_rows(x[:fit]), _rows(y[:fit]), _rows(x[fit:])), _rows(y[fit:]))
    return mistaken


def _on(learn: Callable, judge: Callable) -> Callable:
    """Fitted on the scenes that `learn` picks and scored on those that `judge` picks."""
    def mistaken(z, where, fit, probe):
        x, y = _pairs(z, where)
        return _score(probe(_rows(learn(x, fit)), _rows(learn(y, fit)), _rows(judge(x, fit))), _rows(judge(y, fit)))
    return mistaken


def _fit_counts_pairs(z, where, fit, probe):
    x, y = (_rows(v) for v in _pairs(z, where))
    return _score(probe(x[:fit], y[:fit], x[fit:]), y[fit:])


def _single(z, where, fit, probe):
    return _score(probe(_rows(z[:fit]), _rows(where[:fit]), _rows(z[fit:])), _rows(where[fit:]))


def _half(x: Tensor, second: bool) -> Tensor:
    L = x.shape[-1] // 2
    return x[..., L:] if second else x[..., :L]


def _errors_wrapped(answers, y):
    missed = y - answers
    missed = torch.cat([_wrap(missed[:, :1]), missed[:, 1:]], 1)
    return 1 - missed.square().sum(0) / (y - y.mean(0)).square().sum(0)


def _correlation(answers, y):
    a, b = answers - answers.mean(0), y - y.mean(0)
    return (a * b).sum(0) ** 2 / (a.square().sum(0) * b.square().sum(0))


ONE_TURN = ("You forgot that azimuths go round: from 179 to -179 degrees it is 2 degrees, not -358. Wrap the "
            "difference into -pi to pi, with atan2(sin, cos) for example.")
SUSPECTS = (
    Suspect("not-wrapped", _read(turn=lambda a: a), ONE_TURN, FRAME),
    Suspect("not-wrapped", _read(turn=lambda a: a % (2 * math.pi)), "You wrap the difference of azimuths to 0 to 2 pi. "
            "Then a step of 1 degree to the left is 359 degrees to the right: the seam lies where most pairs are. Wrap "
            "into -pi to pi.", FRAME),
    Suspect("direction-lost", _read(turn=lambda a: _wrap(a).abs()), "You take how far apart two azimuths are, and "
            "forget to which side. Keep the sign.", FRAME),
    Suspect("scored-on-fit", _on(lambda v, n: v[:n], lambda v, n: v[:n]), "You score the probe on the scenes that it "
            "was fitted on. With enough features that number is always good. Score it on the scenes from `fit` on.",
            FRAME),
    Suspect("leak", _on(lambda v, n: v, lambda v, n: v[n:]), "Your probe is fitted on all scenes, and so on those that "
            "it is tested on. It may see the first `fit` scenes only.", FRAME),
    Suspect("scored-on-fit", _on(lambda v, n: v, lambda v, n: v), "You fit and score on all scenes. Fit on the first "
            "`fit`, score on the others.", FRAME),
    Suspect("leak", _on(lambda v, n: v[n:], lambda v, n: v[n:]), "Your probe is fitted on the scenes that it is tested "
            "on. It may see the first `fit` scenes only.", FRAME),
    Suspect("exchanged", _on(lambda v, n: v[n:], lambda v, n: v[:n]), "You fit on the last scenes and score on the "
            "first. The first `fit` scenes are for fitting.", FRAME),
    Suspect("fit-counts-pairs", _fit_counts_pairs, "You cut after `fit` pairs. `fit` counts scenes; cut among pairs, "
            "and a scene has pairs on both sides.", FRAME),
    Suspect("no-pairs", _single, "You read each view's camera from its own latent. That asks for a frame that the "
            "model does not have. Read the difference of two views from the latents of both.", FRAME),
    Suspect("one-latent", _read(features=lambda x: _half(x, False)), "Your features hold the latent of one view alone. "
            "A difference needs both: put the two latents side by side.", FRAME),
    Suspect("one-latent", _read(features=lambda x: _half(x, True)), "Your features hold the latent of one view alone. "
            "A difference needs both: put the two latents side by side.", FRAME),
    Suspect("latents-subtracted", _read(features=lambda x: _half(x, True) - _half(x, False)), "You subtract the "
            "latents. Then the probe no longer knows where the two stood, and a latent need not be a straight scale. "
            "Put them side by side: (z_i, z_j).", FRAME),
    Suspect("latents-subtracted", _read(features=lambda x: _half(x, False) - _half(x, True)), "You subtract the "
            "latents. Then the probe no longer knows where the two stood, and a latent need not be a straight scale. "
            "Put them side by side: (z_i, z_j).", FRAME),
    Suspect("half-the-pairs", _read(which=lambda T: torch.triu_indices(T, T, 1)), "You take each pair once, i before "
            "j. Take it both ways round, T (T - 1) pairs of a scene: otherwise the order in which views happen to come "
            "has a say.", FRAME),
    Suspect("half-the-pairs", _read(which=lambda T: (torch.arange(T - 1), torch.arange(1, T))), "You take neighbours "
            "only. Take all pairs of different views of a scene, both ways round.", FRAME),
    Suspect("variance-of-answers", _read(score=lambda a, y: 1 - (y - a).square().sum(0) / (a - a.mean(0)).square(
            ).sum(0)), "You divide by how much the *answers* vary. A probe that says little would be punished twice. "
            "The variance of the truth belongs there.", FRAME),
    Suspect("two-counts", _read(score=lambda a, y: 1 - (y - a).square().mean(0) / y.var(0)), "You divide a mean over M "
            "pairs by torch's `.var()`, which divides by M - 1. Use sums for both.", FRAME),
    Suspect("share-unread", _read(score=lambda a, y: 1 - _score(a, y)), "This is the share that was *not* read. R² is "
            "1 minus it.", FRAME),
    Suspect("mean-squared-error", _read(score=lambda a, y: (y - a).square().mean(0)), "This is the mean squared error. "
            "R² compares it with the error of always answering the mean.", FRAME),
    Suspect("correlation-squared", _read(score=_correlation), "This is the squared correlation of answers and truth. "
            "It forgives answers that are ten times too large. R² does not.", FRAME),
    Suspect("errors-wrapped", _read(score=_errors_wrapped), "You wrap the probe's errors in azimuth into -pi to pi, "
            "so an answer that is a whole turn off counts as right. Wrap the differences that the probe learns; its "
            "errors count in full.", FRAME),
    Suspect("pooled", _read(score=lambda a, y: (1 - (y - a).square().sum() / (y - y.mean(0)).square().sum()).expand(3)),
            "You sum over the three quantities too. Radians and units of the scene cannot be added: sum over pairs, "
            "axis 0, alone.", FRAME),
)


def _numbers(result) -> list[float] | None:
    good = isinstance(result, Tensor) and result.shape == (3,) and bool(result.isfinite().all())
    return result.tolist() if good else None


def turning_a_scene_changes_nothing(yours, g):
    """A scene may be turned as a whole, and nothing changes"""
    z, where = examples(g, 40, 4, 4, 0.2, turned=False)
    turned = torch.cat([_wrap(where[..., :1] + 2 * math.pi * torch.rand(40, 1, 1, generator=g)), where[..., 1:]], -1)
    before, after = (_numbers(yours(z, w, 25, quadratic_probe)) for w in (where, turned))
    if before and after and max(abs(b - a) for b, a in zip(before, after)) > 0.01:
        raise Diagnosis("depends-on-frame", "Turn each scene with all of its cameras, and your R² changes, though no "
                        "camera has moved within its scene. " + ONE_TURN, seen=f"azimuth {after[0]:.2f}",
                        expected=f"{before[0]:.2f}", reread=FRAME)


def nothing_is_read_from_noise(yours, g):
    """From latents that know nothing, nothing is read"""
    _, where = examples(g, 50, 4, 4, 0.0)
    found = _numbers(yours(randn(50, 4, 5, generator=g), where, 30, quadratic_probe))
    if found and max(found) > 0.15:
        raise Diagnosis("reads-noise", "Your read-out finds cameras in random numbers. Does the probe see the scenes "
                        "that it is scored on?", seen=f"{max(found):.2f}", expected="about 0, or below", reread=FRAME)


def fits_on_the_first_scenes_only(yours, g):
    """The probe is fitted on the first scenes, and answers for the others"""
    z, where = examples(g, 30, 3, 2, 0.1)
    scene_of = {_key(latent): s for s, views in enumerate(z) for latent in views}
    fitted, judged = set(), set()

    def spy(x_fit, y_fit, x):
        for scenes, features in ((fitted, x_fit), (judged, x)):
            keys = [_key(row[k:k + 2]) for row in features for k in range(features.shape[1] - 1)]
            scenes |= {scene_of[key] for key in keys if key in scene_of}
        return quadratic_probe(x_fit, y_fit, x)

    yours.call((z, where, 20, spy), {}, gradients=True)
    seen = f"fitted on {_scenes(fitted)}, scored on {_scenes(judged)}"
    expected = "fitted on scenes 0 to 19, scored on scenes 20 to 29"
    if fitted & judged:
        raise Diagnosis("leak", "You fit on views of scenes that you score. Cut the scenes first, then make "
                        "pairs of each part.", seen=seen, expected=expected, reread=FRAME)
    if fitted and judged and (max(fitted) >= 20 or min(judged) < 20):
        raise Diagnosis("other-scenes", "The probe is fitted on scenes that it is not scored on, as it should be. But "
                        "they are other ones: the first `fit` scenes are for fitting, all others for scoring.",
                        seen=seen, expected=expected, reread=FRAME)
    if fitted and judged and (len(fitted) < 20 or len(judged) < 10):
        raise Diagnosis("some-scenes", "Some scenes are left out. Fit on all of the first `fit` scenes, score on all "
                        "others.", seen=seen, expected=expected, reread=FRAME)


def _key(latent: Tensor) -> tuple:
    return tuple(round(number, 4) for number in latent.tolist())


def _scenes(some: set[int]) -> str:
    if not some:
        return "nothing that was given"
    whole = len(some) == max(some) - min(some) + 1
    return f"scenes {min(some)} to {max(some)}" if whole else f"{len(some)} scenes from {min(some)} to {max(some)}"


def the_probe_gets_pairs_and_differences(yours, g):
    """The probe is given pairs of latents, both ways round, and differences of cameras; R² is made of its answers"""
    z, where = examples(g, 12, 3, 2, 0.1)
    calls = []

    def spy(x_fit, y_fit, x):
        calls.append((x_fit.detach(), y_fit.detach()))
        return quadratic_probe(x_fit, y_fit, x)

    result = yours.call((z, where, 8, spy), {}, gradients=True)
    if not calls:
        raise Diagnosis("probe-not-used", "`pair_r2` does not call the probe that it is given.", seen="no call",
                        expected="probe(x_fit, y_fit, x)", reread=FRAME)
    x, y = (_rows(v[:8]) for v in _pairs(z, where))
    x_fit, y_fit = calls[0]
    if x_fit.shape != x.shape:
        raise Diagnosis("other-features", "The probe is given something else than pairs of latents: for each of "
                        "T (T - 1) ordered pairs of a scene's views the 2 L numbers of both.",
                        seen=f"{tuple(x_fit.shape)} for 8 scenes of 3 views, latents of 2 numbers",
                        expected=f"{tuple(x.shape)}", reread=FRAME)
    apart = (x_fit.float()[:, None] - x).abs().amax(2)
    if apart.amin(1).max() > 1e-4 or apart.amin(0).max() > 1e-4:
        n = int(apart.amin(1).argmax())
        raise Diagnosis("other-features", "The probe is given other pairs, or other numbers, than the latents of two "
                        "views of a scene, side by side, both ways round.", seen=_short(x_fit[n]),
                        expected=f"rows such as {_short(x[0])}", reread=FRAME)
    wanted = y[apart.argmin(1)]
    y_fit = y_fit[:, None] if y_fit.ndim == 1 else y_fit
    if y_fit.shape == wanted.shape and not any(torch.allclose(y_fit.float(), s * wanted, atol=1e-3) for s in (1, -1)):
        n = int((y_fit - wanted).abs().amax(1).argmax())
        raise Diagnosis("other-differences", "The probe gets the right pairs, with other answers to learn. They are "
                        "the differences of azimuth, elevation and distance, and of them the azimuth alone goes round.",
                        seen=_short(y_fit[n]), expected=_short(wanted[n]), reread=FRAME)
    found, target = _numbers(result), pair_r2(z, where, 8, quadratic_probe).tolist()
    if found and max(abs(f - t) for f, t in zip(found, target)) > 1e-3:
        raise Diagnosis("other-score", "The probe gets what it should, and what you make of its answers is another "
                        "number. R² is 1 minus the sum of squared errors over the sum of squared differences to the "
                        "mean of the truth, for each quantity over all pairs of the scenes from `fit` on.",
                        seen=_short(torch.tensor(found)), expected=_short(torch.tensor(target)), reread=FRAME)


def _short(row: Tensor) -> str:
    return "[" + ", ".join(f"{number:.3f}" for number in row.flatten()[:6].tolist()) + "]"


PROPERTIES = (fits_on_the_first_scenes_only, turning_a_scene_changes_nothing, nothing_is_read_from_noise,
              the_probe_gets_pairs_and_differences)
