"""Building the course: every source's products written to their places, the solved editions run.

Public: `Course`, the places; `build`, which makes one notebook's products; `run`, which runs a notebook in a
fresh kernel.
"""

import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...paths import whole_file
from ..syllabus import SYLLABUS, entry
from .editions import LANGUAGE, as_text, lesson, solved, student
from .source import Source, needs, read_source

CELL_SECONDS = 1200  # for one cell of a solved edition, on a slow machine
WIDGET, STATES = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"


@dataclass(frozen=True)
class Course:
    """Where sources lie and products go, in a checkout of this project."""

    root: Path = Path(__file__).resolve().parents[3]

    def __post_init__(self) -> None:
        if not (self.root / "solutions").is_dir():
            raise InputError(f"no folder solutions/ in {self.root.name}", "a checkout of the course",
                             "Clone the project and install it with pip install -e '.[classroom]'.")

    def source(self, number: str) -> Path:
        return self.root / "solutions" / f"{entry(number).stem}.py"

    def solved(self, number: str) -> Path:
        return self.root / "solutions" / f"{entry(number).stem}.ipynb"

    def student(self, number: str) -> Path:
        return self.root / "notebooks" / f"{entry(number).stem}.ipynb"

    def lesson(self, number: str) -> Path:
        return self.chapters / entry(number).chapter / "lesson.json"

    @property
    def chapters(self) -> Path:
        return self.root / "rust_edu" / "course" / "chapters"

    def numbers(self) -> list[str]:
        """The notebooks that have a source."""
        return [known.number for known in SYLLABUS if self.source(known.number).exists()]


def build(course: Course, number: str, execute: bool = True) -> Source:
    """Write the three products of a notebook. A solved edition with a cell that fails is not written.

    Without `execute` the solved edition keeps its stored outputs if none of its code has changed, and has none
    otherwise. Raises InputError for a mistake of the author.
    """
    source = read_source(course.source(number))
    notebook, shipped = solved(source), student(source)
    _keep_work(course, number)
    write(course.lesson(number), as_text(lesson(source)))  # before the run, which reads it
    write(course.student(number), as_text(shipped))
    notebook = run(notebook) if execute else _with_stored_outputs(notebook, course.solved(number))
    write(course.solved(number), as_text(notebook))
    return source


def _keep_work(course: Course, number: str) -> None:
    """Raise InputError if somebody has solved exercises in the student edition, which would be written over."""
    path = course.student(number)
    if not path.exists():
        return
    checksum = needs("nbgrader.utils").compute_checksum
    fix = "Copy it somewhere else, remove it here, and build again."
    try:
        cells = needs("nbformat").read(path, as_version=4).cells
    except Exception as error:  # json's, nbformat's
        raise InputError(f"{path.name} in notebooks/ is not a notebook", "the student edition", fix) from error
    for cell in cells:
        kept = cell.metadata.get("nbgrader", {})
        if kept.get("solution") and kept.get("checksum") != checksum(cell):
            raise InputError(f"{path.name} in notebooks/ holds somebody's work in cell {cell.id}",
                             "the student edition as it was built", fix)


def write(path: Path, text: str) -> None:
    """Write a product whole; one that would not change is left alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.read_bytes() == text.encode():
        return
    with whole_file(path) as temporary:
        temporary.write_bytes(text.encode())


def run(notebook: Any, seconds: int = CELL_SECONDS) -> Any:
    """Run a notebook in a fresh kernel of this Python, as a new learner. Raises InputError if a cell fails."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    # Encryption where the kernel can; without this it warns on every start.
    quiet = Config({"KernelManager": {"transport_encryption": "auto"}})
    with tempfile.TemporaryDirectory() as folder:
        client = needs("nbclient").NotebookClient(
            notebook, timeout=seconds, kernel_name="python3", record_timing=False, coalesce_streams=True,
            config=quiet, resources={"metadata": {"path": folder}})
        try:
            client.execute(env=learners_environment(Path(folder)))
        except CellExecutionError as error:
            cell = _failed_cell(notebook)
            if os.environ.get("RUST_EDU_TRACEBACK"):
                print(error.traceback, file=sys.stderr)
            raise InputError(f"cell {cell} raised {error.ename}: {error.evalue}",
                             fix="RUST_EDU_TRACEBACK=1 shows where.") from error
        except CellTimeoutError as error:
            raise InputError(f"cell {_failed_cell(notebook)} ran longer than {seconds} s") from error
        except DeadKernelError as error:
            raise InputError(f"the kernel died in cell {_failed_cell(notebook)}") from error
    return tidy(notebook)


def learners_environment(folder: Path) -> dict[str, str]:
    """The variables of a kernel in which nobody has done anything yet; progress goes into `folder`."""
    package = str(Path(__file__).resolve().parents[3])
    kept = {name: value for name, value in os.environ.items() if name != "NBGRADER_EXECUTION"}
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    return {**kept, "RUST_EDU_PROGRESS": str(folder / "progress.json"), "PYTHONPATH": path}


def tidy(notebook: Any) -> Any:
    """Drop what differs from run to run and says nothing, and live widgets that have a still form beside them.

    A widget whose output has HTML too is shown as that HTML: it needs no kernel, and its state, often large, is
    not stored. The states of others are kept, with ids that do not change from run to run.
    """
    notebook.metadata.language_info = dict(LANGUAGE)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    for output in outputs:
        if "text/html" in output.get("data", {}):
            output.data.pop(WIDGET, None)
    shown = [output.data[WIDGET]["model_id"] for output in outputs if WIDGET in output.get("data", {})]
    states = notebook.metadata.pop("widgets", {}).get(STATES, {}).get("state", {})
    kept = _reachable(shown, states)
    if not kept:
        return notebook
    notebook.metadata.widgets = {STATES: {"state": {model: states[model] for model in kept},
                                          "version_major": 2, "version_minor": 0}}
    names = {model: f"{i:032x}" for i, model in enumerate(kept, 1)}
    text = re.sub("|".join(names), lambda match: names[match[0]], as_text(notebook))
    return needs("nbformat").reads(text, as_version=4)


def _reachable(shown: list[str], states: dict[str, Any]) -> list[str]:
    """The models that these and their parts are made of, in an order that does not depend on their ids."""
    kept: dict[str, None] = {}
    while shown:
        model, *shown = shown
        if model in states and model not in kept:
            kept[model] = None
            shown += re.findall("[0-9a-f]{32}", json.dumps(states[model], sort_keys=True))
    return list(kept)


def _failed_cell(notebook: Any) -> str:
    """The cell that ran last."""
    ran = [cell for cell in notebook.cells if cell.get("execution_count") or cell.get("outputs")]
    failed = [c for c in ran if any(o.output_type == "error" for o in c.outputs)] or ran
    return failed[-1].id if failed else notebook.cells[0].id


def _with_stored_outputs(notebook: Any, path: Path) -> Any:
    """The notebook with the outputs of an older one whose code cells are the same."""
    if not path.exists():
        return notebook
    old = needs("nbformat").read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    was = [cell for cell in old.cells if cell.cell_type == "code"]
    if [c.source for c in code] == [c.source for c in was]:
        for cell, before in zip(code, was):
            cell.outputs, cell.execution_count = before.outputs, before.execution_count
        if "widgets" in old.metadata:
            notebook.metadata.widgets = old.metadata.widgets
    return notebook
