"""Questions: every option explained, the first answer kept, a prediction explained after its result."""

import pytest

from rust_edu.course.reading import progress
from rust_edu.course.reading.quizzes import predict, quiz
from rust_edu.errors import InputError

pytest_plugins = ("learner",)
pytestmark = pytest.mark.usefixtures("small_lesson")


def test_nothing_is_chosen_beforehand_and_the_first_answer_is_kept(progress_file):
    card = quiz("01.q1")
    assert card.chosen == -1 and not progress_file.exists()
    card.chosen = 1
    card.chosen = 0
    kept = progress.read()["quizzes"]["01.q1"]
    assert (kept["answer"], kept["right"]) == (1, False)
    assert quiz("01.q1").chosen == -1  # to think about once more


def test_a_card_holds_every_explanation_as_html():
    content = quiz("01.q1").content
    assert content["question"] == "<p>Why divide by $\\sqrt{d}$?</p>"
    assert [option["right"] for option in content["options"]] == [True, False, False]
    assert content["options"][0]["text"] == "<p>To keep it <strong>soft</strong></p>"
    assert "&lt;b&gt;" in content["options"][2]["text"]
    assert all(option["explanation"].startswith("<p>") for option in content["options"])


@pytest.mark.parametrize("chosen", [-1, 3, 99])
def test_an_option_that_there_is_not_is_not_kept(chosen):
    card = quiz("01.q1")
    card.chosen = 5
    card.chosen = chosen
    assert progress.read()["quizzes"] == {}


def test_a_prediction_can_change_until_its_result_is_seen():
    card = predict("01.p1")
    card.chosen = 0
    card.chosen = 1
    assert progress.prediction("01.p1")["answer"] == 1
    again = predict("01.p1")
    assert (again.chosen, again.seen) == (1, False)
    again.seen = True
    again.chosen = 0  # a second window: too late
    assert progress.prediction("01.p1")["answer"] == 1
    assert (predict("01.p1").chosen, predict("01.p1").seen) == (1, True)


def test_a_prediction_of_a_question_that_has_changed_since():
    progress.record_answer("01.p1", "predict", 7, False)
    assert predict("01.p1").chosen == -1


@pytest.mark.parametrize("show", [lambda: quiz("01.q1"), lambda: predict("01.p1")])
def test_what_is_stored_in_a_notebook_is_always_the_same(show):
    stored = []
    for _ in range(2):
        card = show()
        data, _ = card._repr_mimebundle_()
        stored.append({"text": data["text/plain"], "html": data["text/html"]})
        card.chosen = 1
    assert stored[0] == stored[1]
    assert "<script" not in stored[0]["html"] and "✗ Not right." in stored[0]["html"].partition("<details>")[2]
    assert "✗" not in stored[0]["text"] + stored[0]["html"].partition("<details>")[0]


def test_a_question_without_a_widget_has_its_letters():
    html = quiz("01.q1")._repr_mimebundle_()[0]["text/html"]
    assert "<p><b>A.</b> To keep it <strong>soft</strong></p>" in html
    assert "<p><b>B. ✗ Not right. </b>A division costs time.</p>" in html


def test_a_quiz_as_text():
    assert repr(quiz("01.q1")).splitlines()[1:3] == ["  A. To keep it **soft**", "  B. For speed"]
    assert repr(quiz("01.q1", "b")) == "B. ✗ Not right. A division costs time."
    assert repr(quiz("01.q1", " A ")) == "A. ✓ Right. The variance grows with $d$."
    assert progress.read()["quizzes"]["01.q1"]["answer"] == 1
    for answer in ("D", "", "AB", "1", 1, "É"):
        assert repr(quiz("01.q1", answer)) == "Choose one of A, B, C."


def test_a_prediction_as_text():
    assert repr(predict("01.p1", "seen")) == "Choose one of A, B."
    assert repr(predict("01.p1", "b")) == 'Noted: B. When you have seen the result: `predict("01.p1", "seen")`'
    both = "B. ✗ Not right. That would be $x$.\n\nA. ✓ Right. Rows count downwards."
    assert repr(predict("01.p1", "seen")) == both == repr(predict("01.p1", "A"))
    assert progress.prediction("01.p1")["answer"] == 1


def test_a_right_prediction_is_explained_once():
    predict("01.p1", "A")
    assert repr(predict("01.p1", "seen")) == "A. ✓ Right. Rows count downwards."


@pytest.mark.parametrize("ask, key, says", [(quiz, "01.p1", "not for quiz"), (predict, "01.q1", "not for predict"),
                                            (quiz, "01.q2", "unknown question"), (quiz, "q1", "no question")])
def test_a_question_that_there_is_not(ask, key, says):
    with pytest.raises(InputError, match=says):
        ask(key)
