"""The check's judgement of numbers, each by itself; of what is kept between calls; and the words for what is raised."""

import math
from dataclasses import replace

import pytest
import torch

from rust_edu.course.checking.checks import examine
from rust_edu.course.checking.exercise import Case, Exercise
from tests.course.test_checks import RAYS, K, right


def test_small_numbers_beside_large_ones_are_compared_too():
    both = Exercise("99.6", "both", reference=lambda x: torch.stack([1000 * x, x]),
                    cases=lambda g: [Case("random", torch.rand(3, generator=g) + 0.5)])
    assert examine(both, lambda x: torch.stack([x * 1000, x])).solved
    found = examine(both, lambda x: torch.stack([1000 * x, x + 0.05])).diagnosis
    assert found.name == "values" and "3 of 6" in found.what and "in row 1" in found.seen


def test_plain_numbers_have_no_floor():
    rate = Exercise("99.6", "rate", reference=lambda x: 0.003 * x, cases=lambda g: [Case("half", 0.5)])
    assert examine(rate, lambda x: x * 3 / 1000).solved
    for wrong in (lambda x: round(0.003 * x, 4) if x < 1 else 0.003, lambda x: 0.003 * x + 1e-5):
        assert examine(replace(rate, cases=lambda g: [Case("odd", 0.517)]), wrong).diagnosis.name == "values"


def test_what_is_shown_is_what_differs():
    moved = Exercise("99.6", "pose", reference=lambda x: torch.diag(x), cases=lambda g: [
        Case("random", torch.rand(4, generator=g) + 1)])

    def last_row_wrong(x):
        pose = torch.diag(x)
        pose[3, 0] = 7.0
        return pose

    found = examine(moved, last_row_wrong).diagnosis
    assert "7" in found.seen and "row 3" in found.seen and found.seen != found.expected
    nan = examine(moved, lambda x: torch.diag(x) + torch.tensor([0, 0, 0, torch.nan])).diagnosis
    assert nan.name == "not-finite" and "nan" in nan.seen


def test_an_answer_kept_from_an_earlier_call_is_named():
    kept = {}

    def by_shape(c, k, p):
        return kept.setdefault(tuple(p.shape), right(c, k, p))

    found = examine(RAYS, by_shape).diagnosis
    assert found.name == "remembered" and "keeps a result" in found.what


def test_a_case_of_its_own_shape_is_asked_twice():
    one = replace(RAYS, properties=(), gradient=False, suspects=(), cases=lambda g: [Case(
        "random", torch.eye(4), K, torch.rand(5, 2, generator=g))])
    kept, calls = {}, []

    def by_shape(c, k, p):
        return kept.setdefault(tuple(p.shape), right(c, k, p))

    def third_time(c, k, p):
        calls.append(None)
        origins, directions = right(c, k, p)
        return origins, directions if len(calls) < 3 else -directions

    assert examine(one, by_shape).diagnosis.name == "remembered"
    assert examine(one, third_time).diagnosis.name == "remembers"


def test_a_case_says_what_the_text_asks_for():
    rate = Exercise("99.6", "rate", reference=lambda step, warmup: min(1.0, (step + 1) / max(1, warmup)),
                    cases=lambda g: [Case("step 3, no warm-up", 3, 0).asking("Without warm-up the rate is the peak.")])
    found = examine(rate, lambda step, warmup: min(1.0, (step + 1) / warmup)).diagnosis
    assert found.name == "exception" and "`warmup` is 0 here" in found.what and "the rate is the peak" in found.what
    assert "step = 3, warmup = 0" in found.seen
    assert "the rate is the peak" in examine(rate, lambda step, warmup: 0.5).diagnosis.what


@pytest.mark.parametrize(("candidate", "words"), [
    (lambda c, k: c, "other arguments"), (lambda c, k, p: p @ c, "last axis on the left"),
    (lambda c, k, p: math.sqrt(-1.0), "below 0"), (lambda c, k, p: torch.sqrt(2.0), "tensors"),
])
def test_exceptions_say_what_they_mean(candidate, words):
    found = examine(RAYS, candidate).diagnosis
    assert found.name == "exception" and words in found.what
