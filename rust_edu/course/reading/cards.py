"""Cards: the widgets for hints, quizzes and predictions. Their looks and their keyboard are in `cards.js`.

A card works in JupyterLab, VS Code and voila; where no widget can be shown (a preview, a printed page) its static
HTML is, and its text on a terminal. Everything that a card can show is sent with it, so that it answers while the
kernel is busy; the kernel only records. Public: `HintCard`, `QuestionCard`, `Note`.
"""

from collections.abc import Callable
from html import escape
from pathlib import Path

import anywidget
import traitlets

from .lessons import to_html

HERE = Path(__file__).parent
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Note:
    """Markdown as a notebook shows it, and as a terminal does."""

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown

    def __repr__(self) -> str:
        return self.markdown

    def _repr_html_(self) -> str:
        return to_html(self.markdown)


class Card(anywidget.AnyWidget):
    """What all cards share: the files for the browser, and what is shown where there is no widget."""

    _esm = HERE / "cards.js"
    _css = HERE / "cards.css"
    kind = traitlets.Unicode().tag(sync=True)
    content = traitlets.Dict().tag(sync=True)

    def __init__(self, text: str, static: str, **traits) -> None:
        super().__init__(**traits)
        self._text, self._static = text, static

    def __repr__(self) -> str:
        return self._text

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/plain": self._text, "text/html": self._static}, metadata


class HintCard(Card):
    """Three hints, opened one after the other. `opened`: how many are."""

    opened = traitlets.Int(0, min=0, max=3).tag(sync=True)

    def __init__(self, exercise_id: str, hints: list[str], opened: int, record: Callable[[int], None]) -> None:
        shown = [to_html(hint) for hint in hints]
        static = "".join(f"<details><summary>Hint {i} for {exercise_id}</summary>{hint}</details>"
                         for i, hint in enumerate(shown, 1))
        text = f'Three hints for {exercise_id}. The first one: hint("{exercise_id}", 1)'
        super().__init__(text, static, kind="hints", opened=opened, content={"id": exercise_id, "hints": shown})
        self.observe(lambda change: record(change["new"]), "opened")


class QuestionCard(Card):
    """A question with options. `chosen`: the option's number, -1 before; `seen`: its result has been seen."""

    chosen = traitlets.Int(-1, min=-1).tag(sync=True)
    seen = traitlets.Bool(False).tag(sync=True)

    def __init__(self, question_id: str, question: dict, chosen: int = -1, seen: bool = False) -> None:
        kind, options = question["kind"], question["options"]
        content = {"id": question_id, "question": to_html(question["question"]),
                   "options": [{"text": to_html(o["text"]), "right": o["right"],
                                "explanation": to_html(o["explanation"])} for o in options]}
        super().__init__(_question_text(question_id, question), _question_html(content, kind), kind=kind,
                         content=content, chosen=chosen, seen=seen)


def _question_text(question_id: str, question: dict) -> str:
    options = [f"  {letter}. {option['text']}" for letter, option in zip(LETTERS, question["options"])]
    return "\n".join([question["question"], *options, f'Your answer: {question["kind"]}("{question_id}", "A")'])


def _question_html(content: dict, kind: str) -> str:
    """The question without a widget: the answers are folded away."""
    lettered = list(zip(LETTERS, content["options"]))
    options = "".join(_begun(f"<b>{letter}.</b> ", o["text"]) for letter, o in lettered)
    answers = "".join(_begun(f"<b>{letter}. {verdict(o['right'])}</b>", o["explanation"]) for letter, o in lettered)
    summary = "Answers" if kind == "quiz" else "After you have seen the result"
    return (f'<section aria-label="{escape(content["id"])}">{content["question"]}{options}'
            f'<details><summary>{summary}</summary>{answers}</details></section>')


def _begun(words: str, html: str) -> str:
    """HTML with words before it, in its first paragraph if it has one. A list's own letters would not do: JupyterLab
    makes them numbers in a notebook that it does not trust."""
    return f"<p>{words}{html.removeprefix('<p>')}" if html.startswith("<p>") else f"<p>{words}</p>{html}"


def verdict(right: bool) -> str:
    """Right or wrong, in a sign and a word."""
    return "✓ Right. " if right else "✗ Not right. "
