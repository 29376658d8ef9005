"""Figures of notebook 01: the pinhole on paper, rays in three dimensions, a table of misses.

Public: `pinhole_on_paper`, `rays_in_3d`, `convention_table`.
Axes: V pictures, H W pixels, N rays, C conventions, S data sets.
"""

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ....cameras import pixel_rays
from ....errors import InputError
from ....figures.cameras import AXES, RAY, _studio
from ....figures.stage import HALO, Stage, frame
from ....figures.style import (
    BODY,
    INK,
    MARGIN,
    MUTED,
    WIDTH,
    Sheet,
    numbers,
    pictures,
    plural,
    styled,
)
from ....scenes.worlds import Scenes


@styled
def pinhole_on_paper() -> Figure:
    """A pinhole camera from the side, and the same with the image plane in front: two similar triangles."""
    sheet = Sheet(366, "A pinhole camera, from the side: two similar triangles",
                  "Left: light enters a box through a hole and draws the tree upside down. Right: the same picture, "
                  "put in front of the hole, stands upright.",
                  "Two drawings from the side. Left: a tree of height Y stands at depth Z in front of a box with a "
                  "pinhole; rays cross in the hole and meet the back wall, at distance f, upside down. Right: the "
                  "image plane is drawn in front of the hole at distance f; the ray from the tree's top crosses it at "
                  "height v, and v / f equals Y / Z.")
    width = (WIDTH - 3 * MARGIN) / 2
    for column, in_front in enumerate((False, True)):
        axes = sheet.axes(MARGIN + column * (width + MARGIN), 0, width, 350)
        axes.set_xlim(-3.4, 7.6)
        axes.set_ylim(-3.0, 3.6)
        axes.set_axis_off()
        _draw_pinhole(axes, in_front)
    return sheet.figure


def _draw_pinhole(axes: Axes, in_front: bool) -> None:
    f, Z, Y = 2.4, 6.4, 2.4
    plane = f if in_front else -f
    v = Y * plane / Z  # where the ray through the hole meets the image plane
    axes.plot([-3.2, 7.4], [0, 0], color=MUTED, linewidth=0.8, linestyle=":")
    axes.plot([Z, Z], [0, Y], color=AXES["y"], linewidth=5, solid_capstyle="butt")
    axes.scatter([Z], [Y], s=420, marker="^", color=AXES["y"])
    for height in (Y, 0.0):
        axes.plot([Z, min(plane, 0.0)], [height, min(plane, 0.0) * height / Z], color=RAY, linewidth=1.6)
    axes.plot([plane, plane], [-1.6, 1.6], color=INK, linewidth=2.2)
    if not in_front:
        axes.plot([plane, 0, 0], [1.6, 1.6, 0.1], color=INK, linewidth=1.2)
        axes.plot([plane, 0, 0], [-1.6, -1.6, -0.1], color=INK, linewidth=1.2)
    axes.plot([plane, plane], [0, v], color=AXES["y"], linewidth=5, solid_capstyle="butt")
    axes.scatter([0], [0], s=46, color=INK, zorder=6)
    style = {"fontsize": BODY, "ha": "center", "va": "center", "path_effects": HALO}
    axes.text(0.0, -1.95 if not in_front else -0.45, "the hole" if not in_front else "camera centre", **style)
    axes.text(plane, 1.95, "back wall" if not in_front else "image plane", **style)
    axes.text(plane + (-0.45 if not in_front else -0.4), v / 2, "v", color=AXES["y"], fontweight="bold", **style)
    axes.text(Z + 0.6, Y / 2, "Y", color=AXES["y"], fontweight="bold", **style)
    for start, end, below, name in ((0, plane, -2.35 if not in_front else -1.0, "f"), (0, Z, -2.6, "Z")):
        axes.annotate("", (end, below), (start, below), arrowprops={"arrowstyle": "<->", "color": MUTED})
        axes.text((start + end) / 2, below - 0.03, name, fontweight="bold", **style)
    if in_front:
        axes.text(4.6, 3.25, "v / f = Y / Z", fontsize=BODY + 2, fontweight="bold", ha="center", va="center")


@styled
def rays_in_3d(camera_to_world, K, image, origins, directions, lengths=None, *, scene: Scenes | None = None,
               title: str = "Every pixel looks along one ray", reach: float = 1.0) -> Figure:
    """A camera, its picture (H, W, 3) on the image plane at depth `reach`, and rays with `lengths` (N,).

    origins and directions (N, 3); rays without a finite length are drawn 6 long, without a dot at their end.
    `scene`, one scene, is rendered behind them.
    """
    pose = torch.as_tensor(numbers(camera_to_world, "a camera", "4 4"), dtype=torch.float32)
    shown = pictures(image, "a picture", "1" if getattr(image, "ndim", 3) == 4 else "").reshape(*image.shape[-3:])
    start, along = numbers(origins, "origins", "N 3"), numbers(directions, "directions", "N 3")
    if len(start) != len(along):
        raise InputError(f"{len(start)} origins and {len(along)} directions", "one of each for every ray")
    lengths = np.full(len(start), np.inf) if lengths is None else numbers(lengths, "lengths", str(len(start)))
    H, W = shown.shape[:2]
    hits = int(np.isfinite(lengths).sum())
    ends = start + np.where(np.isfinite(lengths), lengths, 6.0)[:, None] * along
    sheet = Sheet(560 + MARGIN, title, "Dots: where a ray ends. Black: the camera and the image plane in front of it.",
                  f"A drawing in three dimensions: a camera with its picture of {W} by {H} pixels on the image plane, "
                  f"and {plural(len(start), 'ray')} that start at the camera's centre and spread through the picture; "
                  f"{hits} of them end in a dot.")
    corners = torch.tensor([[0.0, 0.0], [W, 0.0], [0.0, H], [W, H]])
    o, d = pixel_rays(pose, torch.as_tensor(np.asarray(K), dtype=torch.float32), corners)
    shell = (o + reach * d).numpy()
    seen = np.concatenate([shell, start[:1], ends[np.isfinite(lengths)], np.zeros((1, 3))])
    if scene is not None:
        balls, size = scene.centre[0].numpy(), scene.half_size[0].numpy()
        seen = np.concatenate([seen, balls - size, balls + size])
    width, height = WIDTH - 2 * MARGIN, 560
    side = pose[:3, 0] - 0.7 * pose[:3, 2]  # look from the camera's right, and from behind, to see its picture
    away = (float(side[0]), float(side[1]), 0.62)
    eye, target = frame(seen, away, 32.0, width / height, fill=0.86)
    stage = Stage(sheet, MARGIN, 0, width, height, eye, target, 32.0, _studio([]) if scene is None else scene)
    stage.floor_grid(4, color="#AEB6C2" if scene is None else "white", linewidth=0.6, alpha=0.4)
    stage.frustum(pose, K, H, W, reach, INK, image=shown, zorder=4)
    for a, b, length in zip(start, ends, lengths):
        stage.line([a, b], color=RAY, linewidth=1.2, alpha=0.9, zorder=6)
        if np.isfinite(length):
            stage.dot(b, RAY, 22)
    stage.note(start[0], "camera centre", (0, -20), leader=False)
    return sheet.figure


@styled
def convention_table(misses, conventions, sets, *, title: str) -> Figure:
    """By how much rays miss each other, (C, S) in units of the scene: one row a convention, one column a data set.

    The least of each column is framed.
    """
    values = numbers(misses, "misses", "C S")
    if values.shape != (len(conventions), len(sets)):
        raise InputError(f"misses of shape {values.shape}", f"{(len(conventions), len(sets))}: conventions, sets")
    best = values.argmin(0)
    found = "; ".join(f"{name}: {conventions[row]}, {values[row, s]:.3f}"
                      for s, (name, row) in enumerate(zip(sets, best)))
    label, cell, line = 430, 120, 34
    sheet = Sheet(len(conventions) * line + 60, title,
                  "In units of the scene, on average over all balls and cameras; framed: the least of a data set. "
                  "Darker is worse.",
                  f"A table of {plural(len(conventions), 'convention')} and {plural(len(sets), 'data set')}: by how "
                  f"much the rays of the same ball miss each other. Least: {found}.",
                  width=2 * MARGIN + label + cell * len(sets))
    for s, name in enumerate(sets):
        sheet.text(MARGIN + label + (s + 0.5) * cell, 0, name, ha="center", va="top", fontweight="bold")
    width, height = cell * len(sets), line * len(conventions)
    axes = sheet.axes(MARGIN + label, 28, width, height)
    axes.imshow(np.log10(values.clip(1e-4)), cmap="cividis_r", vmin=-3.2, vmax=1.2, aspect="auto")
    axes.set_axis_off()
    for c, convention in enumerate(conventions):
        sheet.text(MARGIN, 28 + (c + 0.5) * line, convention, va="center")
        for s in range(len(sets)):
            dark = np.log10(values[c, s].clip(1e-4)) > -1.0
            axes.text(s, c, f"{values[c, s]:.3f}", ha="center", va="center", color="white" if dark else INK,
                      fontweight="bold" if best[s] == c else "normal")
            if best[s] == c:
                axes.add_patch(Rectangle((s - 0.46, c - 0.42), 0.92, 0.84, fill=False, edgecolor=RAY, linewidth=2.6))
    return sheet.figure
