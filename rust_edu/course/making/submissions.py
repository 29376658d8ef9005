"""A student's notebook as nbgrader needs it. The settings of `rust-edu course classroom` put `OneCellEach` in.

JupyterLab copies a cell with its metadata: a check that was copied or split stands in the notebook twice. nbgrader's
own `DeduplicateIds` leaves an empty record on the surplus cells, takes that for an old format, and grades nobody who
comes after. Cells that were deleted, pasted from elsewhere or turned into text end in other ways without a grade.

Public: `OneCellEach`. Needs the extra `classroom`.
"""

from typing import Any

from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import MetadataValidator, SchemaTooNewError, SchemaTooOldError, ValidationError
from nbgrader.preprocessors import NbGraderPreprocessor


class OneCellEach(NbGraderPreprocessor):
    """Leaves one cell for each of the notebook's grade ids, in the place of nbgrader's `DeduplicateIds`.

    It is the last one that is whole, as with nbgrader; all others become plain cells, which run as they stand. A
    solution that is missing comes back as it was handed out: `OverwriteCells.add_missing_cells` brings back checks, and
    looks for the solution before them.
    """

    def preprocess(self, notebook: Any, resources: dict) -> tuple[Any, dict]:
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            handed_out = gradebook.find_notebook(where["notebook"], where["assignment"])
            sources = {cell.name: cell.source for cell in handed_out.source_cells}  # in their order
            solutions = [cell.name for cell in handed_out.solution_cells]
        found: set[str] = set()
        for cell in reversed(notebook.cells):
            if "nbgrader" not in cell.metadata:
                continue
            name = cell.metadata.nbgrader.get("grade_id")
            if name in sources and name not in found and _whole(cell):
                found.add(name)
            else:
                self.log.warning("A cell that is no part of the assignment, or a second one, claims to be %r", name)
                del cell.metadata["nbgrader"]
        for name in solutions:
            if name not in found:
                self.log.warning("The solution cell %r is missing: it is put back as it was handed out", name)
                later = list(sources)[list(sources).index(name):]
                notebook.cells.insert(_first(notebook, later), _solution(name, sources[name]))
        return notebook, resources


def _whole(cell: Any) -> bool:
    """Whether nbgrader takes this cell's record for one of its own."""
    try:
        MetadataValidator().validate_cell(cell)
    except (ValidationError, SchemaTooOldError, SchemaTooNewError, TypeError):  # TypeError: a version that is no number
        return False
    return True


def _first(notebook: Any, names: list[str]) -> int:
    """Where the first of these cells stands; at the end if there is none."""
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    return min((ids.index(name) for name in names if name in ids), default=len(ids))


def _solution(name: str, source: str) -> Any:
    record = {"grade": False, "grade_id": name, "locked": False, "schema_version": 3, "solution": True, "task": False}
    return new_code_cell(source, id=name, metadata={"nbgrader": record})
