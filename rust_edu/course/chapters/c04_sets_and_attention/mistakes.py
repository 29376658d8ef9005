"""Known mistakes in attention, heads, projections and Fourier features, with the words for each (notebook 04).

Public: `SOFTMAX_SUSPECTS`, `HEAD_SUSPECTS`, `PROJECTION_SUSPECTS`, `FEATURE_SUSPECTS`.
Axes as in `__init__.py`. A mistake that raises for some shapes raises as the reader's would.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ...checking.exercise import Suspect


def _attend(query: Tensor, key: Tensor, value: Tensor, *, axis: int = -1, divide_by: float | None = None,
            after: float = 1.0) -> Tensor:
    """Attention with parts to get wrong: the axis of the softmax, and what divides the scores before and after."""
    divide_by = math.sqrt(query.shape[-1]) if divide_by is None else divide_by
    return (query @ key.mT / divide_by).softmax(axis) @ value / after


def _unstable(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    weights = (query @ key.mT / math.sqrt(query.shape[-1])).exp()
    return weights / weights.sum(-1, keepdim=True) @ value


def _hardest(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    best = (query @ key.mT).argmax(-1)
    return torch.nn.functional.one_hot(best, key.shape[-2]).to(value.dtype) @ value


def _shares(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    return scores / scores.sum(-1, keepdim=True) @ value


def _unit(x: Tensor) -> Tensor:
    return torch.nn.functional.normalize(x, dim=-1)


def _turned(x: Tensor) -> Tensor:
    return x.permute(*reversed(range(x.ndim)))


IDEA, ROOT = "A soft dictionary", "Why the square root"
SOFTMAX_SUSPECTS = (
    Suspect("softmax-over-queries", lambda q, k, v: _attend(q, k, v, axis=-2),
            "Your softmax runs over the queries. Each query shares out its own attention over the keys: the scores are "
            "(T, K), so the softmax belongs on the last axis.", reread=IDEA),
    Suspect("softmax-over-first-axis", lambda q, k, v: _attend(q, k, v, axis=0),
            "Your softmax runs over the first axis of the scores. It belongs on the last, the keys, however many axes "
            "stand before.", reread=IDEA),
    Suspect("no-scaling", lambda q, k, v: _attend(q, k, v, divide_by=1.0),
            "The scores are not divided by √d. Without it they grow with d, and the softmax turns into a hard choice.",
            reread=ROOT),
    Suspect("scaled-by-d", lambda q, k, v: _attend(q, k, v, divide_by=q.shape[-1]),
            "The scores are divided by d, not by √d. A sum of d random products is about √d large, not d.",
            reread=ROOT),
    Suspect("scaled-by-keys", lambda q, k, v: _attend(q, k, v, divide_by=math.sqrt(k.shape[-2])),
            "The scores are divided by the root of the number of keys. The sum runs over the d columns of a query, so "
            "it is √d, the root of `query.shape[-1]`.", reread=ROOT),
    Suspect("multiplied", lambda q, k, v: _attend(q, k, v, divide_by=1 / math.sqrt(q.shape[-1])),
            "The scores are multiplied by √d, not divided by it.", reread=ROOT),
    Suspect("scaled-after-softmax", lambda q, k, v: _attend(q, k, v, divide_by=1.0, after=math.sqrt(q.shape[-1])),
            "You divide by √d after the softmax. Then the weights of a query no longer sum to 1: divide the scores, "
            "before.", reread=ROOT),
    Suspect("no-softmax", lambda q, k, v: q @ k.mT / math.sqrt(q.shape[-1]) @ v,
            "There is no softmax: the scores themselves weigh the values. They can be negative and do not sum to 1.",
            reread=IDEA),
    Suspect("unstable-softmax", _unstable,
            "With large scores you get NaN: exp(89) is too large for float32. Subtract the largest score of a row "
            "before exp, which changes nothing else; torch's softmax does so.", reread=IDEA),
    Suspect("queries-and-keys-swapped", lambda q, k, v: _attend(k, q, v),
            "Queries and keys have changed places: here each key asks all queries. The scores must be (T, K), one row "
            "a query.", reread=IDEA),
    Suspect("values-transposed", lambda q, k, v: _attend(q, k, v.mT),
            "The values are transposed. Weights (T, K) times values (K, d_v) need no transpose.", reread=IDEA),
    Suspect("keys-not-transposed", lambda q, k, v: _attend(q, k.mT, v),
            "The keys are not transposed: rows of queries meet columns of keys, and the sum runs over the wrong axis.",
            reread=IDEA),
    Suspect("keys-for-values", lambda q, k, v: _attend(q, k, k),
            "The answer is a mean of the keys. The keys say who is asked; what they answer are the values.",
            reread=IDEA),
    Suspect("returns-weights", lambda q, k, v: (q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1),
            "You return the weights. The answers are the values, weighed by them: `weights @ value`.", reread=IDEA),
    Suspect("gives-a-score", lambda q, k, v: q @ k.mT / math.sqrt(q.shape[-1]), "You return the scores. The softmax "
            "makes weights of them, and the answers are the values, weighed: `weights @ value`.", reread=IDEA),
    Suspect("softmax-twice", lambda q, k, v: (q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1).softmax(-1) @ v,
            "The softmax is taken twice. That makes all weights nearly the same.", reread=IDEA),
    Suspect("distances-for-products", lambda q, k, v: (-torch.cdist(q, k) / math.sqrt(q.shape[-1])).softmax(-1) @ v,
            "Your scores are distances of query and key. They are products, query · key / √d.", reread=IDEA),
    Suspect("cosine", lambda q, k, v: (_unit(q) @ _unit(k).mT / math.sqrt(q.shape[-1])).softmax(-1) @ v,
            "Your queries and keys are brought to length 1 first. Their lengths count: the scores are query · key / "
            "√d.",
            reread=IDEA),
    Suspect("sum-for-softmax", _shares,
            "You divide the scores by their sum. Scores can be negative and their sum near 0; the softmax takes exp "
            "first, which makes all positive.", reread=IDEA),
    Suspect("scaled-by-value-width", lambda q, k, v: _attend(q, k, v, divide_by=math.sqrt(v.shape[-1])),
            "The scores are divided by the root of the values' width d_v. The sum runs over the d columns of a query: "
            "√d, the root of `query.shape[-1]`.", reread=ROOT),
    Suspect("scaled-by-first-axis", lambda q, k, v: _attend(q, k, v, divide_by=math.sqrt(q.shape[0])),
            "The scores are divided by the root of `query.shape[0]`, the first axis. d is the last: "
            "`query.shape[-1]`.", reread=ROOT),
    Suspect("all-axes-turned", lambda q, k, v: (q @ _turned(k) / math.sqrt(q.shape[-1])).softmax(-1) @ v,
            "`key.T` turns all axes round, not only the last two: with scenes or heads in front that is something "
            "else. Use `key.mT` or `key.transpose(-1, -2)`.", reread=IDEA),
    Suspect("hard-maximum", _hardest,
            "You take the one value whose key fits best. Attention is soft: every value counts with its weight, and "
            "only so does a gradient reach the keys.", reread=IDEA),
)


def _split(x: Tensor, heads: int) -> Tensor:
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def _split_by_reshape(x: Tensor, heads: int) -> Tensor:
    return x.reshape(x.shape[0], heads, x.shape[1], -1)


def _split_interleaved(x: Tensor, heads: int) -> Tensor:
    return x.unflatten(-1, (-1, heads)).permute(0, 3, 1, 2)


def _merge(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)


def _merge_by_reshape(x: Tensor) -> Tensor:
    return x.reshape(x.shape[0], x.shape[2], -1)


def _merge_interleaved(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).flatten(2)


def _in_heads(split: Callable = _split, merge: Callable = _merge, attend: Callable = _attend) -> Callable:
    return lambda q, k, v, heads: merge(attend(*(split(x, heads) for x in (q, k, v))))


def _whole_width(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    return _in_heads(attend=lambda a, b, c: _attend(a, b, c, divide_by=math.sqrt(q.shape[-1])))(q, k, v, heads)


SPLIT = "Splitting and merging"
HEAD_SUSPECTS = (
    Suspect("one-head", lambda q, k, v, heads: _attend(q, k, v),
            "This is attention with a single head: one set of weights for all columns. Split the columns into heads "
            "first, so that each head has weights of its own.", reread="Several questions at once"),
    Suspect("split-by-reshape", _in_heads(split=_split_by_reshape),
            "Your split mixes tokens: reshape(B, heads, T, d) cuts the list of numbers, token after token, into "
            "heads. Make the columns (heads, d) first, then move the axis of heads forward with transpose(1, 2).",
            reread=SPLIT),
    Suspect("merge-by-reshape", _in_heads(merge=_merge_by_reshape),
            "Your merge mixes tokens: reshape(B, T, E) of (B, heads, T, d) lays the heads' lists one after the other. "
            "Move the axis of heads back beside d with transpose(1, 2), then flatten the two.", reread=SPLIT),
    Suspect("split-and-merge-by-reshape", _in_heads(_split_by_reshape, _merge_by_reshape),
            "Split and merge undo each other, but both mix tokens: a head gets some tokens whole, and no others. A "
            "head gets some columns of every token. Both need a transpose(1, 2).", reread=SPLIT),
    Suspect("interleaved-heads", _in_heads(_split_interleaved, _merge_interleaved),
            "Your heads take every heads-th column: unflatten(-1, (d, heads)). The course, as torch and the paper, "
            "gives a head neighbouring columns: (heads, d).", reread=SPLIT),
    Suspect("interleaved-split", _in_heads(split=_split_interleaved),
            "Your split gives a head every heads-th column, and your merge lays heads side by side: the columns come "
            "back in another order. Split into (heads, d), neighbouring columns to one head.", reread=SPLIT),
    Suspect("interleaved-merge", _in_heads(merge=_merge_interleaved),
            "Your merge takes the first column of every head, then the second of every head. Put the axis of heads "
            "before d, then flatten: all columns of the first head come first.", reread=SPLIT),
    Suspect("full-width-scaling", _whole_width,
            "The scores of a head are divided by the root of the full width E. A head's sum runs over its own d = E / "
            "heads columns: √d.", reread=ROOT),
    Suspect("across-heads",
            lambda q, k, v, heads: _attend(*(x.unflatten(-1, (heads, -1)) for x in (q, k, v))).flatten(2),
            "The heads of one token attend to each other here, since the last two axes are (heads, d). Attention runs "
            "over the second to last axis: bring the tokens there with transpose(1, 2).", reread=SPLIT),
    Suspect("always-two-heads", lambda q, k, v, heads: _in_heads()(q, k, v, 2), "There are always 2 heads. Their "
            "number is the argument `heads`.", reread="Several questions at once"),
    Suspect("heads-averaged", lambda q, k, v, heads: _attend(*(_split(x, heads) for x in (q, k, v))).mean(1),
            "The heads are averaged. Each found something else: lay their answers side by side, (B, T, heads · d).",
            reread=SPLIT),
    Suspect("heads-reversed", _in_heads(merge=lambda x: _merge(x.flip(1))),
            "The heads come back in reversed order. The first head's answer goes into the first d columns.",
            reread=SPLIT),
    Suspect("softmax-over-queries", _in_heads(attend=lambda q, k, v: _attend(q, k, v, axis=-2)),
            "The softmax runs over the queries. Each query shares out its own attention over the keys: the last axis.",
            reread=IDEA),
    Suspect("no-scaling", _in_heads(attend=lambda q, k, v: _attend(q, k, v, divide_by=1.0)),
            "The scores of the heads are not divided by √d, d = E / heads.", reread=ROOT),
)


def _project(x: Tensor, context: Tensor, Wq: Tensor, Wk: Tensor, Wv: Tensor, Wo: Tensor, heads: int, *,
             ask: Tensor | None = None, keys: Tensor | None = None, values: Tensor | None = None,
             merge: Callable = _merge) -> Tensor:
    """Multi-head attention in which queries, keys and values may come from the wrong place."""
    sources = (x if ask is None else ask, context if keys is None else keys, context if values is None else values)
    split = (_split(source @ W, heads) for source, W in zip(sources, (Wq, Wk, Wv)))
    return merge(_attend(*split)) @ Wo


def _full_width(x, context, Wq, Wk, Wv, Wo, heads):
    return _whole_width(x @ Wq, context @ Wk, context @ Wv, heads) @ Wo


CROSS = "Asking the scene"
PROJECTION_SUSPECTS = (
    Suspect("context-forgotten", lambda x, c, *rest: _project(x, c, *rest, keys=x, values=x),
            "The context is forgotten: keys and values come from x, so x asks itself. In cross-attention queries come "
            "from x, keys and values from the context.", reread=CROSS),
    Suspect("wrong-way-round", lambda x, c, *rest: _project(x, c, *rest, ask=c, keys=x, values=x),
            "The context asks x. It is the other way round: there is one answer for each of the T queries in x.",
            reread=CROSS),
    Suspect("values-from-x", lambda x, c, *rest: _project(x, c, *rest, values=x),
            "Keys come from the context, but values from x. Who is asked also answers: both come from the context.",
            reread=CROSS),
    Suspect("keys-from-x", lambda x, c, *rest: _project(x, c, *rest, keys=x),
            "Values come from the context, but keys from x. Who is asked also answers: both come from the context.",
            reread=CROSS),
    Suspect("keys-and-values-swapped", lambda x, c, q, k, v, o, h: _project(x, c, q, v, k, o, h),
            "W_key and W_value have changed places.", reread=CROSS),
    Suspect("queries-and-keys-swapped", lambda x, c, q, k, v, o, h: _project(x, c, k, q, v, o, h),
            "W_query and W_key have changed places: x asks with W_query, the context is asked by W_key.",
            reread=CROSS),
    Suspect("no-value-projection", lambda x, c, q, k, v, o, h: _project(x, c, q, k, torch.eye(c.shape[-1]), o, h),
            "W_value is not used: the values are the context as it is. They are `context @ W_value`.", reread=CROSS),
    Suspect("output-transposed", lambda x, c, q, k, v, o, h: _project(x, c, q, k, v, o.mT, h),
            "W_out is transposed. It is (E, D), in and out: `answers @ W_out`.", reread=CROSS),
    Suspect("always-two-heads", lambda x, c, q, k, v, o, h: _project(x, c, q, k, v, o, 2),
            "There are always 2 heads. Their number is the argument `heads`.", reread="Several questions at once"),
    Suspect("residual-added", lambda x, *rest: x + _project(x, *rest),
            "x is added to the result. That step comes later, around the layer; here only the answers are asked for.",
            reread=CROSS),
    Suspect("no-output-projection",
            lambda x, c, q, k, v, o, h: _project(x, c, q, k, v, torch.eye(q.shape[1]), h),
            "The last projection is missing. W_out mixes what the heads have found and brings it back to width D.",
            reread=CROSS),
    Suspect("matrices-transposed", lambda x, c, q, k, v, o, h: _project(x, c, q.mT, k.mT, v.mT, o.mT, h),
            "The matrices are transposed. Here rows are (in, out): `x @ W`. It is torch's nn.Linear that keeps (out, "
            "in) and computes `x @ W.T`.", reread=CROSS),
    Suspect("one-head", lambda x, c, q, k, v, o, h: _project(x, c, q, k, v, o, 1),
            "The number of heads is ignored: this is a single head. Use `attend_in_heads` between the projections.",
            reread="Several questions at once"),
    Suspect("merge-by-reshape", lambda *a: _project(*a, merge=_merge_by_reshape),
            "The heads are merged by reshape alone, which mixes tokens. A transpose(1, 2) comes first.", reread=SPLIT),
    Suspect("full-width-scaling", _full_width,
            "The scores of a head are divided by the root of the full width E. A head's sum runs over its own d = E / "
            "heads columns: √d.", reread=ROOT),
)


def _waves(x: Tensor, frequencies: Tensor, order: Callable = lambda a: torch.cat([a.sin(), a.cos()], -1)) -> Tensor:
    return order((x.unsqueeze(-1) * frequencies).flatten(-2))


def _octaves(octaves: int, start: int = 0) -> Tensor:
    return math.pi * 2.0 ** torch.arange(start, start + octaves)


WAVES = "Positions as waves"
FEATURE_SUSPECTS = (
    Suspect("no-pi", lambda x, n, s=0: _waves(x, _octaves(n, s) / math.pi),
            "The π is missing in the angle π 2ᵏ x. With it, the lowest wave (k = 0) has a period of exactly 2.",
            reread=WAVES),
    Suspect("two-pi", lambda x, n, s=0: _waves(x, _octaves(n, s) * 2),
            "Every wave is twice as fast as asked. Angles are π 2ᵏ x, not 2π 2ᵏ x; or does your k start one too late? "
            "It runs from start to start + octaves - 1.", reread=WAVES),
    Suspect("start-ignored", lambda x, n, s=0: _waves(x, _octaves(n)),
            "`start` is ignored: the octaves run from k = start to start + octaves - 1.", reread=WAVES),
    Suspect("no-doubling", lambda x, n, s=0: _waves(x, math.pi * (torch.arange(s, s + n) + 1.0)),
            "Your frequencies grow by a step: 1, 2, 3, 4. They double: 1, 2, 4, 8. So few waves reach both far and "
            "fine.", reread=WAVES),
    Suspect("k-for-power", lambda x, n, s=0: _waves(x, math.pi * torch.arange(s, s + n)),
            "The angle is π k x here. It is π 2ᵏ x: the frequency doubles from one octave to the next.", reread=WAVES),
    Suspect("whole-powers", lambda x, n, s=0: _waves(x, math.pi * 2 ** torch.arange(s, s + n)),
            "`start` may be negative, and 2 ** (a tensor of whole numbers) stays whole in torch: 2⁻² becomes 0. Write "
            "`2.0 **`.", reread=WAVES),
    Suspect("twice-k", lambda x, n, s=0: _waves(x, 2 * math.pi * torch.arange(s, s + n)),
            "The frequencies are 2·k, not 2ᵏ. In Python the power is `2.0 ** k`.", reread=WAVES),
    Suspect("squares", lambda x, n, s=0: _waves(x, math.pi * torch.arange(s, s + n) ** 2.0),
            "The frequencies are k², not 2ᵏ.", reread=WAVES),
    Suspect("same-wave", lambda x, n, s=0: _waves(x, math.pi * torch.ones(n)),
            "Every octave has the same frequency. The frequency doubles from one octave to the next: 2ᵏ.",
            reread=WAVES),
    Suspect("clipped", lambda x, n, s=0: _waves(x.clamp(-1, 1), _octaves(n, s)), "Positions beyond 1 are cut off. A "
            "wave goes on wherever x is.", reread=WAVES),
    Suspect("sine-only", lambda x, n, s=0: _waves(x, _octaves(n, s), torch.sin),
            "There are only sines. A sine has the same height on both sides of a crest; the cosine of the same angle "
            "tells the two sides apart.", reread=WAVES),
    Suspect("cosine-only", lambda x, n, s=0: _waves(x, _octaves(n, s), torch.cos),
            "There are only cosines, which cannot tell x from -x. The sine of the same angle can.", reread=WAVES),
    Suspect("cosine-first", lambda x, n, s=0: _waves(x, _octaves(n, s), lambda a: torch.cat([a.cos(), a.sin()], -1)),
            "The cosines come first. The course puts all sines first, then all cosines; trained weights depend on it.",
            reread=WAVES),
    Suspect("sine-twice", lambda x, n, s=0: _waves(x, _octaves(n, s), lambda a: torch.cat([a.sin(), a.sin()], -1)),
            "The second half repeats the sines. It should hold the cosines of the same angles.", reread=WAVES),
    Suspect("interleaved", lambda x, n, s=0: _waves(x, _octaves(n, s),
                                                    lambda a: torch.stack([a.sin(), a.cos()], -1).flatten(-2)),
            "Sines and cosines alternate. The course puts all sines first, then all cosines; trained weights depend "
            "on it.",
            reread=WAVES),
    Suspect("interleaved-by-coordinate", lambda x, n, s=0: (lambda a: torch.cat([a.sin(), a.cos()], -1).flatten(-2))(
                x.unsqueeze(-1) * _octaves(n, s)),
            "Sines and cosines alternate, coordinate by coordinate: flatten the angles first, then put all sines "
            "before all cosines.", reread=WAVES),
    Suspect("interleaved-by-octave", lambda x, n, s=0: (lambda a: torch.cat([a.sin(), a.cos()], -1).flatten(-2))(
                x.unsqueeze(-2) * _octaves(n, s).unsqueeze(-1)),
            "Sines and cosines alternate, octave by octave, as in NeRF's code. The course puts all sines first, then "
            "all cosines, and goes coordinate by coordinate; trained weights depend on it.", reread=WAVES),
    Suspect("octave-first", lambda x, n, s=0: (lambda a: torch.cat([a.sin(), a.cos()], -1))(
                (x.unsqueeze(-2) * _octaves(n, s).unsqueeze(-1)).flatten(-2)),
            "Your channels go octave by octave: all coordinates with the first frequency, then all with the second. "
            "The course goes coordinate by coordinate: all octaves of x, then all of y.", reread=WAVES),
    Suspect("wave-after-sine", lambda x, n, s=0: _waves(x, torch.full((n,), math.pi), lambda a: torch.cat(
                [a.sin(), a.cos()], -1)) * (2.0 ** torch.arange(s, s + n)).repeat(2 * x.shape[-1]),
            "The 2ᵏ stands outside the sine: that makes waves higher, not faster. It belongs into the angle.",
            reread=WAVES),
)
