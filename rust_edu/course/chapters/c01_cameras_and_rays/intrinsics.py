"""Exercise 01.1, intrinsics: cases, known mistakes, properties."""

import math

import torch
from torch import Tensor

from ....cameras import intrinsics
from ...checking.exercise import Case, Diagnosis, Suspect
from .common import PINHOLE, once_shapes_fit, point, uniform


def cases(g):
    yield Case("a picture of 4 x 6 pixels, 90 degrees wide", 4, 6, math.pi / 2)
    yield Case("a picture of 5 x 7 pixels, as narrow as a telescope's", 5, 7, 0.01)
    yield Case("a picture of 1080 x 1920 pixels, nearly half of all around", 1080, 1920, 3.0)
    for _ in range(5):
        height, width = (torch.randperm(120, generator=g)[:2] + 8).tolist()
        yield Case(f"a picture of {height} x {width} pixels", height, width, float(uniform(g, 1, low=0.3, high=2.4)))


def K_of(focal, x, y, second=None) -> Tensor:
    return torch.tensor([[focal, 0.0, x], [0.0, focal if second is None else second, y], [0.0, 0.0, 1.0]])


def focal_mistake(name: str, focal, what: str) -> Suspect:
    return Suspect(name, lambda H, W, a: K_of(focal(H, W, a), W / 2, H / 2), what, PINHOLE)


def entries(H: int, W: int, a: float) -> tuple[float, float, float]:
    return 0.5 * W / math.tan(0.5 * a), W / 2, H / 2


SUSPECTS = (
    focal_mistake("degrees", lambda H, W, a: 0.5 * W / math.tan(0.5 * math.radians(a)),
                  "Your focal length treats the field of view as degrees, and it comes in radians: no conversion is "
                  "needed."),
    focal_mistake("full-angle", lambda H, W, a: 0.5 * W / math.tan(a),
                  "Your tangent is that of the whole field of view. The right triangle between the middle and the "
                  "edge of the picture has half the angle."),
    focal_mistake("full-width", lambda H, W, a: W / math.tan(0.5 * a),
                  "Your focal length is twice too long: the triangle's side is half the width of the picture, not "
                  "all of it."),
    focal_mistake("vertical", lambda H, W, a: 0.5 * H / math.tan(0.5 * a),
                  "Your field of view spans the height of the picture. Here it is the horizontal angle, which spans "
                  "the width."),
    focal_mistake("fraction", lambda H, W, a: 0.5 / math.tan(0.5 * a),
                  "Your focal length is a fraction of the picture's width. K takes pixels in, so f must be in pixels "
                  "too."),
    focal_mistake("multiplied", lambda H, W, a: 0.5 * W * math.tan(0.5 * a),
                  "Your focal length grows with the field of view: half the width is multiplied by the tangent "
                  "where it should be divided. A wide view is a short focal length."),
    Suspect("half-pixel", lambda H, W, a: K_of(entries(H, W, a)[0], (W - 1) / 2, (H - 1) / 2),
            "Your principal point is half a pixel off. Positions count from the corner of the picture, so its middle "
            "is (W/2, H/2); (W-1)/2 is right only where pixel centres are whole numbers.", PINHOLE),
    Suspect("width-height-swapped", lambda H, W, a: K_of(entries(H, W, a)[0], H / 2, W / 2),
            "Your principal point has its two numbers swapped: x runs along the width, y along the height.", PINHOLE),
    Suspect("width-height-swapped", lambda H, W, a: intrinsics(W, H, a), "Height and width have changed places, in the "
            "focal length and in the principal point. The height comes first, and x runs along the width.", PINHOLE),
    Suspect("inverted", lambda H, W, a: torch.linalg.inv(intrinsics(H, W, a)), "This is the inverse of K: it takes "
            "pixels to directions. K itself takes points to pixels.", PINHOLE),
    focal_mistake("rounded", lambda H, W, a: float(round(entries(H, W, a)[0])), "Your focal length is rounded to whole "
                  "pixels. It is a length like any other, with its fraction."),
    Suspect("not-centred", lambda H, W, a: K_of(entries(H, W, a)[0], 0.0, 0.0),
            "Your principal point is the corner (0, 0). What is straight ahead belongs in the middle of the picture.",
            PINHOLE),
    Suspect("stretched", lambda H, W, a: K_of(*entries(H, W, a), second=0.5 * H / math.tan(0.5 * a)),
            "Your two focal lengths differ. The field of view is the horizontal one; pixels are square, so the same "
            "f serves both axes.", PINHOLE),
    Suspect("y-flipped", lambda H, W, a: K_of(*entries(H, W, a), second=-entries(H, W, a)[0]),
            "Your second focal length is negative, as for a camera whose y axis points up. Here y points down, in "
            "the picture and in the camera.", PINHOLE),
    focal_mistake("small-angle", lambda H, W, a: W / a, "Your focal length is the width divided by the angle. That is "
                  "right for small angles only, where the tangent is the angle itself."),
    Suspect("whole-pixels", lambda H, W, a: K_of(entries(H, W, a)[0], float(W // 2), float(H // 2)), "You divide with "
            "`//`, which drops the half: the middle of a picture of 7 columns is at 3.5.", PINHOLE),
    Suspect("whole-pixels", lambda H, W, a: K_of(W // 2 / math.tan(0.5 * a), float(W // 2), float(H // 2)), "You "
            "divide with `//`, which drops the half: the middle of a picture of 7 columns is at 3.5.", PINHOLE),
    Suspect("transposed", lambda H, W, a: K_of(*entries(H, W, a)).T,
            "Your K is transposed: the principal point stands in the last column, and the last row is 0, 0, 1.",
            PINHOLE),
)


@once_shapes_fit(intrinsics, cases)
def layout_of_K(yours, g):
    """K is laid out as f, f, and the middle of the picture"""
    for case in cases(g):
        (H, W, _), K = case.args, yours(*case.args).double()
        if K[[0, 1, 2, 2], [1, 0, 0, 1]].abs().max() > 1e-6 or abs(K[2, 2] - 1) > 1e-6:
            raise Diagnosis("layout", "Something stands where K has its zeros, or its last number is not 1.",
                            seen=f"K = {[[round(v, 3) for v in row] for row in K.tolist()]}",
                            expected="[[f, 0, W/2], [0, f, H/2], [0, 0, 1]]", reread=PINHOLE)
        if (K[:2, 2] - torch.tensor([W / 2, H / 2]).double()).abs().max() > 1e-4 * W:
            raise Diagnosis("principal-point", f"What is straight ahead does not land in the middle of {case.name}.",
                            seen=f"at pixel position {point(K[:2, 2])}", expected=f"({W / 2:g}, {H / 2:g})",
                            reread=PINHOLE)


@once_shapes_fit(intrinsics, cases)
def the_edge_is_at_half_the_angle(yours, g):
    """The picture's edges stand at half the field of view"""
    for case in cases(g):
        (_, W, angle), K = case.args, yours(*case.args).double()
        if (K[0, 0] - K[1, 1]).abs() > 1e-3 * K[0, 0].abs():
            raise Diagnosis("not-square", "Your two focal lengths differ, so a square would be drawn as a rectangle.",
                            seen=f"{K[0, 0]:.4g} and {K[1, 1]:.4g}", expected="the same f twice", reread=PINHOLE)
        spanned = 2 * math.degrees(math.atan2(W / 2, float(K[0, 0])))
        if abs(spanned - math.degrees(angle)) > 1e-3 * math.degrees(angle):
            raise Diagnosis("field-of-view", f"With your focal length {case.name} spans another angle than was asked "
                            "for. Draw the right triangle: half the width across from half the angle, f beside it.",
                            seen=f"{spanned:.4g} degrees", expected=f"{math.degrees(angle):.4g} degrees",
                            reread=PINHOLE)
