"""A class works with nbgrader: the commands of docs/teaching.md, for submissions of invented students.

nbgrader runs as a teacher runs it, in a folder of its own.
"""

import copy
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


def split_and_copy(notebook) -> None:
    """The check of 15.1 stands above its solution too, and 15.2's solution and check are split in two."""

    def copied(name: str, above: str) -> nbformat.NotebookNode:
        where = [cell.id for cell in notebook.cells].index
        cell = copy.deepcopy(notebook.cells[where(name)])
        cell.id = f"{name}-copied"
        notebook.cells.insert(where(above), cell)
        return cell

    copied("15-1-check", above="15-1-solution")
    copied("15-2-solution", above="15-2-solution").source = "half = 1 / 2"
    copied("15-2-check", above="15-2-check").source = "check"
    next(cell for cell in notebook.cells if cell.id == "15-2-check").source = "(mean)"


def delete_a_check(notebook) -> None:
    notebook.cells = [cell for cell in notebook.cells if cell.id != "15-2-check"]


def make_a_mess(notebook) -> None:
    """15.1 is gone as a whole; the check of 15.2 is text, beside records of other notebooks, of another nbgrader, and
    of none."""
    notebook.cells = [cell for cell in notebook.cells if not cell.id.startswith("15-1-")]
    check = next(cell for cell in notebook.cells if cell.id == "15-2-check")
    for changes in ({"grade_id": "09-1-check"}, {"schema_version": 99}, {"schema_version": 1},
                    {"schema_version": "three"}, {"points": None}, dict.fromkeys(check.metadata.nbgrader)):
        record = {key: value for key, value in (check.metadata.nbgrader | changes).items() if value is not None}
        notebook.cells.append(nbformat.v4.new_code_cell("pass", metadata={"nbgrader": record}))
    check.cell_type = "markdown"
    del check["outputs"], check["execution_count"]


# What each student writes into which cells, and the points of 15.1 (2) and 15.2 (3). Dora writes nothing into 15.1, and
# into another cell a loop that never ends. Bob, whose 15.2 is wrong, replaces the check too. The last three do with
# cells what JupyterLab lets them do; they come before others, who must be graded all the same.
CLASS = {
    "ada": (RIGHT, (2, 3)),
    "bob": ({**RIGHT, "15-2-solution": "return x.sum(-1)", "15-2-check": "mean = 1"}, (2, 0)),
    "alan": (RIGHT, (2, 3), split_and_copy),
    "alba": (RIGHT, (2, 3), delete_a_check),
    "anne": (RIGHT, (0, 3), make_a_mess),
    "carl": ({**RIGHT, "15-1-solution": "while True:\n        pass"}, (0, 3)),
    "dora": ({"15-2-solution": RIGHT["15-2-solution"], "15-1-hints": "while True:\n    pass"}, (0, 3)),
}
# Dora's loop, and the cells that call Carl's, are stopped soon, and no other cell is, however slow the machine.
SETTINGS = """
LOOPS = ("15-1-hints", "15-1-expected", "15-2-expected")
c.Execute.timeout_func = lambda cell: 3 if cell.id in LOOPS else 300
"""


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
        for student, (answers, _, *changes) in CLASS.items():
            submit(folder, student, answers, *changes)
        nbgrader(folder, "autograde", ASSIGNMENT)
        nbgrader(folder, "generate_feedback", ASSIGNMENT)
        nbgrader(folder, "export")
    return folder


def submit(folder: Path, student: str, answers: dict[str, str], change=lambda notebook: None) -> None:
    """The released notebook with a student's answers, where nbgrader collects it. change: what else was done to it."""
    name = f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(folder / "release" / ASSIGNMENT / name, as_version=4)
    for cell in notebook.cells:
        if cell.id in answers:
            written = answers[cell.id]
            cell.source = cell.source.replace(STUB, written) if STUB in cell.source else written
    change(notebook)
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


def test_a_check_that_was_copied_runs_where_it_stands_and_counts_once(graded):
    name = f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(graded / "autograded" / "alan" / ASSIGNMENT / name, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    for name in ("15-1-check-copied", "15-2-solution-copied", "15-2-check-copied"):
        assert "nbgrader" not in cells[name].metadata
    assert "NameError" in str(cells["15-1-check-copied"].outputs), "it ran before the solution"
    assert cells["15-1-check"].metadata.nbgrader.grade_id == "15-1-check"
    assert "15.2 mean: solved" in str(cells["15-2-check"].outputs)


def test_grading_is_nobodys_progress(graded):
    assert not (graded / "progress.json").exists()


def test_the_settings_are_names_that_nbgrader_knows():
    from nbgrader.apps import NbGraderApp

    known = {f"{kind.__name__}.{trait}" for kind in NbGraderApp().all_configurable_classes()
             for trait in kind.class_traits()}
    named = set(re.findall(r"^c\.(\S+) =", classroom.SETTINGS + SETTINGS, re.M))
    assert {"CourseDirectory.course_id", "Execute.timeout", "Execute.timeout_func"} <= named <= known


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


@pytest.mark.parametrize("name", ["class [1]", "2*x", "why?", "100%", "two\nlines"])
@pytest.mark.parametrize("below", ["", "/below"])
def test_a_folder_that_nbgrader_cannot_work_in(course, tmp_path, name, below):
    with pytest.raises(InputError, match="nbgrader cannot work in .*Choose another") as caught:
        set_up_class(course, tmp_path / f"{name}{below}", [NUMBER])
    assert "\n" not in str(caught.value) and not (tmp_path / name).exists()


def test_a_folder_whose_name_is_too_long(course, tmp_path):
    with pytest.raises(InputError, match="cannot write in"):
        set_up_class(course, tmp_path / ("x" * 300), [NUMBER])


def test_a_folder_that_cannot_be_written(built, tmp_path, monkeypatch):
    course = copy_tiny(tmp_path / "course", monkeypatch, built)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write in"):
        set_up_class(course, tmp_path / "file", [NUMBER])
