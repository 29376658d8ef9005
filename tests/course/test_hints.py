"""Hints: opened one after the other, kept, and the same text each time the notebook is run anew."""

import pytest
import traitlets

from rust_edu.course.reading import progress
from rust_edu.course.reading.hints import hint
from rust_edu.errors import InputError

pytest_plugins = ("learner",)
pytestmark = pytest.mark.usefixtures("small_lesson")


def test_a_card_opens_one_hint_after_the_other_and_remembers():
    card = hint("01.1")
    assert card.opened == 0
    card.opened = 1
    card.opened = 2
    assert progress.exercise("01.1")["hints"] == 2
    assert hint("01.1").opened == 2 and hint("01.3").opened == 0
    with pytest.raises(traitlets.TraitError):
        card.opened = 4


def test_showing_a_card_records_nothing(progress_file):
    hint("01.1")
    assert not progress_file.exists()


def test_the_card_holds_the_hints_as_html():
    assert hint("01.1").content["hints"] == [
        "<p>Where is the <em>middle</em>?</p>", "<p><code>K</code> is <code>(3, 3)</code>: $K_{00} &lt; f$</p>",
        '<pre><code class="language-python">f = 1\n</code></pre>']


def test_what_is_stored_in_a_notebook_is_always_the_same():
    first, _ = hint("01.1")._repr_mimebundle_()
    hint("01.1").opened = 2
    again, _ = hint("01.1")._repr_mimebundle_()
    view = "application/vnd.jupyter.widget-view+json"
    assert first.pop(view)["model_id"] != again.pop(view)["model_id"]
    assert first == again
    assert first["text/plain"] == 'Three hints for 01.1. The first one: hint("01.1", 1)'
    assert first["text/html"].count("<details><summary>Hint ") == 3 and "<script" not in first["text/html"]


def test_hints_as_text():
    assert repr(hint("01.3")) == 'Three hints for 01.3. The first one: hint("01.3", 1)'
    assert repr(hint("01.3", 2)) == 'Hint 1 comes before hint 2: `hint("01.3", 1)`'
    assert progress.exercise("01.3")["hints"] == 0
    assert [repr(hint("01.3", number)) for number in (1, 2, 3, 1)] == ["one", "two", "three", "one"]
    assert progress.exercise("01.3")["hints"] == 3
    assert "<em>middle</em>" in hint("01.1", 1)._repr_html_()


@pytest.mark.parametrize("number", [0, 4, -1, "1", 1.5])
def test_a_hint_that_there_is_not(number):
    assert repr(hint("01.3", number)) == 'There are 3 hints: `hint("01.3", 1)` is the first.'
    assert progress.exercise("01.3")["hints"] == 0


def test_an_unknown_exercise():
    with pytest.raises(InputError, match="unknown exercise '01.2'; expected 01.1, 01.3."):
        hint("01.2")


def test_more_hints_than_there_are_any_more():
    progress.record_hints("01.3", 7)
    assert hint("01.3").opened == 3
