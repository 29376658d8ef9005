"""Motion read out of pairs of latent poses, in whatever quantities it is known: shift and zoom, or COLMAP's cameras.

As the read-out `pairs` of `probes`, which is for cameras that look at one point: from the latents of two targets of a
scene to the difference of their quantities, with nothing said of the frame that the model counts in.

Public: `read_motion`, `motion_pairs`. Axes: S scenes, T targets, L numbers in a latent pose, Q quantities, M pairs.
"""

import warnings

import torch
from torch import Tensor

from ..errors import InputError
from .probes import KINDS, regressor

Known = tuple[Tensor, Tensor]  # z (S, T, L) and what is known of each target, (S, T, Q) as plain numbers


def motion_pairs(z: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """All ordered pairs of different targets of a scene: features (M, 2 L) and second minus first (M, Q), float64."""
    T = z.shape[1] if z.ndim == 3 else 0
    if T < 2 or known.ndim != 3 or known.shape[:2] != z.shape[:2]:
        raise InputError(f"latents {tuple(z.shape)} with quantities {tuple(known.shape)}",
                         "z (S, T, L) and quantities (S, T, Q), two targets or more")
    i, j = (~torch.eye(T, dtype=torch.bool)).nonzero().unbind(-1)
    both = torch.cat([z[:, i], z[:, j]], dim=-1).double()
    return both.flatten(0, 1), (known[:, j] - known[:, i]).double().flatten(0, 1)


def read_motion(fit: Known, test: Known, kind: str = "linear") -> dict[str, list[float]]:
    """Fit a probe ("linear": ridge, or "mlp") on some scenes, score it on others.

    {"r2": (Q), "median_error": (Q) in the quantities' own units, "spread": (Q) the standard deviation of the truth}.
    Angles must not wrap. Raises InputError for an unknown kind, or tensors that do not fit.
    """
    if kind not in KINDS:
        raise InputError(f"unknown probe {kind!r}", "one of " + ", ".join(KINDS))
    (x, y), (x_test, truth) = motion_pairs(*fit), motion_pairs(*test)
    fitted = regressor(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the MLP could go on after its last epoch
        fitted.fit(x.numpy(), y.numpy())
    wrong = torch.from_numpy(fitted.predict(x_test.numpy())).view_as(truth) - truth
    r2 = 1.0 - (wrong**2).sum(0) / ((truth - truth.mean(0)) ** 2).sum(0)
    return {"r2": r2.tolist(), "median_error": wrong.abs().median(0).values.tolist(),
            "spread": truth.std(0).tolist()}
