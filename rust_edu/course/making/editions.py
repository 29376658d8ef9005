"""From a source to its three products, as data: the student edition, the solved edition, the lesson.

    student   stubs for solutions, no outputs, nbgrader's metadata: by nbgrader's own preprocessors
    solved    the solutions, without marks and not yet run (`build.py` runs it)
    partial   the student edition with its first exercises solved, for tests
    lesson    hints, questions and boxes: what the notebook reads at run time, so it need not be in its cells

The same source gives the same bytes. Public: `student`, `solved`, `partial`, `lesson`, `as_text`.
"""

import json
import re
from typing import Any

from .frame import box_text, closing_text, header_text
from .source import STUB, Cell, Source, needs

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# What nbconvert needs to make a script of a notebook, and nothing that differs from one Python to the next.
LANGUAGE = {"file_extension": ".py", "name": "python", "nbconvert_exporter": "python"}
PREPROCESSORS = ("LockCells", "ClearSolutions", "ClearOutput", "CheckCellMetadata", "ComputeChecksums",
                 "ClearHiddenTests", "ClearMarkScheme", "ComputeChecksums", "CheckCellMetadata")
CALLS = {"quiz": "quiz", "predict": "predict"}


def solved(source: Source) -> Any:
    """The solved edition, not yet run."""
    return _notebook(source, graded=False, solution=_without_marks)


def student(source: Source) -> Any:
    """The student edition."""
    return partial(source, 0)


def partial(source: Source, k: int) -> Any:
    """The student edition with the first `k` exercises solved."""
    first = list(source.exercises)[:k]
    notebook = _notebook(source, graded=True, solution=lambda cell: cell.text)
    preprocessors = needs("nbgrader.preprocessors")
    kept = {}
    resources: dict[str, Any] = {}
    for name in PREPROCESSORS:
        preprocessor = getattr(preprocessors, name)()
        if name == "ClearSolutions":
            preprocessor.code_stub = {"python": STUB}
            kept = {cell.id: _unmarked(cell.source) for cell in notebook.cells}
        notebook, resources = preprocessor.preprocess(notebook, resources)
    for key in first:  # filled in afterwards, as a student does: the checksums stay those of the stubs
        cell = next(c for c in notebook.cells if c.id == _slug(key, "solution"))
        cell.source = kept[cell.id]
    return notebook


def lesson(source: Source) -> dict[str, Any]:
    """What the student's install reads at run time, as plain data."""
    header = source.header
    return {
        "id": source.number, "title": header.title, "claim": header.claim, "objectives": header.objectives,
        "exercises": {key: {"title": e.title, "difficulty": e.difficulty, "minutes": e.minutes, "why": e.why,
                            "name": e.name, "hints": e.hints} for key, e in source.exercises.items()},
        "quizzes": {key: {"kind": q.kind, "question": q.text,
                          "options": [{"text": o.text, "right": o.right, "explanation": o.explanation}
                                      for o in q.options]} for key, q in source.questions.items()},
        "glossary": header.glossary,
    }


def as_text(product: Any) -> str:
    """A notebook or a lesson as the text of its file."""
    if isinstance(product, dict) and "cells" in product:
        return needs("nbformat").writes(product, version=4).rstrip("\n") + "\n"
    return json.dumps(product, indent=1, ensure_ascii=False) + "\n"


def _notebook(source: Source, graded: bool, solution: Any) -> Any:
    v4 = needs("nbformat.v4")
    made = [("markdown", f"{source.number}-header", header_text(source), {})]
    ordinal, hinted = 0, set()
    for cell in source.cells:
        tags = {"tags": list(cell.tags)} if cell.tags else {}
        if cell.role in ("text", "code"):
            ordinal += 1
            made.append(("markdown" if cell.markdown else "code", f"{source.number}-cell-{ordinal}", cell.text, tags))
        elif cell.role == "parameters":
            made.append(("code", f"{source.number}-parameters", cell.text, tags))
        elif cell.role == "exercise":
            made.append(("markdown", _slug(cell.key, "box"), box_text(source.exercises[cell.key]), tags))
        elif cell.role in CALLS:
            made.append(("code", _slug(cell.key), f'{CALLS[cell.role]}("{cell.key}")', tags))
        elif cell.role == "hint":
            if cell.key not in hinted:  # one cell opens all three
                hinted.add(cell.key)
                made.append(("code", _slug(cell.key, "hints"), f'hint("{cell.key}")', tags))
        else:
            text = solution(cell) if cell.role == "solution" else cell.text
            metadata = {**tags, **(_graded(source, cell) if graded else {})}
            made.append(("code", _slug(cell.key, cell.role), text, metadata))
    made.append(("markdown", f"{source.number}-closing", closing_text(source), {}))
    new = {"markdown": v4.new_markdown_cell, "code": v4.new_code_cell}
    return v4.new_notebook(
        cells=[new[kind](text, id=cell_id, metadata=metadata) for kind, cell_id, text, metadata in made],
        metadata={"kernelspec": dict(KERNEL), "language_info": dict(LANGUAGE)})


def _graded(source: Source, cell: Cell) -> dict[str, Any]:
    """nbgrader's metadata: the reader writes in a solution cell; a check cell is locked and gives points."""
    if cell.role == "expected":
        return {}
    is_check = cell.role == "check"
    metadata = {"grade": is_check, "grade_id": _slug(cell.key, cell.role), "locked": is_check,
                "schema_version": 3, "solution": not is_check, "task": False}
    if is_check:
        metadata["points"] = source.exercises[cell.key].difficulty
    return {"nbgrader": metadata}


def _slug(key: str, role: str = "") -> str:
    """The id of a cell: "01-3-solution" for the solution of 01.3."""
    return "-".join(filter(None, [*key.split("."), role]))


def _without_marks(cell: Cell) -> str:
    return _unmarked(cell.text)


def _unmarked(text: str) -> str:
    return re.sub(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", "", text, flags=re.M).rstrip("\n")
