"""Answers to exercise 05.4, ray queries."""

import numpy as np
import torch

from rust_edu.cameras import invert, pixel_rays, relative_pose
from rust_edu.models.layers import fourier_features
from tests.chapters.answers import right, wrong


def features_of(rays, octaves, start):
    return fourier_features(rays, octaves, start)


@right("05.4")
def by_hand(cameras, first, K, positions, octaves, start):
    """In float64, with a general inverse, in loops over scenes and targets."""
    made = []
    for b in range(len(cameras)):
        for t in range(cameras.shape[1]):
            pose = torch.linalg.inv(first[b].double()) @ cameras[b, t].double()
            pixels = torch.cat([positions.double(), torch.ones(len(positions), 1, dtype=torch.double)], 1)
            d = (pose[:3, :3] @ torch.linalg.inv(K.double()) @ pixels.T).T
            d = d / d.norm(dim=1, keepdim=True)
            rays = torch.cat([pose[:3, 3].expand_as(d), d], 1)
            angles = rays[:, :, None] * torch.pi * 2.0 ** torch.arange(start, start + octaves, dtype=torch.double)
            made.append(torch.cat([angles.flatten(1).sin(), angles.flatten(1).cos()], 1))
    return torch.stack(made).reshape(*cameras.shape[:2], len(positions), -1)


@right("05.4")
def rays_first_then_moved(cameras, first, K, positions, octaves, start):
    origins, directions = pixel_rays(cameras, K, positions)
    R, t = first[:, None, None, :3, :3], first[:, None, None, :3, 3]
    origins, directions = ((R.mT @ v[..., None])[..., 0] for v in (origins - t, directions))
    return features_of(torch.cat([origins, directions], -1), octaves, start)


@wrong("05.4", "world-frame")
def in_the_world(cameras, first, K, positions, octaves, start):
    return features_of(torch.cat(pixel_rays(cameras, K, positions), -1), octaves, start)


@wrong("05.4", "inverse-pose")
def inverse(cameras, first, K, positions, octaves, start):
    pose = invert(cameras) @ first.unsqueeze(1)
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "order")
def other_order(cameras, first, K, positions, octaves, start):
    pose = cameras @ torch.linalg.inv(first).unsqueeze(1)
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "moved-only")
def subtracts_the_position(cameras, first, K, positions, octaves, start):
    origins, directions = pixel_rays(cameras, K, positions)
    return features_of(torch.cat([origins - first[:, None, None, :3, 3], directions], -1), octaves, start)


@wrong("05.4", "turned-only")
def turns_only(cameras, first, K, positions, octaves, start):
    origins, directions = pixel_rays(cameras, K, positions)
    R = first[:, None, :3, :3]
    return features_of(torch.cat([origins @ R, directions @ R], -1), octaves, start)


@wrong("05.4", "origins-in-world")
def world_origins(cameras, first, K, positions, octaves, start):
    origins, directions = pixel_rays(cameras, K, positions)
    return features_of(torch.cat([origins, directions @ first[:, None, :3, :3]], -1), octaves, start)


@wrong("05.4", "directions-in-world")
def world_directions(cameras, first, K, positions, octaves, start):
    origins = pixel_rays(relative_pose(cameras, first[:, None]), K, positions)[0]
    return features_of(torch.cat([origins, pixel_rays(cameras, K, positions)[1]], -1), octaves, start)


@wrong("05.4", "own-frame")
def relative_to_itself(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, cameras)
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "first-target")
def relative_to_target(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, cameras[:, :1])
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "first-scene")
def frame_of_scene_0(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:1, None])
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "scenes-for-targets")
def broadcast_by_luck(cameras, first, K, positions, octaves, start):
    pose = torch.linalg.inv(first) @ cameras
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "corners")
def upper_left(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(torch.cat(pixel_rays(pose, K, positions - 0.5), -1), octaves, start)


@wrong("05.4", "corners")
def whole_numbers(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(torch.cat(pixel_rays(pose, K, positions.long()), -1), octaves, start)


@wrong("05.4", "half-pixel")
def centre_of_the_centre(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(torch.cat(pixel_rays(pose, K, positions + 0.5), -1), octaves, start)


@wrong("05.4", "x-y-swapped")
def row_column(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(torch.cat(pixel_rays(pose, K, positions[:, [1, 0]]), -1), octaves, start)


@wrong("05.4", "not-unit")
def not_normalised_directions(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    pixels = torch.cat([positions, torch.ones(len(positions), 1)], 1)
    d = pixels @ torch.linalg.inv(K).T @ pose[..., :3, :3].mT
    return features_of(torch.cat([pose[..., None, :3, 3].expand_as(d), d], -1), octaves, start)


@wrong("05.4", "no-origins")
def directions_only(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(pixel_rays(pose, K, positions)[1], octaves, start)


@wrong("05.4", "no-directions")
def origins_only(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return features_of(pixel_rays(pose, K, positions)[0], octaves, start)


@wrong("05.4", "no-features")
def bare(cameras, first, K, positions, octaves, start):
    return torch.cat(pixel_rays(relative_pose(cameras, first[:, None]), K, positions), -1)


@wrong("05.4", "directions-first")
def directions_before_origins(cameras, first, K, positions, octaves, start):
    origins, directions = pixel_rays(relative_pose(cameras, first[:, None]), K, positions)
    return features_of(torch.cat([directions, origins], -1), octaves, start)


@wrong("05.4", "features-apart")
def features_of_each(cameras, first, K, positions, octaves, start):
    parts = pixel_rays(relative_pose(cameras, first[:, None]), K, positions)
    return torch.cat([features_of(part, octaves, start) for part in parts], -1)


@wrong("05.4", "start-ignored")
def from_octave_0(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None])
    return fourier_features(torch.cat(pixel_rays(pose, K, positions), -1), octaves)


@wrong("05.4", "looks-back")
def upside_down(cameras, first, K, positions, octaves, start):
    pose = relative_pose(cameras, first[:, None]) @ torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0]))
    return features_of(torch.cat(pixel_rays(pose, K, positions), -1), octaves, start)


@wrong("05.4", "world-matters")
def half_in_the_world(cameras, first, K, positions, octaves, start):
    shift = cameras.clone()
    shift[..., :3, 3] = 2 * (cameras[..., :3, 3] - first[:, None, :3, 3])
    return features_of(torch.cat(pixel_rays(shift, K, positions), -1), octaves, start)


@right("05.4")
def by_numpy(cameras, first, K, positions, octaves, start):
    """No gradient is asked for."""
    relative = np.linalg.inv(first.numpy())[:, None] @ cameras.numpy()
    rays = np.concatenate([r.numpy() for r in pixel_rays(torch.from_numpy(relative), K, positions)], -1)
    angles = (rays[..., None] * np.pi * 2.0 ** np.arange(start, start + octaves)).reshape(*rays.shape[:-1], -1)
    return torch.from_numpy(np.concatenate([np.sin(angles), np.cos(angles)], -1).astype(np.float32))


def ray_numbers(cameras, first, K, positions):
    return torch.cat(pixel_rays(relative_pose(cameras, first[:, None]), K, positions), -1)


@wrong("05.4", "features-out-of-order")
def sine_cosine_sine_cosine(cameras, first, K, positions, octaves, start):
    angles = (ray_numbers(cameras, first, K, positions)[..., None] * torch.pi * 2.0 ** torch.arange(
        start, start + octaves)).flatten(-2)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(-2)


@wrong("05.4", "features-out-of-order")
def octave_by_octave(cameras, first, K, positions, octaves, start):
    rays = ray_numbers(cameras, first, K, positions)
    waves = [f(torch.pi * 2.0**k * rays) for f in (torch.sin, torch.cos) for k in range(start, start + octaves)]
    return torch.cat(waves, -1)


@wrong("05.4", "other-octaves")
def without_pi(cameras, first, K, positions, octaves, start):
    return features_of(ray_numbers(cameras, first, K, positions) / torch.pi, octaves, start)


@wrong("05.4", "no-waves")
def sines_twice(cameras, first, K, positions, octaves, start):
    sines = features_of(ray_numbers(cameras, first, K, positions), octaves, start).chunk(2, -1)[0]
    return torch.cat([sines, sines], -1)


@wrong("05.4", "later-targets")
def first_target_for_all(cameras, first, K, positions, octaves, start):
    return features_of(ray_numbers(cameras[:, :1].expand_as(cameras), first, K, positions), octaves, start)


@wrong("05.4", "origins-differ")
def moments_of_the_rays(cameras, first, K, positions, octaves, start):
    origins, directions = ray_numbers(cameras, first, K, positions).split(3, -1)
    return features_of(torch.cat([torch.linalg.cross(origins, directions), directions], -1), octaves, start)


@wrong("05.4", "directions-differ")
def points_on_the_rays(cameras, first, K, positions, octaves, start):
    origins, directions = ray_numbers(cameras, first, K, positions).split(3, -1)
    return features_of(torch.cat([origins, origins + directions], -1), octaves, start)


@wrong("05.4", "another-pixel")
def the_first_position_for_all(cameras, first, K, positions, octaves, start):
    return features_of(ray_numbers(cameras, first, K, positions[:1].expand_as(positions)), octaves, start)
