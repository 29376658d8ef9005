"""The editions are exactly what a source gives, run in a fresh kernel, and nobody's work is lost."""

import ast
import json
import re
import shutil
from dataclasses import replace

import pytest

pytest.importorskip("jupytext", reason="the extra `classroom` is not installed")
pytest.importorskip("nbgrader", reason="the extra `classroom` is not installed")

import nbformat  # noqa: E402
from tiny import NUMBER, WHERE  # noqa: E402

from rust_edu.course.making import build as building  # noqa: E402
from rust_edu.course.making.build import build, run  # noqa: E402
from rust_edu.course.making.editions import LANGUAGE, as_text, lesson, partial, solved, student  # noqa: E402
from rust_edu.course.making.frame import closing_text  # noqa: E402
from rust_edu.course.making.proof import findings  # noqa: E402
from rust_edu.course.making.source import STUB, needs, read_source  # noqa: E402
from rust_edu.errors import InputError  # noqa: E402

TINY = WHERE / "solutions" / "15_your_own_photos.py"
SOURCE = read_source(TINY)


def cell(notebook, cell_id):
    return next(c for c in notebook.cells if c.id == cell_id)


# ---------------------------------------------------------------------------------------- products


def test_cells_are_those_of_the_source_in_its_order():
    ids = [c.id for c in student(SOURCE).cells]
    assert ids == ["15-header", "15-cell-1", "15-parameters", "15-cell-2", "15-p1",
                   "15-1-box", "15-1-solution", "15-1-hints", "15-1-check", "15-1-expected", "15-cell-3",
                   "15-2-box", "15-2-solution", "15-2-hints", "15-2-check", "15-2-expected", "15-q1", "15-closing"]
    assert ids == [c.id for c in solved(SOURCE).cells]
    nbformat.validate(student(SOURCE))


def test_the_student_edition_has_stubs_and_nothing_to_copy_from():
    notebook, text = student(SOURCE), as_text(student(SOURCE))
    assert cell(notebook, "15-1-solution").source == f'def double(x):\n    """Twice its argument."""\n    {STUB}'
    for secret in ("x + x", "total / x", "Add it to itself", "It grows with", "BEGIN SOLUTION", "[x]"):
        assert secret not in text
    assert all(not c.get("outputs") and c.get("execution_count") is None for c in notebook.cells)


def test_the_metadata_are_nbgraders():
    notebook = student(SOURCE)
    check, solution = cell(notebook, "15-2-check").metadata, cell(notebook, "15-2-solution").metadata
    assert (check.nbgrader.grade, check.nbgrader.locked, check.nbgrader.solution, check.nbgrader.points) == \
        (True, True, False, 3)
    assert check.editable is False and check.deletable is False
    assert (solution.nbgrader.grade, solution.nbgrader.locked, solution.nbgrader.solution) == (False, False, True)
    assert "editable" not in solution and solution.deletable is False
    graded = [c for c in notebook.cells if "nbgrader" in c.metadata]
    assert len({c.metadata.nbgrader.grade_id for c in graded}) == len(graded) == 4
    assert all(re.fullmatch("[0-9a-f]{32}", c.metadata.nbgrader.checksum) for c in graded)


def test_the_solved_edition_has_the_solutions_without_marks():
    notebook = solved(SOURCE)
    assert cell(notebook, "15-1-solution").source == 'def double(x):\n    """Twice its argument."""\n    return x + x'
    assert "SOLUTION" not in as_text(notebook) and "nbgrader" not in as_text(notebook)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_partial_solves_the_first_exercises(k):
    notebook = partial(SOURCE, k)
    done = [STUB not in cell(notebook, f"15-{i}-solution").source for i in (1, 2)]
    assert done == [k > 0, k > 1]
    assert [c.metadata for c in notebook.cells] == [c.metadata for c in student(SOURCE).cells]


def test_the_same_source_gives_the_same_bytes():
    for product in (student, solved, lesson):
        assert as_text(product(SOURCE)) == as_text(product(read_source(TINY)))


def test_the_lesson_is_what_the_reader_sees_at_run_time():
    made = json.loads(as_text(lesson(SOURCE)))
    assert made.keys() == {"id", "title", "claim", "objectives", "exercises", "quizzes", "glossary"}
    assert made["exercises"]["15.2"] == {"title": "Mean", "difficulty": 3, "minutes": 2, "why": "noise averages out",
                                         "name": "mean", "hints": SOURCE.exercises["15.2"].hints}
    assert made["quizzes"]["15.p1"]["options"][0] == {"text": "two", "right": True, "explanation": "One and one."}
    assert made["glossary"] == {"mean": "the sum divided by the count."}


def test_the_frame_links_to_neighbours_that_exist(tmp_path):
    assert "](14_steering.ipynb)" not in as_text(student(SOURCE))
    shutil.copy(TINY, tmp_path)
    (tmp_path / "14_steering.py").touch()
    header, *_, closing = student(read_source(tmp_path / TINY.name)).cells
    assert "**You need:** 00 Welcome, [14 Steering](14_steering.ipynb)" in header.source
    assert "Before: [14 Steering](14_steering.ipynb)." in closing.source
    assert "▸ 15 Your own photos (you are here)" in header.source and "- run a check" in header.source
    assert "about 5 minutes | 1 s | not measured yet" in header.source
    assert "**mean**: the sum divided by the count." in closing.source


@pytest.mark.parametrize("present, words", [
    ({"12", "13", "14"}, ["Next: [13 Generative relatives](13_generative_relatives.ipynb): GQN",
                          "Before: 11 Semantics."]),
    ({"10", "12", "14", "15"}, ["Next: 13 Generative relatives (in preparation): GQN",
                                " Until then, go on with [14 Steering](14_steering.ipynb): camera paths",
                                "Before: [10 Explicit poses](10_explicit_pose.ipynb)."]),
    ({"12"}, ["Next: 13 Generative relatives (in preparation): GQN", "Before: 11 Semantics."]),
])
def test_the_closing_leads_to_the_next_notebook_that_is_there(present, words):
    closing = closing_text(replace(SOURCE, number="12", present=frozenset(present)))
    assert all(part in closing for part in words)
    assert ("Until then" in closing) == ("14" in present and "13" not in present)


# ------------------------------------------------------------------------------------------- runs


def test_a_built_solved_edition_was_run(course):
    text = course.solved(NUMBER).read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    assert "15.1 double: solved" in text and "15.2 mean: solved" in text
    assert cell(notebook, "15-2-expected").outputs[0].text == "tensor([2., 2.])\n"
    assert "widgets" not in notebook.metadata and "widget-view" not in text, "cards are stored as HTML"
    assert all("execution" not in c.metadata for c in notebook.cells), "no times of day"
    assert notebook.metadata.language_info == LANGUAGE
    assert not (course.root / "progress.json").exists(), "a build is nobody's progress"


def test_every_edition_can_be_made_a_script(course):
    """`jupyter nbconvert --to script` writes Python."""
    from nbconvert import ScriptExporter

    for path in (course.student(NUMBER), course.solved(NUMBER)):
        text, resources = ScriptExporter().from_filename(str(path))
        assert resources["output_extension"] == ".py"
        ast.parse(text)


def test_running_again_gives_the_same_bytes(course):
    before = course.solved(NUMBER).read_bytes()
    course.solved(NUMBER).unlink()
    build(course, NUMBER)
    assert course.solved(NUMBER).read_bytes() == before


def test_a_cell_that_fails_is_one_line_and_no_solved_edition(course):
    before = course.solved(NUMBER).read_bytes()
    source = course.source(NUMBER)
    source.write_text(source.read_text(encoding="utf-8") + "\n# %%\n1 / 0\n", encoding="utf-8")
    with pytest.raises(InputError, match="cell 15-cell-4 raised ZeroDivisionError: division by zero"):
        build(course, NUMBER)
    assert course.solved(NUMBER).read_bytes() == before
    assert any("has been" in line or "cells where" in line or "stands where" in line
               for line in findings(course, [NUMBER]))


def test_a_cell_that_does_not_end_is_one_line(course):
    notebook = needs("nbformat.v4").new_notebook(cells=[
        needs("nbformat.v4").new_code_cell("while True:\n    pass", id="endless")])
    with pytest.raises(InputError, match="cell endless ran longer than 2 s"):
        run(notebook, seconds=2)


def widgets(*names: str, **data: str):
    """A notebook that ran, with a widget made of a part, and another that is not shown; their ids are `names`."""
    v4 = needs("nbformat.v4")
    shown, part, other = ((name * 32)[:32] for name in names)
    view = {"model_id": shown, "version_major": 2, "version_minor": 1}
    code = v4.new_code_cell("x", id="x", outputs=[v4.new_output("display_data", {building.WIDGET: view, **data})])
    states = {shown: {"state": {"children": [f"IPY_MODEL_{part}"]}}, part: {"state": {"value": 1}}, other: {}}
    return building.tidy(v4.new_notebook(cells=[code], metadata={"widgets": {building.STATES: {"state": states}}}))


def test_widgets_with_a_still_form_are_stored_as_that():
    still = widgets("a", "b", "c", **{"text/html": "<p>still</p>"})
    assert "widgets" not in still.metadata and "model_id" not in as_text(still)


def test_widgets_without_are_stored_with_their_parts_under_ids_that_stay():
    live = as_text(widgets("a", "b", "c"))
    assert live == as_text(widgets("f", "0d", "e")), "whatever the ids were, and their order"
    states = json.loads(live)["metadata"]["widgets"][building.STATES]["state"]
    one, two = f"{1:032x}", f"{2:032x}"
    assert states == {one: {"state": {"children": [f"IPY_MODEL_{two}"]}}, two: {"state": {"value": 1}}}
    assert f'"model_id": "{one}"' in live


def test_without_running_outputs_are_kept_while_the_code_is_the_same(course, no_kernel):
    before = course.solved(NUMBER).read_bytes()
    source = course.source(NUMBER)
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("## Doubling a number", "## Doubling a number\n# Slowly."), encoding="utf-8")
    build(course, NUMBER, execute=False)
    assert b"Slowly" in course.solved(NUMBER).read_bytes()
    assert findings(course, [NUMBER]) == []
    source.write_text(text, encoding="utf-8")
    build(course, NUMBER, execute=False)
    assert course.solved(NUMBER).read_bytes() == before
    source.write_text(text.replace("return x + x", "return 2 * x"), encoding="utf-8")
    build(course, NUMBER, execute=False)
    assert findings(course, [NUMBER]) == [
        "solutions/15_your_own_photos.ipynb: has not been run. Run `rust-edu course build 15`."]


def test_a_students_work_is_not_written_over(course, no_kernel):
    path = course.student(NUMBER)
    path.write_text(path.read_text(encoding="utf-8").replace(STUB.replace('"', '\\"'), "return x"), encoding="utf-8")
    kept = path.read_bytes()
    with pytest.raises(InputError, match="15_your_own_photos.ipynb in notebooks/ holds somebody's work"):
        build(course, NUMBER, execute=False)
    assert path.read_bytes() == kept
    path.write_text("<<<<<<< HEAD")
    with pytest.raises(InputError, match="is not a notebook"):
        build(course, NUMBER, execute=False)
