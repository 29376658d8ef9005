"""Answers to the exercises of notebook 08 that are right where one usually looks: for short warm-ups, good probes and
models that differ."""

import math

import torch

from rust_edu.course.chapters.c08_train_rust.paired import paired_difference
from rust_edu.course.chapters.c08_train_rust.schedule import learning_rate
from tests.chapters.answers import wrong
from tests.chapters.c08_train_rust.answers import one_turn, rows_of_pairs


@wrong("08.1", "values")
def none_if_it_is_everything(step, steps, warmup, peak):
    return learning_rate(step, steps, 0 if warmup == steps else warmup, peak)


@wrong("08.1", "values")
def one_step_shorter(step, steps, warmup, peak):
    return learning_rate(step, steps, min(warmup, steps - 1), peak)


@wrong("08.1", "values")
def halved_if_it_is_everything(step, steps, warmup, peak):
    return learning_rate(step, steps, warmup, peak) * (0.5 if warmup == steps else 1.0)


@wrong("08.1", "values")
def never_above_one(step, steps, warmup, peak):
    return min(1.0, learning_rate(step, steps, warmup, peak))


@wrong("08.2", "errors-wrapped")
def errors_go_round(z, where, fit, probe):
    x, y = rows_of_pairs(z, where)
    y[..., 0] = one_turn(y[..., 0])
    x_fit, y_fit, x, y = (v.flatten(0, 1) for v in (x[:fit], y[:fit], x[fit:], y[fit:]))
    error = y - probe(x_fit, y_fit, x)
    error[:, 0] = torch.remainder(error[:, 0] + math.pi, 2 * math.pi) - math.pi
    return 1 - error.square().sum(0) / (y - y.mean(0)).square().sum(0)


@wrong("08.2", "values")
def not_below_minus_one(z, where, fit, probe):
    x, y = rows_of_pairs(z, where)
    y[..., 0] = one_turn(y[..., 0])
    x_fit, y_fit, x, y = (v.flatten(0, 1) for v in (x[:fit], y[:fit], x[fit:], y[fit:]))
    error = y - probe(x_fit, y_fit, x)
    return (1 - error.square().sum(0) / (y - y.mean(0)).square().sum(0)).clamp(min=-1.0)


@wrong("08.3", "values")
def a_smallest_error(a, b):
    difference, paired, unpaired = paired_difference(a, b)
    return difference, max(paired, 0.01), unpaired
