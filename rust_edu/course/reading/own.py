"""mine(): the reader's own functions from another notebook, where they pass their checks there and here.

`check` keeps the source of what passed (`capture`, in `capture.py`); `mine` makes a module of it, runs the check
again and returns it; where it does not pass, or there is none, the package's own, and says which are which.
The source comes from the reader's own progress file and runs as the reader's own cells do. Public: `mine`, `capture`.
"""

from html import escape
from typing import Any

from IPython.display import display

from ...errors import InputError
from ..checking import trial
from ..checking.capture import capture, load
from ..checking.checks import examine
from ..checking.exercise import Exercise, find_exercise
from ..checking.panel import MUTED
from . import progress
from .lessons import notebook_of

__all__ = ["capture", "mine"]

NOT_YET, SWITCHED_OFF = "not yet", "off"  # why a part is the package's; other reasons are said in their own words


def mine(*exercise_ids: str, own_parts: bool | None = None) -> Any:
    """What solves each exercise: the reader's own, if it passed and still does, else the package's. One line for all
    says which. One id gives the part itself, several a tuple.

    own_parts: False for the package's in any case; as `start` was told if not given. Raises InputError for an
    unknown exercise, and for none.
    """
    if trial.answering:
        raise InputError("`mine` inside an answer", "your own lines: `mine` gives back what you have solved before")
    if not exercise_ids:
        raise InputError("`mine` without an exercise", 'its number, as in mine("04.3"), or several')
    exercises = [find_exercise(exercise_id) for exercise_id in exercise_ids]
    own_parts = progress.session.own_parts if own_parts is None else own_parts
    found = [_own(exercise) if own_parts else (None, SWITCHED_OFF) for exercise in exercises]
    progress.update(progress.session.notebook or notebook_of(exercises[0].id))
    display(Line(_summary(exercises, [why for _, why in found])))
    parts = [exercise.reference if part is None else part for exercise, (part, _) in zip(exercises, found)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def _own(exercise: Exercise) -> tuple[Any, str]:
    """The reader's own part and "", or None and why not."""
    entry = progress.exercise(exercise.id)
    if not entry["solved"]:
        return None, NOT_YET
    if entry["source"] is None:
        return None, "yours passed, but its source could not be kept"
    try:
        found = load(entry["source"], exercise.id)
    except (Exception, SystemExit) as error:  # whatever the reader's own lines raise
        return None, f"yours could not be loaded ({type(error).__name__}: {error})"
    result = examine(exercise, found)
    if not result.solved:
        why = f" ({result.diagnosis.name})" if result.diagnosis else ""
        return None, f"yours passed before, but does not any more{why}"
    return result.usable(found), ""


def _summary(exercises: list[Exercise], reasons: list[str]) -> str:
    """Which parts are whose: the reader's first, then the package's, those of the same reason together."""
    groups: dict[str, list[str]] = {}
    for exercise, why in zip(exercises, reasons):
        groups.setdefault(why, []).append(f"`{exercise.name}` ({exercise.id})")
    sentences = [f"Your own: {', '.join(groups.pop(''))}."] if "" in groups else []
    for why, names in groups.items():
        if why == NOT_YET:
            clause = "yours passes its check" if len(names) == 1 else "yours pass their checks"
            sentences.append(f"The package's, until {clause}: {', '.join(names)}.")
        elif why == SWITCHED_OFF:
            sentences.append(f"The package's, as own_parts is off: {', '.join(names)}.")
        else:
            sentences.append(f"The package's: {', '.join(names)}; {why}.")
    return " ".join(sentences)


class Line:
    """One quiet line in a notebook and on a terminal."""

    def __init__(self, text: str) -> None:
        self.text = " ".join(text.split())

    def __repr__(self) -> str:
        return self.text.replace("`", "")

    def _repr_html_(self) -> str:
        pieces = escape(self.text, quote=False).split("`")
        text = "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
        return f'<div style="{MUTED}">{text}</div>'
