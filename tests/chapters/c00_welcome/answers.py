"""Answers to the exercise of notebook 00: halfway between two latent poses."""

import torch

from tests.chapters.answers import right, wrong


@right("00.1")
def half_a_step_from_the_first(first, second):
    return first + 0.5 * (second - first)


@right("00.1")
def mean_of_a_stack(first, second):
    return torch.stack([first, second]).mean(dim=0)


@right("00.1")
def number_by_number(first, second):
    return torch.tensor([(a + b) / 2 for a, b in zip(first.tolist(), second.tolist())])


@right("00.1")
def in_double_with_lerp(first, second):
    return torch.lerp(first.double(), second.double(), 0.5)


@wrong("00.1", "sum")
def forgets_to_halve(first, second):
    return torch.add(first, second)


@wrong("00.1", "precedence")
def forgets_the_parentheses(first, second):
    return first + second / 2


@wrong("00.1", "precedence")
def halves_the_first_only(first, second):
    return 0.5 * first + second


@wrong("00.1", "step")
def only_the_step(first, second):
    return 0.5 * (second - first)


@wrong("00.1", "step")
def only_the_step_back(first, second):
    return first / 2 - second / 2


@wrong("00.1", "difference")
def only_the_difference(first, second):
    return second - first


@wrong("00.1", "one-of-them")
def stays_where_it_is(first, second):
    return first + 0 * second


@wrong("00.1", "rounded")
def divides_whole_numbers(first, second):
    return torch.floor((first + second) / 2)


@wrong("00.1", "by-how-many")
def divides_by_the_length(first, second):
    return (first + second) / len(first)


@wrong("00.1", "one-number")
def one_mean_of_all(first, second):
    return torch.cat([first, second]).mean()


@wrong("00.1", "one-number")
def stacks_and_takes_the_other_axis(first, second):
    return torch.stack([first, second], dim=1).mean(dim=0)


@wrong("00.1", "larger")
def the_larger_of_each(first, second):
    return torch.where(first > second, first, second)


@wrong("00.1", "product")
def geometric_mean(first, second):
    return first.abs() ** 0.5 * second.abs() ** 0.5


@wrong("00.1", "unit-length")
def normalised(first, second):
    return torch.nn.functional.normalize(first + second, dim=0)


@wrong("00.1", "lopsided")
def a_third_of_the_way(first, second):
    return first + (second - first) / 3


@wrong("00.1", "detour")
def equally_far_and_off_the_line(first, second):
    way = second - first
    aside = torch.roll(way, 1) - way * (torch.roll(way, 1) @ way) / (way @ way)
    return (first + second) / 2 + 0.3 * aside


@wrong("00.1", "edits-input")
def adds_in_place(first, second):
    first += second
    return first / 2


@wrong("00.1", "shape")
def one_behind_the_other(first, second):
    return torch.cat([first, second])


@wrong("00.1", "nothing-returned")
def forgets_to_return(first, second):
    middle = (first + second) / 2  # noqa: F841


@right("00.1")
def for_eight_numbers(first, second):
    """A latent pose has eight numbers, says the box."""
    middle = torch.zeros(8)
    for i in range(8):
        middle[i] = first[i] + (second[i] - first[i]) / 2
    return middle


@wrong("00.1", "smaller")
def lower_median(first, second):
    return torch.stack([first, second]).median(dim=0).values


@wrong("00.1", "distance")
def how_far_apart(first, second):
    return (second - first).abs() / 2


@wrong("00.1", "third")
def of_three(first, second):
    return (first + second) / 3


@wrong("00.1", "by-how-many")
def divided_by_eight(first, second):
    return (first + second) / 8


@wrong("00.1", "lopsided")
def one_number_alone(first, second):
    middle = first.clone()
    middle[0] = (first[0] + second[0]) / 2
    return middle


middles = {}


@wrong("00.1", "remembered")
def kept_by_rounded_numbers(first, second):
    key = (round(float(first[0]), 1), round(float(second[0]), 1))
    if key not in middles:
        middles[key] = (first + second) / 2
    return middles[key]


@wrong("00.1", "global-state")
def with_a_seed(first, second):
    torch.manual_seed(0)
    return (first + second) / 2
