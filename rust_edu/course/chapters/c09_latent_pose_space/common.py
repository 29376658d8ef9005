"""What the checks of notebook 09 share: its headings to reread, when results are alike, numbers as text.

Public: `AXES`, `CURVES`, `PROBE`, `RING`, `alike`, `shaped`, `short`, `normal`.
"""

from torch import Generator, Tensor, allclose, randn

AXES, CURVES = "Better axes than the eight numbers", "Which quantity follows which component"
PROBE, RING = "A probe reads all eight at once", "A chord, and a way around the ring"


def normal(g: Generator, *shape: int) -> Tensor:
    return randn(shape, generator=g)


def alike(a: Tensor, b: Tensor, tolerance: float = 2e-3) -> bool:
    """Equal up to rounding: each number judged against itself, with room for a fiftieth of that of the largest."""
    a, b = a.double(), b.double()
    return a.shape == b.shape and allclose(a, b, rtol=tolerance, atol=0.02 * tolerance * float(b.abs().max()))


def shaped(results: object, *shapes: tuple[int, ...]) -> bool:
    """Whether a property can say more: results of another kind or shape are the general diagnosis's."""
    results = results if isinstance(results, tuple | list) else (results,)
    return [tuple(r.shape) if type(r) is Tensor else None for r in results] == list(shapes)


def short(values: Tensor, most: int = 4) -> str:
    flat = values.detach().flatten()
    return "[" + ", ".join(f"{v:.3f}" for v in flat[:most].tolist()) + (", ..." if len(flat) > most else "") + "]"
