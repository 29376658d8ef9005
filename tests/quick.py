"""`make quick`: what to run before a commit, in a minute or two. It catches what usually breaks; `make test` the rest.

ruff, then pytest on QUICK: no browser, no kernel, and of the wrong answers to an exercise the first one. As a pytest
plugin (`-p tests.quick`) this file leaves out the others. Public: `QUICK`, `main`.
"""

import subprocess
import sys

import pytest

QUICK = (
    "tests/test_floors.py",  # a room imports from below, nothing in circles, files are short
    "tests/test_project.py",  # everything imported is declared, nothing of somebody's machine, the README's table
    "tests/test_cameras.py",
    "tests/test_shapes.py",
    "tests/test_worlds.py",
    "tests/test_views.py",
    "tests/test_layers.py",
    "tests/test_models.py",
    "tests/test_training.py::test_loss_of_a_step_by_hand",
    "tests/test_cli.py::test_train_and_train_on",  # the smoke profile, from the command line
    "tests/chapters",  # references, right answers, one wrong answer for each exercise, figures
    "tests/course/test_source.py",  # what an author may write
    "tests/course/test_diagnoses.py",  # docs/diagnoses.md
    "tests/course/test_new.py::test_no_chapter_is_left_half_written",
    "tests/notebooks/test_in_step.py",  # the editions, lessons and pages are what the sources give
)
WRONG = "test_a_wrong_answer_gets_its_own_diagnosis"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the first wrong answer of each exercise."""
    seen, kept, others = set(), [], []
    for item in items:
        exercise = item.callspec.params["answer"].exercise if item.originalname == WRONG else None
        (others if exercise in seen else kept).append(item)
        seen |= {exercise} - {None}
    config.hook.pytest_deselected(items=others)
    items[:] = kept


def main(arguments: list[str]) -> int:
    """Run ruff, then pytest with these arguments; the exit status of the first that fails."""
    ruff = subprocess.run([sys.executable, "-m", "ruff", "check", "."]).returncode
    return ruff or pytest.main(["-p", "tests.quick", *arguments, *QUICK])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
