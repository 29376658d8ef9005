"""Exercise 09.2, which quantity follows which component: the reference, cases, known mistakes, properties.

Axes: M latents, C components, Q other quantities.
"""

import math

import torch
from torch import Generator, Tensor

from ...checking.compare import difference
from ...checking.exercise import Case, Diagnosis, Suspect
from .common import CURVES, alike, normal, shaped, short


def _standard(x: Tensor) -> Tensor:
    x = x - x.mean(0)
    return x / x.norm(dim=0)


def correlations(scores: Tensor, azimuth: Tensor, others: Tensor) -> Tensor:
    """scores (M, C), azimuth (M,) in radians, others (M, Q) -> (C, 1 + Q): of the azimuth, as an angle; the others."""
    score = _standard(scores)
    sine, cosine = _standard(torch.stack([azimuth.sin(), azimuth.cos()], 1)).T  # (M,) each
    s, c, both = score.T @ sine, score.T @ cosine, sine @ cosine  # (C,), (C,), a number
    around = ((s**2 + c**2 - 2 * s * c * both) / (1 - both**2)).clamp(min=0).sqrt()
    return torch.cat([around[:, None], score.T @ _standard(others)], 1)


def _data(g: Generator, M: int, C: int, Q: int, turn: float, span: float) -> tuple[Tensor, Tensor, Tensor]:
    """Scores that depend on an azimuth and on other quantities, all with means far from 0."""
    azimuth = turn + span * (torch.rand(M, generator=g) ** 1.5 - 0.5)
    azimuth = torch.atan2(azimuth.sin(), azimuth.cos())
    others = normal(g, M, Q) * (1 + torch.arange(Q)) + 3.0
    known = torch.cat([azimuth.sin()[:, None], azimuth.cos()[:, None], others], 1)
    return known @ normal(g, 2 + Q, C) + 0.7 * normal(g, M, C) + 2.0 * normal(g, C), azimuth, others


def cases(g: Generator):
    turn = torch.arange(8) * (math.pi / 4)
    yield Case("eight cameras around a circle", torch.stack([turn.cos(), 1 + 2 * turn.sin(), turn], 1),
               torch.atan2(turn.sin(), turn.cos()), torch.stack([turn, 3 - turn**2], 1))
    yield Case("a sector of the circle", *_data(g, 60, 4, 2, 0.3, 2.0))
    yield Case("a sector around 180 degrees", *_data(g, 80, 3, 2, math.pi, 2.2))
    scores, azimuth, others = _data(g, 40, 3, 2, -0.5, 2.5)
    asks = "Correlations have no unit: scores and quantities may be large or small, and no deviation is added to."
    yield Case("scores of size 0.001, azimuths beyond half a turn", 1e-3 * scores, azimuth + 2 * math.pi,
               others).asking(asks)
    yield Case("others of size 1,000 and of size 0.001", 1e3 * scores, azimuth,
               others * torch.tensor([1e3, 1e-3])).asking(asks)
    yield Case("cameras all around", *_data(g, 200, 8, 3, 1.0, 2 * math.pi))


def turned(scores, azimuth, others, column) -> Tensor:
    """A mistake about the azimuth alone: its column, and the rest right."""
    return torch.cat([column[:, None], correlations(scores, azimuth, others)[:, 1:]], 1)


def _pearson(scores: Tensor, x: Tensor) -> Tensor:
    return _standard(scores).T @ _standard(x)


def _together(x: Tensor) -> Tensor:
    return (x - x.mean()) / x.std()


def _ranks(x: Tensor) -> Tensor:
    return x.argsort(0).argsort(0).float()


def _both(scores: Tensor, azimuth: Tensor) -> tuple[Tensor, Tensor]:
    return _pearson(scores, azimuth.sin()), _pearson(scores, azimuth.cos())


def _all_with(standard):
    """All correlations with another way to standardise."""
    def mistake(scores, azimuth, others):
        ring = standard(torch.stack([azimuth.sin(), azimuth.cos()], 1))
        score, known = standard(scores), standard(others)
        (s, c), both = (score.T @ ring).T, ring[:, 0] @ ring[:, 1]
        around = ((s**2 + c**2 - 2 * s * c * both) / (1 - both**2)).clamp(min=0).sqrt()
        return torch.cat([around[:, None], score.T @ known], 1)
    return mistake


def _others_with(standard):
    """The column of the azimuth is right, the others are standardised in another way."""
    def mistake(scores, azimuth, others):
        return torch.cat([correlations(scores, azimuth, others)[:, :1], standard(scores).T @ standard(others)], 1)
    return mistake


def _multiple(scores: Tensor, design: Tensor) -> Tensor:
    """R of the least squares of scores on the columns of a design."""
    fitted = design @ torch.linalg.lstsq(design, scores).solution
    return (1 - (scores - fitted).square().sum(0) / (scores - scores.mean(0)).square().sum(0)).clamp(min=0).sqrt()


def _sample_deviation(x: Tensor) -> Tensor:
    """Products are averaged over M, deviations were over M - 1."""
    return (x - x.mean(0)) / x.std(0) / math.sqrt(len(x))


_ANGLE = ("In the first column you correlate the score with the azimuth as a plain number. It jumps by 2π where the "
          "circle closes, though nothing in the picture jumps there. Use its sine and cosine, which do not.")
_NOT_CENTRED = ("You have not taken the means away before multiplying. Then two columns that are both far from 0 seem "
                "to follow each other, whatever they do.")
_CROSS = ("In the first column, r_s² + r_c² alone counts twice what sine and cosine have in common. In a sector the "
          "two are correlated with each other: mind the terms with r_sc.")


def _suspect(name, column, what):
    """A mistake in the first column, with and without its sign."""
    return (Suspect(name, lambda s, a, o: turned(s, a, o, column(s, a)), what, CURVES),
            Suspect(name, lambda s, a, o: turned(s, a, o, column(s, a).abs()), what, CURVES))


SUSPECTS = (
    *_suspect("angle-as-number", _pearson, _ANGLE),
    *_suspect("sine-only", lambda s, a: _both(s, a)[0], "Your first column looks at the sine of the azimuth alone. "
              "Cameras left and right of the middle differ in it, those in front and behind do not: the cosine belongs "
              "to it."),
    *_suspect("cosine-only", lambda s, a: _both(s, a)[1], "Your first column looks at the cosine of the azimuth alone. "
              "It cannot tell left from right: the sine belongs to it."),
    Suspect("no-cross-term", lambda s, a, o: turned(s, a, o, sum(r**2 for r in _both(s, a)).sqrt()), _CROSS, CURVES),
    Suspect("no-cross-term", lambda s, a, o: turned(
        s, a, o, (sum(r**2 for r in _both(s, a)) / (1 - _pearson(a.sin()[:, None], a.cos()) ** 2)).sqrt()), _CROSS,
        CURVES),
    Suspect("sign-of-cross-term", lambda s, a, o: turned(s, a, o, (
        (sum(r**2 for r in _both(s, a)) + 2 * _both(s, a)[0] * _both(s, a)[1] * _pearson(a.sin()[:, None], a.cos()))
        / (1 - _pearson(a.sin()[:, None], a.cos()) ** 2)).clamp(min=0).sqrt()),
        "The term 2 s c r_sc has the wrong sign: what sine and cosine have in common is taken away, not added.",
        CURVES),
    Suspect("squared", lambda s, a, o: turned(s, a, o, correlations(s, a, o)[:, 0] ** 2), "Your first column is R², "
            "the share of the variance. Asked for is R, its root, so that it compares with the other columns.", CURVES),
    Suspect("best-of-two", lambda s, a, o: turned(s, a, o, torch.stack(_both(s, a)).abs().amax(0)), "You take the "
            "larger of the correlations with sine and cosine. A component may follow both a little: combine them.",
            CURVES),
    Suspect("degrees", lambda s, a, o: correlations(s, a.deg2rad(), o), "You turn the azimuth from degrees into "
            "radians, but it comes in radians.", CURVES),
    Suspect("degrees", lambda s, a, o: correlations(s, a.rad2deg(), o), "You turn the azimuth into degrees, and "
            "torch's sin and cos take radians.", CURVES),
    Suspect("not-centred", _all_with(lambda x: x / x.norm(dim=0)), _NOT_CENTRED, CURVES),
    Suspect("not-centred", _others_with(lambda x: x / x.norm(dim=0)), _NOT_CENTRED, CURVES),
    Suspect("not-centred", lambda s, a, o: torch.cat([_multiple(
        s, torch.stack([a.sin(), a.cos()], 1))[:, None], correlations(s, a, o)[:, 1:]], 1), "Your least squares has no "
        "column of ones, so the means stay in: a component whose mean is not 0 then seems to follow nothing.", CURVES),
    Suspect("covariance", _others_with(lambda x: (x - x.mean(0)) / math.sqrt(len(x))), "These are covariances: they "
            "grow with the unit of the quantity. Divide by both standard deviations.", CURVES),
    Suspect("covariance", _others_with(lambda x: (x - x.mean(0)) / math.sqrt(len(x) - 1)), "These are covariances: "
            "they grow with the unit of the quantity. Divide by both standard deviations.", CURVES),
    Suspect("two-counts", _others_with(_sample_deviation), "You average over M examples, but torch's `.std()` divides "
            "by M − 1. Use the same count for both, or norms.", CURVES),
    Suspect("two-counts", _all_with(_sample_deviation), "You average over M examples, but torch's `.std()` divides by "
            "M − 1. Use the same count for both, or norms.", CURVES),
    Suspect("sign-lost", lambda s, a, o: correlations(s, a, o).abs(), "You have taken absolute values of the other "
            "correlations. Their sign says whether the quantity grows or falls along the component.", CURVES),
    Suspect("never-negative", lambda s, a, o: correlations(s, a, o).clamp(min=0), "Correlations below 0 are set to 0. "
            "They say that the quantity falls along the component.", CURVES),
    Suspect("squared-others", lambda s, a, o: correlations(s, a, o) ** 2, "These are squared correlations. Asked for "
            "is R in the first column, and r with its sign in the others.", CURVES),
    Suspect("spearman", lambda s, a, o: torch.cat([correlations(s, a, o)[:, :1], _pearson(_ranks(s), _ranks(o))], 1),
            "You correlate ranks. The plain correlation is asked for, of the numbers themselves.", CURVES),
    Suspect("transposed", lambda s, a, o: correlations(s, a, o).T, "Your table is transposed: one row a component, "
            "one column a quantity.", CURVES),
    Suspect("all-columns-together", lambda s, a, o: torch.cat([
            correlations(s, a, o)[:, :1], _together(s).T @ _together(o) / len(s)], 1), "You take one mean and one "
            "deviation over all columns. Each column has its own: over axis 0.", CURVES),
    Suspect("column-order", lambda s, a, o: correlations(s, a, o).roll(-1, 1), "The azimuth's column comes first, "
            "before the others.", CURVES),
)


def _some(g: Generator):
    return _data(g, 150, 4, 2, 0.8, 3.0)


def where_zero_is_does_not_matter(yours, g):
    """the azimuth's column does not depend on where 0 degrees is"""
    scores, azimuth, others = _some(g)
    moved = torch.atan2((azimuth + 2.4).sin(), (azimuth + 2.4).cos())
    a, b = yours(scores, azimuth, others), yours(scores, moved, others)
    if shaped((a, b), (4, 3), (4, 3)) and not alike(a[:, 0], b[:, 0]):
        raise Diagnosis("depends-on-zero", "The first column changes when all azimuths are turned by the same angle. "
                        "Where 0 degrees is, nobody told the model.", seen=short(b[:, 0]), expected=short(a[:, 0]),
                        reread=CURVES)


def units_do_not_matter(yours, g):
    """neither the unit nor the zero of a quantity matters"""
    scores, azimuth, others = _some(g)
    a, b = yours(scores, azimuth, others), yours(3 * scores - 5, azimuth, 0.1 * others + 7)
    if shaped((a, b), (4, 3), (4, 3)) and not alike(a, b):
        raise Diagnosis("depends-on-units", "The correlations change when a quantity is measured in another unit, or "
                        "from another zero.", seen=short(b), expected=short(a), reread=CURVES)


def scores_that_follow_the_ring(yours, g):
    """R is 1 for a score that is a wave of the azimuth, and 0 for one that has nothing to do with it"""
    turn = torch.arange(24) * (math.pi / 12) + 0.1
    scores = torch.stack([(turn + 0.7).cos(), 3 * turn.sin() - 5, (3 * turn).cos(), turn.cos() + (2 * turn).cos()], 1)
    found = yours(scores, turn, normal(g, 24, 1))
    wanted = torch.tensor([1.0, 1.0, 0.0, 0.5**0.5])
    if shaped(found, (4, 2)) and (found[:, 0] - wanted).abs().max() > 5e-3:
        i = int((found[:, 0] - wanted).abs().argmax())
        score = ("cos(azimuth + 0.7)", "3 sin(azimuth) − 5", "cos(3 azimuth)", "cos(azimuth) + cos(2 azimuth)")[i]
        raise Diagnosis("not-the-ring", f"Cameras stand evenly all around, and a score is {score}. The first column "
                        "tells how much of it is a sine and a cosine of the azimuth together.",
                        seen=f"{found[i, 0].item():.3f}", expected=f"{wanted[i].item():.3f}", reread=CURVES)


def others_are_plain_correlations(yours, g):
    """the other columns are the correlations of the numbers themselves"""
    x, noise = normal(g, 300, 2), normal(g, 300, 2)
    x, noise = _whitened(torch.cat([x, noise], 1)).split(2, 1)
    scores, others = x, torch.cat([0.6 * x + 0.8 * noise, -x], 1)
    found, wanted = yours(scores, 3 * normal(g, 300), others), torch.tensor([[0.6, 0, -1, 0], [0, 0.6, 0, -1]])
    if shaped(found, (2, 5)) and (shown := difference(found[:, 1:], wanted, 1e-3, 1e-3)):
        raise Diagnosis("not-the-correlation", "Four quantities follow two scores with correlations of 0.6, −1 and 0: "
                        "one row a score, one column a quantity, each the mean product of both after taking away the "
                        "mean and dividing by the deviation.", seen=shown[0], expected=shown[1], reread=CURVES)


def _whitened(x: Tensor) -> Tensor:
    """Columns with mean 0 and variance 1 that are not correlated."""
    return torch.linalg.qr(x - x.mean(0)).Q * math.sqrt(len(x))


PROPERTIES = (where_zero_is_does_not_matter, units_do_not_matter, scores_that_follow_the_ring,
              others_are_plain_correlations)
