"""What an exercise is, for its check: the reference, cases to try, known mistakes, properties.

The text, the stub and the hints of an exercise are in `solutions/NN_name.py`; here is what `check` runs. One
package a notebook in `chapters/`, each with a tuple `EXERCISES`. Public: `Exercise`, `Case`, `Suspect`,
`Diagnosis`, `exercises_of`, `find_exercise`, `ROUNDING`.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import Generator

from ...errors import InputError
from ..syllabus import BY_NUMBER, SYLLABUS

ROUNDING = 1e-5  # of the largest number of a result: what single precision may add to each, where numbers cancel


class Case:
    """Arguments to try an answer with, and what to call them in a message."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.name, self.args, self.kwargs, self.asks = name, args, kwargs, ""

    def asking(self, words: str) -> "Case":
        """This case, with a sentence on what the text asks for in it: told to whoever gets it wrong or raises."""
        self.asks = words
        return self

    def __repr__(self) -> str:
        return f"Case({self.name!r})"


class Diagnosis(Exception):
    """The first thing that is wrong, in the reader's words.

    name: what tests and progress call it, such as "world-to-camera". what: one or two sentences. seen and
    expected: the numbers or shapes, as short text. reread: the heading in the notebook to go back to. figure:
    a picture of the answer beside the target, where it says more than numbers.
    """

    def __init__(self, name: str, what: str, *, seen: str = "", expected: str = "", reread: str = "",
                 figure: Any = None) -> None:
        super().__init__(name, what)
        self.name, self.what, self.seen, self.expected = name, what, seen, expected
        self.reread, self.figure = reread, figure

    def __str__(self) -> str:
        parts = [self.what]
        if self.seen:
            parts.append(f"Seen: {self.seen}.")
        if self.expected:
            parts.append(f"Expected: {self.expected}.")
        if self.reread:
            parts.append(f"Reread: {self.reread}.")
        return " ".join(parts)


@dataclass(frozen=True)
class Suspect:
    """A known mistake: an implementation of it, and what to tell the reader who made it."""

    name: str
    mistake: Callable
    what: str
    reread: str = ""


@dataclass(frozen=True)
class Exercise:
    id: str  # "01.3"
    name: str  # of the function or class that the reader writes
    reference: Callable  # the package's own; the notebook goes on with it while the exercise is unsolved
    cases: Callable[[Generator], Iterable[Case]]  # small worked cases first, then random ones
    suspects: tuple[Suspect, ...] = ()
    # Called as property(yours, generator); each raises a Diagnosis if it does not hold. `yours` is guarded.
    properties: tuple[Callable[[Callable, Generator], None], ...] = ()
    outputs: tuple[str, ...] = ("the result",)  # names of the parts of a result, for messages
    compare: bool = True  # False where many results are right (something is drawn): then structure and properties
    # Compare gradients with the reference's, where it has any: towards every tensor and module among the arguments, or
    # towards those named here.
    gradient: bool | tuple[str, ...] = True
    tolerance: float = 1e-4  # relative to each number of the target
    rounding: float = ROUNDING  # relative to the largest: what float32 may add where numbers cancel
    seconds: float = 10.0  # for the whole check
    # From what the reader wrote (a class, say) to what is called with a case's arguments.
    use: Callable[[Any], Callable] | None = None
    picture: Callable[[Any, Any, Case], Any] | None = None  # (yours, target, case) -> figure, on wrong values

    def callable(self, candidate: Any) -> Callable:
        return self.use(candidate) if self.use else candidate


def exercises_of(notebook: str) -> tuple[Exercise, ...]:
    """The exercises of a notebook, "01" for example, in order. Empty for a notebook without any."""
    if notebook not in BY_NUMBER:
        return ()
    package = BY_NUMBER[notebook].package
    try:
        return importlib.import_module(package).EXERCISES
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        return ()


def all_exercises() -> Iterator[Exercise]:
    """Every exercise of the course, in order."""
    for known in SYLLABUS:
        yield from exercises_of(known.number)


def find_exercise(exercise_id: str) -> Exercise:
    """The exercise with this id, "01.3" for example; "1.3" will do. Raises InputError with the ids of its notebook."""
    notebook, _, number = str(exercise_id).partition(".")
    notebook = notebook.zfill(2)
    known = exercises_of(notebook)
    for exercise in known:
        if exercise.id == f"{notebook}.{number}":
            return exercise
    ids = ", ".join(e.id for e in known) or "01.1, for example"
    raise InputError(f"unknown exercise {exercise_id!r}", ids)
