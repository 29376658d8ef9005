"""Yours beside the target: what a check draws where numbers are wrong. Public: `beside`, `of_first_part`."""

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from .style import BODY, MARGIN, MUTED, SMALL, Sheet, styled

SIDE, GAP = 190, 26  # pixels of a map, and between two
MOST = 24  # rows and columns that are drawn: more could not be told apart


@styled
def beside(yours: Tensor, target: Tensor, what: str = "the result") -> Figure | None:
    """Maps of two results of one shape (..., R, C) and of their difference, in one scale; None for single numbers.

    Of more axes the first entries are drawn that differ, and at most MOST rows and columns.
    """
    if target.ndim == 0 or yours.shape != target.shape or target.numel() < 2:
        return None
    y, t = (x.detach().double().cpu() for x in (yours, target))
    y, t = (x.reshape(-1, *x.shape[-2:]) if x.ndim > 1 else x[None, None] for x in (y, t))
    which = int((y - t).nan_to_num(1e9).abs().flatten(1).amax(1).argmax()) if len(t) > 1 else 0
    y, t = (x[which, :MOST, :MOST].numpy() for x in (y, t))
    most = float(np.nanmax(np.abs(np.where(np.isfinite(t), t, np.nan)))) or 1.0
    of = f"Part {which} of {what}" if target.ndim > 2 else what[:1].upper() + what[1:]
    cut = f", its first {MOST} rows and columns" if max(target.shape[-2:]) > MOST else ""
    sheet = Sheet(SIDE + 56, "Yours beside the target", f"{of}{cut}. Red: positive, blue: negative, white: 0.",
                  f"Three maps of numbers: your result, the target, and the difference, which is up to "
                  f"{np.abs(np.nan_to_num(y - t, nan=np.inf)).max():.2g}.", width=2 * MARGIN + 3 * SIDE + 2 * GAP)
    for i, (name, values) in enumerate((("yours", y), ("target", t), ("yours − target", y - t))):
        x = MARGIN + i * (SIDE + GAP)
        sheet.text(x, 0, name, va="top", fontsize=BODY, fontweight="bold")
        sheet.picture(x, 24, SIDE, SIDE, np.where(np.isfinite(values), values, np.nan), cmap="RdBu_r", vmin=-most,
                      vmax=most)
    sheet.text(MARGIN, SIDE + 34, f"full colour: {most:.3g} and more", va="top", fontsize=SMALL, color=MUTED)
    return sheet.figure


def of_first_part(yours, target, case) -> Figure | None:
    """`beside` as an exercise's `picture`: of the first part of a result that has several."""
    first = [v[0] if isinstance(v, tuple | list) else v for v in (yours, target)]
    drawable = all(isinstance(value, Tensor) for value in first)
    return beside(*first, what=f"the result for {case.name}") if drawable else None
