"""Answers to the exercises that are not the reference: different right ones, and wrong ones with a name.

They stand in `c01_cameras_and_rays/answers.py`, and `answers_*.py` beside it, each written as a student would write it:

    @right("01.3")
    def by_einsum(camera_to_world, K, pixels): ...

    @wrong("01.3", "world-to-camera")     # the name of the diagnosis that it must get
    def inverse_first(camera_to_world, K, pixels): ...

Public: `right`, `wrong`, `Answer`, `answers`.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Answer:
    exercise: str
    name: str
    candidate: Any
    diagnosis: str | None  # None: a right answer


_answers: list[Answer] = []


def right(exercise: str) -> Callable:
    """Register a different right answer."""
    return wrong(exercise, None)


def wrong(exercise: str, diagnosis: str | None) -> Callable:
    """Register a wrong answer with the name of the diagnosis that it must get."""

    def register(candidate: Any) -> Any:
        _answers.append(Answer(exercise, candidate.__name__, candidate, diagnosis))
        return candidate

    return register


def answers() -> list[Answer]:
    """All registered answers, notebook by notebook."""
    for file in sorted(Path(__file__).parent.glob("c*/answers*.py")):
        importlib.import_module(f"tests.chapters.{file.parent.name}.{file.stem}")
    return sorted(_answers, key=lambda a: a.exercise)
