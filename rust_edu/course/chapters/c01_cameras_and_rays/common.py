"""What the checks of notebook 01 share: its headings to reread, random cameras, points as text.

Public: `CAMERA`, `PINHOLE`, `LOOK`, `RAYS`, `RELATIVE`, `HIT`, `PUZZLE`, `uniform`, `random_camera`,
`point`, `once_shapes_fit`, `gradient_agrees`.
"""

import functools

import torch
from torch import Generator, Tensor

from ....cameras import from_rotation, so3_exp
from ...checking.exercise import Diagnosis

CAMERA, PINHOLE, LOOK, RAYS = "Which way a matrix goes", "The pinhole, in numbers", "Where the camera looks", "Rays"
RELATIVE, HIT, PUZZLE = "Seen from another camera", "Where a ray meets a ball", "The convention puzzle"


def uniform(g: Generator, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
    return low + (high - low) * torch.rand(*shape, generator=g)


def random_camera(g: Generator) -> Tensor:
    """A camera that stands and looks anywhere, in any direction up."""
    return from_rotation(so3_exp(2.0 * torch.randn(3, generator=g)), 2.0 * torch.randn(3, generator=g))


def point(values: Tensor) -> str:
    return "(" + ", ".join(f"{v + 0.0:.3g}" for v in values.tolist()) + ")"


def once_shapes_fit(reference, cases):
    """Decorate a property: it is silent about results that are no tensors of the right shapes, which others report."""

    def decorate(property_):
        @functools.wraps(property_)
        def wrapper(yours, g):
            for case in cases(g.clone_state()):
                results, targets = yours(*case.args), reference(*case.args)
                results, targets = (r if isinstance(r, tuple | list) else (r,) for r in (results, targets))
                shapes = [r.shape if isinstance(r, Tensor) else None for r in results]
                if shapes != [t.shape for t in targets]:
                    return
            property_(yours, g)

        return wrapper

    return decorate


def gradient_agrees(yours, reference, arguments, count: int, name: str) -> None:
    """Raise a Diagnosis unless the gradients by `count` parameters agree; `arguments` makes the call's from them.

    The parameters move cameras rigidly. By the single entries of a matrix, right answers have different gradients:
    for a matrix that is no rotation, the transpose and the inverse are different functions.
    """

    def gradient(function):
        parameters = torch.zeros(count, requires_grad=True)
        results = function(arguments(parameters))
        results = [r for r in (results if isinstance(results, tuple | list) else [results]) if r.requires_grad]
        if not results:
            return torch.full((count,), torch.nan)
        weighted = [(r.double() * torch.linspace(0.3, 1.0, r.numel()).view_as(r)).sum() for r in results]
        return torch.autograd.grad(sum(weighted), parameters)[0]

    mine, wanted = gradient(lambda a: yours.call(a, {}, gradients=True)), gradient(lambda a: reference(*a))
    if not torch.allclose(mine, wanted, rtol=1e-3, atol=1e-3):
        raise Diagnosis("no-gradient", f"The numbers are right, and their gradient is lost on its way through `{name}`."
                        " In notebook 03 a camera becomes something to learn. Look for .item(), float(), .detach(), "
                        "torch.tensor(...) around tensors, or NumPy.",
                        seen="none at all" if mine.isnan().all() else "another gradient than the reference's",
                        expected="how the result changes as the camera moves")
