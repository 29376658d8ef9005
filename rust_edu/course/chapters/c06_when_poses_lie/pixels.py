"""Exercise 06.2, from sigma to pixels: the reference, cases, known mistakes, properties."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from ....cameras import invert, look_at
from ...checking.exercise import Case, Diagnosis, Suspect
from .noise import motion, noisy_cameras, random_cameras

PIXELS = "What sigma is in pixels"


def project(points: Tensor, camera_to_world: Tensor, K: Tensor) -> Tensor:
    """Where points (N, 3) of the world are seen by cameras (V, 4, 4): positions (V, N, 2) in pixels."""
    seen = _in_camera(points, camera_to_world) @ K.T
    return seen[..., :2] / seen[..., 2:]


def pixels_off(points: Tensor, true: Tensor, noisy: Tensor, K: Tensor) -> Tensor:
    """How far apart, in pixels (V, N), the true and the noisy cameras (V, 4, 4) see points (N, 3) of the world."""
    return (project(points, noisy, K) - project(points, true, K)).norm(dim=-1)


def _in_camera(points: Tensor, camera_to_world: Tensor) -> Tensor:
    to_camera = invert(camera_to_world)
    return points @ to_camera[..., :3, :3].mT + to_camera[..., None, :3, 3]


def _cameras(g: Generator, V: int) -> Tensor:
    """Cameras (V, 4, 4) that look at the middle of the scene, from four to six units away."""
    direction = torch.nn.functional.normalize(torch.randn(V, 3, generator=g) + torch.tensor([0.0, -2.0, 0.5]), dim=-1)
    return look_at((4.0 + 2.0 * torch.rand(V, 1, generator=g)) * direction, torch.zeros(3))


def cases(g: Generator) -> Iterator[Case]:
    K = torch.tensor([[30.0, 0.0, 16.0], [0.0, 30.0, 16.0], [0.0, 0.0, 1.0]])
    ahead = torch.tensor([[0.0, 0.0, 3.0], [0.0, 0.0, 6.0]])
    step = torch.eye(4)[None].clone()
    step[0, 0, 3] = 0.1
    yield Case("points 3 and 6 units ahead, a step of 0.1 to the side", ahead, torch.eye(4)[None], step, K)
    near = torch.tensor([[0.05, -0.02, 0.3], [0.003, 0.001, 0.02]])
    step = step.clone()
    step[0, :3, 3] = torch.tensor([0.03, 0.0, 0.0015])
    yield Case("points 0.3 and 0.02 units ahead, a step of 0.03", near, torch.eye(4)[None], step, K).asking(
        "A point may be very near to the camera: the depth has no smallest value, nothing is added to it, "
        "and what is seen beside the picture counts, too.")
    for V, N, sigma, focal in ((1, 4, 0.1, 30.0), (3, 3, 0.15, 26.0), (2, 5, 0.05, 90.0), (4, 2, 0.1, 20.0)):
        # With a long focal length most points are seen beside the picture: they count, too.
        K = torch.tensor([[focal + 9.0 * float(torch.rand((), generator=g)), 0.0, 15.0], [0.0, focal, 17.0],
                          [0.0, 0.0, 1.0]])
        true = _cameras(g, V)
        noisy = noisy_cameras(true, torch.randn(V, 6, generator=g).clamp(-2, 2), sigma)
        yield Case(f"{V} camera{'s' * (V > 1)}, {N} points, sigma = {sigma:g}",
                   2.0 * torch.rand(N, 3, generator=g) - 1.0, true, noisy, K)


def _off(*, see: Callable = project, distance: Callable = lambda gap: gap.norm(dim=-1)) -> Callable:
    return lambda points, true, noisy, K: distance(see(points, noisy, K) - see(points, true, K))


def _wrong_way(points: Tensor, camera: Tensor, K: Tensor) -> Tensor:
    return project(points, invert(camera), K)


def _translation_first(points: Tensor, camera: Tensor, K: Tensor) -> Tensor:
    """R^T p - t: the camera's place is subtracted after the turn, not before."""
    seen = (points @ camera[..., :3, :3] - camera[..., None, :3, 3]) @ K.T
    return seen[..., :2] / seen[..., 2:]


def _turned_wrongly(points: Tensor, camera: Tensor, K: Tensor) -> Tensor:
    seen = ((points - camera[..., None, :3, 3]) @ camera[..., :3, :3].mT) @ K.T
    return seen[..., :2] / seen[..., 2:]


def _undivided(points: Tensor, camera: Tensor, K: Tensor) -> Tensor:
    return (_in_camera(points, camera) @ K.T)[..., :2]


def _by_distance(points: Tensor, camera: Tensor, K: Tensor) -> Tensor:
    local = _in_camera(points, camera)
    return (local @ K.T)[..., :2] / local.norm(dim=-1, keepdim=True)


def _without_focal(points: Tensor, camera: Tensor, K: Tensor) -> Tensor:
    local = _in_camera(points, camera)
    return local[..., :2] / local[..., 2:]


def _one_focal(points: Tensor, camera: Tensor, K: Tensor) -> Tensor:
    return K[0, 0] * _without_focal(points, camera, K)


def _in_space(points: Tensor, true: Tensor, noisy: Tensor, K: Tensor) -> Tensor:
    return (_in_camera(points, noisy) - _in_camera(points, true)).norm(dim=-1)


def _k_transposed(points: Tensor, camera: Tensor, K: Tensor) -> Tensor:
    seen = _in_camera(points, camera) @ K
    return seen[..., :2] / seen[..., 2:]


def _depth_before(points: Tensor, true: Tensor, noisy: Tensor, K: Tensor) -> Tensor:
    """Both are divided by the depth that the true camera sees."""
    a, b = (_in_camera(points, camera) @ K.T for camera in (true, noisy))
    return ((b[..., :2] - a[..., :2]) / a[..., 2:]).norm(dim=-1)


def _added(points: Tensor, camera: Tensor, K: Tensor) -> Tensor:
    seen = ((points + camera[..., None, :3, 3]) @ camera[..., :3, :3]) @ K.T
    return seen[..., :2] / seen[..., 2:]


SUSPECTS = (
    Suspect("k-transposed", _off(see=_k_transposed), "K is multiplied from the wrong side. For points as rows it is "
            "`points @ K.T`: K times a column is a row times K transposed.", PIXELS),
    Suspect("one-depth", _depth_before, "Both positions are divided by the depth that the true camera sees. Each "
            "camera sees the point at a depth of its own.", PIXELS),
    Suspect("place-added", _off(see=_added), "You add where the camera stands. To see a point from the camera, "
            "subtract it: p - t.", PIXELS),
    Suspect("world-to-camera", _off(see=_wrong_way), "Points of the world are multiplied by camera_to_world. That "
            "matrix goes the other way: invert it first.", PIXELS),
    Suspect("translation-last", _off(see=_translation_first), "You turn the points and then subtract where the camera "
            "stands. First go to the camera, p - t, then turn: the inverse of [R t] is [Rᵀ, -Rᵀ t].", PIXELS),
    Suspect("not-transposed", _off(see=_turned_wrongly), "The points are turned by R where its transpose was needed: R "
            "goes from the camera to the world.", PIXELS),
    Suspect("no-division", _off(see=_undivided), "The division by the depth is missing: what is far away looks "
            "small.", PIXELS),
    Suspect("distance-for-depth", _off(see=_by_distance), "You divide by the distance from the camera. A pinhole "
            "divides by the depth, the coordinate along the camera's z axis.", PIXELS),
    Suspect("no-focal-length", _off(see=_without_focal), "These are displacements on a plane at depth 1. K makes "
            "pixels of them.", PIXELS),
    Suspect("one-focal-length", _off(see=_one_focal), "You take the focal length of x for both axes. K has one for "
            "each.", PIXELS),
    Suspect("in-space", _in_space, "You measure how far the points move in the camera's coordinates, in units of the "
            "scene. Project both first; a picture has pixels.", PIXELS),
    Suspect("squared", _off(distance=lambda gap: gap.square().sum(-1)), "These are squared distances. The root is "
            "missing.", PIXELS),
    Suspect("along-the-axes", _off(distance=lambda gap: gap.abs().sum(-1)), "You add up the steps along x and along y. "
            "Asked is the straight way: the root of the sum of squares.", PIXELS),
    Suspect("mean-of-axes", _off(distance=lambda gap: gap.square().mean(-1).sqrt()), "You take the mean over x and y "
            "where the sum belongs: the distance is the root of dx² + dy².", PIXELS),
    Suspect("x-only", _off(distance=lambda gap: gap[..., 0].abs()), "Only the displacement along x is measured.",
            PIXELS),
    Suspect("signed", _off(distance=lambda gap: gap), "You return displacements with two numbers each. Asked is how "
            "long they are.", PIXELS),
    Suspect("averaged", _off(distance=lambda gap: gap.norm(dim=-1).mean(-1)), "You return a mean over the points. "
            "Asked is one number for each camera and point; the notebook averages later.", PIXELS),
    Suspect("first-camera", lambda p, true, noisy, K: pixels_off(p, true[:1].expand_as(true),
                                                                 noisy[:1].expand_as(noisy), K),
            "Every row is that of the first camera.", PIXELS),
    Suspect("points-first", lambda *a: pixels_off(*a).T.contiguous(), "The axes are swapped: cameras are the first, "
            "points the second.", PIXELS),
)


def the_same_camera_moves_nothing(yours: Callable, g: Generator) -> None:
    """Without noise nothing is displaced"""
    true, points = _cameras(g, 3), 2.0 * torch.rand(4, 3, generator=g) - 1.0
    result = yours(points, true, true.clone(), torch.diag(torch.tensor([30.0, 30.0, 1.0])))
    if result.shape == (3, 4) and result.abs().max() > 1e-2:
        raise Diagnosis("displaced-by-nothing", "The noisy cameras are the true ones here, and points are displaced.",
                        seen=f"up to {result.abs().max():.2g} pixels", expected="0", reread=PIXELS)


def cameras_that_move_and_cameras_that_turn(yours: Callable, g: Generator) -> None:
    """It is right for cameras that only move, that only turn, and that stand elsewhere"""
    points, K = torch.rand(3, 3, generator=g) + torch.tensor([-0.5, -0.5, 4.0]), torch.tensor(
        [[30.0, 0.0, 16.0], [0.0, 24.0, 12.0], [0.0, 0.0, 1.0]])
    here = torch.eye(4)[None]
    moved, turned = (motion(0.1 * torch.randn(1, 6, generator=g) * only) for only in (
        torch.tensor([0.0, 0, 0, 1, 1, 1]), torch.tensor([1.0, 1, 1, 0, 0, 0])))
    away = motion(torch.tensor([[0.0, 0, 0, 0.5, -0.4, -1.0]]))
    for name, true, noisy, what in (
            ("moved-camera", here, moved, "The true camera is at the origin and looks along z, the noisy one is a "
             "little beside it."),
            ("turned-camera", here, turned, "Both cameras stand at the origin; the noisy one is turned a little."),
            ("camera-elsewhere", away, away @ moved, "Neither camera is turned; both stand away from the origin."),
            ("camera-turned-elsewhere", away @ turned, away @ turned @ moved, "Both cameras are turned, and stand away "
             "from the origin.")):
        result, wanted = yours(points, true, noisy, K), pixels_off(points, true, noisy, K)
        if result.shape != wanted.shape:
            return
        if not torch.allclose(result.float(), wanted, rtol=1e-3, atol=1e-2):
            raise Diagnosis(name, f"Here is the simplest case that is wrong. {what}", seen=_pixels(result),
                            expected=_pixels(wanted), reread=PIXELS)


def _pixels(result: Tensor) -> str:
    return ", ".join(f"{number:.2f}" for number in result.flatten().tolist()) + " pixels for three points"


def the_world_does_not_matter(yours: Callable, g: Generator) -> None:
    """Moving the whole world, points and cameras, changes no displacement"""
    true, points, move = _cameras(g, 2), 2.0 * torch.rand(4, 3, generator=g) - 1.0, random_cameras(g)
    noisy, K = true @ motion(0.1 * torch.randn(2, 6, generator=g)), torch.diag(torch.tensor([30.0, 30.0, 1.0]))
    moved = points @ move[:3, :3].T + move[:3, 3]
    a, b = yours(points, true, noisy, K), yours(moved, move @ true, move @ noisy, K)
    if a.shape == b.shape == (2, 4) and not torch.allclose(a.float(), b.float(), atol=2e-2):
        raise Diagnosis("world-matters", "Points and cameras move together with the world, so both pictures stay the "
                        "same. Your displacements change.", seen=f"{a.flatten()[0]:.2f} pixels become "
                        f"{b.flatten()[0]:.2f}", expected="the same pixels", reread=PIXELS)
