"""`build --check` finds whatever is not in step, and the commands say it in lines."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jupytext", reason="the extra `classroom` is not installed")
pytest.importorskip("nbgrader", reason="the extra `classroom` is not installed")

import nbformat  # noqa: E402
from tiny import NUMBER  # noqa: E402

from rust_edu import cli  # noqa: E402
from rust_edu.course.making import build as building  # noqa: E402
from rust_edu.course.making.build import Course, build  # noqa: E402
from rust_edu.course.making.proof import _written_rereads, findings  # noqa: E402
from rust_edu.errors import InputError  # noqa: E402


def cell(notebook, cell_id):
    return next(c for c in notebook.cells if c.id == cell_id)


def test_a_built_course_has_no_findings(course, no_kernel):
    assert findings(course, [NUMBER]) == []


def edit(path: Path, change) -> None:
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def set_source(cell_id, text):
    return lambda nb: cell(nb, cell_id).update(source=text)


def error_output():
    return nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])


def break_check_output(notebook):
    for output in cell(notebook, "15-1-check").outputs:
        output.data = {"text/plain": "✗ 15.1 double: not yet right"}


DAMAGE = {  # to the student edition, to the solved edition, words of the finding
    "stub": (set_source("15-1-solution", "def double(x):\n    return x"), None,
             "notebooks/15_your_own_photos.ipynb: the text of cell 15-1-solution is not"),
    "points": (lambda nb: cell(nb, "15-1-check").metadata.nbgrader.update(points=50), None,
               "the metadata of cell 15-1-check"),
    "unlocked": (lambda nb: cell(nb, "15-1-check").metadata.pop("editable"), None, "the metadata of cell 15-1-check"),
    "output": (lambda nb: cell(nb, "15-q1").update(execution_count=3), None, "metadata or form"),
    "id": (lambda nb: cell(nb, "15-q1").update(id="random"), None, "cell random stands where 15-q1 should"),
    "cell removed": (lambda nb: nb.cells.pop(), None, "17 cells where the source gives 18"),
    "cell added": (lambda nb: nb.cells.append(nbformat.v4.new_code_cell("1")), None, "19 cells where"),
    "kernel": (lambda nb: nb.metadata.kernelspec.update(name="julia"), None, "metadata or form"),
    "solution": (None, set_source("15-1-solution", "def double(x):\n    return 2 * x"),
                 "solutions/15_your_own_photos.ipynb: the text of cell 15-1-solution"),
    "no outputs": (None, lambda nb: [c.update(outputs=[], execution_count=None) for c in nb.cells
                                     if c.cell_type == "code"], "has not been run"),
    "one not run": (None, lambda nb: cell(nb, "15-cell-2").update(execution_count=None), "not run once each"),
    "error": (None, lambda nb: cell(nb, "15-cell-2").outputs.append(error_output()),
              "cell 15-cell-2 ends with an error"),
    "warning": (None, lambda nb: cell(nb, "15-cell-2").outputs.append(
        nbformat.v4.new_output("stream", name="stderr", text="UserWarning")), "cell 15-cell-2 writes to stderr"),
    "nothing shown": (None, lambda nb: cell(nb, "15-q1").update(outputs=[]), "cell 15-q1 shows nothing"),
    "wrong": (None, break_check_output, "its own solution of 15.1 does not pass the check"),
    "large": (None, lambda nb: cell(nb, "15-cell-2").outputs.append(
        nbformat.v4.new_output("stream", text="x" * 4_000_000)), "4.0 MB with its outputs"),
    "times": (None, lambda nb: cell(nb, "15-cell-2").metadata.update(execution={"t": "now"}),
              "the metadata of cell 15-cell-2"),
}


@pytest.mark.parametrize("to_student, to_solved, words", DAMAGE.values(), ids=DAMAGE)
def test_damage_to_an_edition_is_found(to_student, to_solved, words, course, no_kernel):
    if to_student:
        edit(course.student(NUMBER), to_student)
    if to_solved:
        edit(course.solved(NUMBER), to_solved)
    found = findings(course, [NUMBER])
    assert len(found) == 1 and words in found[0], found


SLIPS = {  # of the author: text in the source, its replacement, words of the finding
    "reread": ("## What a `mean` is", "## On means", "says to reread 'What a `mean` is'"),
    "link to a heading": ("(#What-a-mean-is)", "(#What-is-a-mean)",
                          "cell 15-cell-1: the link to #What-is-a-mean leads to no"),
    "link to a notebook": ("(#What-a-mean-is)", "(99_end.ipynb)", "the link to 99_end.ipynb leads nowhere"),
    "link to a file": ("(#What-a-mean-is)", "(../README.txt)", "the link to ../README.txt leads nowhere"),
    "link in a hint": ("Add it to itself.", "See [this](#Nothing).", "hint 1 of 15.1: the link to #Nothing"),
    "link in an explanation": ("#   Yes.", "#   See [this](#Nothing).", "15.q1: the link to #Nothing"),
    "picture": ("A middle.", "![](https://example.org/a.png)", "has no words for those who cannot see it"),
}


@pytest.mark.parametrize("old, new, words", SLIPS.values(), ids=SLIPS)
def test_slips_of_the_author_are_found(old, new, words, course, no_kernel):
    source = course.source(NUMBER)
    source.write_text(source.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    build(course, NUMBER, execute=False)
    assert any(words in line for line in findings(course, [NUMBER])), findings(course, [NUMBER])


def test_links_that_lead_somewhere_are_no_findings(course, no_kernel):
    source = course.source(NUMBER)
    good = ("[a](15_your_own_photos.ipynb#Doubling-a-number) [b](../docs/teaching.md) [c](https://example.org/) "
            "`[d](no)`")
    source.write_text(source.read_text(encoding="utf-8").replace("A middle.", good), encoding="utf-8")
    build(course, NUMBER, execute=False)
    assert findings(course, [NUMBER]) == []


def test_exercises_and_checks_are_the_same(course, monkeypatch):
    from rust_edu.course.checking.exercise import exercises_of
    double, mean = exercises_of(NUMBER)
    module = sys.modules["rust_edu.course.chapters.c15_your_own_photos"]
    monkeypatch.setattr(module, "EXERCISES", (double,))
    where = "chapters/c15_your_own_photos"
    assert findings(course, [NUMBER]) == [f"{where}: no exercise 15.2, which 15_your_own_photos.py has."]
    monkeypatch.setattr(module, "EXERCISES", (double, type(mean)(**{**vars(mean), "name": "average"})))
    assert "15.2 is about `average`, in 15_your_own_photos.py about `mean`" in findings(course, [NUMBER])[0]
    monkeypatch.setattr(module, "EXERCISES", (double, mean, type(mean)(**{**vars(mean), "id": "15.3"})))
    assert findings(course, [NUMBER]) == [f"{where}: exercise 15.3 is not in 15_your_own_photos.py."]


def test_what_any_file_of_a_package_of_exercises_says_to_reread_is_known():
    assert "Half a picture" in _written_rereads("07")


@pytest.mark.parametrize("stray", ["notebooks/Untitled.ipynb", "notebooks/14_steering.ipynb", "solutions/notes.txt",
                                   "solutions/15_your_own_photos.html",
                                   "rust_edu/course/chapters/c14_steering/lesson.json"])
def test_stray_files_are_found(stray, course):
    (course.root / stray).parent.mkdir(exist_ok=True)
    (course.root / stray).touch()
    (course.root / "notebooks" / ".ipynb_checkpoints").mkdir()
    assert findings(course, [NUMBER]) == [f"{stray}: comes from no source. Remove it."]


@pytest.mark.parametrize("which", ["student", "solved", "lesson"])
def test_missing_and_unreadable_products_are_found(which, course):
    path = getattr(course, which)(NUMBER)
    path.write_text("{")
    assert len(findings(course, [NUMBER])) == 1
    path.unlink()
    found, = findings(course, [NUMBER])
    assert "missing. Run `rust-edu course build 15`" in found


def test_mistakes_in_a_source_are_findings(course):
    course.source(NUMBER).write_text("# %%\n1\n")
    assert "no header" in findings(course, [NUMBER])[0]


# --------------------------------------------------------------------------------------- commands


def command(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as done:
        cli.main(["course", *arguments])
    return done.value.code, *capsys.readouterr()


@pytest.fixture
def here(course, monkeypatch):
    """The tiny course as that of the command line."""
    monkeypatch.setattr(building, "Course", lambda: course)
    return course


def test_build_and_check_from_the_command_line(here, capsys, no_kernel):
    assert command(capsys, "build", "15", "--no-run")[:2] == (
        0, "15_your_own_photos.py: writing ...\n  15_your_own_photos.ipynb: 2 exercises, 2 questions\n")
    code, out, _ = command(capsys, "build", "--check")
    assert code == 0 and "everything in step" in out
    here.student(NUMBER).unlink()
    code, out, err = command(capsys, "build", "--check")
    assert code == 1 and len(out.splitlines()) == 1 and err == "1 finding in 1 notebook.\n"


@pytest.mark.parametrize("number, words", [("14", "notebook 14 has no source 14_steering.py"),
                                           ("77", "unknown notebook '77'")])
def test_a_notebook_that_is_not_there(number, words, here, capsys):
    code, _, err = command(capsys, "build", number)
    assert code == 2 and words in err and err.count("\n") == 1


@pytest.mark.parametrize("module", ["jupytext", "nbgrader.preprocessors"])
def test_without_the_extra_one_line_says_what_to_install(module, here, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    code, _, err = command(capsys, "build")
    assert code == 2 and err.count("\n") == 1
    assert f"{module.partition('.')[0]} is not installed" in err and "pip install -e '.[classroom]'" in err


def test_outside_of_a_checkout_one_line_says_so(tmp_path):
    with pytest.raises(InputError, match="no folder solutions/"):
        Course(tmp_path)


def test_a_reader_needs_neither_jupytext_nor_nbgrader():
    code = ("import sys, rust_edu.cli, rust_edu.course.commands, rust_edu.course.making.build, "
            "rust_edu.course.making.proof; "
            "print(sorted({'jupytext', 'nbgrader', 'nbclient'} & set(sys.modules)))")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
