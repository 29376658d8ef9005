"""Answers to exercise 05.3, the encoder."""

import torch
import torch.nn.functional as F

from tests.chapters.answers import right, wrong


@wrong("05.3", "attend-unused")
def with_an_attention_of_its_own(tokens, blocks, norm, attend):
    x = tokens
    for block in blocks:
        part, y = block.self_attention, block.self_norm(x)
        q, (k, v) = part.query(y), part.key_value(y).chunk(2, -1)
        q, k, v = (t.unflatten(-1, (part.heads, -1)).transpose(1, 2) for t in (q, k, v))
        x = x + part.out((torch.softmax(q @ k.mT / q.shape[-1]**0.5, -1) @ v).transpose(1, 2).flatten(2))
        x = x + block.mlp(block.mlp_norm(x))
    return norm(x)


@right("05.3")
def scene_by_scene(tokens, blocks, norm, attend):
    done = []
    for x in tokens:
        x = x[None]
        for block in blocks:
            y = block.self_norm(x)
            x = attend(block.self_attention, y, y) + x
            x = block.mlp(block.mlp_norm(x)) + x
        done.append(norm(x))
    return torch.cat(done)


@wrong("05.3", "no-residual")
def replaced(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = block.mlp(block.mlp_norm(attend(block.self_attention, y, y)))
    return norm(tokens)


@wrong("05.3", "no-residual-attention")
def attention_replaces(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = attend(block.self_attention, y, y)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "no-residual-mlp")
def mlp_replaces(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
        tokens = block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "no-norm")
def not_normalised(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = tokens + attend(block.self_attention, tokens, tokens)
        tokens = tokens + block.mlp(tokens)
    return norm(tokens)


@wrong("05.3", "post-norm")
def as_in_2017(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = block.self_norm(tokens + attend(block.self_attention, tokens, tokens))
        tokens = block.mlp_norm(tokens + block.mlp(tokens))
    return norm(tokens)


@wrong("05.3", "no-last-norm")
def norm_unused(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return tokens


@wrong("05.3", "no-mlp")
def attention_only(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
    return norm(tokens)


@wrong("05.3", "no-attention")
def mlp_only(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "mlp-first")
def the_other_order(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
    return norm(tokens)


@wrong("05.3", "one-norm-for-both")
def one_norm(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
        tokens = tokens + block.mlp(block.self_norm(tokens))
    return norm(tokens)


@wrong("05.3", "raw-context")
def context_not_normalised(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = tokens + attend(block.self_attention, block.self_norm(tokens), tokens)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "first-block-only")
def returns_in_the_loop(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
        return norm(tokens)


@wrong("05.3", "side-by-side")
def attention_forgotten_again(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        asked = tokens + attend(block.self_attention, y, y)
        tokens = tokens + block.mlp(block.mlp_norm(asked))
    return norm(tokens)


@wrong("05.3", "norm-overwrites")
def normalised_under_the_same_name(tokens, blocks, norm, attend):
    x = tokens
    for block in blocks:
        x = block.self_norm(x)
        x = x + attend(block.self_attention, x, x)
        x = block.mlp_norm(x)
        x = x + block.mlp(x)
    return norm(x)


@wrong("05.3", "norm-overwrites")
def only_the_first_time(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, tokens, tokens)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "norm-in-every-block")
def indented_too_far(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
        tokens = norm(tokens)
    return tokens


@wrong("05.3", "both-from-one")
def in_one_line(tokens, blocks, norm, attend):
    for block in blocks:
        y = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, y, y) + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "asks-the-beginning")
def context_never_renewed(tokens, blocks, norm, attend):
    x = tokens
    for block in blocks:
        x = x + attend(block.self_attention, block.self_norm(x), block.self_norm(tokens))
        x = x + block.mlp(block.mlp_norm(x))
    return norm(x)


@wrong("05.3", "deaf-tokens")
def halves_apart(tokens, blocks, norm, attend):
    half = tokens.shape[1] // 2
    for block in blocks:
        y = block.self_norm(tokens)
        parts = [attend(block.self_attention, z, z) for z in (y[:, :half], y[:, half:])]
        tokens = tokens + torch.cat(parts, 1)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "scenes-mixed")
def batch_as_tokens(tokens, blocks, norm, attend):
    B, K, D = tokens.shape
    x = tokens.reshape(1, B * K, D)
    for block in blocks:
        y = block.self_norm(x)
        x = x + attend(block.self_attention, y, y)
        x = x + block.mlp(block.mlp_norm(x))
    return norm(x).reshape(B, K, D)


@wrong("05.3", "order-matters")
def counts_the_tokens(tokens, blocks, norm, attend):
    x = tokens + torch.linspace(0, 1, tokens.shape[1])[:, None] * torch.arange(tokens.shape[2])
    for block in blocks:
        y = block.self_norm(x)
        x = x + attend(block.self_attention, y, y)
        x = x + block.mlp(block.mlp_norm(x))
    return norm(x)


@wrong("05.3", "no-gradient")
def detached(tokens, blocks, norm, attend):
    return scene_by_scene(tokens, blocks, norm, attend).detach()


def encoded(tokens, blocks, norm, attend):
    for block in blocks:
        asking = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, asking, asking)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@right("05.3")
def token_by_token(tokens, blocks, norm, attend):
    for block in blocks:
        asking = block.self_norm(tokens)
        tokens = tokens + torch.cat([attend(block.self_attention, asking[:, k:k + 1], asking)
                                     for k in range(tokens.shape[1])], 1)
        tokens = torch.stack([token + block.mlp(block.mlp_norm(token)) for token in tokens.unbind(1)], 1)
    return norm(tokens)


@wrong("05.3", "part-unused")
def the_last_block_alone(tokens, blocks, norm, attend):
    return encoded(tokens, list(blocks)[-1:], norm, attend)


@wrong("05.3", "part-unused")
def the_first_block_again(tokens, blocks, norm, attend):
    return encoded(tokens, [blocks[0]] * len(blocks), norm, attend)


@wrong("05.3", "part-too-often")
def asks_twice(tokens, blocks, norm, attend):
    for block in blocks:
        for _ in range(2):
            asking = block.self_norm(tokens)
            tokens = tokens + attend(block.self_attention, asking, asking)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "other-order")
def from_the_last_block_on(tokens, blocks, norm, attend):
    return encoded(tokens, list(blocks)[::-1], norm, attend)


@wrong("05.3", "other-order")
def all_attention_first(tokens, blocks, norm, attend):
    for block in blocks:
        asking = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, asking, asking)
    for block in blocks:
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "other-step")
def thinks_about_what_it_asked(tokens, blocks, norm, attend):
    for block in blocks:
        asking = block.self_norm(tokens)
        tokens = tokens + attend(block.self_attention, asking, asking)
        tokens = tokens + block.mlp(block.mlp_norm(asking))
    return norm(tokens)


@wrong("05.3", "part-unused")
def raw_among_themselves(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = tokens + attend(block.self_attention, tokens, tokens)
        tokens = tokens + block.mlp(block.mlp_norm(tokens))
    return norm(tokens)


@wrong("05.3", "other-result")
def added_to_what_came_in(tokens, blocks, norm, attend):
    return tokens + encoded(tokens, blocks, norm, attend)


@wrong("05.3", "no-gradient")
def the_last_norm_does_not_learn(tokens, blocks, norm, attend):
    tokens = encoded(tokens, blocks, lambda x: x, attend)
    return F.layer_norm(tokens, tokens.shape[-1:], norm.weight.detach(), norm.bias.detach(), norm.eps)


@wrong("05.3", "no-gradient")
def cut_between_the_blocks(tokens, blocks, norm, attend):
    for block in blocks:
        tokens = encoded(tokens.detach(), [block], lambda x: x, attend)
    return norm(tokens)
