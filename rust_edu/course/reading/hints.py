"""hint(): three hints for an exercise, opened one after the other. Which ones were opened is kept.

Public: `hint`.
"""

from . import progress
from .cards import HintCard, Note
from .lessons import exercise_box


def hint(exercise_id: str, number: int | None = None) -> HintCard | Note:
    """The hints of an exercise, as a card to open them on; with a number (1, 2, 3), that hint as text.

    Each hint goes deeper than the one before, so the second opens after the first. Raises InputError for an unknown
    exercise.
    """
    hints = exercise_box(exercise_id)["hints"]
    opened = min(progress.exercise(exercise_id)["hints"], len(hints))
    if number is None:
        return HintCard(exercise_id, hints, opened, lambda count: progress.record_hints(exercise_id, count))
    if number not in range(1, len(hints) + 1):
        return Note(f'There are {len(hints)} hints: `hint("{exercise_id}", 1)` is the first.')
    if number > opened + 1:
        return Note(f'Hint {opened + 1} comes before hint {number}: `hint("{exercise_id}", {opened + 1})`')
    progress.record_hints(exercise_id, number)
    return Note(hints[int(number) - 1])
