"""Pictures side by side, named, with notes, marks and lines on them. Public: `picture_sheet`.

Axes: V pictures, H W pixels.
"""

import numpy as np
from matplotlib.figure import Figure

from ..errors import InputError
from .cameras import RAY
from .style import BODY, MARGIN, MUTED, SMALL, WIDTH, Sheet, pictures, scale_to_fit, styled, wrap

GAP = 14  # pixels between pictures
MARKS = {"+": 60, "o": 46}  # a marker's size by its shape


@styled
def picture_sheet(images, names, notes=(), *, title: str, subtitle: str = "", alt: str, marks=None, lines=None,
                  size: int = 220) -> Figure:
    """Pictures (V, H, W, 3) side by side, each with a name above it and a note below.

    marks: for each picture a dict {marker: (points (P, 2) as (x, y) in pixels, colour)} or None; markers of MARKS.
    lines: for each picture (N, 2) positions to join, or None; what lies outside the picture is not drawn.
    Pictures are about `size` pixels wide, and as many stand in a row as fit.
    """
    shown = pictures(images, "pictures", "V")
    V, H, W = shown.shape[:3]
    optional = {"notes": notes, "marks": marks, "lines": lines}
    for what, given in {"names": names, **{k: v for k, v in optional.items() if v}}.items():
        if len(given) != V:
            raise InputError(f"{len(given)} {what} for {V} pictures", "one for each picture")
    columns = min(V, int((WIDTH - 2 * MARGIN + GAP) // (size + GAP)))
    side = scale_to_fit(W, min(size * 1.3, (WIDTH - 2 * MARGIN + GAP) / columns - GAP))
    tall = side * H / W
    heads = max(wrap(name, side, BODY, bold=True).count("\n") + 1 for name in names)
    feet = max((wrap(note, side, SMALL).count("\n") + 1 for note in notes), default=0)
    row = 19 * heads + 8 + tall + (12 + 18 * feet if feet else 0) + GAP
    rows = -(-V // columns)
    sheet = Sheet(rows * row + MARGIN - GAP, title, subtitle, alt,
                  width=max(760, round(columns * (side + GAP) - GAP + 2 * MARGIN)))
    for v in range(V):
        x, y = MARGIN + (v % columns) * (side + GAP), (v // columns) * row
        sheet.text(x, y + 19 * heads - 4, wrap(names[v], side, BODY, bold=True), va="baseline", fontweight="bold",
                   linespacing=1.2)
        axes = sheet.picture(x, y + 19 * heads + 8, side, tall, shown[v], extent=(0, W, H, 0))
        if lines and lines[v] is not None:
            axes.plot(*np.asarray(lines[v], dtype=float).T, color="white", linewidth=4.0, alpha=0.8)
            axes.plot(*np.asarray(lines[v], dtype=float).T, color=RAY, linewidth=2.0)
        for marker, (points, colour) in ((marks[v] or {}) if marks else {}).items():
            at = np.asarray(points, dtype=float).reshape(-1, 2).T
            axes.scatter(*at, s=1.9 * MARKS[marker], marker=marker, linewidths=4.2,
                         color="white" if marker == "+" else "none", edgecolors=None if marker == "+" else "white")
            axes.scatter(*at, s=MARKS[marker], marker=marker, linewidths=2.0,
                         color=colour if marker == "+" else "none", edgecolors=None if marker == "+" else colour)
        axes.set_xlim(0, W)
        axes.set_ylim(H, 0)
        if feet:
            sheet.text(x, y + 19 * heads + 14 + tall, wrap(notes[v], side, SMALL), va="top", fontsize=SMALL,
                       color=MUTED, linespacing=1.25)
    return sheet.figure
