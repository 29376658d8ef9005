"""Known mistakes of the loss of notebook 07. Public: `LOSS_SUSPECTS`."""

from collections.abc import Callable

import torch
from torch import Tensor

from ....models import RUST
from ....views import half, to_patches
from ...checking.exercise import Suspect
from .loss import LOSS
from .parts import rust_loss


def _squared(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().mean()  # F.mse_loss would warn where shapes broadcast


def _all(model: RUST, which: Tensor) -> Tensor:
    return torch.arange(len(model.positions()))


def _first(model: RUST, which: Tensor) -> Tensor:
    return torch.arange(len(which))


def _once(model: RUST, which: Tensor) -> Tensor:
    return which.unique()


def _in_chunks(size: int) -> Callable:
    """The mean of the losses of chunks of positions."""
    return lambda *args: torch.stack([rust_loss(*args[:-1], some) for some in args[-1].split(size)]).mean()


def _loss(error: Callable = _squared, *, asked=lambda model, which: which, known=lambda model, which: which,
          pose=lambda pose: pose, seen=lambda targets, halves, right: (halves, right),
          truth=lambda inputs, targets: targets) -> Callable:
    """rust_loss with another error, positions (asked, or of the true colours), latent pose, halves, or truth."""

    def mistaken(model, inputs, targets, halves, right, which):
        slsr = model.encode(inputs)
        latent = pose(model.pose_estimator(*seen(targets, halves, right), slsr))
        colours = model.decode(model.queries(latent, model.positions()[asked(model, which)]), slsr)
        true = to_patches(truth(inputs, targets).images, model.config.query_patch)
        return error(colours, true[:, :, known(model, which)])

    return mistaken


def _on_half(seen: bool) -> Callable:
    """The loss on the seen half of each target alone, or on the unseen half alone."""

    def mistaken(model, inputs, targets, halves, right, which):
        slsr = model.encode(inputs)
        positions = model.positions()[which]
        colours = model.decode(model.queries(model.pose_estimator(halves, right, slsr), positions), slsr)
        truth = to_patches(targets.images, model.config.query_patch)[:, :, which]
        in_seen = (positions[:, 0] >= model.config.size / 2) == right[..., None]  # (B, T, N)
        kept = (colours - truth).square()[in_seen == seen]
        return kept.mean() if len(kept) else kept.sum()

    return mistaken


LOSS_SUSPECTS = (
    Suspect("seen-half-only", _on_half(True), "Only pixels of the half that the estimator has seen enter the loss. "
            "The whole target counts; what was not seen is where the scene must help.", LOSS),
    Suspect("unseen-half-only", _on_half(False), "Only pixels of the half that was not seen enter the loss. In "
            "training all positions of the target count; the unseen half alone is for the evaluation.", LOSS),
    Suspect("absolute-error", _loss(lambda a, b: (a - b).abs().mean()), "This is the mean absolute error. The "
            "squared error is asked for.", LOSS),
    Suspect("sum", _loss(lambda a, b: (a - b).square().sum()), "This is the sum of the squared errors. With the "
            "mean, the loss does not depend on the size of the batch.", LOSS),
    Suspect("sum-over-colours", _loss(lambda a, b: (a - b).square().sum(-1).mean()), "You add up the squared "
            "errors of the colours at each position, and average over the positions only. The mean is over the "
            "colours as well.", LOSS),
    Suspect("half-error", _loss(lambda a, b: _squared(a, b) / 2), "This is half of the mean squared error. Leave "
            "the factor away.", LOSS),
    Suspect("clamped", _loss(lambda a, b: _squared(a.clamp(0.0, 1.0), b)), "You clamp the predicted colours. Then "
            "a colour beyond 0 or 1 gets no gradient and cannot be mended: in training they stay as they are.",
            LOSS),
    Suspect("root", _loss(lambda a, b: _squared(a, b).sqrt()), "This is the root of the mean squared error. "
            "Leave the root away.", LOSS),
    Suspect("all-positions", _loss(asked=_all, known=_all),
            "All positions of the targets are asked for. Only those number `which` are wanted: the others would "
            "cost time and memory.", LOSS),
    Suspect("first-positions", _loss(asked=_first, known=_first), "You ask for the "
            "first N positions, wherever `which` points. Index with it: model.positions()[which].", LOSS),
    Suspect("each-once", _loss(asked=_once, known=_once), "A position that `which` names twice counts once in your "
            "mean. Every entry of `which` counts: index with it as it is, without unique() and without a mask.",
            LOSS),
    *(Suspect("mean-of-means", _in_chunks(size), f"You ask in chunks of {size} positions and take the mean of "
              "their means. The last chunk is smaller, and its positions count for more: add up squared errors, "
              "and divide once.", LOSS) for size in (2, 3, 4, 5, 8, 16)),
    *(Suspect("which-on-one-side", _loss(**sides), "Predicted and true colours are of different positions: `which` "
              "reaches only one of them. It picks twice, model.positions()[which] for the queries and "
              "[:, :, which] of the true colours.", LOSS)
      for sides in ({"asked": _first}, {"known": _first}, {"asked": _all}, {"known": _all})),
    Suspect("right-inverted", _loss(seen=lambda targets, halves, right: (halves, ~right)), "The estimator is told "
            "the wrong side of every half. `right` is True where the half is a right one: hand it over as it is.",
            LOSS),
    Suspect("halves-ignored", _loss(seen=lambda targets, halves, right: (
            half(targets.images, False), torch.zeros_like(right))), "The estimator always sees the left halves. "
            "`halves` and `right` are what peek gave: use them, model.pose_estimator(halves, right, slsr).", LOSS),
    Suspect("latent-shared", _loss(pose=lambda pose: pose[:, :1].expand_as(pose)), "All targets of a scene are "
            "drawn with the first one's latent pose. Each target has its own.", LOSS),
    Suspect("right-forgotten", _loss(seen=lambda targets, halves, right: (
            halves, torch.zeros_like(right))), "The estimator takes every half for a left one: "
            "`right` does not reach it. It must know which half it looks at.", LOSS),
    Suspect("inputs-as-truth", _loss(truth=lambda inputs, targets: inputs), "The prediction is compared with input "
            "views. The targets are what is predicted.", LOSS),
)
