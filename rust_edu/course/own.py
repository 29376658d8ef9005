"""mine(): the reader's own function from another notebook, if it passes its check there and here.

`check` keeps the source of what passed (`capture`, in `capture.py`); `mine` makes a module of it, runs the check
again and returns it; where it does not pass, or there is none, the package's own, and says which.
The source comes from the reader's own progress file and runs as the reader's own cells do. Public: `mine`, `capture`.
"""

from html import escape
from typing import Any

from IPython.display import display

from ..errors import InputError
from . import progress, trial
from .capture import capture, load
from .checks import examine
from .exercise import Exercise, find_exercise
from .lessons import notebook_of
from .panel import MUTED

__all__ = ["capture", "mine"]


def mine(exercise_id: str, own_parts: bool | None = None) -> Any:
    """What solves an exercise: the reader's own, if it passed and still does, else the package's. One line says which.

    own_parts: False for the package's in any case; as `start` was told if not given. Raises InputError for an
    unknown exercise.
    """
    if trial.answering:
        raise InputError("`mine` inside an answer", "your own lines: `mine` gives back what you have solved before")
    exercise = find_exercise(exercise_id)
    own_parts = progress.session.own_parts if own_parts is None else own_parts
    found, words = _own(exercise) if own_parts else (None, "the package's own, as own_parts is off.")
    progress.update(progress.session.notebook or notebook_of(exercise_id))
    display(Line(f"`{exercise.name}` ({exercise_id}): {words}"))
    return exercise.reference if found is None else found


def _own(exercise: Exercise) -> tuple[Any, str]:
    """The reader's own part, or None, and what to say."""
    entry = progress.exercise(exercise.id)
    if not entry["solved"]:
        return None, f"the package's own. Yours takes its place once it passes its check in notebook " \
                     f"{notebook_of(exercise.id)}."
    if entry["source"] is None:
        return None, "the package's own. Yours passed, but its source could not be kept."
    try:
        found = load(entry["source"], exercise.id)
    except (Exception, SystemExit) as error:  # whatever the reader's own lines raise
        return None, f"the package's own. Yours could not be loaded ({type(error).__name__}: {error})."
    result = examine(exercise, found)
    if not result.solved:
        why = f" ({result.diagnosis.name})" if result.diagnosis else ""
        return None, f"the package's own. Yours passed before, but does not any more{why}."
    return result.usable(found), f"your own, from notebook {notebook_of(exercise.id)}."


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
