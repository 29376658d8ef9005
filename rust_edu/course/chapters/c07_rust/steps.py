"""What the parts of notebook 07 are given, step by step: properties with words for wrong results.

Those of the block and the bottleneck watch the learned parts, those of the loss and the transplant the model's methods.
Public: the properties, `bottleneck_cases`, `transplant_cases`, `three_pairs`.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor, nn

from ....models import RUST
from ....views import Views, half
from ...checking.compare import agree, describe, difference
from ...checking.drawn import fresh
from ...checking.exercise import Case, Diagnosis
from ...checking.traced import first_other_step
from .loss import LOSS, TINY, loss_case, noise_views
from .parts import bottleneck, pose_block, rust_loss, transplant
from .properties import BLOCK, EIGHT, NORMS, ask, fresh_block

WHOSE = "Whose scene is it"


def each_step_has_a_context_of_its_own(yours: Callable, g: Generator) -> None:
    """The scene is asked alone, and so is the half picture."""
    x, slsr, block = torch.randn(2, 3, 4, 8, generator=g), torch.randn(2, 5, 8, generator=g), fresh_block(g, 8)
    kinds = {block.cross: ("cross", "the SLSR", 5), block.self_attention: ("self_attention", "one half picture", 4)}
    seen: dict[str, int] = {}

    def noting(part: nn.Module, x: Tensor, context: Tensor) -> Tensor:
        if part in kinds and context.ndim == 3:
            seen[kinds[part][0]] = context.shape[1]
        return ask(part, x, context)

    yours.call((x, slsr, block, noting), {}, gradients=True)  # with this very block, not a copy
    for name, what, tokens in kinds.values():
        if seen.get(name, 0) > tokens and seen[name] % tokens:
            raise Diagnosis("joint-context", f"Tokens of the picture and of the scene are in one context. The context "
                            f"of block.{name} is {what} alone: asking the scene and asking the picture are two steps.",
                            seen=f"a context of {seen[name]} tokens", expected=f"{tokens} tokens", reread=BLOCK)


def each_part_of_the_block_gets_its_own(yours: Callable, g: Generator) -> None:
    """Each part of the block is given what it should be."""
    x, slsr, block = torch.randn(2, 3, 4, 8, generator=g), torch.randn(2, 5, 8, generator=g), fresh_block(g, 8)
    parts = {f"block.{name}": getattr(block, name) for name in (*NORMS, "cross", "self_attention", "mlp")}
    first_other_step(yours, pose_block, (x, slsr, block, ask), parts, {"`x` as it came": x, "the SLSR": slsr},
                     "what `block.mlp_norm` was given plus what `block.mlp` gave", BLOCK)


def far_apart(g: Generator, D: int, L: int) -> nn.Linear:
    """A linear layer whose results are large, as nothing forbids a latent pose to be."""
    linear = fresh(g, lambda: nn.Linear(D, L))
    with torch.no_grad():
        linear.weight *= 100.0
    return linear


def bottleneck_cases(g: Generator) -> Iterator[Case]:
    x = torch.tensor([[[[1.0, 3.0], [2.0, 0.0], [1.0, 5.0]]]])  # one target, three tokens
    plain = nn.Linear(2, 1)
    plain.load_state_dict({"weight": torch.tensor([[1.0, 0.0]]), "bias": torch.zeros(1)})
    yield Case("one picture of three tokens, and the first number of their mean", x, nn.LayerNorm(2), plain)
    for B, T, P, D, L in ((1, 1, 1, 4, 2), (2, 3, 4, 8, 8), (3, 2, 5, 6, 3), (4, 4, 4, 4, 4), (2, 2, 6, 8, 2)):
        yield Case(f"{B} x {T} half pictures of {P} tokens", torch.randn(B, T, P, D, generator=g),
                   fresh(g, lambda D=D: nn.LayerNorm(D)),
                   far_apart(g, D, L) if P == 6 else fresh(g, lambda D=D, L=L: nn.Linear(D, L)))


def norm_then_mean_then_linear(yours: Callable, g: Generator) -> None:
    """The linear layer is given the mean of the normalised tokens."""
    x, norm = torch.randn(3, 4, 5, 8, generator=g), fresh(g, lambda: nn.LayerNorm(8))
    for to_latent in (fresh(g, lambda: nn.Linear(8, 2)), far_apart(g, 8, 2)):
        first_other_step(yours, bottleneck, (x, norm, to_latent), {"norm": norm, "to_latent": to_latent}, {"`x`": x},
                         "what `to_latent` gave", EIGHT, {"to_latent": "the mean over the tokens of what `norm` gave"})


class Attentive(RUST):
    """A small RUST that keeps what its methods were given, and gave, the last time."""

    def __init__(self) -> None:
        super().__init__(TINY)
        self.kept: dict[str, tuple] = {}
        self.often = False  # whether a method was called more than once: in a loop
        self.pose_estimator.register_forward_hook(lambda part, given, gave: self._keep("estimated", *given, gave))

    def _keep(self, name: str, *what) -> None:
        self.often |= name in self.kept
        self.kept[name] = tuple(w.detach().clone() if isinstance(w, Tensor) else w for w in what)

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Tensor:
        result = super().pose(inputs, targets, slsr, right)
        self._keep("pose", targets.images, slsr, right, result)
        return result

    def queries(self, pose: Tensor, positions: Tensor) -> Tensor:
        result = super().queries(pose, positions)
        self._keep("queries", pose, positions, result)
        return result

    def decode(self, queries: Tensor, slsr: Tensor) -> Tensor:
        result = super().decode(queries, slsr)
        self._keep("decode", queries, slsr, result)
        return result

    def render(self, pose: Tensor, slsr: Tensor) -> Tensor:
        result = super().render(pose, slsr)
        self._keep("render", pose, slsr, result)
        return result


def the_model_is_asked_what_it_should(yours: Callable, g: Generator) -> None:
    """The model is asked for the right views at the right positions, and answers are compared as they should be."""
    for _ in range(2):  # one number may be right by chance
        _asked_as_it_should(yours, loss_case(g, 2, 3, 16), g)


def _asked_as_it_should(yours: Callable, case: Case, g: Generator) -> None:
    model = fresh(g, Attentive)
    args = (model, *case.args[1:])
    _, inputs, targets, halves, right, which = args
    with torch.no_grad():
        target = rust_loss(*args)
        slsr = model.encode(inputs)
    model.kept.clear()
    loss = yours.call(args, {}, gradients=True)
    kept = model.kept
    if agree(loss, target, 1e-4) or model.often or not {"estimated", "queries", "decode"} <= set(kept):
        return
    seen_halves, seen_right, _, latent = kept["estimated"]
    asked_latent, positions, queries = kept["queries"]
    for name, mine, wanted, what, expected in (
            ("other-halves", seen_halves, halves, "The estimator is not shown the halves that it should see.",
             "`halves`, as they are"),
            ("other-right", seen_right, right, "The estimator is not told which halves it sees.", "`right`, as it is"),
            ("latent-changed", asked_latent, latent, "What `model.queries` is given is not what the estimator has "
             "found: the latent poses are changed, mixed or replaced on the way.",
             "the result of model.pose_estimator"),
            ("other-positions", positions, model.positions()[which], "The model is asked at other positions.",
             "model.positions()[which]"),
            ("queries-changed", kept["decode"][0], queries, "What `model.decode` is given is not what `model.queries` "
             "gave.", "the result of model.queries"),
            ("other-scene", kept["decode"][1], slsr, "`model.decode` is given another scene.",
             "the result of model.encode(inputs)")):
        _same(name, mine, wanted, what, expected, LOSS)
    raise Diagnosis("error-differs", "The model is asked what it should be, and its colours are right. So the true "
                    "colours, or how the two are compared, are not: the squared difference to the true colours at "
                    "`which`, its mean over everything.", seen=describe(loss.item()), expected=describe(target.item()),
                    reread=LOSS)


def transplant_cases(g: Generator) -> Iterator[Case]:
    for B, V, T in ((1, 2, 1), (2, 2, 5), (3, 2, 2)):
        yield Case(f"{B} pairs of scenes, {T} targets", fresh(g, lambda: RUST(TINY)), noise_views(g, B, V),
                   noise_views(g, B, T), noise_views(g, B, V))


def three_pairs(g: Generator) -> tuple[Views, Views, Views]:
    """Input and target views of three scenes a, and input views of three scenes b."""
    return noise_views(g, 3, 2), noise_views(g, 3, 2), noise_views(g, 3, 2)


def what_is_read_and_what_is_drawn(yours: Callable, g: Generator) -> None:
    """Latents are read in scene a and used in scene b, as they are."""
    model, (a, targets, b) = fresh(g, Attentive), three_pairs(g)
    with torch.no_grad():
        target, in_a, in_b = transplant(model, a, targets, b), model.encode(a), model.encode(b)
    model.kept.clear()
    result = yours.call((model, a, targets, b), {}, gradients=True)
    kept = model.kept
    if agree(result, target, 1e-4) or model.often or not {"pose", "estimated", "render"} <= set(kept):
        return
    for name, mine, wanted, what, expected in (
            ("other-pictures", kept["pose"][0], targets.images, "The latents are read from other pictures.",
             "a_targets"),
            ("other-halves", kept["estimated"][0], half(targets.images, False), "The estimator does not see the left "
             "halves of the targets.", "right=False, for all of them"),
            ("read-elsewhere", kept["pose"][1], in_a, "`model.pose` is given another scene representation than that "
             "of a.", "model.encode(a_inputs)"),
            ("latent-changed", kept["render"][0], kept["pose"][3], "What `model.render` is given are not the latents "
             "that `model.pose` has found: they are changed, mixed or replaced on the way.", "the result of "
             "model.pose"),
            ("drawn-elsewhere", kept["render"][1], in_b, "`model.render` is given another scene representation than "
             "that of b.", "model.encode(b_inputs)")):
        _same(name, mine, wanted, what, expected, WHOSE)
    if not agree(result, kept["render"][2], 1e-4):
        raise Diagnosis("picture-changed", "What `model.render` gave is changed before you return it.",
                        seen="other pictures", expected="the pictures as they are", reread=WHOSE)


def _same(name: str, mine: Tensor, wanted: Tensor, what: str, expected: str, reread: str) -> None:
    if mine.shape != wanted.shape:
        raise Diagnosis(name, what, seen=f"shape {tuple(mine.shape)}", expected=f"{expected}: {tuple(wanted.shape)}",
                        reread=reread)
    if shown := difference(mine, wanted, 1e-4, 1e-4):
        raise Diagnosis(name, what, seen=shown[0], expected=f"{expected}: {shown[1]}", reread=reread)
