"""The latent space: its principal components, what each follows, and walks through it as pictures.

Nobody told RUST what its latent numbers should mean, and no single one needs to mean anything: any rotation
of the latent space would serve a decoder as well. The directions of largest variance are a better place.

Public: `principal_components`, `Components`, `what_follows`, `Follows`, `traverse`, `around`.
Axes: S scenes, V views (the inputs, then the T targets), L numbers in a latent pose, C components (= L).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..cameras import spherical
from ..errors import InputError
from .probes import circular_mean, wrap
from .protocol import evaluating

WORDS = {"elevation": "height", "azimuth": "rotation", "sin azimuth": "rotation", "cos azimuth": "rotation"}
UNCLEAR = 0.5  # a component that follows nothing with a correlation of at least this is called unclear


@dataclass
class Components:
    """Principal components of latent poses, the one of largest variance first. float64 on the CPU."""

    mean: Tensor  # (L,) of the latents
    directions: Tensor  # (C, L) unit vectors; the entry of largest magnitude of each is positive
    deviation: Tensor  # (C,) standard deviation of the latents along each
    ratio: Tensor  # (C,) share of the variance that each explains; sums to 1
    scores: Tensor  # (..., C) the latents in these coordinates

    def to_scores(self, z: Tensor) -> Tensor:
        """Latents (..., L) -> scores (..., C)."""
        return (z.double().cpu() - self.mean) @ self.directions.T

    def to_latents(self, scores: Tensor) -> Tensor:
        """Scores (..., C) -> latents (..., L) in float32, as a model takes them."""
        return (scores.double().cpu() @ self.directions + self.mean).float()


def principal_components(z: Tensor) -> Components:
    """Principal components of latents (..., L). Raises InputError for fewer than two of them, or NaN.

    The sign of a component is arbitrary; its largest entry fixes it, so that a figure made twice is the same.
    """
    flat = z.detach().double().cpu().reshape(-1, z.shape[-1])
    if len(flat) < 2 or not torch.isfinite(flat).all():
        raise InputError(f"principal components of latents of shape {tuple(z.shape)}",
                         "two or more latents, all finite")
    mean = flat.mean(0)
    covariance = (flat - mean).T @ (flat - mean) / (len(flat) - 1)
    variance, vectors = torch.linalg.eigh(covariance)  # ascending
    variance, directions = variance.flip(0).clamp(min=0.0), vectors.T.flip(0)
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    directions = directions * largest.sign()
    scores = ((flat - mean) @ directions.T).reshape(*z.shape[:-1], -1)
    return Components(mean, directions, variance.sqrt(), variance / variance.sum().clamp(min=1e-30), scores)


@dataclass(frozen=True)
class Follows:
    """What a component follows: a camera quantity, or "unclear", and the best correlation, -1 to 1."""

    name: str
    strength: float

    @property
    def word(self) -> str:
        """The quantity in a word for readers: "height", "rotation", "distance" or "unclear"."""
        return WORDS.get(self.name, self.name)


def what_follows(scores: Tensor, cameras: Tensor, frame: str | Tensor = "mean",
                 threshold: float = UNCLEAR) -> list[Follows]:
    """For each component, the camera quantity whose correlation with its scores (S, T, C) is the strongest.

    Tried are elevation, distance, and the azimuth relative to `frame` (as an angle, its sine and its
    cosine: in a model of the full circle the azimuth is a ring, and a ring has two coordinates). `frame` is
    "mean", the circular mean of the inputs' azimuths, or "first", the first input's, or a direction (S,) of each
    scene, in radians: inputs all around have no mean, but a scene may have a light. cameras (S, V, 4, 4) begin with
    the inputs.
    """
    T = scores.shape[1] if scores.ndim == 3 else 0
    if T == 0 or cameras.ndim != 4 or len(cameras) != len(scores) or cameras.shape[1] <= T:
        raise InputError(f"scores of shape {tuple(scores.shape)} with cameras {tuple(cameras.shape)}",
                         "scores (S, T, C) and cameras (S, V, 4, 4) of the inputs and, last, the T targets")
    azimuth, elevation, distance = spherical(cameras.double().cpu())
    azimuth = wrap(azimuth[:, -T:] - _origin(azimuth[:, :-T], frame)[:, None])
    quantities = {"elevation": elevation[:, -T:], "distance": distance[:, -T:], "azimuth": azimuth,
                  "sin azimuth": azimuth.sin(), "cos azimuth": azimuth.cos()}
    known = torch.stack([*quantities.values()], dim=-1)  # (S, T, Q)
    table = _correlations(scores.double().cpu().flatten(0, 1), known.flatten(0, 1))
    best = table.abs().argmax(1)
    return [Follows(list(quantities)[q] if abs(float(row[q])) >= threshold else "unclear", float(row[q]))
            for row, q in zip(table, best)]


def _origin(given: Tensor, frame: str | Tensor) -> Tensor:
    """The direction (S,) that azimuths are counted from, of inputs that stand at azimuths `given` (S, V - T)."""
    if isinstance(frame, Tensor):
        if frame.shape != given.shape[:1]:
            raise InputError(f"a frame of shape {tuple(frame.shape)}", f"an angle for each scene: ({len(given)},)")
        return frame.double().cpu()
    if frame not in ("mean", "first"):
        raise InputError(f"unknown frame {frame!r}", "'mean' or 'first', or an angle for each scene")
    return circular_mean(given, dim=1) if frame == "mean" else given[:, 0]


def _correlations(a: Tensor, b: Tensor) -> Tensor:
    """Pearson correlations (C, Q) of the columns of a (M, C) and b (M, Q); 0 where a column does not vary."""
    a, b = a - a.mean(0), b - b.mean(0)
    size = a.norm(dim=0)[:, None] * b.norm(dim=0)
    return torch.where(size > 1e-12, (a.T @ b) / size.clamp(min=1e-12), torch.zeros_like(size))


def traverse(model, slsr: Tensor, pose: Tensor, space: Components, component: int, steps: int = 7,
             spread: float = 2.0) -> Tensor:
    """Pictures (steps, H, W, 3) of one scene along one component of the latent space.

    The component's score goes from -spread to +spread standard deviations around the mean of all latents: as
    far as there is data, wherever `pose` is. The other scores stay those of `pose`, (L,) or (1, L).
    slsr (K, D) or (1, K, D). Raises InputError for more than one scene, or a component that there is not.
    """
    if not 0 <= component < len(space.directions) or steps < 2:
        raise InputError(f"component {component} in {steps} steps",
                         f"a component from 0 to {len(space.directions) - 1}, and 2 steps or more")
    scores = space.to_scores(pose.reshape(1, -1)).repeat(steps, 1)  # (N, C)
    walk = torch.linspace(-spread, spread, steps, dtype=scores.dtype)
    scores[:, component] = walk * space.deviation[component]
    return _pictures(model, slsr, space.to_latents(scores))


def around(start: Tensor, end: Tensor, share: float | Tensor) -> Tensor:
    """Points (..., 2) at this share of the way from start to end (..., 2), around the origin, the shorter way."""
    a, b = (torch.atan2(point[..., 1], point[..., 0]) for point in (start, end))
    angle, radius = a + share * wrap(b - a), (1.0 - share) * start.norm(dim=-1) + share * end.norm(dim=-1)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=-1)


def _pictures(model, slsr: Tensor, poses: Tensor) -> Tensor:
    slsr = slsr if slsr.ndim == 3 else slsr[None]
    if slsr.shape[0] != 1 or poses.ndim != 2:
        raise InputError(f"latents of shape {tuple(poses.shape)} in {slsr.shape[0]} scenes",
                         "latent poses (N, L) of one scene", "Pick one scene: slsr[i], pose[i, t].")
    with evaluating(model):
        return model.render(poses[None].to(slsr), slsr)[0]
