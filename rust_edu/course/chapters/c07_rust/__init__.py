"""Notebook 07, rust: half a picture, the pose estimator's block, the bottleneck, the query, the loss, the transplant.

Cases and known mistakes, those of the loss in `loss_mistakes`; the references are in `parts`, the properties in
`properties`, `steps`, `kept` and `loss`. Public: `EXERCISES`.
"""

from collections.abc import Callable, Iterator
from itertools import permutations

import torch
from torch import Generator, Tensor, nn

from ....figures.beside import of_first_part
from ....models.layers import fourier_features
from ....views import from_patches
from ...checking.exercise import Case, Exercise, Suspect
from .kept import knows_nothing_of_calls_before, leaves_the_model_as_it_was
from .loss import LOSS, everything_learns, loss_case
from .loss_mistakes import LOSS_SUSPECTS
from .parts import bottleneck, latent_query, peek, pose_block, rust_loss, transplant
from .properties import (
    BLOCK,
    EIGHT,
    NORMS,
    QUERY,
    a_coin_for_each_target,
    adds_to_what_was_there,
    as_it_is,
    ask,
    asks_its_own_scene,
    coins_are_fair_and_independent,
    corners_are_at_minus_and_plus_one,
    each_half_is_what_right_says,
    each_query_carries_its_own_pose,
    features_are_of_the_scaled_positions,
    fresh_block,
    one_latent_for_each_target,
    places_are_asked_anew,
    uses_the_attention_it_is_given,
)
from .steps import (
    WHOSE,
    bottleneck_cases,
    each_part_of_the_block_gets_its_own,
    each_step_has_a_context_of_its_own,
    norm_then_mean_then_linear,
    the_model_is_asked_what_it_should,
    three_pairs,
    transplant_cases,
    what_is_read_and_what_is_drawn,
)


def block_cases(g: Generator) -> Iterator[Case]:
    for B, T, P, K, D in ((1, 1, 1, 3, 4), (1, 2, 3, 6, 4), (3, 2, 4, 5, 8), (2, 3, 2, 6, 8)):
        yield Case(f"{B} x {T} half pictures of {P} tokens, {K} tokens of the scene",
                   torch.randn(B, T, P, D, generator=g), torch.randn(B, K, D, generator=g), fresh_block(g, D), ask)



def _block(*, steps=(0, 1, 2), norms=NORMS, layers=("cross", "self_attention"), residual=True, post=False,
           parallel=False, normed_scene=False, raw_context=False, swapped=False, scrambled=False) -> Callable:
    """pose_block with one thing done otherwise. Steps: 0 asks the scene, 1 the picture, 2 is the MLP."""

    def mistaken(x, slsr, block, attend):
        B, T, P, D = x.shape
        of_scene, of_picture = (getattr(block, name) for name in layers)
        its = [getattr(block, name) if name else nn.Identity() for name in norms]

        def scene(x, raw):
            x = (x.transpose(1, 2) if scrambled else x).reshape(B, T * P, D)
            context = block.cross_norm(slsr) if normed_scene else slsr
            return (attend(of_scene, context, x) if swapped else attend(of_scene, x, context)).reshape(B, T, P, D)

        def picture(x, raw):
            x, raw = x.reshape(B * T, P, D), raw.reshape(B * T, P, D)
            return attend(of_picture, x, raw if raw_context else x).reshape(B, T, P, D)

        first = x
        for s in steps:
            given = first if parallel else x
            change = (scene, picture, lambda x, raw: block.mlp(x))[s](given if post else its[s](given), given)
            x = its[s](x + change) if post else x + change if residual else change
        return x

    return mistaken


def five_octaves(where: Tensor) -> Tensor:
    return fourier_features(where, octaves=5, start=-1)


def six_octaves(where: Tensor) -> Tensor:
    return fourier_features(where, octaves=6, start=-1)


def query_cases(g: Generator) -> Iterator[Case]:
    corners = torch.tensor([[0.5, 0.5], [15.5, 8.0], [31.5, 24.0]])
    yield Case("one latent pose, three positions in 32x32 pixels, features that change nothing",
               torch.tensor([[[5.0, 7.0]]]), corners, 32, as_it_is)
    for B, T, N, L, size, features in ((1, 2, 3, 2, 8, as_it_is), (3, 3, 6, 4, 16, five_octaves),
                                       (2, 5, 4, 8, 32, six_octaves)):
        yield Case(f"{B} x {T} latent poses, {N} positions in {size}x{size} pixels",
                   torch.randn(B, T, L, generator=g), torch.rand(N, 2, generator=g) * size, size, features)


def _query(scaled: Callable = lambda p, s: 2.0 * p / s - 1.0, *, through=None, first="pose", mix=None) -> Callable:
    """latent_query with other positions, through other features, the other way round, or with other latents."""

    def mistaken(pose, positions, size, features):
        where = (through or features)(scaled(positions, size))
        lead, N = pose.shape[:2], len(positions)
        latents = pose.unsqueeze(2).expand(*lead, N, -1) if mix is None else mix(pose, N)
        both = [latents, where.expand(*lead, N, -1)]
        return torch.cat(both if first == "pose" else both[::-1], dim=-1)

    return mistaken


def loss_cases(g: Generator) -> Iterator[Case]:
    for B, T, N in ((1, 1, 1), (1, 3, 5), (2, 2, 24), (3, 2, 6), (4, 1, 7)):
        yield loss_case(g, B, T, N)


def _transplant(read: Callable, draw: Callable, right: bool = False) -> Callable:
    """Latents read with one scene representation, drawn with another; a and b are the two scenes'."""

    def mistaken(model, a_inputs, a_targets, b_inputs):
        a, b = model.encode(a_inputs), model.encode(b_inputs)
        return model.render(model.pose(a_inputs, a_targets, read(a, b), right=right), draw(a, b))

    return mistaken


EXERCISES = (
    # Something is drawn, so there are no numbers to compare: the properties try everything.
    Exercise("07.1", "peek", reference=peek, cases=lambda g: (), outputs=("halves", "right"),
             properties=(each_half_is_what_right_says, a_coin_for_each_target, coins_are_fair_and_independent)),
    Exercise("07.2", "pose_block", picture=of_first_part,
             reference=pose_block, cases=block_cases, outputs=("the tokens",), seconds=30.0,
             gradient=("x", "slsr", "block"),
             properties=(each_step_has_a_context_of_its_own, asks_its_own_scene, adds_to_what_was_there,
                         uses_the_attention_it_is_given, each_part_of_the_block_gets_its_own), suspects=(
        Suspect("swapped", _block(swapped=True), "In the cross-attention the scene asks the picture. It should be the "
                "other way round: the tokens of the half picture are the queries, the SLSR is the context.", BLOCK),
        Suspect("no-residual", _block(residual=False), "Each step replaces the tokens. It should add to them: "
                "x = x + step(norm(x)).", BLOCK),
        Suspect("no-norm", _block(norms=(None,) * 3), "The norms are missing: each of the three steps sees the "
                "normalised tokens, and its result is added to the tokens as they were.", BLOCK),
        Suspect("post-norm", _block(post=True), "You normalise after each sum. In a pre-norm block the norm is inside "
                "the step, x + step(norm(x)), and the path from input to output stays free of norms.", BLOCK),
        Suspect("self-first", _block(steps=(1, 0, 2)), "The tokens ask each other before they have asked the scene. "
                "The order is scene, picture, MLP.", BLOCK),
        Suspect("no-mlp", _block(steps=(0, 1)), "The MLP is missing: the third step, each token on its own.", BLOCK),
        Suspect("no-self-attention", _block(steps=(0, 2)), "The tokens never ask each other: self-attention is the "
                "second step.", BLOCK),
        Suspect("normed-scene", _block(normed_scene=True), "You normalise the SLSR as well. It is used as it is: the "
                "encoder has normalised it once, for all who ask.", BLOCK),
        Suspect("raw-context", _block(raw_context=True), "In the self-attention the queries are normalised, the "
                "context is not. Both are the same normalised tokens.", BLOCK),
        Suspect("one-norm-for-all", _block(norms=NORMS[:1] * 3), "All three steps use the first norm. Each has one "
                "of its own: cross_norm, self_norm, mlp_norm.", BLOCK),
        *(Suspect("norms-exchanged", _block(norms=norms), "The norms are exchanged. Each step has its own: cross_norm "
                  "before it asks the scene, self_norm before the tokens ask each other, mlp_norm before the MLP.",
                  BLOCK) for norms in permutations(NORMS) if norms != NORMS),
        *(Suspect(f"no-{left_out.replace('_', '-')}", _block(norms=[n if n != left_out else None for n in NORMS]),
                  f"One norm is missing: {step} sees the tokens as they are. It should be {wanted}.", BLOCK)
          for left_out, step, wanted in (
              ("cross_norm", "the cross-attention", "block.cross_norm(x) that asks the scene"),
              ("self_norm", "the self-attention", "block.self_norm(x), as queries and as context"),
              ("mlp_norm", "the MLP", "block.mlp(block.mlp_norm(x))"))),
        Suspect("layers-exchanged", _block(layers=("self_attention", "cross")), "The two attention layers are "
                "exchanged. block.cross asks the scene, block.self_attention is for the tokens among themselves.",
                BLOCK),
        Suspect("parallel", _block(parallel=True), "All three steps start from the same x. Each goes on from what the "
                "one before has made: the tokens ask each other about what the scene has said.", BLOCK),
        Suspect("scrambled", _block(scrambled=True), "Before the cross-attention T and P are exchanged, and not "
                "afterwards: what the scene answers to one token is added to another. Fold without a transpose, "
                "(B, T, P, D) to (B, T P, D), and unfold the same way.", BLOCK))),
    Exercise("07.3", "bottleneck", reference=bottleneck, cases=bottleneck_cases, outputs=("the latent poses",),
             properties=(one_latent_for_each_target, norm_then_mean_then_linear), suspects=(
        Suspect("no-norm", lambda x, norm, to_latent: to_latent(x.mean(-2)), "The norm is missing. After many "
                "residual sums tokens differ in size; without the norm the largest decide the mean.", EIGHT),
        Suspect("no-bias", lambda x, norm, to_latent: norm(x).mean(-2) @ to_latent.weight.T, "The bias of `to_latent` "
                "is missing. It is a layer: call it, to_latent(...), and it adds its own.", EIGHT),
        Suspect("norm-after-mean", lambda x, norm, to_latent: to_latent(norm(x.mean(-2))), "You normalise the mean of "
                "the tokens. The order is norm, then mean: each token has the same weight.", EIGHT),
        Suspect("sum", lambda x, norm, to_latent: to_latent(norm(x).sum(-2)), "You add up the tokens. A mean does not "
                "depend on how many tokens half a picture has.", EIGHT),
        Suspect("maximum", lambda x, norm, to_latent: to_latent(norm(x).amax(-2)), "You take the largest value over "
                "the tokens. The mean is asked for.", EIGHT),
        Suspect("one-token", lambda x, norm, to_latent: to_latent(norm(x)[..., 0, :]), "Only the first token of each "
                "half picture reaches the latent pose. Take the mean over all of them.", EIGHT),
        Suspect("pooled-targets", lambda x, norm, to_latent: to_latent(norm(x).mean(1)), "You pooled over the target "
                "views. Axis 1 is T; the tokens of a half picture lie along axis 2 (or -2).", EIGHT),
        Suspect("pooled-scenes", lambda x, norm, to_latent: to_latent(norm(x).mean(0)), "You pooled over the scenes of "
                "the batch. The tokens of a half picture lie along axis 2 (or -2).", EIGHT),
        Suspect("over-width", lambda x, norm, to_latent: to_latent(norm(x).mean(-1)), "You averaged over D, the last "
                "axis: one number a token remains, and that is no token any more. The mean is over the tokens, axis "
                "P: dim=2.", EIGHT),
        Suspect("targets-and-tokens", lambda x, norm, to_latent: to_latent(norm(x).mean((1, 2))), "You pooled over the "
                "tokens and over the targets. Each target view keeps a latent pose of its own: the mean is over P "
                "alone, dim=2.", EIGHT),
        Suspect("axis-kept", lambda x, norm, to_latent: to_latent(norm(x).mean(2, keepdim=True)), "The mean is right, "
                "but its axis is still there, with length 1. Leave keepdim=True away.", EIGHT),
        Suspect("not-pooled", lambda x, norm, to_latent: to_latent(norm(x)), "There is a latent pose for each token. "
                "One for each target is wanted: take the mean over the tokens.", EIGHT),
        Suspect("latent-shared", lambda x, norm, to_latent: to_latent(norm(x).mean((1, 2)))[:, None].expand(
                -1, x.shape[1], -1), "All targets of a scene get the same latent pose. Each target view has a pose of "
                "its own: pool over its tokens only.", EIGHT))),
    Exercise("07.4", "latent_query", picture=of_first_part,
             reference=latent_query, cases=query_cases, outputs=("the queries",),
             gradient=("pose",), properties=(
                 each_query_carries_its_own_pose, places_are_asked_anew, corners_are_at_minus_and_plus_one,
                 features_are_of_the_scaled_positions), suspects=(
        Suspect("pixels", _query(lambda p, s: p), "The positions went in as pixels. Scale them to [-1, 1] first: the "
                "frequencies of the features are made for that range, and the decoder must not care how many pixels "
                "a picture has.", QUERY),
        Suspect("zero-to-one", _query(lambda p, s: p / s), "The positions are scaled to [0, 1]. The range asked for is "
                "[-1, 1], with 0 in the middle of the picture.", QUERY),
        Suspect("half-range", _query(lambda p, s: p / s - 0.5), "The positions are scaled to [-0.5, 0.5]. The range "
                "asked for is [-1, 1].", QUERY),
        Suspect("last-pixel", _query(lambda p, s: 2.0 * p / (s - 1) - 1.0), "You divide by size - 1. Positions are "
                "measured from edge to edge, from 0 to `size`: they do not count pixels.", QUERY),
        Suspect("half-pixel", _query(lambda p, s: 2.0 * (p + 0.5) / s - 1.0), "You add half a pixel. The positions are "
                "points of the picture, from 0 to `size`, and no numbers of pixels: use them as they are.", QUERY),
        Suspect("y-upwards", _query(lambda p, s: (2.0 * p / s - 1.0) * torch.tensor([1.0, -1.0])), "Your y grows "
                "upwards. In pictures it grows downwards: -1 at the upper edge, +1 at the lower one.", QUERY),
        Suspect("size-forgotten", _query(lambda p, s: p / 16.0 - 1.0), "The positions are scaled for a picture of 32 "
                "pixels, whatever `size` says. Use the argument: 2 * positions / size - 1.", QUERY),
        Suspect("rows-for-columns", _query(lambda p, s: (2.0 * p / s - 1.0).flip(-1)), "x and y are exchanged. "
                "Positions are (x, y), and stay so.", QUERY),
        Suspect("no-features", _query(through=as_it_is), "The positions go into the query bare. Put them through "
                "`features` first: a small network sees fine differences only through high frequencies.", QUERY),
        Suspect("own-features", _query(through=five_octaves), "You call fourier_features yourself. Use the argument "
                "`features`: whoever asks decides which features there are, and the check asks with others too.",
                QUERY),
        Suspect("features-first", _query(first="features"), "The position comes first and the pose last. The decoder "
                "has learned them the other way round: the latent pose, then the features.", QUERY),
        Suspect("pose-shared", _query(mix=lambda pose, N: pose[:, :1, None].expand(*pose.shape[:2], N, -1)), "Every "
                "target is asked for with the latent pose of the first one. Each has its own.", QUERY),
        Suspect("scrambled", _query(mix=lambda pose, N: pose.repeat(1, N, 1).reshape(*pose.shape[:2], N, -1)),
                "The latent poses got out of order: repeated along T and then reshaped, they land at other targets. "
                "Make room for N with unsqueeze(2), then expand.", QUERY),
        Suspect("pose-averaged", _query(mix=lambda pose, N: pose.mean(1)[:, None, None].expand(*pose.shape[:2], N, -1)),
                "Every target is asked for with the mean of all latent poses. Each has its own.", QUERY))),
    Exercise("07.5", "rust_loss", reference=rust_loss, cases=loss_cases, outputs=("the loss",), gradient=False,
             seconds=30.0, properties=(
                 the_model_is_asked_what_it_should,
                 knows_nothing_of_calls_before(rust_loss, lambda g: loss_case(g, 2, 2, 24).args[1:], LOSS),
                 leaves_the_model_as_it_was(lambda g: loss_case(g, 2, 2, 24).args[1:], LOSS),
                 everything_learns), suspects=LOSS_SUSPECTS),
    Exercise("07.6", "transplant", reference=transplant, cases=transplant_cases, outputs=("the pictures",),
             seconds=30.0, gradient=False, properties=(
                 what_is_read_and_what_is_drawn, knows_nothing_of_calls_before(transplant, three_pairs, WHOSE),
                 leaves_the_model_as_it_was(three_pairs, WHOSE)), suspects=(
        Suspect("no-transplant", _transplant(lambda a, b: a, lambda a, b: a), "Latent and scene are both of A: nothing "
                "was transplanted, and any model does well.", WHOSE),
        Suspect("read-in-b", _transplant(lambda a, b: b, lambda a, b: b), "The estimator compared A's pictures with "
                "the representation of B. A latent pose is read in its own scene; only the drawing is B's.", WHOSE),
        Suspect("backwards", _transplant(lambda a, b: b, lambda a, b: a), "The two scene representations are "
                "exchanged. Read the latent with A's, draw with B's.", WHOSE),
        Suspect("unclamped", lambda model, a, targets, b: from_patches(model.decode(model.queries(
                model.pose(a, targets, model.encode(a)), model.positions()), model.encode(b)), model.config.size,
                model.config.size, model.config.query_patch), "Your pictures have colours below 0 and above 1. "
                "`model.render` clips them, as whoever shows a picture does.", WHOSE),
        Suspect("other-half", _transplant(lambda a, b: a, lambda a, b: b, right=True), "The estimator saw the right "
                "halves. The protocol shows it the left ones and judges the right ones.", WHOSE),
        Suspect("both-scenes", _transplant(lambda a, b: a, lambda a, b: torch.cat([a, b], 1)), "The decoder gets "
                "both scenes at once. With A's tokens at hand nothing is tested.", WHOSE))),
)
