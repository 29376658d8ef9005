"""Figures of notebook 07: RUST as a picture, its keyhole, its questions, and who copies.

Public: `rust_diagram`, `keyhole_sheet`, `asking_sheet`, `query_sheet`, `transplant_sheet`, `loyalty_plot`.
Axes: T target views, V input views, P patches of a view, N queries, C numbers in a query, H W pixels.
"""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

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
    RULE,
    SMALL,
    Sheet,
    listing,
    numbers,
    styled,
)
from ....figures.style import pictures as as_pictures

SEEN = METHOD_COLOURS["rust"]  # whatever the pose estimator sees or makes
GIVEN = METHOD_COLOURS["srt"]  # whatever comes from the input views
COPYCAT = ("#CC79A7", "X")  # colour and marker of whoever copies, as in notebook 02
GAP = 6  # pixels between pictures


@styled
def rust_diagram(inputs, target, *, right: bool = False, latent: int = 8, tokens: str = "48 tokens") -> Figure:
    """RUST as a picture: input views (V, H, W, 3) above, half of a target (H, W, 3) below, a pixel at the right."""
    inputs, target = as_pictures(inputs, "input views", "V")[:3], as_pictures(target, "a target", "")
    sheet = Sheet(372, "RUST: half of the target, eight numbers, and a scene to compare with",
                  "Blue: what the input views give. Orange: what the target gives, through the keyhole.",
                  "Diagram of RUST. Input views go through the encoder to a set of tokens, the scene. Half of a "
                  f"target goes to the pose estimator, which asks the scene too, and becomes {latent} numbers. With a "
                  "pixel's position they make a query; in the decoder it asks the scene, and a colour comes out. Its "
                  "squared error against the target's colour is all that teaches.")
    side = 84
    for i, picture in enumerate(inputs):
        sheet.picture(MARGIN + i * (side + GAP), 24, side, side, picture)
    sheet.text(MARGIN, 112, "input views", va="top", fontsize=SMALL)
    x, y = MARGIN + side + GAP, 216
    sheet.picture(x, y, side, side, target)
    hidden = sheet.axes(x + (0 if right else side / 2), y, side / 2, side)
    hidden.set_axis_off()
    hidden.add_patch(Rectangle((0, 0), 1, 1, transform=hidden.transAxes, facecolor="#D9DCE1", edgecolor=MUTED,
                               hatch="////", linewidth=0))
    sheet.text(x, y + side + 5, "a target, one half hidden", va="top", fontsize=SMALL)
    encoder = box(sheet, 364, 38, 166, 56, "encoder", "(notebook 05)", GIVEN)
    slsr = box(sheet, 586, 26, 166, 80, "scene", f"a set of {tokens}", GIVEN)
    pose = box(sheet, 364, 230, 166, 56, "pose estimator", "asks the scene", SEEN)
    eight = box(sheet, 586, 230, 166, 56, f"{latent} numbers", "the latent pose", SEEN)
    query = box(sheet, 808, 230, 166, 56, "query", "pose and position", INK)
    decoder = box(sheet, 808, 38, 166, 56, "decoder", "asks the scene", INK)
    colour = box(sheet, 1010, 38, 166, 56, "a colour", "of that pixel", INK)
    truth = box(sheet, 1010, 230, 166, 56, "target's colour", "the only teacher", SEEN)
    arrow(sheet, (MARGIN + 3 * side + 2 * GAP, 66), encoder["left"], GIVEN)
    arrow(sheet, encoder["right"], slsr["left"], GIVEN)
    arrow(sheet, slsr["right"], decoder["left"], GIVEN)
    arrow(sheet, (640, 108), (484, 227), GIVEN)
    arrow(sheet, (x + side + 2, y + side / 2), pose["left"], SEEN)
    arrow(sheet, pose["right"], eight["left"], SEEN)
    arrow(sheet, eight["right"], query["left"], SEEN)
    arrow(sheet, query["top"], decoder["bottom"], INK)
    arrow(sheet, decoder["right"], colour["left"], INK)
    arrow(sheet, colour["bottom"], truth["top"], INK, both=True)
    sheet.text(891, 318, "a pixel's position (x, y)", ha="center", va="top", fontsize=SMALL)
    arrow(sheet, (891, 314), query["bottom"], INK)
    sheet.text(1082, 162, "squared error", ha="right", va="center", fontsize=SMALL)
    return sheet.figure


@styled
def keyhole_sheet(images, halves, right) -> Figure:
    """Targets (T, H, W, 3) above, and below what the pose estimator gets: halves (T, H, W/2, 3), in their place."""
    images, halves = as_pictures(images, "targets", "T"), as_pictures(halves, "halves", "T")
    right = np.asarray(right, dtype=bool)
    T, H, W = images.shape[:3]
    if halves.shape[:3] != (T, H, W // 2) or right.shape != (T,):
        raise InputError(f"halves {halves.shape} and right {right.shape} of targets {images.shape}",
                         "half as wide as the targets, and a bool for each")
    scale = 128 / max(H, W)
    w, h = W * scale, H * scale
    width = max(760, math.ceil(2 * MARGIN + 130 + T * (w + 2 * GAP)))
    names = listing("right" if r else "left" for r in right)
    sheet = Sheet(2 * h + 3 * GAP + 30, "What the pose estimator gets to see",
                  "Above: the targets. Below: a random half of each; the rest is not even a token.",
                  f"{T} target pictures, and below each the half that the pose estimator sees: {names}.", width=width)
    sheet.text(MARGIN, h / 2, "target", va="center", fontsize=SMALL)
    sheet.text(MARGIN, 1.5 * h + 2 * GAP, "seen by the\npose estimator", va="center", fontsize=SMALL, linespacing=1.3)
    for t in range(T):
        x, y = MARGIN + 130 + t * (w + 2 * GAP), h + 2 * GAP
        sheet.picture(x, 0, w, h, images[t])
        sheet.picture(x + (w / 2 if right[t] else 0), y, w / 2, h, halves[t])
        hidden = sheet.axes(x + (0 if right[t] else w / 2), y, w / 2, h)
        hidden.set_axis_off()
        hidden.add_patch(Rectangle((0, 0), 1, 1, transform=hidden.transAxes, facecolor="#ECEEF1", edgecolor=RULE,
                                   hatch="////", linewidth=0))
        sheet.text(x + w / 2, y + h + 6, "right" if right[t] else "left", ha="center", va="top", fontsize=SMALL,
                   color=MUTED)
    return sheet.figure


@styled
def asking_sheet(half_picture, right: bool, patches, inputs, weights) -> Figure:
    """Where patches of half a target look in the input views.

    half_picture (H, W/2, 3); patches: for each row (row, column, side) of a patch in the half, in pixels; inputs
    (V, H, W, 3); weights (R, V P): of each of these patches' attention to all patches of the inputs, view by view.
    """
    half_picture, inputs = as_pictures(half_picture, "half a target", ""), as_pictures(inputs, "input views", "V")
    weights = numbers(weights, "weights", f"{len(patches)} K")
    V, H, W = inputs.shape[:3]
    side = math.isqrt(weights.shape[1] // V)
    if side * side * V != weights.shape[1]:
        raise InputError(f"weights of {weights.shape[1]} patches of {V} views", "as many square patches in each view")
    maps = weights.reshape(len(patches), V, side, side)
    scale, step = 160 / H, 160 + 2 * GAP
    sheet = Sheet(len(patches) * step + 30, "A patch of the half picture asks the scene, and the scene says where",
                  "Left: the half that is seen, the asking patch framed. Right: the input views; bright patches are "
                  "those whose tokens it listens to.",
                  f"{len(patches)} patches of half a target, and how much attention each pays to every patch of {V} "
                  "input views.", width=max(820, math.ceil(2 * MARGIN + 100 + (V + 1) * step)))
    for r, (row, column, p) in enumerate(patches):
        y = 24 + r * step
        axes = sheet.picture(MARGIN, y, W / 2 * scale, H * scale, half_picture)
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), p, p, fill=False, edgecolor=SEEN, linewidth=2.5))
        x = MARGIN + W / 2 * scale + 90
        arrow(sheet, (MARGIN + W / 2 * scale + 14, y + H * scale / 2), (x - 14, y + H * scale / 2), SEEN)
        bright = np.sqrt(maps[r] / maps[r].max())  # so that the runners-up can be seen too
        for v in range(V):
            shade = np.kron(bright[v], np.ones((H // side, W // side)))[..., None]
            lit = inputs[v] * (0.3 + 0.7 * shade)
            sheet.picture(x + v * step, y, W * scale, H * scale, lit)
    sheet.text(MARGIN, 16, "right half" if right else "left half", va="bottom", fontsize=SMALL)
    sheet.text(MARGIN + W / 2 * scale + 90, 16, "input views, lit where it looks", va="bottom", fontsize=SMALL)
    return sheet.figure


@styled
def query_sheet(queries, side: int, latent: int) -> Figure:
    """The numbers of all queries of one picture (N, C), N = side^2: each number as a map over the picture."""
    queries = numbers(queries, "queries", f"{side * side} C")
    C = queries.shape[1]
    columns, size = max(8, -(-C // 3)), 78
    rows = 1 + -(-(C - latent) // columns)
    sheet = Sheet(rows * (size + 30) + 16, f"A query is {C} numbers, here for every position of one picture",
                  f"Row 1: the {latent} numbers of the latent pose, the same everywhere. Below: waves of x and y, "
                  "which say where. Blue −1, white 0, red +1.",
                  f"{C} small maps: {latent} are of one colour each, the others are waves along x or y, of growing "
                  "frequency.", width=max(760, 2 * MARGIN + columns * (size + 2 * GAP)))
    for c in range(C):
        row, column = (0, c) if c < latent else (1 + (c - latent) // columns, (c - latent) % columns)
        values = queries[:, c].reshape(side, side)
        limit = max(1.0, np.abs(queries[:, :latent]).max()) if c < latent else 1.0
        x, y = MARGIN + column * (size + 2 * GAP), 4 + row * (size + 30)
        sheet.picture(x, y, size, size, values, cmap="RdBu_r", vmin=-limit, vmax=limit)
        sheet.text(x + size / 2, y + size + 4, f"pose {c + 1}" if c < latent else f"{c + 1}", ha="center", va="top",
                   fontsize=SMALL - 1, color=MUTED)
    return sheet.figure


@styled
def transplant_sheet(a, b, drawn: Mapping[str, np.ndarray]) -> Figure:
    """Latents read in scene A, drawn in scene B: pictures of A, of B, and what each model makes, (T, H, W, 3).

    `drawn`: rows by name. Beside each row the PSNR of its right halves to A's and to B's pictures, the mean over T.
    """
    a, b = as_pictures(a, "pictures of A", "T"), as_pictures(b, "pictures of B", f"{len(a)}")
    drawn = {name: as_pictures(value, name, f"{len(a)}") for name, value in drawn.items()}
    T, H, W = a.shape[:3]
    rows = {"scene A:\nthe latent is read here": a, "scene B: to be drawn,\nfrom the same cameras": b, **drawn}
    scale, labels, tail = 128 / H, 196, 150
    w, h = W * scale, H * scale
    told = []
    sheet = Sheet(len(rows) * (h + GAP) + 56, "Read in A, drawn in B: whose scene comes out?",
                  "A pose says where a camera stands: drawn in B it must show B. A note about pixels shows A.",
                  width=math.ceil(2 * MARGIN + labels + T * (w + GAP) + tail))
    x0 = MARGIN + labels + T * (w + GAP) + 14
    sheet.text(x0, 18, "dB to A", va="bottom", fontsize=SMALL, color=MUTED)
    sheet.text(x0 + 78, 18, "dB to B", va="bottom", fontsize=SMALL, color=MUTED)
    for r, (name, images) in enumerate(rows.items()):
        y = 26 + r * (h + GAP) + (14 if r > 1 else 0)
        sheet.text(MARGIN, y + h / 2, name, va="center", fontsize=SMALL + (1 if r > 1 else 0), linespacing=1.35,
                   fontweight="bold" if r > 1 else "normal")
        for t in range(T):
            sheet.picture(MARGIN + labels + t * (w + GAP), y, w, h, images[t])
        if r > 1:
            to_a, to_b = _right_psnr(images, a), _right_psnr(images, b)
            told.append(f"{name}: {to_a:.1f} dB to A, {to_b:.1f} dB to B.")
            for x, value, more in ((x0, to_a, to_a > to_b), (x0 + 78, to_b, to_b > to_a)):
                sheet.text(x, y + h / 2, f"{value:.1f}", va="center", fontsize=BODY + 1,
                           fontweight="bold" if more else "normal")
    words = " ".join(" ".join(line.split()) for line in told)
    sheet.figure.alt = "Pictures of scene A and scene B from the same cameras, and what models draw in B with " \
                       f"latents read in A. PSNR of right halves: {words}"
    return sheet.figure


def _right_psnr(images: np.ndarray, truth: np.ndarray) -> float:
    middle = images.shape[2] // 2
    error = ((images - truth)[:, :, middle:] ** 2).mean((1, 2, 3)).clip(1e-10)
    return float((-10 * np.log10(error)).mean())


@styled
def loyalty_plot(points: Mapping[str, tuple[float, float]]) -> Figure:
    """Who copies and who draws: for each name (PSNR to A, PSNR to B) of what is drawn in B with latents read in A.

    A name that has the name of a method in it is drawn as that method, any other as a copycat.
    """
    if not points:
        raise InputError("no points", "at least one")
    values = numbers(list(points.values()), "points", f"{len(points)} 2")
    low, high = math.floor(values.min() - 1.5), math.ceil(values.max() + 1.5)
    told = " ".join(f"{name}: {a:.1f} dB to A, {b:.1f} dB to B." for name, (a, b) in points.items())
    sheet = Sheet(430 + 66, "Copy or draw: whose scene is in the picture?",
                  "Above the line the picture is more like B, the scene that was asked for; below it, more like A, "
                  "where the latent was read.", "Plot of likeness to B against likeness to A. " + told, width=860)
    axes = sheet.plot(MARGIN + 70, 6, 430, 430, "like A, where the latent was read: PSNR (dB)",
                      "like B, as asked: PSNR (dB)")
    axes.plot([low, high], [low, high], color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.fill_between([low, high], [low, low], [low, high], color=MUTED, alpha=0.12, linewidth=0)
    axes.text(low + 0.04 * (high - low), high - 0.04 * (high - low), "draws B", va="top", color=MUTED,
              fontweight="bold")
    axes.text(high - 0.04 * (high - low), low + 0.04 * (high - low), "copies A", ha="right", color=MUTED,
              fontweight="bold")
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    for name, (a, b) in points.items():
        colour, marker = next(((METHOD_COLOURS[m], METHOD_MARKERS[m]) for m, title in METHOD_NAMES.items()
                               if title in name), COPYCAT)
        axes.plot([a], [b], marker=marker, markersize=9, color=colour, linestyle="none", markeredgecolor="white",
                  zorder=3)
        left = a > (low + high) / 2  # of the point, where there is room
        axes.annotate(name, (a, b), xytext=(-9 if left else 9, 0), textcoords="offset points", va="center",
                      ha="right" if left else "left", fontsize=SMALL)
    return sheet.figure
