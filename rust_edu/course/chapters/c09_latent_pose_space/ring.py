"""Exercise 09.4, a way around the ring: the reference, cases, known mistakes, properties.

Axes: N pairs of points, `steps` points of each way, 2 coordinates: along the cosine and the sine of the azimuth.
"""

import math

import torch
from torch import Generator, Tensor

from ....evaluation.latent_space import around
from ...checking.exercise import Case, Diagnosis, Suspect
from .common import RING, shaped, short


def walk_around(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Points (N, 2) to points (N, 2) around the origin, the short way: (N, steps, 2), both ends included."""
    return around(start[:, None], end[:, None], torch.linspace(0, 1, steps, dtype=start.dtype))


def _angle(points: Tensor) -> Tensor:
    return torch.atan2(points[..., 1], points[..., 0])


def _at(angle: Tensor, radius: Tensor) -> Tensor:
    return torch.stack([radius * angle.cos(), radius * angle.sin()], -1)


def _line(a: Tensor, b: Tensor, share: Tensor) -> Tensor:
    """Numbers (N,) to numbers (N,) in equal steps: (N, steps)."""
    return (1 - share) * a[:, None] + share * b[:, None]


def _polar(degrees: list[float], radius: list[float]) -> Tensor:
    return _at(torch.tensor(degrees).deg2rad(), torch.tensor(radius))


def cases(g: Generator):
    yield Case("from 0 to 90 degrees in 3 steps", torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]), 3)
    yield Case("across 180 degrees, and back", _polar([150.0, -150.0], [1.0, 1.0]), _polar([-150.0, 150.0], [1.0, 1.0]),
               5)
    yield Case("radii that differ", _polar([-50.0, 20.0], [0.5, 3.0]), _polar([60.0, -110.0], [2.0, 1.0]), 7)
    yield Case("from a point to itself, and a hair to the left", _polar([30.0, 30.0], [1.0, 1.0]), _polar([30.0, 30.5],
               [1.0, 1.0]), 4)
    for size in (1e-3, 1e3):
        start, end = _pairs(g, 3)
        yield Case(f"a ring of radius {size:g}", size * start, size * end, 5).asking("The ring may be small or large.")
    for steps in (2, 4, 9):
        here = 360 * torch.rand(6, generator=g) - 180
        turn = (20 + 140 * torch.rand(6, generator=g)) * (torch.rand(6, generator=g) - 0.5).sign()
        radii = 0.4 + 2 * torch.rand(2, 6, generator=g)
        yield Case(f"random points, {steps} steps", _polar(here.tolist(), radii[0].tolist()),
                   _polar((here + turn).tolist(), radii[1].tolist()), steps)


def _walk(angle_of=_angle, turn=lambda d: torch.atan2(d.sin(), d.cos()), radius=None, share=None, at=_at):
    """A walk with one part exchanged."""
    def mistake(start, end, steps):
        s = torch.linspace(0, 1, steps) if share is None else share(steps)
        here, there = angle_of(start), angle_of(end)
        r = _line(start.norm(dim=1), end.norm(dim=1), s) if radius is None else radius(start, end, s)
        return at(here[:, None] + s * turn(there - here)[:, None], r)
    return mistake


def _chord(start: Tensor, end: Tensor, steps: int) -> Tensor:
    share = torch.linspace(0, 1, steps)[:, None]
    return (1 - share) * start[:, None] + share * end[:, None]


def _turn_for_all(which):
    """One turn for all pairs, made of all the turns."""
    def mistake(start, end, steps):
        turn = _angle(end) - _angle(start)
        turn = which(torch.atan2(turn.sin(), turn.cos()))
        s = torch.linspace(0, 1, steps)
        return _at(_angle(start)[:, None] + s * turn, _line(start.norm(dim=1), end.norm(dim=1), s))
    return mistake


def _first_radii(start, end, steps):
    s = torch.linspace(0, 1, steps)
    turn = _angle(end) - _angle(start)
    return _at(_angle(start)[:, None] + s * torch.atan2(turn.sin(), turn.cos())[:, None],
               _line(start.norm(dim=1)[:1], end.norm(dim=1)[:1], s))


def _pushed_out(start: Tensor, end: Tensor, steps: int) -> Tensor:
    line = _chord(start, end, steps)
    radius = _line(start.norm(dim=1), end.norm(dim=1), torch.linspace(0, 1, steps))
    return line / line.norm(dim=-1, keepdim=True) * radius[..., None]


def _geometric(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    return start.norm(dim=1)[:, None] ** (1 - share) * end.norm(dim=1)[:, None] ** share


_ENDS = "Your way does not begin and end where it was asked to: "

SUSPECTS = (
    Suspect("straight-line", _chord, "This is the straight line between the two points. It cuts through the inside of "
            "the ring: asked for is the way around, at an angle and a radius that change evenly.", RING),
    Suspect("long-way", _walk(turn=lambda d: d), "You subtract the two angles as they are. From 150 to −150 degrees "
            "that is a turn of −300 degrees, the long way round, where 60 would do: bring the difference into [−π, "
            "π].", RING),
    Suspect("long-way", _walk(turn=lambda d: torch.atan2(d.sin(), d.cos()) - 2 * math.pi * torch.atan2(
        d.sin(), d.cos()).sign()), "You go around the other way: always the larger of the two turns.", RING),
    Suspect("one-way-round", _walk(turn=lambda d: d % (2 * math.pi)), "You always turn to the left. To the right is "
            "often shorter: bring the difference of the angles into [−π, π], not into [0, 2π].", RING),
    Suspect("uneven-steps", _pushed_out, "You push the straight line out to the ring. It then has the right shape, and "
            "uneven steps: the camera hurries in the middle. Change the angle evenly.", RING),
    Suspect("circle-of-one", _walk(radius=lambda a, b, s: torch.ones(len(a), len(s))), _ENDS + "it runs on the circle "
            "of radius 1. Points lie inside and outside of it too: take the radius evenly from the one to the "
            "other.", RING),
    Suspect("radius-of-start", _walk(radius=lambda a, b, s: a.norm(dim=1)[:, None].expand(-1, len(s))), _ENDS + "the "
            "radius stays that of the start.", RING),
    Suspect("mean-radius", _walk(radius=lambda a, b, s: 0.5 * (a.norm(dim=1) + b.norm(dim=1))[:, None].expand(
        -1, len(s))), _ENDS + "its radius is the mean of the two, all the way.", RING),
    Suspect("radius-multiplied", _walk(radius=_geometric), "Your radius grows by equal factors. Asked for are equal "
            "steps.", RING),
    *(Suspect("one-turn-for-all", _turn_for_all(which), "All your ways turn by the same angle. Each pair of points "
              "has a turn of its own: keep the axis of the pairs, `turn[:, None]`.", RING)
      for which in (lambda turn: turn[0], lambda turn: turn.mean(), lambda turn: turn[-1])),
    Suspect("polar", _walk(at=lambda a, r: torch.stack([r, a.expand_as(r)], -1)), "These are radius and angle. Go "
            "back to coordinates: the radius times cosine and sine.", RING),
    Suspect("polar", _walk(at=lambda a, r: torch.stack([a, r.expand_as(a)], -1)), "These are angle and radius. Go "
            "back to coordinates: the radius times cosine and sine.", RING),
    Suspect("one-radius-for-all", _first_radii, "All your ways have the radii of the first. Each pair of points has "
            "its own.",
            RING),
    Suspect("end-missing", _walk(share=lambda n: torch.arange(n) / n), _ENDS + "the last step is missing. With `steps` "
            "points there are `steps − 1` steps between them.", RING),
    Suspect("start-missing", _walk(share=lambda n: torch.arange(1, n + 1) / n), _ENDS + "it leaves out the start.",
            RING),
    Suspect("ends-missing", _walk(share=lambda n: torch.linspace(0, 1, n + 2)[1:-1]), _ENDS + "it leaves out both.",
            RING),
    Suspect("backwards", lambda start, end, steps: walk_around(end, start, steps), "Your way leads from the end to the "
            "start.", RING),
    Suspect("atan-not-atan2", _walk(angle_of=lambda p: torch.atan(p[..., 1] / p[..., 0])), "atan(y / x) cannot tell a "
            "point from the one opposite to it. atan2(y, x) can.", RING),
    Suspect("axes-exchanged", _walk(angle_of=lambda p: torch.atan2(p[..., 0], p[..., 1])), "atan2 takes y first, then "
            "x: you measure angles from the other axis than you come back on.", RING),
    Suspect("axes-exchanged", _walk(at=lambda a, r: torch.stack([r * a.sin(), r * a.cos()], -1)), "You come back with "
            "sine and cosine exchanged: x is the radius times the cosine.", RING),
    Suspect("unit-of-angle", _walk(angle_of=lambda p: _angle(p).rad2deg()), "torch's sin and cos take radians, and so "
            "does the difference that you bring into [−π, π].", RING),
)


def _pairs(g: Generator, N: int = 8) -> tuple[Tensor, Tensor]:
    here = 360 * torch.rand(N, generator=g) - 180
    turn = (20 + 140 * torch.rand(N, generator=g)) * (torch.rand(N, generator=g) - 0.5).sign()
    turn[0] = 172.0
    radii = 0.4 + 2 * torch.rand(2, N, generator=g)
    return _polar(here.tolist(), radii[0].tolist()), _polar((here + turn).tolist(), radii[1].tolist())


def _way(yours, start: Tensor, end: Tensor, steps: int) -> Tensor | None:
    way = yours(start, end, steps)
    return way.float() if shaped(way, (len(start), steps, 2)) else None


def ends_where_it_should(yours, g):
    """the way begins at the start and ends at the end"""
    start, end = _pairs(g)
    way = _way(yours, start, end, 6)
    if way is None:
        return
    for name, found, wanted in (("begin", way[:, 0], start), ("end", way[:, -1], end)):
        off = (found - wanted).norm(dim=1)
        if off.max() > 1e-3:
            n, count = int(off.argmax()), int((off > 1e-3).sum())
            raise Diagnosis("wrong-ends", f"Some of your ways do not {name} where they were asked to: {count} of "
                            f"{len(off)}, such as number {n}.", seen=short(found[n]), expected=short(wanted[n]),
                            reread=RING)


def never_more_than_half_a_turn(yours, g):
    """it takes the short way"""
    start, end = _pairs(g)
    way = _way(yours, start, end, 25)
    if way is None:
        return
    step = _angle(way).diff(dim=1)
    total = torch.atan2(step.sin(), step.cos()).sum(1).abs()
    if (total > math.pi + 0.01).any():
        raise Diagnosis("long-way", "Your way turns by more than half a circle. The other way round is shorter: bring "
                        "the difference of the angles into [−π, π].", seen=f"{float(total.max().rad2deg()):.0f} "
                        "degrees",
                        expected="at most 180 degrees", reread=RING)


def turns_evenly(yours, g):
    """angle and radius change in equal steps"""
    start, end = _pairs(g)
    way = _way(yours, start, end, 9)
    if way is None:
        return
    step = _angle(way).diff(dim=1)
    step = torch.atan2(step.sin(), step.cos())
    if (step - step.mean(1, keepdim=True)).abs().max() > 0.01:
        row = int((step - step.mean(1, keepdim=True)).abs().amax(1).argmax())
        raise Diagnosis("uneven-angle", "Your way does not turn by the same angle in every step.",
                        seen=f"steps of {', '.join(f'{s:.0f}' for s in step[row, :4].rad2deg().tolist())} ... degrees",
                        expected=f"{float(step[row].mean().rad2deg()):.0f} degrees each", reread=RING)
    radius = way.norm(dim=-1).diff(dim=1)
    if (radius - radius.mean(1, keepdim=True)).abs().max() > 2e-3:
        row = int((radius - radius.mean(1, keepdim=True)).abs().amax(1).argmax())
        raise Diagnosis("uneven-radius", "The distance from the origin does not change by the same amount in every "
                        "step.",
                        seen=short(radius[row]), expected=f"{float(radius[row].mean()):.3f} each", reread=RING)


PROPERTIES = (never_more_than_half_a_turn, turns_evenly, ends_where_it_should)
