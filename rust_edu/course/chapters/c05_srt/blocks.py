"""Exercises 05.3 and 05.5, the encoder and the decoder: cases, known mistakes, properties."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor, nn

from ....models import ModelConfig
from ....models.decoder import Decoder
from ....models.layers import Block
from ...checking.drawn import fresh
from ...checking.exercise import Case, Diagnosis, Suspect
from ...shared.srt_parts import DECODER, ENCODER, attend

Q = 10  # numbers in a query


def encoder_blocks(D: int, count: int) -> nn.ModuleList:
    return nn.ModuleList(Block(width=D, heads=2, hidden=2 * D, attend_context=False, attend_self=True)
                         for _ in range(count))


def encoder_cases(g: Generator) -> Iterator[Case]:
    for B, K, D, L in ((1, 3, 4, 1), (2, 1, 4, 1), (1, 40, 4, 1), (2, 5, 8, 2), (2, 12, 8, 3)):
        case = Case(f"{K} token{'s' * (K > 1)}, {L} block{'s' * (L > 1)}", torch.randn(B, K, D, generator=g),
                    fresh(g, lambda D=D, L=L: encoder_blocks(D, L)), fresh(g, lambda D=D: nn.LayerNorm(D)), attend)
        yield case.asking("A set may have any number of tokens: each asks all of them.") if K > 12 else case


def _encode(*, some: slice = slice(None), norm=True, post=False, residual=(True, True), mlp=True, among=True,
            first=False, raw=False, one_norm=False, last=True, mlp_first=False) -> Callable:
    """encode_set with one thing done otherwise."""

    def mistaken(tokens: Tensor, blocks, last_norm, attend) -> Tensor:
        for block in list(blocks)[some]:
            norms = (block.self_norm, block.self_norm if one_norm else block.mlp_norm)
            steps = [(among, lambda x, context, part=block.self_attention: attend(part, x, context if raw else x), 0),
                     (mlp, lambda x, context, part=block.mlp: part(x), 1)]
            before = tokens
            for wanted, step, i in reversed(steps) if mlp_first else steps:
                if not wanted:
                    continue
                change = step(norms[i](tokens) if norm and not post else tokens, tokens)
                onto = before if first else tokens
                tokens = onto + change if residual[i] else change
                tokens = norms[i](tokens) if post else tokens
        return last_norm(tokens) if last else tokens

    return mistaken


def _blockwise(step: Callable, last: Callable = lambda norm, x: norm(x)) -> Callable:
    """encode_set with another block: step(block, x, the very first tokens, the last norm, attend) -> x."""

    def mistaken(tokens: Tensor, blocks, last_norm, attend) -> Tensor:
        x = tokens
        for block in blocks:
            x = step(block, x, tokens, last_norm, attend)
        return last(last_norm, x)

    return mistaken


def _usual(block, x: Tensor, tokens: Tensor, last_norm, attend) -> Tensor:
    asking = block.self_norm(x)
    x = x + attend(block.self_attention, asking, asking)
    return x + block.mlp(block.mlp_norm(x))


def _overwritten(first: bool, second: bool) -> Callable:
    """The sum goes on from the normalised tokens, in the first step, the second, or both."""

    def step(block, x: Tensor, tokens: Tensor, last_norm, attend) -> Tensor:
        asking = block.self_norm(x)
        x = (asking if first else x) + attend(block.self_attention, asking, asking)
        asking = block.mlp_norm(x)
        return (asking if second else x) + block.mlp(asking)

    return step


def _both_from_one(block, x: Tensor, tokens: Tensor, last_norm, attend) -> Tensor:
    asking = block.self_norm(x)
    return x + attend(block.self_attention, asking, asking) + block.mlp(block.mlp_norm(x))


def _asks_the_beginning(normed: bool) -> Callable:
    def step(block, x: Tensor, tokens: Tensor, last_norm, attend) -> Tensor:
        x = x + attend(block.self_attention, block.self_norm(x), block.self_norm(tokens) if normed else tokens)
        return x + block.mlp(block.mlp_norm(x))
    return step


def _normed_each_time(block, x: Tensor, tokens: Tensor, last_norm, attend) -> Tensor:
    return last_norm(_usual(block, x, tokens, last_norm, attend))


OVERWRITTEN = ("You keep the normalised tokens under the name of the tokens, `x = norm(x)`, so the sum begins from "
               "them, and what the tokens were is lost. Give the normalised copy a name of its own: asking = norm(x), "
               "then x = x + step(asking).")
EACH_TIME = "The last norm stands inside the loop and is used after every block. It comes once, after all of them."
BEGINNING = ("In every block the tokens ask those of the very beginning. They ask each other as they are now: in each "
             "block x and context are the same.")
ENCODER_SUSPECTS = (
    *(Suspect("norm-overwrites", _blockwise(_overwritten(*steps)), OVERWRITTEN, ENCODER)
      for steps in ((True, True), (True, False), (False, True))),
    Suspect("norm-in-every-block", _blockwise(_normed_each_time, lambda norm, x: x), EACH_TIME, ENCODER),
    Suspect("norm-in-every-block", _blockwise(_normed_each_time), EACH_TIME, ENCODER),
    Suspect("both-from-one", _blockwise(_both_from_one), "Both steps start from the same x: the MLP does not see what "
            "attention has found. First ask, x = x + ..., then think about the new x.", ENCODER),
    Suspect("asks-the-beginning", _blockwise(_asks_the_beginning(normed=True)), BEGINNING, ENCODER),
    Suspect("asks-the-beginning", _blockwise(_asks_the_beginning(normed=False)), BEGINNING, ENCODER),
    Suspect("no-residual", _encode(residual=(False, False)), "Each step replaces the tokens. It should add to them: "
            "x = x + step(norm(x)).", ENCODER),
    Suspect("no-residual-attention", _encode(residual=(False, True)), "What attention brings replaces the tokens; a "
            "token forgets what it was. Add it: x = x + ...", ENCODER),
    Suspect("no-residual-mlp", _encode(residual=(True, False)), "What the MLP gives replaces the tokens. Add it: "
            "x = x + ...", ENCODER),
    Suspect("no-norm", _encode(norm=False), "The norms inside the blocks are missing: each step sees the normalised "
            "tokens, and its result is added to the tokens as they were.", ENCODER),
    Suspect("post-norm", _encode(post=True), "You normalise after each sum. In a pre-norm block the norm is inside the "
            "step, x + step(norm(x)), and the way from input to output stays free of norms.", ENCODER),
    Suspect("no-last-norm", _encode(last=False), "The norm at the end is missing. After many sums tokens differ in "
            "size; it brings them to one measure, once, for all who will ask.", ENCODER),
    Suspect("no-mlp", _encode(mlp=False), "The MLP is missing: the second step, each token on its own.", ENCODER),
    Suspect("no-attention", _encode(among=False), "The tokens never ask each other. Without attention each patch stays "
            "alone with its few pixels.", ENCODER),
    Suspect("mlp-first", _encode(mlp_first=True), "The MLP comes before the attention. First ask, then think.",
            ENCODER),
    Suspect("one-norm-for-both", _encode(one_norm=True), "Both steps use the first norm. Each has its own: self_norm "
            "and mlp_norm.", ENCODER),
    Suspect("raw-context", _encode(raw=True), "The queries are normalised, the context is not. Both are the same "
            "normalised tokens.", ENCODER),
    Suspect("first-block-only", _encode(some=slice(1)), "Only the first block is used. Loop over all.", ENCODER),
    Suspect("side-by-side", _encode(first=True), "The MLP's result is added to the tokens from before the attention, "
            "so what attention found is lost. Add to what is there now.", ENCODER),
)


def order_moves_with_the_tokens(yours: Callable, g: Generator) -> None:
    """Tokens in another order give the same tokens, in that order"""
    tokens, blocks, norm = torch.randn(2, 6, 8, generator=g), fresh(g, lambda: encoder_blocks(8, 2)), nn.LayerNorm(8)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    a, b = yours(tokens, blocks, norm, attend), yours(tokens[:, order], blocks, norm, attend)
    if a.shape == b.shape == tokens.shape and not torch.allclose(a[:, order], b, atol=1e-4):
        raise Diagnosis("order-matters", "The same tokens in another order are encoded otherwise. The encoder must not "
                        "know where in the list a token stands.", seen="other tokens", expected="the same, moved",
                        reread=ENCODER)


def tokens_hear_each_other(yours: Callable, g: Generator) -> None:
    """Every token hears of every other of its scene, and of no other scene"""
    tokens, blocks, norm = torch.randn(2, 5, 8, generator=g), fresh(g, lambda: encoder_blocks(8, 1)), nn.LayerNorm(8)
    before = yours(tokens, blocks, norm, attend)
    changed = tokens.clone()
    changed[1, 2] += torch.randn(8, generator=g)
    after = yours(changed, blocks, norm, attend)
    if before.shape != tokens.shape or after.shape != tokens.shape:
        return
    moved = (after - before).abs().amax(-1) > 1e-5  # (B, K)
    if moved[0].any():
        raise Diagnosis("scenes-mixed", "A token of scene 1 changes, and scene 0 notices. Scenes of a batch know "
                        "nothing of each other.", seen="scene 0 moved", expected="no change", reread=ENCODER)
    if not moved[1].all():
        raise Diagnosis("deaf-tokens", "One token changes, and some tokens of the same scene do not notice. In every "
                        "block every token asks all tokens, also those of other views.",
                        seen=f"{int(moved[1].sum())} of 5 tokens moved", expected="all 5", reread=ENCODER)


# ------------------------------------------------------------------------------------------------------ 05.5


def decoder_config(D: int, layers: int, q: int = 1) -> ModelConfig:
    return ModelConfig(width=D, heads=2, hidden=2 * D, decoder_layers=layers, render=(2 * D,), query_patch=q)


def decoder_cases(g: Generator) -> Iterator[Case]:
    # The first has as many tokens as queries; and colours beyond 0 and 1 come up, as weights are large.
    for B, T, N, K, D, L, q in ((1, 1, 3, 3, 4, 1, 1), (1, 1, 2, 70, 4, 1, 1), (2, 3, 2, 5, 8, 2, 2),
                                (2, 2, 4, 8, 8, 2, 1)):
        case = Case(f"{T} target{'s' * (T > 1)} with {N} queries, {K} tokens", torch.randn(B, T, N, Q, generator=g),
                    torch.randn(B, K, D, generator=g),
                    fresh(g, lambda D=D, L=L, q=q: Decoder(decoder_config(D, L, q), Q)), attend)
        yield case.asking("A scene may have any number of tokens: all are asked.") if K > 8 else case


def _decode(*, some: slice = slice(None), norm=True, post=False, residual=(True, True), mlp=True, last=True,
            normed=False, scene: Callable = lambda asking, slsr: slsr,
            squash: Callable = lambda colour: colour + 0.5, cross=True, among: str = "") -> Callable:
    """decode with one thing done otherwise; `among`: the axes over which queries attend to each other too."""

    def mistaken(queries: Tensor, slsr: Tensor, decoder, attend) -> Tensor:
        x = decoder.query(queries)
        for block in list(decoder.blocks)[some]:
            inner = (lambda n, x: n(x)) if norm and not post else (lambda n, x: x)  # noqa: E731
            if among:
                asking = inner(block.cross_norm, x).flatten(*((1, 2) if among == "scene" else (0, 1)))
                x = x + attend(block.cross, asking, asking).reshape(x.shape)
            if cross:
                asking = inner(block.cross_norm, x).flatten(1, 2)
                change = attend(block.cross, asking, scene(asking, block.cross_norm(slsr) if normed else slsr))
                x = x + change.reshape(x.shape) if residual[0] else change.reshape(x.shape)
                x = block.cross_norm(x) if post else x
            if mlp:
                change = block.mlp(inner(block.mlp_norm, x))
                x = x + change if residual[1] else change
                x = block.mlp_norm(x) if post else x
        return squash(decoder.render(decoder.norm(x) if last else x))

    return mistaken


def _scene_asks(queries: Tensor, slsr: Tensor, decoder, attend) -> Tensor:
    x = decoder.query(queries)
    for block in decoder.blocks:
        x = x + attend(block.cross, slsr, block.cross_norm(x).flatten(1, 2)).reshape(x.shape)
        x = x + block.mlp(block.mlp_norm(x))
    return decoder.render(decoder.norm(x)) + 0.5


def _scenes_in_turn(queries: Tensor, slsr: Tensor, decoder, attend) -> Tensor:
    x = decoder.query(queries).flatten(0, 1)  # (B T, N, D), the targets of a scene one after the other
    scenes = slsr.repeat(queries.shape[1], 1, 1)
    for block in decoder.blocks:
        x = x + attend(block.cross, block.cross_norm(x), scenes)
        x = x + block.mlp(block.mlp_norm(x))
    return (decoder.render(decoder.norm(x)) + 0.5).unflatten(0, queries.shape[:2])


def through_its_first_layer(candidate: Callable) -> Callable:
    """What the reader wrote, which is told so if its shapes do not fit since the queries never met `decoder.query`."""

    def called(queries: Tensor, slsr: Tensor, decoder: Decoder, attend: Callable) -> Tensor:
        met = []
        handle = decoder.query.register_forward_hook(lambda *_: met.append(True))
        try:
            return candidate(queries, slsr, decoder, attend)
        except RuntimeError as error:
            if not met and not isinstance(error, NotImplementedError):
                raise Diagnosis("query-forgotten", "The queries go into the blocks as they are, Q numbers each. First "
                                "`decoder.query(queries)` makes D numbers of them.", seen="a layer that wants another "
                                "width", expected="(B, T, N, D) from the first block on", reread=DECODER) from None
            raise
        finally:
            handle.remove()

    return called


GREY = "The render MLP's numbers are distances from grey: add 0.5. "
DECODER_SUSPECTS = (
    Suspect("squashed", _decode(squash=torch.sigmoid), "Your colours go through a sigmoid. " + GREY + "Squashed "
            "colours learn slower under a squared error; whoever shows a picture clips it.", DECODER),
    Suspect("squashed", _decode(squash=lambda c: torch.sigmoid(c + 0.5)), "Your colours go through a sigmoid. Leave it "
            "away: squashed colours learn slower under a squared error; whoever shows a picture clips it.", DECODER),
    Suspect("clipped", _decode(squash=lambda c: (c + 0.5).clamp(0.0, 1.0)), "Your colours are clipped to [0, 1]. A "
            "clipped number has no gradient, so what is too bright would never learn. Whoever shows a picture clips "
            "it.", DECODER),
    Suspect("no-grey", _decode(squash=lambda c: c), GREY + "So the first guess of a new model is grey, not black.",
            DECODER),
    Suspect("queries-for-scene", _decode(scene=lambda asking, slsr: asking), "Keys and values come from the queries, "
            "so they ask each other and nobody asks the scene. The context is the SLSR.", DECODER),
    Suspect("queries-in-context", _decode(scene=lambda asking, slsr: torch.cat([slsr, asking], 1)), "The queries are "
            "in the context, beside the scene, and hear each other. Then a pixel's colour depends on which others are "
            "asked for.", DECODER),
    Suspect("self-attention", _decode(among="scene"), "The queries attend to each other before they ask the scene. "
            "Then a pixel's colour depends on which others are asked for. Cross-attention alone.", DECODER),
    Suspect("self-attention", _decode(among="target"), "The queries of a target attend to each other before they ask "
            "the scene. Then a pixel's colour depends on which others are asked for. Cross-attention alone.", DECODER),
    Suspect("scenes-in-turn", _scenes_in_turn, "The targets ask the wrong scenes. `slsr.repeat(T, 1, 1)` gives scene "
            "0, 1, ..., 0, 1, ..., while the targets lie scene by scene: 0, 0, ..., 1, 1, ... That is "
            "`repeat_interleave(T, 0)`; or fold T and N into one axis and repeat nothing.", DECODER),
    Suspect("scene-asks", _scene_asks, "The scene asks the queries. It is the other way round: one answer for each "
            "query.", DECODER),
    Suspect("no-cross-attention", _decode(cross=False), "Nobody asks the scene: the colours depend on the query alone.",
            DECODER),
    Suspect("no-residual", _decode(residual=(False, False)), "Each step replaces the queries. It should add to them: "
            "x = x + step(norm(x)).", DECODER),
    Suspect("no-residual-attention", _decode(residual=(False, True)), "What attention brings replaces the query, which "
            "then no longer knows what it asked for. Add it: x = x + ...", DECODER),
    Suspect("no-residual-mlp", _decode(residual=(True, False)), "What the MLP gives replaces the query. Add it: "
            "x = x + ...", DECODER),
    Suspect("no-norm", _decode(norm=False), "The norms inside the blocks are missing: each step sees the normalised "
            "queries.", DECODER),
    Suspect("post-norm", _decode(post=True), "You normalise after each sum. The norm is inside the step: "
            "x + step(norm(x)).", DECODER),
    Suspect("normed-scene", _decode(normed=True), "You normalise the SLSR as well. It is used as it is: the encoder "
            "has normalised it once, for all who ask.", DECODER),
    Suspect("no-mlp", _decode(mlp=False), "The MLP of the blocks is missing: the second step.", DECODER),
    Suspect("no-last-norm", _decode(last=False), "The decoder's own norm, before `render`, is missing.", DECODER),
    Suspect("first-block-only", _decode(some=slice(1)), "Only the first block is used. Loop over all.", DECODER),
)


def _decoding(g: Generator) -> tuple[Tensor, Tensor, Decoder]:
    return (torch.randn(2, 3, 4, Q, generator=g), torch.randn(2, 5, 8, generator=g),
            fresh(g, lambda: Decoder(decoder_config(8, 2), Q)))


def each_query_is_answered_alone(yours: Callable, g: Generator) -> None:
    """A query gets the same answer, whoever else asks"""
    queries, slsr, decoder = _decoding(g)
    together = yours(queries, slsr, decoder, attend)
    for part, words in ((queries[:, :, 1:2], "the other queries of its target"), (queries[:, 1:2], "the other "
            "targets")):
        alone = yours(part, slsr, decoder, attend)
        wanted = together[:, :, 1:2] if part.shape[2] == 1 else together[:, 1:2]
        fits = alone.shape == wanted.shape and together.shape == (2, 3, 4, 3)
        if fits and not torch.allclose(alone, wanted, atol=1e-4):
            raise Diagnosis("queries-meet", f"A query gets another colour when {words} are not asked. Each query looks "
                            "at the scene alone; only so may training ask for a few pixels and a picture for all.",
                            seen=_short(alone), expected=_short(wanted), reread=DECODER)


def asks_its_own_scene(yours: Callable, g: Generator) -> None:
    """Colours depend on every token of their own scene, in no order, and on no other scene"""
    queries, slsr, decoder = _decoding(g)
    before = yours(queries, slsr, decoder, attend)
    if before.shape != (2, 3, 4, 3):
        return
    for k in range(5):
        changed = slsr.clone()
        changed[1, k] += torch.randn(8, generator=g)
        moved = (yours(queries, changed, decoder, attend) - before).abs().amax((1, 2, 3)) > 1e-6
        if not moved.any() and _follows_scene_0(yours, queries, slsr, decoder, before, g):
            raise Diagnosis("first-scene", "The queries of scene 1 ask the SLSR of scene 0. Each scene of the batch "
                            "has its own: hand over all of `slsr`.", seen="scene 1 moved with scene 0's SLSR, and not "
                            "with its own", expected="slsr (B, K, D) as the context of (B, T N, D)", reread=DECODER)
        if moved[0]:
            raise Diagnosis("scenes-mixed", "A token of scene 1 changes, and colours of scene 0 do. A query asks its "
                            "own scene.", seen="scene 0 moved", expected="no change", reread=DECODER)
        if not moved[1]:
            raise Diagnosis("token-ignored", f"Token {k} of the scene changes, and no colour does.", seen="no change",
                            expected="colours that depend on all tokens", reread=DECODER)
    if not torch.allclose(yours(queries, slsr.flip(1), decoder, attend), before, atol=1e-4):
        raise Diagnosis("order-matters", "The same scene with its tokens in another order gives other colours. The "
                        "scene is a set.", seen="other colours", expected="the same", reread=DECODER)


def _follows_scene_0(yours: Callable, queries: Tensor, slsr: Tensor, decoder: Decoder, before: Tensor,
                     g: Generator) -> bool:
    changed = slsr.clone()
    changed[0] += torch.randn(slsr.shape[1:], generator=g)
    return bool((yours(queries, changed, decoder, attend) - before)[1].abs().max() > 1e-6)


def _short(values: Tensor) -> str:
    return "[" + ", ".join(f"{value:.3f}" for value in values.flatten()[:3].tolist()) + ", ...]"
