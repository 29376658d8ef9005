"""What the checks of notebook 02 share: its headings to reread, random pictures, and a look at a result's shape.

Public: `SPLIT`, `DECIBELS`, `STRUCTURE`, `MEANS`, `PROTOCOL`, `BAR`, `pictures`, `a_tensor`.
"""

from typing import Any

import torch
from torch import Generator, Tensor

from ...checking.compare import describe
from ...checking.exercise import Diagnosis

SPLIT, DECIBELS = "Inputs and targets, seen and scored", "Decibels"
STRUCTURE, MEANS = "Structure", "One number for many scenes"
PROTOCOL, BAR = "The half-image protocol", "The bar to beat"


def pictures(g: Generator, *shape: int) -> Tensor:
    """Random pictures (*shape, 3), in [0.05, 0.8]: their brightest pixel is not the peak, nor their darkest 0."""
    return 0.05 + 0.75 * torch.rand(*shape, 3, generator=g)


def a_tensor(result: Any, shape: tuple[int, ...], what: str) -> Tensor:
    """The result, if it is a tensor of this shape: a property can go on with it. Raises a Diagnosis otherwise."""
    if not isinstance(result, Tensor) or result.shape != torch.Size(shape):
        raise Diagnosis("shape", f"{what} do not have the right shape for other numbers of scenes and views.",
                        seen=describe(result), expected=str(tuple(shape)))
    return result
