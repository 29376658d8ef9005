"""What the checks of notebook 01 share: its headings to reread, random cameras, points as text.

Public: `CAMERA`, `PINHOLE`, `LOOK`, `RAYS`, `RELATIVE`, `HIT`, `PUZZLE`, `uniform`, `random_camera`,
`point`, `once_shapes_fit`, `LATER`.
"""

import functools

import torch
from torch import Generator, Tensor

from ....cameras import from_rotation, so3_exp

CAMERA, PINHOLE, LOOK, RAYS = "Which way a matrix goes", "The pinhole, in numbers", "Where the camera looks", "Rays"
LATER = "In notebook 03 a camera becomes something to learn."
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
