"""start(): the panel at the top of a notebook: where we are, what there is to do, what is solved, how to get help.

Public: `start`, `StartPanel`.
"""

from html import escape

from IPython.display import display

from ..checking.panel import MUTED
from ..syllabus import SYLLABUS
from . import progress
from .lessons import available, lesson

ALL, SOME, NONE = "✓", "◐", ""  # of a notebook's exercises are solved

BOX = ("border:1px solid var(--jp-border-color1,#8888);border-radius:4px;padding:8px 14px;margin:4px 0;"
       "max-width:52em;line-height:1.5;color:var(--jp-ui-font-color1,inherit);"
       "background:var(--jp-layout-color1,transparent)")
PLACE = ("display:inline-block;min-width:1.9em;text-align:center;padding:1px 3px;margin:1px;border-radius:4px;"
         "border:1px solid var(--jp-border-color2,#8884)")
HERE = (";font-weight:bold;border:2px solid var(--jp-brand-color1,#1976d2);"
        "background:var(--jp-layout-color2,transparent)")
CELL = "text-align:left;padding:2px 14px 2px 0;vertical-align:top;background:none;border:none"


def start(notebook: str, own_parts: bool = True) -> None:
    """Show this notebook's panel, and remember which notebook runs here.

    own_parts: whether `mine` gives the reader's own parts from other notebooks where they passed, or always the
    package's. Raises InputError for an unknown notebook.
    """
    panel = StartPanel(notebook, own_parts)
    progress.session.notebook, progress.session.own_parts = notebook, own_parts
    progress.update(notebook)
    display(panel)


class StartPanel:
    """The panel as HTML, and as text for a terminal."""

    def __init__(self, notebook: str, own_parts: bool = True) -> None:
        self.notebook, self.lesson, self.own_parts = notebook, lesson(notebook), own_parts
        data = progress.read()
        self.states = {i: self._state(data, i) for i in self.lesson["exercises"]}
        self.marks = {other: self._mark(data, other) for other in available()}

    @staticmethod
    def _state(data: dict, exercise_id: str) -> tuple[str, str]:
        """A sign and words: solved, hints used, not yet."""
        hints = data["exercises"].get(exercise_id, {}).get("hints", 0)
        used = f"{hints} hint{'' if hints == 1 else 's'} used" if hints else ""
        if progress.solved(data, exercise_id):
            return ALL, "solved" + (f", {used}" if used else "")
        return "○", "not yet" + (f", {used}" if used else "")

    @staticmethod
    def _mark(data: dict, notebook: str) -> str:
        solved = [progress.solved(data, i) for i in lesson(notebook)["exercises"]]
        return ALL if solved and all(solved) else SOME if any(solved) else NONE

    def _help(self) -> list[str]:
        parts = "Parts that you solved in other notebooks are used here in place of the package's." \
            if self.own_parts else "Parts from other notebooks are the package's own (own_parts=False)."
        return ["Replace the line that raises NotImplementedError, run the cell, then the check below it. The check "
                "says what is wrong first; the notebook goes on in any case.",
                "Stuck? Each exercise has three hints, each deeper than the one before.", parts,
                "What you have solved is kept on this machine only. See it with: rust-edu course status"]

    def __repr__(self) -> str:
        lines = [f"{self.notebook} {self.lesson['title']}"]
        for exercise_id, box in self.lesson["exercises"].items():
            sign, words = self.states[exercise_id]
            lines.append(f"  {sign} {exercise_id} {box['title']}: difficulty {box['difficulty']} of 5, "
                         f"{box['minutes']} minutes, {words}")
        return "\n".join(lines + self._help())

    def _repr_html_(self) -> str:
        help_lines = "".join(f'<div style="{MUTED}">{escape(line)}</div>' for line in self._help())
        return (f'<section aria-label="This notebook" style="{BOX}">{self._map()}'
                f'<div style="margin:6px 0 2px"><b>{escape(self.notebook)} {escape(self.lesson["title"])}</b></div>'
                f'{self._table()}{help_lines}</section>')

    def _map(self) -> str:
        places = "".join(self._place(entry.number, entry.title) for entry in SYLLABUS)
        return f'<div role="list" aria-label="Map of the course">{places}</div>'

    def _place(self, other: str, title: str) -> str:
        here, mark = other == self.notebook, self.marks.get(other, NONE)
        words = {ALL: ", all solved", SOME: ", partly solved", NONE: ""}[mark]
        words = f"{other} {title}{words}{', you are here' if here else ''}"
        marked = f'aria-current="step" style="{PLACE}{HERE}"' if here else f'style="{PLACE}"'
        return (f'<span role="listitem" title="{escape(words)}" aria-label="{escape(words)}" {marked}>'
                f'{other}{mark}</span>')

    def _table(self) -> str:
        if not self.lesson["exercises"]:
            return ""
        rows = "".join(self._row(i, box) for i, box in self.lesson["exercises"].items())
        heads = "".join(f'<th scope="col" style="{CELL};font-weight:normal;{MUTED}">{name}</th>'
                        for name in ("exercise", "difficulty", "time", "state"))
        return (f'<table style="border:none;border-collapse:collapse;margin:0 0 6px;font-size:inherit">'
                f'<thead><tr style="background:none">{heads}</tr></thead><tbody>{rows}</tbody></table>')

    def _row(self, exercise_id: str, box: dict) -> str:
        sign, words = self.states[exercise_id]
        level = f"difficulty {box['difficulty']} of 5"
        dots = "●" * box["difficulty"] + "○" * (5 - box["difficulty"])
        # Not to the heading: JupyterLab finds no anchor with a letter outside ASCII.
        link = f'<a href="#exercise-{escape(exercise_id)}">{escape(exercise_id)} {escape(box["title"])}</a>'
        return (f'<tr style="background:none"><td style="{CELL}">{link}</td>'
                f'<td style="{CELL}"><span role="img" aria-label="{level}">{dots}</span></td>'
                f'<td style="{CELL}">{box["minutes"]} min</td><td style="{CELL}">{sign} {escape(words)}</td></tr>')
