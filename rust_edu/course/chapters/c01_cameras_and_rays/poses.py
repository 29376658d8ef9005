"""Exercise 01.4, relative poses: cases, known mistakes, properties."""

import torch

from ....cameras import from_rotation, invert, relative_pose, so3_exp
from ...checking.exercise import Case, Diagnosis, Suspect
from .common import CAMERA, RELATIVE, gradient_agrees, once_shapes_fit, point, random_camera


def cases(g):
    shift = from_rotation(torch.eye(3), torch.tensor([1.0, 2.0, 3.0]))
    quarter = from_rotation(torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), torch.zeros(3))
    above = from_rotation(torch.eye(3), torch.tensor([0.0, 0.0, 1.0]))
    yield Case("a camera at (1, 2, 3), seen from one at (0, 0, 1), neither of them turned", shift, above)
    yield Case("a camera moved by (1, 2, 3), seen from one at the origin", shift, torch.eye(4))
    yield Case("the same camera, seen from one that is turned by 90 degrees", shift, quarter)
    for _ in range(4):
        yield Case("two random cameras", random_camera(g), random_camera(g))


def both(rotation, translation):
    """A pose from R and t of the camera (R, t) and the reference (Q, s)."""
    def mistake(c, r):
        R, t, Q, s = c[:3, :3], c[:3, 3], r[:3, :3], r[:3, 3]
        return from_rotation(rotation(R, Q), translation(R, t, Q, s))
    return mistake


SUSPECTS = (
    Suspect("order", lambda c, r: c @ invert(r), "You multiply in the other order. Read the product from right to left:"
            " first from the camera to the world, then from the world to the reference.", RELATIVE),
    Suspect("roles", lambda c, r: invert(c) @ r, "This is the reference seen from the camera. Asked for is the camera "
            "seen from the reference.", RELATIVE),
    Suspect("roles-and-order", lambda c, r: r @ invert(c), "You have inverted the camera where the reference should be "
            "inverted, and multiplied in the other order.", RELATIVE),
    Suspect("no-inverse", lambda c, r: r @ c, "Both matrices go to the world, so they do not join. The reference must"
            " be inverted first: from the world to it.", RELATIVE),
    Suspect("no-inverse", lambda c, r: c @ r, "Both matrices go to the world, so they do not join. The reference must"
            " be inverted first: from the world to it.", RELATIVE),
    Suspect("transposed-4x4", lambda c, r: r.T @ c, "You have transposed the whole 4x4 matrix to invert it. That works "
            "for the rotation alone; the translation of the inverse is -R^T t.", CAMERA),
    Suspect("translation-not-turned", lambda c, r: from_rotation(r[:3, :3].T, -r[:3, 3]) @ c,
            "Your inverse has the translation -t. The inverse first takes t away and then turns, so t is turned "
            "too: -R^T t.", CAMERA),
    Suspect("translation-sign", lambda c, r: from_rotation(r[:3, :3].T, r[:3, :3].T @ r[:3, 3]) @ c,
            "Your inverse has the translation R^T t, without the minus sign.", CAMERA),
    Suspect("difference-in-world", both(lambda R, Q: Q.T @ R, lambda R, t, Q, s: t - s),
            "Your translation is the difference of the two positions as the world sees it. The reference has its own "
            "axes: turn it with R_reference^T.", RELATIVE),
    Suspect("rotation-order", both(lambda R, Q: R @ Q.T, lambda R, t, Q, s: Q.T @ (t - s)),
            "Your translation is right. Your rotations are multiplied in the other order.", RELATIVE),
    Suspect("not-transposed", both(lambda R, Q: Q @ R, lambda R, t, Q, s: Q @ (t - s)),
            "You turn by R of the reference, which goes from its frame to the world. The way back is R^T, in the "
            "rotation and in the translation.", CAMERA),
    Suspect("not-turned", both(lambda R, Q: R, lambda R, t, Q, s: t - s),
            "You have only shifted the origin. The reference camera is turned too: right, down and forward are "
            "those of the reference.", RELATIVE),
    Suspect("subtracted", lambda c, r: c - r, "You have subtracted one matrix from the other. Poses are joined and "
            "undone by products and inverses.", RELATIVE),
)


@once_shapes_fit(relative_pose, cases)
def itself_is_the_identity(yours, g):
    """A camera seen from itself is the identity"""
    camera = random_camera(g)
    yours_own = yours(camera, camera)
    if (yours_own - torch.eye(4)).abs().max() > 1e-3:
        column = int((yours_own - torch.eye(4)).abs()[:3].sum(0).argmax())  # the one that is most wrong
        name = ("first column of R", "second column of R", "third column of R", "position")[column]
        raise Diagnosis("itself", "A camera seen from itself must stand at (0, 0, 0) and be turned by nothing: the "
                        "identity matrix.", seen=f"{name} {point(yours_own[:3, column].double().round(decimals=4))}",
                        expected=f"{name} {point(torch.eye(4)[:3, column])}", reread=RELATIVE)


@once_shapes_fit(relative_pose, cases)
def the_world_does_not_matter(yours, g):
    """Moving the whole world changes nothing"""
    move, camera, reference = random_camera(g), random_camera(g), random_camera(g)
    before, after = yours(camera, reference), yours(move @ camera, move @ reference)
    if (before - after).abs().max() > 1e-3:
        raise Diagnosis("world-matters", "Your relative pose changes when both cameras and the world move together.",
                        seen=f"position {point(after[:3, 3])} after, {point(before[:3, 3])} before",
                        expected="the same", reread=RELATIVE)


@once_shapes_fit(relative_pose, cases)
def lead_back(yours, g):
    """The reference and the relative pose together lead back to the camera"""
    camera, reference = random_camera(g), random_camera(g)
    back = reference @ yours(camera, reference).to(reference)
    if (back - camera).abs().max() > 1e-3:
        raise Diagnosis("no-way-back", "From the camera to the reference by your pose, and from there to the world: "
                        "that does not lead to where the camera stands.", seen=point(back[:3, 3]),
                        expected=point(camera[:3, 3]), reread=RELATIVE)


def carry_the_gradient(yours, g):
    """The gradient of a moving camera flows through"""
    camera, reference = random_camera(g), random_camera(g)

    def arguments(moves):
        return camera @ from_rotation(so3_exp(moves[:3]), moves[3:]), reference

    gradient_agrees(yours, relative_pose, arguments, 6, "relative_pose")
