"""Exercise 01.3, pixel rays: cases, known mistakes, properties."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from .... import cameras
from ....cameras import from_rotation, invert
from ...checking.exercise import Case, Diagnosis, Suspect
from ...checking.gradients import gradients_agree
from .common import CAMERA, LATER, PINHOLE, RAYS, once_shapes_fit, point, random_camera, uniform


def cases(g):
    K = torch.tensor([[2.0, 0.0, 2.0], [0.0, 2.0, 1.5], [0.0, 0.0, 1.0]])
    yield Case("the middle and a corner of a picture, camera at the origin", torch.eye(4), K,
               torch.tensor([[2.0, 1.5], [0.0, 0.0]]))
    yield Case("the same pixels, camera moved to (1, 2, 3)",
               from_rotation(torch.eye(3), torch.tensor([1.0, 2.0, 3.0])), K, torch.tensor([[2.0, 1.5], [0.0, 0.0]]))
    K = torch.tensor([[0.9, 0.0, 0.5], [0.0, 1.2, 0.4], [0.0, 0.0, 1.0]])
    yield Case("positions outside of the picture, left, right, above and below", random_camera(g), K,
               torch.tensor([[-3.0, 0.2], [5.0, 0.7], [0.3, -2.0], [0.1, 4.0]]))
    K = torch.tensor([[9000.0, 0.0, 960.0], [0.0, 8000.0, 540.0], [0.0, 0.0, 1.0]])
    yield Case("a telescope: focal lengths of thousands of pixels", random_camera(g), K, 1000 * uniform(g, 4, 2))
    for count in (1, 7, 7, 3):
        focal, centre = uniform(g, 2, low=15.0, high=40.0), uniform(g, 2, low=10.0, high=20.0)
        K = torch.tensor([[focal[0], 0.0, centre[0]], [0.0, focal[1], centre[1]], [0.0, 0.0, 1.0]])
        yield Case("a random camera with two focal lengths", random_camera(g), K, 32.0 * uniform(g, count, 2))


def camera_axes(*signs: float):
    return lambda c, K, p: cameras.pixel_rays(c * torch.tensor([*signs, 1.0]), K, p)


def raw_rays(c, K, p) -> Tensor:
    """Directions in the camera's frame, at depth 1."""
    return torch.cat([(p - K[:2, 2]) / K[[0, 1], [0, 1]], torch.ones(len(p), 1)], -1)


def in_world(c: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    directions = normalize(directions @ c[:3, :3].T, dim=-1)
    return c[:3, 3].expand_as(directions), directions


def other_K(change):
    return lambda c, K, p: cameras.pixel_rays(c, change(K.clone()), p)


def _uncentred(K):
    K[:2, 2] = 0.0
    return K


def _without_focal(K):
    K[0, 0] = K[1, 1] = 1.0
    return K


def _one_focal(K):
    K[1, 1] = K[0, 0]
    return K


def _focal_swapped(K):
    K[0, 0], K[1, 1] = K[1, 1].clone(), K[0, 0].clone()
    return K


def _one_centre(K):
    K[1, 2] = K[0, 2]
    return K


def by_norms(length):
    """Directions over another length than their own."""
    def mistake(c, K, p):
        directions = raw_rays(c, K, p) @ c[:3, :3].T
        return c[:3, 3].expand_as(directions), directions / length(directions)
    return mistake


def homogeneous(p: Tensor) -> Tensor:
    return torch.cat([p, torch.ones(len(p), 1)], -1)


SUSPECTS = (
    Suspect("world-to-camera", lambda c, K, p: cameras.pixel_rays(invert(c), K, p),
            "These are the rays of the inverse matrix: world-to-camera where camera-to-world was given.", CAMERA),
    Suspect("rotation-transposed", lambda c, K, p: (c[:3, 3].expand(len(p), 3), in_world(
        from_rotation(c[:3, :3].T, c[:3, 3]), raw_rays(c, K, p))[1]),
            "Your directions are turned by R^T instead of R. For directions in rows that reads `directions @ R.T`; "
            "`directions @ R` turns them the other way.", RAYS),
    Suspect("not-turned", lambda c, K, p: (c[:3, 3].expand(len(p), 3), normalize(raw_rays(c, K, p), dim=-1)),
            "Your directions are those in the camera's frame. The world wants them turned by R.", RAYS),
    Suspect("y-flipped", camera_axes(1, -1, 1), "Your rays look up where the pixel is in the lower half of the picture."
            " Rows are counted downwards, and the camera's y axis points down: no minus sign.", RAYS),
    Suspect("z-backward", camera_axes(1, 1, -1), "Your rays leave through the back of the camera: z points forward, "
            "so the third number is +1.", RAYS),
    Suspect("y-up-z-backward", camera_axes(1, -1, -1), "These are rays of a camera with the axes of OpenGL, right, up, "
            "backward: (x, -y, -1). Here it is (x, y, 1).", RAYS),
    Suspect("not-unit", lambda c, K, p: (c[:3, 3].expand(len(p), 3), raw_rays(c, K, p) @ c[:3, :3].T),
            "Your ray directions point the right way and are not of length 1.", RAYS),
    Suspect("half-pixel", lambda c, K, p: cameras.pixel_rays(c, K, p + 0.5),
            "Your rays pass half a pixel to the right of and below the given positions. Positions already are centres, "
            "such as (0.5, 0.5): add nothing.", PINHOLE),
    Suspect("half-pixel", lambda c, K, p: cameras.pixel_rays(c, K, p - 0.5),
            "Your rays pass half a pixel to the left of and above the given positions. Positions and the principal "
            "point both count from the corner: take nothing away.", PINHOLE),
    Suspect("x-y-swapped", lambda c, K, p: cameras.pixel_rays(c, K, p.flip(-1)),
            "Your rays take the first number of a position as the row. Positions are (x, y): column first.", PINHOLE),
    Suspect("not-centred", other_K(_uncentred), "Your rays forget the principal point: (x - c_x) / f, and so for y."
            " Entries are K[row, column]: c_x is K[0, 2] and c_y is K[1, 2], while K[2, 0] and K[2, 1] are 0.", RAYS),
    Suspect("no-focal-length", other_K(_without_focal), "Your rays do not depend on the focal length: pixels over f, "
            "not pixels, are compared with a depth of 1.", RAYS),
    Suspect("one-focal-length", other_K(_one_focal), "Your rays use the first focal length for y too. K may have two: "
            "f_x = K[0, 0] and f_y = K[1, 1].", RAYS),
    Suspect("focal-lengths-swapped", other_K(_focal_swapped), "The two focal lengths have changed places: f_x = K[0, "
            "0] goes with x, f_y = K[1, 1] with y.", RAYS),
    Suspect("one-centre", other_K(_one_centre), "Your rays use the principal point's x for y too. They are two "
            "numbers: c_x = K[0, 2] and c_y = K[1, 2].", RAYS),
    Suspect("K-not-inverted", lambda c, K, p: in_world(c, homogeneous(p) @ K.T),
            "Your directions are K (x, y, 1). K takes directions to pixels; the way back is its inverse.", RAYS),
    Suspect("K-not-transposed", lambda c, K, p: in_world(c, homogeneous(p) @ torch.linalg.inv(K)),
            "The inverse of K lacks a transpose. For positions in rows, K^-1 (x, y, 1) reads "
            "`pixels_h @ torch.linalg.inv(K).T`.", RAYS),
    Suspect("multiplied", lambda c, K, p: in_world(c, homogeneous((p - K[:2, 2]) * K[[0, 1], [0, 1]])),
            "You multiply by the focal length. It takes directions to pixels by a product; the way back divides: "
            "(x - c_x) / f_x.", RAYS),
    Suspect("norm-of-columns", by_norms(lambda d: d.norm(dim=0)), "Your lengths are taken down the columns, over all "
            "rays at once. Each row is a direction: `directions.norm(dim=-1, keepdim=True)`.", RAYS),
    Suspect("norm-of-all", by_norms(lambda d: d.norm()), "You divide by one length for all rays together. Each row is "
            "a direction with a length of its own: `directions.norm(dim=-1, keepdim=True)`.", RAYS),
    Suspect("whole-pixels", lambda c, K, p: cameras.pixel_rays(c, K, p.floor()), "You round positions down to whole "
            "pixels. A position is where the ray passes, with its fraction: use `pixels` as they come.", PINHOLE),
    Suspect("inside-the-picture", lambda c, K, p: cameras.pixel_rays(c, K, p.clamp(min=0)), "You move positions below "
            "0 to the edge of the picture. A ray passes wherever it is asked to.", RAYS),
    Suspect("swapped", lambda c, K, p: cameras.pixel_rays(c, K, p)[::-1], "You return the directions first. Asked for "
            "are the origins, then the directions.", RAYS),
    Suspect("points-for-directions", lambda c, K, p: (c[:3, 3].expand(len(p), 3), normalize(
        raw_rays(c, K, p) @ c[:3, :3].T + c[:3, 3], dim=-1)),
            "The translation has got into your directions. A direction is the difference of two points, so t drops "
            "out: turn it with R only.", RAYS),
    Suspect("origin-at-zero", lambda c, K, p: (torch.zeros(len(p), 3), cameras.pixel_rays(c, K, p)[1]),
            "Your rays start at the world's origin. They start where the camera stands: t, the last column.", RAYS),
)


@once_shapes_fit(cameras.pixel_rays, cases)
def start_at_the_camera(yours, g):
    """All rays start where the camera stands"""
    for case in cases(g):
        origins, _ = yours(*case.args)
        if (origins - case.args[0][:3, 3]).abs().max() > 1e-4:
            raise Diagnosis("origin", f"Your rays do not start where the camera stands, for {case.name}.",
                            seen=f"an origin at {point(origins[0])}", expected=point(case.args[0][:3, 3]), reread=RAYS)


@once_shapes_fit(cameras.pixel_rays, cases)
def unit_length(yours, g):
    """Directions have length 1"""
    for case in cases(g):
        lengths = yours(*case.args)[1].norm(dim=-1)
        worst = int((lengths - 1).abs().argmax())
        if (lengths[worst] - 1).abs() > 1e-4:
            raise Diagnosis("not-of-length-1", f"Your ray directions are not of length 1, for {case.name}.",
                            seen=f"a length of {lengths[worst]:.6g}", expected="1", reread=RAYS)


@once_shapes_fit(cameras.pixel_rays, cases)
def return_to_their_pixels(yours, g):
    """A point on a ray is seen in the ray's own pixel"""
    for case in cases(g):
        (camera, K, pixels), (origins, directions) = case.args, yours(*case.args)
        local = ((origins + 3.0 * directions).to(camera) - camera[:3, 3]) @ camera[:3, :3]
        if (local[:, 2] <= 0).any():
            raise Diagnosis("backward", f"Some of your rays leave through the back of the camera, for {case.name}.",
                            seen=f"depth {float(local[:, 2].min()):.2f} after 3 units", expected="a depth above 0",
                            reread=RAYS)
        seen = (local @ K.T)[:, :2] / local[:, 2:]
        off = (seen - pixels).norm(dim=-1)
        if off.max() > 0.01 * max(1.0, float(K[0, 0]) / 100):
            n = int(off.argmax())
            raise Diagnosis("another-pixel", "A point on your ray is seen in another pixel than the ray's own, for "
                            f"{case.name}.", seen=f"the ray of {point(pixels[n])} is seen at {point(seen[n])}",
                            expected=point(pixels[n]), reread=RAYS)


def carry_the_gradient(yours, g):
    """The gradient flows to the camera, to K and to the pixels"""
    base, at = random_camera(g), 32.0 * uniform(g, 5, 2)
    f = torch.tensor([30.0, 25.0])

    def arguments(camera_to_world, K, pixels):
        pinhole = torch.cat([torch.cat([torch.diag(f * (1 + K[:2])), 16.0 * (1 + K[2:])[:, None]], 1),
                             torch.tensor([[0.0, 0.0, 1.0]])])
        return base @ from_rotation(cameras.so3_exp(camera_to_world[:3]), camera_to_world[3:]), pinhole, \
            at + pixels.view(5, 2)

    gradients_agree(yours, cameras.pixel_rays, arguments, {"camera_to_world": 6, "K": 4, "pixels": 10}, "pixel_rays",
                    LATER)
