"""What must hold of the pieces of notebook 07, whatever they compute: the properties that its checks test.

Each is called with the reader's function and a generator, and raises a `Diagnosis`. Those of the loss are in `loss`.
Public: the properties, `ask`, `fresh_block`.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor, nn

from ....models.layers import Block
from ....views import half
from ...checking.compare import agree, compare
from ...checking.drawn import SIGMAS, dependence, drawn_often, fresh
from ...checking.exercise import Diagnosis
from .parts import peek, pose_block

NORMS = ("cross_norm", "self_norm", "mlp_norm")
HALF, BLOCK, EIGHT, QUERY = ("Half a picture", "Compare with the scene", "Eight numbers", "A question without a ray")


def fresh_block(g: Generator, D: int) -> nn.Module:
    return fresh(g, lambda: Block(width=D, heads=2, hidden=2 * D, attend_context=True, attend_self=True))


def as_it_is(where: Tensor) -> Tensor:
    """Features that are the positions themselves, for examples by hand."""
    return where


def each_half_is_what_right_says(yours: Callable, g: Generator) -> None:
    """Each half is the one that `right` names."""
    for B, T, H, W in ((6, 5, 4, 8), (1, 1, 2, 4), (2, 3, 6, 4), (1, 2, 32, 32)):
        images, seed = torch.rand(B, T, H, W, 3, generator=g), int(torch.randint(2**31, (), generator=g))
        result = yours(images, Generator().manual_seed(seed))
        whose = f"{B} x {T} pictures of {H}x{W} pixels"
        _shape_of_halves(result, images, whose)
        compare(result, peek(images, Generator().manual_seed(seed)), ("halves", "right"), None, whose, "peek")
        _sides_of_halves(images, *result)


def _shape_of_halves(result: Any, images: Tensor, whose: str) -> None:
    """Words for pictures cut otherwise; all else about types and shapes is said by `compare`."""
    halves = result[0] if type(result) in (tuple, list) and len(result) else None
    if type(halves) is Tensor and halves.dtype == torch.bool and len(result) == 2:
        raise Diagnosis("order-exchanged", "The two results are exchanged: the halves come first, then `right`.",
                        seen="a bool tensor first", expected="return halves, right", reread=HALF)
    B, T, H, W = images.shape[:4]
    seen, wanted = f"{tuple(getattr(halves, 'shape', ()))} for {whose}", f"{(B, T, H, W // 2, 3)}"
    if type(halves) is Tensor and halves.shape == images.shape:
        raise Diagnosis("whole-picture", "The pictures still have their full width. A half that is painted over is "
                        "still there: the estimator would read how much is missing, and pay for tokens of nothing.",
                        seen=seen, expected=wanted, reread=HALF)
    if type(halves) is Tensor and halves.shape == (B, T, H // 2, W, 3):
        raise Diagnosis("top-and-bottom", "These are upper or lower halves: rows were cut. Axes are (B, T, H, W, 3), "
                        "and left and right lie along W.", seen=seen, expected=wanted, reread=HALF)


def _sides_of_halves(images: Tensor, halves: Tensor, right: Tensor) -> None:
    is_left, is_right = ((halves == half(images, side)).flatten(2).all(2) for side in (False, True))
    if not (is_left | is_right).all():
        raise Diagnosis("mixed", "Some of your halves are neither the left nor the right half of their picture.",
                        seen="other pixels", expected="columns 0 to W/2 - 1, or W/2 to W - 1, in order", reread=HALF)
    if (is_right == ~right).all():
        raise Diagnosis("other-half", "Every half is the other one: where `right` is True you return the left half. "
                        "The position embeddings would say the wrong place for every token.",
                        seen="the left half with right = True", expected="the right half", reread=HALF)
    if not (is_right == right).all():
        side = "left" if is_left.all() else "right" if is_right.all() else ""
        raise Diagnosis("right-is-not-true", "The halves do not follow `right`" + (
                        f": they are all {side} halves." if side else ". Draw the choice once, and use it for both."),
                        seen="a half that `right` does not name", expected="the same choice in both", reread=HALF)


def a_coin_for_each_target(yours: Callable, g: Generator) -> None:
    """Every target has a coin of its own, and the generator throws it."""
    images = torch.rand(64, 5, 2, 2, 3, generator=g)
    first, *others = (yours(images, Generator().manual_seed(seed))[1] for seed in range(2, 10))
    with torch.random.fork_rng(devices=[]):  # other global dice, the same generator
        torch.default_generator.manual_seed(4)
        again = yours(images, Generator().manual_seed(2))[1]
    share = first.double().mean().item()
    if first.all() or not first.any():
        if len({yours(images, Generator().manual_seed(seed))[1][0, 0].item() for seed in range(12)}) == 2:
            raise Diagnosis("one-coin-for-all", "You throw one coin for the whole batch: all 320 halves show the same "
                            "side, and another time all the other one. Throw a coin for each target.",
                            seen="one choice for all scenes and targets", expected="choices of shape (B, T)",
                            reread=HALF)
        raise Diagnosis("always-one-side", f"All 320 halves are {'right' if share else 'left'} ones. The estimator "
                        "must learn from both: at random, a left or a right half.", seen=f"{share:.0%} right halves",
                        expected="about half of them", reread=HALF)
    if (first == first[:, :1]).all():
        raise Diagnosis("one-coin-a-scene", "All targets of a scene show the same side. Each target is a picture "
                        "of its own: throw a coin for each.", seen="one choice for each scene",
                        expected="choices of shape (B, T)", reread=HALF)
    if (first == first[:1]).all():
        raise Diagnosis("one-coin-a-view", "All scenes show the same sides. Throw a coin for every picture of them.",
                        seen="one choice for each target view", expected="choices of shape (B, T)", reread=HALF)
    if not torch.equal(first, again):
        raise Diagnosis("own-dice", "Called twice with the same generator, you choose differently: the choice does not "
                        "come from `generator`. A training could never be repeated.",
                        seen="two different choices", expected="torch.rand(..., generator=generator)", reread=HALF)
    if all(torch.equal(first, other) for other in others):
        raise Diagnosis("same-every-time", "Another generator, the same choices: they do not come from `generator`.",
                        seen="the same halves for eight seeds", expected="other halves", reread=HALF)
    going_on = Generator().manual_seed(2)  # one generator for two steps, not a copy of it for each
    steps = [yours.call((images, going_on), {}, gradients=True)[1] for _ in range(2)]
    if torch.equal(*steps):
        raise Diagnosis("same-every-step", "Two calls in a row with one generator throw the same coins. In training, "
                        "every step would show the same sides: draw from `generator` itself, which moves on.",
                        seen="the same choices in two steps", expected="new coins in every step", reread=HALF)


def coins_are_fair_and_independent(yours: Callable, g: Generator) -> None:
    """The coins are fair, and no coin knows of another."""
    for B, T in ((4, 6), (1, 6), (6, 1), (1, 2)):
        images = torch.rand(B, T, 2, 2, 3, generator=g)
        coins = drawn_often(lambda its, images=images: yours(images, its)[1], g, calls=300)  # (300, B T)
        batch = f"{B} scene{'s' * (B > 1)} with {T} target{'s' * (T > 1)}{' each' * (B > 1)}"
        if (found := dependence(coins)) is not None:
            what, seen, expected = found
            raise Diagnosis("not-independent", f"Every target should have a coin of its own. In {len(coins)} draws of "
                            f"{batch}: {what}.", seen=seen, expected=expected, reread=HALF)
        share = coins.mean().item()
        if abs(share - 0.5) * 2 * coins.numel() ** 0.5 > SIGMAS:
            raise Diagnosis("unfair-coin", f"For {batch} the coin is not fair.", seen=f"{share:.0%} right halves of "
                            f"{coins.numel():,}", expected="half of them, up to chance", reread=HALF)
        pairs = 2 * coins.view(-1, B, T) - 1
        squares = pairs[:, :-1, :-1] * pairs[:, 1:, :-1] * pairs[:, :-1, 1:] * pairs[:, 1:, 1:]
        if abs(squares.sum()) > 2 * SIGMAS * squares.numel() ** 0.5:  # they overlap: chance reaches farther
            raise Diagnosis("not-independent", "Every target should have a coin of its own. Of two targets in each of "
                            "two scenes, three coins tell the fourth.", seen=f"a correlation of {squares.mean():+.2f}",
                            expected="0, up to chance", reread=HALF)


def ask(part: nn.Module, x: Tensor, context: Tensor) -> Tensor:
    """Attention of x (batch, queries, D) to a context (batch, tokens, D), by the package."""
    if x.ndim != 3 or context.ndim != 3 or len(x) != len(context):
        raise Diagnosis("axes", "`attend` works on (batch, tokens, D), twice with the same batch. Fold the other axes "
                        "first: for the scene (B, T, P, D) becomes (B, T P, D), within a picture (B T, P, D).",
                        seen=f"x {tuple(x.shape)} and context {tuple(context.shape)}",
                        expected="three axes each, the first ones equal", reread=BLOCK)
    return part(x, context)


def asks_its_own_scene(yours: Callable, g: Generator) -> None:
    """Each half picture asks the SLSR of its own scene, and nothing else of the batch."""
    x, slsr, block = torch.randn(2, 3, 4, 8, generator=g), torch.randn(2, 5, 8, generator=g), fresh_block(g, 8)
    before = yours(x, slsr, block, ask)
    if before.shape != x.shape:
        return
    changed = slsr.clone()
    changed[1] += torch.randn(5, 8, generator=g)
    moved = (yours(x, changed, block, ask) - before).abs().amax((1, 2, 3)) > 1e-5  # (B,)
    if not moved[1]:
        changed = slsr.clone()
        changed[0] += torch.randn(5, 8, generator=g)
        if (yours(x, changed, block, ask) - before)[1].abs().max() > 1e-5:
            raise Diagnosis("first-scene", "The tokens of scene 1 ask the SLSR of scene 0. Each scene of the batch has "
                            "its own: hand over all of `slsr`.", seen="scene 1 moved with scene 0's SLSR, and not with "
                            "its own", expected="slsr (B, K, D) as the context of (B, T P, D)", reread=BLOCK)
        raise Diagnosis("ignores-slsr", "Another scene, the same result: your block never asks the SLSR. Without a "
                        "scene, a pose has no frame to be relative to.", seen="no change when the SLSR changes",
                        expected="tokens that depend on the SLSR", reread=BLOCK)
    if moved[0]:
        raise Diagnosis("scenes-mixed", "The tokens of scene 0 change when the SLSR of scene 1 does. The first axis is "
                        "the batch: scenes know nothing of each other.", seen="scene 0 moved with scene 1",
                        expected="no change", reread=BLOCK)
    changed = x.clone()
    changed[:, 1] += torch.randn(2, 4, 8, generator=g)
    moved = (yours(changed, slsr, block, ask) - before).abs().amax((0, 2, 3)) > 1e-5  # (T,)
    if moved[0] or moved[2]:
        _silence(block.self_attention.out)
        alone = (yours(changed, slsr, block, ask) - yours(x, slsr, block, ask)).abs().amax((0, 2, 3)) > 1e-5  # (T,)
        if alone[0] or alone[2]:
            raise Diagnosis("scrambled", "What the scene answers to one target's tokens is added to another target's. "
                            "Fold (B, T, P, D) to (B, T P, D) for the scene, and unfold it the same way: T before P, "
                            "without a transpose.", seen="target 0 moved with target 1, without any self-attention",
                            expected="x.reshape(B, T * P, D), and back with reshape(B, T, P, D)", reread=BLOCK)
        raise Diagnosis("targets-mixed", "The tokens of one target change when another target's picture does. "
                        "Self-attention must stay within one half picture: two targets would share their pixels, and "
                        "one sees what the other must not.", seen="target 0 moved with target 1",
                        expected="no change: fold T into the batch, (B T, P, D)", reread=BLOCK)
    changed = x.clone()
    changed[:, 1, 0] += torch.randn(2, 8, generator=g)
    moved = (yours(changed, slsr, block, ask) - before).abs().amax((0, 3)) > 1e-5  # (T, P)
    if not moved[1, 0]:
        raise Diagnosis("target-ignored", "A token of target 1 changes, and its own result does not: what you return "
                        "for target 1 is made of another target's tokens.", seen="no change in target 1",
                        expected="tokens of each target from its own", reread=BLOCK)
    if not moved[1, 1:].any():
        raise Diagnosis("no-self-attention", "One token of a half picture changes and its neighbours do not notice. "
                        "Without self-attention no token knows the rest of the picture.",
                        seen="no change in the other tokens", expected="tokens that ask each other", reread=BLOCK)


def adds_to_what_was_there(yours: Callable, g: Generator) -> None:
    """With all learned parts at zero the tokens pass unchanged."""
    x, slsr, block = torch.randn(2, 2, 3, 8, generator=g), torch.randn(2, 4, 8, generator=g), fresh_block(g, 8)
    for part in (block.cross.out, block.self_attention.out, block.mlp[-1]):
        _silence(part)
    result = yours(x, slsr, block, ask)
    if result.shape == x.shape and not torch.allclose(result, x, atol=1e-5):
        raise Diagnosis("no-residual", "With attention and MLP switched off, the tokens should pass unchanged. Each of "
                        "the three steps adds to x; none replaces it.", seen="other tokens",
                        expected="x = x + step(norm(x)), three times", reread=BLOCK)


def uses_the_attention_it_is_given(yours: Callable, g: Generator) -> None:
    """All attention goes through `attend`."""
    args = torch.randn(2, 2, 3, 8, generator=g), torch.randn(2, 4, 8, generator=g), fresh_block(g, 8)

    def silent(part: nn.Module, x: Tensor, context: Tensor) -> Tensor:
        return torch.zeros_like(x)

    if agree(yours(*args, ask), pose_block(*args, ask), 1e-4) and \
            not agree(yours(*args, silent), pose_block(*args, silent), 1e-4):
        raise Diagnosis("attend-unused", "The numbers are right, but not all of the attention goes through `attend`. "
                        "Write attend(block.cross, ...) and not block.cross(...): your own attention of 04.3 goes in "
                        "there.", seen="attention even where `attend` answers with zeros",
                        expected="attend(block.cross, ...) and attend(block.self_attention, ...)", reread=BLOCK)


def _silence(linear: nn.Linear) -> None:
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)


def one_latent_for_each_target(yours: Callable, g: Generator) -> None:
    """Each target has a latent pose of its own, and every token has a say in it."""
    x, norm, linear = torch.randn(3, 4, 5, 8, generator=g), nn.LayerNorm(8), fresh(g, lambda: nn.Linear(8, 2))
    before = yours(x, norm, linear)
    if before.shape != (3, 4, 2):
        raise Diagnosis("shape", "One latent pose is wanted for each target of each scene.", reread=EIGHT,
                        seen=str(tuple(before.shape)), expected="(3, 4, 2) for 3 scenes, 4 targets, 2 numbers")
    changed = x.clone()
    changed[0, 0] = torch.randn(5, 8, generator=g)
    moved = (yours(changed, norm, linear) - before).abs().amax(-1) > 1e-5
    if moved[0, 1:].any() or moved[1:].any():
        raise Diagnosis("latent-shared", "Another picture in one target changes the latent pose of others. A latent "
                        "pose belongs to one target view: pool over its tokens, axis P, and over nothing else.",
                        seen="several latents moved with one picture", expected="one", reread=EIGHT)
    for p in range(5):
        changed = x.clone()
        changed[:, :, p] += torch.randn(3, 4, 8, generator=g)
        if not ((yours(changed, norm, linear) - before).abs() > 1e-6).any():
            raise Diagnosis("token-ignored", f"Token {p} of 5 has no say in the latent pose.", seen="no change",
                            expected="the mean over all tokens", reread=EIGHT)
    if not torch.allclose(yours(x.flip(2), norm, linear), before, atol=1e-4):
        raise Diagnosis("order-matters", "The same tokens in another order give another latent pose. A mean over the "
                        "tokens does not know their order.", seen="another latent", expected="the same", reread=EIGHT)


def each_query_carries_its_own_pose(yours: Callable, g: Generator) -> None:
    """The queries of a target carry its latent pose and no other."""
    pose, positions = torch.randn(2, 3, 4, generator=g), torch.rand(5, 2, generator=g) * 8
    result = yours(pose, positions, 8, as_it_is)
    if result.shape != (2, 3, 5, 6):
        return
    if not torch.equal(result[..., :4].float(), pose.unsqueeze(2).expand(2, 3, 5, 4)):
        raise Diagnosis("pose-changed", "The first L numbers of a query should be the latent pose of its target, "
                        "untouched.", seen="other numbers", expected="pose[b, t] in front of every position",
                        reread=QUERY)


def places_are_asked_anew(yours: Callable, g: Generator) -> None:
    """Other positions, as many as before, get features of their own"""
    pose = torch.randn(1, 1, 2, generator=g)
    first, other = (12 * torch.rand(7, 2, generator=g) for _ in range(2))
    before, now = (yours(pose, where, 12, as_it_is) for where in (first, other))
    if before.shape == now.shape == (1, 1, 7, 4) and torch.equal(before[..., 2:], now[..., 2:]):
        raise Diagnosis("kept-from-before", "Asked at seven positions, then at seven others, you return the features "
                        "of the first seven both times. Something is kept from one call to the next, or `positions` "
                        "is not used: every call has features of its own.", seen=_two(now[0, 0, 0, 2:]),
                        expected=_two(2.0 * other[0] / 12 - 1.0), reread=QUERY)


def corners_are_at_minus_and_plus_one(yours: Callable, g: Generator) -> None:
    """The picture goes from -1 to 1 in x and in y, whoever else is asked for"""
    pose = torch.randn(1, 1, 2, generator=g)
    for where, what in (((0.0, 0.0), "the upper left corner"), ((12.0, 0.0), "the upper right corner"),
                        ((0.0, 12.0), "the lower left corner"), ((6.0, 6.0), "the middle"),
                        ((2.7, 10.2), "the position (2.7, 10.2)")):
        result = yours(pose, torch.tensor([where]), 12, as_it_is)
        wanted = 2.0 * torch.tensor(where) / 12 - 1.0
        if result.shape != (1, 1, 1, 4):
            return
        if not torch.allclose(result[0, 0, 0, 2:].float(), wanted, atol=1e-4):
            raise Diagnosis("scaled-otherwise", f"In a picture of 12 x 12 pixels {what} has another place. x and y go "
                            "from -1 to 1, from edge to edge, y downwards.", seen=_two(result[0, 0, 0, 2:]),
                            expected=_two(wanted), reread=QUERY)
    some = 12 * torch.rand(5, 2, generator=g)
    together = yours(pose, some, 12, as_it_is)
    if together.shape != (1, 1, 5, 4):
        return
    for n in range(5):
        wanted = 2.0 * some[n] / 12 - 1.0
        if not torch.allclose(together[0, 0, n, 2:].float(), wanted, atol=1e-4):
            raise Diagnosis("positions-mixed", "Asked for alone, each position has its right place. Asked for together "
                            f"with four others, position {n} has another: places depend on each other, or come in "
                            "another order.", seen=_two(together[0, 0, n, 2:]), expected=_two(wanted), reread=QUERY)


def features_are_of_the_scaled_positions(yours: Callable, g: Generator) -> None:
    """The features are those of the scaled positions, and stay as they are"""
    pose, some, given = torch.randn(1, 1, 2, generator=g), 12 * torch.rand(5, 2, generator=g), []

    def features(where: Tensor) -> Tensor:
        given.append(where.detach().clone())
        return torch.cat([where**2, where**3], dim=-1)

    result = yours.call((pose, some, 12, features), {}, gradients=True)
    scaled = 2.0 * some / 12 - 1.0
    wanted = torch.cat([scaled**2, scaled**3], dim=-1)
    if not isinstance(result, Tensor) or result.shape != (1, 1, 5, 6) or torch.allclose(
            result[0, 0, :, 2:].float(), wanted, atol=1e-4):
        return
    if given and not (given[0].shape == scaled.shape and torch.allclose(given[0].float(), scaled, atol=1e-4)):
        raise Diagnosis("features-of-others", "`features` is given something else than the scaled positions. First "
                        "scale, then take features.", seen=_two(given[0].flatten()[:2]), expected=_two(scaled[0]),
                        reread=QUERY)
    raise Diagnosis("features-changed", "What `features` gave is changed, or left out. It goes into the query as it "
                    "is.", seen=_two(result[0, 0, 0, 2:4]), expected=_two(wanted[0]), reread=QUERY)


def _two(values: Tensor) -> str:
    return "(" + ", ".join(f"{value:.4f}" for value in values.detach().flatten().tolist()) + ")"
