"""check(): examine what the reader wrote, show a panel, note it in the progress file, and say what to go on with.

Public: `check`, `CheckFailed`.
"""

import os
import secrets
from typing import Any

from ..checking.capture import capture
from ..checking.checks import examine
from ..checking.exercise import find_exercise
from ..checking.panel import show
from .progress import record_check

GRADED = ("autograde", "validate")  # what nbgrader writes into NBGRADER_EXECUTION while it runs a notebook


class CheckFailed(AssertionError):
    """Raised under nbgrader, where an exception is how a cell loses its points."""


def check(exercise_id: str, candidate: Any) -> Any:
    """Run an exercise's check and show the result. Returns what the notebook goes on with: `candidate` if it
    passes, the package's own function if not.

    Under nbgrader's autograding it raises CheckFailed unless the answer passes. Raises InputError for an
    unknown exercise.
    """
    exercise = find_exercise(exercise_id)
    result = examine(exercise, candidate)
    if result.solved:  # once more, on cases that nobody can know beforehand
        again = examine(exercise, candidate, seed=secrets.randbits(31))
        result = result if again.solved else again
    show(result)
    source = capture(candidate) if result.solved else None
    record_check(exercise.id, result.state, result.diagnosis.name if result.diagnosis else None, source)
    if os.environ.get("NBGRADER_EXECUTION") in GRADED and not result.solved:
        raise CheckFailed(f"{exercise.id} {exercise.name}: {result.diagnosis or result.state}")
    return result.usable(candidate)
