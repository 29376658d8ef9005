"""What the numbers of a latent pose mean, measured on the weights at hand: nothing about them is written down here.

Three things are fitted, in about a second, on held-out scenes whose cameras are known:

    components  principal components of the latent poses, each named by the camera quantity that it follows, and
                turned around if need be, so that the quantity grows with it
    read-out    from a latent pose to its camera. Elevation and distance are linear in it. The azimuth is an angle, and
                a latent pose knows it in a frame of its scene's own; so its sine and cosine are read, relative to the
                first input view, from that view's own latent pose as well, and from the products of both: the sine of
                a difference is made of products
    motion      how a latent pose moves when the camera is to move by so much: of all changes that the read-out takes
                for that motion, the smallest, in standard deviations of the data. It differs from place to place; a
                large motion is made of small ones

Public: `PoseSpace`, `fit_scenes`.
Axes: S scenes, V views, L numbers in a latent pose, C components (= L), N of them that azimuths are read from,
Q = 3 quantities: azimuth, elevation, distance.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..cameras import spherical
from ..datasets import SceneSet
from ..errors import InputError
from ..evaluation.latent_space import Components, Follows, around, principal_components, what_follows
from ..evaluation.probes import circular_mean, counted_from, decode, difference
from ..evaluation.protocol import INPUTS, evaluating
from ..evaluation.report import test_scenes

FIT_SHARE = 0.7  # of the test scenes: to fit; the others say how good the fit is, and are those that readers see
RIDGE = 1e-4
COVERED = 0.998  # of the data lies in what is called its range: the few latents farthest out do not decide it
LEADING = 8  # components that azimuths are read from: the products of many more could not be fitted
STEP = math.radians(6)  # that the camera turns before its motion is found anew
CORRECTIONS = 2  # Newton's, at the end of a motion: they leave less than a millionth of a degree


def fit_scenes(count: int) -> int:
    """How many of `count` test scenes, the first ones, are used to fit."""
    return round(FIT_SHARE * count)


@dataclass
class PoseSpace:
    """The latent poses of a model, measured. All tensors are float64 on the CPU, angles in radians."""

    world: str  # where it was measured
    frame: str  # what azimuths are relative to in `follows` and `known`
    components: Components
    follows: list[Follows]  # what each component follows; positive strength unless unclear
    ring: list[int]  # the two components around whose plane azimuths run full circle; empty if they do not
    low: Tensor  # (C,) the range of the data (all views of all scenes) along each component, in standard deviations
    high: Tensor
    farthest: float  # and of the distance from the mean, in standard deviations in all directions
    turn: Tensor  # (2, 1 + N, 1 + N) sine and cosine of the azimuth, from (1, own sigmas) and (1, the first view's)
    rise: Tensor  # (2, 1 + C) elevation and distance, from (1, own sigmas)
    median_error: Tensor  # (Q,) of the read-out on scenes that it was not fitted on
    samples: Tensor  # (M, C) latents of the data, in standard deviations along each component
    known: Tensor  # (M, Q) their true cameras, the azimuth relative to `frame`

    @classmethod
    def measure(cls, model, world: str, scenes: SceneSet | None = None) -> "PoseSpace":
        """Measure a model on the test scenes of a world, or on `scenes`.

        Raises InputError for a model without latent poses, and for fewer scenes than can be measured on.
        """
        scenes = test_scenes(world, model.config.size) if scenes is None else scenes
        cut = fit_scenes(len(scenes))
        if cut < 2 or cut == len(scenes) or scenes.images.shape[1] <= INPUTS:
            raise InputError(f"{len(scenes)} scenes of {scenes.images.shape[1]} views to measure latent poses on",
                             f"3 scenes or more, of more than {INPUTS} views")
        z, where = _latents_of_all_views(model, scenes)
        cameras = scenes.camera_to_world[:cut].double().cpu()
        components = principal_components(z[:cut, INPUTS:])
        frame, zero = _frame(scenes, where)
        zero = zero[:cut]
        components, follows = _upright(components, what_follows(components.scores, cameras, zero))
        turning = [i for i, f in enumerate(follows) if f.word == "rotation"]
        ring = turning[:2] if scenes.world.all_around and len(turning) > 1 else []
        sigmas = components.to_scores(z) / _not_zero(components.deviation)
        everything = sigmas.flatten(0, 1)
        low, high = everything.quantile(torch.tensor([1.0 - COVERED, 1.0 + COVERED]).double() / 2, dim=0)
        farthest = float(everything.norm(dim=-1).quantile(COVERED))
        known = counted_from(where[:cut, INPUTS:], zero[:, None]).flatten(0, 1)
        turn, rise = _fit_turn(sigmas[:cut], where[:cut, :, 0]), _fit_rise(sigmas[:cut], where[:cut])
        read = torch.stack([_read(own[INPUTS:], *_read_out(turn, rise, own[0])) for own in sigmas[cut:]])
        error = difference(decode(read, True), counted_from(where[cut:, INPUTS:], where[cut:, :1, 0]))
        return cls(world, frame, components, follows, ring, low, high, farthest, turn, rise,
                   error.flatten(0, 1).abs().median(0).values, sigmas[:cut, INPUTS:].flatten(0, 1), known)

    @property
    def names(self) -> list[str]:
        """Of each component: "height", "distance", "rotation" or "unclear"."""
        return [follows.word for follows in self.follows]

    def to_sigmas(self, z: Tensor) -> Tensor:
        """Latents (..., L) -> positions (..., C) along the components, in standard deviations of the data."""
        return self.components.to_scores(z) / _not_zero(self.components.deviation)

    def to_latents(self, sigmas: Tensor) -> Tensor:
        """The inverse of `to_sigmas`, in float64."""
        return (sigmas * self.components.deviation) @ self.components.directions + self.components.mean

    def camera(self, z: Tensor, z_first: Tensor) -> Tensor:
        """(..., Q) of latents (..., L) of one scene: azimuth relative to the first input view, elevation, distance.
        `z_first` (L,) is that view's own latent."""
        return decode(_read(self.to_sigmas(z), *_read_out(self.turn, self.rise, self.to_sigmas(z_first))), True)

    def moved(self, z: Tensor, z_first: Tensor, change: Tensor) -> Tensor:
        """The latent (L,) whose camera is that of `z`, moved by `change` (Q,); whole turns are left out."""
        slope, level = _read_out(self.turn, self.rise, self.to_sigmas(z_first))
        at, change = self.to_sigmas(z), change.clone()
        change[0] = change[0].fmod(2 * math.pi)
        start, steps = decode(_read(at, slope, level), True), max(1, math.ceil(float(change[0].abs()) / STEP))
        for share in [n / steps for n in range(1, steps + 1)] + [1.0] * CORRECTIONS:
            here = _read(at, slope, level)
            left = difference(start + share * change, decode(here, True))
            # The motion halfway: that of the beginning would leave the ring along its tangent.
            half = at + 0.5 * _motion(slope, here) @ left
            at = at + _motion(slope, _read(half, slope, level)) @ left
        return self.to_latents(at)

    def between(self, start: Tensor, end: Tensor, share: float) -> Tensor:
        """The latent (L,) at this share of the way from `start` (L,) to `end`: straight, but where there is a ring,
        around it, the shorter way. Both ends are exact."""
        straight = (1.0 - share) * start + share * end
        if not self.ring or share in (0.0, 1.0):
            return straight
        sigmas = self.to_sigmas(straight)
        sigmas[self.ring] = around(*(self.to_sigmas(z)[self.ring] for z in (start, end)), share)
        return self.to_latents(sigmas)

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


def _frame(scenes: SceneSet, where: Tensor) -> tuple[str, Tensor]:
    """What azimuths are counted from, in words and as a direction (S,) of each scene. where (S, V, Q)."""
    if scenes.world.all_around:  # inputs on all sides have no middle; all that scenes share is light and floor
        return "the direction of light and floor", scenes.scenes().heading.double().cpu()
    return "the middle of the inputs", circular_mean(where[:, :INPUTS, 0])


def _upright(components: Components, follows: list[Follows]) -> tuple[Components, list[Follows]]:
    """Components turned around where they fall as what they follow grows."""
    sign = torch.tensor([-1.0 if f.name != "unclear" and f.strength < 0 else 1.0 for f in follows]).double()
    turned = Components(components.mean, sign[:, None] * components.directions, components.deviation,
                        components.ratio, sign * components.scores)
    return turned, [Follows(f.name, f.strength * s) for f, s in zip(follows, sign.tolist())]


def _not_zero(deviation: Tensor) -> Tensor:
    return deviation.clamp(min=1e-12)


def _with_one(sigmas: Tensor) -> Tensor:
    return torch.cat([torch.ones_like(sigmas[..., :1]), sigmas], dim=-1)


def _read_out(turn: Tensor, rise: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
    """How one reads in a scene whose first view has the sigmas `first` (C,): slope (4, C) and level (4,) of the sine
    and cosine of the azimuth, elevation and distance. In one scene, all four are linear."""
    N, C = turn.shape[1] - 1, rise.shape[1] - 1
    ring = F.pad(turn @ _with_one(first[:N]), (0, C - N))  # (2, 1 + C)
    weights = torch.cat([ring, rise])
    return weights[:, 1:], weights[:, 0]


def _read(sigmas: Tensor, slope: Tensor, level: Tensor) -> Tensor:
    return sigmas @ slope.T + level


def _motion(slope: Tensor, read: Tensor) -> Tensor:
    """(C, Q): the smallest change of the sigmas for a change of the camera, where `read` (4,) is read."""
    sine, cosine = read[:2]
    azimuth = (cosine * slope[0] - sine * slope[1]) / _not_zero(sine**2 + cosine**2)
    return torch.linalg.pinv(torch.stack([azimuth, slope[2], slope[3]]))


def _fit_turn(sigmas: Tensor, azimuth: Tensor) -> Tensor:
    """(2, 1 + N, 1 + N): sine and cosine of the azimuth of a view relative to another's, from all pairs of a scene."""
    V, some = sigmas.shape[1], _with_one(sigmas[..., :LEADING])
    i, j = (~torch.eye(V, dtype=torch.bool)).nonzero().unbind(-1)
    products = torch.einsum("spi,spj->spij", some[:, i], some[:, j]).flatten(2).flatten(0, 1)
    angle = (azimuth[:, i] - azimuth[:, j]).flatten()
    weights = _ridge(products, torch.stack([angle.sin(), angle.cos()], dim=-1))
    return weights.T.unflatten(1, (some.shape[-1], -1))


def _fit_rise(sigmas: Tensor, where: Tensor) -> Tensor:
    """(2, 1 + C): elevation and distance of a target, from its own latent alone."""
    return _ridge(_with_one(sigmas[:, INPUTS:]).flatten(0, 1), where[:, INPUTS:, 1:].flatten(0, 1)).T


def _ridge(x: Tensor, y: Tensor) -> Tensor:
    """Ridge regression of y (M, A) on features x (M, F) of about unit size: weights (F, A)."""
    return torch.linalg.solve(x.T @ x + RIDGE * len(x) * torch.eye(x.shape[1]).double(), x.T @ y)
