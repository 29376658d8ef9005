"""The check of notebook 00: halfway between two latent poses. The exercise with which readers meet the checks.

Public: `EXERCISES`, `halfway`.
"""

import torch
from torch import Tensor

from ...checking.exercise import Case, Diagnosis, Exercise, Suspect

HALF = "Halfway"


def halfway(first: Tensor, second: Tensor) -> Tensor:
    """The latent pose (8,) in the middle between two others, number by number."""
    return (first + second) / 2


def cases(g):
    yield Case("two poses that begin with 0, 2 and with 4, 2", torch.tensor([0.0, 2.0, 1.0, -1.0, 0.0, 3.0, 5.0, 8.0]),
               torch.tensor([4.0, 2.0, 0.0, -2.0, 6.0, 3.0, -5.0, 1.0]))
    yield Case("two poses that begin with -3, 1 and with 1, 2", torch.tensor([-3.0, 1.0, 0.0, 2.0, 0.5, 0.0, 1.0, 4.0]),
               torch.tensor([1.0, 2.0, -5.0, 2.0, 1.5, 1.0, -1.0, 0.0]))
    yield Case("two poses that begin with 0, 2 and with 4, 2 as well, and go on otherwise", torch.tensor(
        [0.0, 2.0, -3.0, 0.5, 7.0, 1.0, 0.0, -2.0]), torch.tensor([4.0, 2.0, 2.0, 0.0, -4.0, 2.5, 6.0, 3.0]))
    for _ in range(4):
        yield Case("two random poses of eight numbers", *(3 * torch.randn(2, 8, generator=g)))


FROM_NOWHERE = ("This is the step from one pose to the middle, not the middle. A step has to start somewhere: add it "
                "to the pose from which it leads.")
DIFFERENCE = ("This is the whole way from one pose to the other. Halfway is half of it, counted from where you set "
              "out.")
PRECEDENCE = ("Only one of the two poses is halved. Python divides before it adds, so `a + b / 2` is a and half of b: "
              "parentheses say what belongs together.")
STAYED = "This is one of the two poses, unchanged: nobody has moved yet. The other one has to count as much."

SUSPECTS = (
    Suspect("sum", lambda a, b: a + b,
            "This is the sum of the two poses. Between two equal poses lies the same pose, and the sum gives twice "
            "that pose: something has to be halved.", HALF),
    Suspect("precedence", lambda a, b: a + b / 2, PRECEDENCE, HALF),
    Suspect("precedence", lambda a, b: a / 2 + b, PRECEDENCE, HALF),
    Suspect("step", lambda a, b: (b - a) / 2, FROM_NOWHERE, HALF),
    Suspect("step", lambda a, b: (a - b) / 2, FROM_NOWHERE, HALF),
    Suspect("difference", lambda a, b: b - a, DIFFERENCE, HALF),
    Suspect("difference", lambda a, b: a - b, DIFFERENCE, HALF),
    Suspect("one-of-them", lambda a, b: a.clone(), STAYED, HALF),
    Suspect("one-of-them", lambda a, b: b.clone(), STAYED, HALF),
    Suspect("rounded", lambda a, b: (a + b) // 2,
            "Your numbers are rounded down: `//` divides whole numbers. A latent pose is made of fractions; `/` keeps "
            "them.", HALF),
    Suspect("by-how-many", lambda a, b: (a + b) / a.numel(),
            "The sum of the two poses is divided by how many numbers a pose has. The mean here is of two poses, not of "
            "eight numbers.", HALF),
    Suspect("one-number", lambda a, b: ((a + b) / 2).mean(),
            "All numbers of the pose were averaged into one. Each number has its own middle: eight numbers in, eight "
            "numbers out.", HALF),
    Suspect("one-number", lambda a, b: torch.stack([a, b]).mean(dim=1),
            "Each pose was averaged over its own numbers, so there is one number a pose. The mean is over the two "
            "poses: the axis along which they were stacked.", HALF),
    Suspect("larger", torch.maximum,
            "Of each pair of numbers this is the larger one. The middle lies between the two.", HALF),
    Suspect("smaller", torch.minimum,
            "Of each pair of numbers this is the smaller one (torch's median of two numbers is the smaller one, too). "
            "The middle lies between the two.", HALF),
    Suspect("distance", lambda a, b: (a - b).abs() / 2,
            "This is half of how far the two are apart, number by number. It says how far to go, not where you arrive, "
            "and a distance is never negative.", HALF),
    Suspect("third", lambda a, b: (a + b) / 3,
            "The sum of the two poses is divided by 3. The mean of two is their sum divided by 2.", HALF),
    Suspect("product", lambda a, b: (a * b).abs().sqrt(),
            "This is the root of the product, the geometric mean. It knows nothing of signs, and a latent pose has "
            "negative numbers.", HALF),
    Suspect("unit-length", lambda a, b: (a + b) / (a + b).norm(),
            "Your pose has been given length 1. A latent pose is a point, not a direction: how far out it lies "
            "matters.", HALF),
)


def is_as_far_from_both(yours, g):
    """the middle is as far from one pose as from the other"""
    first, second = 3 * torch.randn(2, 8, generator=g)
    middle = yours(first, second)
    if middle.shape != first.shape:
        return
    far = [float((middle - pose).norm()) for pose in (first, second)]
    if abs(far[0] - far[1]) > 1e-2 * max(far):
        raise Diagnosis("lopsided", "Your pose is nearer to one of the two than to the other.",
                        seen=f"{far[0]:.2f} from the first, {far[1]:.2f} from the second", expected="the same twice",
                        reread=HALF)


def is_on_the_way(yours, g):
    """the way through the middle is no detour"""
    first, second = 3 * torch.randn(2, 8, generator=g)
    middle = yours(first, second)
    if middle.shape != first.shape:
        return
    direct, through = float((second - first).norm()), float((middle - first).norm() + (second - middle).norm())
    if through > direct * (1 + 1e-3):
        raise Diagnosis("detour", "Your pose does not lie on the straight line between the two.",
                        seen=f"a way of {through:.2f} through it", expected=f"{direct:.2f}, the straight one",
                        reread=HALF)


EXERCISES = (
    Exercise("00.1", "halfway", reference=halfway, outputs=("the pose halfway",), cases=cases, suspects=SUSPECTS,
             properties=(is_as_far_from_both, is_on_the_way), gradient=False),
)
