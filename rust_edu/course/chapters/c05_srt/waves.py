"""Exercise 05.4 once more: what must hold of ray queries. Public: the properties, in the order in which they speak."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from ....cameras import pixel_rays, relative_pose
from ...checking.exercise import Diagnosis
from ...shared.srt_parts import RAYS, ray_queries
from .rays import intrinsics, random_cameras


def all_sines_then_all_cosines(yours: Callable, g: Generator) -> None:
    """All sines come first, number by number and octave by octave, then all cosines"""
    about = (random_cameras(g, 2, 3), random_cameras(g, 2), intrinsics(g), 16.0 * torch.rand(4, 2, generator=g), 3, -2)
    result, wanted = yours(*about), ray_queries(*about)
    if result.shape != wanted.shape or not result.isfinite().all():
        return
    in_order, sorted_alike = (torch.allclose(a.float(), b, atol=1e-3) for a, b in (
        (result, wanted), (result.sort(-1).values, wanted.sort(-1).values)))
    if sorted_alike and not in_order:
        raise Diagnosis("features-out-of-order", "Each query holds the right numbers in another order. First come all "
                        "sines: of the first number of the ray in all octaves, of the second, and so on. Then come all "
                        "cosines, in the same order. Trained weights depend on it.",
                        seen=_short(result[0, 0, 0, :4]) + " at the beginning", expected=_short(wanted[0, 0, 0, :4]),
                        reread=RAYS)
    squares = result[..., :18].double() ** 2 + result[..., 18:].double() ** 2
    if not in_order and (squares - 1).abs().max() > 1e-2:
        raise Diagnosis("no-waves", "The first half of a query should be sines, the second half cosines of the same "
                        "angles: their squares add up to 1. Yours do not.",
                        seen=f"a sum of {squares.flatten()[(squares - 1).abs().argmax()]:.3f}", expected="1",
                        reread=RAYS)


def octaves_begin_at_start(yours: Callable, g: Generator) -> None:
    """The angle of octave k is pi 2^k times the number"""
    camera, K, positions = random_cameras(g, 1), intrinsics(g), 16.0 * torch.rand(6, 2, generator=g)
    about = (camera[:, None], camera, K, positions, 2, -3)  # directions alone, and angles that sines tell
    result, wanted = yours(*about), ray_queries(*about)
    if result.shape != wanted.shape:
        return
    angles, right = (x[0, 0, :, 6:12].double().clamp(-1, 1).asin().unflatten(-1, (3, 2)) for x in (result, wanted))
    for k in range(2):
        factor = float((angles[..., k] * right[..., k]).sum() / right[..., k].square().sum())
        same_shape = torch.allclose(angles[..., k], factor * right[..., k], atol=1e-3)
        if same_shape and 0.01 < factor < 3.9 and abs(factor - 1) > 1e-2:
            raise Diagnosis("other-octaves", f"Your waves have other frequencies. In octave k = start + {k} the angle "
                            f"of a number x is pi 2^k x.", seen=f"angles of {factor * torch.pi * 2.0 ** (k - 3):.4f} x "
                            f"for k = {k - 3}", expected=f"{torch.pi * 2.0 ** (k - 3):.4f} x", reread=RAYS)


def the_world_does_not_matter(yours: Callable, g: Generator) -> None:
    """Moving the whole world moves no query"""
    cameras, first, move = random_cameras(g, 2, 3), random_cameras(g, 2), random_cameras(g)
    about = intrinsics(g), 16.0 * torch.rand(4, 2, generator=g), 2, -2
    before, after = yours(cameras, first, *about), yours(move @ cameras, move @ first, *about)
    if before.shape == after.shape == (2, 3, 4, 24) and not torch.allclose(before.float(), after.float(), atol=1e-3):
        place = int((before - after).abs().argmax())
        raise Diagnosis("world-matters", "All cameras move together with the world, so every picture stays what it is. "
                        "Your queries change: something in them is not relative to the first camera.",
                        seen=f"a number that goes from {before.flatten()[place]:.3f} to {after.flatten()[place]:.3f}",
                        expected="the same queries", reread=RAYS)


def the_first_camera_stands_at_the_origin(yours: Callable, g: Generator) -> None:
    """Asked from where the first camera stands, every ray starts at (0, 0, 0)"""
    first = random_cameras(g, 2)
    result = yours(first[:, None], first, intrinsics(g), 16.0 * torch.rand(3, 2, generator=g), 1, 0)
    if result.shape != (2, 1, 3, 12):
        return
    off = (result[..., :3].abs() + (result[..., 6:9] - 1).abs()).amax((1, 2, 3))  # (B,)
    if off.max() > 1e-3:
        raise Diagnosis("origin-elsewhere", "Asked for a target that the first camera itself takes, your rays do not "
                        "start at (0, 0, 0), whose sines are 0 and cosines 1.", seen="sines "
                        "" + _short(result[off.argmax(), 0, 0, :3]),
                        expected="sines [0.000, 0.000, 0.000]", reread=RAYS)


def a_ray_is_seen_where_it_was_asked(yours: Callable, g: Generator) -> None:
    """A query tells its pixel: the direction, seen by its camera, goes through the position"""
    first, positions, K = random_cameras(g, 2), 16.0 * torch.rand(5, 2, generator=g), intrinsics(g)
    result = yours(first[:, None], first, K, positions, 1, -2)  # angles below pi / 4: the sine tells them
    if result.shape != (2, 1, 5, 12):
        return
    local = result[0, 0, :, 3:6].double().clamp(-1, 1).asin() / (torch.pi / 4)
    if not torch.allclose(local.norm(dim=-1), torch.ones(5).double(), atol=1e-2):
        return  # no direction: other properties have words for it
    if (local[:, 2] < 0).all():
        raise Diagnosis("looks-back", "Your directions point behind the camera. A camera looks along its z axis: what "
                        "it sees has a positive z.", seen=f"z = {local[0, 2]:.3f}", expected=f"{-local[0, 2]:.3f}",
                        reread=RAYS)
    seen = (local @ K.double().T)[:, :2] / local[:, 2:]
    off = (seen - positions).norm(dim=-1)
    if not (off < 0.05).all():
        n = int(off.nan_to_num(1e9).argmax())
        raise Diagnosis("another-pixel", "The direction in a query belongs to another pixel than the position that was "
                        "asked for.", seen=f"position {_short(positions[n])} asked, {_short(seen[n])} answered",
                        expected="the same position", reread=RAYS)


def origins_and_directions(yours: Callable, g: Generator) -> None:
    """Both the place and the direction of every target's rays are right"""
    cameras, first, K = random_cameras(g, 2, 3), random_cameras(g, 2), intrinsics(g)
    positions = 16.0 * torch.rand(4, 2, generator=g)
    result, wanted = (f(cameras, first, K, positions, 1, -2) for f in (yours, ray_queries))
    if result.shape != wanted.shape:
        return
    off = (result[..., :6].float() - wanted[..., :6]).abs() > 1e-3  # (B, T, N, 6), by their sines
    if off.any() and not off[:, 0].any():
        raise Diagnosis("later-targets", "The queries of target 0 are right, those of the others are not. Each target "
                        "has a camera of its own.", seen=_short(result[0, 1, 0, :6]), expected=_short(
                            wanted[0, 1, 0, :6]), reread=RAYS)
    rays = torch.cat(pixel_rays(relative_pose(cameras, first[:, None]), K, positions), -1)[0, 0, 0]
    for part, columns, others in (("origins", slice(0, 3), slice(3, 6)), ("directions", slice(3, 6), slice(0, 3))):
        if off[..., columns].any() and not off[..., others].any():
            raise Diagnosis(f"{part}-differ", f"Half of each ray is right. The {part} are other ones: they should be "
                            f"what `pixel_rays` gives for the cameras relative to the first one.",
                            seen=f"sines {_short(result[0, 0, 0, columns])} at start = -2", expected=f"sines "
                            f"{_short(wanted[0, 0, 0, columns])}, of {_short(rays[columns])}", reread=RAYS)


def _short(values: Tensor) -> str:
    return "[" + ", ".join(f"{value:.3f}" for value in values.flatten().tolist()) + "]"
