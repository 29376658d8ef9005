"""The progress file: nothing is lost between notebooks, and nothing that happens to it stops one."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from rust_edu.course.reading import progress
from rust_edu.course.reading.progress_format import EMPTY, clean

pytest_plugins = ("learner",)
pytestmark = pytest.mark.usefixtures("progress_file")

ROOT = Path(__file__).parents[2]
WORK = """
import sys
from rust_edu.course.reading import progress
for i in range(20):
    progress.record_check(f"01.{sys.argv[1]}", "wrong", "values", None)
    progress.record_check("01.9", "wrong", "values", None)
    progress.record_answer(f"0{sys.argv[1]}.q{i}", "quiz", 0, True)
"""


def stored(file: Path) -> dict:
    return json.loads(file.read_text(encoding="utf-8"))


def test_a_check_is_kept(progress_file):
    progress.record_check("01.3", "not done", None, None)
    progress.record_check("01.3", "wrong", "half-pixel", None)
    progress.record_check("01.3", "solved", None, "def f(): ...\n")
    entry = stored(progress_file)["exercises"]["01.3"]
    assert entry["attempts"] == 2 and entry["state"] == "solved" and entry["diagnosis"] is None
    assert entry["source"] == "def f(): ...\n"
    assert entry["opened"] <= entry["solved"]


def test_solved_stays_solved_with_its_source(progress_file):
    progress.record_check("01.3", "solved", None, "def f(): ...\n")
    when = progress.exercise("01.3")["solved"]
    progress.record_check("01.3", "package", None, None)
    progress.record_check("01.3", "wrong", "values", None)
    progress.record_check("01.3", "solved", None, None)  # could not be captured this time
    entry = progress.exercise("01.3")
    assert (entry["solved"], entry["source"]) == (when, "def f(): ...\n")
    assert progress.solved(progress.read(), "01.3") and not progress.solved(progress.read(), "01.4")


def test_hints_count_upwards(progress_file):
    for opened in (1, 3, 2):
        progress.record_hints("01.3", opened)
    assert progress.exercise("01.3")["hints"] == 3


def test_the_first_answer_stays_and_a_prediction_until_it_is_seen(progress_file):
    for kind, key in (("quiz", "01.q1"), ("predict", "01.p1")):
        progress.record_answer(key, kind, 1, False)
        progress.record_answer(key, kind, 0, True)
    assert progress.read()["quizzes"]["01.q1"]["answer"] == 1
    assert progress.prediction("01.p1")["answer"] == 0
    progress.record_seen("01.p1")
    progress.record_answer("01.p1", "predict", 1, False)
    assert progress.prediction("01.p1") | {"when": ""} == {"answer": 0, "right": True, "when": "", "seen": True}


def test_time_counts_where_it_was_spent_and_breaks_do_not(progress_file, monkeypatch):
    clock = iter([1000.0, 1060.0, 1090.0, 1100.0, 3000.0, 3005.0, 900.0, 910.0])
    monkeypatch.setattr(progress.time, "time", lambda: next(clock))
    for notebook in ("01", "01", "04", "01", "01", "01", "01", "01"):  # 900.0: the clock was set back
        progress.update(notebook)
    seconds = {key: value["active_seconds"] for key, value in stored(progress_file)["notebooks"].items()}
    assert seconds == {"01": 60.0 + 30.0 + 5.0 + 10.0, "04": 10.0}


def test_notebooks_that_are_open_at_once_lose_nothing(progress_file):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen([sys.executable, "-c", WORK, str(i)], env=environment) for i in range(1, 4)]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    data = stored(progress_file)
    assert {key: entry["attempts"] for key, entry in data["exercises"].items()} == {
        "01.1": 20, "01.2": 20, "01.3": 20, "01.9": 60}
    assert len(data["quizzes"]) == 60
    assert {file.name for file in progress_file.parent.iterdir()} <= {"progress.json", "progress.json.lock"}


DAMAGED = {"empty": b"", "cut": b'{"format": "rust_edu pro', "bytes": b"\xff\xfe\x00", "list": b"[1, 2]",
           "foreign": b'{"name": "other program"}', "deep": b"[" * 100_000, "null": b"null", "number": b"1e999",
           "huge number": b'{"version": ' + b"9" * 5000 + b"}", "version": b'{"format": "rust_edu progress"}',
           "nan": json.dumps(EMPTY).replace("0.0", "NaN").encode(), "bom": b"\xef\xbb\xbf" + json.dumps(EMPTY).encode()}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("by", ["read", "write"])
def test_a_damaged_file_is_set_aside(progress_file, content, by, capsys):
    progress_file.parent.mkdir()
    progress_file.write_bytes(content)
    assert progress.read()["exercises"] == {} if by == "read" else progress.record_hints("01.3", 1) is None
    assert progress_file.with_name("progress.damaged-1.json").read_bytes() == content
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "progress.damaged-1.json" in said
    progress.record_hints("01.3", 2)
    assert stored(progress_file)["exercises"]["01.3"]["hints"] == 2
    assert capsys.readouterr().err == ""


def test_what_is_whole_in_a_damaged_file_stays(progress_file):
    progress.record_check("01.1", "solved", None, "def f(): ...\n")
    data = stored(progress_file)
    data["exercises"]["01.2"] = {"state": "solved"}
    data["exercises"]["01.3"] = data["exercises"]["01.1"] | {"attempts": -1}
    data["exercises"]["<b>"] = data["exercises"]["01.1"]
    data["quizzes"] = 7
    data["last"] = []
    progress_file.write_text(json.dumps(data), encoding="utf-8")
    assert set(progress.read()["exercises"]) == {"01.1"}
    assert progress.exercise("01.1")["source"] == "def f(): ...\n"
    progress_file.write_text("{", encoding="utf-8")
    progress.read()
    assert progress_file.with_name("progress.damaged-2.json").read_text(encoding="utf-8") == "{"


def test_a_file_of_a_newer_version_is_left_alone(progress_file, capsys):
    progress_file.parent.mkdir()
    content = json.dumps(EMPTY | {"version": 2, "something": "new"})
    progress_file.write_text(content, encoding="utf-8")
    progress.record_hints("01.3", 1)
    assert progress.exercise("01.3")["hints"] == 1  # for this session
    assert progress_file.read_text(encoding="utf-8") == content
    assert capsys.readouterr().err.count("newer version") == 1


@pytest.mark.parametrize("place", ["file/below/progress.json", "folder", "x" * 300, "loop"])
def test_a_place_that_cannot_be_written(tmp_path, monkeypatch, place, capsys):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    monkeypatch.setenv("RUST_EDU_PROGRESS", str(tmp_path / place))
    progress.record_hints("01.3", 1)
    progress.record_hints("01.3", 2)
    assert progress.exercise("01.3")["hints"] == 2
    said = capsys.readouterr().err.splitlines()
    assert len(set(said)) == len(said) <= 2 and all("goes on without" in line for line in said)


def test_a_home_that_is_unknown(monkeypatch):
    monkeypatch.setenv("RUST_EDU_PROGRESS", "~nobody-of-this-name/progress.json")
    progress.record_hints("01.3", 1)
    assert progress.exercise("01.3")["hints"] == 1


def test_what_a_full_disk_refused_is_written_later(progress_file, monkeypatch, capsys):
    progress.record_hints("01.1", 1)
    before = progress_file.read_bytes()

    def full(self, *args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_text", full)
        progress.record_check("01.3", "wrong", "values", None)
        progress.record_check("01.3", "wrong", "values", None)
        assert progress.exercise("01.3")["attempts"] == 2
    assert progress_file.read_bytes() == before
    assert capsys.readouterr().err == ("Your progress cannot be kept (No space left on device): this session goes on "
                                       "without.\n")
    progress.record_hints("01.1", 2)
    assert stored(progress_file)["exercises"]["01.3"]["attempts"] == 2
    assert sorted(file.suffix for file in progress_file.parent.iterdir()) == [".json", ".lock"]


def test_a_lock_that_somebody_holds_delays_only(progress_file, monkeypatch, capsys):
    monkeypatch.setattr(progress, "LOCK_SECONDS", 0.05)
    progress.record_hints("01.1", 1)
    with FileLock(f"{progress_file}.lock"):
        progress.record_hints("01.1", 2)
    assert "another notebook" in capsys.readouterr().err
    assert stored(progress_file)["exercises"]["01.1"]["hints"] == 1 and progress.exercise("01.1")["hints"] == 2
    progress.record_hints("01.3", 1)
    assert stored(progress_file)["exercises"]["01.1"]["hints"] == 2


def test_under_nbgrader_nothing_is_read_or_kept(progress_file, monkeypatch):
    progress.record_check("01.3", "solved", None, "def f(): ...\n")
    before = progress_file.read_bytes()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    progress.record_hints("01.3", 1)
    assert progress.exercise("01.3")["solved"] is None
    assert progress_file.read_bytes() == before


def test_a_link_stays_a_link(progress_file, tmp_path):
    progress_file.parent.mkdir()
    progress_file.symlink_to(tmp_path / "elsewhere.json")
    progress.record_hints("01.3", 1)
    assert progress_file.is_symlink() and progress.exercise("01.3")["hints"] == 1


def test_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RUST_EDU_PROGRESS", "~/mine.json")
    assert progress.path() == tmp_path / "mine.json"
    monkeypatch.setenv("RUST_EDU_PROGRESS", "")
    assert progress.path().name == "progress.json" and "rust_edu" in progress.path().parts


def test_text_that_is_not_unicode_and_text_without_end(progress_file):
    progress.record_check("01.1", "solved", None, "x = '\ud800 é'\n")
    progress.record_check("01.3", "solved", None, "#" * 1_000_000)
    assert progress.exercise("01.1")["source"] == "x = '\ud800 é'\n"
    assert progress.exercise("01.3")["solved"] and progress.exercise("01.3")["source"] is None


KEYS = st.text() | st.sampled_from([*EMPTY, "01.3", "state", "hints", "seconds"])
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner))


@given(JSON | st.fixed_dictionaries({"format": st.just(EMPTY["format"]), "version": st.just(1), "exercises": JSON,
                                     "quizzes": JSON, "last": JSON}))
def test_anything_is_cleaned_and_what_is_clean_stays(raw):
    data = clean(raw)
    assert clean(data) == data == json.loads(json.dumps(data))
    assert set(data) == set(EMPTY)


def test_status_shows_a_line_for_each_notebook(small_lesson, capsys, progress_file):
    progress.record_check("01.3", "solved", None, None)
    progress.record_hints("01.1", 2)
    progress.record_answer("01.q1", "quiz", 0, True)
    console = Console(width=100, record=True, file=open(os.devnull, "w"))
    console.print(progress.summary())
    row = next(line for line in console.export_text().splitlines() if "Cameras & rays" in line)
    assert row.split() == ["01", "Cameras", "&", "rays", "1", "of", "2", "2", "1", "of", "1", "0", "min"]
    progress.status()
    assert str(progress_file) in capsys.readouterr().out


@pytest.mark.parametrize("seconds, words", [(0, "0 min"), (89, "1 min"), (3600, "1 h 00 min"), (5399, "1 h 30 min")])
def test_minutes(seconds, words):
    assert progress._minutes(seconds) == words
