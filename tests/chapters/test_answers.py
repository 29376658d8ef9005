"""Every exercise: the reference passes, different right answers pass, wrong ones fail with their own diagnosis."""

import functools
from collections import Counter

import pytest

from rust_edu.course.checking.checks import examine
from rust_edu.course.checking.exercise import Exercise, all_exercises
from tests.chapters.answers import Answer, answers

pytestmark = [pytest.mark.filterwarnings(r"ignore:std\(\)"),  # torch's words on what students write
              pytest.mark.filterwarnings("ignore:The use of `x.T`")]
EXERCISES = list(all_exercises())
ANSWERS = answers()
SEEDS = (0, 20221205)


def reference_under_another_name(exercise: Exercise):
    """The package's own, but not the same object: a check takes that for the reader's own work."""
    if isinstance(exercise.reference, type):
        return type(exercise.name, (exercise.reference,), {})

    @functools.wraps(exercise.reference)
    def copy(*args, **kwargs):
        return exercise.reference(*args, **kwargs)

    return copy


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_the_reference_passes(exercise):
    for seed in SEEDS:
        result = examine(exercise, reference_under_another_name(exercise), seed)
        assert result.solved, f"{result.state}: {result.diagnosis}"


@pytest.mark.parametrize("answer", [a for a in ANSWERS if a.diagnosis is None], ids=lambda a: f"{a.exercise}-{a.name}")
def test_a_different_right_answer_passes(answer: Answer):
    for seed in SEEDS:
        result = examine(answer.exercise, answer.candidate, seed)
        assert result.solved, f"{result.state}: {result.diagnosis}"


@pytest.mark.parametrize("answer", [a for a in ANSWERS if a.diagnosis], ids=lambda a: f"{a.exercise}-{a.name}")
def test_a_wrong_answer_gets_its_own_diagnosis(answer: Answer):
    for seed in SEEDS:
        result = examine(answer.exercise, answer.candidate, seed)
        assert result.state == "wrong"
        assert result.diagnosis.name == answer.diagnosis, f"{result.diagnosis.name}: {result.diagnosis}"
        assert result.diagnosis.what


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_an_exercise_has_enough_answers(exercise):
    mine = [a for a in ANSWERS if a.exercise == exercise.id]
    diagnoses = Counter(a.diagnosis for a in mine if a.diagnosis)
    assert sum(a.diagnosis is None for a in mine) >= 1, "no different right answer"
    assert len(diagnoses) >= 4, f"wrong answers with only {len(diagnoses)} diagnoses of their own"


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_every_known_mistake_is_made_by_a_wrong_answer(exercise):
    """A suspect that no answer ever gets might never be found."""
    named = {a.diagnosis for a in ANSWERS if a.exercise == exercise.id}
    assert not {s.name for s in exercise.suspects} - named


def test_answers_belong_to_exercises():
    assert {a.exercise for a in ANSWERS} <= {e.id for e in EXERCISES}


def test_stubs_and_empty_functions():
    """What a stub does, and a function without a body, for every exercise."""

    def stub(*args, **kwargs):
        raise NotImplementedError("Not done yet")

    for exercise in EXERCISES:
        if not isinstance(exercise.reference, type):
            assert examine(exercise, stub).state == "not done"
            empty = examine(exercise, lambda *a, **k: None)
            assert empty.state == "wrong" and empty.diagnosis.name in ("nothing-returned", "type", "exception")
