"""The score board: shipped rows up to this notebook, the reader's beside them, kept for later notebooks."""

import json

import pytest
import torch

from rust_edu.course.reading import progress, scoreboard
from rust_edu.course.reading.progress_format import EMPTY
from rust_edu.errors import InputError
from rust_edu.evaluation.results import ROWS, load_results

pytest_plugins = ("learner",)
pytestmark = pytest.mark.usefixtures("progress_file")

BASELINES = ("mean picture of the inputs", "nearest input view", "mean colour of the inputs")


@pytest.fixture
def shown(monkeypatch):
    """Boards that were displayed."""
    boards = []
    monkeypatch.setattr(scoreboard, "display", boards.append)
    return boards


def row(board, title: str) -> str:
    return next(line for line in repr(board).splitlines() if line.startswith(title))


def test_only_what_the_course_has_so_far():
    titles = [line.title for line in scoreboard.ScoreBoard("02").lines]
    assert sorted(titles) == sorted(BASELINES)
    assert "RUST" not in titles
    later = [line.title for line in scoreboard.ScoreBoard("08").lines]
    assert {"RUST", "SRT, σ = 0", "UpSRT, σ = 0.1", *BASELINES} <= set(later)


def test_the_best_comes_first():
    for notebook in ("02", "08"):
        best = [line.best for line in scoreboard.ScoreBoard(notebook).lines]
        assert best == sorted(best, reverse=True)


def test_shipped_numbers_are_those_of_the_results():
    psnr = load_results()["nearest_input-sector"]["metrics"]["psnr"]
    assert f"{psnr['mean']:.2f} ± {psnr['stderr']:.2f}" in row(scoreboard.ScoreBoard("02"), "nearest input view")


def test_every_row_of_the_table_is_met_somewhere():
    assert {row.title for row in ROWS} == set(scoreboard.MET)


def test_nothing_of_yours_is_said(shown):
    scoreboard.scoreboard("02")
    assert "Nothing of yours yet" in repr(shown[0]) and "Nothing of yours yet" in shown[0]._repr_html_()


def test_the_readers_number_stands_beside_the_shipped_one(shown):
    scoreboard.scoreboard("02", {"nearest input view": (torch.tensor(17.5), 0.25), "my own idea": 15})
    assert row(shown[0], "nearest input view").split()[-4:-1] == ["17.50", "±", "0.25"]
    assert "15.00" in row(shown[0], "my own idea") and row(shown[0], "my own idea").endswith("02")
    assert "<b>17.50 ± 0.25</b>" in shown[0]._repr_html_()


def test_rows_are_kept_for_later_notebooks(shown, progress_file):
    scoreboard.scoreboard("02", {"my own idea": 15.0})
    scoreboard.scoreboard("05", {"SRT, σ = 0": (21.0, 0.2)})
    board = scoreboard.ScoreBoard("08")
    assert "15.00" in row(board, "my own idea") and row(board, "my own idea").endswith("02")
    assert "21.00 ± 0.20" in row(board, "SRT, σ = 0")
    assert len(json.loads(progress_file.read_text())["scores"]) == 2


def test_a_row_from_further_on_is_shown_too(shown):
    scoreboard.scoreboard("08", {"RUST": 22.0})
    assert "22.00" in row(scoreboard.ScoreBoard("02"), "RUST")


def test_pictures_of_another_size_are_not_entered(shown, progress_file):
    scoreboard.scoreboard("05", {"SRT, σ = 0": (15.0, 0.2)}, size=16)
    assert "Not entered: SRT, σ = 0" in repr(shown[0]) and "16 x 16" in shown[0]._repr_html_()
    assert "Nothing of yours" not in repr(shown[0]) and "15.00" not in repr(shown[0])
    assert progress.read()["scores"] == {}


def test_a_new_number_takes_the_place_of_the_old(shown, progress_file):
    for psnr in (15.0, 16.0):
        scoreboard.scoreboard("02", {"my own idea": psnr})
    assert len(json.loads(progress_file.read_text())["scores"]) == 1
    assert "16.00" in row(shown[-1], "my own idea")


def test_the_board_is_the_same_each_time(shown):
    for _ in range(2):
        scoreboard.scoreboard("02", {"my own idea": 15.0})
    assert repr(shown[0]) == repr(shown[1]) and shown[0]._repr_html_() == shown[1]._repr_html_()


def test_without_a_progress_file_the_numbers_are_shown(shown, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    scoreboard.scoreboard("02", {"nearest input view": 17.0})
    assert "17.00" in row(shown[0], "nearest input view")
    monkeypatch.delenv("NBGRADER_EXECUTION")
    assert progress.read()["scores"] == {}


def test_titles_are_text_not_markup(shown):
    scoreboard.scoreboard("02", {"<b>mine</b>": 15.0})
    assert "&lt;b&gt;mine&lt;/b&gt;" in shown[0]._repr_html_() and "<b>mine" not in shown[0]._repr_html_()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "good", None, (1.0, 2.0, 3.0), torch.ones(3), ()])
def test_what_is_no_score(value, progress_file):
    with pytest.raises(InputError, match="decibels"):
        scoreboard.scoreboard("02", {"mine": value})
    assert not progress_file.exists()


@pytest.mark.parametrize("title", ["", "  ", "x" * 61])
def test_what_is_no_title(title):
    with pytest.raises(InputError, match="characters"):
        scoreboard.scoreboard("02", {title: 15.0})


def test_an_unknown_notebook():
    with pytest.raises(InputError, match="unknown notebook"):
        scoreboard.scoreboard("99")


def test_a_progress_file_from_before_the_score_board_is_whole(progress_file, capsys):
    old = {key: value for key, value in EMPTY.items() if key != "scores"}
    old["quizzes"] = {"01.q1": {"answer": 1, "right": True, "when": "2026-01-01", "seen": True}}
    progress_file.parent.mkdir()
    progress_file.write_text(json.dumps(old))
    assert progress.read()["quizzes"] == old["quizzes"] and progress.read()["scores"] == {}
    assert not list(progress_file.parent.glob("*damaged*")) and capsys.readouterr().err == ""


def test_a_damaged_score_is_left_out(progress_file):
    data = dict(EMPTY) | {"scores": {"02.aaaa": {"notebook": "02", "name": "mine", "psnr": "many", "stderr": None,
                                                 "when": ""}}}
    progress_file.parent.mkdir()
    progress_file.write_text(json.dumps(data))
    assert "mine" not in repr(scoreboard.ScoreBoard("02"))
