"""Shapes and where rays meet them.

Every shape lives in its own frame, in which it fits the cube [-1, 1]^3; an object in a scene is such a shape
scaled by its half size, turned about z, and moved. A ray o + t d is taken to the shape's frame by the
inverse, *without* normalising d, so that t means the same distance in both frames and hits of different
objects can be compared.

    sphere     |x| = 1                           box   max(|x|, |y|, |z|) = 1
    cylinder   x^2 + y^2 = 1, |z| <= 1, capped   cone  apex (0, 0, 1), base radius 1 at z = -1, capped

Each intersection takes origins and directions (N, 3) and returns the distance t (N,) of the nearest hit in
front of the origin, infinity where there is none. `normal` gives the outward normal at points of a surface.
Public: `SHAPES`, `intersect`, `normal`, `contains`. Each raises InputError for a shape that is not in SHAPES.
"""

import torch
from torch import Tensor

from ..errors import InputError

SHAPES = ("sphere", "box", "cylinder", "cone")
EPSILON = 1e-4  # a hit nearer than this is the surface the ray starts from
INFINITY = float("inf")


def _first(*candidates: Tensor) -> Tensor:
    """The nearest candidate distance beyond EPSILON; NaN (no crossing) and the rest count as infinity."""
    nearest = torch.full_like(candidates[0], INFINITY)
    for t in candidates:
        nearest = torch.where((t > EPSILON) & (t < nearest), t, nearest)
    return nearest


def _roots(a: Tensor, half_b: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Both roots of a t^2 + 2 half_b t + c = 0, NaN where there are none."""
    root = (half_b * half_b - a * c).sqrt()  # sqrt of a negative number is NaN: no crossing
    return (-half_b - root) / a, (-half_b + root) / a


def sphere(o: Tensor, d: Tensor) -> Tensor:
    """|o + t d|^2 = 1 is a quadratic equation in t."""
    return _first(*_roots((d * d).sum(-1), (o * d).sum(-1), (o * o).sum(-1) - 1.0))


def box(o: Tensor, d: Tensor) -> Tensor:
    """Inside while between all three pairs of faces: from the last that is entered to the first that is left.

    A ray parallel to a pair of faces divides by zero: between them it gets -infinity and infinity, beside
    them twice the same infinity, and exactly in a face NaN, which misses.
    """
    inverse = 1.0 / d
    a, b = (-1.0 - o) * inverse, (1.0 - o) * inverse
    enter, leave = torch.minimum(a, b).amax(-1), torch.maximum(a, b).amin(-1)
    nothing = torch.full_like(enter, INFINITY)
    return torch.where(enter <= leave, _first(enter, leave), nothing)


def _disc(o: Tensor, d: Tensor, height: float) -> Tensor:
    """Where a ray crosses the unit disc at z = height, NaN where it passes beside it."""
    t = (height - o[:, 2]) / d[:, 2]
    x, y = o[:, 0] + t * d[:, 0], o[:, 1] + t * d[:, 1]
    return torch.where(x * x + y * y <= 1.0, t, torch.full_like(t, float("nan")))


def _between_caps(t: Tensor, o: Tensor, d: Tensor) -> Tensor:
    return torch.where((o[:, 2] + t * d[:, 2]).abs() <= 1.0, t, torch.full_like(t, float("nan")))


def cylinder(o: Tensor, d: Tensor) -> Tensor:
    """The mantle, cut off between the caps, and the two caps."""
    o2, d2 = o[:, :2], d[:, :2]
    near, far = _roots((d2 * d2).sum(-1), (o2 * d2).sum(-1), (o2 * o2).sum(-1) - 1.0)
    return _first(_between_caps(near, o, d), _between_caps(far, o, d), _disc(o, d, -1.0), _disc(o, d, 1.0))


def cone(o: Tensor, d: Tensor) -> Tensor:
    """The mantle x^2 + y^2 = r(z)^2 with r(z) = (1 - z) / 2, and the base.

    The mantle's mirror image above the apex is cut off by |z| <= 1. A ray exactly parallel to the mantle
    meets it once, where a = 0 divides by zero: it passes through. No ray of a picture is so exactly parallel.
    """
    r, dr = 0.5 * (1.0 - o[:, 2]), -0.5 * d[:, 2]
    a = d[:, 0] ** 2 + d[:, 1] ** 2 - dr * dr
    half_b = o[:, 0] * d[:, 0] + o[:, 1] * d[:, 1] - r * dr
    c = o[:, 0] ** 2 + o[:, 1] ** 2 - r * r
    near, far = _roots(a, half_b, c)
    return _first(_between_caps(near, o, d), _between_caps(far, o, d), _disc(o, d, -1.0))


_INTERSECTIONS = {"sphere": sphere, "box": box, "cylinder": cylinder, "cone": cone}


def intersect(shape: str, origins: Tensor, directions: Tensor) -> Tensor:
    """Distances t (N,) along rays with `origins` and `directions` (N, 3), both in the shape's frame.

    The nearest beyond EPSILON, in lengths of the direction; infinity for a miss. A ray that starts inside
    meets the surface where it leaves.
    """
    _check(shape)
    return _INTERSECTIONS[shape](origins, directions)


def normal(shape: str, points: Tensor) -> Tensor:
    """Outward normals (N, 3), not normalised, at `points` (N, 3) on the surface, in the shape's frame."""
    _check(shape)
    x, y, z = points.unbind(-1)
    if shape == "sphere":
        return points
    if shape == "box":  # the coordinate of largest size says which face it is
        face = torch.nn.functional.one_hot(points.abs().argmax(-1), 3).to(points)
        return face * points.sign()
    zero = torch.zeros_like(z)
    if shape == "cylinder":
        on_cap = z.abs() >= (x * x + y * y).sqrt()
        side, cap = torch.stack([x, y, zero], -1), torch.stack([zero, zero, z], -1)
    else:
        on_cap = z <= -1.0 + 1e-3
        side = torch.stack([x, y, 0.25 * (1.0 - z)], -1)  # gradient of x^2 + y^2 - ((1 - z) / 2)^2, halved
        cap = torch.stack([zero, zero, -torch.ones_like(z)], -1)
    return torch.where(on_cap.unsqueeze(-1), cap, side)


def contains(shape: str, points: Tensor) -> Tensor:
    """Whether points (N, 3), in the shape's frame, lie inside the shape, not on its surface: (N,) bool."""
    _check(shape)
    x, y, z = points.unbind(-1)
    if shape == "sphere":
        return (points * points).sum(-1) < 1.0
    if shape == "box":
        return points.abs().amax(-1) < 1.0
    radius = torch.ones_like(z) if shape == "cylinder" else 0.5 * (1.0 - z)
    return (x * x + y * y < radius * radius) & (z.abs() < 1.0)


def _check(shape: str) -> None:
    if shape not in SHAPES:
        raise InputError(f"unknown shape {shape!r}", "one of " + ", ".join(SHAPES))
