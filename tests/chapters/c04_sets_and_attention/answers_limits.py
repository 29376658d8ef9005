"""Answers to the exercises of notebook 04 that are right where one usually looks: for numbers of a usual size, for all
arguments but one, for positive numbers, and for the first token."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from tests.chapters.answers import right, wrong
from tests.chapters.c04_sets_and_attention.answers import verdict

# ------------------------------------------------------------------------------------------- 04.1 attention


def soft(query, key, value, weights=lambda scores: scores.softmax(-1), scale=None):
    return weights(query @ key.mT / math.sqrt(scale or query.shape[-1])) @ value


@right("04.1")
def number_by_number(query, key, value):
    """Every query and every key in loops: slow, and right."""
    if query.ndim > 2:
        return torch.stack([number_by_number(*parts) for parts in zip(query, key, value)])
    answers = []
    for q in query:
        scores = torch.stack([(q * k).sum() / len(q) ** 0.5 for k in key])
        weights = (scores - scores.max()).exp()
        answers.append(sum(w * v for w, v in zip(weights / weights.sum(), value)))
    return torch.stack(answers)


@wrong("04.1", "no-gradient")
def keys_as_plain_numbers(query, key, value):
    return soft(query, key.detach(), value)


@wrong("04.1", "no-gradient")
def values_as_plain_numbers(query, key, value):
    return soft(query, key, torch.tensor(value.tolist()))


@wrong("04.1", "no-gradient")
def through_numpy(query, key, value):
    scores = query.detach().numpy() @ np.swapaxes(key.detach().numpy(), -1, -2) / math.sqrt(query.shape[-1])
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return torch.from_numpy(weights / weights.sum(-1, keepdims=True) @ value.detach().numpy())


@wrong("04.1", "scores-scaled")
def root_of_a_fixed_width(query, key, value):
    return soft(query, key, value, scale=8)


@wrong("04.1", "other-weights")
def positive_scores_only(query, key, value):
    return soft(query, key, value, lambda scores: scores.relu() / (scores.relu().sum(-1, keepdim=True) + 1e-9))


@wrong("04.1", "values")
def scores_cut_off(query, key, value):
    return soft(query, key, value, lambda scores: scores.clamp(-30, 30).softmax(-1))


@wrong("04.1", "weights-do-not-sum")
def room_below_the_line(query, key, value):
    def weights(scores):
        e = (scores - scores.amax(-1, keepdim=True)).exp()
        return e / (e.sum(-1, keepdim=True) + 1e-3)

    return soft(query, key, value, weights)


@wrong("04.1", "all-alike")
def mean_of_the_values(query, key, value):
    return value.mean(-2, keepdim=True).expand(*value.shape[:-2], query.shape[-2], value.shape[-1])


@wrong("04.1", "values-not-weighed")
def added_to_the_query(query, key, value):
    answers = soft(query, key, value)
    return answers + query if answers.shape == query.shape else answers


@wrong("04.1", "scenes-mixed")
def first_scene_for_all(query, key, value):
    answers = soft(query, key, value)
    return answers if query.ndim == 2 else answers[:1].expand_as(answers)


@wrong("04.1", "gives-a-score")
def scores_alone(query, key, value):
    return query @ key.mT / math.sqrt(query.shape[-1])


@wrong("04.1", "softmax-twice")
def softmax_of_a_softmax(query, key, value):
    return soft(query, key, value, lambda scores: scores.softmax(-1).softmax(-1))


@wrong("04.1", "distances-for-products")
def near_is_alike(query, key, value):
    return (-torch.cdist(query, key) / math.sqrt(query.shape[-1])).softmax(-1) @ value


@wrong("04.1", "cosine")
def angles_alone(query, key, value):
    return soft(F.normalize(query, dim=-1), F.normalize(key, dim=-1), value)


def remembering():
    kept = {}

    def first_answer_of_this_shape(query, key, value):
        return kept.setdefault((query.shape, key.shape, value.shape), soft(query, key, value))

    return first_answer_of_this_shape


wrong("04.1", "remembered")(remembering())


# ---------------------------------------------------------------------------------------------- 04.2 heads


def in_heads(query, key, value, heads, attend=soft):
    parts = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (query, key, value))
    return attend(*parts).transpose(1, 2).flatten(2)


@wrong("04.2", "no-gradient")
def heads_of_plain_keys(query, key, value, heads):
    return in_heads(query, key.detach(), value, heads)


@wrong("04.2", "always-two-heads")
def two_heads(query, key, value, heads):
    return in_heads(query, key, value, 2)


@wrong("04.2", "heads-elsewhere")
def first_head_last(query, key, value, heads):
    return in_heads(query, key, value, heads, lambda q, k, v: soft(q, k, v).roll(1, 1))


@wrong("04.2", "head-differs")
def weights_of_the_first_head(query, key, value, heads):
    return in_heads(query, key, value, heads, lambda q, k, v: soft(q[:, :1], k[:, :1], torch.eye(k.shape[2])) @ v)


@wrong("04.2", "head-differs")
def root_of_the_number_of_heads(query, key, value, heads):
    return in_heads(query, key, value, heads, lambda q, k, v: soft(q, k, v, scale=heads))


@wrong("04.2", "scenes-mixed")
def answers_of_the_first_scene(query, key, value, heads):
    return in_heads(query, key, value, heads)[:1].expand_as(query)


# -------------------------------------------------------------------------------- 04.3 multi-head attention


def multi_head(x, context, Q, K, V, O, heads, attend=soft):
    context = x if context is None else context
    return in_heads(x @ Q, context @ K, context @ V, heads, attend) @ O


@wrong("04.3", "no-gradient")
def context_as_plain_numbers(x, context, Q, K, V, O, heads):
    return multi_head(x, None if context is None else context.detach(), Q, K, V, O, heads)


@wrong("04.3", "no-gradient")
def last_matrix_as_plain_numbers(x, context, Q, K, V, O, heads):
    return multi_head(x, context, Q, K, V, torch.tensor(O.tolist()), heads)


@wrong("04.3", "gradient")
def itself_as_plain_numbers(x, context, Q, K, V, O, heads):
    return multi_head(x, x.detach() if context is None else context, Q, K, V, O, heads)


@wrong("04.3", "W_query-elsewhere")
def queries_as_they_are(x, context, Q, K, V, O, heads):
    return multi_head(x, context, torch.eye(*Q.shape), K, V, O, heads)


@wrong("04.3", "W_value-elsewhere")
def keys_matrix_for_both(x, context, Q, K, V, O, heads):
    return multi_head(x, context, Q, K, K, O, heads)


@wrong("04.3", "W_out-elsewhere")
def absolute_last_matrix(x, context, Q, K, V, O, heads):
    return multi_head(x, context, Q, K, V, O.abs(), heads)


@wrong("04.3", "more-than-heads")
def shared_out_among_the_heads(x, context, Q, K, V, O, heads):
    return multi_head(x, context, Q, K, V, O, heads) / heads


@wrong("04.3", "more-than-heads")
def context_of_the_next_scene(x, context, Q, K, V, O, heads):
    return multi_head(x, context if context is None else context.roll(1, 0), Q, K, V, O, heads)


# ------------------------------------------------------------------------------------------- 04.4 symmetry


def judged(function, tokens, generator, trials, same, stays=lambda r, x: r.ndim == 3 and r.shape[1] == x.shape[1]):
    straight = function(tokens)
    invariant, equivariant = True, stays(straight, tokens)
    for _ in range(trials):
        order = torch.randperm(tokens.shape[1], generator=generator)
        shuffled = function(tokens[:, order])
        invariant = invariant and shuffled.shape == straight.shape and same(shuffled, straight)
        equivariant = equivariant and same(shuffled, straight[:, order])
    return verdict(invariant, equivariant)


def largest(a, b):
    return bool((a - b).abs().max() <= 1e-4 * b.abs().max())


@right("04.4")
def by_numpy(function, tokens, generator, trials=20):
    return judged(function, tokens, generator, trials,
                  lambda a, b: np.abs(a.numpy() - b.numpy()).max() < 1e-4 * np.abs(b.numpy()).max())


@right("04.4")
def of_the_larger_of_both(function, tokens, generator, trials=20):
    return judged(function, tokens, generator, trials,
                  lambda a, b: bool((a - b).abs().max() < 1e-4 * torch.maximum(a.abs().max(), b.abs().max())))


@wrong("04.4", "mean-difference")
def mean_against_the_largest(function, tokens, generator, trials=20):
    return judged(function, tokens, generator, trials,
                  lambda a, b: bool((a - b).abs().mean() <= 1e-4 * b.abs().max()))


@wrong("04.4", "mean-difference")
def mean_against_the_mean(function, tokens, generator, trials=20):
    return judged(function, tokens, generator, trials,
                  lambda a, b: bool((a - b).abs().mean() <= 1e-4 * b.abs().mean()))


@wrong("04.4", "negative-numbers")
def of_the_largest_with_its_sign(function, tokens, generator, trials=20):
    return judged(function, tokens, generator, trials, lambda a, b: bool((a - b).abs().max() <= 1e-4 * b.max()))


@wrong("04.4", "other-width")
def of_the_same_width(function, tokens, generator, trials=20):
    return judged(function, tokens, generator, trials, largest, lambda r, x: r.shape == x.shape)


@wrong("04.4", "absolute-tolerance")
def a_fixed_tolerance(function, tokens, generator, trials=20):
    return judged(function, tokens, generator, trials, lambda a, b: torch.allclose(a, b, rtol=1e-4, atol=1e-4))


@wrong("04.4", "not-all-columns")
def first_of_axis_one(function, tokens, generator, trials=20):
    return judged(function, tokens, generator, trials,
                  lambda a, b: bool((a - b)[:, 0].abs().max() <= 1e-4 * b.abs().max()))


# ------------------------------------------------------------------------------------ 04.5 Fourier features


def waves(x, octaves, start=0):
    angles = (x[..., None] * math.pi * 2.0 ** torch.arange(start, start + octaves)).flatten(-2)
    return torch.cat([angles.sin(), angles.cos()], -1)


@right("04.5")
def features_by_numpy(x, octaves, start=0):
    angles = (x.numpy()[..., None] * np.pi * 2.0 ** np.arange(start, start + octaves)).reshape(*x.shape[:-1], -1)
    return torch.from_numpy(np.concatenate([np.sin(angles), np.cos(angles)], -1).astype(np.float32))


@right("04.5")
def without_a_gradient(x, octaves, start=0):
    return waves(x.detach(), octaves, start)


@wrong("04.5", "clipped")
def positions_kept_inside(x, octaves, start=0):
    return waves(x.clamp(-1, 1), octaves, start)


@wrong("04.5", "another-channel")
def positions_wrapped(x, octaves, start=0):
    return waves(x % 1, octaves, start)


@wrong("04.5", "another-wave")
def frequencies_in_even_steps(x, octaves, start=0):
    frequencies = math.pi * torch.linspace(2.0**start, 2.0 ** (start + octaves - 1), octaves)
    angles = (x[..., None] * frequencies).flatten(-2)
    return torch.cat([angles.sin(), angles.cos()], -1)


@wrong("04.5", "another-channel")
def fast_waves_first(x, octaves, start=0):
    angles = (x[..., None] * math.pi * 2.0 ** torch.arange(start, start + octaves).flip(0)).flatten(-2)
    return torch.cat([angles.sin(), angles.cos()], -1)


@wrong("04.5", "another-channel")
def start_twice(x, octaves, start=0):
    return waves(2.0**start * x, octaves, start)


@wrong("04.5", "values")
def tiny_positions_as_zero(x, octaves, start=0):
    return waves(torch.where(x.abs() < 1e-3, 0 * x, x), octaves, start)
