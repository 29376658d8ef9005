"""Figures of notebook 06: rows of pictures with decibels, cameras that err, what sigma is in pixels, what lies cost.

Public: `rows_sheet`, `swing_sheet`, `pixel_curve`, `lost_sheet`. The noise curve itself is `curves.noise_curve`.
Axes: N pictures or cameras, H W pixels, S sigmas.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from ....errors import InputError
from ....figures.style import (
    BODY,
    INK,
    MARGIN,
    METHOD_COLOURS,
    METHOD_NAMES,
    MUTED,
    SMALL,
    Sheet,
    listing,
    numbers,
    plural,
    scale_to_fit,
    styled,
)
from ....figures.style import pictures as as_pictures
from ....scenes.worlds import get_world

GAP, LABELS, FOOT = 6, 184, 22  # pixels: between pictures, for the names of rows, for decibels below a row
ARENA = get_world("sector").arena
OWN, WORLD = "#0072B2", "#E69F00"  # noise in the camera's frame, and in the world's


@styled
def rows_sheet(rows: Mapping[str, object], *, title: str, subtitle: str = "", truth: str | None = None) -> Figure:
    """Rows of pictures, each (N, H, W, 3), below each other under their names (which may have line breaks).

    `truth`: the row that the others are compared with; they get decibels, of right halves.
    """
    found = {name: as_pictures(pictures, name, "N") for name, pictures in rows.items()}
    shapes = {pictures.shape for pictures in found.values()}
    if len(shapes) != 1 or (truth is not None and truth not in found):
        raise InputError(f"rows of pictures of shapes {sorted(shapes)}, compared with {truth!r}",
                         "rows of one shape, and one of their names")
    N, H, W = next(iter(shapes))[:3]
    side = int(scale_to_fit(W, min(128, (1200 - 2 * MARGIN - LABELS) / N - GAP)))
    height = side * H // W
    scores = {name: _decibels(found[truth], pictures) for name, pictures in found.items()
              if truth is not None and name != truth}
    heights = [height + (FOOT if name in scores else GAP) for name in found]
    plain = {name: " ".join(name.split()) for name in found}
    told = "; ".join(f"{plain[name]}: {values.mean():.1f} dB on average" for name, values in scores.items())
    sheet = Sheet(sum(heights) + MARGIN, title, subtitle, f"{title.rstrip('.')}. {plural(len(found), 'row')} of "
                  f"{plural(N, 'picture')}: {listing(plain.values())}." + (f" {told}." if told else ""),
                  width=max(640, 2 * MARGIN + LABELS + N * (side + GAP)))
    y = 0
    for (name, pictures), used in zip(found.items(), heights):
        sheet.text(MARGIN, y + height / 2, name, va="center", fontsize=BODY, linespacing=1.3)
        for n, picture in enumerate(pictures):
            x = MARGIN + LABELS + n * (side + GAP)
            sheet.picture(x, y, side, height, picture)
            if name in scores:
                sheet.text(x + side / 2, y + height + 3, f"{scores[name][n]:.1f} dB", ha="center", va="top",
                           fontsize=SMALL - 0.5, color=MUTED)
        y += used
    return sheet.figure


def _decibels(truth: np.ndarray, pictures: np.ndarray) -> np.ndarray:
    mse = ((truth - pictures)[:, :, truth.shape[2] // 2:] ** 2).mean((1, 2, 3))
    return -10 * np.log10(mse.clip(1e-10)) + 0.0


@styled
def swing_sheet(true, own, world, *, sigma: float) -> Figure:
    """A camera (4, 4) and its noisy copies (N, 4, 4), from above: noise in its own frame, and in the world's."""
    true = numbers(true, "a camera", "4 4")
    panels = (("noise in the camera's own frame", numbers(own, "noisy cameras", "N 4 4"), OWN),
              ("the same noise in the world's frame", numbers(world, "noisy cameras", "N 4 4"), WORLD))
    side, between = 400, 60
    sheet = Sheet(side + 92, f"The same noise, σ\u00a0=\u00a0{sigma:g}, in two frames", "Seen from above. Dots: where "
                  "cameras stand; lines: where they look. Black: the true one. Grey: where the objects are.",
                  f"Two plans of a camera and {plural(len(panels[0][1]), 'noisy camera')} of the same noise. In its "
                  "own frame the camera turns where it stands, and many lines miss the middle of the scene. In the "
                  "world's frame it swings around the middle and keeps looking at it.",
                  width=2 * MARGIN + 70 + 2 * side + between)
    seen = np.concatenate([[true], panels[0][1], panels[1][1]])
    ends = seen[:, :2, 3] + _sight(true) * seen[:, :2, 2]
    corners = np.concatenate([seen[:, :2, 3], ends, [[-ARENA, -ARENA], [ARENA, ARENA]]])
    middle, reach = (corners.max(0) + corners.min(0)) / 2, float(np.ptp(corners, axis=0).max()) / 2 + 0.15
    for i, (name, cameras, colour) in enumerate(panels):
        x = MARGIN + 62 + i * (side + between)
        sheet.text(x, 0, name, va="top", fontweight="bold")
        plot = sheet.plot(x, 26, side, side, "world x (units)", "world y (units)" if i == 0 else "")
        plot.add_patch(Circle((0, 0), ARENA, facecolor="#E8EAEE", edgecolor="none"))
        for pose, line in [*((c, {"color": colour, "linewidth": 1.2, "alpha": 0.8}) for c in cameras),
                           (true, {"color": INK, "linewidth": 2.2})]:
            start, ahead = pose[:2, 3], pose[:2, 2]
            plot.plot(*zip(start, start + _sight(true) * ahead), **line)
            plot.plot(*start, marker="o", markersize=4, color=line["color"])
        plot.set_xlim(middle[0] - reach, middle[0] + reach)
        plot.set_ylim(middle[1] - reach, middle[1] + reach)
    return sheet.figure


def _sight(camera: np.ndarray) -> float:
    """How long a line of sight is drawn: from the camera (4, 4) to a little behind the middle of the scene."""
    return 1.25 * float(np.linalg.norm(camera[:3, 3]))


@styled
def pixel_curve(sigmas: Sequence[float], found: Mapping[str, object], object_size: float) -> Figure:
    """How far points of a scene appear displaced, in pixels, against sigma: for each name numbers (S, N).

    `object_size` is about how many pixels an object is wide, to compare with.
    """
    curves = {name: np.quantile(numbers(values, name, f"{len(sigmas)} N"), (0.25, 0.5, 0.75), axis=1)
              for name, values in found.items()}
    last = listing(f"{middle[-1]:.1f} pixels for {name}" for name, (_, middle, _) in curves.items())
    sheet = Sheet(360, "What sigma is in pixels depends on where the noise is", "Median over cameras and points; the "
                  "bands hold the middle half.", f"Displacement in pixels against sigma. At sigma = {sigmas[-1]:g} "
                  f"the medians are {last}. An object is about {object_size:.0f} pixels wide.", width=1000)
    plot = sheet.plot(MARGIN + 66, 6, 560, 280, "camera noise σ (radians, and units of the scene)",
                      "displacement (pixels)")
    for (name, (low, middle, high)), colour, marker in zip(curves.items(), (OWN, WORLD), "os"):
        plot.fill_between(sigmas, low, high, color=colour, alpha=0.18, linewidth=0)
        plot.plot(sigmas, middle, color=colour, marker=marker, markersize=6, label=name, clip_on=False, zorder=3)
    plot.axhline(object_size, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), label="width of an object, about")
    plot.set_xlim(0, sigmas[-1])
    plot.set_xticks(list(sigmas))
    plot.set_ylim(0, None)
    plot.legend(loc="upper left", bbox_to_anchor=(1.03, 1.0), frameon=False, fontsize=BODY)
    return sheet.figure


@styled
def lost_sheet(lost: Mapping[str, Mapping[str, float]], *, title: str, subtitle: str = "") -> Figure:
    """Decibels lost when some cameras are wrong: {whose cameras: {model: dB}}, as lying bars side by side."""
    models = list(next(iter(lost.values()), {}))
    if not models or any(list(values) != models for values in lost.values()) or not all(
            math.isfinite(v) for values in lost.values() for v in values.values()):
        raise InputError("decibels lost that are no table", "finite numbers, of the same models for everybody")
    thick = 24
    row = thick * len(models) + 20
    told = "; ".join(f"{who}: " + listing(f"{METHOD_NAMES[m]} {v:.1f} dB" for m, v in values.items())
                     for who, values in lost.items())
    sheet = Sheet(row * len(lost) + 76 + 30 * (len(models) > 1), title, subtitle,
                  f"{title.rstrip('.')}. Lost when the cameras of these are wrong: {told}.", width=900)
    plot = sheet.plot(220, 30 * (len(models) > 1), 560, row * len(lost), "PSNR lost (dB)", "")
    for i, model in enumerate(models):
        at = np.arange(len(lost)) + (i - (len(models) - 1) / 2) * thick / row
        values = [entry[model] for entry in lost.values()]
        plot.barh(at, values, height=0.86 * thick / row, color=METHOD_COLOURS[model], label=METHOD_NAMES[model],
                  hatch="//" if i else None, edgecolor="white", linewidth=0)
        for y, value in zip(at, values):
            plot.text(max(value, 0) + 0.06, y, f"{value:.1f}", va="center", fontsize=SMALL, color=INK)
    plot.set_yticks(range(len(lost)), list(lost))
    plot.tick_params(axis="y", labelsize=BODY, labelcolor=INK)
    plot.set_ylim(len(lost) - 0.5, -0.5)
    plot.set_xlim(min(0.0, *(v for e in lost.values() for v in e.values())),
                  1.12 * max(v for e in lost.values() for v in e.values()) + 0.1)
    plot.grid(False, axis="y")
    if len(models) > 1:
        plot.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=len(models), fontsize=BODY)
    return sheet.figure
