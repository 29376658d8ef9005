"""A notebook's source, `solutions/NN_name.py` (jupytext py:percent), as a checked structure.

Public: `Source`, `Cell`, `ExerciseText`, `Question`, `read_source`, and `examine_source`, which returns every
mistake of the author instead of raising the first. Each mistake is one line: where, what, and what to do.
"""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..syllabus import SYLLABUS, entry
from .wording import Header, Option, Question, parse_box, parse_header, parse_question

ROLES = ("exercise", "solution", "hint", "check", "expected", "quiz", "predict")
MARKDOWN = ("exercise", "hint", "quiz", "predict")
ORDER = ("exercise", "solution", "hint", "hint", "hint", "check", "expected")
PARAMETERS = {"profile": "laptop", "retrain": False, "own_parts": True}
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
MARK = re.compile(r"# ?%%")

__all__ = ["Cell", "ExerciseText", "Header", "Option", "Question", "Source", "examine_source", "read_source"]


@dataclass(frozen=True)
class Cell:
    role: str  # "text", "code", "parameters", or one of ROLES
    text: str
    line: int  # of its %% marker in the source
    key: str = ""  # "01.3", "01.q1"
    tags: tuple[str, ...] = ()

    @property
    def markdown(self) -> bool:
        return self.role == "text" or self.role in MARKDOWN


@dataclass
class ExerciseText:
    """All that the source says about one exercise."""

    key: str
    line: int
    title: str = ""
    difficulty: int = 1
    minutes: int = 0
    why: str = ""
    box: str = ""
    name: str = ""  # of the function that the check takes
    solution: str = ""
    hints: list[str] = field(default_factory=list)


@dataclass
class Source:
    number: str  # "01"
    stem: str  # "01_cameras_and_rays"
    header: Header
    cells: list[Cell]
    exercises: dict[str, ExerciseText]
    questions: dict[str, Question]
    present: frozenset[str]  # numbers of the notebooks that exist beside it


def read_source(path: Path) -> Source:
    """The source at `path`. Raises InputError with the author's first mistake."""
    source, problems = examine_source(path)
    if problems:
        raise problems[0]
    return source


def examine_source(path: Path) -> tuple[Source | None, list[InputError]]:
    """The source at `path` and all mistakes in it; without a source where too little of it can be read."""
    reader = _Reader(path)
    try:
        source = reader.read()
    except InputError as error:
        return None, [*reader.problems, error]
    return source, reader.problems


class _Reader:
    """Reads one file, and notes mistakes as it goes on."""

    def __init__(self, path: Path) -> None:
        self.path, self.problems = path, []
        self.number = path.stem[:2]

    def note(self, line: int, what: str, expected: str = "", fix: str = "") -> None:
        where = f"{self.path.name}:{line}: " if line else f"{self.path.name}: "
        self.problems.append(InputError(where + what, expected, fix))

    def read(self) -> Source:
        notebook, text = self._open()
        header = parse_header(notebook.metadata.get("rust_edu"), lambda *words: self.note(1, *words))
        if header.title not in ("", entry(self.number).title):
            self.note(1, f"header: title is {header.title!r}", f"{entry(self.number).title!r}",
                      "The titles are in rust_edu/course/syllabus.py.")
        cells = self._cells(notebook, text)
        self._roles(cells)
        exercises = self._exercises(cells)
        questions = self._questions(cells)
        self._start(cells)
        present = frozenset(known.number for known in SYLLABUS if self.path.with_name(f"{known.stem}.py").exists())
        return Source(self.number, self.path.stem, header, cells, exercises, questions, present)

    def _open(self) -> tuple[Any, str]:
        name = self.path.stem
        if name not in {known.stem for known in SYLLABUS}:
            raise InputError(f"{self.path.name}: not a notebook of the syllabus", "01_cameras_and_rays.py, for example",
                             "The syllabus is in rust_edu/course/syllabus.py.")
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{self.path.name}: cannot be read ({error})", "a text file in UTF-8") from error
        try:
            notebook = needs("jupytext").reads(text, fmt="py:percent")
        except Exception as error:  # whatever the YAML and percent parsers raise
            reason = " ".join(str(error).split())
            raise InputError(f"{self.path.name}: cannot be parsed ({reason})", "YAML between two lines `# ---`, then "
                             "cells that begin with `# %%`") from error
        if not notebook.metadata.get("rust_edu"):
            raise InputError(f"{self.path.name}: no header", "YAML between two lines `# ---`: `jupyter:`, and in it "
                             "`kernelspec:` and `rust_edu:`")
        return notebook, text

    def _cells(self, notebook: Any, text: str) -> list[Cell]:
        lines = [i for i, line in enumerate(text.splitlines(), 1) if MARK.match(line)]
        if len(lines) != len(notebook.cells):
            self.note(0, "text outside of cells", "every cell to begin with `# %%`",
                      "Look between the header and the first `# %%`.")
            lines = [0] * len(notebook.cells)
        return [cell for raw, line in zip(notebook.cells, lines) if (cell := self._cell(raw, line)) is not None]

    def _cell(self, raw: Any, line: int) -> Cell | None:
        metadata = {k: v for k, v in raw.metadata.items() if k != "lines_to_next_cell"}
        if "incorrectly_encoded_metadata" in metadata:
            self.note(line, f"cannot read `{metadata['incorrectly_encoded_metadata']}` after %%", 'key="value" pairs')
            return None
        tags = metadata.pop("tags", [])
        unknown = [key for key in metadata if key not in ROLES]
        if unknown or len(metadata) > 1:
            self.note(line, f"cell marked {', '.join(metadata)}", f"at most one of {', '.join(ROLES)}, beside tags")
            return None
        if raw.cell_type == "raw":
            self.note(line, "a raw cell", "text or code", "Write `# %% [markdown]`.")
            return None
        if not metadata:
            role = "text" if raw.cell_type == "markdown" else "parameters" if "parameters" in tags else "code"
            return Cell(role, raw.source, line, tags=tuple(tags))
        (role, key), = metadata.items()
        if (role in MARKDOWN) != (raw.cell_type == "markdown"):
            kind = "`# %% [markdown]`" if role in MARKDOWN else "code, without [markdown]"
            self.note(line, f"the {role} cell of {key} is of the wrong kind", kind)
            return None
        form = {"quiz": rf"{self.number}\.q[1-9]\d*", "predict": rf"{self.number}\.p[1-9]\d*"}.get(
            role, rf"{self.number}\.[1-9]\d*")
        if not re.fullmatch(form, str(key)):
            example = self.number + {"quiz": ".q1", "predict": ".p1"}.get(role, ".1")
            self.note(line, f"{role}={key!r}", f'an id of this notebook, such as {role}="{example}"')
            return None
        return Cell(role, raw.source, line, key, tuple(tags))

    def _roles(self, cells: list[Cell]) -> None:
        for cell in cells:
            if not cell.text.strip():
                self.note(cell.line, "an empty cell", "", "Fill or remove it.")
            elif cell.markdown:
                prose = re.sub(r"^(```|~~~).*?^\1", "", cell.text, flags=re.M | re.S)
                if re.search(r"^# ", prose, re.M):
                    self.note(cell.line, "a heading of level one", "`##` or deeper",
                              "The title is written by the build, from the header.")
            else:
                self._compiles(cell, cell.text)

    def _compiles(self, cell: Cell, text: str) -> ast.Module | None:
        """The cell as Python; lines of IPython magic are left out."""
        plain = "\n".join("pass" if line.startswith(("%", "!")) else line for line in text.splitlines())
        try:
            return ast.parse(plain)
        except SyntaxError as error:
            self.note(cell.line + (error.lineno or 0) if cell.line else 0,
                      f"{f'the {cell.role} cell of {cell.key}' if cell.key else 'a code cell'} is not Python "
                      f"({error.msg})")
            return None

    def _exercises(self, cells: list[Cell]) -> dict[str, ExerciseText]:
        keys = list(dict.fromkeys(c.key for c in cells if c.role in ORDER))
        for wanted, key in enumerate(keys, 1):
            if key != f"{self.number}.{wanted}":
                self.note(next(c.line for c in cells if c.key == key), f"exercise {key} out of turn",
                          f"{self.number}.{wanted}", "Exercises are numbered in the order in which they come.")
                break
        found = {}
        for key in keys:
            own = [c for c in cells if c.key == key and c.role in ORDER]
            exercise = found[key] = ExerciseText(key, own[0].line)
            self._parts(exercise, own)
            for cell in own:
                self._part(exercise, cell)
        return found

    def _parts(self, exercise: ExerciseText, own: list[Cell]) -> None:
        """Say what is missing or too much; if nothing is, whether the order is right."""
        roles = [c.role for c in own]
        complete = True
        for role in dict.fromkeys(ORDER):
            wanted, seen = ORDER.count(role), roles.count(role)
            if seen != wanted:
                complete = False
                self.note(exercise.line, f"exercise {exercise.key} has {seen or 'no'} {role} cell"
                          f"{'s' if seen > 1 else ''}", f"{wanted}", f'`# %% {"[markdown] " * (role in MARKDOWN)}{role}'
                          f'="{exercise.key}"`')
        if complete and roles != list(ORDER):
            self.note(exercise.line, f"exercise {exercise.key} in the order {', '.join(roles)}", ", ".join(ORDER))

    def _part(self, exercise: ExerciseText, cell: Cell) -> None:
        def note(what: str, expected: str = "", fix: str = "") -> None:
            self.note(cell.line, f"exercise {exercise.key}: {what}", expected, fix)

        if cell.role == "exercise":
            box = parse_box(cell.text, note)
            exercise.title, exercise.difficulty, exercise.minutes, exercise.why, exercise.box = box
        elif cell.role == "hint":
            exercise.hints.append(cell.text)
        elif cell.role == "solution":
            exercise.solution = cell.text
            self._solution(cell, note)
        elif cell.role == "check":
            self._check(exercise, cell, note)

    def _solution(self, cell: Cell, note) -> None:
        lines = cell.text.splitlines()
        marks = [line.strip() for line in lines if "BEGIN SOLUTION" in line or "END SOLUTION" in line]
        if not marks or marks != [BEGIN, END] * (len(marks) // 2):
            note("solution without its marks", f"a line `{BEGIN}` and, below what the reader writes, a line `{END}`")
            return
        stub = self._compiles(cell, stub_of(cell.text))
        if any(line.strip() == BEGIN and line == line.lstrip() for line in lines):
            note("the solution is not inside a function", "the marks indented, below a signature",
                 "A stub must define the name: only calling it may say that it is not done yet.")
        elif stub is not None and re.search(f"{BEGIN}\\s*{END}", cell.text):
            note("nothing between the marks", "the solution")

    def _check(self, exercise: ExerciseText, cell: Cell, note) -> None:
        match = re.fullmatch(r'from rust_edu\.course import check\n(\w+) = check\("([^"]+)", (\w+)\)',
                             cell.text.strip())
        if not match or match[2] != exercise.key or match[1] != match[3]:
            note("check cell", "two lines: `from rust_edu.course import check` and "
                 f'`name = check("{exercise.key}", name)`')
            return
        exercise.name = match[1]
        tree = self._compiles(cell, exercise.solution)
        if tree is not None and exercise.name not in {getattr(node, "name", None) for node in tree.body}:
            note(f"the solution does not define `{exercise.name}`, which is checked",
                 f"`def {exercise.name}(...)` or `class {exercise.name}`")

    def _questions(self, cells: list[Cell]) -> dict[str, Question]:
        found: dict[str, Question] = {}
        for cell in cells:
            if cell.role not in ("quiz", "predict"):
                continue
            if cell.key in found:
                self.note(cell.line, f"a second {cell.role} {cell.key}", "one cell for each id")
            found[cell.key] = parse_question(
                cell.role, cell.text, lambda *words, cell=cell: self.note(cell.line, f"{cell.key}: {words[0]}",
                                                                         *words[1:]))
        return found

    def _start(self, cells: list[Cell]) -> None:
        """Parameters come first among the code, then the cell that imports and calls start."""
        code = [c for c in cells if not c.markdown]
        first = code[0] if code else None
        if first is None or first.role != "parameters" or _constants(first.text) != PARAMETERS:
            assigned = "; ".join(f"{name} = {value!r}" for name, value in PARAMETERS.items())
            self.note(first.line if first else 0, "no parameters in the first code cell",
                      f'`# %% tags=["parameters"]` and {assigned}'.replace("'", '"'))
        if extra := [c for c in code[1:] if c.role == "parameters"]:
            self.note(extra[0].line, "a second cell tagged parameters", "one")
        second = code[1] if len(code) > 1 else None
        call = f'start("{self.number}", own_parts=own_parts)'
        if second is None or call not in second.text:
            self.note(second.line if second else 0, "the second code cell does not start the notebook",
                      f"its imports, then `{call}`")
            return
        needed = {"start", *({"hint"} if any(c.role == "hint" for c in cells) else ()),
                  *(c.role for c in cells if c.role in ("quiz", "predict"))}
        imported = {alias.name for node in ast.walk(self._compiles(second, second.text) or ast.Module([], []))
                    if isinstance(node, ast.ImportFrom) and node.module == "rust_edu.course" for alias in node.names}
        if missing := sorted(needed - imported):
            self.note(second.line, f"the starting cell does not import {', '.join(missing)}",
                      f"`from rust_edu.course import {', '.join(sorted(needed))}`")


def stub_of(solution: str) -> str:
    """A solution cell with what the reader writes replaced, as nbgrader does it with STUB."""
    kept, inside = [], False
    for line in solution.split("\n"):
        if "BEGIN SOLUTION" in line:
            inside = True
            kept.append(line[:len(line) - len(line.lstrip())] + STUB)
        elif "END SOLUTION" in line:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


STUB = 'raise NotImplementedError("Not done yet: replace this line with your own.")'


def needs(module: str) -> Any:
    """A module that only building needs. Raises InputError with one line if it is not installed."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(f"{module.partition('.')[0]} is not installed, and building the notebooks needs it",
                         "the extra `classroom`", "pip install -e '.[classroom]'") from error


def _constants(text: str) -> dict[str, Any]:
    """Names and values of the plain assignments of constants in a cell."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return {}
    return {node.targets[0].id: node.value.value for node in body if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)}
