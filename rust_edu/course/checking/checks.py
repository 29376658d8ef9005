"""examine(): does the reader's function do what the exercise asks, and if not, what is the first thing wrong?

It runs the exercise's cases, known mistakes and properties, and shows and records nothing; `check` of `reading/` does.
In order: type, shape, dtype, device, NaN and the values of small worked cases, then of random ones, then the
gradient, then the properties. Where a value is wrong, the known mistakes are tried first: one that would give
the reader's results on *every* case is named; then the properties, which may say it in better words; then the
numbers speak for themselves. Public: `examine`, `CheckResult`.
"""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Generator, Tensor

from .compare import agree, compare, in_single, parts, wider
from .exercise import Case, Diagnosis, Exercise, find_exercise
from .integrity import remember_package, tampered
from .trial import NotDoneYet, Trial, deadline

GRADIENT_CASES = 2
GENERAL = ("exception", "endless", "edits-input", "global-state")  # told by every call, not by a property


@dataclass
class CheckResult:
    exercise: Exercise = field(repr=False)
    state: str  # "solved", "not done", "wrong", "package" (the package's own function was handed in)
    passed: list[str] = field(default_factory=list)  # in the reader's words
    diagnosis: Diagnosis | None = None
    wide: bool = False  # it returns float64 where float32 is asked

    @property
    def solved(self) -> bool:
        return self.state == "solved"

    def usable(self, candidate: Any) -> Any:
        """What a notebook goes on with: `candidate` if it passed, with results in float32; else the package's own."""
        if not self.solved or not self.wide or isinstance(candidate, type):
            return candidate if self.solved else self.exercise.reference

        @functools.wraps(candidate)
        def single(*args: Any, **kwargs: Any) -> Any:
            result = candidate(*args, **kwargs)
            given = (a for a in [*args, *kwargs.values()] if isinstance(a, Tensor))
            return result if any(a.dtype == torch.float64 for a in given) else in_single(result)

        return single


def examine(exercise: Exercise | str, candidate: Any, seed: int = 0) -> CheckResult:
    """The result of an exercise's check, without showing or recording it. `seed` draws the random cases."""
    exercise = find_exercise(exercise) if isinstance(exercise, str) else exercise
    remember_package()
    if candidate is exercise.reference:
        return CheckResult(exercise, "package")
    result = CheckResult(exercise, "wrong")
    until = time.monotonic() + exercise.seconds
    changed = tampered()
    if not changed:
        try:
            _examine(exercise, candidate, seed, until, result)
            result.state = "solved"
        except NotDoneYet:
            result.state = "not done"
        except Diagnosis as diagnosis:
            result.diagnosis = diagnosis
        changed = tampered()  # the answer itself may replace something
    if changed:
        result.state, result.passed = "wrong", []
        result.diagnosis = Diagnosis(
            "tampered", "Something that the check or the course stands on has been replaced in this notebook. "
            "Restart the kernel, and leave it as it is.", seen=f"another {', '.join(changed[:3])}",
            expected="the original")
    return result


def _examine(exercise: Exercise, candidate: Any, seed: int, until: float, found: CheckResult) -> None:
    if not callable(candidate):
        raise Diagnosis("not-callable", f"`{exercise.name}` is not a function any more.",
                        seen=f"an object of type {type(candidate).__name__}", expected="the function you wrote",
                        reread="Run the cell above, where you define it, once more")
    yours = Trial(_prepared(exercise, candidate, until), exercise.name, until)
    cases = list(exercise.cases(_generator(seed)))
    for case in cases:
        result = _call(exercise, yours, case, cases, seed)
        target = _reference(exercise, case)
        try:
            compare(result, target, exercise.outputs, exercise.tolerance if exercise.compare else None, case.name,
                    exercise.name)
        except Diagnosis as general:
            raise _explain(exercise, yours, cases, general, seed, (result, target, case)) from None
        found.wide = found.wide or wider(result, target)
    passed = found.passed
    if cases:
        what = "type, shape and numbers" if exercise.compare else "type and shape"
        passed.append(f"right {what} on " + _count(len(cases), "case"))
    if exercise.gradient and exercise.compare:
        if _check_gradients(exercise, yours, cases):
            passed.append("the gradient flows as it should")
    for property_ in exercise.properties:
        try:
            property_(yours, _generator(seed))
        except (Diagnosis, NotDoneYet, KeyboardInterrupt):
            raise
        except Exception:
            raise Diagnosis("values", f"`{exercise.name}` is right on the cases so far, but returns something of "
                            "another form elsewhere.", expected=_words(property_)) from None
        passed.append(_words(property_))


def _prepared(exercise: Exercise, candidate: Any, until: float) -> Callable:
    """For a class: what is called with a case's arguments. Making it runs the reader's code, so it is guarded."""
    return Trial(exercise.use, exercise.name, until).call((candidate,), {}, gradients=True) \
        if exercise.use else candidate


def _call(exercise: Exercise, yours: Trial, case: Case, cases: list[Case], seed: int) -> Any:
    try:
        return yours.call(case.args, case.kwargs)
    except Diagnosis as general:
        if general.name == "exception":  # a known mistake may be the reason
            raise _explain(exercise, yours, cases, general, seed) from None
        raise


def _reference(exercise: Exercise, case: Case) -> Any:
    return Trial(exercise.callable(exercise.reference), exercise.name, time.monotonic() + 60.0).call(
        case.args, case.kwargs)


def _explain(exercise: Exercise, yours: Trial, cases: list[Case], general: Diagnosis, seed: int,
             seen: tuple | None = None) -> Diagnosis:
    """The best words for a wrong result: a known mistake's, a property's, or the general ones."""
    yours = yours.afresh(exercise.seconds)  # finding words must not run out of the time that the check has used
    best = general
    if (suspect := _find_suspect(exercise, yours, cases)) is not None:
        best = Diagnosis(suspect.name, suspect.what, seen=general.seen, expected=general.expected,
                         reread=suspect.reread)
    elif general.name == "values" or (general.name == "not-finite" and "nan" not in general.seen):
        best = _from_properties(exercise, yours, seed) or general
    if best.figure is None and exercise.picture is not None and seen is not None and general.name == "values":
        try:
            best.figure = exercise.picture(*seen)
        except Exception:  # a picture of a wrong result may be impossible to draw: the words remain
            best.figure = None
    return best


def _from_properties(exercise: Exercise, yours: Trial, seed: int) -> Diagnosis | None:
    """The first property that does not hold, if one can say so in words of its own."""
    for property_ in exercise.properties:
        try:
            property_(yours, _generator(seed))
        except NotDoneYet:
            return None
        except Diagnosis as better:
            if better.name not in GENERAL:
                return better
        except Exception:  # a wrong result may be of a form that a property cannot even look at
            continue
    return None


def _find_suspect(exercise: Exercise, yours: Trial, cases: list[Case]):
    """The first known mistake that gives the reader's results on every case, and not the right ones on all."""
    if not exercise.suspects or not exercise.compare:
        return None
    results = [_attempt(yours, case) for case in cases]
    targets = [_reference(exercise, case) for case in cases]
    for suspect in exercise.suspects:
        mistake = Trial(exercise.callable(suspect.mistake), exercise.name, time.monotonic() + 30.0)
        if _gives(mistake, list(zip(cases, results, targets)), exercise):
            return suspect
    return None


def _gives(mistake: Trial, seen: list[tuple[Case, Any, Any]], exercise: Exercise) -> bool:
    """Whether a mistake gives these results on every case, and on some not the target. Most differ on the first."""
    differs = False
    for case, result, target in seen:
        guess = _attempt(mistake, case)
        if isinstance(guess, BaseException) != isinstance(result, BaseException):
            return False
        if not isinstance(guess, BaseException):
            if not agree(result, guess, exercise.tolerance):
                return False
            differs = differs or not agree(guess, target, exercise.tolerance)
    return differs


def _attempt(function: Trial, case: Case) -> Any:
    """The result, or the Diagnosis of a call that gave none."""
    try:
        return function.call(case.args, case.kwargs)
    except (Diagnosis, NotDoneYet) as error:
        return error


def _check_gradients(exercise: Exercise, yours: Trial, cases: list[Case]) -> bool:
    """Compare gradients by a random weighting of the results on the last cases. False if there are none."""
    compared = False
    for case in cases[-GRADIENT_CASES:]:
        wanted = _gradients(exercise.callable(exercise.reference), case)
        if wanted is None:
            continue
        mine = _gradients(lambda *a, **k: yours.call(a, k, gradients=True), case)
        what = f"the gradient of `{exercise.name}`"
        if mine is None or any(m is None and w is not None and bool((w != 0).any()) for m, w in zip(mine, wanted)):
            raise Diagnosis("no-gradient", f"No gradient flows back through `{exercise.name}`, so nothing before it "
                            "could learn. Look for .detach(), .item(), .data, torch.no_grad or NumPy.",
                            seen="a result that is cut off from what it was computed from",
                            expected="a result that torch can differentiate")
        for m, w in zip(mine, wanted):
            if w is not None and not agree(torch.zeros_like(w) if m is None else m, w, 20 * exercise.tolerance):
                raise Diagnosis("gradient", f"The numbers are right, but {what} is not. Part of the computation may "
                                "be cut off by .detach(), .item() or torch.no_grad.",
                                seen="another gradient", expected="the derivative of the same function")
        compared = True
    return compared


def _gradients(function: Callable, case: Case) -> list[Tensor | None] | None:
    """Gradients of a fixed weighting of the results by the float tensors among the arguments."""
    args = [a.detach().clone().requires_grad_() if _differentiable(a) else a for a in case.args]
    kwargs = {k: a.detach().clone().requires_grad_() if _differentiable(a) else a for k, a in case.kwargs.items()}
    wrt = [a for a in [*args, *kwargs.values()] if _differentiable(a)]
    if not wrt:
        return None
    with torch.enable_grad():
        results = [r for r in parts(function(*args, **kwargs)) if isinstance(r, Tensor) and r.requires_grad]
        if not results:
            return None
        weighting = _generator(1)
        total = sum((r.double() * torch.rand(r.shape, generator=weighting, dtype=torch.float64)).nan_to_num(
            0.0, 0.0, 0.0).sum() for r in results)
        with deadline(10.0):
            return list(torch.autograd.grad(total, wrt, allow_unused=True))


def _differentiable(value: Any) -> bool:
    return type(value) is Tensor and value.is_floating_point()


def _generator(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def _words(property_: Callable) -> str:
    """A property as a line of what passed: the first line of its docstring, or its name."""
    doc = (property_.__doc__ or property_.__name__.replace("_", " ")).strip().splitlines()[0]
    return doc.rstrip(".")


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
