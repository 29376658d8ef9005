"""Boxes and arrows: how diagrams of models are drawn on a sheet. Public: `box`, `arrow`."""

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from .style import MUTED, SMALL, Sheet


def box(sheet: Sheet, x: float, y: float, width: float, height: float, name: str, below: str, colour: str) -> dict:
    """A box with a name and what it is; the middles of its sides, for arrows."""
    axes = sheet.axes(x, y, width, height)
    axes.set_axis_off()
    axes.add_patch(FancyBboxPatch((0, 0), 1, 1, boxstyle="square,pad=0", transform=axes.transAxes, facecolor="white",
                                  edgecolor=colour, linewidth=1.6, clip_on=False))
    sheet.text(x + width / 2, y + height / 2 - 9, name, ha="center", va="center", fontweight="bold")
    sheet.text(x + width / 2, y + height / 2 + 11, below, ha="center", va="center", fontsize=SMALL - 0.5, color=MUTED)
    return {"left": (x - 2, y + height / 2), "right": (x + width + 2, y + height / 2),
            "top": (x + width / 2, y - 2), "bottom": (x + width / 2, y + height + 2)}


def arrow(sheet: Sheet, start: tuple, end: tuple, colour: str, both: bool = False) -> None:
    """An arrow between two places of the sheet, in pixels; `both`: with a head at either end."""
    points = [(x / sheet.width, 1 - (sheet.top + y) / sheet.height) for x, y in (start, end)]
    sheet.figure.add_artist(FancyArrowPatch(*points, transform=sheet.figure.transFigure, color=colour, linewidth=1.6,
                                            arrowstyle="<|-|>" if both else "-|>", mutation_scale=13,
                                            shrinkA=0, shrinkB=0))
