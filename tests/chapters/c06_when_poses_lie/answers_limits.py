"""Answers to exercises 06.1 to 06.3 that are right where one usually looks: for turns, depths and numbers of draws that
are as usual."""

import torch
from torch.linalg import matrix_exp

from rust_edu.cameras import invert
from rust_edu.course.chapters.c06_when_poses_lie.noise import noisy_cameras
from tests.chapters.answers import right, wrong
from tests.chapters.c06_when_poses_lie.answers import cross_matrix, moved


def turned_by(camera, twist, turn):
    return moved(camera, turn(twist[..., :3]), twist[..., 3:])


def about_the_axis(v, divisor):
    """Rodrigues' formula, with [ω]× divided by `divisor`."""
    angle, axis = v.norm(dim=-1)[..., None, None], cross_matrix(v) / divisor[..., None, None]
    return torch.eye(3) + torch.sin(angle) * axis + (1 - torch.cos(angle)) * axis @ axis


@right("06.1")
def a_series_where_it_is_small(camera_to_world, twist, sigma):
    def turn(v):
        angle, small = v.norm(dim=-1), torch.eye(3) + cross_matrix(v) + cross_matrix(v) @ cross_matrix(v) / 2
        return torch.where((angle < 1e-3)[..., None, None], small, about_the_axis(v, angle.clamp(min=1e-3)))

    return turned_by(camera_to_world, sigma * twist, turn)


@wrong("06.1", "small-turns")
def small_turns_are_none(camera_to_world, twist, sigma):
    def turn(v):
        large = (v.norm(dim=-1) > 1e-2)[..., None, None]
        return torch.where(large, matrix_exp(cross_matrix(v)), torch.eye(3))

    return turned_by(camera_to_world, sigma * twist, turn)


@wrong("06.1", "small-turns")
def a_smallest_angle(camera_to_world, twist, sigma):
    def turn(v):
        angle = v.norm(dim=-1).clamp(min=0.05)[..., None, None]
        axis = cross_matrix(v) / angle
        return torch.eye(3) + torch.sin(angle) * axis + (1 - torch.cos(angle)) * axis @ axis

    return turned_by(camera_to_world, sigma * twist, turn)


@wrong("06.1", "small-turns")
def divided_by_a_little_more(camera_to_world, twist, sigma):
    return turned_by(camera_to_world, sigma * twist, lambda v: about_the_axis(v, v.norm(dim=-1) + 1e-4))


@wrong("06.1", "values")
def half_a_turn_at_most(camera_to_world, twist, sigma):
    def turn(v):
        angle = v.norm(dim=-1, keepdim=True)
        return matrix_exp(cross_matrix(v * angle.clamp(max=torch.pi) / angle.clamp(min=1e-8)))

    return turned_by(camera_to_world, sigma * twist, turn)


@wrong("06.1", "values")
def within_ten_units(camera_to_world, twist, sigma):
    result = noisy_cameras(camera_to_world, twist, sigma)
    result[..., :3, 3] = result[..., :3, 3].clamp(-10, 10)
    return result


def apart(points, true, noisy, K, depth):
    places = []
    for camera in (true, noisy):
        inverse = invert(camera)
        seen = (points @ inverse[:, :3, :3].mT + inverse[:, None, :3, 3]) @ K.T
        places.append(seen[..., :2] / depth(seen[..., 2:]))
    return (places[1] - places[0]).norm(dim=-1)


@wrong("06.2", "values")
def a_smallest_depth(points, true, noisy, K):
    return apart(points, true, noisy, K, lambda z: z.clamp(min=1.0))


@wrong("06.2", "values")
def a_little_depth_more(points, true, noisy, K):
    return apart(points, true, noisy, K, lambda z: z + 1e-3)


@wrong("06.2", "values")
def within_the_picture(points, true, noisy, K):
    return apart(points, true, noisy, K, lambda z: z).clamp(max=32.0)


@wrong("06.3", "values")
def sixteen_at_most(look, camera, twists, sigma):
    return look(noisy_cameras(camera.expand(len(twists[:16]), 4, 4), twists[:16], sigma)).mean(0)


@wrong("06.3", "values")
def bounded_noise(look, camera, twists, sigma):
    return look(noisy_cameras(camera.expand(len(twists), 4, 4), twists.clamp(-4, 4), sigma)).mean(0)
