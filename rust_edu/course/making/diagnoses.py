"""The table exercise x wrong answer x diagnosis, from the answers that the tests try (tests/chapters).

Public: `known_answers`, `diagnoses_table`, `diagnoses_page`.
"""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..checking.exercise import find_exercise

PAGE = """# What the checks know

Every exercise's check is itself tested. Each answer below is handed to it by `tests/chapters/test_answers.py`: right
ones, written in other ways than the course's own, must pass; each wrong one must fail with the diagnosis beside it.
A diagnosis in italics comes from a property that the answer lacks, or from the rules that hold for every exercise: it
says what was seen and what was expected. The others know the mistake.

This page is written by `rust-edu course diagnoses --write`, and a test keeps it in step.

"""


def known_answers(root: Path) -> list[Any]:
    """All answers of the tests, ordered by exercise. Raises InputError outside of a checkout."""
    if not (root / "tests" / "chapters").is_dir():
        raise InputError("no folder tests/chapters", "a checkout of the course with its tests")
    if str(root) not in sys.path:
        sys.path.append(str(root))
    return importlib.import_module("tests.chapters.answers").answers()


def diagnoses_table(answers: Sequence[Any]) -> str:
    """A markdown table: the right answers of an exercise in one row, each wrong one in its own."""
    lines = ["| exercise | answer | diagnosis | what the reader is told |", "|---|---|---|---|"]
    for key in sorted({answer.exercise for answer in answers}, key=_by_numbers):
        exercise = find_exercise(key)
        known = {suspect.name: suspect for suspect in exercise.suspects}
        own = [answer for answer in answers if answer.exercise == key]
        right = ", ".join(_words(answer.name) for answer in own if answer.diagnosis is None)
        lines.append(f"| **{key} {exercise.name}** | {right} | *solved* | |")
        for answer in sorted((a for a in own if a.diagnosis), key=lambda a: (a.diagnosis, a.name)):
            suspect = known.get(answer.diagnosis)
            told = " ".join(suspect.what.split()).replace("|", "\\|") if suspect else ""
            name = answer.diagnosis if answer.diagnosis in known else f"*{answer.diagnosis}*"
            lines.append(f"| | {_words(answer.name)} | {name} | {told} |")
    return "\n".join(lines) + "\n"


def diagnoses_page(answers: Sequence[Any]) -> str:
    """docs/diagnoses.md."""
    return PAGE + diagnoses_table(answers)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _by_numbers(key: str) -> tuple[int, ...]:
    return tuple(int(part) for part in key.split("."))
