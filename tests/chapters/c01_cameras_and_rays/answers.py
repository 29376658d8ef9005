"""Answers to the exercises of notebook 01 about cameras: intrinsics, look-at, pixel rays."""

import math

import torch

from tests.chapters.answers import right, wrong

# ------------------------------------------------------------------------------------------- 01.1 intrinsics


@right("01.1")
def by_cotangent_in_double(height, width, field_of_view):
    K = torch.eye(3, dtype=torch.float64)
    K[0, 0] = K[1, 1] = width / 2 * torch.tan(torch.tensor((math.pi - field_of_view) / 2, dtype=torch.float64))
    K[:2, 2] = torch.tensor([width, height]) / 2
    return K


@right("01.1")
def by_numpy_free_trigonometry(height, width, field_of_view):
    f = width / 2 * math.cos(field_of_view / 2) / math.sin(field_of_view / 2)
    return torch.tensor([[f, 0, width / 2], [0, f, height / 2], [0, 0, 1]])


def K_with(f_x, f_y, c_x, c_y):
    return torch.tensor([[f_x, 0.0, c_x], [0.0, f_y, c_y], [0.0, 0.0, 1.0]])


@wrong("01.1", "degrees")
def converts_once_more(height, width, field_of_view):
    f = width / 2 / math.tan(math.radians(field_of_view) / 2)
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "full-angle")
def forgets_to_halve_the_angle(height, width, field_of_view):
    f = width / 2 / math.tan(field_of_view)
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "full-width")
def forgets_to_halve_the_width(height, width, field_of_view):
    f = width / math.tan(field_of_view / 2)
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "vertical")
def vertical_field_of_view(height, width, field_of_view):
    f = height / 2 / math.tan(field_of_view / 2)
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "fraction")
def in_widths(height, width, field_of_view):
    f = 0.5 / math.tan(field_of_view / 2)
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "multiplied")
def times_the_tangent(height, width, field_of_view):
    f = width / 2 * math.tan(field_of_view / 2)
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "half-pixel")
def centre_of_indices(height, width, field_of_view):
    f = width / 2 / math.tan(field_of_view / 2)
    return K_with(f, f, (width - 1) / 2, (height - 1) / 2)


@wrong("01.1", "width-height-swapped")
def rows_first(height, width, field_of_view):
    f = width / 2 / math.tan(field_of_view / 2)
    return K_with(f, f, height / 2, width / 2)


@wrong("01.1", "not-centred")
def centre_at_the_corner(height, width, field_of_view):
    f = width / 2 / math.tan(field_of_view / 2)
    return torch.diag(torch.tensor([f, f, 1.0]))


@wrong("01.1", "stretched")
def an_angle_for_each_axis(height, width, field_of_view):
    return K_with(width / 2 / math.tan(field_of_view / 2), height / 2 / math.tan(field_of_view / 2),
                  width / 2, height / 2)


@wrong("01.1", "y-flipped")
def y_up(height, width, field_of_view):
    f = width / 2 / math.tan(field_of_view / 2)
    return K_with(f, -f, width / 2, height / 2)


@wrong("01.1", "transposed")
def centre_in_the_last_row(height, width, field_of_view):
    f = width / 2 / math.tan(field_of_view / 2)
    return torch.tensor([[f, 0.0, 0.0], [0.0, f, 0.0], [width / 2, height / 2, 1.0]])


@wrong("01.1", "field-of-view")
def sine_for_tangent(height, width, field_of_view):
    f = width / 2 / math.sin(field_of_view / 2)
    return K_with(f, f, width / 2, height / 2)


@wrong("01.1", "principal-point")
def one_pixel_off(height, width, field_of_view):
    f = width / 2 / math.tan(field_of_view / 2)
    return K_with(f, f, width // 2 + 1, height // 2 + 1)


@wrong("01.1", "not-square")
def by_the_aspect(height, width, field_of_view):
    f = width / 2 / math.tan(field_of_view / 2)
    return K_with(f, f * width / height, width / 2, height / 2)


@wrong("01.1", "layout")
def no_one_in_the_corner(height, width, field_of_view):
    K = torch.zeros(3, 3)
    K[0, 0] = K[1, 1] = width / 2 / math.tan(field_of_view / 2)
    K[0, 2], K[1, 2] = width / 2, height / 2
    return K


@wrong("01.1", "structure")
def nested_lists(height, width, field_of_view):
    f = width / 2 / math.tan(field_of_view / 2)
    return [[f, 0, width / 2], [0, f, height / 2], [0, 0, 1]]


# ---------------------------------------------------------------------------------------------- 01.2 look_at


def unit(v):
    return v / v.norm()


def pose(right_, down, forward, t):
    result = torch.eye(4)
    result[:3, 0], result[:3, 1], result[:3, 2], result[:3, 3] = right_, down, forward, t
    return result


def axes(position, target, up):
    forward = unit(target - position)
    right_ = unit(torch.linalg.cross(forward, up))
    return right_, torch.linalg.cross(forward, right_), forward


@right("01.2")
def by_gram_schmidt(position, target, up):
    forward = (target - position) / (target - position).norm()
    down = -(up - (up @ forward) * forward)
    down = down / down.norm()
    right_ = torch.linalg.cross(down, forward)
    rows = [torch.cat([torch.stack([right_[i], down[i], forward[i], position[i]])]) for i in range(3)]
    return torch.stack([*rows, torch.tensor([0.0, 0.0, 0.0, 1.0])])


@right("01.2")
def in_double(position, target, up):
    position, target, up = position.double(), target.double(), up.double()
    top = torch.stack([*axes(position, target, up), position], -1)
    return torch.cat([top, torch.tensor([[0.0, 0.0, 0.0, 1.0]]).double()])


@wrong("01.2", "world-to-camera")
def a_view_matrix(position, target, up):
    return torch.linalg.inv(pose(*axes(position, target, up), position))


@wrong("01.2", "rows-for-columns")
def axes_as_rows(position, target, up):
    result = torch.eye(4)
    result[:3, :3] = torch.stack(axes(position, target, up))
    result[:3, 3] = position
    return result


@wrong("01.2", "row-vectors")
def position_in_the_last_row(position, target, up):
    result = torch.eye(4)
    result[:3, :3] = torch.stack(axes(position, target, up))
    result[3, :3] = position
    return result


@wrong("01.2", "y-flipped")
def up_as_second_axis(position, target, up):
    forward = unit(target - position)
    right_ = unit(torch.linalg.cross(forward, up))
    return pose(right_, torch.linalg.cross(right_, forward), forward, position)


@wrong("01.2", "z-backward")
def third_column_backward(position, target, up):
    right_, down, forward = axes(position, target, up)
    return pose(right_, down, -forward, position)


@wrong("01.2", "y-up-z-backward")
def opengl(position, target, up):
    backward = unit(position - target)
    right_ = unit(torch.linalg.cross(up, backward))
    return pose(right_, torch.linalg.cross(backward, right_), backward, position)


@wrong("01.2", "looks-away")
def from_target_to_position(position, target, up):
    forward = unit(position - target)
    right_ = unit(torch.linalg.cross(forward, up))
    return pose(right_, torch.linalg.cross(forward, right_), forward, position)


@wrong("01.2", "cross-order")
def up_cross_forward(position, target, up):
    forward = unit(target - position)
    right_ = unit(torch.linalg.cross(up, forward))
    return pose(right_, torch.linalg.cross(forward, right_), forward, position)


@wrong("01.2", "mirrored")
def both_products_turned_round(position, target, up):
    forward = unit(target - position)
    left = unit(torch.linalg.cross(up, forward))
    return pose(left, torch.linalg.cross(left, forward), forward, position)


@wrong("01.2", "not-unit")
def never_normalises(position, target, up):
    forward = target - position
    right_ = torch.linalg.cross(forward, up)
    return pose(right_, torch.linalg.cross(forward, right_), forward, position)


@wrong("01.2", "not-unit")
def normalises_forward_only(position, target, up):
    forward = unit(target - position)
    right_ = torch.linalg.cross(forward, up)
    return pose(right_, torch.linalg.cross(forward, right_), forward, position)


@wrong("01.2", "up-as-down")
def minus_up(position, target, up):
    right_, _, forward = axes(position, target, up)
    return pose(right_, -unit(up), forward, position)


@wrong("01.2", "up-as-down")
def minus_up_as_it_comes(position, target, up):
    right_, _, forward = axes(position, target, up)
    return pose(right_, -up, forward, position)


@wrong("01.2", "not-a-rotation")
def half_way_between_down_and_minus_up(position, target, up):
    right_, down, forward = axes(position, target, up)
    return pose(right_, unit(down - unit(up)), forward, position)


@wrong("01.2", "column-order")
def in_the_order_of_the_work(position, target, up):
    right_, down, forward = axes(position, target, up)
    return pose(forward, right_, down, position)


@wrong("01.2", "up-ignored")
def z_is_up(position, target, up):
    return pose(*axes(position, target, torch.tensor([0.0, 0.0, 1.0])), position)


@wrong("01.2", "no-position")
def only_turns(position, target, up):
    return pose(*axes(position, target, up), torch.zeros(3))


@wrong("01.2", "at-the-target")
def stands_on_the_target(position, target, up):
    return pose(*axes(position, target, up), target)


@wrong("01.2", "translation-of-the-inverse")
def half_an_inverse(position, target, up):
    R = torch.stack(axes(position, target, up), -1)
    return pose(*R.T, -R.T @ position)


@wrong("01.2", "translation-negated")
def minus_position(position, target, up):
    return pose(*axes(position, target, up), -position)


@wrong("01.2", "not-upright")
def up_as_right(position, target, up):
    forward = unit(target - position)
    return pose(unit(up), torch.linalg.cross(forward, unit(up)), forward, position)


@wrong("01.2", "not-a-rotation")
def divides_by_the_sum(position, target, up):
    forward = (target - position) / (target - position).abs().sum()
    right_ = torch.linalg.cross(forward, up)
    right_ = right_ / right_.abs().sum()
    return pose(right_, torch.linalg.cross(forward, right_), forward, position)


@wrong("01.2", "shape")
def three_rows(position, target, up):
    return torch.stack([*axes(position, target, up), position], -1)


@wrong("01.2", "position")
def steps_back(position, target, up):
    right_, down, forward = axes(position, target, up)
    return pose(right_, down, forward, position - 0.5 * forward)


@wrong("01.2", "not-upright")
def rolls(position, target, up):
    right_, down, forward = axes(position, target, up)
    return pose(down, -right_, forward, position)


@wrong("01.2", "not-at-the-target")
def looks_along_the_target(position, target, up):
    return pose(*axes(torch.zeros(3), target - 1e-3, up), position)


@wrong("01.2", "no-gradient")
def by_plain_numbers(position, target, up):
    return pose(*(a.detach() for a in axes(position, target, up)), position.detach())


# ------------------------------------------------------------------------------------------- 01.3 pixel_rays


@right("01.3")
def by_inverse_and_einsum(camera_to_world, K, pixels):
    homogeneous = torch.nn.functional.pad(pixels, (0, 1), value=1.0).double()
    M = camera_to_world[:3, :3].double() @ torch.linalg.inv(K.double())
    directions = torch.einsum("ij,nj->ni", M, homogeneous)
    directions = directions / directions.square().sum(-1, keepdim=True).sqrt()
    return camera_to_world[:3, 3].double().repeat(len(pixels), 1), directions


@right("01.3")
def as_difference_of_points(camera_to_world, K, pixels):
    x = (pixels[:, 0] - K[0, 2]) / K[0, 0]
    y = (pixels[:, 1] - K[1, 2]) / K[1, 1]
    points = torch.stack([x, y, torch.ones_like(x), torch.ones_like(x)], -1) @ camera_to_world.T
    origins = camera_to_world[:3, 3].expand(len(pixels), 3)
    offset = points[:, :3] - origins
    return origins, offset / torch.linalg.vector_norm(offset, dim=-1, keepdim=True)


def in_camera(K, pixels):
    x = (pixels[:, 0] - K[0, 2]) / K[0, 0]
    y = (pixels[:, 1] - K[1, 2]) / K[1, 1]
    return torch.stack([x, y, torch.ones_like(x)], -1)


def finish(camera_to_world, directions):
    directions = directions @ camera_to_world[:3, :3].T
    return camera_to_world[:3, 3].expand_as(directions), directions / directions.norm(dim=-1, keepdim=True)


@wrong("01.3", "world-to-camera")
def inverse_first(camera_to_world, K, pixels):
    return finish(torch.linalg.inv(camera_to_world), in_camera(K, pixels))


@wrong("01.3", "rotation-transposed")
def forgets_the_transpose(camera_to_world, K, pixels):
    directions = in_camera(K, pixels) @ camera_to_world[:3, :3]
    return camera_to_world[:3, 3].expand_as(directions), directions / directions.norm(dim=-1, keepdim=True)


@wrong("01.3", "not-turned")
def stays_in_the_camera(camera_to_world, K, pixels):
    directions = in_camera(K, pixels)
    return camera_to_world[:3, 3].expand_as(directions), directions / directions.norm(dim=-1, keepdim=True)


@wrong("01.3", "y-flipped")
def minus_y(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(K, pixels) * torch.tensor([1.0, -1.0, 1.0]))


@wrong("01.3", "z-backward")
def minus_z(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(K, pixels) * torch.tensor([1.0, 1.0, -1.0]))


@wrong("01.3", "y-up-z-backward")
def as_in_nerf(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(K, pixels) * torch.tensor([1.0, -1.0, -1.0]))


@wrong("01.3", "not-unit")
def as_long_as_they_come(camera_to_world, K, pixels):
    directions = in_camera(K, pixels) @ camera_to_world[:3, :3].T
    return camera_to_world[:3, 3].expand_as(directions), directions


@wrong("01.3", "half-pixel")
def adds_half(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(K, pixels + 0.5))


@wrong("01.3", "half-pixel")
def takes_half_away(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(K, pixels - 0.5))


@wrong("01.3", "x-y-swapped")
def row_first(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(K, pixels[:, [1, 0]]))


@wrong("01.3", "not-centred")
def from_the_corner(camera_to_world, K, pixels):
    f = torch.stack([K[0, 0], K[1, 1]])
    return finish(camera_to_world, torch.cat([pixels / f, torch.ones(len(pixels), 1)], -1))


@wrong("01.3", "no-focal-length")
def pixels_as_metres(camera_to_world, K, pixels):
    return finish(camera_to_world, torch.cat([pixels - K[:2, 2], torch.ones(len(pixels), 1)], -1))


@wrong("01.3", "one-focal-length")
def f_for_both(camera_to_world, K, pixels):
    return finish(camera_to_world, torch.cat([(pixels - K[:2, 2]) / K[0, 0], torch.ones(len(pixels), 1)], -1))


@wrong("01.3", "K-not-inverted")
def K_times_pixel(camera_to_world, K, pixels):
    return finish(camera_to_world, torch.cat([pixels, torch.ones(len(pixels), 1)], -1) @ K.T)


@wrong("01.3", "not-centred")
def row_and_column_of_K_confused(camera_to_world, K, pixels):
    x, y = (pixels[:, 0] - K[2, 0]) / K[0, 0], (pixels[:, 1] - K[2, 1]) / K[1, 1]
    return finish(camera_to_world, torch.stack([x, y, torch.ones_like(x)], -1))


@wrong("01.3", "K-not-transposed")
def rows_times_the_inverse(camera_to_world, K, pixels):
    return finish(camera_to_world, torch.cat([pixels, torch.ones(len(pixels), 1)], -1) @ torch.linalg.inv(K))


@wrong("01.3", "multiplied")
def times_the_focal_length(camera_to_world, K, pixels):
    x, y = (pixels[:, 0] - K[0, 2]) * K[0, 0], (pixels[:, 1] - K[1, 2]) * K[1, 1]
    return finish(camera_to_world, torch.stack([x, y, torch.ones_like(x)], -1))


@wrong("01.3", "norm-of-columns")
def lengths_down_the_columns(camera_to_world, K, pixels):
    origins, directions = as_long_as_they_come(camera_to_world, K, pixels)
    return origins, directions / directions.norm(dim=0)


@wrong("01.3", "norm-of-all")
def one_length_for_all(camera_to_world, K, pixels):
    origins, directions = as_long_as_they_come(camera_to_world, K, pixels)
    return origins, directions / directions.norm()


@wrong("01.3", "whole-pixels")
def pixels_as_integers(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(K, pixels.int()))


@wrong("01.3", "swapped")
def directions_first(camera_to_world, K, pixels):
    return finish(camera_to_world, in_camera(K, pixels))[::-1]


@wrong("01.3", "points-for-directions")
def with_the_translation(camera_to_world, K, pixels):
    local = torch.cat([in_camera(K, pixels), torch.ones(len(pixels), 1)], -1)
    directions = (local @ camera_to_world.T)[:, :3]
    return camera_to_world[:3, 3].expand_as(directions), directions / directions.norm(dim=-1, keepdim=True)


@wrong("01.3", "origin-at-zero")
def all_from_zero(camera_to_world, K, pixels):
    origins, directions = finish(camera_to_world, in_camera(K, pixels))
    return torch.zeros_like(origins), directions


@wrong("01.3", "origin")
def starts_on_the_image_plane(camera_to_world, K, pixels):
    origins, directions = finish(camera_to_world, in_camera(K, pixels))
    return origins + directions, directions


@wrong("01.3", "another-pixel")
def wrong_sign_of_the_principal_point(camera_to_world, K, pixels):
    local = torch.cat([(pixels + K[:2, 2]) / K[0, 0], torch.ones(len(pixels), 1)], -1)
    return finish(camera_to_world, local)


@wrong("01.3", "backward")
def y_and_x_turned_to_the_back(camera_to_world, K, pixels):
    return finish(camera_to_world, -in_camera(K, pixels))


@wrong("01.3", "structure")
def one_tensor(camera_to_world, K, pixels):
    return torch.cat(finish(camera_to_world, in_camera(K, pixels)), -1)


@wrong("01.3", "no-gradient")
def through_numpy(camera_to_world, K, pixels):
    R = torch.from_numpy(camera_to_world[:3, :3].detach().numpy())
    directions = in_camera(K, pixels) @ R.T
    return camera_to_world[:3, 3].detach().expand_as(directions), directions / directions.norm(dim=-1, keepdim=True)


@wrong("01.3", "edits-input")
def shifts_the_pixels_in_place(camera_to_world, K, pixels):
    pixels -= K[:2, 2]
    return finish(camera_to_world, torch.cat([pixels / K[[0, 1], [0, 1]], torch.ones(len(pixels), 1)], -1))
