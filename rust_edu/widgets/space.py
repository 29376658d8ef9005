"""What the numbers of a latent pose mean, measured on the weights at hand: nothing about them is written down here.

Three things are fitted, in about a second, on held-out scenes whose cameras are known:

    components  principal components of the latent poses, each named by the camera quantity that it follows, and
                turned around if need be, so that the quantity grows with it
    read-out    a linear map from a latent pose to its camera. Azimuths are relative to the first input view, so the
                read-out gets that view's own latent pose as well: with the pair, the scene's frame cancels
    motion      how a latent pose moves when the camera is to move by so much: of all changes that the read-out takes
                for that motion, the smallest, in standard deviations of the data

Public: `PoseSpace`, `fit_scenes`.
Axes: S scenes, V views, L numbers in a latent pose, C components (= L), Q = 3 quantities: azimuth, elevation, distance.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..cameras import spherical
from ..datasets import SceneSet
from ..errors import InputError
from ..evaluation.latent_space import Components, Follows, principal_components, what_follows
from ..evaluation.probes import QUANTITIES, circular_mean, wrap
from ..evaluation.protocol import INPUTS, evaluating
from ..evaluation.report import test_scenes

FIT_SHARE = 0.7  # of the test scenes: to fit; the others say how good the fit is, and are those that readers see
RIDGE = 1e-4
COVERED = 0.996  # of the data lies in what is called its range: the few latents farthest out do not decide it
NAMES = {"elevation": "height", "distance": "distance", "azimuth": "rotation", "sin azimuth": "rotation",
         "cos azimuth": "rotation"}


def fit_scenes(count: int) -> int:
    """How many of `count` test scenes, the first ones, are used to fit."""
    return round(FIT_SHARE * count)


@dataclass
class PoseSpace:
    """The latent poses of a model, measured. All tensors are float64 on the CPU, angles in radians."""

    world: str  # where it was measured
    components: Components
    follows: list[Follows]  # what each component follows; positive strength unless unclear
    low: Tensor  # (C,) the range of the data (all views of all scenes) along each component, in standard deviations
    high: Tensor
    farthest: float  # and of the distance from the mean, in standard deviations in all directions
    own: Tensor  # (Q, L) read-out: quantities = own z + first z_first + offset
    first: Tensor  # (Q, L), of the latent pose of the first input view
    offset: Tensor  # (Q,)
    motion: Tensor  # (L, Q) change of the latent pose for a change of the quantities
    median_error: Tensor  # (Q,) of the read-out on scenes that it was not fitted on
    samples: Tensor  # (M, C) latents of the data, in standard deviations along each component
    known: Tensor  # (M, Q) their true cameras, the azimuth relative to the middle of the inputs'

    @classmethod
    def measure(cls, model, world: str, scenes: SceneSet | None = None) -> "PoseSpace":
        """Measure a model on the test scenes of a world, or on `scenes`.

        Raises InputError for a model without latent poses, and for fewer scenes than can be measured on.
        """
        scenes = test_scenes(world, model.config.size) if scenes is None else scenes
        cut = fit_scenes(len(scenes))
        if cut < 2 or cut == len(scenes) or scenes.images.shape[1] <= INPUTS:
            raise InputError(f"{len(scenes)} scenes of {scenes.images.shape[1]} views to measure latent poses on",
                             f"4 scenes or more, of more than {INPUTS} views")
        z, where = _latents_of_all_views(model, scenes)
        targets, cameras = z[:cut, INPUTS:], scenes.camera_to_world[:cut].double().cpu()
        components = principal_components(targets)
        follows = what_follows(components.scores, cameras)
        components, follows = _upright(components, follows)
        everything = components.to_scores(z).flatten(0, 1) / _not_zero(components.deviation)
        samples = everything.view(len(z), -1, z.shape[-1])[:cut, INPUTS:].flatten(0, 1)
        middle = circular_mean(where[:cut, :INPUTS, 0], keepdim=True)
        azimuth = wrap(where[:cut, INPUTS:, 0] - middle)
        known = torch.cat([azimuth[..., None], where[:cut, INPUTS:, 1:]], dim=-1).flatten(0, 1)
        own, first, offset = _fit_readout(z[:cut], where[:cut])
        spread = components.directions.T @ (components.deviation.square()[:, None] * components.directions)
        error = (_read(z[cut:], own, first, offset) - _relative(where[cut:]))[:, INPUTS:].flatten(0, 1)
        error[:, 0] = wrap(error[:, 0])
        low, high = everything.quantile(torch.tensor([1.0 - COVERED, 1.0 + COVERED]).double() / 2, dim=0)
        farthest = float(everything.norm(dim=-1).quantile(COVERED))
        motion = spread @ own.T @ torch.linalg.pinv(own @ spread @ own.T)
        return cls(world, components, follows, low, high, farthest, own, first, offset, motion,
                   error.abs().median(0).values, samples, known)

    @property
    def names(self) -> list[str]:
        """Of each component: "height", "distance", "rotation" or "unclear"."""
        return [NAMES.get(follows.name, "unclear") for follows in self.follows]

    def to_sigmas(self, z: Tensor) -> Tensor:
        """Latents (..., L) -> positions (..., C) along the components, in standard deviations of the data."""
        return self.components.to_scores(z) / _not_zero(self.components.deviation)

    def to_latents(self, sigmas: Tensor) -> Tensor:
        """The inverse of `to_sigmas`, in float64."""
        return (sigmas * self.components.deviation) @ self.components.directions + self.components.mean

    def camera(self, z: Tensor, z_first: Tensor) -> Tensor:
        """(Q,) of a latent (L,): azimuth relative to the first input view, elevation, distance. `z_first` (L,) is that
        view's own latent."""
        return self.own @ z + self.first @ z_first + self.offset

    def outside(self, z: Tensor) -> tuple[list[int], bool]:
        """Which components of a latent (L,) are beyond all data, and whether their combination is."""
        sigmas, slack = self.to_sigmas(z), 1e-6
        beyond = (sigmas < self.low - slack) | (sigmas > self.high + slack)
        return beyond.nonzero().flatten().tolist(), float(sigmas.norm()) > self.farthest + slack


def _latents_of_all_views(model, scenes: SceneSet, batch: int = 50) -> tuple[Tensor, Tensor]:
    """Latents (S, V, L) of every view from its left half, the inputs' own as well, and cameras (S, V, Q), float64."""
    found = []
    with evaluating(model):
        for start in range(0, len(scenes), batch):
            views = scenes.views(slice(start, start + batch))
            pose = model.pose(views[:, :INPUTS], views, model.encode(views[:, :INPUTS]), right=False)
            if pose.ndim != 3:
                raise InputError(f"the poses of {model.name!r} are cameras", "a model with latent poses",
                                 "Explore a RUST model.")
            found.append(pose.double().cpu())
    where = torch.stack(spherical(scenes.camera_to_world.double().cpu()), dim=-1)
    return torch.cat(found), where


def _upright(components: Components, follows: list[Follows]) -> tuple[Components, list[Follows]]:
    """Components turned around where they fall as what they follow grows."""
    sign = torch.tensor([-1.0 if f.name != "unclear" and f.strength < 0 else 1.0 for f in follows]).double()
    turned = Components(components.mean, sign[:, None] * components.directions, components.deviation,
                        components.ratio, sign * components.scores)
    return turned, [Follows(f.name, f.strength * s) for f, s in zip(follows, sign.tolist())]


def _not_zero(deviation: Tensor) -> Tensor:
    return deviation.clamp(min=1e-12)


def _relative(where: Tensor) -> Tensor:
    """Cameras (S, V, Q) with azimuths relative to the first view's."""
    return torch.cat([wrap(where[..., :1] - where[:, :1, :1]), where[..., 1:]], dim=-1)


def _read(z: Tensor, own: Tensor, first: Tensor, offset: Tensor) -> Tensor:
    return z @ own.T + z[:, :1] @ first.T + offset


def _fit_readout(z: Tensor, where: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Ridge regression of the cameras of all targets: azimuth from pairs, elevation and distance from one latent."""
    L, answer = z.shape[-1], _relative(where)[:, INPUTS:].flatten(0, 1)
    target = z[:, INPUTS:].flatten(0, 1)
    pair = torch.cat([z[:, INPUTS:], z[:, :1].expand_as(z[:, INPUTS:])], dim=-1).flatten(0, 1)
    weights, offsets = [], []
    for q in range(len(QUANTITIES)):
        x = pair if q == 0 else target
        mean, scale, level = x.mean(0), _not_zero(x.std(0)), answer[:, q].mean()
        X = (x - mean) / scale
        gram = X.T @ X + RIDGE * len(X) * torch.eye(X.shape[1]).double()
        w = torch.linalg.solve(gram, X.T @ (answer[:, q] - level)) / scale
        weights.append(torch.cat([w, w.new_zeros(2 * L - len(w))]))
        offsets.append(level - w @ mean)
    both = torch.stack(weights)
    return both[:, :L], both[:, L:], torch.stack(offsets)
