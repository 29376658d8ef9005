"""Figures of notebook 09: walks as strips of pictures, tables of numbers, the ring, and curves along a way.

Public: `strips`, `number_table`, `share_bars`, `scores_over_azimuth`, `ring_plane`, `curves_along`.
Axes: S steps of a walk, C components, M latents, H W pixels.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from ....errors import InputError
from ....figures.style import BODY, INK, MARGIN, MUTED, SMALL, Sheet, listing, numbers, pictures, plural, styled, wrap

GAP = 10  # pixels between pictures
CYCLIC, SEQUENTIAL = "twilight_shifted", "viridis"  # colour maps, both perceptually uniform
LINES = (("#D55E00", "o", "-"), ("#0072B2", "s", "--"), ("#009E73", "^", "-."), ("#4D4D4D", "v", ":"))
JOURNEYS = dict(zip(("straight line", "around the ring", "latent of the true picture", "staying at the start"), LINES))


@styled
def strips(rows: Mapping[str, object], captions: Mapping[str, Sequence[str]] | None = None, *, title: str,
           subtitle: str = "", alt: str = "") -> Figure:
    """A strip of pictures (S, H, W, 3) for each name, at the left; captions under the pictures of some rows.

    What follows a line break in a name is drawn small.
    """
    found, captions = {name: pictures(row, name, "S") for name, row in rows.items()}, captions or {}
    steps = {len(row) for row in found.values()}
    if len(steps) != 1 or any(len(captions.get(name, row)) != len(row) for name, row in found.items()):
        raise InputError("strips of unequal length", "as many pictures in each, and a caption for each or for none")
    (count,), label = steps, 190
    side = min(128, (1200 - 2 * MARGIN - label) // count - GAP)
    heights = [side + (30 if name in captions else GAP) for name in found]
    sheet = Sheet(sum(heights) + MARGIN - GAP, title, subtitle, _sentence(title, alt or f"Rows of {count} pictures: "
                  f"{listing(' '.join(name.split()) for name in found)}."),
                  width=max(760, 2 * MARGIN + label + count * (side + GAP)))
    y = 0
    for (name, row), height in zip(found.items(), heights):
        first, _, second = name.partition("\n")
        sheet.text(MARGIN, y + side / 2 - 3, wrap(first, label - 16, BODY, bold=True), va="bottom", fontweight="bold",
                   linespacing=1.25)
        sheet.text(MARGIN, y + side / 2 + 3, wrap(second, label - 16, SMALL), va="top", fontsize=SMALL, color=MUTED,
                   linespacing=1.3)
        for i, picture in enumerate(row):
            x = MARGIN + label + i * (side + GAP)
            sheet.picture(x, y, side, side, picture)
            if name in captions:
                sheet.text(x + side / 2, y + side + 4, captions[name][i], ha="center", va="top", fontsize=SMALL,
                           color=MUTED)
        y += height
    return sheet.figure


@styled
def number_table(values, rows: Sequence[str], columns: Sequence[str], *, title: str, subtitle: str = "",
                 strong: float = 1.0) -> Figure:
    """Numbers (R, C) as a table, the darker the farther from 0; `strong` is as dark as it gets. NaN is left empty."""
    table = np.asarray(values, dtype=float)
    if table.shape != (len(rows), len(columns)):
        raise InputError(f"a table of shape {table.shape}", f"({len(rows)}, {len(columns)}), one for each name")
    heads = [wrap(column, 116, SMALL) for column in columns]
    top, w, h, left = 12 + 20 * (1 + max(head.count("\n") for head in heads)), 128, 42, 360
    words = [f"{row}: " + ", ".join(f"{_signed(v)} {c}" for v, c in zip(line, columns) if not np.isnan(v)) + "."
             for row, line in zip(rows, table)]
    sheet = Sheet(top + len(rows) * h + MARGIN, title, subtitle, _sentence(title, " ".join(words)),
                  width=max(760, left + len(columns) * w + MARGIN))
    for j, head in enumerate(heads):
        sheet.text(left + (j + 0.5) * w, top - 8, head, ha="center", va="bottom", fontsize=SMALL, linespacing=1.25)
    for i, row in enumerate(rows):
        y = top + i * h
        sheet.text(left - 14, y + h / 2, wrap(row, left - 14 - MARGIN, SMALL), ha="right", va="center", fontsize=SMALL,
                   linespacing=1.2)
        for j, value in enumerate(table[i]):
            if np.isnan(value):
                continue
            shade = 1 - 0.85 * min(abs(value) / strong, 1.0)
            colour = (shade, shade, 1.0) if value >= 0 else (1.0, shade, shade)
            sheet.picture(left + j * w + 2, y + 2, w - 4, h - 4, np.full((1, 1, 3), colour))
            sheet.text(left + (j + 0.5) * w, y + h / 2, _signed(value), ha="center", va="center", fontsize=BODY,
                       color="white" if shade < 0.5 else INK)
    return sheet.figure


@styled
def share_bars(spaces: Mapping[str, object], *, title: str, subtitle: str = "", shown: int = 12) -> Figure:
    """Shares of the variance (C) of each space's components in percent, bars side by side, at most `shown`."""
    found = {name: numbers(share, name, "C")[:shown] * 100 for name, share in spaces.items()}
    if not found:
        raise InputError("no shares to draw", "one space or more")
    words = [f"{name}: {listing(f'{s:.0f} %' for s in share)}." for name, share in found.items()]
    sheet = Sheet(300, title, subtitle, _sentence(title, " ".join(words)), width=900)
    axes = sheet.plot(96, 10, 560, 220, "component", "share of the variance (%)")
    width = 0.8 / len(found)
    for i, ((name, share), (colour, *_), hatch) in enumerate(zip(found.items(), LINES, ("", "//", "..", "xx"))):
        place = np.arange(1, len(share) + 1) + (i - (len(found) - 1) / 2) * width
        axes.bar(place, share, width * 0.92, color=colour, edgecolor="white", hatch=hatch, label=name)
    axes.set_xticks(range(1, 1 + max(len(share) for share in found.values())))
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=SMALL)
    return sheet.figure


@styled
def scores_over_azimuth(azimuth, scores, names: Sequence[str], *, title: str, subtitle: str = "") -> Figure:
    """One panel for each component: its scores (M, C), in standard deviations, over the azimuth (M) in degrees, with
    the mean of every sixth of the range."""
    x, y = numbers(azimuth, "azimuths", "M"), numbers(scores, "scores", "M C")
    if y.shape != (len(x), len(names)):
        raise InputError(f"scores of shape {y.shape}", f"({len(x)}, {len(names)})")
    side, between = 250, 84
    edges = np.linspace(x.min(), x.max() + 1e-9, 7)
    middle, which = (edges[:-1] + edges[1:]) / 2, np.digitize(x, edges) - 1
    full = [b for b in range(6) if (which == b).any()]
    means = np.array([y[which == b].mean(0) for b in full])
    words = [f"{name}: mean scores {listing(f'{m:.1f}' for m in column)}." for name, column in zip(names, means.T)]
    sheet = Sheet(26 + 230 + 62, title, subtitle, _sentence(title, "From the smallest azimuths to the largest. "
                  + " ".join(words)), width=80 + len(names) * (side + between))
    for c, name in enumerate(names):
        left = 80 + c * (side + between)
        axes = sheet.plot(left, 26, side, 230, "azimuth (degrees)", "score (std. deviations)" if c == 0 else "score")
        axes.plot(x, y[:, c], ".", markersize=2.5, color="#9AB6D0", rasterized=True)
        axes.plot(middle[full], means[:, c], color=LINES[0][0], marker="o", markersize=6)
        axes.set_ylim(-3.2, 3.2)
        sheet.text(left, 2, name, va="top", fontsize=BODY, fontweight="bold")
    return sheet.figure


@styled
def ring_plane(points, azimuth, ways: Mapping[str, object], *, title: str, subtitle: str = "") -> Figure:
    """Latents (M, 2) in the plane of the ring, coloured by azimuth (M) in degrees, the circle of radius 1, and ways
    (S, 2) through it. Where latents lie all around, the colours go around too."""
    dots, degrees = numbers(points, "points", "M 2"), numbers(azimuth, "azimuths", "M")
    found = {name: numbers(way, name, "S 2") for name, way in ways.items()}
    if len(degrees) != len(dots):
        raise InputError(f"{len(degrees)} azimuths for {plural(len(dots), 'point')}", "one for each")
    words = [f"{name}: from {_place(way[0])} to {_place(way[-1])}, {np.linalg.norm(way, axis=1).min():.2f} from the "
             "middle at its nearest." for name, way in found.items()]
    turn = np.rad2deg(np.arctan2(dots[:, 1], dots[:, 0]))
    whole = np.histogram(turn, 12, (-180, 180))[0].all()
    shape = "Latents lie all around the middle. " if whole else "Latents lie in an arc around the middle. "
    sheet = Sheet(470, title, subtitle, _sentence(title, shape + " ".join(words)),
                  width=900)
    axes = sheet.plot(96, 8, 400, 400, "along cos(azimuth)", "along sin(azimuth)")
    axes.set_aspect("equal")
    low, high, cmap, ticks = degrees.min(), degrees.max() + 1e-9, SEQUENTIAL, None
    if whole:  # -180 and 180 degrees are one direction
        degrees, low, high, cmap, ticks = (degrees + 180) % 360 - 180, -180, 180, CYCLIC, range(-180, 181, 90)
    axes.scatter(*dots.T, c=degrees, cmap=cmap, vmin=low, vmax=high, s=12 if whole else 8, alpha=0.75,
                 edgecolors=MUTED, linewidths=0.3 if whole else 0, rasterized=True)
    axes.add_patch(Circle((0, 0), 1, fill=False, edgecolor=MUTED, linestyle=":", linewidth=1.2))
    axes.plot(0, 0, "+", color=MUTED, markersize=9)
    for (name, way), line in zip(found.items(), LINES):
        colour, marker, dashes = JOURNEYS.get(name, line)
        axes.plot(*way.T, color="white", linewidth=4.5)
        axes.plot(*way.T, color=colour, marker=marker, linestyle=dashes, markersize=6, label=name,
                  markeredgecolor="white")
    left, right, top = (-1.7, 1.7, 1.7) if whole else (-0.6, 1.9, 1.4)
    axes.set_xlim(left, right)
    axes.set_ylim(-top, top)
    sheet.colour_bar(520, 240, 150, cmap, float(low), float(high), "true azimuth (degrees)", ticks=ticks)
    if found:
        axes.legend(loc="upper left", bbox_to_anchor=(1.04, 1.0), frameon=False, fontsize=SMALL)
    return sheet.figure


@styled
def curves_along(share, curves: Mapping[str, object], ylabel: str, *, title: str, subtitle: str = "") -> Figure:
    """A curve (S) for each name along a way, `share` (S) from 0 to 1."""
    x, found = numbers(share, "shares", "S"), {name: numbers(curve, name, "S") for name, curve in curves.items()}
    if not found or any(len(curve) != len(x) for curve in found.values()):
        raise InputError(f"curves along {plural(len(x), 'step')}", "as many points in each")
    words = [f"{name}: {curve[0]:.1f} at the start, {curve[len(x) // 2]:.1f} in the middle, {curve[-1]:.1f} at the end."
             for name, curve in found.items()]
    sheet = Sheet(310, title, subtitle, _sentence(title, f"{ylabel}. " + " ".join(words)), width=960)
    axes = sheet.plot(96, 8, 520, 230, "share of the way", ylabel)
    for (name, curve), line in zip(found.items(), LINES):
        colour, marker, dashes = JOURNEYS.get(name, line)
        axes.plot(x, curve, color=colour, marker=marker, linestyle=dashes, markersize=6, label=name)
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=SMALL)
    return sheet.figure


def _signed(value: float) -> str:
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def _place(point: np.ndarray) -> str:
    return f"({point[0]:.1f}, {point[1]:.1f})"


def _sentence(title: str, rest: str) -> str:
    return f"{title.rstrip('.')}. {rest}"
