"""Answers to exercise 06.1, noisy cameras."""

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from rust_edu.cameras import so3_exp
from tests.chapters.answers import right, wrong


def cross_matrix(v):
    m = torch.zeros(*v.shape[:-1], 3, 3)
    m[..., 0, 1], m[..., 0, 2], m[..., 1, 2] = -v[..., 2], v[..., 1], -v[..., 0]
    return m - m.mT


def rodrigues(v):
    angle = v.norm(dim=-1)[..., None, None]
    axis = cross_matrix(v) / angle.clamp(min=1e-8)
    return torch.eye(3) + torch.sin(angle) * axis + (1 - torch.cos(angle)) * axis @ axis


def moved(camera, R, t):
    motion = torch.eye(4).repeat(*camera.shape[:-2], 1, 1)
    motion[..., :3, :3], motion[..., :3, 3] = R, t
    return camera @ motion


@right("06.1")
def by_rodrigues(camera_to_world, twist, sigma):
    twist = sigma * twist
    return moved(camera_to_world, rodrigues(twist[..., :3]), twist[..., 3:])


@right("06.1")
def by_scipy(camera_to_world, twist, sigma):
    """An independent implementation, camera by camera, in float64."""
    made = []
    for camera, w in zip(camera_to_world.reshape(-1, 4, 4).numpy(), sigma * twist.reshape(-1, 6).double().numpy()):
        R, t = camera[:3, :3].astype(np.float64), camera[:3, 3]
        new = np.eye(4)
        new[:3, :3] = R @ Rotation.from_rotvec(w[:3]).as_matrix()
        new[:3, 3] = t + R @ w[3:]
        made.append(torch.from_numpy(new))
    return torch.stack(made).reshape(camera_to_world.shape)


@right("06.1")
def by_quaternion(camera_to_world, twist, sigma):
    half = 0.5 * sigma * twist[..., :3]
    angle = half.norm(dim=-1, keepdim=True)
    w, v = angle.cos()[..., None], half * torch.sinc(angle / torch.pi)
    R = torch.eye(3) * (w * w - (v * v).sum(-1)[..., None, None]) + 2 * v[..., :, None] * v[..., None, :]
    R = R + 2 * w * cross_matrix(v)
    new = camera_to_world.clone()
    new[..., :3, :3] = camera_to_world[..., :3, :3] @ R
    new[..., :3, 3] += (camera_to_world[..., :3, :3] @ (sigma * twist[..., 3:, None]))[..., 0]
    return new


@wrong("06.1", "world-side")
def motion_on_the_left(camera_to_world, twist, sigma):
    return moved(torch.eye(4).expand_as(camera_to_world), rodrigues(sigma * twist[..., :3]),
                 sigma * twist[..., 3:]) @ camera_to_world


@wrong("06.1", "translation-in-world")
def step_along_the_world(camera_to_world, twist, sigma):
    new = camera_to_world.clone()
    new[..., :3, :3] = new[..., :3, :3] @ rodrigues(sigma * twist[..., :3])
    new[..., :3, 3] += sigma * twist[..., 3:]
    return new


@wrong("06.1", "rotation-in-world")
def turn_about_the_world(camera_to_world, twist, sigma):
    R = camera_to_world[..., :3, :3]
    new = camera_to_world.clone()
    new[..., :3, :3] = rodrigues(sigma * twist[..., :3]) @ R
    new[..., :3, 3] += (R @ (sigma * twist[..., 3:, None]))[..., 0]
    return new


@wrong("06.1", "axes-of-the-world")
def both_along_the_world(camera_to_world, twist, sigma):
    new = camera_to_world.clone()
    new[..., :3, :3] = rodrigues(sigma * twist[..., :3]) @ new[..., :3, :3]
    new[..., :3, 3] += sigma * twist[..., 3:]
    return new


@wrong("06.1", "parts-swapped")
def translation_first(camera_to_world, twist, sigma):
    return moved(camera_to_world, rodrigues(sigma * twist[..., 3:]), sigma * twist[..., :3])


@wrong("06.1", "degrees")
def degrees_to_radians(camera_to_world, twist, sigma):
    return moved(camera_to_world, rodrigues(sigma * twist[..., :3] * torch.pi / 180), sigma * twist[..., 3:])


@wrong("06.1", "degrees")
def radians_to_degrees(camera_to_world, twist, sigma):
    return moved(camera_to_world, rodrigues(sigma * twist[..., :3] * 180 / torch.pi), sigma * twist[..., 3:])


@wrong("06.1", "small-angles")
def first_order(camera_to_world, twist, sigma):
    return moved(camera_to_world, torch.eye(3) + cross_matrix(sigma * twist[..., :3]), sigma * twist[..., 3:])


@wrong("06.1", "noise-on-entries")
def entries(camera_to_world, twist, sigma):
    new = camera_to_world.clone()
    new[..., :3, :3] += cross_matrix(sigma * twist[..., :3])
    new[..., :3, 3] += (camera_to_world[..., :3, :3] @ (sigma * twist[..., 3:, None]))[..., 0]
    return new


@wrong("06.1", "turned-back")
def transposed(camera_to_world, twist, sigma):
    return moved(camera_to_world, rodrigues(sigma * twist[..., :3]).mT, sigma * twist[..., 3:])


@wrong("06.1", "inverse")
def undone(camera_to_world, twist, sigma):
    return camera_to_world @ torch.linalg.inv(moved(torch.eye(4).expand_as(camera_to_world), rodrigues(
        sigma * twist[..., :3]), sigma * twist[..., 3:]))


@wrong("06.1", "screw")
def se3_exponential(camera_to_world, twist, sigma):
    m = torch.zeros(*twist.shape[:-1], 4, 4)
    m[..., :3, :3], m[..., :3, 3] = cross_matrix(sigma * twist[..., :3]), sigma * twist[..., 3:]
    return camera_to_world @ torch.linalg.matrix_exp(m)


@wrong("06.1", "one-axis-after-another")
def euler_angles(camera_to_world, twist, sigma):
    x, y, z = (sigma * twist[..., :3]).unbind(-1)
    zero = torch.zeros_like(x)
    X, Y, Z = (rodrigues(torch.stack(v, -1)) for v in ((x, zero, zero), (zero, y, zero), (zero, zero, z)))
    return moved(camera_to_world, X @ Y @ Z, sigma * twist[..., 3:])


@wrong("06.1", "one-axis-after-another")
def yaw_pitch_roll(camera_to_world, twist, sigma):
    angles = (sigma * twist[..., :3]).reshape(-1, 3).double().numpy()
    R = torch.from_numpy(Rotation.from_euler("xyz", angles).as_matrix()).float()
    return moved(camera_to_world, R.reshape(*twist.shape[:-1], 3, 3), sigma * twist[..., 3:])


@wrong("06.1", "angle-forgotten")
def unit_axis_only(camera_to_world, twist, sigma):
    axis = torch.nn.functional.normalize(sigma * twist[..., :3], dim=-1)
    return moved(camera_to_world, so3_exp(axis), sigma * twist[..., 3:])


@wrong("06.1", "zero-over-zero")
def unguarded(camera_to_world, twist, sigma):
    v = sigma * twist[..., :3]
    angle = v.norm(dim=-1)[..., None, None]
    axis = cross_matrix(v) / angle
    R = torch.eye(3) + torch.sin(angle) * axis + (1 - torch.cos(angle)) * axis @ axis
    return moved(camera_to_world, R, sigma * twist[..., 3:])


@wrong("06.1", "zero-over-zero")
def unguarded_in_parts(camera_to_world, twist, sigma):
    v, R = sigma * twist[..., :3], camera_to_world[..., :3, :3]
    angle = v.norm(dim=-1)[..., None, None]
    axis = cross_matrix(v) / angle
    new = camera_to_world.clone()
    new[..., :3, :3] = R @ (torch.eye(3) + torch.sin(angle) * axis + (1 - torch.cos(angle)) * axis @ axis)
    new[..., :3, 3] += (R @ (sigma * twist[..., 3:, None]))[..., 0]
    return new


@wrong("06.1", "sigma-ignored")
def full_size(camera_to_world, twist, sigma):
    return by_rodrigues(camera_to_world, twist, 1.0)


@wrong("06.1", "sigma-squared")
def variance(camera_to_world, twist, sigma):
    return by_rodrigues(camera_to_world, twist, sigma**2)


@wrong("06.1", "sigma-on-one-part")
def sigma_on_rotation(camera_to_world, twist, sigma):
    return moved(camera_to_world, rodrigues(sigma * twist[..., :3]), twist[..., 3:])


@wrong("06.1", "sigma-on-one-part")
def sigma_on_translation(camera_to_world, twist, sigma):
    return moved(camera_to_world, rodrigues(twist[..., :3]), sigma * twist[..., 3:])


@wrong("06.1", "no-rotation-noise")
def steps_only(camera_to_world, twist, sigma):
    return moved(camera_to_world, torch.eye(3).repeat(*twist.shape[:-1], 1, 1), sigma * twist[..., 3:])


@wrong("06.1", "no-translation-noise")
def turns_only(camera_to_world, twist, sigma):
    return moved(camera_to_world, rodrigues(sigma * twist[..., :3]), torch.zeros_like(twist[..., 3:]))


@wrong("06.1", "one-twist-for-all")
def shared_twist(camera_to_world, twist, sigma):
    return by_rodrigues(camera_to_world, twist.reshape(-1, 6)[0].expand_as(twist), sigma)


@wrong("06.1", "the-motion-alone")
def no_camera(camera_to_world, twist, sigma):
    return moved(torch.eye(4).expand_as(camera_to_world), rodrigues(sigma * twist[..., :3]), sigma * twist[..., 3:])


@wrong("06.1", "no-rotation")
def second_order(camera_to_world, twist, sigma):
    m = cross_matrix(sigma * twist[..., :3])
    return moved(camera_to_world, torch.eye(3) + m + 0.5 * m @ m, sigma * twist[..., 3:])


@wrong("06.1", "last-row")
def added_up(camera_to_world, twist, sigma):
    new = by_rodrigues(camera_to_world, twist, sigma)
    new[..., 3, :3] += 0.01
    return new


@wrong("06.1", "cameras-mixed")
def centred(camera_to_world, twist, sigma):
    return by_rodrigues(camera_to_world, twist - twist.mean(tuple(range(twist.ndim - 1))), sigma)


@wrong("06.1", "world-matters")
def step_grows_with_distance(camera_to_world, twist, sigma):
    far = camera_to_world[..., :3, 3].norm(dim=-1, keepdim=True)
    return moved(camera_to_world, rodrigues(sigma * twist[..., :3]), sigma * far * twist[..., 3:])


def around_the_origin(camera_to_world, twist, sigma, *, turn=1.0, step=1.0):
    twist = sigma * twist
    return moved(camera_to_world, rodrigues(turn * twist[..., :3]), step * twist[..., 3:])


@wrong("06.1", "step-alone")
def steps_back(camera_to_world, twist, sigma):
    return around_the_origin(camera_to_world, twist, sigma, step=-1.0)


@wrong("06.1", "turn-alone")
def half_the_angle(camera_to_world, twist, sigma):
    return around_the_origin(camera_to_world, twist, sigma, turn=0.5)


@wrong("06.1", "turn-and-step")
def turns_the_step_too(camera_to_world, twist, sigma):
    R = rodrigues(sigma * twist[..., :3])
    return moved(camera_to_world, R, (R @ (sigma * twist[..., 3:, None]))[..., 0])


@wrong("06.1", "small-sigma")
def nothing_for_little_noise(camera_to_world, twist, sigma):
    return around_the_origin(camera_to_world, twist, sigma if sigma > 0.2 else 0.0)


@wrong("06.1", "one-of-many")
def the_first_stays(camera_to_world, twist, sigma):
    noisy = around_the_origin(camera_to_world, twist, sigma)
    return torch.cat([camera_to_world[:1], noisy[1:]]) if len(noisy) > 1 else noisy
