"""What the reader's install knows of a notebook: titles, hints, quizzes, predictions. Read from `chapters/`.

`rust-edu course build` writes those files from the sources of the notebooks. Public: `lesson`, `exercise_box`,
`question`, `notebook_of`, `available`, `to_html`.
"""

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from ...errors import InputError
from ..syllabus import SYLLABUS, entry

FOLDER = Path(__file__).parents[1] / "chapters"


def available() -> list[str]:
    """The notebooks that have a lesson file, in order: ["01", "04", ...]."""
    return [known.number for known in SYLLABUS if (FOLDER / known.chapter / "lesson.json").exists()]


def notebook_of(part_id: str) -> str:
    """The notebook that an exercise or a question belongs to: "01" for "01.3"."""
    return str(part_id).partition(".")[0]


def lesson(notebook: str) -> dict[str, Any]:
    """The lesson of a notebook, "01" for example. Raises InputError for one that there is not."""
    known = available()
    if notebook not in known:
        raise InputError(f"unknown notebook {notebook!r}", ", ".join(known) or "a notebook whose lesson file is there",
                         "" if known else "Make them with `rust-edu course build`.")
    return json.loads((FOLDER / entry(notebook).chapter / "lesson.json").read_text(encoding="utf-8"))


def exercise_box(exercise_id: str) -> dict[str, Any]:
    """Title, difficulty, minutes, why, name and hints of an exercise. Raises InputError for an unknown one."""
    return _part(exercise_id, "exercises", "exercise")


def question(question_id: str, kind: str) -> dict[str, Any]:
    """A question with its options; `kind` is "quiz" or "predict". Raises InputError for an unknown one."""
    found = _part(question_id, "quizzes", "question")
    if found["kind"] != kind:
        raise InputError(f"{question_id!r} is not for {kind}()", f'{found["kind"]}("{question_id}")')
    return found


def _part(part_id: str, group: str, noun: str) -> dict[str, Any]:
    if not isinstance(part_id, str) or "." not in part_id:
        raise InputError(f"{part_id!r} is no {noun}", f'the notebook, a dot and the {noun}, as "01.3" or "01.q1"')
    parts = lesson(notebook_of(part_id))[group]
    if part_id not in parts:
        raise InputError(f"unknown {noun} {part_id!r}", ", ".join(parts) or f"nothing: this notebook has no {noun}")
    return parts[part_id]


def to_html(markdown: str) -> str:
    """Markdown as HTML. Maths between dollar signs stays as it is, for the notebook's typesetter."""
    return _renderer().render(markdown).strip()


@cache
def _renderer() -> MarkdownIt:
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    renderer.inline.ruler.before("escape", "maths", _maths)  # before backslashes, stars and underscores mean something
    return renderer


def _maths(state: StateInline, silent: bool) -> bool:
    """An inline rule: `$...$` and `$$...$$` are taken as text. A lone dollar, or one before a space, is a dollar."""
    start = state.pos
    if state.src[start] != "$":
        return False
    mark = "$$" if state.src.startswith("$$", start) else "$"
    end = state.src.find(mark, start + len(mark))
    inside = state.src[start + len(mark):end]
    if end < 0 or not inside.strip() or (mark == "$" and inside != inside.strip()):
        return False
    if not silent:
        token = state.push("html_inline", "", 0)
        token.content = escape(state.src[start:end + len(mark)])
    state.pos = end + len(mark)
    return True
