"""Exercise 02.4, a mean over scenes and how sure it is: cases, known mistakes, properties."""

import torch
from torch import Tensor

from ...checking.exercise import Case, Diagnosis, Suspect
from .common import MEANS


def mean_and_error(scores: Tensor) -> tuple[float, float]:
    """Scores (S, T) of T pictures of each of S scenes -> their mean, and its standard error over scenes."""
    scene = scores.mean(1)
    return scene.mean().item(), (scene.std() / len(scene) ** 0.5).item()


def cases(g):
    yield Case("three scenes with two pictures each", torch.tensor([[10.0, 14.0], [18.0, 18.0], [22.0, 26.0]]))
    yield Case("five scenes with one picture each", 20 + 4 * torch.randn(5, 1, generator=g))
    for size in (1e-3, 1e3):
        yield Case(f"scores around 0, of size {size:g}", size * torch.randn(6, 4, generator=g)).asking(
            "Scores may be of any size and sign: nothing is rounded, cut off or added.")
    for S, T in ((40, 5), (7, 3), (12, 12), (2, 4)):
        level = 20 + 4 * torch.randn(S, 1, generator=g)
        skewed = level - torch.rand(S, T, generator=g).log().abs() * 2
        yield Case(f"{S} scenes with {T} pictures each", skewed)


def result(mean=lambda s: s.mean(), error=None):
    """A mistake in one of the two numbers, from the scores."""
    def mistake(scores):
        found = mean(scores), (error(scores) if error else scores.mean(1).std() / len(scores) ** 0.5)
        return tuple(float(v) for v in found)
    return mistake


def _of_the_mean_error(scores):
    return -10 * (10 ** (-scores / 10)).mean().log10()


def _scene_errors(scores):
    return -10 * (10 ** (-scores / 10)).mean(1).log10()


def _of_scene_errors(scores):
    return _scene_errors(scores).mean()


ERRORS = ("You go back from decibels to squared errors, average those, and return the decibels of that mean. That is a "
          "number too, always a smaller one, and ruled by the worst pictures. Here the decibels themselves are "
          "averaged.")
ALIKE = ("You count every picture as new evidence. Pictures of one scene are alike: average within a scene first, then "
         "the spread is over scenes, and so is the count.")
SUSPECTS = (
    Suspect("spread-for-error", result(error=lambda s: s.mean(1).std()), "This is the standard deviation over scenes: "
            "how different scenes are. The standard error is how sure the *mean* is: divide by the root of their "
            "number.",
            MEANS),
    Suspect("spread-for-error", result(error=lambda s: s.mean(1).std(unbiased=False)), "This is the standard deviation "
            "over scenes: how different scenes are. The standard error is how sure the *mean* is: divide by the root "
            "of their number.", MEANS),
    Suspect("population", result(error=lambda s: s.mean(1).std(unbiased=False) / len(s) ** 0.5), "You divide by S "
            "where a sample asks for S - 1: the scenes are a sample, and their mean was estimated from them. torch.std "
            "does that by itself; numpy.std needs ddof=1.", MEANS),
    Suspect("root-forgotten", result(error=lambda s: s.mean(1).std() / len(s)), "You divide by the number of scenes. "
            "It is the root of that number: four times as many scenes make a mean twice as sure.", MEANS),
    Suspect("one-too-few", result(error=lambda s: s.mean(1).std() / (len(s) - 1) ** 0.5), "You divide by the root of "
            "S - 1. S - 1 belongs into the standard deviation, where torch.std has it already; here it is the root of "
            "S.", MEANS),
    Suspect("variance", result(error=lambda s: s.mean(1).var() / len(s)), "This is the variance of the mean, in "
            "decibels squared. Its root is missing.", MEANS),
    Suspect("variance", result(error=lambda s: s.mean(1).var() / len(s) ** 0.5), "You divide a variance by the root of "
            "S. It is the standard deviation that is divided.", MEANS),
    Suspect("variance", result(error=lambda s: s.mean(1).var()), "This is the variance over scenes. The standard error "
            "is its root, divided by the root of the number of scenes.", MEANS),
    Suspect("pictures-as-scenes", result(error=lambda s: s.std() / s.numel() ** 0.5), ALIKE, MEANS),
    Suspect("pictures-as-scenes", result(error=lambda s: s.mean(1).std() / s.numel() ** 0.5), ALIKE, MEANS),
    Suspect("pictures-as-scenes", result(error=lambda s: s.std(unbiased=False) / s.numel() ** 0.5), ALIKE, MEANS),
    Suspect("spread-of-pictures", result(error=lambda s: s.std() / len(s) ** 0.5), "The spread is over all pictures, "
            "the count over scenes. Take the mean of each scene first, then the spread of those means.", MEANS),
    Suspect("spread-of-pictures", result(error=lambda s: s.std()), "This is the spread of all pictures. Take the mean "
            "of each scene first; the standard error is the spread of those means over the root of their "
            "number.", MEANS),
    Suspect("wrong-axis", result(error=lambda s: s.mean(0).std() / s.shape[1] ** 0.5), "You average over scenes first, "
            "and take the spread over target views. Scenes are axis 0, their pictures axis 1: average over axis 1 "
            "first.",
            MEANS),
    Suspect("wrong-axis", result(error=lambda s: s.mean(0).std() / len(s) ** 0.5), "You average over scenes first, and "
            "take the spread over target views. Scenes are axis 0, their pictures axis 1: average over axis 1 "
            "first.", MEANS),
    Suspect("counted-views", result(error=lambda s: s.mean(1).std() / s.shape[1] ** 0.5), "You divide by the root of "
            "the number of pictures of a scene. What is averaged here are scenes: count those.", MEANS),
    Suspect("within-scenes", result(error=lambda s: s.std(1).mean() / s.shape[1] ** 0.5), "This is the spread within a "
            "scene. How sure a mean over scenes is depends on how different the scenes are from each other.", MEANS),
    Suspect("within-scenes", result(error=lambda s: s.std(1).mean() / len(s) ** 0.5), "This is the spread within a "
            "scene. How sure a mean over scenes is depends on how different the scenes are from each other.", MEANS),
    Suspect("interval", result(error=lambda s: 2 * s.mean(1).std() / len(s) ** 0.5), "These are two standard errors. "
            "One is asked for.", MEANS),
    Suspect("interval", result(error=lambda s: 1.96 * s.mean(1).std() / len(s) ** 0.5), "This is the half width of a "
            "95 % interval, 1.96 standard errors. One is asked for.", MEANS),
    Suspect("averaged-errors", result(_of_the_mean_error), ERRORS, MEANS),
    Suspect("averaged-errors", result(_of_scene_errors), ERRORS, MEANS),
    *(Suspect("averaged-errors", result(mean, lambda s: _scene_errors(s).std() / len(s) ** 0.5), ERRORS, MEANS)
      for mean in (_of_the_mean_error, _of_scene_errors)),
    *(Suspect("rounded", lambda s, n=n: tuple(round(v, n) for v in mean_and_error(s)), "Your numbers are rounded. "
              "Return them as they are; round when you print.", MEANS) for n in (1, 2, 3, 4)),
    Suspect("median", result(lambda s: s.mean(1).median()), "This is the median over scenes. The mean is asked "
            "for.", MEANS),
    Suspect("median", result(lambda s: s.median()), "This is the median over pictures. The mean is asked for.", MEANS),
    Suspect("exchanged", lambda s: mean_and_error(s)[::-1], "The two numbers are exchanged: first the mean, then its "
            "standard error.", MEANS),
)


def the_mean(yours, g):
    """The first number is the mean of all scores"""
    scores = 20 + 3 * torch.randn(8, 3, generator=g)
    found, wanted = float(yours(scores)[0]), float(scores.mean())
    if not abs(found - wanted) <= 1e-4 * abs(wanted):
        raise Diagnosis("not-the-mean", "Your first number is not the mean of the scores: of all pictures of all "
                        "scenes, as they are.", seen=f"{found:.6g}", expected=f"{wanted:.6g}", reread=MEANS)


def scenes_that_are_all_alike(yours, g):
    """The error is the spread over scenes, divided by the root of their number"""
    for S in (2, 4, 9, 25):
        level = 20 + 4 * torch.randn(S, 1, generator=g)
        found, spread = float(yours(level.expand(S, 3))[1]), float(level.std())
        if not abs(found - spread / S**0.5) <= 1e-3 * spread / S**0.5:
            times = found / (spread / S**0.5)
            raise Diagnosis("not-the-error", f"In {S} scenes all pictures of a scene have the same score. The scenes "
                            f"spread by {spread:.4g} dB (divided by S - 1, under the root), so the mean of {S} is "
                            f"sure to {spread:.4g} / √{S}. Your error is {times:.3g} times that.", seen=f"{found:.4g}",
                            expected=f"{spread / S**0.5:.4g}", reread=MEANS)


def copies_are_no_evidence(yours, g):
    """A second copy of every picture makes nothing surer"""
    scores = 20 + 3 * torch.randn(8, 3, generator=g)
    once, twice = (float(yours(s)[1]) for s in (scores, scores.repeat(1, 2)))
    if abs(once - twice) > 1e-3 * once:
        raise Diagnosis("copies-count", "Count every picture of every scene twice, and your standard error changes. "
                        "Nothing new was measured. " + ALIKE, seen=f"{once:.3g} before, {twice:.3g} after",
                        expected="the same", reread=MEANS)


def units_carry_over(yours, g):
    """Ten decibels more for all move the mean by ten, and the error by nothing"""
    scores = 20 + 3 * torch.randn(9, 4, generator=g)
    (mean, error), (higher, same) = (tuple(map(float, yours(s))) for s in (scores, scores + 10))
    if abs(higher - mean - 10) > 1e-2 or abs(same - error) > 1e-2 * error:
        raise Diagnosis("units", "Give every picture ten decibels more: the mean must grow by 10, the standard error "
                        "must stay.", seen=f"{higher - mean:+.3g} and {same - error:+.3g}", expected="+10 and 0",
                        reread=MEANS)
