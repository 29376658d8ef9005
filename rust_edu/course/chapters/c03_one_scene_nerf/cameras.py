"""Exercises 03.4 to 03.6: a soft box, the loss of some rays, and a camera that a gradient can turn.

Cases, known mistakes and properties. Axes: V views, N rays, H W pixels.
Public: `BOX`, `LOSS`, `CORRECTED`, `box_density`, `ray_loss`, `corrected`.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from ....cameras import from_rotation, look_at, pixel_rays, so3_exp
from ...checking.compare import numbers
from ...checking.exercise import Case, Diagnosis, Exercise, Suspect

PEAK = 20.0  # density deep inside a box, per unit: 10 cm of it stop all but exp(-2) of the light
A_BOX, ONE_LOSS, TURNING = "A scene of six numbers", "One loss for everything", "A camera that can learn"


# ---- 03.4


def box_density(points: Tensor, centre: Tensor, sides: Tensor, softness: float) -> Tensor:
    """Density (...) at points (..., 3) of a box with this centre and these whole sides, each (3,)."""
    inside = (sides / 2 - (points - centre).abs()).amin(-1)  # how deep inside; below 0 outside
    return PEAK * torch.sigmoid(inside / softness)


def box_cases(g: Generator):
    yield Case("five points of a box of sides 2, 4 and 6 around (1, 0, 0)",
               torch.tensor([[1.0, 0.0, 0.0], [2.0, 0.0, 0.0], [3.0, 0.0, 0.0], [1.0, -1.9, 0.0], [1.0, 0.0, 4.0]]),
               torch.tensor([1.0, 0.0, 0.0]), torch.tensor([2.0, 4.0, 6.0]), 0.5)
    for lead, softness in (((7,), 0.1), ((4, 3), 0.3), ((2, 6), 1.0)):
        yield Case(f"points of shape {(*lead, 3)}, softness {softness:g}", 1.5 * torch.randn(*lead, 3, generator=g),
                   torch.randn(3, generator=g), 1.0 + 2.0 * torch.rand(3, generator=g), softness)


def _box(*, inside=lambda x, s: s / 2 - x.abs(), join=lambda d: d.amin(-1), centred=lambda p, c: p - c,
         density=lambda d, soft: PEAK * torch.sigmoid(d / soft)) -> Callable:
    """box_density with another depth, another joining of the axes, or another density."""
    return lambda points, centre, sides, softness: density(join(inside(centred(points, centre), sides)), softness)


BOX = Exercise(
    "03.4", "box_density", reference=box_density, cases=box_cases, outputs=("the densities",), suspects=(
        Suspect("whole-for-half", _box(inside=lambda x, s: s - x.abs()), "Your box is twice as large. From the centre "
                "to a face it is half a side.", A_BOX),
        Suspect("centre-added", _box(centred=lambda p, c: p + c), "The centre has the wrong sign: what counts is where "
                "a point is as seen from the centre, x - c.", A_BOX),
        Suspect("centre-forgotten", _box(centred=lambda p, c: p), "Your box stands at the origin. Take the centre away "
                "from the points first.", A_BOX),
        Suspect("one-sided", _box(inside=lambda x, s: s / 2 - x), "Your box has no near faces: a point at -100 is "
                "inside. Both sides count: |x - c|.", A_BOX),
        Suspect("any-axis", _box(join=lambda d: d.amax(-1)), "A point is inside your box if one axis says so. All "
                "three must: the smallest of the three depths decides.", A_BOX),
        Suspect("mean-of-axes", _box(join=lambda d: d.mean(-1)), "You average over the axes, so a point far outside "
                "along x can be made up for along y. The smallest of the three depths decides.", A_BOX),
        Suspect("sum-of-axes", _box(join=lambda d: d.sum(-1)), "You add the three depths, so a point far outside along "
                "x can be made up for along y. The smallest of the three decides.", A_BOX),
        Suspect("inside-out", _box(density=lambda d, soft: PEAK * torch.sigmoid(-d / soft)), "Your box is empty and "
                "the air is solid. Depth is above 0 inside.", A_BOX),
        Suspect("hard", _box(density=lambda d, soft: PEAK * (d > 0).float()), "Your box has hard faces: 20 or 0. Then "
                "no small move of a face changes anything, and there is no gradient. Use the sigmoid.", A_BOX),
        Suspect("softness-multiplied", _box(density=lambda d, soft: PEAK * torch.sigmoid(d * soft)), "You multiply by "
                "the softness. The smaller it is the harder are the faces: divide.", A_BOX),
        Suspect("density-of-1", _box(density=lambda d, soft: torch.sigmoid(d / soft)), "Your box is fog of density 1. "
                "Deep inside it is 20.", A_BOX),
        Suspect("product", lambda points, centre, sides, softness: PEAK * torch.sigmoid(
            (sides / 2 - (points - centre).abs()) / softness).prod(-1), "You multiply three sigmoids. That is a soft "
                "box too, with rounder corners; asked for is the sigmoid of the smallest depth.", A_BOX)))


# ---- 03.5


def ray_loss(look: Callable, images: Tensor, camera_to_world: Tensor, K: Tensor, view: Tensor, row: Tensor,
             column: Tensor) -> Tensor:
    """The mean squared error of what `look` says of N pixels, each (N,) of view, row and column."""
    positions = torch.stack([column, row], -1) + 0.5  # (N, 2): (x, y) of pixel centres
    origins, directions = pixel_rays(camera_to_world[view], K, positions[:, None])  # (N, 1, 3)
    return F.mse_loss(look(origins[:, 0], directions[:, 0]), images[view, row, column])


def shine(origins: Tensor, directions: Tensor) -> Tensor:
    """Colours (N, 3) that tell every ray from every other."""
    return torch.sigmoid(directions * 2.0 + 0.3 * origins.roll(1, -1) + 0.2 * directions.prod(-1, keepdim=True))


def dazzle(origins: Tensor, directions: Tensor) -> Tensor:
    """Colours (N, 3) of a field that is not yet trained: beyond [0, 1] too."""
    return 1.5 * directions + 0.2 * origins


def loss_cases(g: Generator):
    K = torch.tensor([[6.0, 0.0, 4.0], [0.0, 6.0, 3.0], [0.0, 0.0, 1.0]])
    for V, N, look in ((1, 1, shine), (3, 6, shine), (4, 5, dazzle), (2, 16, shine)):
        where = torch.tensor([2.0, 1.0, 1.5]) + torch.randn(V, 3, generator=g) * 0.5
        cameras = look_at(where, torch.zeros(3).expand(V, 3))
        view, row, column = (torch.randint(most, (N,), generator=g) for most in (V, 6, 8))
        yield Case(f"{N} pixels of {V} views of 6x8", look, torch.rand(V, 6, 8, 3, generator=g), cameras, K, view, row,
                   column)


def _loss(*, at=lambda row, column: torch.stack([column, row], -1) + 0.5, camera=lambda c, view: c[view],
          truth=lambda images, view, row, column: images[view, row, column],
          error=lambda a, b: (a - b).square().mean(), seen=lambda colour: colour) -> Callable:
    """ray_loss with other positions, cameras, true colours, or another error."""

    def mistaken(look, images, camera_to_world, K, view, row, column):
        origins, directions = pixel_rays(camera(camera_to_world, view), K, at(row, column)[:, None])
        return error(seen(look(origins[:, 0], directions[:, 0])), truth(images, view, row, column))

    return mistaken


def _folded(images: Tensor, view: Tensor, row: Tensor, column: Tensor) -> Tensor:
    """The colours of a picture whose axes were taken for (W, H)."""
    H, W = images.shape[1:3]
    return images.reshape(len(images), H * W, 3)[view, (column * H + row)]


LOSS = Exercise(
    "03.5", "ray_loss", reference=ray_loss, cases=loss_cases, outputs=("the loss",), suspects=(
        Suspect("half-pixel", _loss(at=lambda row, column: torch.stack([column, row], -1) * 1.0), "Your rays pass "
                "through the corners of the pixels. The centre of pixel (row 0, column 0) is at (0.5, 0.5).", ONE_LOSS),
        Suspect("x-y-swapped", _loss(at=lambda row, column: torch.stack([row, column], -1) + 0.5), "Your positions are "
                "(row, column). A position is (x, y): the column comes first.", ONE_LOSS),
        Suspect("picture-swapped", _loss(truth=_folded), "The true colours come from other pixels: the picture was "
                "flattened column by column. Index it as images[view, row, column].", ONE_LOSS),
        Suspect("one-camera", _loss(camera=lambda c, view: c[:1].expand(len(view), 4, 4)), "All rays start from the "
                "first camera. Each pixel has the camera of its own view, camera_to_world[view].", ONE_LOSS),
        Suspect("one-picture", _loss(truth=lambda im, view, row, column: im[0, row, column]), "All true colours come "
                "from the first picture: images[view, row, column].", ONE_LOSS),
        Suspect("absolute", _loss(error=lambda a, b: (a - b).abs().mean()), "This is the mean absolute error. Asked "
                "for is the mean of the squares, of which decibels are made.", ONE_LOSS),
        Suspect("sum", _loss(error=lambda a, b: (a - b).square().sum()), "This is the sum. A mean does not depend on "
                "how many rays a step takes.", ONE_LOSS),
        Suspect("sum-of-colours", _loss(error=lambda a, b: (a - b).square().sum(-1).mean()), "You add the three "
                "channels and then take the mean over pixels: three times too much. The mean is over both.", ONE_LOSS),
        Suspect("root", _loss(error=lambda a, b: (a - b).square().mean().sqrt()), "You take the root of the mean "
                "square. The mean square itself is asked for.", ONE_LOSS),
        Suspect("clamped", _loss(seen=lambda colour: colour.clamp(0.0, 1.0)), "You cut the colours off at 0 and 1. "
                "What lies beyond then gets no gradient, and stays there.", ONE_LOSS)))


# ---- 03.6


def corrected(camera_to_world: Tensor, rotation: Tensor, translation: Tensor) -> Tensor:
    """Cameras (V, 4, 4), each turned where it stands by a rotation vector (V, 3) and moved along its own axes."""
    return camera_to_world @ from_rotation(so3_exp(rotation), translation)


def camera_cases(g: Generator):
    start = from_rotation(torch.eye(3), torch.tensor([1.0, 2.0, 3.0]))[None]
    yield Case("a quarter turn about z, and no move", start, torch.tensor([[0.0, 0.0, math.pi / 2]]), torch.zeros(1, 3))
    yield Case("nothing at all", start, torch.zeros(1, 3), torch.zeros(1, 3))
    for V, size in ((3, 0.1), (2, 1.0), (4, 2.0)):
        start = look_at(3.0 + torch.randn(V, 3, generator=g), torch.zeros(V, 3))
        yield Case(f"{V} cameras, turns of about {size:g} radians", start, size * torch.randn(V, 3, generator=g),
                   torch.randn(V, 3, generator=g))


def skew(r: Tensor) -> Tensor:
    """The matrices (..., 3, 3) with skew(r) x = r cross x."""
    x, y, z = r.unbind(-1)
    o = torch.zeros_like(x)
    return torch.stack([o, -z, y, z, o, -x, -y, x, o], -1).unflatten(-1, (3, 3))


def rodrigues(r: Tensor, angle: Tensor) -> Tensor:
    """The rotation about r / angle by angle (V, 1), which must not be 0."""
    K, angle = skew(r / angle), angle[..., None]
    return torch.eye(3) + angle.sin() * K + (1 - angle.cos()) * K @ K


def _euler(r: Tensor) -> Tensor:
    x, y, z = (so3_exp(torch.eye(3)[i] * r[..., i:i + 1]) for i in range(3))
    return z @ y @ x


def _cameras(*, turn=so3_exp, compose=lambda start, R, t: start @ from_rotation(R, t)) -> Callable:
    """corrected with other rotations or another composition."""
    return lambda camera_to_world, rotation, translation: compose(camera_to_world, turn(rotation), translation)


def _in_world(start: Tensor, R: Tensor, t: Tensor) -> Tensor:
    return from_rotation(start[:, :3, :3] @ R, start[:, :3, 3] + t)


def _moves_first(start: Tensor, R: Tensor, t: Tensor) -> Tensor:
    return start @ from_rotation(R, (R @ t[..., None]).squeeze(-1))


def _gradients(function: Callable, start: Tensor, motion: tuple[Tensor, Tensor], push: Tensor) -> list[Tensor]:
    """Of the result, weighted by `push`, towards rotation and translation. Not towards `start`: its last row is known,
    and who does not use it is as right."""
    motion = [part.clone().requires_grad_() for part in motion]
    result = function(start, *motion)
    if not result.requires_grad:
        raise Diagnosis("no-gradient", "No gradient reaches the rotation and the translation, so no camera could be "
                        "learned. Look for .detach(), .item(), .data, torch.no_grad or torch.tensor(...).",
                        seen="a result that is cut off from them", expected="a result that torch can differentiate",
                        reread=TURNING)
    found = torch.autograd.grad((result * push).sum(), motion, allow_unused=True)
    return [torch.zeros_like(part) if grad is None else grad for part, grad in zip(motion, found)]


def learns_from_where_it_starts(yours, g):
    """rotation and translation get the right gradient, also before a camera has moved at all"""
    start = look_at(3.0 + torch.randn(2, 3, generator=g), torch.zeros(2, 3))
    push, some = torch.randn(2, 4, 4, generator=g), torch.randn(2, 2, 3, generator=g)
    for motion in (tuple(some), (torch.zeros(2, 3), torch.zeros(2, 3))):
        mine = _gradients(lambda *a: yours.call(a, {}, gradients=True), start, motion, push)
        wanted = _gradients(corrected, start, motion, push)
        if all(torch.allclose(m, w, rtol=1e-2, atol=1e-2) for m, w in zip(mine, wanted)):
            continue
        wrong = 0 if not torch.allclose(mine[0], wanted[0], rtol=1e-2, atol=1e-2) else 1
        seen = {"seen": numbers(mine[wrong]), "expected": numbers(wanted[wrong]), "reread": TURNING}
        if any(m.isnan().any() for m in mine):
            raise Diagnosis("nan-gradient", "At a rotation of exactly 0, where every learned camera begins, your "
                            "gradient is NaN: the root in the angle has an infinite slope there, and 0 times infinity "
                            "is NaN. The result is right; the first step of a training would destroy it.", **seen)
        if wrong == 0 and not motion[0].any():
            raise Diagnosis("stuck-at-start", "At a rotation of exactly 0, where every learned camera begins, your "
                            "gradient is not that of a rotation. A small number added to the angle keeps NaN away, and "
                            "makes sin(angle) / angle 0 there instead of 1: the camera would never begin to turn.",
                            **seen)
        raise Diagnosis("gradient", f"The cameras are right, but the gradient towards the "
                        f"{('rotation', 'translation')[wrong]} is not: a part of the way back is cut off.", **seen)


CORRECTED = Exercise(
    "03.6", "corrected", reference=corrected, cases=camera_cases, outputs=("camera_to_world",),
    gradient=False,  # the property has it, for what is learned
    properties=(learns_from_where_it_starts,), suspects=(
        Suspect("nan-at-zero", _cameras(turn=lambda r: rodrigues(r, r.norm(dim=-1, keepdim=True))), "A rotation of "
                "exactly 0 divides by zero: there is no axis. That is where every learned camera begins. "
                "torch.linalg.matrix_exp of the skew matrix needs no axis.", TURNING),
        Suspect("in-the-world", _cameras(compose=lambda s, R, t: from_rotation(R, t) @ s), "Your motion is applied "
                "on the world's side: the camera swings around the world's origin. In its own frame the motion comes "
                "first: start @ motion.", TURNING),
        Suspect("turned-back", _cameras(turn=lambda r: so3_exp(-r)), "Your cameras turn the other way. The skew matrix "
                "has its minus signs at (0, 1), (1, 2) and (2, 0): it makes r cross x.", TURNING),
        Suspect("first-order", _cameras(turn=lambda r: torch.eye(3) + skew(r)), "I + skew(r) is the beginning of the "
                "exponential. For larger angles it is no rotation: it makes pictures larger.", TURNING),
        Suspect("degrees", _cameras(turn=lambda r: so3_exp(torch.deg2rad(r))), "Your rotation vectors are read as "
                "degrees. They are in radians.", TURNING),
        Suspect("euler", _cameras(turn=_euler), "You turn about x, then y, then z. A rotation vector is one turn: its "
                "direction is the axis, its length the angle.", TURNING),
        Suspect("axis-not-unit", _cameras(turn=lambda r: rodrigues(r, torch.ones_like(r[..., :1]))), "sin and cos take "
                "1 radian, or the axis is not of length 1. In Rodrigues' formula the axis is r / |r| and the angle "
                "|r|.", TURNING),
        Suspect("axis-not-unit", _cameras(turn=lambda r: torch.eye(3) + r.norm(dim=-1)[..., None, None].sin() * skew(r)
                                          + (1 - r.norm(dim=-1)[..., None, None].cos()) * skew(r) @ skew(r)),
                "The axis is not of length 1: in Rodrigues' formula it is r / |r|, and the angle |r|.", TURNING),
        Suspect("moved-in-the-world", _cameras(compose=_in_world), "The camera turns in its own frame and moves along "
                "the world's axes. It moves along its own: start @ [R t].", TURNING),
        Suspect("moved-after-turning", _cameras(compose=_moves_first), "The camera moves along the axes that it has "
                "after turning: your translation is R t. It is t alone: start @ [R t].", TURNING),
        Suspect("turned-alone", _cameras(compose=lambda s, R, t: s @ from_rotation(R, torch.zeros_like(t))), "The "
                "translation is lost: your cameras turn and never move.", TURNING),
        Suspect("moved-alone", _cameras(turn=lambda r: torch.eye(3).expand(len(r), 3, 3)), "The rotation is lost: your "
                "cameras move and never turn.", TURNING)))
