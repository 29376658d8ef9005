"""The half-image protocol: how every model is evaluated, so that the numbers can stand in one table.

A pose estimator may look at the LEFT half of a target picture. So that nobody is scored on pixels that RUST
has seen, every method is scored on the RIGHT half alone (RUST, section 4). It is enforced, not trusted: the
right half of the targets is painted grey before a model gets them.

Averages and their uncertainty: a picture's numbers are averaged within its scene first, because pictures of
one scene are alike. The standard error is that of the mean over scenes. The spread is the standard deviation,
over several random choices of which views are inputs and which are targets, of the whole mean: it says how
much the choice matters.

Posed models are evaluated with cameras as noisy as those they were trained with: pass a set of scenes
perturbed by `SceneSet.with_pose_noise`, and the noise is on inputs and targets. Pictures are never changed.

Public: `evaluate_views`, `evaluate_scenes`, `summary`, `BASELINES`, `MeanColour`, `MeanPicture`,
`NearestInput`, `evaluating`, `left_only`, `shuffled_views`.
Axes: S or B scenes, V views, T target views, H W pixels.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from ..errors import InputError
from ..views import Views, half
from .metrics import METRICS

INPUTS, TARGETS = 3, 5  # views of a scene in the published table
GREY = 0.5


@contextmanager
def evaluating(model) -> Iterator[None]:
    """Evaluation mode and no gradients inside; the model's own mode again afterwards, also after an error."""
    training = getattr(model, "training", None)
    if training is not None:
        model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        if training is not None:
            model.train(training)


def evaluate_views(model, views: Views, inputs: int = INPUTS, targets: int = TARGETS, batch: int = 50,
                   metrics: Iterable[str] = tuple(METRICS)) -> dict[str, Tensor]:
    """{metric: (B, targets) float64}, a number for the right half of each target picture.

    `model` is anything with `predict(inputs: Views, targets: Views) -> (B, T, H, W, 3)` in [0, 1]: a
    SceneModel or a baseline. The first `inputs` views are given, the next `targets` asked for, `batch` scenes
    at once. A metric that this machine cannot compute (see `metrics.lpips_missing`) is left out.
    """
    device = next((p.device for p in model.parameters()), None) if hasattr(model, "parameters") else None
    found: dict[str, list[Tensor]] = {name: [] for name in metrics}
    with evaluating(model):
        for start in range(0, len(views.images), batch):
            seen, asked = views[start:start + batch].to(device or views.images.device).split(inputs, targets)
            predicted = half(model.predict(seen, left_only(asked)), right=True)
            truth = half(asked.images, right=True)
            for name in found:
                found[name].append(METRICS[name](predicted, truth))
    return {name: torch.cat(values) for name, values in found.items() if values and values[0] is not None}


def left_only(targets: Views) -> Views:
    """The targets with their right halves painted grey, and without depth and labels."""
    left = half(targets.images, right=False)
    images = torch.cat([left, torch.full_like(half(targets.images, right=True), GREY)], dim=-2)
    return replace(targets, images=images, depth=None, label=None)


def shuffled_views(scenes, seed: int) -> Views:
    """All scenes of a data set in memory, the views of each in a random order of its own."""
    order = torch.rand(len(scenes), scenes.count, generator=torch.Generator().manual_seed(seed)).argsort(1)
    return scenes.views(torch.arange(len(scenes), device=scenes.device)[:, None], order.to(scenes.device))


def evaluate_scenes(model, scenes, seeds: Sequence[int] = (0, 1, 2), inputs: int = INPUTS,
                    targets: int = TARGETS, metrics: Iterable[str] = tuple(METRICS)) -> dict[str, dict]:
    """`summary` of a model on a SceneSet, over one random choice of inputs and targets for each seed."""
    if not seeds:
        raise InputError("an evaluation without seeds", "at least one, for example (0, 1, 2)")
    metrics = tuple(metrics)
    return summary([evaluate_views(model, shuffled_views(scenes, seed), inputs, targets, metrics=metrics)
                    for seed in seeds])


def summary(found: dict[str, Tensor] | Sequence[dict[str, Tensor]]) -> dict[str, dict[str, float]]:
    """{metric: {"mean", "stderr", "spread"}} of what `evaluate_views` returned, once or for several seeds.

    mean    over scenes of the mean over their pictures, of all seeds
    stderr  standard deviation of those scene means over the root of their number; 0 for a single scene
    spread  standard deviation of the means of the seeds; 0 for a single one
    """
    found = [found] if isinstance(found, dict) else list(found)
    result = {}
    for name in found[0]:
        by_seed = torch.stack([values[name].mean(1) for values in found])  # (seeds, S)
        scene = by_seed.mean(0)
        result[name] = {"mean": float(scene.mean()), "stderr": _deviation(scene) / len(scene) ** 0.5,
                        "spread": _deviation(by_seed.mean(1))}
    return result


def _deviation(values: Tensor) -> float:
    return float(values.std()) if len(values) > 1 else 0.0


# ---- Baselines that learn nothing: what a model must beat to have understood anything.


class MeanColour:
    """Every target is one colour: the mean of all pixels of the inputs. Knows no camera."""

    name = "mean_colour"

    def predict(self, inputs: Views, targets: Views) -> Tensor:
        return inputs.images.mean((1, 2, 3))[:, None, None, None].expand_as(targets.images).contiguous()


class MeanPicture:
    """Every target is the mean of the input pictures, pixel by pixel: sky above, floor below; no camera."""

    name = "mean_picture"

    def predict(self, inputs: Views, targets: Views) -> Tensor:
        return inputs.images.mean(1, keepdim=True).expand_as(targets.images).contiguous()


class NearestInput:
    """A target is the input picture whose camera stands nearest. Needs the true cameras of both."""

    name = "nearest_input"

    def predict(self, inputs: Views, targets: Views) -> Tensor:
        if inputs.camera_to_world is None or targets.camera_to_world is None:
            raise InputError("views without cameras for the nearest input view", "views with known cameras")
        gap = torch.cdist(*(v.camera_to_world[..., :3, 3] for v in (targets, inputs)))  # (B, T, V)
        scene = torch.arange(len(gap), device=gap.device)[:, None]
        return inputs.images[scene, gap.argmin(-1)]


BASELINES = {baseline.name: baseline for baseline in (NearestInput(), MeanPicture(), MeanColour())}
