"""The loss of notebook 07: a small RUST that notices what it must not be given, and whether everything learns.

Public: `WatchedRUST`, `noise_views`, `loss_case`, `everything_learns`, `TINY`.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Generator, Tensor

from ....models import RUST, ModelConfig
from ....models.rust import PoseEstimator
from ....views import Views
from ...checking.compare import agree
from ...checking.drawn import fresh
from ...checking.exercise import Case, Diagnosis
from .parts import peek, rust_loss

LOSS = "The only loss"
TINY = ModelConfig(size=16, patch=4, width=16, heads=2, hidden=16, encoder_layers=1, pose_layers=1, decoder_layers=1,
                   render=(16,), latent=4, query_patch=2)


class WatchedEstimator(PoseEstimator):
    """A pose estimator that knows which scene representation and which pictures it must be given."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.slsr: Tensor | None = None  # of the inputs, once they have been encoded

    def forward(self, halves: Tensor, right: Tensor, slsr: Tensor) -> Tensor:
        if halves.shape[-2] == halves.shape[-3]:
            raise Diagnosis("whole-picture", "The pose estimator is shown whole target pictures. Then it can write "
                            "down what it must predict: it may see `halves` only.", seen=str(tuple(halves.shape)),
                            expected="half as wide as high", reread=LOSS)
        if self.slsr is None or not _all_among(slsr, self.slsr):
            raise Diagnosis("ignores-slsr", "The pose estimator does not get the scene representation of the inputs. "
                            "A pose is relative to a scene: without it there is nothing to compare the half with.",
                            seen="another tensor than model.encode(inputs)", expected="the SLSR", reread=LOSS)
        return super().forward(halves, right, slsr)


class WatchedRUST(RUST):
    """A small RUST that notices what it must not be given: `inputs` are the pictures that may enter the scene."""

    def __init__(self, inputs: Tensor) -> None:
        super().__init__(TINY)
        self.pose_estimator = WatchedEstimator(TINY)
        self.inputs = inputs

    def encode(self, inputs: Views) -> Tensor:
        if not _all_among(inputs.images, self.inputs):  # all scenes at once, or scene by scene
            raise Diagnosis("encodes-targets", "The scene representation is made of other pictures than the inputs. If "
                            "a target gets in, its pixels can be looked up instead of predicted.",
                            seen=f"{inputs.images.shape[1]} views that are not the inputs",
                            expected="model.encode(inputs)", reread=LOSS)
        with torch.no_grad():
            self.pose_estimator.slsr = super().encode(replace(inputs, images=self.inputs))
        return super().encode(inputs)


def _all_among(some: Tensor, scenes: Tensor) -> bool:
    """Whether each of some (b, ...) is one of the scenes (B, ...), up to rounding."""
    return some.shape[1:] == scenes.shape[1:] and all(
        any(torch.allclose(one, scene, rtol=1e-4, atol=1e-5) for scene in scenes) for one in some)


def noise_views(g: Generator, B: int, V: int, size: int = TINY.size) -> Views:
    """Noise as pictures, and cameras that are NaN: whoever uses one will notice."""
    return Views(torch.rand(B, V, size, size, 3, generator=g), torch.full((B, V, 4, 4), torch.nan), torch.eye(3))


def loss_case(g: Generator, B: int, T: int, N: int) -> Case:
    inputs, targets = noise_views(g, B, 2), noise_views(g, B, T)
    halves, right = peek(targets.images, g)
    model = fresh(g, lambda: WatchedRUST(inputs.images))
    # Not all positions in order, and never the first N: an answer that ignores `which` must show. One comes twice.
    which = torch.cat([torch.tensor([63]), torch.randperm(63, generator=g)[:N - 1]])
    which[2:3] = which[-1]
    return Case(f"{B} scenes, {T} targets, {N} positions", model, inputs, targets, halves, right, which)


def everything_learns(yours: Callable, g: Generator) -> None:
    """The gradient reaches the encoder, the pose estimator and the decoder."""
    for B, T, N in ((2, 2, 24), (1, 2, 5), (4, 1, 6), (8, 1, 7)):
        case = loss_case(g, B, T, N)
        model, target = case.args[0], rust_loss(*case.args)
        wanted = _part_gradients(target, model)
        for mode in ("training", "evaluation"):
            model.train(mode == "training")
            loss = yours.call(case.args, {}, gradients=True)
            if not agree(loss, target, 1e-5):  # the numbers come first: they are told by the comparison with the target
                return
            _is_not_used_yet(model, loss)
            of = "" if B == 2 else f", with {B} scene{'s' * (B > 1)} in the batch"
            _same_gradients(_part_gradients(loss, model), wanted, of + (" in evaluation mode" * (mode != "training")))


def _is_not_used_yet(model: RUST, loss: Tensor) -> None:
    """Raise a Diagnosis unless the loss can be differentiated, and has not been yet."""
    if any(p.grad is not None for p in model.parameters()):
        raise Diagnosis("calls-backward", "Do not call backward here. `rust_loss` returns the loss; the training loop "
                        "calls loss.backward() on it, after it has cleared the old gradients.",
                        seen="gradients in the model after the call", expected="the loss, and nothing done with it yet",
                        reread=LOSS)
    if not isinstance(loss, Tensor) or not loss.requires_grad:
        raise Diagnosis("no-gradient", "No gradient flows back from the loss, so nothing learns. Look for .item(), "
                        ".detach() or torch.no_grad; model.render and model.predict switch gradients off too.",
                        seen="a number without a history", expected="a loss that torch can differentiate", reread=LOSS)


def _same_gradients(found: dict[str, Tensor], wanted: dict[str, Tensor], when: str) -> None:
    cut = [name for name in wanted if not found[name].abs().sum() > 0]
    its = " and the ".join(cut)
    if cut == ["pose estimator"]:
        raise Diagnosis("pose-cut", f"The loss is right, but its gradient never reaches the pose estimator{when}: the "
                        "latent pose was cut off. Nobody else will ever tell the estimator what to write into it.",
                        seen="gradient 0 in the pose estimator", expected="a gradient in all three parts", reread=LOSS)
    if cut:
        raise Diagnosis("scene-cut" if cut == ["encoder"] else "part-cut", f"The loss is right, but its gradient never "
                        f"reaches the {its}{when}. Nothing else tells {'it' if len(cut) == 1 else 'them'} what to do.",
                        seen=f"gradient 0 in the {its}", expected="a gradient in all three parts", reread=LOSS)
    off = [name for name, gradient in wanted.items() if not torch.allclose(
        found[name], gradient, rtol=1e-3, atol=1e-4 * float(gradient.abs().max()))]
    if off == ["encoder"]:
        raise Diagnosis("scene-cut", f"The loss is right, but the gradient of the encoder is not{when}. The SLSR has "
                        "two readers, the pose estimator and the decoder: it learns from both, for every scene, unless "
                        "one is cut off.", seen="another gradient", expected="no .detach() on the way", reread=LOSS)
    if off:
        raise Diagnosis("partly-cut", f"The loss is right, but its gradient in the {' and the '.join(off)} is not"
                        f"{when}: for some scenes, targets or positions it is cut off.", seen="another gradient",
                        expected="no .detach() and no torch.no_grad on the way", reread=LOSS)


def _part_gradients(loss: Tensor, model: RUST) -> dict[str, Tensor]:
    parts = {"encoder": model.encoder, "pose estimator": model.pose_estimator, "decoder": model.decoder}
    flat = [(name, p) for name, part in parts.items() for p in part.parameters()]
    gradients = torch.autograd.grad(loss, [p for _, p in flat], allow_unused=True)
    return {name: torch.cat([(torch.zeros_like(p) if d is None else d).flatten()
                             for (its, p), d in zip(flat, gradients) if its == name]) for name in parts}
