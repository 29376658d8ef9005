"""The course: checks that say what is wrong, hints, quizzes, progress, and the building of its notebooks.

What a notebook uses: `start`, `check`, `hint`, `quiz`, `predict`, `mine`. They are imported when first used, so
that the command line stays quick and needs no notebook.
"""

from importlib import import_module

_WHERE = {"start": "opening", "check": "checks", "hint": "hints", "quiz": "quizzes", "predict": "quizzes",
          "mine": "own"}
__all__ = list(_WHERE)  # noqa: PLE0604 - names that __getattr__ below gives


def __getattr__(name: str):
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
