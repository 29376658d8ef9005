"""Answers to exercises 03.4 to 03.6, right and wrong, as readers write them."""

import torch
from torch.nn import functional as F

from rust_edu.cameras import pixel_centres, pixel_rays, so3_exp
from tests.chapters.answers import right, wrong

# ---- 03.4


@right("03.4")
def face_by_face(points, centre, sides, softness):
    low, high = centre - sides / 2, centre + sides / 2
    depth = torch.minimum(points - low, high - points).min(dim=-1).values
    return 20 / (1 + torch.exp(-depth / softness))


@right("03.4")
def worst_axis(points, centre, sides, softness):
    return 20 * torch.sigmoid(-((points - centre).abs() - sides / 2).max(-1)[0] / softness)


def depth(points, centre, sides):
    return sides / 2 - (points - centre).abs()


@wrong("03.4", "whole-for-half")
def whole_sides(points, centre, sides, softness):
    return 20 * torch.sigmoid((sides - (points - centre).abs()).amin(-1) / softness)


@wrong("03.4", "centre-added")
def plus(points, centre, sides, softness):
    return 20 * torch.sigmoid(depth(points, -centre, sides).amin(-1) / softness)


@wrong("03.4", "centre-forgotten")
def at_the_origin(points, centre, sides, softness):
    return 20 * torch.sigmoid(depth(points, 0 * centre, sides).amin(-1) / softness)


@wrong("03.4", "one-sided")
def no_absolute_value(points, centre, sides, softness):
    return 20 * torch.sigmoid((sides / 2 - (points - centre)).amin(-1) / softness)


@wrong("03.4", "any-axis")
def largest(points, centre, sides, softness):
    return 20 * torch.sigmoid(depth(points, centre, sides).amax(-1) / softness)


@wrong("03.4", "mean-of-axes")
def averaged(points, centre, sides, softness):
    return 20 * torch.sigmoid(depth(points, centre, sides).mean(-1) / softness)


@wrong("03.4", "sum-of-axes")
def added(points, centre, sides, softness):
    return 20 * torch.sigmoid(depth(points, centre, sides).sum(-1) / softness)


@wrong("03.4", "inside-out")
def air_is_solid(points, centre, sides, softness):
    return 20 * torch.sigmoid(((points - centre).abs() - sides / 2).amax(-1) / softness)


@wrong("03.4", "hard")
def hard_faces(points, centre, sides, softness):
    return torch.where((depth(points, centre, sides) > 0).all(-1), 20.0, 0.0)


@wrong("03.4", "softness-multiplied")
def times_softness(points, centre, sides, softness):
    return 20 * (depth(points, centre, sides).amin(-1) * softness).sigmoid()


@wrong("03.4", "density-of-1")
def thin(points, centre, sides, softness):
    return (depth(points, centre, sides).amin(-1) / softness).sigmoid()


@wrong("03.4", "product")
def three_sigmoids(points, centre, sides, softness):
    x, y, z = (depth(points, centre, sides) / softness).sigmoid().unbind(-1)
    return 20 * x * y * z


@wrong("03.4", "no-gradient")
def plain_numbers(points, centre, sides, softness):
    return 20 * torch.sigmoid(depth(points, centre.detach(), torch.tensor(sides.tolist())).amin(-1) / softness)


@wrong("03.4", "shape")
def for_each_axis(points, centre, sides, softness):
    return 20 * torch.sigmoid(depth(points, centre, sides) / softness)


# ---- 03.5


@right("03.5")
def by_picture(look, images, camera_to_world, K, view, row, column):
    H, W = images.shape[1:3]
    pixel = row * W + column
    origins, directions = pixel_rays(camera_to_world, K, pixel_centres(H, W).reshape(-1, 2))
    true = images.flatten(1, 2)[view, pixel]
    return ((look(origins[view, pixel], directions[view, pixel]) - true) ** 2).mean()


@right("03.5")
def ray_after_ray(look, images, camera_to_world, K, view, row, column):
    total = 0
    for v, r, c in zip(view.tolist(), row.tolist(), column.tolist()):
        o, d = pixel_rays(camera_to_world[v], K, torch.tensor([[c + 0.5, r + 0.5]]))
        total = total + (look(o, d)[0] - images[v, r, c]).pow(2).sum()
    return total / (3 * len(view))


def compared(look, images, camera_to_world, K, view, row, column, shift=0.5):
    positions = torch.stack([column, row], 1) + shift
    origins, directions = pixel_rays(camera_to_world[view], K, positions[:, None])
    return look(origins.squeeze(1), directions.squeeze(1)), images[view, row, column]


@wrong("03.5", "half-pixel")
def corners(look, images, camera_to_world, K, view, row, column):
    return F.mse_loss(*compared(look, images, camera_to_world, K, view, row, column, shift=0.0))


@wrong("03.5", "x-y-swapped")
def row_first(look, images, camera_to_world, K, view, row, column):
    o, d = pixel_rays(camera_to_world[view], K, (torch.stack([row, column], 1) + 0.5)[:, None])
    return F.mse_loss(look(o[:, 0], d[:, 0]), images[view, row, column])


@wrong("03.5", "picture-swapped")
def flattened_the_other_way(look, images, camera_to_world, K, view, row, column):
    predicted, _ = compared(look, images, camera_to_world, K, view, row, column)
    return F.mse_loss(predicted, images.flatten(1, 2)[view, column * images.shape[1] + row])


@wrong("03.5", "one-camera")
def the_first_camera(look, images, camera_to_world, K, view, row, column):
    o, d = pixel_rays(camera_to_world[0], K, torch.stack([column, row], 1) + 0.5)
    return F.mse_loss(look(o, d), images[view, row, column])


@wrong("03.5", "one-picture")
def the_first_picture(look, images, camera_to_world, K, view, row, column):
    predicted, _ = compared(look, images, camera_to_world, K, view, row, column)
    return F.mse_loss(predicted, images[0][row, column])


@wrong("03.5", "absolute")
def l1(look, images, camera_to_world, K, view, row, column):
    return F.l1_loss(*compared(look, images, camera_to_world, K, view, row, column))


@wrong("03.5", "sum")
def summed(look, images, camera_to_world, K, view, row, column):
    return F.mse_loss(*compared(look, images, camera_to_world, K, view, row, column), reduction="sum")


@wrong("03.5", "sum-of-colours")
def squared_length(look, images, camera_to_world, K, view, row, column):
    a, b = compared(look, images, camera_to_world, K, view, row, column)
    return (a - b).norm(dim=-1).square().mean()


@wrong("03.5", "root")
def rmse(look, images, camera_to_world, K, view, row, column):
    return F.mse_loss(*compared(look, images, camera_to_world, K, view, row, column)).sqrt()


@wrong("03.5", "clamped")
def cut_off(look, images, camera_to_world, K, view, row, column):
    a, b = compared(look, images, camera_to_world, K, view, row, column)
    return F.mse_loss(a.clip(0, 1), b)


@wrong("03.5", "no-gradient")
def as_a_score(look, images, camera_to_world, K, view, row, column):
    with torch.no_grad():
        return F.mse_loss(*compared(look, images, camera_to_world, K, view, row, column))


@wrong("03.5", "type")
def a_number(look, images, camera_to_world, K, view, row, column):
    return F.mse_loss(*compared(look, images, camera_to_world, K, view, row, column)).item()


# ---- 03.6


def motion(R, t):
    below = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(len(t), 1, 4)
    return torch.cat([torch.cat([R, t[:, :, None]], 2), below], 1)


def cross_matrix(r):
    K = torch.zeros(len(r), 3, 3)
    for i, j, k, sign in ((0, 1, 2, -1), (0, 2, 1, 1), (1, 0, 2, 1), (1, 2, 0, -1), (2, 0, 1, -1), (2, 1, 0, 1)):
        K = K + sign * r[:, k, None, None] * F.one_hot(torch.tensor(3 * i + j), 9).view(3, 3)
    return K


@right("03.6")
def by_matrix_exp(camera_to_world, rotation, translation):
    return camera_to_world @ motion(torch.matrix_exp(cross_matrix(rotation)), translation)


@right("03.6")
def by_sinc(camera_to_world, rotation, translation):
    angle = rotation.norm(dim=-1)[:, None, None]
    K, half = cross_matrix(rotation), torch.sinc(angle / 2 / torch.pi)
    R = torch.eye(3) + torch.sinc(angle / torch.pi) * K + 0.5 * half**2 * K @ K
    turned = camera_to_world[:, :3, :3] @ R
    moved = camera_to_world[:, :3, 3] + torch.einsum("vij,vj->vi", camera_to_world[:, :3, :3], translation)
    return motion(turned, moved)


def rodrigues(rotation, angle):
    K = cross_matrix(rotation / angle)
    return torch.eye(3) + torch.sin(angle)[..., None] * K + (1 - torch.cos(angle)[..., None]) * (K @ K)


@wrong("03.6", "nan-at-zero")
def from_the_encyclopedia(camera_to_world, rotation, translation):
    return camera_to_world @ motion(rodrigues(rotation, rotation.norm(dim=1, keepdim=True)), translation)


@right("03.6")
def with_an_epsilon_everywhere(camera_to_world, rotation, translation):
    return camera_to_world @ motion(rodrigues(rotation, rotation.norm(dim=1, keepdim=True) + 1e-6), translation)


@wrong("03.6", "stuck-at-start")
def with_an_epsilon_below(camera_to_world, rotation, translation):
    angle = rotation.norm(dim=1, keepdim=True)
    K = cross_matrix(rotation / (angle + 1e-6))
    R = torch.eye(3) + angle.sin()[..., None] * K + (1 - angle.cos()[..., None]) * (K @ K)
    return camera_to_world @ motion(R, translation)


@wrong("03.6", "nan-gradient")
def with_a_root(camera_to_world, rotation, translation):
    angle = rotation.square().sum(1).sqrt()[:, None, None]
    K, half = cross_matrix(rotation), torch.sinc(angle / 2 / torch.pi)
    R = torch.eye(3) + torch.sinc(angle / torch.pi) * K + 0.5 * half**2 * K @ K
    return camera_to_world @ motion(R, translation)


@wrong("03.6", "in-the-world")
def swings_around_the_world(camera_to_world, rotation, translation):
    return motion(so3_exp(rotation), translation) @ camera_to_world


@wrong("03.6", "turned-back")
def other_sign(camera_to_world, rotation, translation):
    return camera_to_world @ motion(torch.matrix_exp(cross_matrix(rotation).mT), translation)


@wrong("03.6", "first-order")
def linear(camera_to_world, rotation, translation):
    return camera_to_world @ motion(torch.eye(3) + cross_matrix(rotation), translation)


@wrong("03.6", "degrees")
def as_degrees(camera_to_world, rotation, translation):
    return camera_to_world @ motion(so3_exp(rotation * torch.pi / 180), translation)


@wrong("03.6", "euler")
def one_axis_after_another(camera_to_world, rotation, translation):
    X, Y, Z = (torch.matrix_exp(cross_matrix(rotation * torch.eye(3)[i])) for i in range(3))
    return camera_to_world @ motion(Z @ Y @ X, translation)


@wrong("03.6", "axis-not-unit")
def one_radian(camera_to_world, rotation, translation):
    return camera_to_world @ motion(rodrigues(rotation, torch.ones(len(rotation), 1)), translation)


@wrong("03.6", "axis-not-unit")
def long_axis(camera_to_world, rotation, translation):
    angle, K = rotation.norm(dim=1)[:, None, None], cross_matrix(rotation)
    return camera_to_world @ motion(torch.eye(3) + angle.sin() * K + (1 - angle.cos()) * K @ K, translation)


@wrong("03.6", "moved-in-the-world")
def along_the_worlds_axes(camera_to_world, rotation, translation):
    return motion(camera_to_world[:, :3, :3] @ so3_exp(rotation), camera_to_world[:, :3, 3] + translation)


@wrong("03.6", "moved-after-turning")
def turns_then_moves(camera_to_world, rotation, translation):
    R = so3_exp(rotation)
    stand = torch.eye(3).repeat(len(R), 1, 1)
    return camera_to_world @ motion(R, 0 * translation) @ motion(stand, translation)


@wrong("03.6", "turned-alone")
def never_moves(camera_to_world, rotation, translation):
    return camera_to_world @ motion(so3_exp(rotation), torch.zeros_like(translation))


@wrong("03.6", "moved-alone")
def never_turns(camera_to_world, rotation, translation):
    return camera_to_world @ motion(torch.eye(3).repeat(len(rotation), 1, 1), translation)


@wrong("03.6", "no-gradient")
def cut_off_from_what_is_learned(camera_to_world, rotation, translation):
    return by_matrix_exp(camera_to_world, rotation.detach(), translation.detach())


@wrong("03.6", "gradient")
def only_the_position_learns(camera_to_world, rotation, translation):
    return camera_to_world @ motion(so3_exp(rotation).detach(), translation) + 0 * rotation.sum()
