"""The notebooks run from top to bottom, whatever has been solved: papermill.

    python -m pytest tests/notebooks/test_executed.py

Solved editions run with the smallest profile and train anew, so that every training cell really runs. Student
editions run as they are handed out, and with their first exercises solved: no cell fails, and each check says
what is the case. The half-solved ones have the smallest profile too, which shortens the loops that a cell runs itself
and loads the same shipped weights. Each run has a kernel of its own, forked (`nursery.py`).
"""

import pytest

pytest.importorskip("papermill")
pytest.importorskip("jupytext", reason="the extra `classroom` is not installed")
pytest.importorskip("nbgrader", reason="the extra `classroom` is not installed")

import papermill  # noqa: E402

from rust_edu.course.making.build import write  # noqa: E402
from rust_edu.course.making.editions import as_text, partial  # noqa: E402
from rust_edu.course.making.source import read_source  # noqa: E402

CELL_SECONDS = 300

pytestmark = pytest.mark.timeout(1800)  # for a whole notebook


@pytest.fixture(autouse=True)
def quickly(nursery):
    """Kernels that start with the libraries in memory."""
    with nursery.starts_kernels():
        yield


def execute(path, tmp_path, **parameters):
    """Run a notebook file in an empty folder; the notebook with its outputs. Raises where a cell does."""
    folder = tmp_path / "runs"
    folder.mkdir()
    ran = papermill.execute_notebook(
        str(path), str(tmp_path / "executed.ipynb"), parameters=parameters, kernel_name="python3", cwd=str(folder),
        execution_timeout=CELL_SECONDS, progress_bar=False)
    assert "Traceback" not in as_text(ran) and not any(
        output.output_type == "error" for cell in ran.cells for output in cell.get("outputs", []))
    return ran


def states(ran, source) -> list[str]:
    """What each check says, in order: "solved", "not done yet" or "not yet right"."""
    said = []
    for key, exercise in source.exercises.items():
        cell = next(c for c in ran.cells if c.get("id") == f"{key.replace('.', '-')}-check")
        text = "".join(output.data["text/plain"] for output in cell.outputs if "data" in output)
        said.append(text.partition(f"{key} {exercise.name}: ")[2].partition("\n")[0])
    return said


def test_the_solved_edition_trains_anew(notebook, tmp_path):
    course, number = notebook
    source = read_source(course.source(number))
    ran = execute(course.solved(number), tmp_path, profile="smoke", retrain=True)
    assert states(ran, source) == ["solved"] * len(source.exercises)
    if (course.root / "tiny_course.py").exists():
        assert "training with the profile smoke" in as_text(ran), "the parameters reach the cells"


def test_the_student_edition_as_it_is_handed_out(notebook, tmp_path):
    course, number = notebook
    source = read_source(course.source(number))
    ran = execute(course.student(number), tmp_path)
    assert states(ran, source) == ["not done yet"] * len(source.exercises)


@pytest.mark.parametrize("part", ["one", "half", "all but one"])
def test_the_first_exercises_solved(part, notebook, tmp_path):
    course, number = notebook
    source = read_source(course.source(number))
    n = len(source.exercises)
    k = {"one": 1, "half": n // 2, "all but one": n - 1}[part]
    if part != "one" and k <= 1:
        pytest.skip(f"with {n} exercises that is another case, or none")
    path = tmp_path / "partial.ipynb"
    write(path, as_text(partial(source, k)))
    ran = execute(path, tmp_path, profile="smoke")
    assert states(ran, source) == ["solved"] * k + ["not done yet"] * (n - k)
