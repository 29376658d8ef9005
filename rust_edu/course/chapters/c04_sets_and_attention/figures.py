"""Figures of notebook 04: what a pixel looks at, tokens in no order, weights, waves, and what breaking costs.

Public: `attention_sheet`, `attention_strip`, `token_bag`, `weight_table`, `wave_sheet`, `picture_row`,
`removal_curves`.
Axes: V input views, P patches of a view, K = V P tokens, T queries, N positions, F features, H W pixels.
"""

import io
import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MultipleLocator
from PIL import Image

from ....errors import InputError
from ....figures.style import BODY, INK, MARGIN, MUTED, SMALL, Sheet, listing, numbers, pictures, plural, styled, wrap

GAP = 14  # pixels between pictures
LINES = (("#0072B2", "o", "-"), ("#E69F00", "s", "--"), ("#009E73", "^", "-."), ("#CC79A7", "D", ":"))
FAINT = 0.16  # how much is left of a patch that nobody looks at
LABELLED = 0.05  # weights from here on are written into their patch


@styled
def attention_sheet(inputs, rows: Mapping[str, tuple], mark: tuple[float, float, float], *, title: str,
                    subtitle: str = "") -> Figure:
    """What a pixel looks at: a row for each entry of `rows`, name -> (picture (H, W, 3), weights (K) or None).

    inputs (V, H, W, 3) are drawn beside the picture, each patch as strong as its weight; as they are if there are no
    weights. `mark` is the square that asks: x and y of its centre and its side, in pixels; a row may bring its own as
    a third part. What follows a line break in a name is drawn small.
    """
    views = pictures(inputs, "input views", "V")
    V, H, W = views.shape[:3]
    maps = {name: (pictures(row[0], "the picture", ""), _per_patch(row[1], V, H, W), (*row, mark)[2])
            for name, row in rows.items()}
    label, side = 168, 192
    width = 2 * MARGIN + label + (V + 1) * (side + GAP) + GAP
    sheet = Sheet(26 + len(maps) * (side + GAP) - GAP + MARGIN, title, subtitle,
                  f"{title.rstrip('.')}. " + " ".join(_words(name, weights) for name, (_, weights, _) in maps.items()),
                  width=width)
    left = MARGIN + label
    columns = [left, *(left + side + 2 * GAP + v * (side + GAP) for v in range(V))]
    for x, head in zip(columns, ["the pixel that asks", "input view 1 (the first)",
                                 *(f"input view {v + 1}" for v in range(1, V))]):
        sheet.text(x, 2, head, va="top", fontsize=SMALL, color=MUTED)
    for r, (name, (picture, weights, asking)) in enumerate(maps.items()):
        y = 26 + r * (side + GAP)
        first, _, second = name.partition("\n")
        sheet.text(MARGIN, y + side / 2 - 3, wrap(first, label - 14, BODY + 1, bold=True), va="bottom",
                   fontsize=BODY + 1, fontweight="bold", linespacing=1.25)
        sheet.text(MARGIN, y + side / 2 + 4, wrap(second, label - 14, SMALL), va="top", fontsize=SMALL, color=MUTED,
                   linespacing=1.3)
        _marked(sheet.picture(columns[0], y, side, side, picture), asking)
        for v in range(V):
            shown = views[v] if weights is None else _shaded(views[v], weights[v], weights.max())
            axes = sheet.picture(columns[v + 1], y, side, side, shown)
            if weights is not None:
                _percentages(axes, weights[v], H, weights.max())
    return sheet.figure


def attention_strip(inputs, truth, predicted, weights, mark: tuple[float, float, float], scale: int = 6) -> bytes:
    """A PNG for a widget: the unseen view with the square that asks, the prediction, and the inputs as bright as the
    weights (K) of their patches. Made without matplotlib, in a few milliseconds."""
    views = pictures(inputs, "input views", "V")
    V, H, W = views.shape[:3]
    weights = _per_patch(weights, V, H, W)
    tiles = [pictures(truth, "the truth", ""), pictures(predicted, "the prediction", "")]
    tiles += [_shaded(views[v], weights[v], weights.max()) for v in range(V)]
    large = [tile.repeat(scale, 0).repeat(scale, 1) for tile in tiles]
    x, y, side = mark
    frame = [int(round(scale * (at - side / 2))) for at in (x, y)]
    for tile in large[:2]:
        _draw_frame(tile, frame[0] - 2, frame[1] - 2, int(scale * side) + 4)
    blank = np.ones((H * scale, 2 * scale, 3))
    joined = np.concatenate([part for tile in large for part in (tile, blank)][:-1], 1)
    file = io.BytesIO()
    Image.fromarray((255 * joined + 0.5).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


@styled
def token_bag(inputs, patch: int, order: Sequence[int], *, title: str, subtitle: str = "") -> Figure:
    """The input views (V, H, W, 3) cut into patches, and below the same patches in another order, as a bag."""
    views = pictures(inputs, "input views", "V")
    V, H, W = views.shape[:3]
    cut = views.reshape(V, H // patch, patch, W // patch, patch, 3).transpose(0, 1, 3, 2, 4, 5)
    tokens = cut.reshape(-1, patch, patch, 3)
    order = [int(i) for i in order]
    if sorted(order) != list(range(len(tokens))):
        raise InputError(f"an order of {len(order)} tokens", f"each number from 0 to {len(tokens) - 1} once")
    cell, between, across = 36, 4, 24
    grid, step = (W // patch) * (cell + between), cell + between
    width = max(860, 2 * MARGIN + across * step)
    rows = -(-len(tokens) // across)
    sheet = Sheet(26 + (H // patch) * step + 44 + rows * step + MARGIN, title, subtitle,
                  f"{plural(V, 'picture')} cut into {len(tokens)} patches, which then lie in a shuffled row.",
                  width=width)
    for v in range(V):
        x = MARGIN + v * (grid + 2 * GAP)
        sheet.text(x, 2, f"view {v + 1}" + " (the first)" * (v == 0), va="top", fontsize=SMALL, color=MUTED)
        for i in range(H // patch):
            for j in range(W // patch):
                sheet.picture(x + j * step, 26 + i * step, cell, cell, cut[v, i, j])
    y = 26 + (H // patch) * step + 40
    sheet.text(MARGIN, y - 24, "the same tokens, in no order", va="top", fontsize=SMALL, color=MUTED)
    for place, token in enumerate(order):
        sheet.picture(MARGIN + place % across * step, y + place // across * step, cell, cell, tokens[token])
    return sheet.figure


@styled
def weight_table(weights, queries: Sequence[str], keys: Sequence[str], *, title: str, subtitle: str = "") -> Figure:
    """Attention weights (T, K) as a table of shaded numbers: a row for each query, a column for each key."""
    table = numbers(weights, "weights", "T K")
    if table.shape != (len(queries), len(keys)):
        raise InputError(f"weights of shape {table.shape}", f"({len(queries)}, {len(keys)}), one for each name")
    w, h, left = 104, 46, 210
    sheet = Sheet(30 + len(queries) * h + MARGIN, title, subtitle, f"{title.rstrip('.')}. " + " ".join(
        f"{query}: " + ", ".join(f"{value:.2f} {key}" for value, key in zip(row, keys)) + "."
        for query, row in zip(queries, table)), width=max(700, MARGIN + left + len(keys) * w + MARGIN))
    for j, key in enumerate(keys):
        sheet.text(left + (j + 0.5) * w, 4, key, ha="center", va="top", fontsize=BODY)
    for i, query in enumerate(queries):
        sheet.text(left - 14, 30 + (i + 0.5) * h, query, ha="right", va="center", fontsize=BODY)
        for j, value in enumerate(table[i]):
            shade = 1 - 0.85 * min(max(value, 0.0), 1.0)
            sheet.picture(left + j * w + 2, 30 + i * h + 2, w - 4, h - 4, np.full((1, 1, 3), (shade, shade, 1.0)))
            sheet.text(left + (j + 0.5) * w, 30 + (i + 0.5) * h, f"{value:.2f}", ha="center", va="center",
                       fontsize=BODY, color="white" if shade < 0.55 else INK)
    return sheet.figure


@styled
def wave_sheet(positions, features, likeness: Mapping[str, object], at: float, *, title: str,
               subtitle: str = "") -> Figure:
    """Left: features (N, F) of positions (N), sines above cosines. Right: how alike `at` and each position are, a
    curve for each name of `likeness`."""
    x, values = numbers(positions, "positions", "N"), numbers(features, "features", "N F")
    sheet = Sheet(330, title, subtitle, f"{title.rstrip('.')}. Left, {values.shape[1]} waves over the position; "
                  f"right, how alike position {at:g} and every other one are, for {listing(likeness)}.", width=1060)
    axes = sheet.plot(96, 22, 380, 240, "position x", "feature")
    axes.imshow(values.T, aspect="auto", cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest",
                extent=(x[0], x[-1], values.shape[1] + 0.5, 0.5))
    axes.grid(False)
    axes.xaxis.set_major_locator(MultipleLocator(0.5))
    axes.yaxis.set_major_locator(MultipleLocator(2))
    sheet.text(96, 2, "waves: red is +1, blue is −1; sines above, cosines below", va="top", fontsize=SMALL, color=MUTED)
    plot = sheet.plot(576, 22, 350, 240, "position x", "likeness (1: the same)")
    for (name, values), (colour, _, dashes) in zip(likeness.items(), LINES):
        plot.plot(x, numbers(values, name, "N"), color=colour, linestyle=dashes, label=name)
    plot.xaxis.set_major_locator(MultipleLocator(0.5))
    plot.axvline(at, color=MUTED, linewidth=1)
    sheet.text(576, 2, f"how alike the features of x and of {at:g} are", va="top", fontsize=SMALL, color=MUTED)
    plot.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=SMALL)
    return sheet.figure


@styled
def picture_row(images, captions: Sequence[str], *, title: str, subtitle: str = "") -> Figure:
    """Pictures (N, H, W, 3) side by side, the first line of each caption bold below it."""
    images = pictures(images, "pictures", "N")
    if len(images) != len(captions):
        raise InputError(f"{len(captions)} captions for {plural(len(images), 'picture')}", "one for each")
    side, across = 128, 8
    columns, rows = min(across, len(images)), -(-len(images) // across)
    lines = [wrap(c.partition("\n")[0], side, SMALL, bold=True) for c in captions]
    height = side + 56 + 20 * max(text.count("\n") for text in lines)
    sheet = Sheet(rows * height + 8, title, subtitle,
                  f"{title.rstrip('.')}. " + "; ".join(" ".join(c.split()) for c in captions) + ".",
                  width=max(760, 2 * MARGIN + columns * (side + GAP) - GAP))
    for i, (image, head, caption) in enumerate(zip(images, lines, captions)):
        x, y = MARGIN + i % across * (side + GAP), i // across * height
        sheet.picture(x, y, side, side, image)
        sheet.text(x, y + side + 6, head, va="top", fontsize=SMALL, fontweight="bold", linespacing=1.25)
        sheet.text(x, y + side + 27 + 20 * head.count("\n"), caption.partition("\n")[2], va="top", fontsize=SMALL,
                   color=MUTED)
    return sheet.figure


@styled
def removal_curves(removed: Sequence[int], curves: Mapping[str, Sequence[float]], *, title: str,
                   subtitle: str = "") -> Figure:
    """Decibels against the number of tokens that were taken away, a curve for each choice of which."""
    found = {name: numbers(values, name, "N") for name, values in curves.items()}
    if not found or any(len(values) != len(removed) for values in found.values()):
        raise InputError(f"curves for {plural(len(removed), 'number')} of removed tokens", "as many points in each")
    ends = ", ".join(f"{name}: {values[0]:.1f} to {values[-1]:.1f} dB" for name, values in found.items())
    sheet = Sheet(330, title, subtitle, f"{title.rstrip('.')}. From {removed[0]} to {removed[-1]} tokens removed, "
                                        f"{ends}.",
                  width=900)
    plot = sheet.plot(96, 8, 560, 250, "tokens taken away from the query", "PSNR of the answers (dB)")
    for (name, values), (colour, marker, dashes) in zip(found.items(), LINES):
        plot.plot(removed, values, color=colour, marker=marker, linestyle=dashes, markersize=6, label=name)
    plot.legend(loc="upper left", bbox_to_anchor=(1.03, 1.0), frameon=False, fontsize=BODY, title="taken away first",
                alignment="left")
    return sheet.figure


def _per_patch(weights, V: int, H: int, W: int) -> np.ndarray | None:
    """Weights (K) as (V, rows, columns) of square patches."""
    if weights is None:
        return None
    weights = numbers(weights, "weights", "K")
    across = math.isqrt(len(weights) // V)
    if V * across * across != len(weights) or H % across or W % across:
        raise InputError(f"{len(weights)} weights for {plural(V, 'view')}", "a square number of patches for each view")
    return weights.reshape(V, across, across)


def _shaded(view: np.ndarray, weights: np.ndarray, largest: float) -> np.ndarray:
    """A view (H, W, 3) in which patches fade towards white as their weight goes to 0."""
    size = len(view) // len(weights)
    strength = FAINT + (1 - FAINT) * (weights / max(largest, 1e-9)).repeat(size, 0).repeat(size, 1)[..., None]
    return 1 - strength * (1 - view)


def _percentages(axes, weights: np.ndarray, size: int, largest: float) -> None:
    step = size / len(weights)
    for (row, column), value in np.ndenumerate(weights):
        x, y = column * step - 0.5, row * step - 0.5
        axes.add_patch(Rectangle((x, y), step, step, fill=False, edgecolor="#9AA1AC", linewidth=0.4))
        if value >= LABELLED and value >= 0.2 * largest:
            axes.text(x + step / 2, y + step / 2, f"{100 * value:.0f} %", ha="center", va="center", fontsize=SMALL,
                      color=INK, bbox=dict(facecolor="white", alpha=0.8, edgecolor="none", pad=1.2))


def _marked(axes, mark: tuple[float, float, float]) -> None:
    x, y, side = mark
    for colour, width in (("white", 4.5), (INK, 2.0)):
        axes.add_patch(Rectangle((x - side / 2 - 0.5, y - side / 2 - 0.5), side, side, fill=False, edgecolor=colour,
                                 linewidth=width, clip_on=False))


def _draw_frame(tile: np.ndarray, x: int, y: int, size: int) -> None:
    """A frame two pixels wide, dark in white, cut off at the edges of the tile."""
    for colour, grow in (((1.0, 1.0, 1.0), 2), ((0.1, 0.12, 0.15), 0)):
        low, high = (max(0, x - grow), max(0, y - grow)), (x + size + grow, y + size + grow)
        box = tile[low[1]:high[1], low[0]:high[0]]
        box[:2], box[-2:], box[:, :2], box[:, -2:] = colour, colour, colour, colour


def _words(name: str, weights: np.ndarray | None) -> str:
    name = name.replace("\n", ", ")
    if weights is None:
        return f"{name}: no weights shown."
    shares = [f"{100 * share:.0f} % to view {v + 1}" for v, share in enumerate(weights.sum((1, 2)))]
    v, row, column = np.unravel_index(weights.argmax(), weights.shape)
    return (f"{name}: {listing(shares)}; most, {100 * weights.max():.0f} %, to row {row + 1}, column {column + 1} of "
            f"view {v + 1}.")
