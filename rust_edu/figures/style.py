"""What all figures share: colours, type, the sheet they are laid out on, alt text, and how they are saved.

Figures are laid out in pixels of a sheet 1200 wide: pictures are enlarged by whole numbers, so that every
pixel of a 32x32 picture becomes a square of the same size. A title says what the figure shows, a subtitle how
to read it. Public: `METHOD_COLOURS`, `METHOD_NAMES`, `METHOD_MARKERS`, `QUANTITIES`, `CourseFigure`, `Sheet`,
`styled`, `save`, `check_place`, `numbers`, `pictures`.
"""

import base64
import errno
import functools
import html
import io
import os
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FixedLocator, MaxNLocator
from PIL import Image
from torch import Tensor

from ..errors import InputError
from ..paths import whole_file

# The colours of Okabe and Ito, which people with any colour vision can tell apart, and greys. They are never
# the only sign of a difference: markers, dashes or names say the same.
METHOD_COLOURS = {"rust": "#D55E00", "upsrt": "#009E73", "srt": "#0072B2", "nearest_input": "#4D4D4D",
                  "mean_picture": "#6E6E6E", "mean_colour": "#8C8C8C"}
METHOD_NAMES = {"rust": "RUST", "upsrt": "UpSRT", "srt": "SRT", "nearest_input": "nearest input view",
                "mean_picture": "mean picture", "mean_colour": "mean colour"}
METHOD_MARKERS = {"rust": "o", "upsrt": "s", "srt": "D", "nearest_input": "v", "mean_picture": "<",
                  "mean_colour": "^"}
BASELINES = ("nearest_input", "mean_picture", "mean_colour")  # named as in evaluation.protocol and results.json
# What is read out of a latent pose: colour and marker.
QUANTITIES = {"azimuth": ("#CC79A7", "o"), "elevation": ("#E69F00", "s"), "distance": ("#56B4E9", "D")}

INK, MUTED, RULE = "#1B1F27", "#596170", "#CBD0D8"  # of text, of what explains it, of ticks and frames
FONT = "DejaVu Sans"  # comes with matplotlib: the layout is the same on every machine
TITLE, BODY, SMALL = 14.0, 10.0, 9.0  # points
DPI = 120
WIDTH, MARGIN = 1200, 24  # pixels
_STYLE = {
    "font.family": [FONT], "font.size": BODY, "text.color": INK, "mathtext.fontset": "dejavusans",
    "axes.labelcolor": INK, "axes.labelsize": BODY, "axes.titlesize": BODY, "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8, "axes.spines.top": False, "axes.spines.right": False, "lines.linewidth": 2.0,
}


class CourseFigure(Figure):
    """A matplotlib Figure with alt text, which a notebook shows by itself: pyplot is not needed."""

    alt: str = ""

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        # As HTML, since JupyterLab drops the alt text of an image/png output.
        width = round(0.75 * self.get_figwidth() * self.dpi)
        image = f'<img alt="{html.escape(self.alt)}" width="{width}" src="{data_url(self)}">'
        return {"text/html": image, "text/plain": self.alt}


def data_url(figure: Figure) -> str:
    """A figure as a PNG for a notebook: in 256 colours of its own, a quarter of the size and not seen to differ."""
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=figure.dpi)
    picture = Image.open(drawn).convert("RGB")
    # Not by median cut: it gives the palette to the large areas, and draws a small green ball in the blue of another.
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE).save(small, "png",
                                                                                               optimize=True)
    return f"data:image/png;base64,{base64.b64encode(small.getvalue()).decode()}"


def styled(make):
    """Make a figure with the package's type and lines, whatever the reader's matplotlib settings are."""

    @functools.wraps(make)
    def wrapper(*args, **kwargs):
        with matplotlib.style.context(["default", _STYLE]):
            return make(*args, **kwargs)

    return wrapper


class Sheet:
    """A figure laid out in pixels: x from the left edge, y down from below the title and subtitle."""

    def __init__(self, height: float, title: str, subtitle: str = "", alt: str = "",
                 width: int = WIDTH) -> None:
        title = wrap(title, width - 2 * MARGIN, TITLE, bold=True)
        subtitle = wrap(subtitle, width - 2 * MARGIN, BODY)
        below_title = 22 + 30 * (title.count("\n") + 1)
        self.top = below_title + (21 * (subtitle.count("\n") + 1) + 14 if subtitle else 10)
        self.width, self.height = width, round(self.top + height)
        self.figure = CourseFigure(figsize=(width / DPI, self.height / DPI), dpi=DPI, facecolor="white")
        self.figure.alt = alt
        self.figure.suptitle(title, x=MARGIN / width, y=1 - 20 / self.height, ha="left", va="top",
                             fontsize=TITLE, fontweight="bold", linespacing=1.25)
        if subtitle:
            self.text(MARGIN, below_title - self.top, subtitle, va="top", color=MUTED, linespacing=1.3)

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        bottom = self.height - self.top - y - height
        return self.figure.add_axes((x / self.width, bottom / self.height,
                                     width / self.width, height / self.height))

    def plot(self, x: float, y: float, width: float, height: float, xlabel: str, ylabel: str) -> Axes:
        """Axes for curves and points."""
        axes = self.axes(x, y, width, height)
        axes.set_xlabel(xlabel, labelpad=6)
        axes.set_ylabel(ylabel, labelpad=8)
        # Not by the style: ticks are made when the figure is drawn, and the style is gone by then.
        axes.tick_params(labelsize=SMALL, labelfontfamily=FONT, color=RULE, labelcolor=MUTED, length=4)
        axes.grid(True, color="#E8EAEE", linewidth=0.8)
        axes.set_axisbelow(True)
        return axes

    def picture(self, x: float, y: float, width: float, height: float, image: np.ndarray, **imshow) -> Axes:
        """A picture (H, W, 3) or (H, W), each of its pixels a rectangle, in a thin frame."""
        axes = self.axes(x, y, width, height)
        axes.imshow(image, interpolation="nearest", aspect="auto", **imshow)
        axes.set_axis_off()
        axes.add_patch(Rectangle((0, 0), 1, 1, transform=axes.transAxes, fill=False, edgecolor=INK,
                                 linewidth=0.5, alpha=0.35, clip_on=False))
        return axes

    def text(self, x: float, y: float, text: str, **style) -> Text:
        return self.figure.text(x / self.width, 1 - (self.top + y) / self.height, text, **style)

    def line(self, xs, ys, **style) -> None:
        xs, ys = np.asarray(xs) / self.width, 1 - (self.top + np.asarray(ys)) / self.height
        self.figure.add_artist(Line2D(xs, ys, transform=self.figure.transFigure, **style))

    def colour_bar(self, x: float, y: float, length: float, cmap: str, low: float, high: float, label: str, *,
                   ticks=None, extend: str = "neither", lying: bool = False) -> None:
        """A colour bar with its label: standing right of a plot, or lying."""
        axes = self.axes(x, y, *((length, 9) if lying else (12, length)))
        bar = self.figure.colorbar(ScalarMappable(Normalize(low, high), cmap), cax=axes, extend=extend,
                                   extendfrac=0.06, orientation="horizontal" if lying else "vertical")
        bar.outline.set_visible(False)
        bar.locator = MaxNLocator(5) if ticks is None else FixedLocator(ticks)
        bar.update_ticks()
        axes.tick_params(labelsize=SMALL, labelfontfamily=FONT, color=RULE, labelcolor=MUTED, length=3)
        (axes.set_xlabel if lying else axes.set_ylabel)(label, fontsize=SMALL, labelpad=4, color=MUTED)


def scale_to_fit(size: int, room: float) -> float:
    """The side at which to draw pictures of `size` pixels in `room` pixels: a whole multiple if one fits."""
    return size * (room // size) if room >= size else room


def wrap(text: str, width: float, size: float, bold: bool = False) -> str:
    """The text in as few lines as fit `width` pixels in type of `size` points, of about equal length."""
    font = FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")
    words = [(word, text_to_path.get_text_width_height_descent(word, font, False)[0] * DPI / 72)
             for word in text.split(" ")]
    space = 0.36 * size * DPI / 72

    def fill(limit: float) -> list[str]:
        lines, used = [], float("inf")
        for word, length in words:
            if used + space + length > limit:
                lines.append(word)
                used = length
            else:
                lines[-1] += " " + word
                used += space + length
        return lines

    lines = fill(width)
    narrower = (fill(width * share / 20) for share in range(10, 20))
    return "\n".join(next((other for other in narrower if len(other) == len(lines)), lines))


def save(figure: Figure, path: str | Path, dpi: float | None = None) -> Path:
    """Save a figure as PNG, its alt text as the file's Description, at `dpi` (the figure's own if not given).

    The file is written under a temporary name and renamed: a failure midway leaves an earlier file as it was.
    Raises InputError if the name is not a .png, the figure has no alt text, or the file cannot be written.
    """
    path = Path(path)
    check_place(path)
    alt = getattr(figure, "alt", "")
    if not alt:
        raise InputError("the figure has no alt text", "a sentence in `figure.alt`", "Say what it shows.")
    try:
        with whole_file(path) as temporary:
            figure.savefig(temporary, format="png", dpi=dpi or figure.dpi,
                           metadata={"Description": alt, "Software": None})
    except OSError as error:
        raise InputError(f"the figure cannot be saved as {path} ({error})",
                         "a folder with room that can be written") from error
    return path


def check_place(path: Path) -> None:
    """Raise InputError unless a figure could be saved there. Makes the folder."""
    if path.suffix.lower() != ".png":
        raise InputError(f"a figure cannot be saved as {path.name!r}", "a name that ends in .png")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path.parent))
    except OSError as error:
        raise InputError(f"the figure cannot be saved as {path} ({error})",
                         "a folder with room that can be written") from error


def numbers(value, what: str, axes: str) -> np.ndarray:
    """A tensor or array as floats, with the axes that `axes` lists: "T H W 3"; a number is a length to match.

    Raises InputError for any other shape, for no elements, and for NaN. uint8 colours become [0, 1].
    """
    if isinstance(value, Tensor):
        value = value.detach().cpu()
        value = value.float() if value.is_floating_point() else value  # numpy has no bfloat16
    try:
        array, names = np.asarray(value), axes.split()
    except ValueError as error:  # lists of unequal length
        raise InputError(f"{what} that are no array ({error})", f"numbers with axes ({axes})") from error
    lengths = zip(names, array.shape)
    fits = array.ndim == len(names) and all(not n.isdigit() or int(n) == s for n, s in lengths)
    if not fits or array.size == 0 or array.dtype.kind not in "fiub":
        raise InputError(f"{what} of shape {tuple(array.shape)}",
                         f"numbers with axes ({', '.join(names)}), none empty")
    array = array / 255.0 if array.dtype == np.uint8 and names[-1] == "3" else array.astype(np.float64)
    if np.isnan(array).any():
        raise InputError(f"{what} contain NaN", "numbers",
                         "Look for a division by zero, or a training that diverged.")
    return array


def pictures(value, what: str, axes: str) -> np.ndarray:
    """As `numbers`, for colours (..., H, W, 3): uint8 or [0, 1], cut off to [0, 1]."""
    return numbers(value, what, axes + " H W 3").clip(0.0, 1.0)


def listing(items) -> str:
    """"a", "a and b", "a, b and c"."""
    *first, last = [str(item) for item in items]
    return f"{', '.join(first)} and {last}" if first else last


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
