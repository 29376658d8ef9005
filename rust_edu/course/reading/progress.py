"""What the reader has done: solved exercises, hints, answers and time, in one file on this machine.

The file is `progress.json` in the user's data folder, or what RUST_EDU_PROGRESS names. It is never sent anywhere.
Every change reads the file, merges and writes it whole under a lock, so that notebooks that are open at the same
time lose nothing. A file that cannot be read is set aside; a disk that cannot be written never stops a notebook.
Under nbgrader nothing is read or kept: a grade must not depend on who grades.

    record_check, record_hints, record_answer, record_seen            change it
    update                                                            any other change, and time
    exercise, prediction, solved, session                             look into it
    summary, status                                                   show it, `rust-edu course status`
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from platformdirs import user_data_path

from ...errors import RustEduError
from ...paths import named_path, of_user, whole_file
from ...terminal import console
from .lessons import notebook_of
from .progress_format import EMPTY, LONGEST, clean, new_exercise

PAUSE = 600.0  # seconds: a longer gap between two interactions was a break
LOCK_SECONDS = 3.0


@dataclass
class Session:
    """What `start` was told in this kernel."""

    notebook: str = ""
    own_parts: bool = True


session = Session()
_pending: list[Callable[[dict], None]] = []  # changes that could not be written yet
_said: set[str] = set()
_thread_lock = threading.RLock()


def path() -> Path:
    """The progress file. An empty RUST_EDU_PROGRESS counts as unset, and `~` in it is the home folder.

    Raises InputError or DataError for a home folder that is not known.
    """
    return named_path("RUST_EDU_PROGRESS") or of_user(user_data_path, "RUST_EDU_PROGRESS") / "progress.json"


def read() -> dict[str, Any]:
    """Everything known about this learner; empty where nothing is."""
    if _off():
        return clean(EMPTY)
    with _thread_lock:
        try:
            data = _load(path())
        except _Damaged as damaged:
            data = _locked(_set_aside) or damaged.data
        except (OSError, RuntimeError, RustEduError) as error:  # RuntimeError: links in a circle
            data = clean(EMPTY)
            _say(f"Your progress cannot be kept ({_reason(error)}): this session goes on without.")
        for change in _pending:
            change(data)
    return data


def update(part_id: str, change: Callable[[dict], None] | None = None) -> None:
    """Apply `change` to what is in the file, and count the time. `part_id`: of an exercise, a question or a notebook.

    What cannot be written now is tried again with the next change.
    """
    if _off():
        return
    notebook, seconds = notebook_of(part_id), time.time()

    def both(data: dict) -> None:
        if change is not None:
            change(data)
        _count_time(data, notebook, seconds)

    with _thread_lock:
        _pending.append(both)
        _locked(_write_pending)


def record_check(exercise_id: str, state: str, diagnosis_name: str | None, source: str | None) -> None:
    """A check has run: its state, the name of its diagnosis, and the reader's own source if it was solved."""
    now = _now()

    def change(data: dict) -> None:
        entry = data["exercises"].setdefault(exercise_id, new_exercise(now))
        entry["state"], entry["diagnosis"] = state, diagnosis_name
        if state in ("solved", "wrong"):
            entry["attempts"] += 1
        if state == "solved":
            entry["solved"] = entry["solved"] or now
            if source is not None and len(source) <= LONGEST:
                entry["source"] = source

    update(exercise_id, change)


def record_hints(exercise_id: str, opened: int) -> None:
    """The first `opened` hints of an exercise have been opened."""
    now = _now()

    def change(data: dict) -> None:
        entry = data["exercises"].setdefault(exercise_id, new_exercise(now))
        entry["hints"] = max(entry["hints"], opened)

    update(exercise_id, change)


def record_answer(question_id: str, kind: str, answer: int, right: bool) -> None:
    """A quiz keeps its first answer; a prediction may be changed until its result has been seen."""
    now = _now()

    def change(data: dict) -> None:
        group = data["quizzes" if kind == "quiz" else "predictions"]
        if question_id not in group or (kind == "predict" and not group[question_id]["seen"]):
            group[question_id] = {"answer": answer, "right": right, "when": now, "seen": kind == "quiz"}

    update(question_id, change)


def record_seen(question_id: str) -> None:
    """The result that was predicted has been seen."""

    def change(data: dict) -> None:
        if question_id in data["predictions"]:
            data["predictions"][question_id]["seen"] = True

    update(question_id, change)


def exercise(exercise_id: str) -> dict[str, Any]:
    """What is known about an exercise; for an untouched one, the same with nothing in it."""
    return read()["exercises"].get(exercise_id) or new_exercise(None)


def prediction(question_id: str) -> dict[str, Any] | None:
    """The reader's prediction, if there is one."""
    return read()["predictions"].get(question_id)


def solved(data: dict[str, Any], exercise_id: str) -> bool:
    """Whether an exercise was ever solved."""
    return bool(data["exercises"].get(exercise_id, {}).get("solved"))


def summary():
    """A rich table: for each notebook the exercises solved, hints, first answers and active time."""
    from rich import box
    from rich.table import Table

    from .lessons import available, lesson

    data = read()
    table = Table(box=box.SIMPLE_HEAD, title="Your course", title_justify="left", title_style="bold")
    for name, side in (("notebook", "left"), ("solved", "right"), ("hints", "right"), ("quiz: right at first", "right"),
                       ("time", "right")):
        table.add_column(name, justify=side, no_wrap=name != "notebook")
    for notebook in available():
        known = lesson(notebook)
        entries = [data["exercises"].get(i) or new_exercise(None) for i in known["exercises"]]
        answers = [data["quizzes"][i]["right"] for i in known["quizzes"] if i in data["quizzes"]]
        quizzes = sum(q["kind"] == "quiz" for q in known["quizzes"].values())
        table.add_row(f"{notebook} {known['title']}", f"{sum(bool(e['solved']) for e in entries)} of {len(entries)}",
                      str(sum(e["hints"] for e in entries)), f"{sum(answers)} of {quizzes}",
                      _minutes(data["notebooks"].get(notebook, {}).get("active_seconds", 0.0)))
    return table


def status() -> None:
    """Print `summary`, and where the progress file is."""
    screen, file = console(), path()
    screen.print(summary())
    screen.print(f"Kept in {file}, on this machine only.", soft_wrap=True, markup=False, highlight=False)


class _Damaged(Exception):
    """The file is not a progress file, or part of it is not. `data`: what could be read."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data


class _Newer(OSError):
    """A file of a later version of the course: left alone."""


def _count_time(data: dict[str, Any], notebook: str, seconds: float) -> None:
    """The reader has done something in this notebook at `seconds`.

    The time since the last interaction, wherever it was, counts for the notebook of that last one, so that two
    open notebooks do not count the same minutes twice.
    """
    data["notebooks"].setdefault(notebook, {"opened": _now(), "active_seconds": 0.0})
    last = data["last"]
    gap = seconds - last["seconds"]
    if last["notebook"] in data["notebooks"] and 0.0 <= gap <= PAUSE:
        data["notebooks"][last["notebook"]]["active_seconds"] += gap
    if gap > 0 or gap < -PAUSE:  # a clock that was set back must not stop the counting for ever
        data["last"] = {"notebook": notebook, "seconds": seconds}


def _load(file: Path) -> dict[str, Any]:
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return clean(EMPTY)
    except (ValueError, RecursionError) as error:
        raise _Damaged(clean(EMPTY)) from error
    if isinstance(raw, dict) and raw.get("format") == EMPTY["format"] and isinstance(raw.get("version"), int) \
            and raw["version"] > EMPTY["version"]:
        raise _Newer(f"{file.name} was written by a newer version of the course")
    if isinstance(raw, dict):
        raw = {"scores": {}, **raw}  # a file from before the score board is whole without them
    data = clean(raw)
    if data != raw:
        raise _Damaged(data)
    return data


def _locked(action: Callable[[Path], Any]) -> Any:
    """Run `action(file)` under the lock; if the disk does not allow it, say so once and go on."""
    try:
        file = path().resolve()  # a link stays a link, and what it points to is replaced
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{file}.lock", timeout=LOCK_SECONDS):
            return action(file)
    except (OSError, Timeout, RuntimeError, RustEduError) as error:
        _say(f"Your progress cannot be kept ({_reason(error)}): this session goes on without.")
        return None


def _set_aside(file: Path) -> dict[str, Any]:
    """Under the lock: move a damaged file out of the way; what could be read of it takes its place."""
    try:
        return _load(file)  # another notebook may have been faster
    except _Damaged as damaged:
        number = 1
        while (aside := file.with_name(f"{file.stem}.damaged-{number}{file.suffix}")).exists():
            number += 1
        os.replace(file, aside)
        _say(f"The progress file could not be read in full: it is now {aside.name}, in {aside.parent}.")
        _write(file, damaged.data)
        return damaged.data


def _write_pending(file: Path) -> None:
    data = _set_aside(file)
    for change in _pending:
        change(data)
    _write(file, data)
    _pending.clear()


def _write(file: Path, data: dict[str, Any]) -> None:
    with whole_file(file) as temporary:
        temporary.write_text(json.dumps(data, indent=1, sort_keys=True), encoding="ascii")


def _off() -> bool:
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def _say(line: str) -> None:
    """A line for the reader, once in a session."""
    if line not in _said:
        _said.add(line)
        with suppress(OSError, ValueError):
            print(line, file=sys.stderr)


def _reason(error: BaseException) -> str:
    if isinstance(error, Timeout):
        return "another notebook holds it"
    if isinstance(error, RustEduError):
        return error.what
    return getattr(error, "strerror", None) or str(error).splitlines()[0][:200] or type(error).__name__


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _minutes(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
