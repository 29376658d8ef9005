"""Exercise 01.2, look-at: reference, cases, known mistakes, properties."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from .... import cameras
from ....cameras import from_rotation, invert
from ...checking.exercise import Case, Diagnosis, Suspect
from .common import CAMERA, LOOK, once_shapes_fit, point


def look_at(position: Tensor, target: Tensor, up: Tensor) -> Tensor:
    return cameras.look_at(position, target, up)


def cases(g):
    yield Case("a camera at (0, -4, 0) that looks at the origin", torch.tensor([0.0, -4.0, 0.0]), torch.zeros(3),
               torch.tensor([0.0, 0.0, 1.0]))
    yield Case("a camera at (3, 0, 4) that looks down at the origin", torch.tensor([3.0, 0.0, 4.0]), torch.zeros(3),
               torch.tensor([0.0, 0.0, 1.0]))
    yield Case("up given as (0, 0, 5): its length must not matter", torch.tensor([1.0, 2.0, 3.0]),
               torch.tensor([0.5, 0.0, 0.5]), torch.tensor([0.0, 0.0, 5.0]))
    yield Case("up given as (0, 0, 0.001), and a target 0.002 away", torch.tensor([1.0, 0.002, 0.0]),
               torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 0.001]))
    for _ in range(4):
        yield Case("a random camera, target and up", 3.0 * torch.randn(3, generator=g),
                   torch.randn(3, generator=g), torch.randn(3, generator=g))


def turned(*signs: float):
    """look_at whose right, down and forward have these signs."""
    return lambda p, t, u: look_at(p, t, u) * torch.tensor([*signs, 1.0])


def with_translation(make):
    def mistake(p, t, u):
        pose = look_at(p, t, u)
        return from_rotation(pose[:3, :3], make(pose, p, t))
    return mistake


def with_lengths(normal_forward: bool, normal_right: bool):
    def mistake(p, t, u):
        forward = normalize(t - p, dim=0) if normal_forward else t - p
        right = torch.linalg.cross(forward, u)
        right = normalize(right, dim=0) if normal_right else right
        return from_rotation(torch.stack([right, torch.linalg.cross(forward, right), forward], -1), p)
    return mistake


def up_as_down(p, t, u):
    pose = look_at(p, t, u)
    return from_rotation(torch.stack([pose[:3, 0], -normalize(u, dim=0), pose[:3, 2]], -1), p)


def up_as_down_of_any_length(p, t, u):
    pose = look_at(p, t, u)
    return from_rotation(torch.stack([pose[:3, 0], -u, pose[:3, 2]], -1), p)


NAMES = ("right", "down", "forward")
LENGTHS = ("Your axes are not of length 1: normalise forward, and right too, since the cross product of two directions "
           "that are not at right angles is shorter than 1.")
SUSPECTS = (
    Suspect("world-to-camera", lambda p, t, u: invert(look_at(p, t, u)),
            "This is the inverse of what was asked for: it takes world coordinates to the camera's. camera_to_world "
            "has the camera's position as it is in its last column.", CAMERA),
    Suspect("rows-for-columns", lambda p, t, u: from_rotation(look_at(p, t, u)[:3, :3].T, p),
            "Right, down and forward stand in the rows of R. A matrix times (1, 0, 0) gives its first column, and "
            "that must be right.", LOOK),
    Suspect("row-vectors", lambda p, t, u: look_at(p, t, u).T.contiguous(),
            "Your whole matrix is transposed: the position stands in its last row. Points are columns here, so it "
            "belongs in the last column.", LOOK),
    Suspect("y-flipped", turned(1, -1, 1), "Your second column points up. The camera's y axis points down, as the "
            "rows of a picture are counted.", LOOK),
    Suspect("z-backward", turned(1, 1, -1), "Your third column points from the target to the camera. The camera's z "
            "axis points forward, to what it looks at.", LOOK),
    Suspect("y-up-z-backward", turned(1, -1, -1), "These are the axes of OpenGL and Blender: right, up, backward. "
            "Here they are right, down, forward.", LOOK),
    Suspect("looks-away", turned(-1, 1, -1), "Your camera looks away from its target: forward is target - position, "
            "not position - target.", LOOK),
    Suspect("cross-order", turned(-1, -1, 1), "Your picture stands on its head. A cross product changes its sign "
            "with the order: right = forward x up.", LOOK),
    Suspect("mirrored", turned(-1, 1, 1), "Your first column points left, so pictures come out mirrored. A cross "
            "product changes its sign with the order: right = forward x up.", LOOK),
    Suspect("not-unit", with_lengths(False, False), LENGTHS, LOOK),
    Suspect("not-unit", with_lengths(True, False), LENGTHS, LOOK),
    Suspect("not-unit", with_lengths(False, True), LENGTHS, LOOK),
    Suspect("up-as-down", up_as_down, "Your down is the opposite of `up`. That is at right angles to forward only "
            "for a camera that looks level: compute down from forward and right.", LOOK),
    Suspect("up-as-down", up_as_down_of_any_length, "Your down is minus `up`, as it was given. It has another length "
            "than 1, and it is at right angles to forward only for a camera that looks level: compute down from "
            "forward and right.", LOOK),
    Suspect("up-ignored", lambda p, t, u: look_at(p, t, torch.tensor([0.0, 0.0, 1.0])),
            "Your result does not depend on `up`: it is always the world's z axis.", LOOK),
    Suspect("no-position", with_translation(lambda pose, p, t: torch.zeros(3)),
            "Your camera stands at the origin of the world: the last column is its position.", LOOK),
    Suspect("at-the-target", with_translation(lambda pose, p, t: t),
            "Your camera stands where it should look: the last column is its position.", LOOK),
    Suspect("translation-of-the-inverse", with_translation(lambda pose, p, t: -pose[:3, :3].T @ p),
            "Your rotation is camera-to-world and your translation, -R^T p, world-to-camera. In camera_to_world the "
            "last column is the position itself.", CAMERA),
    Suspect("translation-negated", with_translation(lambda pose, p, t: -p),
            "Your last column is minus the position. In camera_to_world it is the position itself.", CAMERA),
)


@once_shapes_fit(look_at, cases)
def looks_as_asked(yours, g):
    """The camera stands at its place, looks at its target and is upright"""
    for case in cases(g):
        (position, target, up), pose = case.args, yours(*case.args).double()
        position, target, up = position.double(), target.double(), up.double()
        columns, forward = pose[:3, :3].T, normalize(target - position, dim=0)
        if (pose[3] - torch.tensor([0.0, 0.0, 0.0, 1.0]).double()).abs().max() > 1e-5:
            raise Diagnosis("last-row", "The last row of a pose is 0, 0, 0, 1.", seen=point(pose[3]),
                            expected="(0, 0, 0, 1)", reread=CAMERA)
        if (pose[:3, 3] - position).norm() > 1e-4:
            raise Diagnosis("position", f"The camera does not stand where it should, for {case.name}.",
                            seen=f"last column {point(pose[:3, 3])}", expected=point(position), reread=LOOK)
        if (columns @ columns.T - torch.eye(3).double()).abs().max() > 1e-3:
            products = {f"{NAMES[i]} . {NAMES[j]}": float(columns[i] @ columns[j]) for i, j in ((0, 1), (0, 2), (1, 2))}
            worst = max(products, key=lambda name: abs(products[name]))
            raise Diagnosis("not-a-rotation", "The columns of R should be three directions of length 1 at right "
                            f"angles to each other, for {case.name}.", seen=f"lengths {point(columns.norm(dim=-1))}, "
                            f"{worst} = {products[worst]:.2g}",
                            expected=f"lengths (1, 1, 1), {worst} = 0", reread=LOOK)
        order = [int((look_at(*case.args)[:3, :3].T - column).norm(dim=-1).argmin()) for column in columns]
        if order != [0, 1, 2] and (look_at(*case.args)[:3, order].T - columns).abs().max() < 1e-3:
            raise Diagnosis("column-order", "Your three directions are right, and stand in another order. The columns "
                            "are those of the camera's x, y and z: right, down, forward.",
                            seen=f"columns {', '.join(NAMES[i] for i in order)}",
                            expected="columns right, down, forward", reread=LOOK)
        if (columns[2] - forward).norm() > 1e-3:
            raise Diagnosis("not-at-the-target", f"The camera does not look at its target, for {case.name}.",
                            seen=f"third column {point(columns[2])}", expected=point(forward), reread=LOOK)
        if abs(columns[0] @ normalize(up, dim=0)) > 1e-3 or columns[1] @ up > 0:
            raise Diagnosis("not-upright", f"The camera is tilted or on its head, for {case.name}: right must be "
                            "level, which is at right angles to `up`, and down must point away from `up`.",
                            seen=f"right . up = {float(columns[0] @ normalize(up, dim=0)):.2g}, "
                            f"down . up = {float(columns[1] @ normalize(up, dim=0)):.2g}",
                            expected="right . up = 0, down . up < 0", reread=LOOK)
        if torch.linalg.det(pose[:3, :3]) < 0:
            raise Diagnosis("left-handed", "Your camera mirrors the world: the determinant of R is -1.",
                            seen="right x down points backward", expected="right x down = forward", reread=LOOK)
