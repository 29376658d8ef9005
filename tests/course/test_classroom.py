"""A class works with nbgrader: the commands of docs/teaching.md, for submissions of invented students.

nbgrader runs as a teacher runs it, in a folder of its own.
"""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="the extra `classroom` is not installed")

import nbformat  # noqa: E402
from tiny import NUMBER, copy_tiny  # noqa: E402

from rust_edu.course.making import classroom  # noqa: E402
from rust_edu.course.making.build import learners_environment  # noqa: E402
from rust_edu.course.making.classroom import set_up_class  # noqa: E402
from rust_edu.course.making.source import STUB  # noqa: E402
from rust_edu.errors import InputError  # noqa: E402

ASSIGNMENT = "15_your_own_photos"
RIGHT = {"15-1-solution": "return torch.add(x, x)", "15-2-solution": "return x.sum(-1) / x.shape[-1]"}
# What each student writes into which cells, and the points of 15.1 (2) and 15.2 (3). Dora writes nothing into 15.1, and
# into another cell a loop that never ends. Bob, whose 15.2 is wrong, replaces the check too.
CLASS = {
    "ada": (RIGHT, (2, 3)),
    "bob": ({**RIGHT, "15-2-solution": "return x.sum(-1)", "15-2-check": "mean = 1"}, (2, 0)),
    "carl": ({**RIGHT, "15-1-solution": "while True:\n        pass"}, (0, 3)),
    "dora": ({"15-2-solution": RIGHT["15-2-solution"], "15-1-hints": "while True:\n    pass"}, (0, 3)),
}
# Dora's loop is stopped soon, and no other cell is, however slow the machine.
SETTINGS = "c.Execute.timeout_func = lambda cell: 3 if cell.id == '15-1-hints' else 300\n"


def nbgrader(folder: Path, *arguments: str) -> str:
    """Run a command of nbgrader as a teacher does in an activated environment; what it said."""
    environment = learners_environment(folder)
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])  # it calls alembic
    done = subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=folder, capture_output=True, text=True,
                          env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


pytestmark = pytest.mark.timeout(1200)  # four submissions run one after the other, on a slow machine


@pytest.fixture(scope="module")
def graded(built, tmp_path_factory):
    """The folder of a class whose submissions have been graded, and the points of each student."""
    folder = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as patch:
        course = copy_tiny(folder / "course", patch, built)
        set_up_class(course, folder, [NUMBER])
        settings = folder / "nbgrader_config.py"
        settings.write_text(settings.read_text() + SETTINGS)
        nbgrader(folder, "generate_assignment", ASSIGNMENT)
        for student, (answers, _) in CLASS.items():
            submit(folder, student, answers)
        nbgrader(folder, "autograde", ASSIGNMENT)
        nbgrader(folder, "generate_feedback", ASSIGNMENT)
        nbgrader(folder, "export")
    return folder


def submit(folder: Path, student: str, answers: dict[str, str]) -> None:
    """The released notebook with a student's answers, where nbgrader collects it."""
    name = f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(folder / "release" / ASSIGNMENT / name, as_version=4)
    for cell in notebook.cells:
        if cell.id in answers:
            written = answers[cell.id]
            cell.source = cell.source.replace(STUB, written) if STUB in cell.source else written
    to = folder / "submitted" / student / ASSIGNMENT
    to.mkdir(parents=True)
    nbformat.write(notebook, to / name)


def test_what_is_released_is_the_student_edition(graded):
    name = f"{ASSIGNMENT}.ipynb"
    released = nbformat.read(graded / "release" / ASSIGNMENT / name, as_version=4)
    assert released == nbformat.read(graded / "course" / "notebooks" / name, as_version=4)


@pytest.mark.parametrize("student", CLASS)
def test_points_come_out_right(student, graded):
    with open(graded / "grades.csv", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert (float(rows[student]["score"]), float(rows[student]["max_score"])) == (sum(CLASS[student][1]), 5)
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{graded}/gradebook.db") as book:
        grades = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
        assert {grade.name: grade.score for grade in grades} == {
            "15-1-check": CLASS[student][1][0], "15-2-check": CLASS[student][1][1]}
        assert not any(grade.needs_manual_grade for grade in grades)


@pytest.mark.parametrize("student, words", [
    ("ada", "15.2 mean: solved"), ("bob", "This is the sum."), ("carl", "did not come to an end in time"),
    ("dora", "15.1 double: not done yet"), ("dora", "CellTimeoutError"),
])
def test_feedback_says_what_was_wrong(student, words, graded):
    page = (graded / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    assert words in page


def test_grading_is_nobodys_progress(graded):
    assert not (graded / "progress.json").exists()


def test_the_settings_are_names_that_nbgrader_knows():
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import ClearSolutions, Execute

    known = {f"{kind.__name__}.{trait}" for kind in (CourseDirectory, ClearSolutions, Execute)
             for trait in kind.class_traits()}
    assert set(re.findall(r"^c\.(\S+) =", classroom.SETTINGS + SETTINGS, re.M)) == {
        "CourseDirectory.course_id", "ClearSolutions.enabled", "Execute.timeout", "Execute.timeout_func"} <= known


def test_settings_of_the_teacher_are_kept(course, tmp_path):
    first = set_up_class(course, tmp_path / "class", [NUMBER])
    assert [path.name for path in first] == ["nbgrader_config.py", f"{ASSIGNMENT}.ipynb"]
    first[0].write_text("c = get_config()\n")
    assert set_up_class(course, tmp_path / "class", [NUMBER]) == first[1:]
    assert first[0].read_text() == "c = get_config()\n"


def test_a_notebook_that_is_not_built(course, tmp_path):
    course.student(NUMBER).unlink()
    with pytest.raises(InputError, match="notebook 15 has no student edition"):
        set_up_class(course, tmp_path, [NUMBER])


def test_a_folder_that_cannot_be_written(built, tmp_path, monkeypatch):
    course = copy_tiny(tmp_path / "course", monkeypatch, built)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write in"):
        set_up_class(course, tmp_path / "file", [NUMBER])
