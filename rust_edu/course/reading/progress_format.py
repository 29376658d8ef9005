"""The form of the progress file, and how to take what is right from one that is not.

Public: `EMPTY`, `LONGEST`, `clean`, `new_exercise`.
"""

import math
import re
from typing import Any

EMPTY = {"format": "rust_edu progress", "version": 1, "exercises": {}, "quizzes": {}, "predictions": {},
         "notebooks": {}, "scores": {}, "last": {"notebook": "", "seconds": 0.0}}
STATES = ("not done", "wrong", "solved", "package")
_ID = re.compile(r"[0-9A-Za-z_]{1,8}(\.[0-9A-Za-z_]{1,16})?")
LONGEST = 200_000  # characters of a text


def new_exercise(opened: str | None) -> dict[str, Any]:
    """An exercise that nothing has happened to, but for being opened."""
    return {"state": "not done", "opened": opened, "solved": None, "attempts": 0, "hints": 0, "diagnosis": None,
            "source": None}


def clean(raw: Any) -> dict[str, Any]:
    """A progress file with everything in `raw` that has the right form, and nothing else."""
    right = isinstance(raw, dict) and all(raw.get(key) == EMPTY[key] for key in ("format", "version"))
    raw = raw if right else {}
    data = {"format": EMPTY["format"], "version": EMPTY["version"]}
    for group, fields in _GROUPS.items():
        entries = raw.get(group)
        entries = entries if isinstance(entries, dict) else {}
        data[group] = {key: {field: entry[field] for field in fields} for key, entry in entries.items()
                       if _ID.fullmatch(key) and _fits(entry, fields)}
    last = raw.get("last")
    data["last"] = dict(last if _fits(last, _LAST) and len(last) == len(_LAST) else EMPTY["last"])
    return data


def _fits(entry: Any, fields: dict) -> bool:
    return isinstance(entry, dict) and all(field in entry and test(entry[field]) for field, test in fields.items())


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST


def _text_or_none(value: Any) -> bool:
    return value is None or _text(value)


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**6


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _seconds(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value < 1e12


def _decibels(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and abs(value) < 1e4


def _decibels_or_none(value: Any) -> bool:
    return value is None or _decibels(value)


_ANSWER = {"answer": _count, "right": _truth, "when": _text, "seen": _truth}
_GROUPS = {
    "exercises": {"state": STATES.__contains__, "opened": _text_or_none, "solved": _text_or_none, "attempts": _count,
                  "hints": _count, "diagnosis": _text_or_none, "source": _text_or_none},
    "quizzes": _ANSWER,
    "predictions": _ANSWER,
    "notebooks": {"opened": _text, "active_seconds": _seconds},
    # Rows of the score board: decibels on right halves, and their standard error where it is known.
    "scores": {"notebook": _text, "name": _text, "psnr": _decibels, "stderr": _decibels_or_none, "when": _text},
}
_LAST = {"notebook": _text, "seconds": _seconds}
