"""The course: checks that say what is wrong, hints, quizzes, progress, and the building of its notebooks.

What a notebook uses: `start`, `check`, `hint`, `quiz`, `predict`, `mine`, `load_or_train`, `scoreboard`. They are
imported when first used, so that the command line stays quick and needs no notebook. From the ground up:

    syllabus    the notebooks in order
    checking    what an exercise is, and what its check does
    reading     what a reader meets
    making      from the source of a notebook to its editions, and the proof that they are in step
    shared      what several chapters stand on
    chapters    one folder a notebook: exercises, figures, lesson
    doctor      `rust-edu doctor`
    commands    `rust-edu course ...`
"""

from importlib import import_module

_WHERE = {"start": "opening", "check": "check", "hint": "hints", "quiz": "quizzes", "predict": "quizzes", "mine": "own",
          "load_or_train": "training", "scoreboard": "scoreboard"}
__all__ = list(_WHERE)  # noqa: PLE0604 - names that __getattr__ below gives


def __getattr__(name: str):
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".reading.{_WHERE[name]}", __name__), name)
