"""Probes: how much of the camera can be read out of latent poses, by a regressor fitted afterwards.

A latent pose is relative to its scene: there is no world frame to read it in. So there are three read-outs:

    pairs   from the latents of two targets of a scene to the differences of their azimuth, elevation and
            distance: the same in any frame, so it does not matter where the model puts its own
    mean    from one latent to its camera relative to the mean of the input cameras (circular for the azimuth)
    first   from one latent to its azimuth relative to the first input view, its elevation and its distance

The wrong frame hides what a model knows, so all three are reported. Azimuths that fill more of the circle
than a regression can take as plain numbers (WIDE) are regressed as their sine and cosine. Scores, on scenes
that neither model nor probe has seen: R2, and median absolute errors in degrees and units of the scene.

Public: `latent_poses`, `READOUTS`, `probe`, `probe_all`, `quick_pair_r2`, `wrap`, `circular_mean`,
`difference`, `counted_from`, `decode`, `regressor`, `QUANTITIES`.
Axes: S scenes, V views (the inputs, then the T targets), L numbers in a latent pose, M examples of a probe.
Angles are in radians unless a name says degrees.
"""

import math
import warnings
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from ..cameras import spherical
from ..errors import InputError
from .protocol import evaluating


class R2(NamedTuple):
    """Shares of the variance that were read: 1 all, 0 none, below 0 worse than always saying the mean."""

    azimuth: float
    elevation: float
    distance: float


QUANTITIES = R2._fields
KINDS = ("linear", "mlp")
WIDEST = 32  # features whose products a quick look affords: two latent poses of 16 numbers
WIDE = math.radians(150)  # azimuths beyond this are regressed as sine and cosine: 180 and -180 are one place
LatentSet = tuple[Tensor, Tensor]  # z (S, T, L) and cameras (S, V, 4, 4), as `latent_poses` returns them
Examples = tuple[Tensor, Tensor]  # features (M, F) and quantities (M, 3) as QUANTITIES, both float64


def latent_poses(model, scenes, inputs: int = 3, targets: int | None = None, batch: int = 50) -> LatentSet:
    """z (S, T, L) and cameras (S, V, 4, 4) of a data set, V = inputs + T, both float32 on the CPU.

    Of pictures without cameras the second is None.

    The pose estimator sees the left half of each target, as in the protocol; all views after the inputs are
    targets unless `targets` says how many. The model may be in training mode and stays in it.
    Raises InputError for a model whose poses are not latent, or for more views than the scenes have.
    """
    latents, cameras = [], []
    device = next(model.parameters()).device
    with evaluating(model):
        for start in range(0, len(scenes), batch):
            seen, asked = scenes.views(slice(start, start + batch)).to(device).split(inputs, targets)
            pose = model.pose(seen, asked, model.encode(seen), right=False)
            if pose.ndim != 3:
                raise InputError(f"the poses of {model.name!r} are cameras of shape {tuple(pose.shape)}",
                                 "a model with latent poses (S, T, L)", "Probe a RUST model.")
            latents.append(pose.float().cpu())
            if seen.camera_to_world is not None:
                cameras.append(torch.cat([seen.camera_to_world, asked.camera_to_world], dim=1).cpu())
    return torch.cat(latents), torch.cat(cameras) if cameras else None


def wrap(angle: Tensor) -> Tensor:
    """The same angles in [-pi, pi]."""
    return torch.atan2(angle.sin(), angle.cos())


def circular_mean(angle: Tensor, dim: int = -1, keepdim: bool = False) -> Tensor:
    """The direction of the mean of unit vectors: the mean of 170 and -170 degrees is 180, not 0."""
    return torch.atan2(angle.sin().mean(dim, keepdim), angle.cos().mean(dim, keepdim))


def _where(z: Tensor, cameras: Tensor) -> tuple[Tensor, Tensor]:
    """(S, inputs, 3) and (S, T, 3): azimuth, elevation, distance of the input and of the target cameras."""
    T = z.shape[1] if z.ndim == 3 else 0
    if T == 0 or cameras.ndim != 4 or cameras.shape[0] != z.shape[0] or cameras.shape[1] < T:
        raise InputError(f"latents of shape {tuple(z.shape)} with cameras of shape {tuple(cameras.shape)}",
                         "z (S, T, L) and cameras (S, V, 4, 4) whose last T views are the targets")
    where = torch.stack(spherical(cameras.double()), dim=-1)
    return where[:, :-T], where[:, -T:]


def _inputs(where: Tensor) -> Tensor:
    if where.shape[1] == 0:
        raise InputError("no input cameras to be relative to", "cameras (S, V, 4, 4) of inputs and targets")
    return where


def difference(to: Tensor, of: Tensor) -> Tensor:
    """Differences (..., 3) of (azimuth, elevation, distance), the azimuth wrapped."""
    azimuth, rest = (to - of).split([1, 2], dim=-1)
    return torch.cat([wrap(azimuth), rest], dim=-1)


def counted_from(where: Tensor, zero: Tensor) -> Tensor:
    """Cameras (..., 3), their azimuths counted from the directions `zero` (...)."""
    azimuth, rest = where.split([1, 2], dim=-1)
    return torch.cat([wrap(azimuth - zero[..., None]), rest], dim=-1)


def pairs(z: Tensor, cameras: Tensor) -> Examples:
    """All ordered pairs of different targets of a scene: features (M, 2 L), second minus first (M, 3).

    M = S T (T - 1). Uses the target cameras alone, so `cameras` may leave the inputs out.
    """
    _, where = _where(z, cameras)
    T = z.shape[1]
    i, j = (~torch.eye(T, dtype=torch.bool)).nonzero().unbind(-1)
    both = torch.cat([z[:, i], z[:, j]], dim=-1).double()
    return both.flatten(0, 1), difference(where[:, j], where[:, i]).flatten(0, 1)


def relative_to_mean(z: Tensor, cameras: Tensor) -> Examples:
    """Features (S T, L), and each target's azimuth, elevation, distance minus the means of the inputs'."""
    given, where = _where(z, cameras)
    azimuth, rest = _inputs(given).split([1, 2], dim=-1)
    mean = torch.cat([circular_mean(azimuth, dim=1, keepdim=True), rest.mean(1, keepdim=True)], dim=-1)
    return z.double().flatten(0, 1), difference(where, mean).flatten(0, 1)


def relative_to_first(z: Tensor, cameras: Tensor) -> Examples:
    """Features (S T, L), and each target's azimuth minus the first input's, its elevation, its distance."""
    given, where = _where(z, cameras)
    return z.double().flatten(0, 1), counted_from(where, _inputs(given)[:, :1, 0]).flatten(0, 1)


READOUTS: dict[str, Callable[[Tensor, Tensor], Examples]] = {
    "pairs": pairs, "mean": relative_to_mean, "first": relative_to_first}


def probe(fit: LatentSet, test: LatentSet, read: str = "pairs", kind: str = "linear") -> dict:
    """Fit a probe on the latents and cameras of some scenes and score it on those of others.

    `read` is a name in READOUTS; `kind` is "linear" (ridge regression) or "mlp" (two hidden layers of 64,
    stopped early on a tenth of the examples). Features and answers are standardised; the seed is fixed.
    Returns {"r2": {azimuth, elevation, distance}, "median_error": {the same: degrees, degrees, scene units}}.
    """
    if read not in READOUTS or kind not in KINDS:
        raise InputError(f"unknown probe {read!r}, {kind!r}",
                         "one of " + ", ".join(READOUTS) + " and one of " + ", ".join(KINDS))
    x, quantities = READOUTS[read](*fit)
    x_test, truth = READOUTS[read](*test)
    circular = _is_circular(quantities)
    fitted = regressor(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the MLP could go on after its last epoch
        fitted.fit(x.numpy(), _encode(quantities, circular).numpy())
    answer = torch.from_numpy(fitted.predict(x_test.numpy()))
    error = difference(decode(answer, circular), truth).abs().median(0).values
    error[:2] = error[:2].rad2deg()
    return {"r2": _r2(answer, _encode(truth, circular), circular)._asdict(),
            "median_error": dict(zip(QUANTITIES, error.tolist()))}


def probe_all(fit: LatentSet, test: LatentSet) -> dict:
    """{read-out: {kind: as `probe` returns}} for every read-out, linear and MLP."""
    return {read: {kind: probe(fit, test, read, kind) for kind in KINDS} for read in READOUTS}


def quick_pair_r2(z: Tensor, cameras: Tensor) -> R2:
    """R2 of azimuth, elevation and distance between pairs of targets, fast enough to be asked while training.

    z (S, T, L), cameras (S, V, 4, 4) with the targets last. Ridge regression on the latents and their
    products, fitted on the first 70 % of the scenes and scored on the rest. NaN if a latent is not finite.
    For 200 scenes of 5 targets: about 20 ms.
    """
    z, cameras = z.detach().cpu(), cameras.cpu()
    if not torch.isfinite(z).all():
        return R2(math.nan, math.nan, math.nan)
    cut = round(0.7 * len(z))
    if not 0 < cut < len(z):
        raise InputError(f"a probe on {len(z)} scenes", "2 or more, to fit on some and score on others")
    (x, y), (x_test, truth) = pairs(z[:cut], cameras[:cut]), pairs(z[cut:], cameras[cut:])
    circular = _is_circular(y)
    mean, scale = x.mean(0), x.std(0).clamp(min=1e-12)
    X, X_test = (_quadratic((f - mean) / scale) for f in (x, x_test))
    ridge = 1e-6 * len(X) * torch.eye(X.shape[1], dtype=X.dtype)
    weights = torch.linalg.solve(X.T @ X + ridge, X.T @ _encode(y, circular))
    return _r2(X_test @ weights, _encode(truth, circular), circular)


def _quadratic(x: Tensor) -> Tensor:
    """(M, F) -> one, the features, and their products: (M, 1 + F + F (F + 1) / 2).

    Of more than WIDEST features there are too many products for a quick look: then (M, 1 + F) without them.
    """
    if x.shape[1] > WIDEST:
        return torch.cat([torch.ones_like(x[:, :1]), x], dim=1)
    i, j = torch.triu_indices(x.shape[1], x.shape[1])
    return torch.cat([torch.ones_like(x[:, :1]), x, x[:, i] * x[:, j]], dim=1)


def regressor(kind: str):
    """An unfitted probe of one of KINDS, on numpy arrays: it standardises what it is given and what it answers."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import Ridge
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # The MLP stops by held-out examples, not scenes, so it may stop late; the scores are of other scenes.
    model = Ridge(alpha=1.0) if kind == "linear" else MLPRegressor(
        hidden_layer_sizes=(64, 64), early_stopping=True, random_state=0, max_iter=100)
    return TransformedTargetRegressor(make_pipeline(StandardScaler(), model), transformer=StandardScaler())


def _is_circular(quantities: Tensor) -> bool:
    """Whether the azimuths (M, 3) fill so much of the circle that they are no plain numbers."""
    return bool((quantities[:, 0].abs() > WIDE).any())


def _encode(quantities: Tensor, circular: bool) -> Tensor:
    """What a probe regresses: (M, 3) as it is, or (M, 4) with the azimuth as its sine and cosine."""
    azimuth, rest = quantities.split([1, 2], dim=-1)
    return torch.cat([azimuth.sin(), azimuth.cos(), rest], dim=-1) if circular else quantities


def decode(answer: Tensor, circular: bool) -> Tensor:
    """Cameras (..., 3) of answers (..., 3), or (..., 4) if `circular`: with the azimuth as its sine and cosine, of any
    length. The inverse of `_encode`."""
    if not circular:
        return answer
    return torch.cat([torch.atan2(answer[..., :1], answer[..., 1:2]), answer[..., 2:]], dim=-1)


def _r2(answer: Tensor, truth: Tensor, circular: bool) -> R2:
    """1 - residual / variance of each quantity; sine and cosine are pooled: both belong to the azimuth."""
    residual, variance = ((truth - answer) ** 2).sum(0), ((truth - truth.mean(0)) ** 2).sum(0)
    if circular:
        residual, variance = (torch.cat([t[:2].sum(0, keepdim=True), t[2:]]) for t in (residual, variance))
    return R2(*(1.0 - residual / variance).tolist())
