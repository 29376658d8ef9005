"""The scenes that the course learns from: a gallery of worlds, and everything known about one scene.

Public: `world_gallery`, `scene_sheet`.
"""

import math
from collections.abc import Sequence

import matplotlib
import numpy as np
import torch
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ..datasets.synthetic import EndlessScenes
from ..errors import InputError
from ..scenes.render import FIRST_OBJECT, FLOOR, SKY
from ..scenes.worlds import World, get_world
from ..views import Views
from .style import (
    BODY,
    MARGIN,
    MUTED,
    SMALL,
    WIDTH,
    Sheet,
    listing,
    numbers,
    pictures,
    plural,
    scale_to_fit,
    styled,
)

GAP = 6  # pixels between pictures
SKY_COLOUR, FLOOR_COLOUR = "#DDE3EA", "#A9A59C"
OBJECT_COLOURS = ("#E69F00", "#0072B2", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442", "#332288",
                  "#7A5195", "#AA4499", "#44AA99", "#882255", "#999933", "#6699CC", "#661100", "#117733")


SHOWN = ("sector", "gaze", "zoom", "printed", "orbit", "clutter", "sector-checker")


@styled
def world_gallery(worlds: Sequence[str] = SHOWN, size: int = 96,
                  seed: int = 0, scenes: int = 3, views: int = 2) -> Figure:
    """One row a world: scenes drawn from it as training draws them, a few views of each side by side."""
    if not worlds or min(scenes, views) < 1 or size < 4:
        raise InputError(f"a gallery of {len(worlds)} worlds, {scenes} scenes, {views} views, {size} pixels",
                         "at least one of each, and 4 pixels")
    recipes = [get_world(name) for name in worlds]
    labels, between = 190, 22  # pixels: at the left, between scenes
    room = WIDTH - 2 * MARGIN - labels - (scenes - 1) * between - scenes * (views - 1) * GAP
    side = scale_to_fit(size, room / (scenes * views))
    sheet = Sheet(
        len(worlds) * (side + 3 * GAP) - 3 * GAP + 26 + MARGIN,
        f"{plural(len(worlds), 'world')} to learn from: solid objects on a floor, lit by one lamp",
        f"Each row: {plural(scenes, 'scene')} of a world, {plural(views, 'view')} of each, drawn and "
        f"rendered as for a training ({size}×{size} pixels, seed {seed}).",
        f"Rendered pictures of {plural(scenes, 'scene')} from each of these worlds: "
        f"{listing(w.name + ' (' + ', '.join(_describe(w)) + ')' for w in recipes)}.")
    group = views * (side + GAP) - GAP
    spare = max(0.0, WIDTH - 2 * MARGIN - labels - scenes * group) / max(scenes - 1, 1)
    step = group + min(spare, 4 * between)
    for i in range(scenes):
        sheet.text(MARGIN + labels + i * step, 0, f"scene {i + 1}", va="top", fontsize=SMALL, color=MUTED)
    for row, world in enumerate(recipes):
        y = 26 + row * (side + 3 * GAP)
        generator = torch.Generator().manual_seed(seed)
        drawn = EndlessScenes(world.name, size).draw(scenes, views, generator).images.numpy()
        sheet.text(MARGIN, y + side / 2 - 14, world.name, va="bottom", fontsize=BODY + 1, fontweight="bold")
        sheet.text(MARGIN, y + side / 2 - 8, "\n".join(_describe(world)), va="top", fontsize=SMALL,
                   color=MUTED, linespacing=1.35)
        for i in range(scenes):
            for v in range(views):
                sheet.picture(MARGIN + labels + i * step + v * (side + GAP), y, side, side, drawn[i, v])
    return sheet.figure


def _describe(world: World) -> tuple[str, ...]:
    where = "all around" if world.all_around else f"within {world.azimuth_span:g}°"
    free = ["gaze"] * world.free_gaze + ["zoom"] * (world.zoom > 1)
    things = f"{world.objects[0]} to {world.objects[1]} objects{', printed' * bool(world.printed)}"
    return things, f"cameras {where}", *([f"{' and '.join(free)} free"] if free else [])


@styled
def scene_sheet(views: Views, scene: int = 0) -> Figure:
    """What is known about one scene of `views`: rows of colours, depths and object labels, one column a view.

    The views need depth and labels, as `SceneSet.ground_truth()` gives them.
    """
    if views.depth is None or views.label is None:
        raise InputError("views without depth or labels", "both", "`SceneSet.ground_truth()` returns them.")
    if not 0 <= scene < len(views.images):
        raise InputError(f"scene {scene} of {len(views.images)}", "one of them, counted from 0")
    colour = pictures(views.images[scene], "views", "V")
    depth = numbers(views.depth[scene], "depths", "V H W")
    label = numbers(views.label[scene], "labels", "V H W").astype(int)
    if depth.shape != colour.shape[:3] or label.shape != colour.shape[:3]:
        raise InputError(f"depths of shape {depth.shape} and labels of shape {label.shape}",
                         f"the views' {colour.shape[:3]}")
    V, H, W = depth.shape
    found = sorted(set(label.ravel().tolist()))
    seen, objects = np.isfinite(depth), [index for index in found if index >= FIRST_OBJECT]
    # The floor runs to the horizon: the last depths are cut off, for the near ones to be told apart.
    low, high = (depth[seen].min(), np.quantile(depth[seen], 0.95)) if seen.any() else (0.0, 1.0)
    labels = 176
    scale = scale_to_fit(max(H, W), min((WIDTH - 2 * MARGIN - labels) / V - GAP, 200)) / max(H, W)
    w, h = W * scale, H * scale
    left, step = MARGIN + labels, max(h, 120) + GAP  # the labels of a row need 120 pixels
    surfaces = ["sky"] * (SKY in found) + ["floor"] * (FLOOR in found)
    labelled = [f"the {name}" for name in surfaces] + [plural(len(objects), "object")]
    sheet = Sheet(
        3 * step - GAP + MARGIN, f"One scene, {plural(V, 'view')}: colours, depths, objects",
        "Models see only the colours. Depths and labels serve to examine what they have learned.",
        f"{plural(V, 'view')} of one scene, each as colours, as depths from {low:.1f} to {high:.1f} units "
        f"and beyond, and as labels of {listing(labelled)}.",
        width=max(860, round(left + V * (w + GAP) - GAP + MARGIN)))
    paint = np.array([_rgb(index) for index in range(max(found) + 1)])
    rows = ("colours", colour), ("depths", depth), ("objects", paint[label])
    cmap = matplotlib.colormaps["viridis_r"].with_extremes(bad=SKY_COLOUR)
    for row, (name, images) in enumerate(rows):
        sheet.text(MARGIN, row * step, name, va="top", fontsize=BODY + 1, fontweight="bold")
        for v in range(V):
            style = {"cmap": cmap, "vmin": low, "vmax": high} if row == 1 else {}
            sheet.picture(left + v * (w + GAP), row * step, w, h, np.ma.masked_invalid(images[v]), **style)
    ticks = range(math.ceil(low), math.floor(high) + 1, max(1, round((high - low) / 4)))
    sheet.colour_bar(MARGIN + 4, step + 34, labels - 44, "viridis_r", low, high, "units of the scene",
                     ticks=ticks if len(ticks) > 1 else [low, high], extend="max", lying=True)
    if not seen.all():
        sheet.text(MARGIN, step + 98, "grey: sky", va="top", fontsize=SMALL, color=MUTED)
    y = 2 * step + 30
    for name in surfaces:
        _swatch(sheet, MARGIN, y, SKY if name == "sky" else FLOOR)
        sheet.text(MARGIN + 24, y + 7, name, va="center", fontsize=SMALL, color=MUTED)
        y += 21
    for i, index in enumerate(objects):
        _swatch(sheet, MARGIN + 19 * (i % 8), y + 19 * (i // 8), index)
    y += 19 * -(-len(objects) // 8)
    sheet.text(MARGIN, y, plural(len(objects), "object"), va="top", fontsize=SMALL, color=MUTED)
    return sheet.figure


def _swatch(sheet: Sheet, x: float, y: float, index: int) -> None:
    sheet.picture(x, y, 14, 14, np.full((1, 1, 3), _rgb(index)))


def _rgb(index: int) -> tuple[float, float, float]:
    if index in (SKY, FLOOR):
        return to_rgb(SKY_COLOUR if index == SKY else FLOOR_COLOUR)
    return to_rgb(OBJECT_COLOURS[(index - FIRST_OBJECT) % len(OBJECT_COLOURS)])
