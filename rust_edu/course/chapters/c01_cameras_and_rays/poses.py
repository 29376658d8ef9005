"""Exercise 01.4, relative poses: cases, known mistakes, properties."""

import torch

from ....cameras import from_rotation, invert, relative_pose, so3_exp
from ...checking.exercise import Case, Diagnosis, Suspect
from ...checking.gradients import gradients_agree
from .common import CAMERA, LATER, RELATIVE, once_shapes_fit, point, random_camera


def cases(g):
    shift = from_rotation(torch.eye(3), torch.tensor([1.0, 2.0, 3.0]))
    quarter = from_rotation(torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), torch.zeros(3))
    above = from_rotation(torch.eye(3), torch.tensor([0.0, 0.0, 1.0]))
    yield Case("a camera at (1, 2, 3), seen from one at (0, 0, 1), neither of them turned", shift, above)
    yield Case("a camera moved by (1, 2, 3), seen from one at the origin", shift, torch.eye(4))
    yield Case("the same camera, seen from one that is turned by 90 degrees", shift, quarter)
    for size in (1e-3, 1e3):
        yield Case(f"two random cameras, all positions times {size:g}", _scaled(random_camera(g), size),
                   _scaled(random_camera(g), size))
    for _ in range(4):
        yield Case("two random cameras", random_camera(g), random_camera(g))


def _scaled(camera, size):
    return from_rotation(camera[:3, :3], size * camera[:3, 3])


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
    Suspect("inverse-returned", lambda c, r: invert(r), "You return the inverse of the reference alone: world-to-"
            "reference. The camera's own matrix comes before it.", RELATIVE),
    Suspect("position-only", both(lambda R, Q: torch.eye(3), lambda R, t, Q, s: Q.T @ (t - s)), "Your position is "
            "right, and the camera is turned by nothing. How it is turned, as the reference sees it, is R_reference^T "
            "R_camera.", RELATIVE),
    Suspect("difference-negated", both(lambda R, Q: Q.T @ R, lambda R, t, Q, s: Q.T @ (s - t)), "Your translation "
            "leads from the camera to the reference. Asked for is where the camera stands: R_reference^T (t_camera - "
            "t_reference).", RELATIVE),
    Suspect("rotation-inverted", both(lambda R, Q: R.T @ Q, lambda R, t, Q, s: Q.T @ (t - s)), "Your position is "
            "right, and your rotation is that of the reference as the camera sees it. Wanted is R_reference^T "
            "R_camera, not R_camera^T R_reference.", RELATIVE),
    Suspect("transposed", lambda c, r: relative_pose(c, r).T, "Your whole result is transposed: the position stands in "
            "its last row. Points are columns here, so it belongs in the last column.", CAMERA),
    Suspect("subtracted", lambda c, r: c - r, "You have subtracted one matrix from the other. Poses are joined and "
            "undone by products and inverses.", RELATIVE),
)


@once_shapes_fit(relative_pose, cases)
def itself_is_the_identity(yours, g):
    """A camera seen from itself is the identity"""
    camera = random_camera(g)
    yours_own = yours(camera, camera)
    if (yours_own[3] - torch.eye(4)[3]).abs().max() > 1e-4:
        raise Diagnosis("last-row", "The last row of a pose is 0, 0, 0, 1.", seen=point(yours_own[3]),
                        expected="(0, 0, 0, 1)", reread=CAMERA)
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
    if (shown := _differ(after, before)) is not None:
        raise Diagnosis("world-matters", "Your relative pose changes when both cameras and the world move together: "
                        f"its {shown[0]} does.", seen=f"{shown[1]} after", expected=f"{shown[2]} as before",
                        reread=RELATIVE)


@once_shapes_fit(relative_pose, cases)
def lead_back(yours, g):
    """The reference and the relative pose together lead back to the camera"""
    camera, reference = random_camera(g), random_camera(g)
    back = reference @ yours(camera, reference).to(reference)
    if (shown := _differ(back, camera)) is not None:
        raise Diagnosis("no-way-back", "From the camera to the reference by your pose, and from there to the world: "
                        f"that does not lead back to the camera. Its {shown[0]} is another.", seen=shown[1],
                        expected=shown[2], reread=RELATIVE)


def _differ(found: torch.Tensor, wanted: torch.Tensor) -> tuple[str, str, str] | None:
    """The column of a pose (4, 4) that differs most: its name, and both as text."""
    off = (found - wanted).abs()[:3].amax(0)
    if off.max() < 1e-3:
        return None
    column = int(off.argmax()) if off[3] < 1e-3 else 3  # where it stands is easier to picture than how it is turned
    name = ("right (first column)", "down (second column)", "forward (third column)", "position")[column]
    return name, point(found[:3, column]), point(wanted[:3, column])


def carry_the_gradient(yours, g):
    """The gradient flows to both cameras"""
    at, seen_from = random_camera(g), random_camera(g)

    def arguments(camera_to_world, reference):
        return tuple(base @ from_rotation(so3_exp(moves[:3]), moves[3:])
                     for base, moves in ((at, camera_to_world), (seen_from, reference)))

    gradients_agree(yours, relative_pose, arguments, {"camera_to_world": 6, "reference": 6}, "relative_pose", LATER)
