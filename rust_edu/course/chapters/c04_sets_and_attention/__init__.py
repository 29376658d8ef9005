"""Checks of notebook 04: attention, heads, cross-attention, a test for the symmetry of sets, Fourier features.

Axes: B scenes, T queries, K tokens asked, D width of x, C of the context, E of the heads together, d of one head.
"""

import math

import torch
from torch import Tensor

from ....figures.beside import of_first_part
from ....models import layers
from ...checking.compare import difference
from ...checking.exercise import Case, Diagnosis, Exercise
from . import waves
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
    yield Case("scores in the thousands", 90 * _normal(g, 3, 4), 90 * _normal(g, 6, 4), _normal(g, 6, 2)).asking(
        "Scores may be of any size: nothing is cut off, and nothing is added.")
    yield Case("2 scenes, 3 heads, 5 queries, 7 keys", _normal(g, 2, 3, 5, 8), _normal(g, 2, 3, 7, 8),
               _normal(g, 2, 3, 7, 6))
    yield Case("1 query, 1 key, d = 1", *(_normal(g, 1, 1) for _ in range(3)))
    for size in (1e-3, 1e3):
        yield Case(f"values of size {size:g}", _normal(g, 4, 5), _normal(g, 6, 5), size * _normal(g, 6, 3))
    yield Case("queries and keys of size 0.01", 0.01 * _normal(g, 4, 5), 0.01 * _normal(g, 6, 5), _normal(g, 6, 3))
    yield Case("5 queries, 7 keys", _normal(g, 5, 8), _normal(g, 7, 8), _normal(g, 7, 3))


def _weights_of_a_query_sum_to_one(yours, g):
    """the weights of every query sum to 1"""
    result = yours(_normal(g, 2, 3, 8), _normal(g, 2, 5, 8), torch.ones(2, 5, 4))
    if _is(result, 2, 3, 4) and not _close(result, torch.ones(2, 3, 4), 2e-4):
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


def _a_scene_is_asked_alone(yours, g):
    """scenes and heads in front do not hear of each other"""
    query, key, value = _normal(g, 2, 3, 4, 8), _normal(g, 2, 3, 6, 8), _normal(g, 2, 3, 6, 5)
    a, b = yours(query, key, value), yours(query[1, 2], key[1, 2], value[1, 2])
    if _is(a, 2, 3, 4, 5) and _is(b, 4, 5) and not _close(a[1, 2], b):
        seen, expected = difference(a[1, 2], b, 1e-3) or ("other answers", "the same")
        raise Diagnosis(
            "scenes-mixed", "Asked alone, a scene gets another answer than among others. The leading axes are free: "
            "whatever stands there, only the last two axes of each tensor meet.", seen=f"{seen} among others",
            expected=f"{expected} alone", reread="A soft dictionary")


def _weights_by_the_scores(yours, g):
    """the weights are the softmax of the scores"""
    for d in (4, 9, 1):
        query, key = _normal(g, 3, d), _normal(g, 5, d)
        weights, scores = yours(query, key, torch.eye(5)), query @ key.T / math.sqrt(d)
        if not _is(weights, 3, 5) or _close(weights, right := scores.softmax(-1), 2e-4):
            continue
        words = dict(zip(("seen", "expected"), difference(weights, right, 1e-3) or ("", "")), reread="Why the square "
            "root")
        found, wanted = (x.double().log() for x in (weights.clamp(min=1e-30), right))
        found, wanted = found - found.mean(-1, keepdim=True), wanted - wanted.mean(-1, keepdim=True)
        times = float((found * wanted).sum() / wanted.square().sum())
        if abs(times) < 1e-3:
            raise Diagnosis("all-alike", "All keys have nearly the same weight in your answers, whatever the query "
                            "is. The weights are the softmax of query · key / √d.", **words)
        if abs(times - 1) > 0.01 and _close(found, times * wanted, 1e-2):
            raise Diagnosis(
                "scores-scaled", f"With d = {d} your scores are {times:.3g} times what they should be: the products of "
                "query and key are divided by √d, the root of `query.shape[-1]`, once, before the softmax.", **words)
        raise Diagnosis(
            "other-weights", f"With the identity as values the answers are the weights themselves, and with d = {d} "
            "yours are others. They are the softmax, over the keys, of query · key / √d: nothing more is added, cut "
            "off or limited.", **words)


def _values_by_the_weights(yours, g):
    """the answers are the values, weighed"""
    for width in (2, 6):
        query, key, value = _normal(g, 4, 6), _normal(g, 5, 6), 3 * _normal(g, 5, width)
        weights, answers = yours(query, key, torch.eye(5)), yours(query, key, value)
        if not (_is(weights, 4, 5) and _is(answers, 4, width)):
            return
        if (shown := difference(answers, weights.to(value) @ value, 1e-3, 1e-4)) is None:
            continue
        raise Diagnosis(
            "values-not-weighed", "Your weights are right, and your answers are not the values weighed by them, "
            "`weights @ value`, and nothing more.", seen=shown[0], expected=shown[1], reread="A soft dictionary")


# ---------------------------------------------------------------------------------------------- 04.2 heads


def _head_cases(g: torch.Generator):
    yield Case("2 queries, 2 keys, 2 heads of 2 columns", torch.tensor([[[1.0, 0.0, 0.0, 2.0], [0.0, 1.0, 2.0, 0.0]]]),
               torch.tensor([[[3.0, 0.0, 0.0, 3.0], [0.0, 3.0, 3.0, 0.0]]]),
               torch.tensor([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]]), 2)
    yield Case("4 queries, 4 keys, 4 heads of 4 columns", *(_normal(g, 3, 4, 16) for _ in range(3)), 4)
    yield Case("as many heads as columns", _normal(g, 2, 3, 4), _normal(g, 2, 5, 4), 1e3 * _normal(g, 2, 5, 4), 4)
    yield Case("1 query, 1 key", *(_normal(g, 1, 1, 6) for _ in range(3)), 3)
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
            "key and value may change the columns 8 to 11 of the result, and no others.", seen="changed columns: "
                                                                                               f"{columns}",
            expected="changed columns: 8, 9, 10, 11", reread="Splitting and merging")


def _three_heads(yours, g):
    """A result with 3 heads of 4 columns, and what each head should have found; None for another shape."""
    query, key, value = _normal(g, 2, 4, 12), _normal(g, 2, 5, 12), _normal(g, 2, 5, 12)
    result = yours(query, key, value, 3)
    blocks = [attention(*(x[..., 4 * h:4 * h + 4] for x in (query, key, value))) for h in range(3)]
    return (result.split(4, -1), blocks) if _is(result, 2, 4, 12) else ((), ())


def _heads_stand_in_order(yours, g):
    """answers stand in the columns that the head asked with"""
    mine, blocks = _three_heads(yours, g)
    found = [next((h for h, right in enumerate(blocks) if _close(part, right)), None) for part in mine]
    if None not in found and found != list(range(len(mine))):
        raise Diagnosis("heads-elsewhere", "Your heads find the right answers, and they stand in other columns than "
                        "the head asked with.", seen=f"heads {', '.join(map(str, found))}", expected="heads 0, 1, 2",
                        reread="Splitting and merging")


def _each_scene_by_itself(yours, g):
    """scenes do not hear of each other"""
    query, key, value = _normal(g, 3, 4, 12), _normal(g, 3, 5, 12), _normal(g, 3, 5, 12)
    a, b = yours(query, key, value, 3), yours(query[2:], key[2:], value[2:], 3)
    if _is(a, 3, 4, 12) and _is(b, 1, 4, 12) and not _close(a[2:], b):
        seen, expected = difference(a[2:], b, 1e-3) or ("other answers", "the same")
        raise Diagnosis("scenes-mixed", "Asked alone, a scene gets another answer than among others. The first axis "
                        "counts scenes, which have nothing to do with each other.", seen=f"{seen} among others",
                        expected=f"{expected} alone", reread="Splitting and merging")


def _each_head_is_attention(yours, g):
    """each block of columns is the attention of its own head"""
    for h, (part, right) in enumerate(zip(*_three_heads(yours, g))):
        if shown := difference(part, right, 1e-3, 1e-4):
            raise Diagnosis("head-differs", f"The columns {4 * h} to {4 * h + 3} of your result are not the attention "
                            "of those columns of query, key and value, with scores divided by √4.", seen=shown[0],
                            expected=shown[1], reread="Splitting and merging")


# -------------------------------------------------------------------------------- 04.3 multi-head attention


def _projections(g: torch.Generator, D: int, C: int, E: int) -> tuple[Tensor, ...]:
    return tuple(_normal(g, a, b) / math.sqrt(a) for a, b in ((D, E), (C, E), (C, E), (E, D)))


def _projection_cases(g: torch.Generator):
    yield Case("a context of the same width", _normal(g, 2, 4, 6), _normal(g, 2, 4, 6), *_projections(g, 6, 6, 6), 2)
    yield Case("3 queries, 7 tokens in the context", _normal(g, 2, 3, 8), _normal(g, 2, 7, 8),
               *_projections(g, 8, 8, 8), 2)
    yield Case("1 query, 1 token in the context, 4 heads of 1 column", _normal(g, 1, 1, 3), _normal(g, 1, 1, 5),
               *_projections(g, 3, 5, 4), 4)
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
    if not (_is(alone, 2, 5, 6) and _is(with_itself, 2, 5, 6)):
        return
    right = multi_head_attention(x, x, *matrices, 2)
    if _close(with_itself, right) and not _close(alone, right):
        raise Diagnosis("no-self-attention", "With `context=None`, x is its own context. Your function does something "
                        "else then.", seen=_short(alone[0, 0]), **words)
    if not _close(with_itself, right):  # of which the other properties know more
        return
    slopes = []
    for context in (None, "itself"):
        leaf = x.clone().requires_grad_()
        result = yours.call((leaf, None if context is None else leaf, *matrices, 2), {}, gradients=True)
        slopes.append(torch.autograd.grad(result.square().sum(), leaf)[0] if result.requires_grad else 0 * x)
    if not _close(*slopes, 1e-2):
        raise Diagnosis("gradient", "With `context=None` the numbers are right, and the gradient reaches x in another "
                        "way than through `context = x`. Is a copy of x cut off, by .detach() for example?",
                        seen=_short(slopes[0][0, 0]), **words | {"expected": _short(slopes[1][0, 0])})


def _projected_before_and_after(yours, g):
    """matrices act before and after the heads, each where it belongs"""
    x, context, eye = _normal(g, 2, 3, 4), _normal(g, 2, 5, 4), torch.eye(4)
    plain = yours(x, context, eye, eye, eye, eye, 2)
    if not _is(plain, 2, 3, 4):
        return
    if shown := difference(plain, attend_in_heads(x, context, context, 2), 1e-3, 1e-4):
        raise Diagnosis("more-than-heads", "With the identity for all matrices your result should be "
                        "`attend_in_heads(x, context, context, heads)`, scene by scene, and nothing more.",
                        seen=shown[0], expected=shown[1], reread="Asking the scene")
    checks = (("W_value", (eye, eye, 2 * eye, eye), 2 * plain, "twice the answers: values are doubled, weights are "
        "not"),
              ("W_out", (eye, eye, eye, -eye), -plain, "minus the answers"),
              ("W_key", (eye, 0 * eye, eye, eye), context.mean(1, keepdim=True).expand(2, 3, 4),
               "the mean of the context: all keys are alike"),
              ("W_query", (0 * eye, eye, eye, eye), context.mean(1, keepdim=True).expand(2, 3, 4),
               "the mean of the context: nothing is asked for"))
    for name, matrices, wanted, words in checks:
        found = yours(x, context, *matrices, 2)
        if _is(found, 2, 3, 4) and (shown := difference(found, wanted, 1e-3, 1e-4)):
            raise Diagnosis(f"{name}-elsewhere", f"All matrices are the identity, but `{name}`, which is "
                            f"{ {'W_value': 'twice', 'W_out': 'minus'}.get(name, '0 times')} it. Then your result "
                            f"should be {words}.", seen=shown[0], expected=shown[1], reread="Asking the scene")


def _queries_do_not_meet(yours, g):
    """each query is answered alone, whoever else asks"""
    x, context, matrices = _normal(g, 2, 5, 8), _normal(g, 2, 7, 8), _projections(g, 8, 8, 8)
    all_of_them, alone = yours(x, context, *matrices, 2), yours(x[:, :1], context, *matrices, 2)
    if _is(all_of_them, 2, 5, 8) and _is(alone, 2, 1, 8) and not _close(all_of_them[:, :1], alone):
        raise Diagnosis(
            "queries-meet", "The first query gets another answer when four others ask beside it. In cross-attention "
            "queries look at the context, not at each other.", seen=_short(all_of_them[0, 0]),
            expected=_short(alone[0, 0]), reread="Asking the scene")


EXERCISES = (
    Exercise("04.1", "attention", picture=of_first_part,
             reference=attention, outputs=("the answers",), cases=_attention_cases,
             suspects=SOFTMAX_SUSPECTS,
             properties=(_large_scores_are_no_problem, _weights_of_a_query_sum_to_one, _keys_and_values_are_a_set,
                         _a_scene_is_asked_alone, _weights_by_the_scores, _values_by_the_weights)),
    Exercise("04.2", "attend_in_heads", picture=of_first_part,
             reference=attend_in_heads, outputs=("the answers",), cases=_head_cases,
             suspects=HEAD_SUSPECTS, properties=(_each_scene_by_itself, _heads_stand_in_order, _heads_do_not_mix,
                                                  _each_head_is_attention),
             use=explaining(one_length_for_both)),
    Exercise("04.3", "multi_head_attention", picture=of_first_part,
             reference=multi_head_attention, outputs=("the answers",),
             cases=_projection_cases, suspects=PROJECTION_SUSPECTS,
             properties=(_without_context_it_asks_itself, _queries_do_not_meet, _projected_before_and_after)),
    Exercise("04.4", "symmetry", reference=symmetry, outputs=("the verdict",), cases=planted_functions,
             suspects=SYMMETRY_SUSPECTS, properties=(the_orders_that_are_tried, the_generator_and_the_trials),
             gradient=False, use=explaining(axes_of_a_test),
             seconds=30.0),  # some twenty functions in twenty orders, and again for the known mistakes
    Exercise("04.5", "fourier_features", picture=of_first_part,
             reference=layers.fourier_features, outputs=("the features",),
             cases=waves.cases, suspects=FEATURE_SUSPECTS, gradient=False, properties=waves.PROPERTIES),
)
