"""Exercise 02.6, the nearest input view: cases, known mistakes, properties."""

import torch
from torch import Generator, Tensor

from ....cameras import from_rotation, invert, look_at, so3_exp
from ...checking.exercise import Case, Diagnosis, Suspect
from .common import BAR, a_tensor, pictures


def nearest_view(images: Tensor, cameras: Tensor, target_cameras: Tensor) -> Tensor:
    """Input pictures (B, V, H, W, 3) -> for each target (B, T, H, W, 3) the one whose camera stands nearest."""
    return choose(lambda c, t: gaps(position(t), position(c)))(images, cameras, target_cameras)


def position(cameras: Tensor) -> Tensor:
    return cameras[..., :3, 3]


def gaps(targets: Tensor, inputs: Tensor) -> Tensor:
    """Distances (B, T, V) of points (B, T, n) and (B, V, n)."""
    return (targets[:, :, None] - inputs[:, None]).norm(dim=-1)


def choose(cost):
    """The input picture of the least cost (B, T, V), which is computed from the cameras of inputs and targets."""
    def predictor(images, cameras, target_cameras):
        best = cost(cameras, target_cameras).argmin(-1)
        return images[torch.arange(len(images))[:, None], best]
    return predictor


def random_cameras(g: Generator, B: int, V: int) -> Tensor:
    """Cameras (B, V, 4, 4) anywhere around the origin, which look at a place near it, most of them tilted."""
    at = torch.randn(B, V, 3, generator=g)
    at = at / at.norm(dim=-1, keepdim=True) * (2 + 3 * torch.rand(B, V, 1, generator=g))
    tilt = torch.zeros(B, V, 3)
    tilt[..., 2] = torch.randn(B, V, generator=g)
    return look_at(at, torch.randn(B, V, 3, generator=g)) @ from_rotation(so3_exp(tilt), torch.zeros(B, V, 3))


def cases(g):
    at = torch.tensor([[[0.0, 0.0, 0.0], [4.0, 0.0, 0.0]]])
    shades = torch.tensor([0.2, 0.6]).view(1, 2, 1, 1, 1).expand(1, 2, 1, 2, 3)
    yield Case("inputs at x = 0 and x = 4, targets at 3, 1 and "
               "5", shades, from_rotation(torch.eye(3).expand(1, 2, 3, 3), at),
               from_rotation(torch.eye(3).expand(1, 3, 3, 3), torch.tensor([[[3.0, 0, 0], [1.0, 0, 0], [5.0, 0, 0]]])))
    for size in (1e-3, 1e3):
        inputs, asked = random_cameras(g, 3, 4), random_cameras(g, 3, 4)
        inputs[..., :3, 3] *= size
        asked[..., :3, 3] *= size
        yield Case(f"all positions times {size:g}", 3 * torch.randn(3, 4, 2, 4, 3, generator=g), inputs, asked).asking(
            "Worlds may be small or large, and pictures hold any numbers: nothing is rounded, cut off or added.")
    for B, V, T in ((2, 3, 5), (4, 5, 4), (3, 4, 4), (5, 3, 1), (1, 6, 6)):
        yield Case(f"{B} scenes with {V} inputs and {T} targets", pictures(g, B, V, 2, 4), random_cameras(g, B, V),
                   random_cameras(g, B, T))


def _number(which):
    """The input whose number `which(T, V)` says, for each target."""
    def predictor(images, cameras, target_cameras):
        return images[:, which(target_cameras.shape[1], images.shape[1])]
    return predictor


def _one_for_all(images, cameras, target_cameras):
    best = gaps(position(target_cameras), position(cameras)).sum(1).argmin(-1)
    return images[torch.arange(len(images)), best][:, None].expand(-1, target_cameras.shape[1], -1, -1, -1)


def _first_scene(images, cameras, target_cameras):
    return images[:, gaps(position(target_cameras), position(cameras)).argmin(-1)[0]]


def _choices_of_all(images, cameras, target_cameras):
    return images[:, gaps(position(target_cameras), position(cameras)).argmin(-1)]


def _pictures_of_first_scene(images, cameras, target_cameras):
    return images[0][gaps(position(target_cameras), position(cameras)).argmin(-1)]


def _wrong_axis(images, cameras, target_cameras):
    best = gaps(position(target_cameras), position(cameras)).argmin(1)
    return images[torch.arange(len(images))[:, None], best]


def _blend(weights):
    def predictor(images, cameras, target_cameras):
        w = weights(gaps(position(target_cameras), position(cameras)))
        return torch.einsum("btv,bvhwc->bthwc", w / w.sum(-1, keepdim=True), images)
    return predictor


def angles(t: Tensor, c: Tensor) -> Tensor:
    """How far apart two rotations are, as a number that grows with the angle."""
    return -torch.einsum("btij,bvij->btv", t[..., :3, :3], c[..., :3, :3])


def part(take):
    return choose(lambda c, t: gaps(take(t), take(c)))


NUMBER = ("Which picture you take does not depend on where the cameras stand. The position is `camera[..., :3, 3]`, "
          "the last *column*; the last row is the same for every camera.")
TURNED = ("You compare which way the cameras look, not where they stand. Two cameras side by side may be turned, and "
          "two far apart may look the same way.")
SUSPECTS = (
    Suspect("by-number", _number(lambda T, V: torch.zeros(T, dtype=torch.long)), NUMBER, BAR),
    Suspect("by-number", _number(lambda T, V: torch.full((T,), V - 1)), NUMBER, BAR),
    Suspect("by-number", _number(lambda T, V: torch.arange(T) % V), NUMBER, BAR),
    Suspect("by-number", _number(lambda T, V: torch.arange(T).clamp(max=V - 1)), NUMBER, BAR),
    Suspect("by-rotation", choose(lambda c, t: angles(t, c)), TURNED, BAR),
    Suspect("by-rotation", part(lambda c: c[..., :3, :3].flatten(-2)), TURNED, BAR),
    Suspect("by-rotation", part(lambda c: c[..., :3, 2]), TURNED, BAR),
    Suspect("by-matrix", part(lambda c: c.flatten(-2)), "You compare whole matrices. That mixes positions, in units of "
            "the scene, with directions, which have none: take the position, the last column.", BAR),
    Suspect("by-matrix", part(lambda c: c[..., :3, :].flatten(-2)), "You compare whole matrices. That mixes positions, "
            "in units of the scene, with directions, which have none: take the position, the last column.", BAR),
    Suspect("world-to-camera", part(lambda c: position(invert(c))), "You take the last column of the inverse matrices. "
            "Where a camera stands is the last column of camera-to-world, which you were given.", BAR),
    Suspect("farthest", choose(lambda c, t: -gaps(position(t), position(c))), "You take the farthest input. The least "
            "distance is asked for: argmin.", BAR),
    Suspect("one-for-all", _one_for_all, "All targets of a scene get the same picture. Each target has a nearest input "
            "of its own.", BAR),
    Suspect("first-scene", _first_scene, "Every scene uses the choices of the first one. Each scene has cameras of its "
            "own: `images[torch.arange(B)[:, None], best]` picks scene by scene.", BAR),
    Suspect("first-scene", _pictures_of_first_scene, "Every scene gets pictures of the first one. "
            "`images[torch.arange(B)[:, None], best]` picks scene by scene.", BAR),
    Suspect("choices-of-all", _choices_of_all, "`images[:, best]` takes the choices of *all* scenes from every scene: "
            "hence the additional axis. Pair each row of `best` with its own scene: "
            "`images[torch.arange(B)[:, None], best]`.", BAR),
    Suspect("wrong-axis", _wrong_axis, "You take the nearest *target* for each input. The distances are (B, T, V): "
            "take the least along V, the last axis, so that each target gets an input.", BAR),
    Suspect("height-ignored", part(lambda c: c[..., :2, 3]), "You leave out the height. A camera from above and one at "
            "the floor see different pictures: take all three coordinates.", BAR),
    Suspect("distance-from-origin", part(lambda c: position(c).norm(dim=-1, keepdim=True)), "You compare how far the "
            "cameras are from the origin. Two at the same distance may stand on opposite sides: subtract positions "
            "first.", BAR),
    Suspect("difference-summed", choose(lambda c, t: (position(t)[:, :, None] - position(c)[:, None]).sum(-1).abs()),
            "You add up the differences of the coordinates, and let them cancel. Square them first, or use "
            "torch.cdist.", BAR),
    Suspect("city-block", choose(lambda c, t: (position(t)[:, :, None] - position(c)[:, None]).abs().sum(-1)), "You "
            "add up absolute differences. That distance depends on how the world's axes are turned; take the root of "
            "the sum of squares.", BAR),
    Suspect("blended", _blend(torch.ones_like), "You return the mean picture of all inputs. One picture is asked for, "
            "the nearest one's.", BAR),
    Suspect("blended", _blend(lambda d: torch.softmax(-d, -1)), "You blend the inputs. One picture is asked for, the "
            "nearest one's: a blend is a double exposure.", BAR),
    Suspect("blended", _blend(lambda d: 1 / d), "You blend the inputs. One picture is asked for, the nearest one's: a "
            "blend is a double exposure.", BAR),
)


def _case(yours, g):
    images, cameras, asked = pictures(g, 3, 4, 2, 4), random_cameras(g, 3, 4), random_cameras(g, 3, 5)
    found = a_tensor(yours(images, cameras, asked), (3, 5, 2, 4, 3), "The pictures").float()
    same = (found[:, :, None, None] - images[None, None]).abs().amax((-3, -2, -1)) < 1e-5  # (B, T, B, V)
    return found, gaps(position(asked), position(cameras)), same


def pictures_of_its_own_scene(yours, g):
    """Each target gets a picture of one of its own scene's input views"""
    found, _, same = _case(yours, g)
    if not same.flatten(2).any(-1).all():
        raise Diagnosis("no-input-view", "Some of your pictures are of none of the input views. The picture is handed "
                        "over as it is: nothing is blended, clipped or rounded.", seen="a picture with numbers from "
                        f"{found.min().item():.3g} to {found.max().item():.3g}", expected="an input view's picture",
                        reread=BAR)
    for b in range(3):
        if not same[b, :, b].any(-1).all():
            raise Diagnosis("another-scene", "A target gets the picture of another scene. Scenes of a batch have "
                            "nothing to do with each other.", seen=f"for scene {b} a picture that is not its own",
                            expected=f"a picture of scene {b}", reread=BAR)


def nothing_is_nearer(yours, g):
    """No other input view stands nearer to the target"""
    _, gap, same = _case(yours, g)
    for b in range(3):
        for t in range(5):
            taken, best = int(same[b, t, b].float().argmax()), int(gap[b, t].argmin())
            if taken != best:
                raise Diagnosis("not-nearest", f"For a target you take input {taken}, and input {best} stands nearer. "
                                "The distance is that of the two positions, the root of the sum of the squared "
                                "differences.",
                                seen=f"input {taken}, {gap[b, t, taken].item():.3g} away",
                                expected=f"input {best}, {gap[b, t, best].item():.3g} away", reread=BAR)


def finds_itself(yours, g):
    """Asked for an input camera, it gives that input's picture"""
    images, cameras = pictures(g, 2, 4, 2, 4), random_cameras(g, 2, 4)
    order = torch.tensor([2, 0, 3])
    found = a_tensor(yours(images, cameras, cameras[:, order]), (2, 3, 2, 4, 3), "The pictures")
    if not torch.allclose(found, images[:, order], atol=1e-5):
        raise Diagnosis("not-itself", "A target camera stands exactly where an input camera stands, and you give "
                        "another picture than that input's.", seen="another input's picture", expected="the same "
                        "camera's picture",
                        reread=BAR)


def turning_changes_nothing(yours, g):
    """Where a camera looks does not matter, only where it stands"""
    images, cameras, asked = pictures(g, 3, 4, 2, 4), random_cameras(g, 3, 4), random_cameras(g, 3, 5)
    turned = asked @ from_rotation(so3_exp(torch.randn(3, 5, 3, generator=g)), torch.zeros(3, 5, 3))
    one, two = (a_tensor(yours(images, cameras, a), (3, 5, 2, 4, 3), "The pictures") for a in (asked, turned))
    if not torch.allclose(one, two, atol=1e-5):
        raise Diagnosis("direction-matters", "Target cameras that are only turned on the spot get other pictures. "
                        "" + TURNED,
                        seen="another picture", expected="the same picture", reread=BAR)


def the_world_does_not_matter(yours, g):
    """Moving the whole world changes nothing"""
    images, cameras, asked = pictures(g, 3, 4, 2, 4), random_cameras(g, 3, 4), random_cameras(g, 3, 5)
    move = from_rotation(so3_exp(torch.randn(3, generator=g)), 3.0 * torch.randn(3, generator=g))
    one, two = (a_tensor(yours(images, *cs), (3, 5, 2, 4, 3), "The pictures")
                for cs in ((cameras, asked), (move @ cameras, move @ asked)))
    if not torch.allclose(one, two, atol=1e-5):
        raise Diagnosis("world-matters", "Turn and shift the whole world with all its cameras, and you choose other "
                        "pictures. Distances between cameras do not change by that.", seen="another picture",
                        expected="the same picture", reread=BAR)
