"""The page of diagnoses is what the tests' answers give."""

from dataclasses import dataclass

import pytest

from rust_edu.course.checking.exercise import Exercise, Suspect
from rust_edu.course.making.build import Course
from rust_edu.course.making.diagnoses import diagnoses_page, diagnoses_table, known_answers
from rust_edu.errors import InputError

ROOT = Course.__dataclass_fields__["root"].default


@dataclass(frozen=True)
class Answer:
    exercise: str
    name: str
    diagnosis: str | None


def test_the_page_is_in_step():
    page = (ROOT / "docs" / "diagnoses.md").read_text(encoding="utf-8")
    assert page == diagnoses_page(known_answers(ROOT)), "run `rust-edu course diagnoses --write`"


def test_a_table_has_right_answers_first_and_says_what_readers_are_told(monkeypatch):
    exercise = Exercise("15.10", "double", reference=abs, cases=lambda g: (), suspects=(
        Suspect("square", abs, "The square,\n  | not the double."),))
    monkeypatch.setattr("rust_edu.course.making.diagnoses.find_exercise", lambda key: exercise)
    table = diagnoses_table([Answer("15.10", "times_itself", "square"), Answer("15.10", "adds", None),
                             Answer("15.10", "prints", "nothing-returned"), Answer("15.9", "halves", "shape")])
    assert table.splitlines()[2:] == [
        "| **15.9 double** |  | *solved* | |",
        "| | halves | *shape* |  |",
        "| **15.10 double** | adds | *solved* | |",
        "| | prints | *nothing-returned* |  |",
        "| | times itself | square | The square, \\| not the double. |",
    ]


def test_outside_of_a_checkout_one_line_says_so(tmp_path):
    with pytest.raises(InputError, match="no folder tests/chapters"):
        known_answers(tmp_path)
