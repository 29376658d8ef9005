"""The proof that everything is in step, without running a model: `rust-edu course build --check`.

Every finding is one line: which file, what is wrong with it, what to do. Public: `findings`.
"""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from ...errors import InputError
from ..checking.exercise import exercises_of
from ..syllabus import entry
from .build import Course
from .editions import as_text, lesson, solved, student
from .pages import pages
from .source import Source, examine_source, needs

MEGABYTE = 10**6
LARGEST = 3 * MEGABYTE  # of a solved edition with its pictures
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
SHOWN = ("check", "expected", "hints")  # roles of cells whose output is what they are for


def findings(course: Course, numbers: list[str]) -> list[str]:
    """Everything that is wrong with these notebooks and the folders they are in, one line each."""
    found: list[str] = []
    sources = {}
    for number in course.numbers():
        source, problems = examine_source(course.source(number))
        if number in numbers:
            found += [str(problem) for problem in problems]
        if source is not None and not problems:
            sources[number] = source
    anchors = {source.stem: _anchors(source) for source in sources.values()}
    for number in numbers:
        if number in sources:
            found += _products(course, sources[number])
            found += _exercises(sources[number], anchors)
            found += _links(course, sources[number], anchors)
    found += _strays(course)
    if len(sources) == len(course.numbers()):
        found += _pages(course, list(sources.values()))
    return found


# ---------------------------------------------------------------------------------------- products


def _products(course: Course, source: Source) -> Iterator[str]:
    again = f"Run `rust-edu course build {source.number}`."
    lesson_file = course.lesson(source.number)
    if not lesson_file.exists():
        yield f"{_name(course, lesson_file)}: missing. {again}"
    elif lesson_file.read_bytes() != as_text(lesson(source)).encode():
        yield f"{_name(course, lesson_file)}: not what the source gives. {again}"
    for path, wanted in ((course.student(source.number), student(source)),
                         (course.solved(source.number), solved(source))):
        ran = path == course.solved(source.number)
        for what in _notebook(path, wanted, source, ran):
            yield f"{_name(course, path)}: {what}. {again}"


def _notebook(path: Path, wanted: Any, source: Source, ran: bool) -> Iterator[str]:
    """What differs between a notebook's file and what it should hold."""
    if not path.exists():
        yield "missing"
        return
    nbformat = needs("nbformat")
    try:
        there = needs("nbformat.v4").reads(path.read_text(encoding="utf-8"))  # nbformat.read would print what it finds
        nbformat.validate(there)
    except Exception as error:  # json's, nbformat's, jsonschema's
        yield f"not a notebook ({' '.join(str(error).split())[:80]})"
        return
    differences = list(_cells(there, wanted))
    yield from differences
    if ran and not differences:
        yield from _outputs(there, source)
        if path.stat().st_size > LARGEST:
            yield f"{path.stat().st_size / MEGABYTE:.1f} MB with its outputs, where {LARGEST // MEGABYTE} are allowed"
    if ran:  # everything but outputs byte for byte
        for cell, stored in zip(wanted.cells, there.cells):
            if cell.cell_type == stored.cell_type == "code":
                cell.outputs, cell.execution_count = stored.outputs, stored.execution_count
        if "widgets" in there.metadata:
            wanted.metadata.widgets = there.metadata.widgets
    if not differences and path.read_bytes() != as_text(wanted).encode():
        yield "metadata or form are not what the source gives"


def _cells(there: Any, wanted: Any) -> Iterator[str]:
    """The first cell that differs; at most one, as the rest often follows from it."""
    for cell, right in zip(there.cells, wanted.cells):
        if cell.get("id") != right.id:
            yield f"cell {cell.get('id')} stands where {right.id} should"
        elif (cell.cell_type, cell.source) != (right.cell_type, right.source):
            yield f"the text of cell {right.id} is not what the source gives"
        elif cell.metadata != right.metadata:
            yield f"the metadata of cell {right.id} are not what the source gives"
        else:
            continue
        return
    if len(there.cells) != len(wanted.cells):
        yield f"{len(there.cells)} cells where the source gives {len(wanted.cells)}"


def _outputs(notebook: Any, source: Source) -> Iterator[str]:
    """Whether a solved edition was run, whole and from a fresh kernel, and ended well."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not any(cell.outputs for cell in code):
        yield "has not been run"
        return
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        yield "its cells were not run once each, from top to bottom"
    for cell in code:
        kinds = {output.output_type for output in cell.outputs}
        if "error" in kinds:
            yield f"cell {cell.id} ends with an error"
        if any(output.get("name") == "stderr" for output in cell.outputs):
            yield f"cell {cell.id} writes to stderr, which nbgrader takes for a failure"
        question = cell.id.replace("-", ".") in source.questions
        if not cell.outputs and (question or cell.id.rpartition("-")[2] in SHOWN):
            yield f"cell {cell.id} shows nothing"
    for key, exercise in source.exercises.items():
        cell = next(c for c in code if c.id == key.replace(".", "-") + "-check")
        if f"{key} {exercise.name}: solved" not in str(cell.outputs):
            yield f"its own solution of {key} does not pass the check"


# --------------------------------------------------------------------------------------- exercises


def _exercises(source: Source, anchors: dict[str, set[str]]) -> Iterator[str]:
    """The exercises in the text are those that have a check, and what a diagnosis says to reread is there."""
    where = f"chapters/{entry(source.number).chapter}"
    try:
        checked = {exercise.id: exercise for exercise in exercises_of(source.number)}
    except Exception as error:  # whatever a module may raise that somebody is still writing
        yield f"{where}: cannot be imported ({type(error).__name__}: {' '.join(str(error).split())})."
        return
    for key, text in source.exercises.items():
        if key not in checked:
            yield f"{where}: no exercise {key}, which {source.stem}.py has."
        elif checked[key].name != text.name:
            yield f"{where}: {key} is about `{checked[key].name}`, in {source.stem}.py about `{text.name}`."
    for key in checked.keys() - source.exercises.keys():
        yield f"{where}: exercise {key} is not in {source.stem}.py."
    rereads = {suspect.reread for exercise in checked.values() for suspect in exercise.suspects}
    for heading in sorted(filter(None, rereads | _written_rereads(source.number))):
        if _anchor(heading) not in anchors[source.stem]:
            yield f"{where}: says to reread {heading!r}, which is no heading of {source.stem}.py."


def _written_rereads(number: str) -> set[str]:
    """Every `reread="..."` in the files of a chapter: those of diagnoses raised by properties too."""
    found = set()
    for module in _modules(number) if exercises_of(number) else ():
        try:
            tree = ast.parse(inspect.getsource(module))
        except (OSError, TypeError):  # one without a file
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "reread":
                value = getattr(module, node.value.id, None) if isinstance(node.value, ast.Name) else \
                    getattr(node.value, "value", None)
                found |= {value} if isinstance(value, str) else set()
    return found


def _modules(number: str) -> list[ModuleType]:
    """The package of a chapter, and the modules in it."""
    top = importlib.import_module(entry(number).package)
    return [top, *(importlib.import_module(f"{top.__name__}.{found.name}")
                   for found in pkgutil.iter_modules(getattr(top, "__path__", ())))]


# ------------------------------------------------------------------------------------------- links


def _texts(source: Source) -> Iterator[tuple[str, str]]:
    """Everything in markdown, with the place where it comes from; code is left out."""
    for cell in solved(source).cells:
        if cell.cell_type == "markdown":
            yield f"cell {cell.id}", _prose(cell.source)
    for key, exercise in source.exercises.items():
        for i, hint in enumerate(exercise.hints, 1):
            yield f"hint {i} of {key}", _prose(hint)
    for key, question in source.questions.items():
        yield key, _prose("\n".join([question.text, *(f"{o.text}\n{o.explanation}" for o in question.options)]))


def _prose(markdown: str) -> str:
    return FENCE.sub("", markdown)


def _anchor(heading: str) -> str:
    """JupyterLab's anchor of a heading: its words, with dashes for spaces."""
    return re.sub(r"[`*]", "", heading).strip().replace(" ", "-")


def _anchors(source: Source) -> set[str]:
    return {_anchor(heading) for _, text in _texts(source) for heading in re.findall(r"^#{1,6} (.+)$", text, re.M)}


def _links(course: Course, source: Source, anchors: dict[str, set[str]]) -> Iterator[str]:
    """Links that lead nowhere, and pictures that say nothing."""
    for place, text in _texts(source):
        for picture, words, target in LINK.findall(re.sub(r"(`+)[^`]+\1", "", text)):
            where = f"{source.stem}.py: {place}: "
            if picture and not words.strip():
                yield f"{where}the picture {target} has no words for those who cannot see it."
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            stem = path.removesuffix(".ipynb") if path else source.stem
            if path and not (course.root / "notebooks" / path).exists():
                yield f"{where}the link to {target} leads nowhere."
            elif anchor and stem in anchors and anchor not in anchors[stem]:
                yield f"{where}the link to {target} leads to no heading."


# ----------------------------------------------------------------------------------------- folders


def _strays(course: Course) -> Iterator[str]:
    """Files that come from no source."""
    numbers = course.numbers()
    kept = {path for number in numbers for path in (course.source(number), course.solved(number),
                                                    course.student(number), course.lesson(number))}
    folders = (course.student("00").parent, course.source("00").parent)
    there = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
    for path in [*there, *sorted(course.chapters.glob("*/lesson.json"))]:
        if path not in kept and path.name != ".ipynb_checkpoints":
            yield f"{_name(course, path)}: comes from no source. Remove it."


def _pages(course: Course, sources: list[Source]) -> Iterator[str]:
    try:
        wanted = pages(course, sources)
    except InputError as error:
        yield str(error)
        return
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield f"{_name(course, path)}: out of step with the sources. Run `rust-edu course build`."


def _name(course: Course, path: Path) -> str:
    return path.relative_to(course.root).as_posix()
