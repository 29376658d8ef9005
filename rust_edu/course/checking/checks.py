"""examine(): does the reader's function do what the exercise asks, and if not, what is the first thing wrong?

It runs the exercise's cases, known mistakes and properties, and shows and records nothing; `check` of `reading/` does.
In order: type, shape, dtype, device, NaN and the values of small worked cases, then of random ones, then of two
more in turn, for what is kept between calls, then the gradient, then the properties. Where a value is wrong, the
known mistakes are tried first: one that would give the reader's results on *every* case is named; then the
properties, which may say it in better words; then the numbers speak for themselves, and the case says what the text
asks for. Public: `examine`, `CheckResult`.
"""

import functools
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Generator, Tensor

from .compare import agree, compare, difference, in_single, parts, wider
from .exercise import Case, Diagnosis, Exercise, find_exercise
from .gradients import check_gradients
from .integrity import remember_package, tampered
from .trial import NotDoneYet, Trial

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
    answered: list[tuple[Case, Any, Any]] = []
    for case in cases:
        result = _call(exercise, yours, case, cases, seed)
        target = _reference(exercise, case)
        _compare(exercise, yours, case, cases, seed, result, target, answered)
        answered.append((case, result, target))
        found.wide = found.wide or wider(result, target)
    if exercise.compare:
        _check_memory(exercise, yours, answered, seed)
    passed = found.passed
    if cases:
        what = "type, shape and numbers" if exercise.compare else "type and shape"
        passed.append(f"right {what} on " + _count(len(cases), "case"))
    if exercise.gradient and exercise.compare:
        if check_gradients(exercise, yours, cases):
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


def _compare(exercise: Exercise, yours: Trial, case: Case, cases: list[Case], seed: int, result: Any, target: Any,
             answered: list[tuple[Case, Any, Any]]) -> None:
    """Raise a Diagnosis in the best words there are unless a result is right."""
    try:
        compare(result, target, exercise.outputs, exercise.tolerance if exercise.compare else None, case.name,
                exercise.name, exercise.rounding)
    except Diagnosis as general:
        if general.name in ("values", "shape", "not-finite"):
            before = _said_before(result, target, answered) or _says_always(exercise, yours, case, result, target, seed)
            if before:
                general = _remembered(exercise.name, case.name, before, general)
            elif agree(_attempt(yours.forgetful(), case), target, exercise.tolerance, exercise.rounding):
                raise _left_over(exercise.name, case.name, general) from None
        raise _explain(exercise, yours, cases, general, seed, case, (result, target, case)) from None


def _said_before(result: Any, target: Any, answered: list[tuple[Case, Any, Any]]) -> str:
    """The name of an earlier case to which this very result was the right answer, or nothing."""
    mine = [part for part in parts(result) if _unlikely_twice(part)]
    for case, earlier, right in answered:
        theirs = [part for part in parts(earlier) if _unlikely_twice(part)]
        if mine and len(mine) == len(theirs) and all(map(torch.equal, mine, theirs)) and not agree(right, target, 0.01):
            return case.name
    return ""


def _says_always(exercise: Exercise, yours: Trial, case: Case, result: Any, target: Any, seed: int) -> str:
    """A name for another question, to which this result is given too though the answer is another, or nothing."""
    mine = [part for part in parts(result) if _unlikely_twice(part)]
    for other in exercise.cases(_generator(seed + 1)) if mine else ():
        if other.name == case.name and not agree(_reference(exercise, other), target, 0.01):
            theirs = [part for part in parts(_attempt(yours, other)) if _unlikely_twice(part)]
            if len(mine) == len(theirs) and all(map(torch.equal, mine, theirs)):
                return "another one like it"
    return ""


def _unlikely_twice(part: Any) -> bool:
    """Whether a result is a tensor that two questions hardly have in common: more than a few times -1, 0 and 1."""
    if not isinstance(part, Tensor) or not part.is_floating_point() or not part.numel():
        return False
    telling = part.isfinite() & ((part % 1 != 0) | ((part.abs() > 1) & (part.numel() > 3)))
    return bool(telling.any())


def _remembered(name: str, case: str, before: str, general: Diagnosis) -> Diagnosis:
    return Diagnosis("remembered", f"`{name}` answers for {case} exactly what it answered for {before}. Either it "
                     "keeps a result from one call to the next, which a new question must not get, or it does not look "
                     "at what it is given.", seen=general.seen, expected=general.expected)


def _left_over(name: str, case: str, general: Diagnosis) -> Diagnosis:
    return Diagnosis("remembered", f"Asked about {case} first of all, `{name}` is right; asked after other questions, "
                     "it is not. It keeps something from one call to the next, and uses it for a question to which it "
                     "does not belong.", seen=general.seen, expected=general.expected)


def _check_memory(exercise: Exercise, yours: Trial, answered: list[tuple[Case, Any, Any]], seed: int) -> None:
    """Ask about A, which was answered before, then about another B of its shape, then about A again."""
    case, result, target = answered[-1] if answered else (None, None, None)
    others = list(exercise.cases(_generator(seed + 1)))
    if case is None or len(others) != len(answered):
        return
    cases = [c for c, *_ in answered]
    other = others[-1]
    _compare(exercise, yours, other, [*cases, other], seed, _call(exercise, yours, other, [*cases, other], seed),
             _reference(exercise, other), answered)
    if not agree(again := _call(exercise, yours, case, cases, seed), target, exercise.tolerance, exercise.rounding):
        raise Diagnosis("remembers", f"Asked a second time about {case.name}, `{exercise.name}` gives another answer: "
                        "something is kept from one call to the next, or drawn at random.",
                        **dict(zip(("seen", "expected"), _first_difference(again, result) or ("another result",
                                                                                              "the same as before"))))


def _first_difference(again: Any, before: Any) -> tuple[str, str] | None:
    for a, b in zip(parts(again), parts(before)):
        if isinstance(a, Tensor) and isinstance(b, Tensor) and a.shape == b.shape and (shown := difference(a, b, 1e-6)):
            return shown
    return None


def _call(exercise: Exercise, yours: Trial, case: Case, cases: list[Case], seed: int) -> Any:
    try:
        return yours.call(case.args, case.kwargs)
    except Diagnosis as general:
        if general.name == "exception":  # a known mistake may be the reason
            raise _explain(exercise, yours, cases, general, seed, case) from None
        raise


def _reference(exercise: Exercise, case: Case) -> Any:
    return Trial(exercise.callable(exercise.reference), exercise.name, time.monotonic() + 60.0).call(
        case.args, case.kwargs)


def _explain(exercise: Exercise, yours: Trial, cases: list[Case], general: Diagnosis, seed: int, case: Case | None,
             seen: tuple | None = None) -> Diagnosis:
    """The best words for a wrong result: a known mistake's, a property's, or the general ones."""
    yours = yours.afresh(exercise.seconds)  # finding words must not run out of the time that the check has used
    best = general
    if (suspect := _find_suspect(exercise, yours, cases)) is not None:
        best = Diagnosis(suspect.name, suspect.what, seen=general.seen, expected=general.expected,
                         reread=suspect.reread)
    elif general.name == "values" or (general.name == "not-finite" and "nan" not in general.seen):
        best = _from_properties(exercise, yours, seed) or general
    if best is general and case is not None and case.asks and general.name != "remembered":
        plain = _wrong_elsewhere(exercise, yours, cases)
        if plain is None:
            best.what += f" {case.asks}"
        elif general.name == "values":
            best = plain
    if best.figure is None and exercise.picture is not None and seen is not None and general.name == "values":
        try:
            best.figure = exercise.picture(*seen)
        except Exception:  # a picture of a wrong result may be impossible to draw: the words remain
            best.figure = None
    return best


def _wrong_elsewhere(exercise: Exercise, yours: Trial, cases: list[Case]) -> Diagnosis | None:
    """What is wrong in the first case of which the text asks nothing special: that one tells more of the mistake."""
    for case in cases:
        if case.asks:
            continue
        try:
            compare(yours.call(case.args, case.kwargs), _reference(exercise, case), exercise.outputs,
                    exercise.tolerance, case.name, exercise.name, exercise.rounding)
        except Diagnosis as found:
            return found
    return None


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a mistake that is only tried: nothing that the reader has written
        for suspect in exercise.suspects:
            mistake = Trial(exercise.callable(suspect.mistake), exercise.name, time.monotonic() + 30.0)
            if _gives(mistake, list(zip(cases, results, targets)), exercise):
                return suspect
    return None


def _gives(mistake: Trial, seen: list[tuple[Case, Any, Any]], exercise: Exercise) -> bool:
    """Whether a mistake gives these results on every case, and on some not the target. Most differ on the first."""
    differs = False
    loose = max(exercise.tolerance, exercise.rounding)  # the same mistake in another order of operations
    for case, result, target in seen:
        guess = _attempt(mistake, case)
        if isinstance(guess, BaseException) != isinstance(result, BaseException):
            return False
        if not isinstance(guess, BaseException):
            if not agree(result, guess, exercise.tolerance, loose):
                return False
            differs = differs or not agree(guess, target, exercise.tolerance, exercise.rounding)
    return differs


def _attempt(function: Trial, case: Case) -> Any:
    """The result, or the Diagnosis of a call that gave none."""
    try:
        return function.call(case.args, case.kwargs)
    except (Diagnosis, NotDoneYet) as error:
        return error


def _generator(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def _words(property_: Callable) -> str:
    """A property as a line of what passed: the first line of its docstring, or its name."""
    doc = (property_.__doc__ or property_.__name__.replace("_", " ")).strip().splitlines()[0]
    return doc.rstrip(".")


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
