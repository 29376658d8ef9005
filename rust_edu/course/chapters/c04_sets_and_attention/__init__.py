"""Checks of notebook 04: attention, heads, cross-attention, a test for the symmetry of sets, Fourier features.

Axes: B scenes, T queries, K tokens asked, D width of x, C of the context, E of the heads together, d of one head.
"""

import math

import torch
from torch import Tensor

from ....figures.beside import of_first_part
from ....models import layers
from ...checking.exercise import Case, Diagnosis, Exercise
from .exceptions import axes_of_a_test, explaining, one_length_for_both
from .mistakes import FEATURE_SUSPECTS, HEAD_SUSPECTS, PROJECTION_SUSPECTS, SOFTMAX_SUSPECTS
from .set_functions import (
    SYMMETRY_SUSPECTS,
    planted_functions,
    symmetry,
    the_generator_and_the_trials,
    the_orders_that_are_tried,
)


def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Scaled dot product attention: (..., T, d), (..., K, d), (..., K, d_v) -> (..., T, d_v)."""
    return (query @ key.mT / math.sqrt(query.shape[-1])).softmax(-1) @ value


def attend_in_heads(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
    """Each head attends with its own block of the columns: (B, T, E), (B, K, E), (B, K, E) -> (B, T, E)."""
    query, key, value = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (query, key, value))
    return attention(query, key, value).transpose(1, 2).flatten(2)


def multi_head_attention(x: Tensor, context: Tensor | None, W_query: Tensor, W_key: Tensor, W_value: Tensor,
                         W_out: Tensor, heads: int) -> Tensor:
    """x (B, T, D) asks the context (B, K, C), or itself: projections (D, E), (C, E), (C, E), (E, D) -> (B, T, D)."""
    context = x if context is None else context
    return attend_in_heads(x @ W_query, context @ W_key, context @ W_value, heads) @ W_out


def _normal(g: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=g)


def _is(result: object, *shape: int) -> bool:
    """Whether a property can say more: a result of another kind or shape is the general diagnosis's."""
    return type(result) is Tensor and result.shape == shape


def _close(a: Tensor, b: Tensor, tolerance: float = 1e-3) -> bool:
    return torch.allclose(a.double(), b.double(), rtol=tolerance, atol=tolerance)


def _short(values: Tensor) -> str:
    return "[" + ", ".join(f"{v:.3f}" for v in values.flatten()[:4].tolist()) + "]"


# ------------------------------------------------------------------------------------------- 04.1 attention


def _attention_cases(g: torch.Generator):
    yield Case("one query, two keys, d = 4", torch.tensor([[2.0, 0.0, 0.0, 0.0]]),
               torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]), torch.tensor([[10.0, 1.0], [20.0, 1.0]]))
    yield Case("as many queries as keys as columns", *(_normal(g, 4, 4) for _ in range(3)))
    yield Case("3 scenes of 3 queries, 3 keys", *(_normal(g, 3, 3, 3) for _ in range(3)))  # key.T raises nothing here
    yield Case("scores in the thousands", 90 * _normal(g, 3, 4), 90 * _normal(g, 6, 4), _normal(g, 6, 2))
    yield Case("2 scenes, 3 heads, 5 queries, 7 keys", _normal(g, 2, 3, 5, 8), _normal(g, 2, 3, 7, 8),
               _normal(g, 2, 3, 7, 6))
    yield Case("5 queries, 7 keys", _normal(g, 5, 8), _normal(g, 7, 8), _normal(g, 7, 3))


def _weights_of_a_query_sum_to_one(yours, g):
    """the weights of every query sum to 1"""
    result = yours(_normal(g, 2, 3, 8), _normal(g, 2, 5, 8), torch.ones(2, 5, 4))
    if _is(result, 2, 3, 4) and not _close(result, torch.ones(2, 3, 4)):
        raise Diagnosis(
            "weights-do-not-sum", "With values that are all 1, every answer must be 1: it is a weighted mean. Your "
            "weights of one query do not sum to 1 over the keys.", seen=_short(result[0, 0]),
            expected="[1.000, 1.000, 1.000, ...]", reread="A soft dictionary")


def _large_scores_are_no_problem(yours, g):
    """large scores give no NaN"""
    result = yours(200.0 * torch.eye(3), 200.0 * torch.eye(3), torch.eye(3))
    if _is(result, 3, 3) and not torch.isfinite(result).all():
        raise Diagnosis(
            "unstable-softmax", "With large scores you get NaN or infinity: exp(89) is too large for float32. "
            "Subtract the largest score of a row before exp, which changes nothing else; torch's softmax does so.",
            seen=_short(result[0]), expected="[1.000, 0.000, 0.000]", reread="A soft dictionary")


def _keys_and_values_are_a_set(yours, g):
    """the order of keys and values does not matter"""
    query, key, value = _normal(g, 2, 3, 8), _normal(g, 2, 6, 8), _normal(g, 2, 6, 4)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    a, b = yours(query, key, value), yours(query, key[:, order], value[:, order])
    if _is(a, 2, 3, 4) and _is(b, 2, 3, 4) and not _close(a, b):
        raise Diagnosis(
            "order-matters", "The same keys with the same values, in another order, give another answer. Attention "
            "looks at what a key says, never at where it stands in the list.", seen=_short(b[0, 0]),
            expected=_short(a[0, 0]), reread="A soft dictionary")


# ---------------------------------------------------------------------------------------------- 04.2 heads


def _head_cases(g: torch.Generator):
    yield Case("2 queries, 2 keys, 2 heads of 2 columns", torch.tensor([[[1.0, 0.0, 0.0, 2.0], [0.0, 1.0, 2.0, 0.0]]]),
               torch.tensor([[[3.0, 0.0, 0.0, 3.0], [0.0, 3.0, 3.0, 0.0]]]),
               torch.tensor([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]]), 2)
    yield Case("4 queries, 4 keys, 4 heads of 4 columns", *(_normal(g, 3, 4, 16) for _ in range(3)), 4)
    yield Case("1 head", _normal(g, 2, 3, 6), _normal(g, 2, 5, 6), _normal(g, 2, 5, 6), 1)
    for heads in (2, 3):
        yield Case(f"5 queries, 7 keys, {heads} heads", _normal(g, 2, 5, 12), _normal(g, 2, 7, 12),
                   _normal(g, 2, 7, 12), heads)


def _heads_do_not_mix(yours, g):
    """a head sees its own block of columns and no other"""
    query, key, value = _normal(g, 2, 4, 12), _normal(g, 2, 4, 12), _normal(g, 2, 4, 12)
    before = yours(query, key, value, 3)
    changed = [torch.cat([x[..., :8], _normal(g, 2, 4, 4)], -1) for x in (query, key, value)]
    after = yours(*changed, 3)
    if not (_is(before, 2, 4, 12) and _is(after, 2, 4, 12)):
        return
    moved = (before - after).abs().amax((0, 1)) > 1e-3
    if moved[:8].any() or not moved[8:].all():
        columns = ", ".join(str(c) for c in moved.nonzero().flatten().tolist()) or "none"
        raise Diagnosis(
            "heads-mix", "With 3 heads of 4 columns, new numbers in the columns of the last head (8 to 11) of query, "
            "key and value may change the columns 8 to 11 of the result, and no others.", seen=f"changed columns: "
                                                                                               f"{columns}",
            expected="changed columns: 8, 9, 10, 11", reread="Splitting and merging")


# -------------------------------------------------------------------------------- 04.3 multi-head attention


def _projections(g: torch.Generator, D: int, C: int, E: int) -> tuple[Tensor, ...]:
    return tuple(_normal(g, a, b) / math.sqrt(a) for a, b in ((D, E), (C, E), (C, E), (E, D)))


def _projection_cases(g: torch.Generator):
    yield Case("a context of the same width", _normal(g, 2, 4, 6), _normal(g, 2, 4, 6), *_projections(g, 6, 6, 6), 2)
    yield Case("3 queries, 7 tokens in the context", _normal(g, 2, 3, 8), _normal(g, 2, 7, 8),
               *_projections(g, 8, 8, 8), 2)
    yield Case("a context of another width", _normal(g, 2, 5, 4), _normal(g, 2, 6, 10), *_projections(g, 4, 10, 12), 3)


def _without_context_it_asks_itself(yours, g):
    """without a context, x asks itself"""
    x, matrices = _normal(g, 2, 5, 6), _projections(g, 6, 6, 6)
    words = dict(expected="what `context = x` gives", reread="Asking the scene")
    try:
        alone = yours(x, None, *matrices, 2)
    except Diagnosis as error:
        raise Diagnosis("no-self-attention", "Called with `context=None`, your function does not work. Then x is its "
                        "own context: self-attention.", seen=error.seen, **words) from None
    with_itself = yours(x, x, *matrices, 2)
    if _is(alone, 2, 5, 6) and _is(with_itself, 2, 5, 6) and not _close(alone, with_itself):
        raise Diagnosis("no-self-attention", "With `context=None`, x is its own context. Your function does something "
                        "else then.", seen=_short(alone[0, 0]), **words)


def _queries_do_not_meet(yours, g):
    """each query is answered alone, whoever else asks"""
    x, context, matrices = _normal(g, 2, 5, 8), _normal(g, 2, 7, 8), _projections(g, 8, 8, 8)
    all_of_them, alone = yours(x, context, *matrices, 2), yours(x[:, :1], context, *matrices, 2)
    if _is(all_of_them, 2, 5, 8) and _is(alone, 2, 1, 8) and not _close(all_of_them[:, :1], alone):
        raise Diagnosis(
            "queries-meet", "The first query gets another answer when four others ask beside it. In cross-attention "
            "queries look at the context, not at each other.", seen=_short(all_of_them[0, 0]),
            expected=_short(alone[0, 0]), reread="Asking the scene")


# ------------------------------------------------------------------------------------ 04.5 Fourier features


def _feature_cases(g: torch.Generator):
    yield Case("x = 0.25, 2 octaves", torch.tensor([[0.25]]), 2)
    yield Case("5 positions (x, y), 3 octaves", 2 * torch.rand(5, 2, generator=g) - 1, 3)
    yield Case("one octave from k = 1 on", torch.rand(4, 3, generator=g), 1, 1)
    yield Case("2 scenes, 4 rays of 3 numbers, 5 octaves from k = -2 on", 4 * torch.rand(2, 4, 3, generator=g) - 2,
               5, -2)


def _each_wave_has_its_partner(yours, g):
    """each sine stands with its cosine: their squares sum to 1"""
    result = yours(torch.rand(6, 2, generator=g), 3)
    if _is(result, 6, 12) and not _close((result[:, :6] ** 2 + result[:, 6:] ** 2), torch.ones(6, 6)):
        raise Diagnosis(
            "no-partner", "Channel i should be a sine and channel i + C·octaves the cosine of the same angle: then "
            "their squares sum to 1.", seen=f"sums {_short(result[0, :6] ** 2 + result[0, 6:] ** 2)}",
            expected="sums [1.000, 1.000, 1.000, ...]", reread="Positions as waves")


def _only_distances_count(yours, g):
    """two positions are compared by their distance alone"""
    a, b = torch.rand(5, 1, generator=g), torch.rand(5, 1, generator=g)
    here, there = (yours(a + shift, 4) * yours(b + shift, 4) for shift in (0.0, 0.37))
    if _is(here, 5, 8) and _is(there, 5, 8) and not _close(here.sum(-1), there.sum(-1)):
        raise Diagnosis(
            "not-by-distance", "The product of the features of two positions changes when both are moved by the same "
            "amount. With a sine and a cosine of each frequency it does not.", seen=_short(there.sum(-1)),
            expected=_short(here.sum(-1)), reread="Positions as waves")


EXERCISES = (
    Exercise("04.1", "attention", picture=of_first_part,
             reference=attention, outputs=("the answers",), cases=_attention_cases,
             suspects=SOFTMAX_SUSPECTS,
             properties=(_large_scores_are_no_problem, _weights_of_a_query_sum_to_one, _keys_and_values_are_a_set)),
    Exercise("04.2", "attend_in_heads", picture=of_first_part,
             reference=attend_in_heads, outputs=("the answers",), cases=_head_cases,
             suspects=HEAD_SUSPECTS, properties=(_heads_do_not_mix,), use=explaining(one_length_for_both)),
    Exercise("04.3", "multi_head_attention", picture=of_first_part,
             reference=multi_head_attention, outputs=("the answers",),
             cases=_projection_cases, suspects=PROJECTION_SUSPECTS,
             properties=(_without_context_it_asks_itself, _queries_do_not_meet)),
    Exercise("04.4", "symmetry", reference=symmetry, outputs=("the verdict",), cases=planted_functions,
             suspects=SYMMETRY_SUSPECTS, properties=(the_orders_that_are_tried, the_generator_and_the_trials),
             gradient=False, use=explaining(axes_of_a_test),
             seconds=30.0),  # some twenty functions in twenty orders, and again for the known mistakes
    Exercise("04.5", "fourier_features", picture=of_first_part,
             reference=layers.fourier_features, outputs=("the features",),
             cases=_feature_cases, suspects=FEATURE_SUSPECTS,
             properties=(_each_wave_has_its_partner, _only_distances_count)),
)
