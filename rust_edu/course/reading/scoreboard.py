"""The score board: what every model of the course so far reaches, with the reader's own numbers beside it.

    scoreboard("02", {"nearest input view": 17.9})
    scoreboard("05", {"SRT, σ = 0": (21.3, 0.2)})        # a mean and its standard error

The shipped rows are those of `data/results.json` that a reader has met up to this notebook. The reader's rows are kept
in the progress file, so that later notebooks show them too; a row that has a shipped row's title stands beside it, any
other one gets a line of its own. All numbers are PSNR of right halves, by the half-image protocol, on the held-out
scenes of `sector`. Public: `scoreboard`, `ScoreBoard`, `Score`.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from IPython.display import display

from ...errors import InputError
from ...evaluation.results import ROWS, find, load_results
from ..checking.panel import MUTED
from ..syllabus import entry
from . import progress
from .opening import BOX

WORLD, PROFILE = "sector", "laptop"
# The notebook in which the reader meets each shipped row.
MET = {"nearest input view": "02", "mean picture of the inputs": "02", "mean colour of the inputs": "02",
       "SRT, σ = 0": "05", "SRT, σ = 0.1": "06", "UpSRT, σ = 0": "06", "UpSRT, σ = 0.1": "06", "RUST": "07"}
SIZE = 32  # pixels of its pictures
LONGEST_NAME = 60
FLOOR = 10.0  # decibels at which a bar begins: a picture of one grey has about as many
CELL = "text-align:left;padding:2px 16px 2px 0;background:none;border:none;vertical-align:middle"


@dataclass(frozen=True)
class Score:
    """Decibels, and their standard error where it is known."""

    psnr: float
    stderr: float | None = None

    def __str__(self) -> str:
        return f"{self.psnr:.2f}" if self.stderr is None else f"{self.psnr:.2f} ± {self.stderr:.2f}"


@dataclass(frozen=True)
class Line:
    title: str
    shipped: Score | None
    yours: Score | None
    notebook: str  # in which the row was met, or handed in

    @property
    def best(self) -> float:
        return max(score.psnr for score in (self.shipped, self.yours) if score is not None)


def scoreboard(notebook: str, rows: Mapping[str, Any] | None = None, size: int = SIZE) -> None:
    """Keep the reader's `rows` and show all rows that the course has so far.

    rows: from a title to decibels, or to (decibels, standard error); numbers may be 0-dimensional tensors. size: of the
    pictures that they were measured on; those of another size than the board's are not entered, and a note says so.
    Raises InputError for an unknown notebook, and for a row that is none.
    """
    entry(notebook)
    scores = {_title(title): _score(title, value) for title, value in (rows or {}).items()}
    left_out = tuple(scores) if size != SIZE else ()
    scores = {} if left_out else scores
    now = datetime.now(UTC).isoformat(timespec="seconds")

    def change(data: dict) -> None:
        for title, score in scores.items():
            data["scores"][_key(notebook, title)] = {"notebook": notebook, "name": title, "psnr": score.psnr,
                                                     "stderr": score.stderr, "when": now}

    progress.update(notebook, change if scores else None)
    display(ScoreBoard(notebook, scores, left_out, size))


class ScoreBoard:
    """The board as HTML, and as text for a terminal. `scores`: of this notebook, whether they could be kept or not."""

    def __init__(self, notebook: str, scores: Mapping[str, Score] | None = None, left_out: tuple[str, ...] = (),
                 size: int = SIZE) -> None:
        self.notebook, self.handed_in, self.left_out, self.size = notebook, scores or {}, left_out, size
        self.lines = _lines(notebook, self.handed_in)

    def _notes(self) -> list[str]:
        notes = ["PSNR in decibels on the right halves of target views, mean over held-out scenes ± standard error; "
                 "the half-image protocol of notebook 02. Higher is better."]
        if self.left_out:
            notes.append(f"Not entered: {', '.join(self.left_out)}. Yours was measured on pictures of {self.size} x "
                         f"{self.size} pixels, the board's are {SIZE} x {SIZE}; such decibels cannot be compared.")
        elif not any(line.yours for line in self.lines):
            notes.append("Nothing of yours yet: each model that you build or train adds a number here.")
        return notes

    def __repr__(self) -> str:
        head = ("", "shipped", "yours", "notebook")
        table = [head, *((line.title, str(line.shipped or "–"), str(line.yours or "–"), line.notebook)
                         for line in self.lines)]
        widths = [max(len(row[i]) for row in table) for i in range(len(head))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in table]
        return "\n".join(["Score board: PSNR in decibels", *lines, *self._notes()])

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col" style="{CELL};font-weight:normal;{MUTED}">{name}</th>'
                        for name in ("", "shipped", "yours", '<span aria-hidden="true"></span>', "from notebook"))
        rows = "".join(self._row(line) for line in self.lines)
        notes = "".join(f'<div style="{MUTED}">{escape(note)}</div>' for note in self._notes())
        return (f'<section aria-label="Score board" style="{BOX}"><b>Score board</b>'
                '<table style="border:none;border-collapse:collapse;margin:4px 0 6px;font-size:inherit">'
                f'<thead><tr style="background:none">{heads}</tr></thead><tbody>{rows}</tbody></table>'
                f'{notes}</section>')

    def _row(self, line: Line) -> str:
        yours = f"<b>{line.yours}</b>" if line.yours else "–"
        return (f'<tr style="background:none">'
                f'<th scope="row" style="{CELL};font-weight:normal">{escape(line.title)}</th>'
                f'<td style="{CELL}">{line.shipped or "–"}</td><td style="{CELL}">{yours}</td>'
                f'<td style="{CELL}">{self._bars(line)}</td><td style="{CELL}">{escape(line.notebook)}</td></tr>')

    def _bars(self, line: Line) -> str:
        """Two thin bars, the shipped number's filled and the reader's in outline; the numbers say the same."""
        longest = max(line.best for line in self.lines)
        bars = []
        for score, look in ((line.shipped, "background:#7A8494"), (line.yours, "border:2px solid #D55E00")):
            if score is not None and longest > FLOOR:
                width = round(150 * max(0.0, score.psnr - FLOOR) / (longest - FLOOR))
                bars.append(f'<div style="height:6px;width:{width}px;margin:1px 0;box-sizing:border-box;{look}"></div>')
        return f'<div aria-hidden="true">{"".join(bars)}</div>'


def _lines(notebook: str, handed_in: Mapping[str, Score]) -> list[Line]:
    """All rows, the best first."""
    yours = {kept["name"]: (Score(kept["psnr"], kept["stderr"]), kept["notebook"])
             for kept in sorted(progress.read()["scores"].values(), key=lambda kept: (kept["notebook"], kept["when"]))}
    yours |= {title: (score, notebook) for title, score in handed_in.items()}
    lines = []
    for title, shipped, met in _shipped():
        if met <= notebook or title in yours:
            lines.append(Line(title, shipped, yours.pop(title, (None, ""))[0], met))
    lines += [Line(title, None, score, where) for title, (score, where) in yours.items()]
    return sorted(lines, key=lambda line: (-line.best, line.title))


def _shipped() -> list[tuple[str, Score, str]]:
    """Title, score and notebook of the rows in data/results.json, in the order of the README's table."""
    found, results = [], load_results()
    for row in ROWS:
        psnr = (find(results, row, WORLD, PROFILE) or {}).get("metrics", {}).get("psnr")
        if psnr is not None:
            found.append((row.title, Score(psnr["mean"], psnr["stderr"]), MET[row.title]))
    return found


def _key(notebook: str, title: str) -> str:
    """A row's name in the progress file: another number for the same row of the same notebook takes its place."""
    return f"{notebook}.{hashlib.sha256(title.encode()).hexdigest()[:12]}"


def _title(title: Any) -> str:
    text = " ".join(str(title).split())
    if not text or len(text) > LONGEST_NAME:
        raise InputError(f"a row of the score board called {text[:80]!r}", f"1 to {LONGEST_NAME} characters")
    return text


def _score(title: str, value: Any) -> Score:
    parts = list(value) if isinstance(value, tuple | list) else [value]
    try:
        numbers = [float(part) for part in parts]
    except (TypeError, ValueError):
        numbers = []
    if not 1 <= len(numbers) <= 2 or not all(math.isfinite(n) and abs(n) < 1000 for n in numbers):
        raise InputError(f"{value!r} as the score of {title!r}", "decibels, or (decibels, standard error)",
                         "Take the mean over scenes first; the decibels of equal pictures are infinite.")
    return Score(*numbers)
