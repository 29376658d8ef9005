"""Volume rendering: what a ray sees of a scene that is a cloud of coloured fog, thick where something stands.

A *field* is any function from points (..., 3) of the world to a density (...), 0 or more, and a colour (..., 3): a
network or a box with three formulas. Along a ray the density says how soon light is stopped: a fog of density sigma
lets exp(-sigma L) of it through a length L. Everything is differentiable, so a picture can correct the field, and the
camera, that it was rendered from (NeRF, section 4, equation 3, arXiv 2003.08934).

Public: `sample_distances`, `interval_widths`, `transmittance`, `volume_weights`, `render_rays`, `Rendered`, `BEYOND`.
Axes: N rays, S samples along one. Distances are along the ray, in units of the scene, counted from its origin.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import InputError

Field = Callable[[Tensor], tuple[Tensor, Tensor]]

BEYOND = 1e10  # width of the last interval: as good as infinite, and a gradient through it is no NaN


def sample_distances(rays: int, near: float, far: float, samples: int, generator: torch.Generator | None = None,
                     device=None) -> Tensor:
    """Distances (N, S), ascending: each ray's way from `near` to `far` in S equal bins, one distance in each.

    With a generator (on any device) each is drawn anywhere in its bin (stratified sampling, NeRF equation 2): over the
    steps of a training every place is visited. Without one it is the middle of the bin: pictures do not flicker.
    Raises InputError unless 0 <= near < far < infinity, and for fewer than 2 samples.
    """
    if not 0.0 <= near < far < math.inf:
        raise InputError(f"rays from near = {near!r} to far = {far!r}", "0 <= near < far, both finite")
    if samples < 2:
        raise InputError(f"{samples} samples along a ray", "2 or more")
    if generator is None:
        inside = torch.full((rays, samples), 0.5, device=device)
    else:
        inside = torch.rand(rays, samples, generator=generator, device=generator.device).to(device)
    return near + (far - near) / samples * (torch.arange(samples, device=device) + inside)


def interval_widths(distances: Tensor) -> Tensor:
    """Widths (..., S) of the pieces of a ray that samples at ascending `distances` (..., S) stand for.

    From each to the next. The last one stands for all that lies beyond: whatever light still comes that far ends in it.
    So the field paints the sky there, and a ray's weights sum to 1.
    """
    return torch.cat([distances.diff(dim=-1), torch.full_like(distances[..., :1], BEYOND)], dim=-1)


def transmittance(density: Tensor, widths: Tensor) -> Tensor:
    """Share of the light (..., S), 0 to 1, that comes from each piece's near end to the camera: 1, then falling.

    T_i = exp(-(sigma_1 delta_1 + ... + sigma_{i-1} delta_{i-1})), of `density` and `widths`, both (..., S), 0 or more.
    """
    thickness = (density * widths)[..., :-1]  # a piece does not stand in its own way
    before = torch.cat([torch.zeros_like(density[..., :1]), thickness.cumsum(dim=-1)], dim=-1)
    return torch.exp(-before)


def volume_weights(density: Tensor, widths: Tensor) -> Tensor:
    """The share (..., S) that each piece has in a ray's colour: w_i = T_i (1 - exp(-sigma_i delta_i)).

    It is large where the fog is thick and nothing stands before it. Never negative; the sum is at most 1, and what is
    missing is the share of the light that comes from behind the last piece.
    """
    return transmittance(density, widths) * -torch.expm1(-density * widths)


class Rendered(NamedTuple):
    """What N rays see."""

    colour: Tensor  # (N, 3) the mean of the samples' colours, by their weights
    distance: Tensor  # (N,) the mean of their distances: the expected depth, along the ray
    weights: Tensor  # (N, S)


def render_rays(field: Field, origins: Tensor, directions: Tensor, distances: Tensor) -> Rendered:
    """What rays from `origins` in unit `directions`, each (N, 3), see of a field asked at `distances` (N, S).

    Raises InputError for shapes that do not fit.
    """
    if origins.shape != directions.shape or origins.shape[-1] != 3 or distances.shape[:-1] != origins.shape[:-1]:
        shapes = ", ".join(str(tuple(t.shape)) for t in (origins, directions, distances))
        raise InputError(f"origins, directions and distances of shapes {shapes}", "(N, 3), (N, 3) and (N, S)")
    points = origins[..., None, :] + distances[..., None] * directions[..., None, :]  # (N, S, 3)
    density, colour = field(points)
    if density.shape != distances.shape or colour.shape != points.shape:
        raise InputError(f"a field that answers with shapes {tuple(density.shape)} and {tuple(colour.shape)}",
                         f"density {tuple(distances.shape)} and colour {tuple(points.shape)}")
    weights = volume_weights(density, interval_widths(distances))
    return Rendered((weights[..., None] * colour).sum(-2), (weights * distances).sum(-1), weights)
