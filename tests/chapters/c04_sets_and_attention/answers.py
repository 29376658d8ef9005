"""Answers to the exercises of notebook 04, right and wrong, as readers write them."""

import math

import torch
from torch.nn import functional as F

from tests.chapters.answers import right, wrong

# ------------------------------------------------------------------------------------------- 04.1 attention


@right("04.1")
def by_torch(query, key, value):
    return F.scaled_dot_product_attention(query, key, value)


@right("04.1")
def by_einsum(query, key, value):
    scores = torch.einsum("...td,...kd->...tk", query, key) * query.shape[-1] ** -0.5
    return torch.einsum("...tk,...kv->...tv", F.softmax(scores, dim=-1), value)


@right("04.1")
def in_float64_by_hand(query, key, value):
    scores = query.double() @ key.double().transpose(-2, -1) / math.sqrt(key.shape[-1])
    weights = torch.exp(scores - scores.max(dim=-1, keepdim=True).values)
    return ((weights @ value.double()) / weights.sum(-1, keepdim=True)).to(value.dtype)


@right("04.1")
def query_by_query(query, key, value):
    answers = []
    for t in range(query.shape[-2]):
        scores = (query[..., t:t + 1, :] * key).sum(-1) / query.size(-1) ** 0.5
        answers.append((scores.softmax(-1).unsqueeze(-1) * value).sum(-2))
    return torch.stack(answers, dim=-2)


@wrong("04.1", "softmax-over-queries")
def softmax_dim_minus_two(query, key, value):
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    return torch.softmax(scores, dim=-2) @ value


@wrong("04.1", "softmax-over-first-axis")
def softmax_dim_zero(query, key, value):
    return F.softmax(query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5, dim=0) @ value


@wrong("04.1", "softmax-over-queries")
def softmax_dim_minus_two_by_einsum(query, key, value):
    scores = torch.einsum("...td,...kd->...kt", query, key) / query.shape[-1] ** 0.5
    return torch.einsum("...kt,...kv->...tv", scores.softmax(-1), value)


@wrong("04.1", "no-scaling")
def forgot_the_root(query, key, value):
    return (query @ key.transpose(-1, -2)).softmax(dim=-1) @ value


@wrong("04.1", "scaled-by-d")
def divided_by_d(query, key, value):
    return (query @ key.transpose(-1, -2) / query.shape[-1]).softmax(dim=-1) @ value


@wrong("04.1", "scaled-by-keys")
def root_of_the_number_of_keys(query, key, value):
    return (query @ key.transpose(-1, -2) / len(key[..., 0].flatten(0, -1)[:key.shape[-2]]) ** 0.5).softmax(-1) @ value


@wrong("04.1", "multiplied")
def times_the_root(query, key, value):
    return (query @ key.transpose(-1, -2) * math.sqrt(query.shape[-1])).softmax(dim=-1) @ value


@wrong("04.1", "scaled-after-softmax")
def root_outside(query, key, value):
    return (query @ key.transpose(-1, -2)).softmax(dim=-1) / math.sqrt(query.shape[-1]) @ value


@wrong("04.1", "no-softmax")
def plain_products(query, key, value):
    return (query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])) @ value


@wrong("04.1", "unstable-softmax")
def exp_over_sum(query, key, value):
    e = torch.exp(query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]))
    return e @ value / e.sum(-1, keepdim=True)


@wrong("04.1", "unstable-softmax")
def exp_over_sum_with_epsilon(query, key, value):
    e = torch.exp(query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]))
    return (e / (e.sum(-1, keepdim=True) + 1e-8)) @ value


@wrong("04.1", "queries-and-keys-swapped")
def keys_ask(query, key, value):
    return (key @ query.transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(dim=-1) @ value


@wrong("04.1", "values-transposed")
def values_on_their_side(query, key, value):
    return (query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(-1) @ value.transpose(-1, -2)


@wrong("04.1", "keys-not-transposed")
def no_transpose(query, key, value):
    return (query @ key / math.sqrt(query.shape[-1])).softmax(-1) @ value


@wrong("04.1", "keys-for-values")
def mean_of_keys(query, key, value):
    return (query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(-1) @ key


@wrong("04.1", "hard-maximum")
def the_best_key(query, key, value):
    best = (query @ key.transpose(-1, -2)).argmax(-1, keepdim=True)
    return torch.gather(value, -2, best.expand(*best.shape[:-1], value.shape[-1]))


@wrong("04.1", "weights-do-not-sum")
def sigmoid_for_softmax(query, key, value):
    return (query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])).sigmoid() @ value


@wrong("04.1", "order-matters")
def nearer_keys_first(query, key, value):
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    return (scores - 0.1 * torch.arange(key.shape[-2])).softmax(-1) @ value


@wrong("04.1", "no-gradient")
def detached_keys(query, key, value):
    return (query @ key.detach().transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(-1) @ value


@wrong("04.1", "edits-input")
def scales_in_place(query, key, value):
    query /= math.sqrt(query.shape[-1])
    return (query @ key.transpose(-1, -2)).softmax(-1) @ value


@wrong("04.1", "returns-weights")
def the_weights(query, key, value):
    return torch.softmax(query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5, dim=-1)


@wrong("04.1", "sum-for-softmax")
def over_their_sum(query, key, value):
    s = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5
    return (s / s.sum(dim=-1, keepdim=True)) @ value


@wrong("04.1", "scaled-by-value-width")
def root_of_d_v(query, key, value):
    return torch.softmax(query @ key.mT / math.sqrt(value.size(-1)), dim=-1) @ value


@wrong("04.1", "scaled-by-first-axis")
def root_of_shape_0(query, key, value):
    return torch.softmax(query @ key.mT / math.sqrt(query.shape[0]), dim=-1) @ value


@wrong("04.1", "all-axes-turned")
def key_T(query, key, value):
    return torch.softmax(query @ key.T / math.sqrt(query.shape[-1]), dim=-1) @ value


# ---------------------------------------------------------------------------------------------- 04.2 heads


def soft(query, key, value):
    return F.scaled_dot_product_attention(query, key, value)


@right("04.2")
def head_by_head(query, key, value, heads):
    d = query.shape[-1] // heads
    answers = []
    for h in range(heads):
        columns = slice(h * d, (h + 1) * d)
        answers.append(soft(query[..., columns], key[..., columns], value[..., columns]))
    return torch.cat(answers, dim=-1)


@right("04.2")
def by_einsum_in_heads(query, key, value, heads):
    q, k, v = (x.view(*x.shape[:2], heads, -1) for x in (query, key, value))
    weights = torch.einsum("bthd,bkhd->bhtk", q, k).div(q.shape[-1] ** 0.5).softmax(-1)
    return torch.einsum("bhtk,bkhd->bthd", weights, v).reshape(query.shape)


@right("04.2")
def heads_in_the_batch(query, key, value, heads):
    B = len(query)
    q, k, v = (torch.cat(x.chunk(heads, dim=-1)) for x in (query, key, value))
    return torch.cat(soft(q, k, v).split(B), dim=-1)


@wrong("04.2", "one-head")
def no_heads(query, key, value, heads):
    return soft(query, key, value)


@wrong("04.2", "split-by-reshape")
def reshaped_into_heads(query, key, value, heads):
    B, T, E = query.shape
    d = E // heads
    q, k, v = query.reshape(B, heads, T, d), key.reshape(B, heads, -1, d), value.reshape(B, heads, -1, d)
    return soft(q, k, v).transpose(1, 2).reshape(B, T, E)


@wrong("04.2", "merge-by-reshape")
def reshaped_back(query, key, value, heads):
    B, T, E = query.shape
    q, k, v = (x.reshape(B, -1, heads, E // heads).transpose(1, 2) for x in (query, key, value))
    return soft(q, k, v).reshape(B, T, E)


@wrong("04.2", "split-and-merge-by-reshape")
def reshaped_both_ways(query, key, value, heads):
    q, k, v = (x.reshape(len(x), heads, x.shape[1], -1) for x in (query, key, value))
    return soft(q, k, v).reshape(query.shape)


@wrong("04.2", "interleaved-heads")
def every_second_column(query, key, value, heads):
    answer = torch.empty_like(query)
    for h in range(heads):
        answer[..., h::heads] = soft(query[..., h::heads], key[..., h::heads], value[..., h::heads])
    return answer


@wrong("04.2", "interleaved-split")
def d_before_heads(query, key, value, heads):
    B, T, E = query.shape
    q, k, v = (x.view(B, -1, E // heads, heads).permute(0, 3, 1, 2) for x in (query, key, value))
    return soft(q, k, v).transpose(1, 2).flatten(2)


@wrong("04.2", "interleaved-merge")
def heads_last_at_the_end(query, key, value, heads):
    q, k, v = (torch.stack(x.chunk(heads, -1), 1) for x in (query, key, value))
    return torch.stack(list(soft(q, k, v).unbind(1)), dim=-1).flatten(2)


@wrong("04.2", "full-width-scaling")
def root_of_the_full_width(query, key, value, heads):
    q, k, v = (torch.stack(x.chunk(heads, -1), 1) for x in (query, key, value))
    weights = (q @ k.transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(-1)
    return torch.cat((weights @ v).unbind(1), dim=-1)


@wrong("04.2", "across-heads")
def forgot_the_transpose(query, key, value, heads):
    q, k, v = (x.unflatten(-1, (heads, -1)) for x in (query, key, value))
    return soft(q, k, v).flatten(2)


@wrong("04.2", "heads-averaged")
def mean_over_heads(query, key, value, heads):
    q, k, v = (torch.stack(x.chunk(heads, -1)) for x in (query, key, value))
    return soft(q, k, v).mean(0)


@wrong("04.2", "heads-reversed")
def last_head_first(query, key, value, heads):
    q, k, v = (torch.stack(x.chunk(heads, -1)) for x in (query, key, value))
    return torch.cat(list(reversed(soft(q, k, v).unbind(0))), dim=-1)


@wrong("04.2", "softmax-over-queries")
def wrong_axis_in_heads(query, key, value, heads):
    q, k, v = (torch.stack(x.chunk(heads, -1), 1) for x in (query, key, value))
    weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(2)
    return (weights @ v).transpose(1, 2).flatten(2)


@wrong("04.2", "no-scaling")
def no_root_in_heads(query, key, value, heads):
    q, k, v = (torch.stack(x.chunk(heads, -1), 1) for x in (query, key, value))
    return ((q @ k.transpose(-1, -2)).softmax(-1) @ v).transpose(1, 2).flatten(2)


@wrong("04.2", "heads-mix")
def weights_shared_by_all_heads(query, key, value, heads):
    q, k, v = (torch.stack(x.chunk(heads, -1), 1) for x in (query, key, value))
    weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1).mean(1, keepdim=True)
    return (weights @ v).transpose(1, 2).flatten(2)


@wrong("04.2", "one-length-for-both")
def shape_of_the_query(query, key, value, heads):
    B, T, E = query.shape
    q, k, v = (x.reshape(B, T, heads, E // heads).transpose(1, 2) for x in (query, key, value))
    return soft(q, k, v).transpose(1, 2).reshape(B, T, E)


# -------------------------------------------------------------------------------- 04.3 multi-head attention


@right("04.3")
def with_a_loop_over_heads(x, context, W_query, W_key, W_value, W_out, heads):
    source = x if context is None else context
    answer = 0
    for q, k, v, o in zip(*(W.chunk(heads, 1) for W in (W_query, W_key, W_value)), W_out.chunk(heads, 0)):
        answer = answer + soft(x @ q, source @ k, source @ v) @ o
    return answer


@right("04.3")
def by_torchs_own(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    query, key, value = F.linear(x, W_query.T), F.linear(context, W_key.T), F.linear(context, W_value.T)
    return F.linear(head_by_head(query, key, value, heads), W_out.T)


@wrong("04.3", "context-forgotten")
def self_attention(x, context, W_query, W_key, W_value, W_out, heads):
    return head_by_head(x @ W_query, x @ W_key, x @ W_value, heads) @ W_out


@wrong("04.3", "wrong-way-round")
def the_scene_asks(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return head_by_head(context @ W_query, x @ W_key, x @ W_value, heads) @ W_out


@wrong("04.3", "values-from-x")
def own_values(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return head_by_head(x @ W_query, context @ W_key, x @ W_value, heads) @ W_out


@wrong("04.3", "keys-from-x")
def own_keys(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return head_by_head(x @ W_query, x @ W_key, context @ W_value, heads) @ W_out


@wrong("04.3", "keys-and-values-swapped")
def key_matrix_for_values(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return head_by_head(x @ W_query, context @ W_value, context @ W_key, heads) @ W_out


@wrong("04.3", "no-output-projection")
def no_last_matrix(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return head_by_head(x @ W_query, context @ W_key, context @ W_value, heads)


@wrong("04.3", "matrices-transposed")
def like_linear_layers(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return head_by_head(x @ W_query.T, context @ W_key.T, context @ W_value.T, heads) @ W_out.T


@wrong("04.3", "one-head")
def a_single_head(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return soft(x @ W_query, context @ W_key, context @ W_value) @ W_out


@wrong("04.3", "merge-by-reshape")
def merges_by_reshape(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    q, k, v = (torch.stack(y.chunk(heads, -1), 1) for y in (x @ W_query, context @ W_key, context @ W_value))
    return soft(q, k, v).reshape(x.shape[0], x.shape[1], -1) @ W_out


@wrong("04.3", "full-width-scaling")
def full_width(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return root_of_the_full_width(x @ W_query, context @ W_key, context @ W_value, heads) @ W_out


@wrong("04.3", "no-self-attention")
def needs_a_context(x, context, W_query, W_key, W_value, W_out, heads):
    return head_by_head(x @ W_query, context @ W_key, context @ W_value, heads) @ W_out


@wrong("04.3", "no-self-attention")
def x_itself_without_context(x, context, W_query, W_key, W_value, W_out, heads):
    return x if context is None else needs_a_context(x, context, W_query, W_key, W_value, W_out, heads)


@wrong("04.3", "queries-meet")
def context_and_queries_together(x, context, W_query, W_key, W_value, W_out, heads):
    if context is None or context.shape[-1] != x.shape[-1]:
        return with_a_loop_over_heads(x, context, W_query, W_key, W_value, W_out, heads)
    both = torch.cat([context, x], dim=1)
    return head_by_head(x @ W_query, both @ W_key, both @ W_value, heads) @ W_out


@wrong("04.3", "queries-and-keys-swapped")
def key_matrix_asks(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return head_by_head(x @ W_key, context @ W_query, context @ W_value, heads) @ W_out


@wrong("04.3", "no-value-projection")
def context_as_values(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return by_einsum_in_heads(x @ W_query, context @ W_key, context, heads) @ W_out


@wrong("04.3", "output-transposed")
def last_matrix_transposed(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return head_by_head(x @ W_query, context @ W_key, context @ W_value, heads) @ W_out.T


@wrong("04.3", "always-two-heads")
def two_heads(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return head_by_head(x @ W_query, context @ W_key, context @ W_value, 2) @ W_out


@wrong("04.3", "residual-added")
def the_way_around(x, context, W_query, W_key, W_value, W_out, heads):
    context = x if context is None else context
    return x + head_by_head(x @ W_query, context @ W_key, context @ W_value, heads) @ W_out


# ------------------------------------------------------------------------------------------- 04.4 symmetry


def near(a, b, tolerance=1e-4):
    return a.shape == b.shape and bool(((a - b).abs() <= tolerance * b.abs().max()).all())


def verdict(invariant, equivariant):
    return "invariant" if invariant else "equivariant" if equivariant else "neither"


def judge(function, tokens, orders, same=near):
    straight = function(tokens)
    stays = straight.dim() == 3 and straight.shape[1] == tokens.shape[1]
    results = [(order, function(tokens[:, order])) for order in orders]
    return verdict(all(same(r, straight) for _, r in results),
                   stays and all(same(r, straight[:, order]) for order, r in results))


@right("04.4")
def by_sorting_random_numbers(function, tokens, generator, trials=20):
    return judge(function, tokens, [torch.rand(tokens.shape[1], generator=generator).argsort() for _ in range(trials)],
                 lambda a, b: a.shape == b.shape and torch.allclose(a, b, rtol=1e-4, atol=1e-5))


@wrong("04.4", "generator-unused")
def all_swaps_of_neighbours(function, tokens, generator, trials=20):
    """Swaps of neighbours generate every order, but these are not the random orders that were asked for."""
    orders = []
    for i in range(tokens.shape[1] - 1):
        order = list(range(tokens.shape[1]))
        order[i], order[i + 1] = order[i + 1], order[i]
        orders.append(torch.tensor(order))
    return judge(function, tokens, orders)


@right("04.4")
def by_undoing_the_order(function, tokens, generator, trials=20):
    straight, invariant, equivariant = function(tokens), True, True
    for _ in range(trials):
        order = torch.randperm(tokens.size(1), generator=generator)
        shuffled = function(tokens[:, order])
        invariant &= near(shuffled, straight)
        if shuffled.shape[:2] != tokens.shape[:2]:
            equivariant = False
        elif not near(shuffled[:, torch.argsort(order)], straight):
            equivariant = False
    return verdict(invariant, equivariant)


@wrong("04.4", "result-not-reordered")
def same_result_twice(function, tokens, generator, trials=20):
    orders = [torch.randperm(tokens.shape[1], generator=generator) for _ in range(trials)]
    same = all(near(function(tokens[:, order]), function(tokens)) for order in orders)
    return verdict(same, same)


@wrong("04.4", "wrong-inverse")
def inverse_on_the_wrong_side(function, tokens, generator, trials=20):
    straight, invariant, equivariant = function(tokens), True, function(tokens).ndim == 3
    for _ in range(trials):
        order = torch.randperm(tokens.shape[1], generator=generator)
        shuffled = function(tokens[:, order])
        invariant &= near(shuffled, straight)
        equivariant = equivariant and shuffled.shape[1] == len(order) and near(shuffled[:, order], straight)
    return verdict(invariant, equivariant)


@wrong("04.4", "any-order-will-do")
def some_order_agrees(function, tokens, generator, trials=20):
    orders = [torch.randperm(tokens.shape[1], generator=generator) for _ in range(trials)]
    found = [judge(function, tokens, [order]) for order in orders]
    return verdict("invariant" in found, "equivariant" in found)


@wrong("04.4", "only-the-shape")
def from_the_shape(function, tokens, generator, trials=20):
    return "equivariant" if function(tokens).shape == tokens.shape else "invariant"


@wrong("04.4", "verdicts-exchanged")
def words_exchanged(function, tokens, generator, trials=20):
    found = by_sorting_random_numbers(function, tokens, generator, trials)
    return {"invariant": "equivariant", "equivariant": "invariant"}.get(found, "neither")


@wrong("04.4", "equivariant-needs-no-test")
def else_equivariant(function, tokens, generator, trials=20):
    found = by_sorting_random_numbers(function, tokens, generator, trials)
    return "invariant" if found == "invariant" else "equivariant"


@wrong("04.4", "never-reorders")
def orders_forgotten(function, tokens, generator, trials=20):
    return judge(function, tokens, [torch.arange(tokens.shape[1])] * trials)


@wrong("04.4", "too-few-orders")
def one_order(function, tokens, generator, trials=20):
    return judge(function, tokens, [torch.randperm(tokens.shape[1], generator=torch.Generator().manual_seed(0))])


@wrong("04.4", "too-few-orders")
def turned_round(function, tokens, generator, trials=20):
    return judge(function, tokens, [torch.arange(tokens.shape[1]).flip(0)])


@wrong("04.4", "only-rolls")
def rolls(function, tokens, generator, trials=20):
    return judge(function, tokens, [torch.arange(tokens.shape[1]).roll(i) for i in range(trials)])


@wrong("04.4", "one-token-stays")
def all_but_the_first(function, tokens, generator, trials=20):
    K = tokens.shape[1]
    return judge(function, tokens, [torch.cat([torch.tensor([0]), 1 + torch.randperm(K - 1, generator=generator)])
                                    for _ in range(trials)])


@wrong("04.4", "not-a-permutation")
def drawn_with_replacement(function, tokens, generator, trials=20):
    K = tokens.shape[1]
    return judge(function, tokens, [torch.randint(K, (K,), generator=generator) for _ in range(trials)])


@wrong("04.4", "reorders-columns")
def last_axis(function, tokens, generator, trials=20):
    straight, D = function(tokens), tokens.shape[-1]
    orders = [torch.randperm(D, generator=generator) for _ in range(trials)]
    results = [(order, function(tokens[..., order])) for order in orders]
    return verdict(all(near(r, straight) for _, r in results), all(near(r, straight[..., o]) for o, r in results))


@wrong("04.4", "reorders-sets")
def first_axis(function, tokens, generator, trials=20):
    straight = function(tokens)
    orders = [torch.randperm(len(tokens), generator=generator) for _ in range(trials)]
    results = [(order, function(tokens[order])) for order in orders]
    return verdict(all(near(r, straight) for _, r in results), all(near(r, straight[o]) for o, r in results))


@wrong("04.4", "false-alarm")
def to_the_last_digit(function, tokens, generator, trials=20):
    orders = [torch.randperm(tokens.shape[1], generator=generator) for _ in range(trials)]
    return judge(function, tokens, orders, torch.equal)


@wrong("04.4", "too-lenient")
def too_generous(function, tokens, generator, trials=20):
    orders = [torch.randperm(tokens.shape[1], generator=generator) for _ in range(trials)]
    return judge(function, tokens, orders, lambda a, b: near(a, b, 0.1))


def drawn(tokens, generator, trials):
    return [torch.randperm(tokens.shape[1], generator=generator) for _ in range(trials)]


@right("04.4")
def two_loops(function, tokens, generator, trials=20):
    straight = function(tokens)
    if all(near(function(tokens[:, order]), straight) for order in drawn(tokens, generator, trials)):
        return "invariant"
    if straight.ndim == 3 and straight.shape[1] == tokens.shape[1] and all(
            near(function(tokens[:, order]), straight[:, order]) for order in drawn(tokens, generator, trials)):
        return "equivariant"
    return "neither"


@wrong("04.4", "misses-a-function")
def mean_difference(function, tokens, generator, trials=20):
    return judge(function, tokens, drawn(tokens, generator, trials),
                 lambda a, b: a.shape == b.shape and abs(float((a - b).mean())) < 1e-4 * float(b.abs().max()))


@wrong("04.4", "places-not-compared")
def sorted_results(function, tokens, generator, trials=20):
    straight = function(tokens)
    invariant, equivariant = True, straight.ndim == 3 and straight.shape[1] == tokens.shape[1]
    for order in drawn(tokens, generator, trials):
        new = function(tokens[:, order])
        invariant = invariant and near(new, straight)
        equivariant = equivariant and near(new.sort(1).values, straight.sort(1).values)
    return verdict(invariant, equivariant)


@wrong("04.4", "not-all-sets")
def first_scene(function, tokens, generator, trials=20):
    return judge(function, tokens, drawn(tokens, generator, trials),
                 lambda a, b: a.shape == b.shape and bool((a - b)[:1].abs().max() <= 1e-4 * b.abs().max()))


@wrong("04.4", "not-all-columns")
def first_column(function, tokens, generator, trials=20):
    return judge(function, tokens, drawn(tokens, generator, trials),
                 lambda a, b: a.shape == b.shape and bool((a - b)[..., 0].abs().max() <= 1e-4 * b.abs().max()))


@wrong("04.4", "equivariant-first")
def asks_for_equivariant_first(function, tokens, generator, trials=20):
    straight = function(tokens)
    results = [(order, function(tokens[:, order])) for order in drawn(tokens, generator, trials)]
    if straight.shape[:2] == tokens.shape[:2] and all(near(new, straight[:, order]) for order, new in results):
        return "equivariant"
    return "invariant" if all(near(new, straight) for _, new in results) else "neither"


@wrong("04.4", "one-sided")
def signed(function, tokens, generator, trials=20):
    return judge(function, tokens, drawn(tokens, generator, trials),
                 lambda a, b: a.shape == b.shape and bool((a - b).max() <= 1e-4 * b.abs().max()))


@wrong("04.4", "one-sided")
def signed_the_other_way(function, tokens, generator, trials=20):
    return judge(function, tokens, drawn(tokens, generator, trials),
                 lambda a, b: a.shape == b.shape and bool((b - a).max() <= 1e-4 * b.abs().max()))


@wrong("04.4", "generator-unused")
def without_the_generator(function, tokens, generator, trials=20):
    return judge(function, tokens, [torch.randperm(tokens.shape[1]) for _ in range(trials)])


@wrong("04.4", "global-state")
def with_a_seed(function, tokens, generator, trials=20):
    torch.manual_seed(0)
    return judge(function, tokens, [torch.randperm(tokens.shape[1]) for _ in range(trials)])


@wrong("04.4", "not-as-many-as-asked")
def half_of_them(function, tokens, generator, trials=20):
    return judge(function, tokens, drawn(tokens, generator, trials // 2))


@wrong("04.4", "not-as-many-as-asked")
def a_hundred_more(function, tokens, generator, trials=20):
    return judge(function, tokens, drawn(tokens, generator, trials + 100))


@wrong("04.4", "another-word")
def with_a_capital(function, tokens, generator, trials=20):
    return by_sorting_random_numbers(function, tokens, generator, trials).capitalize()


@wrong("04.4", "another-word")
def returns_x(function, tokens, generator, trials=20):
    return "x"


@wrong("04.4", "no-token-axis")
def no_guard(function, tokens, generator, trials=20):
    straight, invariant, equivariant = function(tokens), True, True
    for order in drawn(tokens, generator, trials):
        new = function(tokens[:, order])
        invariant = invariant and near(new, straight)
        equivariant = equivariant and near(new, straight[:, order])
    return verdict(invariant, equivariant)


@wrong("04.4", "not-axis-1")
def orders_the_sets(function, tokens, generator, trials=20):
    return verdict(all(near(function(tokens[p]), function(tokens)) for p in drawn(tokens, generator, trials)), True)


@wrong("04.4", "not-axis-1")
def orders_the_columns(function, tokens, generator, trials=20):
    return verdict(all(near(function(tokens[:, :, p]), function(tokens)) for p in drawn(tokens, generator, trials)),
                   True)


@wrong("04.4", "type")
def yes_or_no(function, tokens, generator, trials=20):
    return by_sorting_random_numbers(function, tokens, generator, trials) == "invariant"


# ------------------------------------------------------------------------------------ 04.5 Fourier features


@right("04.5")
def with_loops(x, octaves, start=0):
    sines, cosines = [], []
    for c in range(x.shape[-1]):
        for k in range(start, start + octaves):
            sines.append(torch.sin(math.pi * 2**k * x[..., c]))
            cosines.append(torch.cos(math.pi * 2**k * x[..., c]))
    return torch.stack(sines + cosines, dim=-1)


@right("04.5")
def by_einsum_in_float64(x, octaves, start=0):
    frequencies = torch.pi * torch.logspace(start, start + octaves - 1, octaves, base=2, dtype=torch.float64)
    angles = torch.einsum("...c,k->...ck", x.double(), frequencies).reshape(*x.shape[:-1], -1)
    return torch.cat([torch.sin(angles), torch.sin(angles + torch.pi / 2)], dim=-1).to(x.dtype)


def angles_of(x, frequencies):
    return (x[..., None] * torch.as_tensor(frequencies, dtype=x.dtype)).flatten(-2)


def sines_then_cosines(angles):
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


@wrong("04.5", "no-pi")
def without_pi(x, octaves, start=0):
    return sines_then_cosines(angles_of(x, [2.0**k for k in range(start, start + octaves)]))


@wrong("04.5", "two-pi")
def whole_turns(x, octaves, start=0):
    return sines_then_cosines(angles_of(x, [2 * math.pi * 2.0**k for k in range(start, start + octaves)]))


@wrong("04.5", "two-pi")
def counted_from_one(x, octaves, start=0):
    return sines_then_cosines(angles_of(x, [math.pi * 2.0**k for k in range(start + 1, start + octaves + 1)]))


@wrong("04.5", "twice-k")
def two_times_k(x, octaves, start=0):
    return sines_then_cosines(angles_of(x, [math.pi * (2 * k) for k in range(start, start + octaves)]))


@wrong("04.5", "whole-powers")
def powers_of_whole_numbers(x, octaves, start=0):
    return sines_then_cosines(angles_of(x, math.pi * 2 ** torch.arange(start, start + octaves)))


@wrong("04.5", "interleaved-by-coordinate")
def flattened_last(x, octaves, start=0):
    angles = x[..., None] * math.pi * 2.0 ** torch.arange(start, start + octaves)
    return torch.cat([angles.sin(), angles.cos()], -1).flatten(-2)


@wrong("04.5", "interleaved-by-octave")
def like_nerf(x, octaves, start=0):
    return torch.cat([f(math.pi * 2.0**k * x) for k in range(start, start + octaves) for f in (torch.sin, torch.cos)],
                     dim=-1)


@wrong("04.5", "start-ignored")
def always_from_zero(x, octaves, start=0):
    return sines_then_cosines(angles_of(x, [math.pi * 2.0**k for k in range(octaves)]))


@wrong("04.5", "no-doubling")
def one_two_three(x, octaves, start=0):
    return sines_then_cosines(angles_of(x, [math.pi * (k + 1) for k in range(start, start + octaves)]))


@wrong("04.5", "k-for-power")
def pi_k_x(x, octaves, start=0):
    return sines_then_cosines(angles_of(x, [math.pi * k for k in range(start, start + octaves)]))


@wrong("04.5", "squares")
def k_squared(x, octaves, start=0):
    return sines_then_cosines(angles_of(x, [math.pi * k**2 for k in range(start, start + octaves)]))


@wrong("04.5", "same-wave")
def one_frequency(x, octaves, start=0):
    return sines_then_cosines(math.pi * x.repeat_interleave(octaves, -1))


@wrong("04.5", "sine-only")
def sines(x, octaves, start=0):
    return angles_of(x, [math.pi * 2.0**k for k in range(start, start + octaves)]).sin()


@wrong("04.5", "cosine-only")
def cosines(x, octaves, start=0):
    return angles_of(x, [math.pi * 2.0**k for k in range(start, start + octaves)]).cos()


@wrong("04.5", "cosine-first")
def cosines_then_sines(x, octaves, start=0):
    angles = angles_of(x, [math.pi * 2.0**k for k in range(start, start + octaves)])
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


@wrong("04.5", "sine-twice")
def copied_and_not_changed(x, octaves, start=0):
    angles = angles_of(x, [math.pi * 2.0**k for k in range(start, start + octaves)])
    return torch.cat([angles.sin(), angles.sin()], dim=-1)


@wrong("04.5", "interleaved")
def pair_by_pair(x, octaves, start=0):
    angles = angles_of(x, [math.pi * 2.0**k for k in range(start, start + octaves)])
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)


@wrong("04.5", "octave-first")
def octave_by_octave(x, octaves, start=0):
    angles = torch.cat([math.pi * 2.0**k * x for k in range(start, start + octaves)], dim=-1)
    return sines_then_cosines(angles)


@wrong("04.5", "wave-after-sine")
def power_outside(x, octaves, start=0):
    parts = [torch.stack([2.0**k * torch.sin(math.pi * x) for k in range(start, start + octaves)], -1).flatten(-2),
             torch.stack([2.0**k * torch.cos(math.pi * x) for k in range(start, start + octaves)], -1).flatten(-2)]
    return torch.cat(parts, dim=-1)


@wrong("04.5", "another-channel")
def sine_and_its_negative(x, octaves, start=0):
    angles = angles_of(x, [math.pi * 2.0**k for k in range(start, start + octaves)])
    return torch.cat([angles.sin(), -angles.sin()], dim=-1)
