"""Answers to exercises 06.2 and 06.3: what noise is in pixels, and the best guess."""

import numpy as np
import torch

from rust_edu.cameras import invert, relative_pose
from rust_edu.course.chapters.c06_when_poses_lie.noise import noisy_cameras
from tests.chapters.answers import right, wrong

# ---- 06.2


def seen(points, camera, K):
    world_to_camera = torch.linalg.inv(camera)
    homogeneous = torch.cat([points, torch.ones(len(points), 1)], -1)
    local = (world_to_camera[:, None] @ homogeneous[None, :, :, None])[..., :3, 0]
    pixels = local @ K.T
    return pixels[..., :2] / pixels[..., 2:]


@right("06.2")
def by_homogeneous(points, true, noisy, K):
    return torch.linalg.vector_norm(seen(points, true, K) - seen(points, noisy, K), dim=-1)


@right("06.2")
def by_loops(points, true, noisy, K):
    result = torch.zeros(len(true), len(points), dtype=torch.double)
    for v in range(len(true)):
        for n in range(len(points)):
            ends = []
            for camera in (true[v].double(), noisy[v].double()):
                x, y, z = camera[:3, :3].T @ (points[n].double() - camera[:3, 3])
                ends.append(torch.stack([K[0, 0] * x / z + K[0, 2], K[1, 1] * y / z + K[1, 2]]))
            result[v, n] = ((ends[0] - ends[1]) ** 2).sum() ** 0.5
    return result


@wrong("06.2", "world-to-camera")
def not_inverted(points, true, noisy, K):
    return by_homogeneous(points, torch.linalg.inv(true), torch.linalg.inv(noisy), K)


@wrong("06.2", "translation-last")
def subtracts_late(points, true, noisy, K):
    def see(camera):
        local = points @ camera[:, :3, :3] - camera[:, None, :3, 3]
        return (local @ K.T)[..., :2] / (local @ K.T)[..., 2:]
    return (see(true) - see(noisy)).norm(dim=-1)


@wrong("06.2", "not-transposed")
def turned_by_R(points, true, noisy, K):
    def see(camera):
        local = torch.einsum("vij,vnj->vni", camera[:, :3, :3], points[None] - camera[:, None, :3, 3])
        return (local @ K.T)[..., :2] / (local @ K.T)[..., 2:]
    return (see(true) - see(noisy)).norm(dim=-1)


def local_of(points, camera):
    return (points[None] - camera[:, None, :3, 3]) @ camera[:, :3, :3]


@wrong("06.2", "no-division")
def no_perspective(points, true, noisy, K):
    a, b = (local_of(points, camera) @ K.T for camera in (true, noisy))
    return (a - b)[..., :2].norm(dim=-1)


@wrong("06.2", "distance-for-depth")
def over_distance(points, true, noisy, K):
    a, b = (local_of(points, camera) for camera in (true, noisy))
    a, b = ((x @ K.T)[..., :2] / x.norm(dim=-1, keepdim=True) for x in (a, b))
    return (a - b).norm(dim=-1)


@wrong("06.2", "no-focal-length")
def without_K(points, true, noisy, K):
    return by_homogeneous(points, true, noisy, torch.eye(3))


@wrong("06.2", "one-focal-length")
def f_of_x(points, true, noisy, K):
    return K[0, 0] * by_homogeneous(points, true, noisy, torch.eye(3))


@wrong("06.2", "in-space")
def in_units(points, true, noisy, K):
    return (local_of(points, true) - local_of(points, noisy)).norm(dim=-1)


@wrong("06.2", "squared")
def no_root(points, true, noisy, K):
    return ((seen(points, true, K) - seen(points, noisy, K)) ** 2).sum(-1)


@wrong("06.2", "along-the-axes")
def manhattan(points, true, noisy, K):
    return (seen(points, true, K) - seen(points, noisy, K)).abs().sum(-1)


@wrong("06.2", "mean-of-axes")
def rms(points, true, noisy, K):
    return ((seen(points, true, K) - seen(points, noisy, K)) ** 2).mean(-1) ** 0.5


@wrong("06.2", "x-only")
def columns_only(points, true, noisy, K):
    return (seen(points, true, K) - seen(points, noisy, K))[..., 0].abs()


@wrong("06.2", "signed")
def vectors(points, true, noisy, K):
    return seen(points, noisy, K) - seen(points, true, K)


@wrong("06.2", "averaged")
def mean_of_points(points, true, noisy, K):
    return by_homogeneous(points, true, noisy, K).mean(-1)


@wrong("06.2", "first-camera")
def one_row(points, true, noisy, K):
    return by_homogeneous(points, true[:1], noisy[:1], K).repeat(len(true), 1)


@wrong("06.2", "points-first")
def transposed_result(points, true, noisy, K):
    return by_homogeneous(points, true, noisy, K).T


@wrong("06.2", "displaced-by-nothing")
def corner_for_centre(points, true, noisy, K):
    return (seen(points, noisy, K) + 0.5 - seen(points, true, K)).norm(dim=-1)


@wrong("06.2", "world-matters")
def without_perspective_of_the_world(points, true, noisy, K):
    return by_homogeneous(points + points.mean() * 0.3, true, noisy, K)


# ---- 06.3


def possible(camera, twists, sigma):
    return noisy_cameras(camera.repeat(len(twists), 1, 1), twists, sigma)


@right("06.3")
def one_at_a_time(look, camera, twists, sigma):
    total = 0
    for twist in twists:
        total = total + look(noisy_cameras(camera, twist, sigma)[None])[0].double()
    return total / len(twists)


@right("06.3")
def by_einsum(look, camera, twists, sigma):
    weights = torch.full((len(twists),), 1 / len(twists))
    return torch.einsum("n,nhwc->hwc", weights, look(possible(camera, twists, sigma)))


@wrong("06.3", "takes-it-at-its-word")
def believes(look, camera, twists, sigma):
    return look(camera[None])[0]


@wrong("06.3", "one-draw")
def first_draw(look, camera, twists, sigma):
    return look(possible(camera, twists, sigma)[:1])[0]


@wrong("06.3", "one-draw")
def overwritten(look, camera, twists, sigma):
    for twist in twists:
        picture = look(noisy_cameras(camera, twist, sigma)[None])[0]
    return picture


@wrong("06.3", "averages-cameras")
def mean_camera(look, camera, twists, sigma):
    return look(possible(camera, twists, sigma).mean(0)[None])[0]


@wrong("06.3", "averages-twists")
def mean_twist(look, camera, twists, sigma):
    return look(noisy_cameras(camera, twists.mean(0), sigma)[None])[0]


@wrong("06.3", "median")
def middle(look, camera, twists, sigma):
    return look(possible(camera, twists, sigma)).median(dim=0).values


@wrong("06.3", "sum")
def summed(look, camera, twists, sigma):
    return look(possible(camera, twists, sigma)).sum(0)


@wrong("06.3", "all-pictures")
def not_averaged(look, camera, twists, sigma):
    return look(possible(camera, twists, sigma))


@wrong("06.3", "one-colour")
def mean_over_everything(look, camera, twists, sigma):
    pictures = look(possible(camera, twists, sigma))
    return pictures.mean((0, 1, 2)).repeat(*pictures.shape[1:3], 1)


@wrong("06.3", "told-camera-too")
def half_told(look, camera, twists, sigma):
    return (look(camera[None])[0] + look(possible(camera, twists, sigma)).mean(0)) / 2


@wrong("06.3", "without-sigma")
def sigma_forgotten(look, camera, twists, sigma):
    return look(possible(camera, twists, 1.0)).mean(0)


@wrong("06.3", "order-of-draws")
def running_mean(look, camera, twists, sigma):
    picture = look(noisy_cameras(camera, twists[0], sigma)[None])[0]
    for twist in twists[1:]:
        picture = 0.5 * picture + 0.5 * look(noisy_cameras(camera, twist, sigma)[None])[0]
    return picture


@wrong("06.3", "other-cameras")
def noise_of_the_inverse(look, camera, twists, sigma):
    return look(relative_pose(camera, invert(possible(torch.eye(4), twists, sigma)))).mean(0)


# ---- 06.2 and 06.3, more of them


def positions(points, camera, K, *, place=1.0, scale=lambda K: K.T):
    seen = (points - place * camera[:, None, :3, 3]) @ camera[:, :3, :3] @ scale(K)
    return seen[..., :2] / seen[..., 2:]


@right("06.2")
def by_numpy(points, true, noisy, K):
    found = []
    for camera in (true.numpy(), noisy.numpy()):
        local = np.einsum("vji,vnj->vni", camera[:, :3, :3], points.numpy()[None] - camera[:, None, :3, 3])
        pixels = local @ K.numpy().T
        found.append(pixels[..., :2] / pixels[..., 2:])
    return torch.from_numpy(np.hypot(*np.moveaxis(found[1] - found[0], -1, 0)).astype(np.float32))


@wrong("06.2", "k-transposed")
def k_on_the_wrong_side(points, true, noisy, K):
    a, b = (positions(points, camera, K, scale=lambda K: K) for camera in (true, noisy))
    return (a - b).norm(dim=-1)


@wrong("06.2", "place-added")
def plus_its_place(points, true, noisy, K):
    a, b = (positions(points, camera, K, place=-1.0) for camera in (true, noisy))
    return (a - b).norm(dim=-1)


@wrong("06.2", "one-depth")
def both_by_the_true_depth(points, true, noisy, K):
    a, b = ((points - camera[:, None, :3, 3]) @ camera[:, :3, :3] @ K.T for camera in (true, noisy))
    return ((b - a)[..., :2] / a[..., 2:]).norm(dim=-1)


@wrong("06.2", "turned-camera")
def as_if_it_only_moved(points, true, noisy, K):
    moved = true.clone()
    moved[:, :3, 3] = noisy[:, :3, 3]
    return (positions(points, moved, K) - positions(points, true, K)).norm(dim=-1)


@wrong("06.2", "values")
def within_the_picture(points, true, noisy, K):
    a, b = (positions(points, camera, K).clamp(0, 32) for camera in (true, noisy))
    return (a - b).norm(dim=-1)


@right("06.3")
def one_after_the_other(look, camera, twists, sigma):
    return sum(look(noisy_cameras(camera[None], twist[None], sigma))[0] for twist in twists) / len(twists)


@wrong("06.3", "other-mean")
def root_of_the_mean_square(look, camera, twists, sigma):
    return look(noisy_cameras(camera.expand(len(twists), 4, 4), twists, sigma)).square().mean(0).sqrt()


@wrong("06.3", "other-mean")
def less_one(look, camera, twists, sigma):
    seen = look(noisy_cameras(camera.expand(len(twists), 4, 4), twists, sigma))
    return seen.sum(0) / max(1, len(twists) - 1)


@wrong("06.3", "other-cameras")
def noise_upon_noise(look, camera, twists, sigma):
    seen = []
    for twist in twists:
        camera = noisy_cameras(camera[None], twist[None], sigma)[0]
        seen.append(look(camera[None])[0])
    return torch.stack(seen).mean(0)


@wrong("06.3", "some-cameras")
def half_of_the_draws(look, camera, twists, sigma):
    some = twists[:max(1, len(twists) // 2)]
    return look(noisy_cameras(camera.expand(len(some), 4, 4), some, sigma)).mean(0)


@wrong("06.3", "never-looks")
def guessed_from_the_place(look, camera, twists, sigma):
    return torch.sigmoid(camera[:3, 3]).expand(4, 4, 3)


@wrong("06.3", "remembered")
def grey(look, camera, twists, sigma):
    return torch.full((4, 4, 3), 0.5)
