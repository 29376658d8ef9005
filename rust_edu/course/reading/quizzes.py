"""quiz() and predict(): questions with an explanation for every option.

A quiz explains what was chosen at once. A prediction is made before a result is shown, and explained after it.
Public: `quiz`, `predict`.
"""

from . import progress
from .cards import LETTERS, Note, QuestionCard, verdict
from .lessons import question

SEEN = "seen"


def quiz(question_id: str, answer: str | None = None) -> QuestionCard | Note:
    """A question, as a card; with an answer ("A", "B", ...), the explanation of that option as text.

    Every option may be looked at; the first answer is kept. Raises InputError for an unknown question.
    """
    asked = question(question_id, "quiz")
    if answer is not None:
        index = _index(asked, answer)
        if index is None:
            return _which(asked)
        _record(question_id, asked, index)
        return Note(_explanation(asked, index))
    card = QuestionCard(question_id, asked)
    card.observe(lambda change: _record(question_id, asked, change["new"]), "chosen")
    return card


def predict(question_id: str, answer: str | None = None) -> QuestionCard | Note:
    """A question to answer before its result is shown, as a card; as text with an answer ("A", "B", ...), and then
    with "seen".

    The choice may be changed until the result has been seen. Raises InputError for an unknown question.
    """
    asked = question(question_id, "predict")
    before = progress.prediction(question_id)
    if before is not None and before["answer"] >= len(asked["options"]):
        before = None  # the question is not what it was
    if answer is not None:
        return _predict_as_text(question_id, asked, answer, before)
    card = QuestionCard(question_id, asked, before["answer"] if before else -1, bool(before and before["seen"]))
    card.observe(lambda change: _record(question_id, asked, change["new"]), "chosen")
    card.observe(lambda change: progress.record_seen(question_id), "seen")
    return card


def _predict_as_text(question_id: str, asked: dict, answer: str, before: dict | None) -> Note:
    if answer == SEEN and before is not None:
        progress.record_seen(question_id)
    if before is not None and (answer == SEEN or before["seen"]):
        right = next(i for i, option in enumerate(asked["options"]) if option["right"])
        shown = dict.fromkeys([before["answer"], right])  # once, if they are the same
        return Note("\n\n".join(_explanation(asked, index) for index in shown))
    index = _index(asked, answer)
    if index is None:
        return _which(asked)
    _record(question_id, asked, index)
    return Note(f'Noted: {LETTERS[index]}. When you have seen the result: `predict("{question_id}", "{SEEN}")`')


def _index(asked: dict, answer: str) -> int | None:
    """The number of the option with this letter, small or large."""
    letter = str(answer).strip().upper()
    return LETTERS.index(letter) if len(letter) == 1 and letter in LETTERS[:len(asked["options"])] else None


def _which(asked: dict) -> Note:
    return Note(f"Choose one of {', '.join(LETTERS[:len(asked['options'])])}.")


def _explanation(asked: dict, index: int) -> str:
    option = asked["options"][index]
    return f"{LETTERS[index]}. {verdict(option['right'])}{option['explanation']}"


def _record(question_id: str, asked: dict, index: int) -> None:
    if 0 <= index < len(asked["options"]):
        progress.record_answer(question_id, asked["kind"], index, asked["options"][index]["right"])
