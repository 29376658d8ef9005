"""Lessons: what is looked up, what is said for what is not there, and Markdown with maths as HTML."""

import json
import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rust_edu.course.reading import lessons
from rust_edu.course.reading.lessons import available, exercise_box, lesson, notebook_of, question, to_html
from rust_edu.errors import InputError

pytest_plugins = ("learner",)
pytestmark = pytest.mark.usefixtures("small_lesson")

SHIPPED = sorted(lessons.FOLDER.glob("*/lesson.json"))  # not the small one
BLOCKS = re.compile(r"<(blockquote|ul|ol|h[1-6r]|table)\b")


def test_what_is_there_is_found():
    assert available() == ["01"]
    assert lesson("01")["title"] == "Cameras & rays"
    assert exercise_box("01.3")["name"] == "pixel_rays"
    assert question("01.q1", "quiz")["options"][0]["right"]
    assert notebook_of("01.q1") == "01"


@pytest.mark.parametrize("ask, says", [
    (lambda: lesson("02"), "unknown notebook '02'; expected 01."),
    (lambda: lesson("../01"), "unknown notebook '../01'; expected 01."),
    (lambda: exercise_box("01.9"), "unknown exercise '01.9'; expected 01.1, 01.3."),
    (lambda: exercise_box("02.1"), "unknown notebook '02'; expected 01."),
    (lambda: exercise_box("1"), "'1' is no exercise; expected the notebook, a dot and the exercise"),
    (lambda: exercise_box(1.3), "1.3 is no exercise"),
    (lambda: question("01.q7", "quiz"), "unknown question '01.q7'; expected 01.q1, 01.p1."),
    (lambda: question("01.p1", "quiz"), "'01.p1' is not for quiz(); expected predict(\"01.p1\")."),
])
def test_what_is_not_there_is_one_line(ask, says):
    with pytest.raises(InputError) as error:
        ask()
    assert str(error.value).startswith(says)
    assert "\n" not in str(error.value)


def test_without_lessons_the_line_says_how_to_make_them(tmp_path, monkeypatch):
    monkeypatch.setattr(lessons, "FOLDER", tmp_path / "none")
    with pytest.raises(InputError, match="rust-edu course build"):
        lesson("01")


@pytest.mark.parametrize("markdown, html", [
    ("*a* and `b_c`", "<p><em>a</em> and <code>b_c</code></p>"),
    ("$x_1 * y_2$ and *a*", "<p>$x_1 * y_2$ and <em>a</em></p>"),
    (r"$\{a\}$", r"<p>$\{a\}$</p>"),
    ("$a < b$", "<p>$a &lt; b$</p>"),
    ("`$a$`", "<p><code>$a$</code></p>"),
    ("5 $ or *6* $ a", "<p>5 $ or <em>6</em> $ a</p>"),
    ("a\n\n$$\nx_1 \\\\ *y*\n$$", "<p>a</p>\n<p>$$\nx_1 \\\\ *y*\n$$</p>"),
    ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    ("[a](javascript:alert)", "<p>[a](javascript:alert)</p>"),
    ("| a |\n|---|\n| b |", "<table>"),
])
def test_markdown(markdown, html):
    assert to_html(markdown).startswith(html)


@given(st.text(alphabet="ab_*^{}<>&`\\", min_size=1).map(str.strip).filter(lambda text: text and "`" not in text))
def test_maths_reaches_the_typesetter_as_it_was_written(text):
    assert unescape(to_html(f"so ${text}$ is *it*")) == f"<p>so ${text}$ is <em>it</em></p>"


def texts(cards: dict) -> list[tuple[str, str]]:
    """Every text that a card of a lesson shows, with the name of its exercise or question."""
    found = [(key, hint) for key, box in cards["exercises"].items() for hint in box["hints"]]
    for key, asked in cards["quizzes"].items():
        found += [(key, asked["question"])]
        found += [(key, option[part]) for option in asked["options"] for part in ("text", "explanation")]
    return found


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.parent.name)
def test_no_line_of_a_card_begins_with_what_markdown_takes_for_a_sign(file):
    """Wrapped before `>`, `- ` or `+ `, prose becomes a quotation or a list. No card means one; should one, say so."""
    cards = json.loads(file.read_text(encoding="utf-8"))
    broken = [f"{key}: {text}" for key, text in texts(cards) if BLOCKS.search(to_html(text))]
    assert not broken


@pytest.mark.parametrize("text, block", [
    ("a hit is `(under >= 0) & (t\n> 0)`; else", "blockquote"), ("then (S, T(T\n- 1), L).", "ul"),
    ("two\n+ three", "ul"), ("two\n* three", "ul"), ("see\n1. of five", "ol"),
    ("so\n# of them", "h1"), ("so\n---\nmuch", "h2")])
def test_a_sign_at_the_beginning_of_a_line_is_found(text, block):
    assert BLOCKS.search(to_html(text))[1] == block


def test_a_sign_inside_a_block_of_code_is_none():
    assert not BLOCKS.search(to_html("```python\n# a remark\n- b\n> c\n```"))
