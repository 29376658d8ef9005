"""The outputs stored in the solved editions are what their cells give: nbval, strict.

    python -m pytest tests/notebooks/test_stored_outputs.py
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbval")
pytest.importorskip("jupytext", reason="the extra `classroom` is not installed")

import nbformat  # noqa: E402
from tiny import NUMBER  # noqa: E402

from rust_edu.course.making.build import learners_environment  # noqa: E402

CELL_SECONDS = 300
SANITIZE = Path(__file__).with_name("sanitize.cfg")

pytestmark = pytest.mark.timeout(1800)  # for a whole notebook


def compare(path: Path, progress: Path) -> None:
    """Run a notebook and compare with its stored outputs. nbval lets a cell pass that was never run: this does not."""
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    not_run = [cell.id for cell in code if cell.execution_count is None]
    assert not not_run and any(cell.outputs for cell in code), f"{path.name} has not been run: {not_run}"
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", f"--nbval-cell-timeout={CELL_SECONDS}",
               f"--nbval-sanitize-with={SANITIZE}", "-p", "no:cacheprovider", "--color=no", str(path)]
    alone = ["-p", "nbval.plugin", "-c", os.devnull, f"--rootdir={path.parent}"]  # other plugins take a second to load
    environment = learners_environment(progress) | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run([*command, *alone], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_cells_give_what_is_stored(notebook, tmp_path):
    course, number = notebook
    compare(course.solved(number), tmp_path)


def edit(path: Path, cell_id: str, change) -> None:
    notebook = nbformat.read(path, as_version=4)
    change(next(cell for cell in notebook.cells if cell.id == cell_id))
    nbformat.write(notebook, path)


def test_other_outputs_are_found(tiny, tmp_path):
    path = tiny.solved(NUMBER)
    edit(path, "15-cell-2", lambda cell: cell.outputs.append(nbformat.v4.new_output("stream", text="more\n")))
    edit(path, "15-1-check", lambda cell: cell.outputs[0].data.update({"text/plain": "✗ 15.1 double"}))
    edit(path, "15-1-expected", lambda cell: cell.update(outputs=[]))
    edit(path, "15-2-expected", lambda cell: cell.outputs[0].update(text="tensor([2., 3.])\n"))
    with pytest.raises(AssertionError) as failed:
        compare(path, tmp_path)
    for words in ("Missing output fields", "✗ 15.1 double", "Unexpected output fields", "tensor([2., 3.])", "4 failed"):
        assert words in str(failed.value)


def test_a_notebook_without_outputs_fails(tiny, tmp_path):
    with pytest.raises(AssertionError, match="has not been run"):
        compare(tiny.student(NUMBER), tmp_path)
    edit(tiny.solved(NUMBER), "15-q1", lambda cell: cell.update(outputs=[], execution_count=None))
    with pytest.raises(AssertionError, match="15-q1"):
        compare(tiny.solved(NUMBER), tmp_path)


@pytest.mark.parametrize("one, other, same", [
    ('<img src="data:image/png;base64,iVBORw0KGgo=">', '<img src="data:image/png;base64,AAAA/+A=">', True),
    ("model " + "a1" * 16, "model " + "b2" * 16, True),
    ('<img alt="one" src="data:image/png;base64,AA">', '<img alt="two" src="data:image/png;base64,AA">', False),
    ("PSNR 20.1", "PSNR 20.2", False),
    ("12345678901234567890", "12345678901234567891", False),
])
def test_only_pictures_and_ids_are_not_compared(one, other, same):
    import re

    from nbval.plugin import get_sanitize_patterns

    def cleaned(text):
        for pattern, words in get_sanitize_patterns(SANITIZE.read_text()):
            text = re.sub(pattern, words, text)
        return text

    assert (cleaned(one) == cleaned(other)) == same
