"""Answers without their memory, and what a check says of those that need theirs."""

import functools
import random

import torch

from rust_edu.course.checking.checks import examine
from rust_edu.course.checking.exercise import Case, Exercise
from rust_edu.course.checking.memory import without_memory

kept, TABLE = {}, {"a": 1}
DOUBLE = Exercise("99.6", "double", reference=lambda x: 2 * x, gradient=False, cases=lambda g: [
    Case(f"{n} numbers", torch.rand(n, generator=g)) for n in (3, 4, 3, 4, 2)])


def in_a_global(key, value):
    return kept.setdefault(key, value)


def through_another(key, value):
    return in_a_global(key, value) + 0


def in_a_default(key, value, known={}):  # noqa: B006
    return known.setdefault(key, value)


def around():
    known = []

    def first(key, value):
        known.append(value)
        return known[0]

    return first


@functools.lru_cache
def counted(key):
    return random.random()


def test_a_copy_has_never_been_called():
    for function in (in_a_global, through_another, in_a_default, around()):
        assert function("a", 1) == 1 and function("a", 2) == 1
        assert without_memory(function)("a", 3) == 3
        assert function("a", 4) == 1, "the function itself keeps what it had"
    assert counted(1) == counted(1)
    assert without_memory(counted)(1) != counted(1)
    assert without_memory(len) is len


def test_it_calls_itself_and_others_as_before():
    def power(n):
        return 1 if n == 0 else 2 * power(n - 1)

    assert without_memory(power)(5) == 32


def test_a_part_that_is_kept_is_named():
    halves = {}

    def double(x):
        half = halves.setdefault(len(x), x[:1].clone())
        return torch.cat([2 * half, 2 * x[1:]])

    found = examine(DOUBLE, double).diagnosis
    assert found.name == "remembered" and "Asked about 3 numbers first of all" in found.what


def test_a_result_of_another_shape_is_seen_to_be_kept():
    once = []

    def double(x):
        once.append(2 * x)
        return once[0]

    found = examine(DOUBLE, double).diagnosis
    assert found.name == "remembered" and found.seen == "(3,)"


def test_a_table_that_is_needed_excuses_nothing():
    found = examine(DOUBLE, lambda x: (TABLE["a"] + 2) * x).diagnosis
    assert found.name == "values"


def test_a_seed_that_stood_there_before_is_seen_to_be_set_again():
    def double(x):
        torch.manual_seed(5)
        return 2 * x

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        torch.rand(3)
        before = torch.get_rng_state()
        found = examine(DOUBLE, double).diagnosis
        assert found.name == "global-state" and "torch.manual_seed" in found.what
        assert torch.equal(torch.get_rng_state(), before)
        assert examine(DOUBLE, lambda x: 2 * x + 0 * torch.rand(len(x))).solved, "drawing is no fault"
        assert torch.equal(torch.get_rng_state(), before) and torch.initial_seed() == 5


def test_what_is_frozen_gets_no_gradient():
    half = Exercise("99.6", "through", reference=lambda x, part: part(x), cases=lambda g: [
        Case("three numbers", torch.rand(2, 3, generator=g), torch.nn.Linear(3, 3))])
    found = examine(half, lambda x, part: part.requires_grad_(False)(x)).diagnosis
    assert found.name == "no-gradient" and "`part.*`" in found.what and "written into" not in found.what
