"""The panel at the top of a notebook: the map, the exercises and their state, in HTML and in text."""

from xml.etree import ElementTree

import pytest

from rust_edu.course.reading import progress
from rust_edu.course.reading.opening import StartPanel, start
from rust_edu.course.syllabus import SYLLABUS
from rust_edu.errors import InputError

pytest_plugins = ("learner",)
pytestmark = pytest.mark.usefixtures("small_lesson")


def parsed(panel: StartPanel) -> ElementTree.Element:
    """The panel's HTML, which is XML as well: every tag is closed, every attribute quoted, every `&` escaped."""
    return ElementTree.fromstring(panel._repr_html_())


def test_it_shows_itself_and_remembers_the_notebook(capsys, progress_file):
    start("01", own_parts=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["01 Cameras & rays", "  ○ 01.1 Intrinsics: difficulty 1 of 5, 10 minutes, not yet"]
    assert (progress.session.notebook, progress.session.own_parts) == ("01", False)
    assert list(progress.read()["notebooks"]) == ["01"]
    start("01")
    assert progress.session.own_parts


def test_the_map_has_every_notebook_and_marks_this_one():
    places = parsed(StartPanel("01")).findall(".//*[@role='listitem']")
    assert [place.text[:2] for place in places] == [entry.number for entry in SYLLABUS]
    here = [place for place in places if place.get("aria-current") == "step"]
    assert [place.get("aria-label") for place in here] == ["01 Cameras and rays, you are here"]


def test_states_are_words_and_signs():
    progress.record_check("01.1", "solved", None, None)
    progress.record_hints("01.1", 2)
    progress.record_hints("01.3", 1)
    html = StartPanel("01")._repr_html_()
    assert "✓ solved, 2 hints used" in html and "○ not yet, 1 hint used" in html
    assert "✓ 01.1 Intrinsics" in repr(StartPanel("01")) and "○ 01.3 Pixel <rays>" in repr(StartPanel("01"))
    place = parsed(StartPanel("01")).find(".//*[@aria-current]")
    assert place.text == "01◐" and place.get("title") == "01 Cameras and rays, partly solved, you are here"
    progress.record_check("01.3", "solved", None, None)
    assert parsed(StartPanel("01")).find(".//*[@aria-current]").text == "01✓"


def test_exercises_link_to_their_boxes():
    links = parsed(StartPanel("01")).findall(".//a")
    assert [(link.get("href"), link.text) for link in links] == [
        ("#exercise-01.1", "01.1 Intrinsics"),
        ("#exercise-01.3", "01.3 Pixel <rays>")]


def test_it_depends_on_nothing_but_progress():
    assert StartPanel("01")._repr_html_() == StartPanel("01")._repr_html_()
    assert "<script" not in StartPanel("01")._repr_html_()
    assert "own_parts=False" in repr(StartPanel("01", own_parts=False))


def test_an_unknown_notebook_changes_nothing():
    with pytest.raises(InputError, match="unknown notebook '1'; expected 01."):
        start("1")
    assert progress.session.notebook == ""
