"""Comparing cameras whose world is another: how wrong are they once frame and scale have been agreed on?

Whoever finds cameras from pictures alone finds them in a world of their own: turned, moved and of another size. Two
ways around that. *Align first*: find the similarity (rotation, translation, scale) that brings the estimated positions
as near to the true ones as possible, then measure what is left. Or measure what no frame can change: how two cameras
stand to *each other*.

Alignment flatters small sets. Seven numbers are fitted, so even positions drawn at random come near: print
`chance_error` beside every error after alignment.

Public: `Similarity`, `similarity`, `align_cameras`, `trajectory_error`, `chance_error`, `relative_rotation_errors`,
`relative_direction_errors`.
Axes: V cameras of one scene, P = V (V - 1) / 2 pairs (first < second); leading axes, written `...`, are free.
Angles in radians, lengths in units of the true world.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ..cameras import from_rotation, rotation_angle
from ..errors import InputError


class Similarity(NamedTuple):
    """x -> scale R x + translation, an element of Sim(3)."""

    scale: Tensor  # (...)
    rotation: Tensor  # (..., 3, 3)
    translation: Tensor  # (..., 3)

    def points(self, x: Tensor) -> Tensor:
        """Where points (..., V, 3) go."""
        return self.scale[..., None, None] * x @ self.rotation.mT + self.translation[..., None, :]


def similarity(source: Tensor, target: Tensor, with_scale: bool = True) -> Similarity:
    """The similarity that takes points `source` (..., V, 3) nearest to `target` (..., V, 3), in squared distance.

    After Umeyama (IEEE PAMI 1991): the rotation from the singular vectors of the covariance, with a sign that keeps it
    from being a reflection; then the scale, 1 if not `with_scale`; then the translation. Where all of `source` is one
    point, the scale is 0 (if it is free): the best that can be done with it is the middle of the target.
    Raises InputError for shapes that differ, NaN or infinity, and fewer than 3 points: these turn as they like.
    """
    if source.shape != target.shape or source.ndim < 2 or source.shape[-1] != 3 or source.shape[-2] < 3:
        raise InputError(f"points of shapes {tuple(source.shape)} and {tuple(target.shape)} to align",
                         "two equal shapes (..., V, 3) with V of 3 or more")
    if not (torch.isfinite(source).all() and torch.isfinite(target).all()):
        raise InputError("positions to align contain NaN or infinity", "finite numbers")
    means = source.mean(-2), target.mean(-2)
    a, b = (points - mean[..., None, :] for points, mean in zip((source, target), means))
    U, S, Vh = torch.linalg.svd(b.mT @ a)  # the covariance (..., 3, 3), times V: target from source
    sign = torch.ones_like(S)
    sign[..., 2] = torch.linalg.det(U @ Vh).sign()
    rotation = (U * sign[..., None, :]) @ Vh
    spread = a.square().sum((-2, -1))
    scale = torch.where(spread > 0, (S * sign).sum(-1) / spread.clamp(min=torch.finfo(spread.dtype).tiny), 0.0)
    if not with_scale:
        scale = torch.ones_like(scale)
    return Similarity(scale, rotation, means[1] - scale[..., None] * (rotation @ means[0][..., None]).squeeze(-1))


def align_cameras(estimated: Tensor, true: Tensor, with_scale: bool = True) -> Tensor:
    """The estimated cameras (..., V, 4, 4) in the world of the true ones (..., V, 4, 4), aligned by their positions.

    The viewing directions turn with the world but have no say in the alignment. Errors as in `similarity`.
    """
    found = similarity(estimated[..., :3, 3], true[..., :3, 3], with_scale)
    return from_rotation(found.rotation[..., None, :, :] @ estimated[..., :3, :3],
                         found.points(estimated[..., :3, 3]))


def trajectory_error(estimated: Tensor, true: Tensor, with_scale: bool = True) -> Tensor:
    """Absolute trajectory error (...): the root mean square distance of positions (..., V, 3) after alignment."""
    return _rms(similarity(estimated, true, with_scale).points(estimated), true)


def chance_error(true: Tensor, generator: torch.Generator, draws: int = 100) -> Tensor:
    """The `trajectory_error` (...) that positions drawn at random (normal, around any point, of any size) have on
    average, against true ones (..., V, 3): what an estimate that knows nothing gets."""
    guesses = torch.randn(draws, *true.shape, generator=generator, device=generator.device).to(true)
    return trajectory_error(guesses, true.expand_as(guesses)).mean(0)


def relative_rotation_errors(estimated: Tensor, true: Tensor) -> Tensor:
    """Angles (..., P), 0 to pi, between the estimated and the true turn from one camera to another, of all pairs.

    Cameras (..., V, 4, 4). A common turn of the world changes nothing.
    """
    i, j = _pairs(estimated, true)
    turns = [(R[..., i, :, :].mT @ R[..., j, :, :]) for R in (estimated[..., :3, :3], true[..., :3, :3])]
    return rotation_angle(*turns)


def relative_direction_errors(estimated: Tensor, true: Tensor) -> Tensor:
    """Angles (..., P), 0 to pi, between the estimated and the true direction in which the first camera of a pair sees
    the second stand.

    Cameras (..., V, 4, 4). Scale, position and turn of the world change nothing. The sign counts: the opposite
    direction is wrong by pi (some papers fold it, and call it right). Two cameras in one place see each other in no
    direction: pi / 2, which is what chance has on average.
    """
    i, j = _pairs(estimated, true)
    seen = []
    for cameras in (estimated, true):
        offset = cameras[..., j, :3, 3] - cameras[..., i, :3, 3]
        seen.append((offset[..., None, :] @ cameras[..., i, :3, :3]).squeeze(-2))  # R^T (t_j - t_i)
    cosine = (seen[0] * seen[1]).sum(-1)
    sine = torch.linalg.cross(*seen).norm(dim=-1)
    return torch.where((cosine == 0) & (sine == 0), math.pi / 2, torch.atan2(sine, cosine))


def _rms(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().sum(-1).mean(-1).sqrt()


def _pairs(estimated: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
    shapes = tuple(estimated.shape), tuple(true.shape)
    if shapes[0] != shapes[1] or len(shapes[0]) < 3 or shapes[0][-2:] != (4, 4) or shapes[0][-3] < 2:
        raise InputError(f"cameras of shapes {shapes[0]} and {shapes[1]}",
                         "two equal shapes (..., V, 4, 4) with V of 2 or more")
    return tuple(torch.triu_indices(shapes[0][-3], shapes[0][-3], 1, device=true.device))
