"""Where a chain of parts goes another way: each verdict, on a chain of two linear layers and one that compares."""

import pytest
import torch
from torch import nn

from rust_edu.course.checking.exercise import Diagnosis
from rust_edu.course.checking.traced import first_other_step


class Compares(nn.Module):
    """Adds to each vector the sum of the context of its row."""

    def forward(self, x, context):
        return x + context.sum(1, keepdim=True)


def reference(x, context, first, compare, last):
    x = x + first(x)
    return last(compare(x, context))


def left_out(x, context, first, compare, last):
    return last(compare(x, context))


def twice(x, context, first, compare, last):
    x = x + first(x)
    return last(compare(x + first(x), context))


def turned_round(x, context, first, compare, last):
    x = compare(x, context)
    return last(x + first(x))


def replaced(x, context, first, compare, last):
    return last(compare(first(x), context))


def no_context(x, context, first, compare, last):
    x = x + first(x)
    return last(compare(x, x))


def wrong_rows(x, context, first, compare, last):
    x = x + first(x)
    return last(compare(x, context.flip(0)))


def doubled(x, context, first, compare, last):
    return 2 * reference(x, context, first, compare, last)


def told(answer):
    g = torch.Generator().manual_seed(0)
    x, context = torch.randn(2, 3, 4, generator=g), torch.randn(2, 5, 4, generator=g)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(1)
        first, compare, last = nn.Linear(4, 4), Compares(), nn.Linear(4, 4)
    first_other_step(answer, reference, (x, context, first, compare, last),
                     {"first": first, "compare": compare, "last": last}, {"x": x, "the context": context},
                     "what `last` gave", "A heading")


@pytest.mark.parametrize("answer, name, seen, expected", [
    (left_out, "part-unused", "compare, last", "first, compare, last"),
    (twice, "part-too-often", "first, first, compare, last", "first, compare, last"),
    (turned_round, "other-order", "compare, first, last", "first, compare, last"),
    (replaced, "other-step", "what `first` gave", "x plus what `first` gave"),
    (no_context, "other-step", "x plus what `first` gave", "the context"),
    (wrong_rows, "other-pairing", "the right vectors in another order", "each with its own"),
    (doubled, "other-result", "nothing that was there before, nor the sum of two such things", "what `last` gave"),
], ids=lambda value: getattr(value, "__name__", None))
def test_the_first_step_that_differs_is_named(answer, name, seen, expected):
    with pytest.raises(Diagnosis) as found:
        told(answer)
    assert (found.value.name, found.value.seen, found.value.expected) == (name, seen, expected)


def in_a_loop(x, context, first, compare, last):
    rows = [reference(x[b:b + 1], context[b:b + 1], first, compare, last) for b in range(len(x))]
    return torch.cat(rows)


def wrong_in_a_loop(x, context, first, compare, last):
    return in_a_loop(x, context, first, compare, last) + 1


@pytest.mark.parametrize("answer", [reference, in_a_loop, wrong_in_a_loop])
def test_nothing_is_said_of_right_answers_and_of_loops(answer):
    told(answer)
