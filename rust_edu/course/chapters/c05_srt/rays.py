"""Exercise 05.4, ray queries: cases and known mistakes. The properties are in `waves`."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from ....cameras import from_rotation, invert, pixel_rays, relative_pose
from ....models.layers import fourier_features
from ...checking.exercise import Case, Suspect
from ...shared.srt_drawn import random_cameras
from ...shared.srt_parts import RAYS, ray_queries


def intrinsics(g: Generator) -> Tensor:
    focal, centre = 10.0 + 10.0 * torch.rand(2, generator=g), 6.0 + 4.0 * torch.rand(2, generator=g)
    return torch.tensor([[focal[0], 0.0, centre[0]], [0.0, focal[1], centre[1]], [0.0, 0.0, 1.0]])


def ray_cases(g: Generator) -> Iterator[Case]:
    first = random_cameras(g, 1)
    yield Case("a target taken by the first camera itself", first[:, None], first, intrinsics(g),
               torch.tensor([[8.0, 8.0], [0.5, 0.5]]), 2, -1)
    for B, T, N, octaves, start in ((2, 3, 5, 3, -1), (3, 3, 3, 2, -2), (1, 2, 1, 2, 0), (2, 1, 4, 1, 0)):
        yield Case(f"{B} scene{'s' * (B > 1)}, {T} target{'s' * (T > 1)}, {N} position{'s' * (N > 1)}",
                   random_cameras(g, B, T), random_cameras(g, B), intrinsics(g), 16.0 * torch.rand(N, 2, generator=g),
                   octaves, start)


def _rays(*, frame: Callable = lambda c, first: relative_pose(c, first[:, None]), where: Callable = lambda p: p,
          change: Callable = lambda o, d, c, first: (o, d),
          features: Callable = lambda o, d, n, s: fourier_features(torch.cat([o, d], -1), n, s)) -> Callable:
    """ray_queries in another frame, through other positions, with other rays, with other features."""

    def mistaken(cameras, first, K, positions, octaves, start):
        local = frame(cameras, first)
        origins, directions = pixel_rays(local, K, where(positions))
        return features(*change(origins, directions, (local, K, positions, cameras), first), octaves, start)

    return mistaken


def _raw_directions(o, d, about, first):
    local, K, positions, _ = about
    return o, d / (d * local[..., None, :3, 2]).sum(-1, keepdim=True)


def _one_focal_length(axis: int) -> Callable:
    def change(o, d, about, first):
        local, K, positions, _ = about
        K = K.clone()
        K[0, 0] = K[1, 1] = K[axis, axis]
        return pixel_rays(local, K, positions)

    return change


def _moved_only(cameras: Tensor, first: Tensor) -> Tensor:
    return from_rotation(cameras[..., :3, :3].contiguous(), cameras[..., :3, 3] - first[:, None, :3, 3])


def _turned_only(cameras: Tensor, first: Tensor) -> Tensor:
    turn = first[:, None, :3, :3].mT
    return from_rotation(turn @ cameras[..., :3, :3], (turn @ cameras[..., :3, 3:]).squeeze(-1))


def _world_origins(o, d, about, first):
    return pixel_rays(about[3], about[1], about[2])[0], d


def _world_directions(o, d, about, first):
    return o, pixel_rays(about[3], about[1], about[2])[1]


RAY_SUSPECTS = (
    Suspect("world-frame", _rays(frame=lambda c, first: c), "These are rays in the world's frame. Take every camera "
            "relative to the first input camera before you make rays: the world's origin is somebody's choice, and no "
            "picture shows it.", RAYS),
    Suspect("inverse-pose", _rays(frame=lambda c, first: relative_pose(first[:, None], c)), "This is the first camera "
            "seen from the target. Wanted is the target seen from the first camera: relative_pose(cameras, "
            "first).", RAYS),
    Suspect("order", _rays(frame=lambda c, first: c @ invert(first)[:, None]), "You multiply in the other order. From "
            "right to left: from the camera to the world, then from the world to the first camera.", RAYS),
    Suspect("moved-only", _rays(frame=_moved_only), "You moved the origin to the first camera and left the axes those "
            "of the world. Directions too are those seen by the first camera.", RAYS),
    Suspect("turned-only", _rays(frame=_turned_only), "You turned everything into the axes of the first camera and "
            "left the origin in the world. The first camera stands at (0, 0, 0).", RAYS),
    Suspect("origins-in-world", _rays(change=_world_origins), "Your directions are in the frame of the first camera, "
            "your origins in the world's. Both belong to the same frame.", RAYS),
    Suspect("directions-in-world", _rays(change=_world_directions), "Your origins are in the frame of the first "
            "camera, your directions in the world's. Both belong to the same frame.", RAYS),
    Suspect("own-frame", _rays(frame=lambda c, first: torch.eye(4).expand_as(c).contiguous()), "Each camera is taken "
            "in its own frame: then all cameras are alike, and the query says nothing of where the target is.", RAYS),
    Suspect("first-target", _rays(frame=lambda c, first: relative_pose(c, c[:, :1])), "You take the frame of the first "
            "target. The frame is that of the first input view, `first`: the scene knows only that one.", RAYS),
    Suspect("first-scene", _rays(frame=lambda c, first: relative_pose(c, first[0])), "All scenes use the first camera "
            "of scene 0. Each scene has its own: make room for T with first[:, None].", RAYS),
    Suspect("scenes-for-targets", _rays(frame=relative_pose), "`first` (B, 4, 4) met the axis T of `cameras` (B, T, 4, "
            "4): where the two fit by chance, target number b got the first camera of scene b. Make room for T: "
            "first[:, None].", RAYS),
    Suspect("corners", _rays(where=lambda p: p - 0.5), "Your rays pass through the upper left corners of pixels. "
            "Positions are centres already, such as (0.5, 0.5): take nothing away.", RAYS),
    Suspect("corners", _rays(where=torch.floor), "Your rays pass through whole numbers: corners of pixels. Positions "
            "are centres already, such as (0.5, 0.5).", RAYS),
    Suspect("half-pixel", _rays(where=lambda p: p + 0.5), "You add half a pixel. Positions are centres already, such "
            "as (0.5, 0.5).", RAYS),
    Suspect("x-y-swapped", _rays(where=lambda p: p.flip(-1)), "x and y of the positions are exchanged. They are (x, "
            "y), and stay so.", RAYS),
    Suspect("not-unit", _rays(change=_raw_directions), "Your directions point the right way and are not of length 1. A "
            "ray should be one question, whatever the pixel: normalise them.", RAYS),
    *(Suspect("one-focal-length", _rays(change=_one_focal_length(axis)), f"The focal length along {other} is taken "
              f"from that along {own}. K has one for each: K[0, 0] along x, K[1, 1] along y. `pixel_rays` takes K as "
              "it is.", RAYS) for axis, own, other in ((0, "x", "y"), (1, "y", "x"))),
    Suspect("no-origins", _rays(features=lambda o, d, n, s: fourier_features(d, n, s)), "Only the directions are in "
            "the query. Two cameras that look the same way from two places ask for different colours: origin and "
            "direction.", RAYS),
    Suspect("no-directions", _rays(features=lambda o, d, n, s: fourier_features(o, n, s)), "Only the origins are in "
            "the query. They are the same for all pixels of a target.", RAYS),
    Suspect("no-features", _rays(features=lambda o, d, n, s: torch.cat([o, d], -1)), "The six numbers of the ray go "
            "into the query bare. Put them through `fourier_features`: a small network sees fine differences only "
            "through high frequencies.", RAYS),
    Suspect("directions-first", _rays(features=lambda o, d, n, s: fourier_features(torch.cat([d, o], -1), n, s)),
            "The directions come first. The course puts origins first; trained weights depend on it.", RAYS),
    Suspect("features-apart", _rays(features=lambda o, d, n, s: torch.cat([fourier_features(o, n, s), fourier_features(
        d, n, s)], -1)), "Origins and directions have features apart from each other. Join the six numbers first, then "
            "take features of all: all sines, then all cosines. Trained weights depend on it.", RAYS),
    Suspect("start-ignored", _rays(features=lambda o, d, n, s: fourier_features(torch.cat([o, d], -1), n, 0)),
            "`start` is ignored: the octaves run from k = start on. The low ones are as long as a scene is "
            "wide.", RAYS),
)


__all__ = ["RAY_SUSPECTS", "random_cameras", "ray_cases", "ray_queries"]
