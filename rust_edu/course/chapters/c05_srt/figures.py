"""Figures of notebook 05: SRT as a picture, patches, a set of tokens, rays as waves, and what parts are worth.

Public: `srt_diagram`, `patch_sheet`, `likeness_sheet`, `ray_sheet`, `by_heart_sheet`, `views_curve`, `bar_sheet`.
Axes: V input views, T target views, P patches of a view, K = V P tokens, N queries, C numbers in a query, H W pixels.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ....errors import InputError
from ....figures.diagrams import arrow, box
from ....figures.style import (
    BODY,
    INK,
    MARGIN,
    METHOD_COLOURS,
    METHOD_MARKERS,
    METHOD_NAMES,
    MUTED,
    SMALL,
    Sheet,
    listing,
    numbers,
    plural,
    styled,
)
from ....figures.style import pictures as as_pictures

GAP = 6  # pixels between pictures
GIVEN, ASKED = METHOD_COLOURS["srt"], METHOD_COLOURS["rust"]  # what the input views give; what the target asks


@styled
def srt_diagram(inputs, target) -> Figure:
    """SRT as a picture: input views (V, H, W, 3) and their cameras above, the camera of a target (H, W, 3) below."""
    inputs, target = as_pictures(inputs, "input views", "V")[:3], as_pictures(target, "a target", "")
    sheet = Sheet(350, "SRT: photographs become a set of tokens, and every ray of a new view asks it",
                  "Blue: what the input views give. Orange: what is asked. In brackets: the exercise in which you "
                  "build it.",
                  "Diagram of SRT. Input views are cut into patches; with the rays of their cameras they become "
                  "tokens, and the encoder makes of them a set, the scene. A place in a target becomes a ray in the "
                  "frame of the first input camera, the ray a query; in the decoder it asks the scene, and colours "
                  "come out. Their squared error against the target's colours is all that teaches.")
    side = 84
    for i, picture in enumerate(inputs):
        sheet.picture(MARGIN + i * (side + GAP), 24, side, side, picture)
    sheet.text(MARGIN, 112, "input views and their cameras", va="top", fontsize=SMALL)
    sheet.picture(MARGIN + side + GAP, 206, side, side, target, alpha=0.25)
    sheet.text(MARGIN, 296, "a target: its camera is given, its picture is not", va="top", fontsize=SMALL)
    tokens = box(sheet, 364, 38, 166, 56, "tokens", "[05.1, 05.2]", GIVEN)
    encoder = box(sheet, 586, 38, 166, 56, "encoder", "[05.3]", GIVEN)
    slsr = box(sheet, 808, 26, 166, 80, "scene", f"a set of {len(inputs)} x P tokens", GIVEN)
    query = box(sheet, 364, 220, 166, 56, "a ray", "[05.4]", ASKED)
    decoder = box(sheet, 808, 220, 166, 56, "decoder", "asks the scene [05.5]", INK)
    colour = box(sheet, 1010, 220, 166, 56, "colours", "of 2 x 2 pixels", INK)
    truth = box(sheet, 1010, 38, 166, 56, "target's colours", "the only teacher", INK)
    arrow(sheet, (MARGIN + 3 * side + 2 * GAP + 2, 66), tokens["left"], GIVEN)
    arrow(sheet, tokens["right"], encoder["left"], GIVEN)
    arrow(sheet, encoder["right"], slsr["left"], GIVEN)
    arrow(sheet, slsr["bottom"], decoder["top"], GIVEN)
    arrow(sheet, (MARGIN + 2 * side + GAP + 4, 248), query["left"], ASKED)
    arrow(sheet, query["right"], decoder["left"], ASKED)
    arrow(sheet, decoder["right"], colour["left"], INK)
    arrow(sheet, colour["top"], truth["bottom"], INK, both=True)
    sheet.text(1082, 157, "squared error", ha="right", va="center", fontsize=SMALL)
    return sheet.figure


@styled
def patch_sheet(image, patches, patch: int) -> Figure:
    """A picture (H, W, 3) with its patches numbered, and beside it the numbers of `patches` (P, p p 3), drawn again."""
    image = as_pictures(image, "a picture", "")
    H, W = image.shape[:2]
    rows, columns = H // patch, W // patch
    drawn = numbers(patches, "patches", f"{rows * columns} {patch * patch * 3}").clip(0, 1)
    drawn = drawn.reshape(-1, patch, patch, 3)
    side, cell = 256, 256 // max(rows, columns)
    sheet = Sheet(side + 60, f"{len(drawn)} patches of {patch} x {patch} pixels, each a list of {3 * patch * patch} "
                  "numbers",
                  "Left: the picture, its patches counted row by row. Right: your patches in their order, drawn from "
                  "their numbers. Put together, they must give the picture.",
                  f"A picture cut into {rows} rows of {columns} patches, and the same patches, drawn one by one.",
                  width=MARGIN * 2 + 2 * side + 130)
    axes = sheet.picture(MARGIN, 0, columns * cell, rows * cell, image)
    for i in range(len(drawn)):
        row, column = divmod(i, columns)
        axes.text((column + 0.5) * patch - 0.5, (row + 0.5) * patch - 0.5, str(i), ha="center", va="center",
                  fontsize=SMALL, color=INK, bbox=dict(facecolor="white", alpha=0.75, edgecolor="none", pad=1.0))
        sheet.picture(MARGIN + side + 60 + column * (cell + GAP), row * (cell + GAP), cell, cell, drawn[i])
    return sheet.figure


@styled
def likeness_sheet(tables: Mapping[str, object], views: int) -> Figure:
    """How alike tokens are: for each name the cosines (K, K) of all pairs of K tokens of so many views."""
    found = {name: numbers(table, name, "K K") for name, table in tables.items()}
    side, left = 320, 60
    sheet = Sheet(side + 84, "How alike two tokens are", "Row and column: a token. Lines part the views. Red +1: the "
                  "same direction; white 0: nothing in common; blue −1.", "Tables of likeness between all pairs of "
                  f"tokens of {plural(views, 'view')}, for {listing(found)}. With positions and tags each token is "
                  "like itself, and like the tokens of the same patch in other "
                  "views.", width=2 * MARGIN + len(found) * (side + left))
    for i, (name, table) in enumerate(found.items()):
        K = len(table)
        if K % views:
            raise InputError(f"{K} tokens of {plural(views, 'view')}", "as many of each view")
        x = MARGIN + left / 2 + i * (side + left)
        axes = sheet.picture(x, 26, side, side, table, cmap="RdBu_r", vmin=-1, vmax=1)
        sheet.text(x, 2, name, va="top", fontweight="bold")
        for v in range(1, views):
            axes.axhline(v * K // views - 0.5, color=INK, linewidth=0.8)
            axes.axvline(v * K // views - 0.5, color=INK, linewidth=0.8)
        for v in range(views):
            sheet.text(x + (v + 0.5) * side / views, 32 + side, f"view {v + 1}", ha="center", va="top", fontsize=SMALL,
                       color=MUTED)
    return sheet.figure


@styled
def ray_sheet(queries, side: int, octaves: int) -> Figure:
    """The sines in the queries of one picture (N, 12 octaves), N = side^2, as maps: a row for each number of a ray."""
    queries = numbers(queries, "queries", f"{side * side} {12 * octaves}")
    cell, left = 66, 150
    names = ("origin x", "origin y", "origin z", "direction x", "direction y", "direction z")
    sheet = Sheet(6 * (cell + GAP) + 40, f"A query is {12 * octaves} numbers: here the sines, for every position of "
                  "one picture",
                  "Rows: the six numbers of a ray. Columns: octaves, slow waves first. Red +1, white 0, blue −1. The "
                  "origin is the same for all pixels of a picture; directions differ.",
                  f"{6 * octaves} small maps. In the upper three rows each map has one colour; in the lower three "
                  "waves run over the picture, faster to the "
                  "right.", width=max(720, 2 * MARGIN + left + octaves * (cell + GAP)))
    for row, name in enumerate(names):
        y = 22 + row * (cell + GAP)
        sheet.text(MARGIN, y + cell / 2, name, va="center", fontsize=BODY)
        for k in range(octaves):
            sheet.picture(MARGIN + left + k * (cell + GAP), y, cell, cell,
                          queries[:, row * octaves + k].reshape(side, side), cmap="RdBu_r", vmin=-1, vmax=1)
    for k in range(octaves):
        sheet.text(MARGIN + left + k * (cell + GAP) + cell / 2, 2, f"octave {k + 1}", ha="center", va="top",
                   fontsize=SMALL - 1, color=MUTED)
    return sheet.figure


@styled
def by_heart_sheet(targets, predictions, learned: int, flat: Sequence[float]) -> Figure:
    """Targets (T, H, W, 3) of one scene above their predictions, the first `learned` of which were trained on. Below
    each the decibels of the whole picture, and those of its scene's mean colour, `flat` (T)."""
    targets, drawn = as_pictures(targets, "targets", "T"), as_pictures(predictions, "predictions", "T")
    flat = numbers(flat, "decibels of the mean colour", str(len(targets)))
    if targets.shape != drawn.shape or not 0 < learned < len(targets):
        raise InputError(f"{len(targets)} targets, {len(drawn)} predictions, {learned} of them learned",
                         "a prediction for each target, and some that were not trained on")
    decibels = -10 * np.log10(((targets - drawn.clip(0, 1)) ** 2).mean((1, 2, 3)).clip(1e-10))
    side, left, apart = 150, 110, 44
    words = [f"{value:.1f} dB, where the mean colour of the inputs has {other:.1f} dB" for value, other in zip(
        decibels, flat)]
    sheet = Sheet(2 * side + 106, "One scene by heart, and a view of it that was kept back",
                  "Decibels of whole pictures. In brackets: those of one flat colour, the mean of the input views.",
                  f"Targets of one scene and what the model draws. Trained on: {'; '.join(words[:learned])}. "
                  f"Kept back: {'; '.join(words[learned:])}.",
                  width=2 * MARGIN + left + len(targets) * (side + GAP) + apart)
    for row, name in enumerate(("target", "prediction")):
        sheet.text(MARGIN, 26 + row * (side + GAP) + side / 2, name, va="center", fontsize=BODY)
    for t in range(len(targets)):
        x = MARGIN + left + t * (side + GAP) + apart * (t >= learned)
        if t in (0, learned):
            sheet.text(x, 0, "trained on" if t == 0 else "kept back", va="top", fontweight="bold",
                       color=GIVEN if t == 0 else ASKED)
        for row, picture in enumerate((targets[t], drawn[t].clip(0, 1))):
            sheet.picture(x, 26 + row * (side + GAP), side, side, picture)
        sheet.text(x + side / 2, 38 + 2 * side, f"{decibels[t]:.1f} dB ({flat[t]:.1f})", ha="center", va="top",
                   fontsize=BODY)
    return sheet.figure


@styled
def views_curve(counts: Sequence[int], curves: Mapping[str, Sequence[float]], trained: tuple[int, int], *, title: str,
                subtitle: str = "") -> Figure:
    """Decibels against the number of input views, a curve for each method; `trained`: least and most in training."""
    found = {name: numbers(values, name, str(len(counts))) for name, values in curves.items()}
    ends = "; ".join(f"{METHOD_NAMES[name]} from {values[0]:.1f} to {values[-1]:.1f} "
                     "dB" for name, values in found.items())
    sheet = Sheet(330, title, subtitle, f"{title.rstrip('.')}. From {counts[0]} to {counts[-1]} input views: {ends}.",
                  width=900)
    plot = sheet.plot(96, 8, 540, 250, "input views", "PSNR of right halves (dB)")
    plot.axvspan(trained[0] - 0.1, trained[1] + 0.1, color="#EEF1F5", zorder=0)
    for name, values in found.items():
        plot.plot(counts, values, color=METHOD_COLOURS[name], marker=METHOD_MARKERS[name], markersize=7,
                  linestyle="-" if name == "srt" else "--", label=METHOD_NAMES[name])
    plot.set_xticks(list(counts))
    plot.legend(loc="upper left", bbox_to_anchor=(1.03, 1.0), frameon=False, fontsize=BODY)
    sheet.text(662, 190, f"grey: numbers of views\nseen in training,\n{trained[0]} to {trained[1]}", va="top",
               fontsize=SMALL, color=MUTED, linespacing=1.3)
    return sheet.figure


@styled
def bar_sheet(values: Mapping[str, float], xlabel: str, *, title: str, subtitle: str = "", digits: int = 1,
              lines: Mapping[str, float] | None = None, start: float = 0.0) -> Figure:
    """Lying bars, one for each name, with their numbers; `lines` are named values to compare with."""
    if not values or not all(math.isfinite(v) for v in [*values.values(), *(lines or {}).values()]):
        raise InputError("bars without numbers", "finite numbers by name")
    step, left = 40, 250
    shown = ", ".join(f"{name}: {value:.{digits}f}" for name, value in {**values, **(lines or {})}.items())
    sheet = Sheet(len(values) * step + 84 + 22 * len(lines or {}), title, subtitle, f"{title.rstrip('.')}. {xlabel}. "
                  f"{shown}.",
                  width=900)
    top = 16 * len(lines or {}) + 6 * bool(lines)
    plot = sheet.plot(left, top, 560, len(values) * step, xlabel, "")
    at = np.arange(len(values))
    plot.barh(at, [v - start for v in values.values()], left=start, height=0.62, color=[GIVEN] + ["#8FB8DA"] * (
        len(values) - 1))
    plot.set_yticks([])
    plot.invert_yaxis()
    plot.set_ylabel(" ")
    highest = max([*values.values(), *(lines or {}).values()])
    plot.set_xlim(start, highest + 0.14 * (highest - start))
    for y, (name, value) in zip(at, values.items()):
        sheet.text(left - 14, top + (y + 0.5) * step, name, ha="right", va="center", fontsize=BODY)
        plot.text(value + 0.004 * (highest - start), y, f"{value:.{digits}f}", va="center", fontsize=BODY,
                  bbox=dict(facecolor="white", edgecolor="none", pad=1.5))  # a line may run behind it
    for i, (name, value) in enumerate((lines or {}).items()):
        plot.axvline(value, color=MUTED, linewidth=1.4, linestyle=("--", ":", "-.")[i % 3])
        plot.text(value, -0.58 - 0.4 * i, f"{name} {value:.{digits}f}", ha="center", va="bottom", fontsize=SMALL - 1,
                  color=MUTED)
    return sheet.figure
