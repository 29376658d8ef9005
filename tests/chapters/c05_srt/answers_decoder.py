"""Answers to exercise 05.5, the decoder."""

import torch

from tests.chapters.answers import right, wrong


@right("05.5")
def target_by_target(queries, slsr, decoder, attend):
    colours = []
    for t in range(queries.shape[1]):
        x = decoder.query(queries[:, t])
        for block in decoder.blocks:
            x = x + attend(block.cross, block.cross_norm(x), slsr)
            x = x + block.mlp(block.mlp_norm(x))
        colours.append(0.5 + decoder.render(decoder.norm(x)))
    return torch.stack(colours, 1)


@right("05.5")
def query_by_query(queries, slsr, decoder, attend):
    B, T, N, _ = queries.shape
    x = decoder.query(queries).reshape(B, T * N, -1)
    for block in decoder.blocks:
        x = x + torch.cat([attend(block.cross, block.cross_norm(x[:, n:n + 1]), slsr) for n in range(T * N)], 1)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)).reshape(B, T, N, -1) + 0.5


def decoded(queries, slsr, decoder, attend, step, out=lambda c: c + 0.5, blocks=slice(None)):
    """What all that follow have in common: they step through the blocks in their own ways."""
    x = decoder.query(queries)
    shape = x.shape
    x = x.flatten(1, 2)
    for block in decoder.blocks[blocks]:
        x = step(block, x)
    return out(decoder.render(decoder.norm(x.reshape(shape))))


def usual(attend, slsr):
    def step(block, x):
        x = x + attend(block.cross, block.cross_norm(x), slsr)
        return x + block.mlp(block.mlp_norm(x))
    return step


@wrong("05.5", "squashed")
def by_sigmoid(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, usual(attend, slsr), torch.sigmoid)


@wrong("05.5", "squashed")
def sigmoid_of_grey(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr, decoder, attend).sigmoid()


@wrong("05.5", "clipped")
def clamped(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr, decoder, attend).clamp(0, 1)


@wrong("05.5", "no-grey")
def around_zero(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, usual(attend, slsr), lambda c: c)


@wrong("05.5", "queries-for-scene")
def asks_itself(queries, slsr, decoder, attend):
    def step(block, x):
        y = block.cross_norm(x)
        x = x + attend(block.cross, y, y)
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "queries-in-context")
def everybody_in_one_room(queries, slsr, decoder, attend):
    def step(block, x):
        y = block.cross_norm(x)
        x = x + attend(block.cross, y, torch.cat([slsr, y], dim=1))
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "self-attention")
def as_in_a_language_model(queries, slsr, decoder, attend):
    def step(block, x):
        y = block.cross_norm(x)
        x = x + attend(block.cross, y, y)
        x = x + attend(block.cross, block.cross_norm(x), slsr)
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "self-attention")
def within_a_target(queries, slsr, decoder, attend):
    x = decoder.query(queries)
    B, T, N, D = x.shape
    for block in decoder.blocks:
        y = block.cross_norm(x).reshape(B * T, N, D)
        x = x + attend(block.cross, y, y).reshape(B, T, N, D)
        x = x + attend(block.cross, block.cross_norm(x).reshape(B, T * N, D), slsr).reshape(B, T, N, D)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)) + 0.5


@wrong("05.5", "queries-meet")
def self_attention_afterwards(queries, slsr, decoder, attend):
    def step(block, x):
        x = x + attend(block.cross, block.cross_norm(x), slsr)
        y = block.cross_norm(x)
        x = x + attend(block.cross, y, y)
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "scenes-in-turn")
def repeated_scenes(queries, slsr, decoder, attend):
    B, T, N, _ = queries.shape
    x = decoder.query(queries).view(B * T, N, -1)
    slsr = slsr.repeat(T, 1, 1)
    for block in decoder.blocks:
        x = x + attend(block.cross, block.cross_norm(x), slsr)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)).view(B, T, N, -1) + 0.5


@wrong("05.5", "query-forgotten")
def straight_into_the_blocks(queries, slsr, decoder, attend):
    x = queries.flatten(1, 2)
    for block in decoder.blocks:
        x = x + attend(block.cross, block.cross_norm(x), slsr)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)).view(*queries.shape[:3], -1) + 0.5


@wrong("05.5", "scene-asks")
def the_wrong_way_round(queries, slsr, decoder, attend):
    def step(block, x):
        x = x + attend(block.cross, slsr, block.cross_norm(x))
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "no-cross-attention")
def never_asks(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, lambda block, x: x + block.mlp(block.mlp_norm(x)))


@wrong("05.5", "no-residual")
def no_sums(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, lambda block, x: block.mlp(block.mlp_norm(
        attend(block.cross, block.cross_norm(x), slsr))))


@wrong("05.5", "no-residual-attention")
def query_forgotten(queries, slsr, decoder, attend):
    def step(block, x):
        x = attend(block.cross, block.cross_norm(x), slsr)
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "no-residual-mlp")
def mlp_takes_over(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, lambda block, x: block.mlp(block.mlp_norm(
        x + attend(block.cross, block.cross_norm(x), slsr))))


@wrong("05.5", "no-norm")
def raw(queries, slsr, decoder, attend):
    def step(block, x):
        x = x + attend(block.cross, x, slsr)
        return x + block.mlp(x)
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "post-norm")
def norms_after(queries, slsr, decoder, attend):
    def step(block, x):
        x = block.cross_norm(x + attend(block.cross, x, slsr))
        return block.mlp_norm(x + block.mlp(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "normed-scene")
def scene_normalised_again(queries, slsr, decoder, attend):
    def step(block, x):
        x = x + attend(block.cross, block.cross_norm(x), block.cross_norm(slsr))
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "no-mlp")
def cross_only(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, lambda block, x: x + attend(block.cross, block.cross_norm(x), slsr))


@wrong("05.5", "no-last-norm")
def rendered_raw(queries, slsr, decoder, attend):
    x = decoder.query(queries)
    for block in decoder.blocks:
        x = x + attend(block.cross, block.cross_norm(x).flatten(1, 2), slsr).view_as(x)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(x) + 0.5


@wrong("05.5", "first-block-only")
def one_block(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, usual(attend, slsr), blocks=slice(1))


@wrong("05.5", "axes")
def not_folded(queries, slsr, decoder, attend):
    x = decoder.query(queries)
    for block in decoder.blocks:
        x = x + attend(block.cross, block.cross_norm(x), slsr)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)) + 0.5


@wrong("05.5", "token-ignored")
def most_of_the_scene(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr[:, :-1], decoder, attend)


def ramp(tokens):
    return torch.linspace(0, 1, tokens.shape[1])[:, None] * torch.arange(tokens.shape[2])


@wrong("05.5", "order-matters")
def scene_with_places(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr + ramp(slsr), decoder, attend)


@wrong("05.5", "scenes-mixed")
def shared_scene(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr.reshape(1, -1, slsr.shape[-1]).expand(len(slsr), -1, -1), decoder, attend)


@right("05.5")
def one_query_after_the_other(queries, slsr, decoder, attend):
    T, N = queries.shape[1:3]
    return torch.stack([torch.cat([target_by_target(queries[:, t:t + 1, n:n + 1], slsr, decoder, attend)[:, 0]
                                   for n in range(N)], 1) for t in range(T)], 1)


@wrong("05.5", "first-scene")
def the_scene_of_the_first(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr[:1].expand_as(slsr), decoder, attend)


@wrong("05.5", "token-ignored")
def the_last_token_left_out(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr[:, :-1], decoder, attend)


@wrong("05.5", "other-step")
def the_scene_averaged(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, usual(attend, slsr.mean(1, keepdim=True).expand_as(slsr)))


@wrong("05.5", "other-step")
def goes_on_from_the_normalised(queries, slsr, decoder, attend):
    def step(block, x):
        x = block.cross_norm(x)
        x = x + attend(block.cross, x, slsr)
        return x + block.mlp(block.mlp_norm(x))
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "other-order")
def thinks_before_it_asks(queries, slsr, decoder, attend):
    def step(block, x):
        x = x + block.mlp(block.mlp_norm(x))
        return x + attend(block.cross, block.cross_norm(x), slsr)
    return decoded(queries, slsr, decoder, attend, step)


@wrong("05.5", "other-result")
def black_in_the_middle(queries, slsr, decoder, attend):
    return decoded(queries, slsr, decoder, attend, usual(attend, slsr), lambda c: c - 0.5)


@wrong("05.5", "shape")
def one_pixel_a_query(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr, decoder, attend)[..., :3]


@wrong("05.5", "no-gradient")
def the_scene_does_not_learn(queries, slsr, decoder, attend):
    return target_by_target(queries, slsr.detach(), decoder, attend)


@wrong("05.5", "gradient")
def one_scene_does_not_learn(queries, slsr, decoder, attend):
    return target_by_target(queries, torch.cat([slsr[:1].detach(), slsr[1:]]), decoder, attend)
