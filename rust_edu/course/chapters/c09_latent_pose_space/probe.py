"""Exercise 09.3, a linear probe: the reference, cases, known mistakes, properties.

Axes: M examples, F features, Q quantities.
"""

import torch
from torch import Generator, Tensor

from ...checking.compare import difference
from ...checking.exercise import Case, Diagnosis, Suspect
from .common import PROBE, alike, normal, shaped, short


def linear_probe(x_fit: Tensor, y_fit: Tensor, x_test: Tensor, y_test: Tensor,
                 ridge: float) -> tuple[Tensor, Tensor]:
    """Fit y (M, Q) from x (M, F) on the first two, answer for x_test: answers (M_test, Q) and their R² (Q,)."""
    answer = _answer(x_fit, y_fit, x_test, ridge)
    residual = (y_test - answer).square().sum(0)
    return answer, 1 - residual / (y_test - y_test.mean(0)).square().sum(0)


def _answer(x_fit: Tensor, y_fit: Tensor, x: Tensor, ridge: float) -> Tensor:
    middle, level = x_fit.mean(0), y_fit.mean(0)
    centred = x_fit - middle
    weights = torch.linalg.solve(centred.T @ centred + ridge * torch.eye(x.shape[1]), centred.T @ (y_fit - level))
    return (x - middle) @ weights + level


def _examples(g: Generator, fit: int, test: int, F: int, Q: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Features and answers with means far from 0, which differ a little from fit to test; noise in the answers."""
    weights, middle, level = normal(g, F, Q), 2 + normal(g, F), 3 + normal(g, Q)
    parts = []
    for M, shift in ((fit, 0.0), (test, 0.6)):
        x = middle + shift + normal(g, M, F) * (1 + torch.arange(F) / F)
        parts += [x, level + (x - middle) @ weights + 0.8 * normal(g, M, Q)]
    return tuple(parts)


def cases(g: Generator):
    yield Case("four examples on a line, two to test", torch.tensor([[0.0], [1.0], [2.0], [3.0]]),
               torch.tensor([[1.0], [3.0], [5.0], [7.0]]), torch.tensor([[4.0], [6.0]]), torch.tensor([[9.0], [12.0]]),
               0.0)
    x_fit, _, x_test, _ = _examples(g, 30, 20, 6, 2)
    y_fit, y_test = normal(g, 30, 2) + torch.tensor([0.0, 5.0]), normal(g, 20, 2)
    yield Case("features that know nothing", x_fit, y_fit, x_test, y_test, 0.1).asking(
        "R² lies below 0 where a probe is worse than answering the mean: it is neither cut off nor made positive.")
    for size in (1e-4, 1e3):
        x_fit, y_fit, x_test, y_test = _examples(g, 40, 25, 3, 2)
        yield Case(f"answers of size {size:g}", x_fit, size * y_fit, x_test, size * y_test, 2.0).asking(
            "Answers may be of any size: nothing is added to what stands below the line.")
    yield Case("hardly more examples than features", *_examples(g, 12, 25, 8, 2), 3.0)
    yield Case("as many examples to fit as to test", *_examples(g, 40, 40, 3, 2), 4.0)
    yield Case("a little ridge", *_examples(g, 60, 25, 4, 3), 0.5)
    yield Case("more ridge", *_examples(g, 50, 30, 8, 2), 25.0)


def _scored(answer):
    """A mistake in the answers, scored right."""
    def mistake(xf, yf, xt, yt, ridge):
        a = answer(xf, yf, xt, yt, ridge)
        return a, 1 - (yt - a).square().sum(0) / (yt - yt.mean(0)).square().sum(0)
    return mistake


def _score(score):
    """Right answers, and a mistake in their score."""
    def mistake(xf, yf, xt, yt, ridge):
        a = _answer(xf, yf, xt, ridge)
        return a, score(a, xf, yf, yt, ridge)
    return mistake


def _solve(x: Tensor, y: Tensor, penalty: Tensor) -> Tensor:
    return torch.linalg.solve(x.T @ x + penalty, x.T @ y)


def _identity(x: Tensor, ridge: float) -> Tensor:
    return ridge * torch.eye(x.shape[1])


def _without_intercept(xf, yf, xt, yt, ridge):
    return xt @ _solve(xf, yf, _identity(xf, ridge))


def _with_ones(x: Tensor) -> Tensor:
    return torch.cat([x, torch.ones(len(x), 1)], 1)


def _penalised_intercept(xf, yf, xt, yt, ridge):
    xf, xt = _with_ones(xf), _with_ones(xt)
    return xt @ _solve(xf, yf, _identity(xf, ridge))


def _with_penalty(penalty):
    """Centred as it should be, with another penalty than ridge times the identity."""
    def answer(xf, yf, xt, yt, ridge):
        middle, level = xf.mean(0), yf.mean(0)
        return (xt - middle) @ _solve(xf - middle, yf - level, penalty(xf, ridge)) + level
    return answer


def _standardised(deviation):
    def answer(xf, yf, xt, yt, ridge):
        scale = deviation(xf, xt)
        return _answer(xf / scale, yf, xt / scale, ridge)
    return answer


def _centre_each(xf, yf, xt, yt, ridge):
    weights = _solve(xf - xf.mean(0), yf - yf.mean(0), _identity(xf, ridge))
    return (xt - xt.mean(0)) @ weights


def _r2(a: Tensor, y: Tensor) -> Tensor:
    return 1 - _residual(a, y) / _around(y, y.mean(0))


def _residual(a: Tensor, y: Tensor) -> Tensor:
    return (y - a).square().sum(0)


def _around(y: Tensor, level: Tensor) -> Tensor:
    return (y - level).square().sum(0)


def _correlation_squared(a, xf, yf, yt, ridge):
    a, y = a - a.mean(0), yt - yt.mean(0)
    return (a * y).sum(0) ** 2 / (a.square().sum(0) * y.square().sum(0))


_LEAK = ("You use something of the test examples while fitting or centring. Then the test is no test: for a new "
         "picture there is no mean of the test set. Take the means from the examples to fit.")

SUSPECTS = (
    Suspect("scored-on-fit", _score(lambda a, xf, yf, yt, r: 1 - _residual(_answer(xf, yf, xf, r), yf)
                                    / _around(yf, yf.mean(0))),
            "Your R² is that of the examples it was fitted on. That number is always too good: score the answers for "
            "the test examples.", PROBE),
    Suspect("scored-on-fit", lambda xf, yf, xt, yt, r: linear_probe(xf, yf, xf, yf, r),
            "You answer for the examples that the probe was fitted on, and score those. Answer for `x_test`.", PROBE),
    Suspect("fit-on-test", lambda xf, yf, xt, yt, r: linear_probe(xt, yt, xt, yt, r),
            "Your probe is fitted on the very examples that it is tested on. It may see `x_fit` and `y_fit` only.",
            PROBE),
    Suspect("fit-and-test-exchanged", lambda xf, yf, xt, yt, r: linear_probe(xt, yt, xf, yf, r),
            "You fit on the test examples and test on those to fit.", PROBE),
    Suspect("leak", lambda xf, yf, xt, yt, r: (_answer(torch.cat([xf, xt]), torch.cat([yf, yt]), xt, r),
            linear_probe(torch.cat([xf, xt]), torch.cat([yf, yt]), xt, yt, r)[1]),
            "Your probe is fitted on all examples together, and so on those that it is tested on.", PROBE),
    Suspect("leak", _scored(lambda xf, yf, xt, yt, r: _centre_each(xf, yf, xt, yt, r) + yf.mean(0)), _LEAK, PROBE),
    Suspect("leak", _scored(lambda xf, yf, xt, yt, r: _centre_each(xf, yf, xt, yt, r) + yt.mean(0)), _LEAK, PROBE),
    Suspect("leak", _scored(_standardised(lambda xf, xt: torch.cat([xf, xt]).std(0))), _LEAK, PROBE),
    Suspect("level-missing", _scored(lambda xf, yf, xt, yt, r: _answer(xf, yf, xt, r) - yf.mean(0)),
            "Your answers are differences from the mean answer. Add the mean of `y_fit` again.", PROBE),
    Suspect("level-missing", _scored(_centre_each),
            "Your answers are differences from the mean answer. Add the mean of `y_fit` again; and take the mean of "
            "`x_fit`, not of `x_test`, from the features.", PROBE),
    Suspect("test-not-centred", _scored(lambda xf, yf, xt, yt, r: xt @ _solve(
            xf - xf.mean(0), yf - yf.mean(0), _identity(xf, r)) + yf.mean(0)),
            "You take the mean from the features when you fit, but not when you answer: `x_test − x_fit.mean(0)`.",
            PROBE),
    Suspect("no-intercept", _scored(_without_intercept),
            "Your map goes through the origin: features 0 must give the answer 0. It has no intercept. Take the means "
            "of the fit away first, or add a column of ones.", PROBE),
    Suspect("no-intercept", _scored(lambda xf, yf, xt, yt, r: (xt - xf.mean(0)) @ _solve(
            xf - xf.mean(0), yf, _identity(xf, r))),
            "You take the mean from the features but add no level: at the mean features you answer 0. Add the mean of "
            "`y_fit`.", PROBE),
    Suspect("ridge-on-intercept", _scored(_penalised_intercept),
            "The ridge pulls your intercept towards 0 too. How far the answers are from 0 is only a matter of units: "
            "leave the intercept free, by centring, or by a 0 in the penalty of the column of ones.", PROBE),
    Suspect("ridge-ignored", _scored(_with_penalty(lambda x, r: 0.0)),
            "Your probe does not use `ridge`: add ridge times the identity to XᵀX.", PROBE),
    Suspect("ridge-on-all-entries", _scored(_with_penalty(lambda x, r: r)),
            "You add `ridge` to every entry of XᵀX. It belongs on the diagonal: ridge times the identity.", PROBE),
    Suspect("ridge-times-examples", _scored(_with_penalty(lambda x, r: len(x) * _identity(x, r))),
            "Your penalty is `ridge` times the number of examples. Here it is added to the sum over examples as it is.",
            PROBE),
    Suspect("ridge-squared", _scored(_with_penalty(lambda x, r: _identity(x, r * r))),
            "Your penalty is `ridge` squared.", PROBE),
    Suspect("ridge-subtracted", _scored(_with_penalty(lambda x, r: -_identity(x, r))),
            "You subtract the ridge. Added, it makes the weights smaller.", PROBE),
    Suspect("standardised", _scored(_standardised(lambda xf, xt: xf.std(0))),
            "You divide the features by their standard deviations before the ridge. A good habit, and another probe "
            "than the one asked for: only take the mean away.", PROBE),
    Suspect("baseline-zero", _score(lambda a, xf, yf, yt, r: 1 - _residual(a, yt) / yt.square().sum(0)),
            "You compare with answering 0. The baseline of R² is answering the mean of `y_test`: against 0 any probe "
            "looks good when the answers are far from it.", PROBE),
    Suspect("baseline-of-fit", _score(lambda a, xf, yf, yt, r: 1 - _residual(a, yt) / _around(yt, yf.mean(0))),
            "You compare with answering the mean of `y_fit`. The usual baseline is the mean of `y_test` itself, which "
            "is harder to beat.", PROBE),
    Suspect("baseline-of-fit", _score(lambda a, xf, yf, yt, r: 1 - (yt - a).square().mean(0)
                                      / yf.var(0, unbiased=False)),
            "You compare with the variance of `y_fit`. The usual baseline is the variance of `y_test`.", PROBE),
    Suspect("baseline-of-fit", _score(lambda a, xf, yf, yt, r: 1 - (yt - a).square().mean(0) / yf.var(0)),
            "You compare with the variance of `y_fit`. The usual baseline is the variance of `y_test`.", PROBE),
    Suspect("two-counts", _score(lambda a, xf, yf, yt, r: 1 - (yt - a).square().mean(0) / yt.var(0)),
            "You divide a mean over M examples by torch's `.var()`, which divides by M − 1. Use sums for both.", PROBE),
    Suspect("never-negative", _score(lambda a, xf, yf, yt, r: _r2(a, yt).clamp(min=0)),
            "Your R² is never below 0. A probe that is worse than answering the mean has an R² below 0, and this "
            "notebook relies on it.", PROBE),
    Suspect("never-negative", _score(lambda a, xf, yf, yt, r: _r2(a, yt).abs()),
            "You take the absolute value of R². A probe that is worse than answering the mean has an R² below 0, and "
            "this notebook relies on it.", PROBE),
    Suspect("one-for-all", _score(lambda a, xf, yf, yt, r: (1 - _residual(a, yt).sum() / _around(
            yt, yt.mean(0)).sum()).expand(yt.shape[1])), "You add up over all quantities. Each has an R² of its own.",
            PROBE),
    Suspect("root", _score(lambda a, xf, yf, yt, r: 1 - (_residual(a, yt) / _around(yt, yt.mean(0))).sqrt()), "You "
            "take the root of the quotient. R² is 1 minus the quotient of the sums of squares themselves.", PROBE),
    Suspect("absolute-differences", _score(lambda a, xf, yf, yt, r: 1 - (yt - a).abs().sum(0) / (
            yt - yt.mean(0)).abs().sum(0)), "You add up absolute differences. R² compares sums of squares.", PROBE),
    Suspect("no-baseline", _score(lambda a, xf, yf, yt, r: (yt - a).square().mean(0)),
            "This is the mean squared error. R² compares it with the error of always answering the mean.", PROBE),
    Suspect("share-unread", _score(lambda a, xf, yf, yt, r: _residual(a, yt) / _around(yt, yt.mean(0))),
            "This is the share that was *not* read. R² is 1 minus it.", PROBE),
    Suspect("correlation-squared", _score(_correlation_squared),
            "This is the squared correlation of answers and truth. It forgives answers that are ten times too large, "
            "or all too high. R² does not.", PROBE),
    Suspect("explained-of-answers", _score(lambda a, xf, yf, yt, r: _around(a, a.mean(0)) / _around(yt, yt.mean(0))),
            "This compares how much answers and truth vary, not whether they agree.", PROBE),
)


def levels_do_not_matter(yours, g):
    """Moving all features or all answers changes no R²"""
    xf, yf, xt, yt = _examples(g, 70, 40, 3, 2)
    before, after = yours(xf, yf, xt, yt, 5.0), yours(xf + 4, yf - 20, xt + 4, yt - 20, 5.0)
    if shaped(before, (40, 2), (2,)) and shaped(after, (40, 2), (2,)) and not alike(before[1], after[1], 1e-2):
        raise Diagnosis("depends-on-levels", "R² changes when a number is added to all features, or to all answers. "
                        "The mean must drop out, of the features, of the answers, and of the penalty.",
                        seen=short(after[1]), expected=short(before[1]), reread=PROBE)


def each_answer_stands_alone(yours, g):
    """An answer does not depend on the other test examples"""
    xf, yf, xt, yt = _examples(g, 50, 30, 4, 2)
    all_of_them, few = yours(xf, yf, xt, yt, 1.0), yours(xf, yf, xt[:9], yt[:9], 1.0)
    if shaped(all_of_them, (30, 2), (2,)) and shaped(few, (9, 2), (2,)) and not alike(
            few[0], all_of_them[0][:9], 1e-2):
        raise Diagnosis("leak", "The answer for one test example depends on which others are tested beside it. "
                        + _LEAK,
                        seen=short(few[0][0]), expected=short(all_of_them[0][0]), reread=PROBE)


def answers_are_those_of_a_map(yours, g):
    """Without a ridge, a map that is there is found"""
    weights, level = normal(g, 3, 2), normal(g, 2)
    x_fit, x_test = 1 + normal(g, 20, 3), 3 + 3 * normal(g, 9, 3)
    y_fit, y_test = x_fit @ weights + level, x_test @ weights + level
    found = yours(x_fit, y_fit, x_test, y_test, 0.0)
    if shaped(found, (9, 2), (2,)) and (shown := difference(found[0], y_test, 1e-2, 1e-3)):
        raise Diagnosis("not-the-map", "The answers are a linear map of the features, without noise, and the ridge is "
                        "0. Then the probe finds the map, and your answers should be right to the last digits.",
                        seen=shown[0], expected=shown[1], reread=PROBE)


def the_ridge_draws_towards_the_mean(yours, g):
    """A ridge draws the map towards answering the mean"""
    x = torch.tensor([[-1.0], [1.0]])
    for ridge in (2.0, 6.0):
        found = yours(x, 3 * x + 5, torch.tensor([[1.0], [2.0], [0.5]]), torch.tensor([[8.0], [11.0], [7.0]]), ridge)
        wanted = 5 + 3 * torch.tensor([[1.0], [2.0], [0.5]]) * 2 / (2 + ridge)
        if shaped(found, (3, 1), (1,)) and (shown := difference(found[0], wanted, 1e-3)):
            raise Diagnosis("ridge-differs", "Features −1 and 1 with answers 2 and 8: the sum of squares is 2, and "
                            f"with a ridge of {ridge:g} the slope 3 becomes 3 · 2 / (2 + {ridge:g}) around the mean, "
                            "5.", seen=shown[0],
                            expected=shown[1], reread=PROBE)


def the_score_is_r2(yours, g):
    """R² is 1 minus the residual over that of answering the mean"""
    xf, yf, xt, yt = _examples(g, 50, 30, 4, 3)
    answer, r2 = found if shaped(found := yours(xf, yf, xt, yt, 1.0), (30, 3), (3,)) else (None, None)
    if answer is None:
        return
    answer = answer.to(yt)
    residual, baseline = _residual(answer, yt), _around(yt, yt.mean(0))
    if shown := difference(r2, 1 - residual / baseline, 1e-3, 1e-3):
        raise Diagnosis("not-r2", "Your R² is not that of your own answers: 1 − (sum of squared residuals) / (sum of "
                        "squares around the mean of y_test). For the first quantity these sums are "
                        f"{residual[0].item():.4g} and {baseline[0].item():.4g}.", seen=shown[0], expected=shown[1],
                        reread=PROBE)


PROPERTIES = (answers_are_those_of_a_map, the_ridge_draws_towards_the_mean, the_score_is_r2, each_answer_stands_alone,
              levels_do_not_matter)
