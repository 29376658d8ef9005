"""Exercise 08.3, two models on the same scenes: the reference, cases, known mistakes, properties.

Axes: S scenes, T pictures of each.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from ...checking.exercise import Case, Diagnosis, Suspect

SAME = "The same scenes for both"


def paired_difference(a: Tensor, b: Tensor) -> tuple[float, float, float]:
    """Decibels (S, T) of two models on the same pictures -> mean of a - b, its standard error, and the error that
    it would have if the models had been tested on scenes of their own."""
    first, second = a.mean(1), b.mean(1)
    apart, S = first - second, len(a)
    return (apart.mean().item(), (apart.std() / S**0.5).item(), ((first.var() + second.var()) / S).sqrt().item())


def scores(g: Generator, S: int, T: int, apart: float = 0.5) -> tuple[Tensor, Tensor]:
    """Decibels of two models: scenes are easy or hard for both, and each picture has a little of its own."""
    scene, picture = 21 + 3 * torch.randn(S, 1, generator=g), 0.8 * torch.randn(S, T, generator=g)
    each = [level + scene + picture + 0.6 * torch.randn(S, 1, generator=g) + 0.5 * torch.randn(S, T, generator=g)
            for level in (apart, 0.0)]
    return each[0], each[1]


def cases(g: Generator):
    yield Case("three scenes with two pictures each", torch.tensor([[10.0, 12.0], [20.0, 20.0], [29.0, 31.0]]),
               torch.tensor([[9.0, 11.0], [19.0, 17.0], [26.0, 28.0]]))
    for S, T in ((40, 5), (6, 3), (12, 12), (2, 4)):
        yield Case(f"{S} scenes with {T} pictures each", *scores(g, S, T))
    # Whole numbers of 1/1024 decibel, and 8 scenes of 4: their means are exact, in whatever order.
    a, apart = (torch.randint(1, 20, (8, 4), generator=g) / 1024 for _ in range(2))
    yield Case("two models that are nearly the same, on scenes that are nearly alike", 20 + a, 20 + a + apart).asking(
        "Two models may differ by thousandths of a decibel: nothing is rounded, and no error has a smallest size.")


def _means(a, b):
    return a.mean(1), b.mean(1)


def _paired(a, b):
    return (a - b).mean(1).std() / len(a) ** 0.5


def _unpaired(a, b):
    return sum(x.mean(1).var() / len(x) for x in (a, b)) ** 0.5


def _result(mean=lambda a, b: (a - b).mean(), paired=_paired, unpaired=_unpaired) -> Callable:
    return lambda a, b: tuple(float(f(a, b)) for f in (mean, paired, unpaired))


def _root_of_sum(error: Callable) -> Callable:
    return lambda a, b: (error(a) ** 2 + error(b) ** 2) ** 0.5


def _both(error: Callable) -> Callable:
    """The same mistaken standard error of scores (S, T), for the difference and for the two models."""
    return _result(paired=lambda a, b: error(a - b), unpaired=_root_of_sum(error))


def _in_errors(x: Tensor) -> Tensor:
    return 10 ** (-x / 10)


def _error(x: Tensor) -> Tensor:
    return x.mean(1).std() / len(x) ** 0.5


def _mistakes(name: str, error: Callable, what: str) -> tuple[Suspect, ...]:
    """A mistake in both standard errors, or in one of them."""
    alone = (_both(error), _result(paired=lambda a, b: error(a - b)), _result(unpaired=_root_of_sum(error)))
    return tuple(Suspect(name, mistake, what, SAME) for mistake in alone)


ALIKE = ("You count every picture as new evidence. Pictures of one scene are alike, and so are their differences: "
         "average within a scene first, then take the spread over scenes, and count scenes.")
SUSPECTS = (
    *_mistakes("spread-for-error", lambda x: x.mean(1).std(), "This is the standard deviation over scenes: how "
               "different scenes are. How sure the *mean* is, is that over the root of their number."),
    *_mistakes("spread-for-error", lambda x: x.mean(1).std(unbiased=False), "This is the standard deviation over "
               "scenes: how different scenes are. How sure the *mean* is, is that over the root of their number."),
    *_mistakes("population", lambda x: x.mean(1).std(unbiased=False) / len(x) ** 0.5, "You divide by S where a sample "
               "asks for S - 1. torch.std and torch.var do that by themselves; NumPy's need ddof=1."),
    *_mistakes("pictures-as-scenes", lambda x: x.std() / x.numel() ** 0.5, ALIKE),
    *_mistakes("pictures-as-scenes", lambda x: x.mean(1).std() / x.numel() ** 0.5, ALIKE),
    *_mistakes("pictures-as-scenes", lambda x: x.std(unbiased=False) / x.numel() ** 0.5, ALIKE),
    *_mistakes("spread-of-pictures", lambda x: x.std() / len(x) ** 0.5, "The spread is over all pictures, the count "
               "over scenes. Take the mean of each scene first, then the spread of those means."),
    *_mistakes("root-forgotten", lambda x: x.mean(1).std() / len(x), "You divide by the number of scenes. It is the "
               "root of that number: four times as many scenes make a mean twice as sure."),
    *_mistakes("wrong-axis", lambda x: x.mean(0).std() / x.shape[1] ** 0.5, "You average over scenes first. Scenes are "
               "axis 0, their pictures axis 1: average over axis 1 first, then take the spread over scenes."),
    *_mistakes("wrong-axis", lambda x: x.mean(0).std() / len(x) ** 0.5, "You average over scenes first. Scenes are "
               "axis 0, their pictures axis 1: average over axis 1 first, then take the spread over scenes."),
    *_mistakes("counted-views", lambda x: x.mean(1).std() / x.shape[1] ** 0.5, "You divide by the root of the number "
               "of pictures of a scene. What is averaged here are scenes: count those."),
    *_mistakes("interval", lambda x: 1.96 * _error(x), "This is the half width of a 95 % interval, 1.96 standard "
               "errors. One is asked for."),
    Suspect("reversed", lambda a, b: paired_difference(b, a), "The sign is the other way round: a - b is asked for, "
            "positive where a is better.", SAME),
    Suspect("exchanged", _result(paired=_unpaired, unpaired=_paired), "The two errors are exchanged. Second comes the "
            "error of the paired difference, third the one without pairing.", SAME),
    Suspect("not-paired", _result(paired=_unpaired), "Your second number is the error without pairing, once more. "
            "Subtract scene by scene first; then take the spread of the differences.", SAME),
    Suspect("paired-twice", _result(unpaired=_paired), "Your third number is the paired error, once more. Without "
            "pairing each model has a spread of its own, and their variances add.", SAME),
    *(Suspect("errors-added", _result(paired=p, unpaired=lambda a, b: _error(a) + _error(b)), "You add the two "
              "standard errors. Of independent numbers the *variances* add: the root of the sum of the squares.", SAME)
      for p in (_paired, lambda a, b: _error(a) + _error(b))),
    *(Suspect("errors-subtracted", _result(paired=lambda a, b, f=f: f(_error(a), _error(b))), "You subtract the two "
              "standard errors. The error of the difference is the spread of the differences, scene by scene.", SAME)
      for f in (lambda p, q: p - q, lambda p, q: (p - q).abs(), lambda p, q: (p**2 - q**2).abs() ** 0.5)),
    Suspect("one-model-only", _result(unpaired=lambda a, b: _error(a)), "Your third number is the error of one model. "
            "Both are uncertain: add their variances, and take the root.", SAME),
    Suspect("one-model-only", _result(unpaired=lambda a, b: _error(b)), "Your third number is the error of one model. "
            "Both are uncertain: add their variances, and take the root.", SAME),
    Suspect("one-sample", _result(unpaired=lambda a, b: torch.cat(_means(a, b)).std() * (2 / len(a)) ** 0.5), "You "
            "put the scenes of both models into one sample. Then the difference between the models counts as spread. "
            "Take each model's variance by itself.", SAME),
    Suspect("one-sample", _result(unpaired=lambda a, b: torch.cat(_means(a, b)).std() / (2 * len(a)) ** 0.5), "You "
            "put the scenes of both models into one sample. Take each model's variance by itself, and add the two.",
            SAME),
    Suspect("mean-of-variances", _result(unpaired=lambda a, b: _unpaired(a, b) / 2**0.5), "You take the mean of the "
            "two variances. They add: a difference has the uncertainty of both.", SAME),
    Suspect("variance", _result(paired=lambda a, b: _paired(a, b) ** 2, unpaired=lambda a, b: _unpaired(a, b) ** 2),
            "These are variances, in decibels squared. Their roots are missing.", SAME),
    Suspect("variance", _result(unpaired=lambda a, b: _unpaired(a, b) ** 2), "Your third number is a variance, in "
            "decibels squared. Its root is missing.", SAME),
    *(Suspect("absolute", mistake, "You average how far the two are apart, whichever is better. Keep the sign of a - "
              "b, so that scenes can cancel.", SAME) for mistake in (
        _result(mean=lambda a, b: (a - b).abs().mean()), _result(mean=lambda a, b: (a - b).mean(1).abs().mean()),
        _result(mean=lambda a, b: (a - b).mean(1).abs().mean(),
                paired=lambda a, b: (a - b).mean(1).abs().std() / len(a) ** 0.5))),
    Suspect("averaged-errors", _result(mean=lambda a, b: 10 * (_in_errors(b).mean() / _in_errors(a).mean()).log10()),
            "You go back from decibels to squared errors and average those. Here the decibels themselves are averaged, "
            "as in notebook 02.", SAME),
    Suspect("median", _result(mean=lambda a, b: (a - b).mean(1).median()), "This is the median over scenes. The mean "
            "is asked for.", SAME),
)


def hard_scenes_drop_out(yours, g):
    """What is hard for both models does not make their difference less sure"""
    a, b = scores(g, 30, 4)
    level = 4 * torch.randn(30, 1, generator=g)
    before, after = yours(a, b), yours(a + level, b + level)
    if abs(float(after[0]) - float(before[0])) > 1e-2 or abs(float(after[1]) / float(before[1]) - 1) > 1e-2:
        raise Diagnosis("not-paired", "Make some scenes harder for both models by the same decibels: their difference "
                        "has not changed, and no more has its error. Yours does.",
                        seen=f"an error of {float(before[1]):.2g} before, {float(after[1]):.2g} after",
                        expected="the same", reread=SAME)


def copies_are_no_evidence(yours, g):
    """A second copy of every picture makes nothing surer"""
    a, b = scores(g, 8, 3)
    once, twice = yours(a, b), yours(a.repeat(1, 2), b.repeat(1, 2))
    if any(abs(float(t) / float(o) - 1) > 1e-3 for o, t in zip(once[1:], twice[1:])):
        raise Diagnosis("copies-count", "Count every picture of every scene twice, and your standard errors change. "
                        "Nothing new was measured. " + ALIKE, seen=f"{float(once[1]):.3g} before, "
                        f"{float(twice[1]):.3g} after", expected="the same", reread=SAME)


def turning_it_round_changes_the_sign(yours, g):
    """Exchange the models, and only the sign changes"""
    a, b = scores(g, 12, 3)
    there, back = yours(a, b), yours(b, a)
    if abs(float(there[0]) + float(back[0])) > 1e-3 or any(
            abs(float(x) - float(y)) > 1e-3 * abs(float(x)) for x, y in zip(there[1:], back[1:])):
        raise Diagnosis("not-symmetric", "Exchange the two models: the difference must change its sign, the errors "
                        "must stay.", seen=f"{[round(float(v), 3) for v in back]}",
                        expected=f"{[round(v, 3) for v in (-float(there[0]), float(there[1]), float(there[2]))]}",
                        reread=SAME)


def each_of_the_three_numbers(yours, g):
    """The difference, its error and the error without pairing are right, each by itself"""
    a, b = scores(g, 7, 3)
    for name, mine, wanted, what in zip(
            ("other-difference", "other-paired-error", "other-unpaired-error"), yours(a, b), paired_difference(a, b),
            ("The first number is the mean over scenes of a - b, in decibels.",
             "The second number is the standard error of the paired difference: of the S differences of the scenes' "
             "means the standard deviation (with S - 1), divided by the root of S.",
             "The third number is what the error would be without pairing: the root of (variance of a's S means + "
             "variance of b's) / S.")):
        if abs(float(mine) - wanted) > 1e-3 * abs(wanted):
            raise Diagnosis(name, what + " Yours is another one.", seen=f"{float(mine):.5g}", expected=f"{wanted:.5g}",
                            reread=SAME)


PROPERTIES = (hard_scenes_drop_out, copies_are_no_evidence, turning_it_round_changes_the_sign,
              each_of_the_three_numbers)
