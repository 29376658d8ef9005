"""Exercise 02.1, what is given, what is seen, what is scored: cases, known mistakes, properties."""

import torch
from torch import Tensor

from ...checking.exercise import Case, Diagnosis, Suspect
from .common import SPLIT, a_tensor, pictures


def split_scene(images: Tensor, inputs: int) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures (B, V + T, H, W, 3) -> the first V as inputs, and the left and the right halves of the others."""
    middle = images.shape[3] // 2
    targets = images[:, inputs:]
    return images[:, :inputs], targets[:, :, :, :middle], targets[:, :, :, middle:]


def cases(g):
    tiny = torch.arange(16.0).view(1, 2, 2, 4, 1).expand(-1, -1, -1, -1, 3) / 20
    yield Case("two views of two rows of four pixels, one of them the input", tiny, 1)
    yield Case("numbers below 0 and above 1", 3 * torch.randn(2, 5, 6, 10, 3, generator=g), 2)
    for B, V, T, H, W in ((2, 3, 5, 4, 6), (3, 2, 2, 6, 4), (4, 3, 1, 4, 4), (1, 4, 2, 4, 8)):
        yield Case(f"{B} scenes with {V} inputs and {T} targets of {H}x{W} pixels", pictures(g, B, V + T, H, W), V)


def split(inputs=lambda x, n: x[:, :n], targets=lambda x, n: x[:, n:], axis: int = 3, order=(0, 1)):
    def mistake(images, n):
        whole = targets(images, n)
        middle = whole.shape[axis] // 2
        halves = whole.narrow(axis, 0, middle), whole.narrow(axis, middle, whole.shape[axis] - middle)
        return inputs(images, n), halves[order[0]], halves[order[1]]
    return mistake


def _interleaved(images, n):
    given, targets = images[:, :n], images[:, n:]
    return given, targets[..., ::2, :], targets[..., 1::2, :]


def _uncut(seen: bool, scored: bool):
    def mistake(images, n):
        given, left, right = split_scene(images, n)
        return given, images[:, n:] if seen else left, images[:, n:] if scored else right
    return mistake


def _cut_at_half_the_height(images, n):
    middle = images.shape[2] // 2
    return images[:, :n], images[:, n:, :, :middle], images[:, n:, :, middle:]


TOP = ("You cut into top and bottom. The axes are (B, V, H, W, 3): W, along which left and right lie, is axis 3; H, "
       "axis 2, counts rows.")
SUSPECTS = (
    Suspect("left-right-swapped", split(order=(1, 0)), "Left and right are exchanged. Columns are counted from the "
            "left: the left half is the first W/2 of them. It is seen; the right half is scored.", SPLIT),
    Suspect("split-along-height", split(axis=2), TOP, SPLIT),
    Suspect("split-along-height", split(axis=2, order=(1, 0)), TOP, SPLIT),
    Suspect("colours-split", lambda x, n: (x[:, :n], x[:, n:, ..., :2], x[:, n:, ..., 2:]), "You cut the last axis, "
            "which holds the three colours.", SPLIT),
    Suspect("views-split", split(axis=1), "You cut the list of target views into two, not the pictures. Each target "
            "has a left half and a right half.", SPLIT),
    Suspect("clipped", lambda x, n: split_scene(x.clamp(0, 1), n), "You clip the pictures to [0, 1]. They are cut, and "
            "no number is changed.", SPLIT),
    Suspect("mirrored", lambda x, n: (lambda given, left, right: (given, left, right.flip(3)))(*split_scene(x, n)),
            "Your right halves are mirrored. They are the columns from W/2 on, in their order.", SPLIT),
    Suspect("views-reversed", lambda x, n: split_scene(torch.cat([x[:, :n], x[:, n:].flip(1)], 1), n), "Your targets "
            "come in the reverse order.", SPLIT),
    Suspect("interleaved", _interleaved, "You deal out the columns in turn. A half is one piece: neighbouring columns "
            "are so alike that half of them would give away the other half.", SPLIT),
    Suspect("inputs-among-targets", split(targets=lambda x, n: x), "The input views are among your targets. A method "
            "that returns the pictures it was given would be right on them.", SPLIT),
    Suspect("inputs-as-targets", split(targets=lambda x, n: x[:, :n]), "You cut the input views into halves. The "
            "targets are the views after them.", SPLIT),
    Suspect("last-views", split(lambda x, n: x[:, -n:], lambda x, n: x[:, :-n]), "You take the last views as inputs. "
            "The first `inputs` views are given; all others are targets.", SPLIT),
    Suspect("as-many-targets", split(targets=lambda x, n: x[:, -n:]), "You take as many targets as there are inputs. "
            "All views after the inputs are targets.", SPLIT),
    Suspect("as-many-targets", split(targets=lambda x, n: x[:, n:2 * n]), "You take as many targets as there are "
            "inputs. All views after the inputs are targets.", SPLIT),
    Suspect("one-target", split(targets=lambda x, n: x[:, n:n + 1]), "You take one target. All views after the inputs "
            "are targets.", SPLIT),
    Suspect("off-by-one", split(targets=lambda x, n: x[:, n + 1:]), "A view is lost: with `inputs = 3` the inputs are "
            "views 0, 1, 2, and the first target is view 3.", SPLIT),
    Suspect("height-as-width", _cut_at_half_the_height, "You cut at half the height. The columns are axis 3, of "
            "length W: the left half is the first W/2 of them.", SPLIT),
    Suspect("scenes-split", split(lambda x, n: x[:n], lambda x, n: x[n:]), "You divide the scenes, which are axis 0. "
            "Each scene has input views and target views: axis 1.", SPLIT),
    Suspect("not-cut", _uncut(True, True), "Your targets are whole. Seen and scored are their halves.", SPLIT),
    Suspect("not-cut", _uncut(True, False), "What is seen is the whole target, with the half that is scored.", SPLIT),
    Suspect("not-cut", _uncut(False, True), "What is scored is the whole target, with the half that is seen.", SPLIT),
    Suspect("inputs-cut", split(lambda x, n: x[:, :n, :, :x.shape[3] // 2]), "You cut the input views as well. They "
            "are given whole: nothing of them is scored.", SPLIT),
)


def only_cut(yours, g):
    """Pictures are cut, and no number is changed"""
    images = 3 * torch.randn(2, 5, 4, 6, 3, generator=g)
    for what, part in zip(("input views", "seen halves", "scored halves"), yours(images, 2)):
        strange = ~torch.isin(part.float(), images)
        if strange.any():
            raise Diagnosis("numbers-changed", f"Your {what} hold numbers that stand in none of the pictures. Pictures "
                            "are cut, and nothing else is done to them.", seen=f"{part[strange][0].item():.4g}",
                            expected=f"numbers from {images.min().item():.3g} to {images.max().item():.3g}",
                            reread=SPLIT)


def nothing_is_lost(yours, g):
    """Seen and scored half together make up each target"""
    images = pictures(g, 2, 5, 4, 6)
    given, seen, scored = yours(images, 2)
    a_tensor(given, (2, 2, 4, 6, 3), "The input views")
    whole = torch.cat([a_tensor(part, (2, 3, 4, 3, 3), "The halves") for part in (seen, scored)], dim=3)
    if not torch.allclose(whole.float(), images[:, 2:], atol=1e-6):
        raise Diagnosis("not-together", "Put side by side, your seen and scored halves do not make up the targets.",
                        seen="other pictures than the targets", expected="left half, right half", reread=SPLIT)


def nothing_leaks(yours, g):
    """No scored pixel is among what is given or seen"""
    images = pictures(g, 2, 5, 4, 6)
    other = images.clone()
    other[:, 2:, :, 3:] = 1.0
    before, after = yours(images, 2), yours(other, 2)
    for what, a, b in zip(("input views", "seen halves"), before, after):
        if a.shape != b.shape or not torch.equal(a, b):
            raise Diagnosis("leak", f"Your {what} change when only the right halves of the targets change: what is "
                            "scored is among what is given.", seen=f"other {what}", expected="the same", reread=SPLIT)
