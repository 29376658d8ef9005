"""Exercise 06.1, cameras that are a little wrong: the reference, cases, known mistakes, properties."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from ....cameras import from_rotation, invert, so3_exp
from ...checking.exercise import Case, Diagnosis, Suspect

NOISE = "How wrong is a camera"


def noisy_cameras(camera_to_world: Tensor, twist: Tensor, sigma: float) -> Tensor:
    """Cameras (..., 4, 4), each turned and moved in its own frame by sigma times its twist (..., 6)."""
    return camera_to_world @ motion(sigma * twist)


def motion(twist: Tensor) -> Tensor:
    """(..., 4, 4): a rotation vector in radians and a translation, together (..., 6)."""
    return from_rotation(so3_exp(twist[..., :3]), twist[..., 3:])


def random_cameras(g: Generator, *shape: int) -> Tensor:
    """Cameras (..., 4, 4) that stand and look anywhere."""
    return motion(2.0 * torch.randn(*shape, 6, generator=g))


def cases(g: Generator) -> Iterator[Case]:
    yield Case("a quarter turn about the camera's z axis, and a step along its x axis", torch.eye(4)[None],
               torch.tensor([[0.0, 0.0, torch.pi / 2, 3.0, 0.0, 0.0]]), 1.0)
    yield Case("a camera away from the origin, turned about its y axis", random_cameras(g, 1),
               torch.tensor([[0.0, 2.0, 0.0, 0.0, 0.0, 0.0]]), 0.5)
    far = random_cameras(g, 1)
    far[0, :3, 3] = torch.tensor([30.0, -20.0, 15.0])
    yield Case("a camera 39 units away, turned by 5 radians", far, torch.tensor([[3.0, 4, 0, 1, 2, -12]]), 1.0
               ).asking("A turn may be more than half a turn, and a camera may stand anywhere: nothing is cut off.")
    some = torch.randn(3, 6, generator=g)
    some[1] = 0.0
    yield Case("three cameras, the second with a twist of zeros", random_cameras(g, 3), some, 0.7)
    for shape, sigma in (((2, 4), 0.6), ((5,), 1.1), ((3, 2), 0.1), ((4,), 0.0)):
        yield Case(f"cameras {(*shape, 4, 4)}, sigma = {sigma:g}", random_cameras(g, *shape),
                   torch.randn(*shape, 6, generator=g), sigma)


def _noise(*, turn: Callable = so3_exp, scale: Callable = lambda twist, sigma: sigma * twist,
           apply: Callable = lambda camera, moved: camera @ moved) -> Callable:
    """noisy_cameras with another rotation from a vector, another scale, or applied elsewhere."""

    def mistaken(camera_to_world: Tensor, twist: Tensor, sigma: float) -> Tensor:
        scaled = scale(twist, sigma)
        return apply(camera_to_world, from_rotation(turn(scaled[..., :3]), scaled[..., 3:]))

    return mistaken


def _skew(vector: Tensor) -> Tensor:
    x, y, z = vector.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))


def _axes(vector: Tensor, order: str) -> Tensor:
    """Turns about x, y and z, one after the other, multiplied in an order such as "xyz"."""
    turns = {name: so3_exp(vector * axis) for name, axis in zip("xyz", torch.eye(3))}
    return turns[order[0]] @ turns[order[1]] @ turns[order[2]]


def _screw(camera: Tensor, moved: Tensor, scaled: Tensor) -> Tensor:
    """The exponential of se(3): the camera moves along a screw while it turns."""
    generator = torch.zeros(*scaled.shape[:-1], 4, 4)
    generator[..., :3, :3], generator[..., :3, 3] = _skew(scaled[..., :3]), scaled[..., 3:]
    return camera @ torch.linalg.matrix_exp(generator)


def _of_parts(rotation: Callable, place: Callable) -> Callable:
    """What becomes of R and of t: each from (R, t, dR, dt)."""

    def apply(camera: Tensor, moved: Tensor) -> Tensor:
        pieces = camera[..., :3, :3], camera[..., :3, 3], moved[..., :3, :3], moved[..., :3, 3]
        return from_rotation(rotation(*pieces), place(*pieces))

    return apply


def _own_place(R, t, dR, dt):
    return t + (R @ dt[..., None])[..., 0]


def _rodrigues_unguarded(vector: Tensor) -> Tensor:
    angle = vector.norm(dim=-1, keepdim=True)
    axis, angle = _skew(vector / angle), angle[..., None]
    return torch.eye(3) + angle.sin() * axis + (1.0 - angle.cos()) * axis @ axis


def _first_of_all(twist: Tensor, sigma: float) -> Tensor:
    return sigma * twist.reshape(-1, 6)[0].expand_as(twist)


def _only(first: float, last: float) -> Callable:
    def scale(twist: Tensor, sigma: float) -> Tensor:
        return torch.cat([(sigma if first else 1.0) * twist[..., :3], (sigma if last else 1.0) * twist[..., 3:]], -1)

    return scale


ZERO = ("Where the rotation vector is zero, your camera holds NaN: you divide by an angle that is 0. Divide by "
        "`angle.clamp(min=1e-8)`; the sine is 0 there anyway.")
SUSPECTS = (
    Suspect("world-side", _noise(apply=lambda c, m: m @ c), "The motion stands on the left, so it happens in the "
            "world's frame: the camera swings around the world's origin. Here it turns where it stands: "
            "camera_to_world @ motion.", NOISE),
    Suspect("translation-in-world", _noise(apply=_of_parts(lambda R, t, dR, dt: R @ dR, lambda R, t, dR, dt: t + dt)),
            "The rotation is right. The translation is added to t as it is, along the world's axes. It is given along "
            "the camera's own: R has to turn it.", NOISE),
    Suspect("rotation-in-world", _noise(apply=_of_parts(lambda R, t, dR, dt: dR @ R, _own_place)), "The step is right. "
            "The rotation stands on the left of R, so it turns about the world's axes. On the right it turns about the "
            "camera's own.", NOISE),
    Suspect("axes-of-the-world", _noise(apply=_of_parts(lambda R, t, dR, dt: dR @ R, lambda R, t, dR, dt: t + dt)),
            "Both parts are along the world's axes: the rotation on the left of R, the translation added to t. Both "
            "are given in the camera's frame: camera_to_world @ motion does it all at once.", NOISE),
    Suspect("parts-swapped", _noise(scale=lambda w, s: s * w.roll(3, -1)), "The twist is read the wrong way round. "
            "Its first three numbers are the rotation vector, the last three the translation.", NOISE),
    Suspect("degrees", _noise(turn=lambda v: so3_exp(torch.deg2rad(v))), "You turn by degrees: the rotation vector was "
            "put through deg2rad. Sigma is in radians already.", NOISE),
    Suspect("degrees", _noise(turn=lambda v: so3_exp(torch.rad2deg(v))), "The rotation vector was put through "
            "rad2deg. Sine and cosine want radians, and sigma is in radians already.", NOISE),
    Suspect("small-angles", _noise(turn=lambda v: torch.eye(3) + _skew(v)), "Your rotation is I + [ω]×, which is right "
            "only for very small angles: it is no rotation, it stretches. Take the exponential, or Rodrigues' "
            "formula.", NOISE),
    Suspect("noise-on-entries", _noise(apply=_of_parts(lambda R, t, dR, dt: R + dR - torch.eye(3), _own_place),
                                       turn=lambda v: torch.eye(3) + _skew(v)), "The noise is added to the entries of "
            "R. The sum is no rotation any more: a camera may turn, its picture may not be stretched.", NOISE),
    Suspect("turned-back", _noise(turn=lambda v: so3_exp(-v)), "Your cameras turn the other way: [ω]× has its signs "
            "swapped, or the rotation is transposed. [ω]× v is the cross product of ω and v.", NOISE),
    Suspect("inverse", _noise(apply=lambda c, m: c @ invert(m)), "This is the inverse of the motion.", NOISE),
    Suspect("screw", lambda c, w, s: _screw(c, None, s * w), "You take the exponential of all six numbers together, "
            "the one of SE(3): the step is bent along the turn. Here the two are apart: rotation from the first three, "
            "translation as it is.", NOISE),
    *(Suspect("one-axis-after-another", _noise(turn=lambda v, order=order: _axes(v, order)), "You turn about x, y and "
              "z one after the other. The three numbers are *one* rotation, about the axis ω, by the angle |ω|.", NOISE)
      for order in ("xyz", "zyx")),
    Suspect("angle-forgotten", _noise(turn=lambda v: so3_exp(torch.nn.functional.normalize(v, dim=-1))), "Every camera "
            "turns by one radian, whatever its twist: the axis was made a unit vector, and the angle is lost.", NOISE),
    Suspect("zero-over-zero", _noise(turn=_rodrigues_unguarded), ZERO, NOISE),
    Suspect("zero-over-zero", _noise(turn=_rodrigues_unguarded, apply=_of_parts(lambda R, t, dR, dt: R @ dR,
                                                                                _own_place)), ZERO, NOISE),
    Suspect("sigma-ignored", _noise(scale=lambda w, s: w), "`sigma` has no effect. The motion is sigma times the "
            "twist.", NOISE),
    Suspect("sigma-squared", _noise(scale=lambda w, s: s * s * w), "The twist is scaled by sigma², the variance. "
            "Sigma is the standard deviation: it is the factor itself.", NOISE),
    Suspect("sigma-on-one-part", _noise(scale=_only(1, 0)), "Sigma scales the rotation and not the translation. It is "
            "a factor of all six numbers.", NOISE),
    Suspect("sigma-on-one-part", _noise(scale=_only(0, 1)), "Sigma scales the translation and not the rotation. It is "
            "a factor of all six numbers.", NOISE),
    Suspect("no-rotation-noise", _noise(turn=lambda v: so3_exp(0.0 * v)), "The cameras move but never turn. The first "
            "three numbers of the twist are a rotation vector.", NOISE),
    Suspect("no-translation-noise", _noise(scale=lambda w, s: s * w * torch.tensor([1.0, 1, 1, 0, 0, 0])),
            "The cameras turn but never move. The last three numbers of the twist are a translation.", NOISE),
    Suspect("one-twist-for-all", _noise(scale=_first_of_all), "All cameras get the first twist. Each has one of its "
            "own.", NOISE),
    Suspect("the-motion-alone", lambda c, w, s: motion(s * w), "This is the motion alone. It still has to move the "
            "camera: camera_to_world @ motion.", NOISE),
)


def still_a_camera(yours: Callable, g: Generator) -> None:
    """What comes out is a camera: a rotation, a place, and a last row of 0 0 0 1"""
    result = yours(random_cameras(g, 6), torch.randn(6, 6, generator=g), 0.8)
    if result.shape != (6, 4, 4):
        return
    R = result[:, :3, :3].double()
    stretched = (R.mT @ R - torch.eye(3).double()).abs().amax((1, 2))
    if not stretched.max() < 1e-3:
        worst = int(stretched.nan_to_num(1e9).argmax())
        lengths = ", ".join(f"{n:.3f}" for n in R[worst].norm(dim=0).tolist())
        raise Diagnosis("no-rotation", "The upper left 3 x 3 block of your camera is no rotation: its columns should "
                        "have length 1 and be at right angles.", seen=f"columns of lengths {lengths}",
                        expected="1.000, 1.000, 1.000", reread=NOISE)
    if (result[:, 3] - torch.tensor([0.0, 0.0, 0.0, 1.0])).abs().max() > 1e-4:
        raise Diagnosis("last-row", "The last row of a camera is 0 0 0 1, also of a noisy one.",
                        seen=" ".join(f"{n:.2f}" for n in result[0, 3].tolist()), expected="0 0 0 1", reread=NOISE)


def a_step_and_a_turn(yours: Callable, g: Generator) -> None:
    """It is right for a step alone, for a turn alone, for both, and for cameras that stand elsewhere"""
    step, turn = torch.randn(3, generator=g), torch.nn.functional.normalize(torch.randn(3, generator=g), dim=0)
    still, at, elsewhere = torch.zeros(3), torch.eye(4)[None], random_cameras(g, 1)
    for name, camera, twist, sigma, what in (
            ("step-alone", at, torch.cat([still, step]), 1.0, "A camera at the origin, a twist that is a step alone, "
             "and sigma 1: it stands where the last three numbers say."),
            ("turn-alone", at, torch.cat([1.2 * turn, still]), 1.0, "A camera at the origin, a twist that is a turn "
             "alone, by 1.2 radians, and sigma 1."),
            ("turn-and-step", at, torch.cat([1.2 * turn, step]), 1.0, "Turn and step are right, each alone. Together "
             "they should be the same turn and the same step: neither changes the other."),
            ("small-sigma", at, torch.cat([1.2 * turn, step]), 0.05, "It is right with sigma 1. With sigma 0.05 turn "
             "and step are a twentieth."),
            ("camera-elsewhere", elsewhere, torch.cat([1.2 * turn, step]), 1.0, "It is right for a camera at the "
             "origin, and not for one that stands and looks elsewhere.")):
        result, wanted = yours(camera, twist[None], sigma), noisy_cameras(camera, twist[None], sigma)
        if result.shape != (1, 4, 4):
            return
        if not torch.allclose(result.float(), wanted, atol=1e-3):
            raise Diagnosis(name, f"Here is the simplest case that is wrong. {what}", seen=_pose(camera, result),
                            expected=_pose(camera, wanted), reread=NOISE)
    cameras, twist = random_cameras(g, 4), torch.randn(4, 6, generator=g)
    result, wanted = yours(cameras, twist, 0.5), noisy_cameras(cameras, twist, 0.5)
    if result.shape == wanted.shape and not torch.allclose(result.float(), wanted, atol=1e-3):
        n = int((result - wanted).abs().amax((1, 2)).argmax())
        raise Diagnosis("one-of-many", f"Each camera alone is right. Of four at once camera {n} is not.",
                        seen=_pose(cameras[n], result[n]), expected=_pose(cameras[n], wanted[n]), reread=NOISE)


def a_small_turn_is_a_turn(yours: Callable, g: Generator) -> None:
    """A turn may be as small as it likes, and is still the right one"""
    axis = torch.nn.functional.normalize(torch.randn(3, generator=g), dim=0)
    for angle in (0.1, 0.02, 0.005):
        twist = torch.cat([angle / 0.005 * axis, torch.zeros(3)])[None]
        result, wanted = yours(torch.eye(4)[None], twist, 0.005), noisy_cameras(torch.eye(4)[None], twist, 0.005)
        if result.shape != wanted.shape:
            return
        a, b = (R[0, :3, :3].double() - R[0, :3, :3].double().mT for R in (result, wanted))  # small, and still exact
        if (a - b).norm() > 3e-4 * b.norm():
            turns = [f"{R.norm().item() / 8**0.5:.6f}" for R in (a, b)]
            raise Diagnosis("small-turns", f"A twist times sigma that turns by {angle:g} radians does not come out as "
                            "it should. A small angle is an angle like others: it is not rounded away, and has no "
                            "smallest value. Only a division by exactly 0 needs care, and 1e-8 is enough for it.",
                            seen=f"a turn whose sine is {turns[0]}", expected=turns[1], reread=NOISE)


def _pose(before: Tensor, after: Tensor) -> str:
    """By how much a camera has turned, in its own frame, and where it stands."""
    change = (invert(before) @ after.float()).reshape(4, 4)
    angle = ((change[:3, :3].trace() - 1) / 2).clamp(-1, 1).acos()
    place = ", ".join(f"{number:.3f}" for number in after.reshape(4, 4)[:3, 3].tolist())
    axis = torch.stack([change[2, 1] - change[1, 2], change[0, 2] - change[2, 0], change[1, 0] - change[0, 1]])
    about = ", ".join(f"{n:.2f}" for n in torch.nn.functional.normalize(axis, dim=0).tolist())
    turned = f"turned by {angle:.3f} about ({about})" if angle > 1e-3 else "not turned"
    return f"{turned}, at ({place})"


def each_camera_has_its_own(yours: Callable, g: Generator) -> None:
    """Another twist for one camera leaves the others where they are"""
    cameras, twist = random_cameras(g, 3), torch.randn(3, 6, generator=g)
    other = twist.clone()
    other[1] = torch.randn(6, generator=g)
    a, b = yours(cameras, twist, 0.5), yours(cameras, other, 0.5)
    if a.shape == b.shape == (3, 4, 4) and (a - b)[[0, 2]].abs().max() > 1e-5:
        raise Diagnosis("cameras-mixed", "Only the twist of camera 1 changes, and another camera moves.",
                        seen=f"a change of {(a - b)[[0, 2]].abs().max():.2g}", expected="no change", reread=NOISE)


def the_world_does_not_matter(yours: Callable, g: Generator) -> None:
    """Noise is the camera's own: move the whole world, and the noisy cameras move with it"""
    cameras, twist, move = random_cameras(g, 4), torch.randn(4, 6, generator=g), random_cameras(g)
    a, b = (yours(c, twist, 0.5).float() for c in (cameras, move @ cameras))
    a = move @ a if a.shape == (4, 4, 4) else a
    if a.shape == b.shape == (4, 4, 4) and not torch.allclose(a, b, atol=1e-3):
        raise Diagnosis("world-matters", "All cameras move together with the world, and your noise becomes another "
                        "one. It is told in each camera's own frame, so the world has no say.",
                        seen=f"entries that differ by up to {(a - b).abs().max():.2g}", expected="the same, moved",
                        reread=NOISE)
