"""Answers to the exercises of notebook 01 that are right where one usually looks: numbers of another size, gradients
that are cut towards one argument, results that are kept, and the right thing found but another returned."""

import math

import numpy as np
import torch
from torch.nn.functional import normalize

from rust_edu.course.chapters.c01_cameras_and_rays.mysteries import AXES
from tests.chapters.answers import right, wrong
from tests.chapters.c01_cameras_and_rays.answers import K_with, axes, finish, in_camera, pose, unit
from tests.chapters.c01_cameras_and_rays.answers_scenes import (
    best_of,
    in_pieces,
    joined,
    nearest_in_front,
    roots,
    signs,
    split,
)

# ------------------------------------------------------------------------------------------- 01.1 intrinsics


@right("01.1")
def by_numpy(height, width, field_of_view):
    f = width / 2 / np.tan(field_of_view / 2)
    return torch.from_numpy(np.array([[f, 0, width / 2], [0, f, height / 2], [0, 0, 1]]))


@wrong("01.1", "small-angle")
def an_angle_for_its_tangent(height, width, field_of_view):
    f = width / field_of_view
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "whole-pixels")
def whole_halves(height, width, field_of_view):
    f = width / 2 / math.tan(field_of_view / 2)
    return K_with(f, f, float(width // 2), float(height // 2))


@wrong("01.1", "rounded")
def f_in_whole_pixels(height, width, field_of_view):
    f = float(round(width / 2 / math.tan(field_of_view / 2)))
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "field-of-view")
def never_wider_than_a_fisheye(height, width, field_of_view):
    f = width / 2 / math.tan(min(field_of_view, 2.5) / 2)
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "field-of-view")
def a_little_below_the_line(height, width, field_of_view):
    f = width / 2 / (math.tan(field_of_view / 2) + 1e-4)
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "width-height-swapped")
def width_first(width, height, field_of_view):
    f = width / 2 / math.tan(field_of_view / 2)
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "inverted")
def from_pixels_to_directions(height, width, field_of_view):
    f = width / 2 / math.tan(field_of_view / 2)
    return torch.linalg.inv(K_with(f, f, width / 2, height / 2))


# ---------------------------------------------------------------------------------------------- 01.2 look_at


@right("01.2")
def by_torchs_normalize(position, target, up):
    forward = normalize(target - position, dim=0)
    right_ = normalize(torch.linalg.cross(forward, up), dim=0)
    return pose(right_, torch.linalg.cross(forward, right_), forward, position)


@wrong("01.2", "no-gradient")
def the_targets_numbers(position, target, up):
    return pose(*axes(position, target.detach(), up), position)


@wrong("01.2", "gradient")
def the_positions_numbers(position, target, up):
    return pose(*axes(position, target, up), torch.tensor(position.tolist()))


@wrong("01.2", "not-a-rotation")
def room_below_the_line(position, target, up):
    forward = (target - position) / ((target - position).norm() + 1e-4)
    right_ = torch.linalg.cross(forward, up)
    right_ = right_ / (right_.norm() + 1e-4)
    return pose(right_, torch.linalg.cross(forward, right_), forward, position)


def remembering():
    kept = {}

    def the_first_camera_of_this_shape(position, target, up):
        return kept.setdefault(position.shape, pose(*axes(position, target, up), position))

    return the_first_camera_of_this_shape


wrong("01.2", "remembered")(remembering())


# ------------------------------------------------------------------------------------------- 01.3 pixel_rays


@right("01.3")
def one_ray_after_the_other(camera_to_world, K, pixels):
    directions = []
    for x, y in pixels:
        local = torch.stack([(x - K[0, 2]) / K[0, 0], (y - K[1, 2]) / K[1, 1], torch.tensor(1.0)])
        directions.append(unit(camera_to_world[:3, :3] @ local))
    return torch.stack([camera_to_world[:3, 3]] * len(pixels)), torch.stack(directions)


@wrong("01.3", "no-gradient")
def K_as_plain_numbers(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(torch.tensor(K.tolist()), pixels))


@wrong("01.3", "no-gradient")
def pixels_as_plain_numbers(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(K, pixels.detach()))


@wrong("01.3", "gradient")
def centre_as_plain_numbers(camera_to_world, K, pixels):
    x, y = (pixels[:, 0] - K[0, 2].item()) / K[0, 0], (pixels[:, 1] - K[1, 2].item()) / K[1, 1]
    return finish(camera_to_world, torch.stack([x, y, torch.ones_like(x)], -1))


@wrong("01.3", "gradient")
def place_as_plain_numbers(camera_to_world, K, pixels):
    origins, directions = finish(camera_to_world, in_camera(K, pixels))
    return origins.detach(), directions


@wrong("01.3", "inside-the-picture")
def from_the_edge_at_least(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(K, pixels.clamp(min=0)))


@wrong("01.3", "another-pixel")
def inside_on_all_sides(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(K, torch.minimum(pixels.clamp(min=0), 2 * K[:2, 2])))


@wrong("01.3", "not-of-length-1")
def room_below_the_length(camera_to_world, K, pixels):
    directions = in_camera(K, pixels) @ camera_to_world[:3, :3].T
    return camera_to_world[:3, 3].expand_as(directions), directions / (directions.norm(dim=-1, keepdim=True) + 1e-3)


@wrong("01.3", "focal-lengths-swapped")
def f_of_the_other_axis(camera_to_world, K, pixels):
    x, y = (pixels[:, 0] - K[0, 2]) / K[1, 1], (pixels[:, 1] - K[1, 2]) / K[0, 0]
    return finish(camera_to_world, torch.stack([x, y, torch.ones_like(x)], -1))


@wrong("01.3", "one-centre")
def c_x_for_both(camera_to_world, K, pixels):
    x, y = (pixels[:, 0] - K[0, 2]) / K[0, 0], (pixels[:, 1] - K[0, 2]) / K[1, 1]
    return finish(camera_to_world, torch.stack([x, y, torch.ones_like(x)], -1))


# ---------------------------------------------------------------------------------------- 01.4 relative_pose


@wrong("01.4", "no-gradient")
def inverse_as_plain_numbers(camera_to_world, reference):
    return torch.linalg.inv(reference).detach() @ camera_to_world


@wrong("01.4", "no-gradient")
def camera_as_plain_numbers(camera_to_world, reference):
    return torch.linalg.inv(reference) @ torch.tensor(camera_to_world.tolist())


@wrong("01.4", "gradient")
def rotation_as_plain_numbers(camera_to_world, reference):
    (R, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(Q.T.detach() @ R, Q.T @ (t - s))


@wrong("01.4", "no-way-back")
def rotation_turned_too_far(camera_to_world, reference):
    """Right for a camera seen from itself."""
    (R, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(Q.T @ R @ Q.T @ R, Q.T @ (t - s))


@wrong("01.4", "rotation-inverted")
def rotation_of_the_reference(camera_to_world, reference):
    (R, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(R.T @ Q, Q.T @ (t - s))


@wrong("01.4", "difference-negated")
def from_the_camera_on(camera_to_world, reference):
    (R, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(Q.T @ R, Q.T @ (s - t))


@wrong("01.4", "position-only")
def never_turned(camera_to_world, reference):
    (_, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(torch.eye(3), Q.T @ (t - s))


@wrong("01.4", "inverse-returned")
def forgets_the_camera(camera_to_world, reference):
    return torch.linalg.inv(reference)


@wrong("01.4", "transposed")
def for_points_in_rows(camera_to_world, reference):
    return (torch.linalg.inv(reference) @ camera_to_world).T


@wrong("01.4", "last-row")
def zeros_below(camera_to_world, reference):
    return torch.cat([(torch.linalg.inv(reference) @ camera_to_world)[:3], torch.zeros(1, 4)])


# ------------------------------------------------------------------------------------- 01.5 intersect_sphere


@right("01.5")
def by_numpy_and_the_nearest_point(origins, directions, centre, radius):
    o, d, c = (x.numpy() for x in (origins, directions, centre))
    length = np.linalg.norm(d, axis=1)
    unit_, offset = d / length[:, None], c - o
    along = (offset * unit_).sum(1)
    under = radius**2 - ((offset**2).sum(1) - along**2)
    half = np.sqrt(np.maximum(under, 0))
    t = np.where(along - half > 0, along - half, along + half)
    return torch.from_numpy((np.where((under >= 0) & (t > 0), t, np.inf) / length).astype(np.float32))


@right("01.5")
def without_cancellation(origins, directions, centre, radius):
    """Numerical Recipes: the root of larger size by adding, the other by k / q."""
    a, b, k = in_pieces(origins, directions, centre, radius)
    q = -(b + torch.where(b < 0, -1.0, 1.0) * (b * b - a * k).clamp(min=0).sqrt())
    both = torch.stack([q / a, k / q]).nan_to_num(-1.0)
    both = torch.where((both > 0) & (b * b - a * k >= 0), both, math.inf)
    return both.amin(0)


@wrong("01.5", "near-hit")
def from_a_thousandth_on(origins, directions, centre, radius):
    near, far, hit = roots(origins, directions, centre, radius)
    t = torch.where(near > 1e-3, near, far)
    return torch.where(hit & (t > 1e-3), t, math.inf)


@wrong("01.5", "near-hit")
def from_a_millionth_on(origins, directions, centre, radius):
    near, far, hit = roots(origins, directions, centre, radius)
    t = torch.where(near > 1e-6, near, far)
    return torch.where(hit & (t > 1e-6), t, math.inf)


@wrong("01.5", "false-miss")
def discriminant_above_a_thousandth(origins, directions, centre, radius):
    near, far, _ = roots(origins, directions, centre, radius)
    a, b, k = in_pieces(origins, directions, centre, radius)
    return nearest_in_front(near, far, b * b - a * k > 1e-3)


@wrong("01.5", "far-hit")
def up_to_the_far_plane(origins, directions, centre, radius):
    t = nearest_in_front(*roots(origins, directions, centre, radius))
    return torch.where(t < 1000.0, t, math.inf)


@wrong("01.5", "not-on-the-ball")
def room_below_a(origins, directions, centre, radius):
    a, b, k = in_pieces(origins, directions, centre, radius)
    root = (b * b - a * k).clamp(min=0).sqrt()
    return nearest_in_front((-b - root) / (a + 1e-8), (-b + root) / (a + 1e-8), b * b - a * k >= 0)


@wrong("01.5", "zero-counts")
def not_below_zero(origins, directions, centre, radius):
    near, far, hit = roots(origins, directions, centre, radius)
    t = torch.where(near >= 0, near, far)
    return torch.where(hit & (t >= 0), t, math.inf)


@wrong("01.5", "middle")
def where_it_is_nearest_to_the_centre(origins, directions, centre, radius):
    a, b, k = in_pieces(origins, directions, centre, radius)
    return torch.where((b * b - a * k >= 0) & (b < 0), -b / a, math.inf)


# -------------------------------------------------------------------------------------- 01.6 recover_cameras


def tried(stored):
    return [matrices @ s for matrices in (stored, torch.linalg.inv(stored)) for s in signs(AXES)]


def which(stored, K, pixels):
    candidates = tried(stored)
    best = best_of(candidates, K, pixels)
    return next(i for i, cameras in enumerate(candidates) if cameras is best)


@wrong("01.6", "world-to-camera")
def found_and_inverted(stored, K, pixels):
    return torch.linalg.inv(best_of(tried(stored), K, pixels))


@wrong("01.6", "signs-not-applied")
def found_and_left_in_its_axes(stored, K, pixels):
    return (stored, torch.linalg.inv(stored))[which(stored, K, pixels) // 4]


@wrong("01.6", "inverse-not-applied")
def found_and_not_inverted(stored, K, pixels):
    return stored @ signs(AXES)[which(stored, K, pixels) % 4]


@wrong("01.6", "half-inverse")
def rotation_transposed_and_no_more(stored, K, pixels):
    half = stored.clone()
    half[:, :3, :3] = stored[:, :3, :3].mT
    return best_of([matrices @ s for matrices in (stored, half) for s in signs(AXES)], K, pixels)


@wrong("01.6", "half-inverse")
def translation_negated_and_not_turned(stored, K, pixels):
    half = stored.clone()
    half[:, :3, :3], half[:, :3, 3] = stored[:, :3, :3].mT, -stored[:, :3, 3]
    return best_of([matrices @ s for matrices in (stored, half) for s in signs(AXES)], K, pixels)
