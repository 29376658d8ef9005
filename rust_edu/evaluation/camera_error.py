"""How wrong are cameras that were found? Two angles of each pair of them, and what is reported of many pairs.

Cameras that were estimated without a scale and without a world frame can be compared pair by pair, without alignment
(`alignment` has the angles, and what can be said after an alignment). Of each pair two angles are measured:

    rotation    the geodesic distance of the relative rotations
    direction   the angle between the relative translations, whose length counts for nothing; the opposite direction is
                180 degrees off

    AUC at t    the area under the curve "share of pairs whose larger angle is at most x", for x from 0 to t, over t.
                A pair with a camera that was not found counts as 180 degrees, in both angles

Where lengths are known too, as in a read-out that was fitted to true cameras, the distance of the translations is
measured in units of the scene, and R2 is the share of the variance of rotations (as matrices) and translations read.

Public: `ordered_pairs`, `relative_cameras`, `Errors`, `pose_errors`, `pair_errors`, `auc`, `r2`, `summary`,
`THRESHOLDS`, `FAILED`.
Axes: V views of a scene, P pairs of them, S scenes. Angles of `Errors` are in degrees.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..cameras import check_cameras, relative_pose
from ..errors import InputError
from .alignment import relative_direction_errors, relative_rotation_errors

THRESHOLDS = (5.0, 15.0, 30.0)  # degrees, of the AUCs that are reported
FAILED = 180.0  # degrees, of a pair with a camera that was not found: nothing can be worse


@dataclass(frozen=True)
class Errors:
    """Of pairs (...): float64 on the CPU."""

    rotation: Tensor  # degrees, 0 to 180
    direction: Tensor  # degrees, 0 to 180
    distance: Tensor | None = None  # of the translations, in units of the scene; None where scale is free

    @property
    def larger(self) -> Tensor:
        """The larger of both angles (...): a pose is as good as the worse of its two parts."""
        return torch.maximum(self.rotation, self.direction)


def ordered_pairs(count: int) -> tuple[Tensor, Tensor]:
    """Indices i and j, each (P,), of all P = V (V - 1) ordered pairs of V views: (0, 1), (0, 2), ... (1, 0), ...

    Raises InputError for fewer than two views.
    """
    if count < 2:
        raise InputError(f"pairs of {count} views", "2 views or more")
    i, j = (~torch.eye(count, dtype=torch.bool)).nonzero().unbind(-1)
    return i, j


def relative_cameras(cameras: Tensor) -> Tensor:
    """Cameras (..., V, 4, 4) -> (..., P, 4, 4): of each ordered pair, the second in the frame of the first."""
    i, j = ordered_pairs(cameras.shape[-3])
    return relative_pose(cameras[..., j, :, :], cameras[..., i, :, :])


def pose_errors(estimate: Tensor, truth: Tensor) -> Errors:
    """Errors (...) of relative poses `estimate` against `truth`, both (..., 4, 4), at one scale.

    Raises InputError for shapes that differ and for poses that are not rigid.
    """
    if estimate.shape != truth.shape:
        raise InputError(f"poses of shape {tuple(estimate.shape)} for true ones of {tuple(truth.shape)}",
                         "the same shape (..., 4, 4)")
    estimate, truth = (poses.detach().double().cpu() for poses in (estimate, truth))
    for poses in (estimate, truth):
        check_cameras(poses)
    # A relative pose is a pair of cameras, the first of which stands at the origin and is not turned.
    both = [torch.stack([torch.eye(4).to(poses).expand_as(poses), poses], dim=-3) for poses in (estimate, truth)]
    return Errors(*(error(*both)[..., 0].rad2deg() for error in (relative_rotation_errors, relative_direction_errors)),
                  (estimate - truth)[..., :3, 3].norm(dim=-1))


def pair_errors(found: Sequence[Tensor | None], truth: Tensor) -> Errors:
    """Errors (P,) of all P = V (V - 1) / 2 pairs of a scene's views, in whatever frame and scale cameras were found.

    found: camera_to_world (4, 4) of each view, None of one that was not found: its pairs count as FAILED.
    truth (V, 4, 4). Raises InputError for other numbers of views, and for cameras that are not rigid.
    """
    if truth.ndim != 3 or len(found) != len(truth) or len(truth) < 2:
        raise InputError(f"{len(found)} cameras for true ones of shape {tuple(truth.shape)}",
                         "one for each of the true cameras (V, 4, 4), or None, 2 or more")
    truth = truth.detach().double().cpu()
    filled = torch.stack([torch.eye(4, dtype=torch.double) if camera is None else camera.detach().double().cpu()
                          for camera in found])
    for cameras in (filled, truth):
        check_cameras(cameras)
    known = torch.tensor([camera is not None for camera in found])
    i, j = torch.triu_indices(len(truth), len(truth), 1)
    return Errors(*(error(filled, truth).rad2deg().masked_fill(~(known[i] & known[j]), FAILED)
                    for error in (relative_rotation_errors, relative_direction_errors)))


def auc(angles: Tensor, threshold: float) -> Tensor:
    """Area under the recall curve of angles (..., P) up to `threshold`, over the threshold: (...), 0 to 1.

    A pair at angle x has recall from x on: it contributes (threshold - x) / threshold, or nothing if x is larger. So
    the area is a mean, and exact. (Papers that count in bins of a degree differ by at most half a bin.)
    Raises InputError for a threshold that is not above 0, no pairs, or angles that are negative or NaN.
    """
    if not 0.0 < threshold < math.inf:
        raise InputError(f"an AUC up to {threshold!r} degrees", "a finite number above 0")
    if angles.shape[-1:] in ((), (0,)) or not (angles >= 0).all():
        raise InputError(f"angles of shape {tuple(angles.shape)}, some perhaps negative or NaN",
                         "angles (..., P) of 1 pair or more, 0 or more", "Count what failed as camera_error.FAILED.")
    return (1.0 - angles.double() / threshold).clamp(min=0.0).mean(-1)


def r2(estimate: Tensor, truth: Tensor) -> float:
    """The share of the variance of truth (M, C) that estimate (M, C) explains, all columns pooled.

    1 is all, 0 as much as always saying the mean, below 0 is worse than that. NaN where the truth does not vary.
    """
    estimate, truth = estimate.double(), truth.double()
    residual, variance = (estimate - truth).square().sum(), (truth - truth.mean(0)).square().sum()
    return float(1.0 - residual / variance) if variance > 0 else math.nan


def summary(errors: Errors) -> dict:
    """Medians over all pairs, and AUCs, of errors (S, P): numbers for a table, as plain JSON.

    {"rotation": degrees, "direction": degrees, "distance": scene units or absent,
     "auc": {"5": {"mean", "stderr"}, "15": ..., "30": ...}}, an AUC being the mean over scenes of each scene's own,
    with its standard error over scenes (0 for a single one).
    """
    found = {name: float(value.quantile(0.5)) for name in ("rotation", "direction", "distance")
             if (value := getattr(errors, name)) is not None}
    areas = {f"{threshold:g}": auc(errors.larger, threshold) for threshold in THRESHOLDS}
    return found | {"auc": {name: {"mean": float(area.mean()), "stderr": _stderr(area)}
                            for name, area in areas.items()}}


def _stderr(values: Tensor) -> float:
    return float(values.std() / len(values) ** 0.5) if len(values) > 1 else 0.0
