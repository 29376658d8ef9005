"""Figures of notebook 03: ✎ pictures above their colours.

Public: `pictures_and_colours`. Axes: B pictures, H W pixels.
"""

from matplotlib.figure import Figure

from ....errors import InputError
from ....figures.style import MARGIN, Sheet, numbers, pictures, plural, styled

SIDE, STRIPE, GAP = 192, 40, 14  # pixels: a picture, the colour below it, the space between two


@styled
def pictures_and_colours(images, colours, *, title: str, subtitle: str = "") -> Figure:
    """Pictures (B, H, W, 3), and below each one its colour (B, 3)."""
    shown, patches = pictures(images, "pictures", "B"), numbers(colours, "colours", "B 3").clip(0.0, 1.0)
    if len(shown) != len(patches):
        raise InputError(f"{plural(len(patches), 'colour')} for {plural(len(shown), 'picture')}", "one for each")
    alt = f"{title}. {plural(len(shown), 'picture')}, and below each one a stripe in red, green and blue of "
    alt += "; ".join(", ".join(f"{channel:.2f}" for channel in colour) for colour in patches) + "."
    sheet = Sheet(SIDE + STRIPE + MARGIN, title, subtitle, alt, width=max(760, len(shown) * (SIDE + GAP) + 2 * MARGIN))
    for i, (picture, colour) in enumerate(zip(shown, patches)):
        x = MARGIN + i * (SIDE + GAP)
        sheet.picture(x, 0, SIDE, SIDE, picture)
        sheet.picture(x, SIDE + 4, SIDE, STRIPE, colour[None, None])
    return sheet.figure
