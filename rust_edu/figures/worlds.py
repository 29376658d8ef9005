"""The scenes that the course learns from: a gallery of worlds, and everything known about one scene.

Public: `world_gallery`, `scene_sheet`.
"""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..datasets.synthetic import EndlessScenes
from ..errors import InputError
from ..scenes.render import FIRST_OBJECT, FLOOR, SKY
from ..scenes.worlds import World, get_world
from ..views import Views
from .style import BODY, INK, MARGIN, MUTED, SMALL, WIDTH, Sheet, listing, numbers, pictures, plural, scale_to_fit, styled

GAP = 6  # pixels between pictures
SKY_COLOUR, FLOOR_COLOUR = "#E4ECF4", "#B9B3A8"
OBJECT_COLOURS = ("#E69F00", "#0072B2", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442", "#332288",
                  "#7A5195", "#AA4499", "#44AA99", "#882255", "#999933", "#6699CC", "#661100", "#117733")


@styled
def world_gallery(worlds: Sequence[str] = ("sector", "orbit", "clutter", "sector-checker"), size: int = 128, seed: int = 0,
                  scenes: int = 3, views: int = 2) -> Figure:
    """One row a world: some scenes drawn from it, a few views of each side by side, as a training draws them."""
    if not worlds or min(scenes, views) < 1 or size < 4:
        raise InputError(f"a gallery of {len(worlds)} worlds, {scenes} scenes, {views} views, {size} pixels",
                         "at least one of each, and 4 pixels")
    recipes = [get_world(name) for name in worlds]
    labels, between = 206, 22  # pixels: at the left, between scenes
    room = WIDTH - 2 * MARGIN - labels - (scenes - 1) * between - scenes * (views - 1) * GAP
    side = scale_to_fit(size, room / (scenes * views))
    sheet = Sheet(
        len(worlds) * (side + 3 * GAP) - 3 * GAP + 26 + MARGIN,
        f"{plural(len(worlds), 'world').capitalize()} to learn from: solid objects on a floor, lit by one lamp",
        f"Each row: {plural(scenes, 'scene')} of a world, {plural(views, 'view')} of each, drawn and rendered as for a training "
        f"({size}×{size} pixels, seed {seed}).",
        f"Rendered pictures of {plural(scenes, 'scene')} from each of these worlds: "
        f"{listing(f'{w.name} ({_describe(w)[0]}, {_describe(w)[1]})' for w in recipes)}.")
    group = views * (side + GAP) - GAP
    spare = max(0.0, WIDTH - 2 * MARGIN - labels - scenes * group) / max(scenes - 1, 1)
    step = group + min(spare, 4 * between)
    for i in range(scenes):
        sheet.text(MARGIN + labels + i * step, 0, f"scene {i + 1}", va="top", fontsize=SMALL, color=MUTED)
    for row, world in enumerate(recipes):
        y = 26 + row * (side + 3 * GAP)
        drawn = EndlessScenes(world.name, size).draw(scenes, views, torch.Generator().manual_seed(seed)).images.numpy()
        sheet.text(MARGIN, y + side / 2 - 14, world.name, va="bottom", fontsize=BODY + 1, fontweight="bold")
        sheet.text(MARGIN, y + side / 2 - 8, "\n".join(_describe(world)), va="top", fontsize=SMALL, color=MUTED, linespacing=1.35)
        for i in range(scenes):
            for v in range(views):
                sheet.picture(MARGIN + labels + i * step + v * (side + GAP), y, side, side, drawn[i, v])
    return sheet.figure


def _describe(world: World) -> tuple[str, str]:
    where = "all around" if world.azimuth_span >= 360 else f"within {world.azimuth_span:g} degrees"
    return f"{world.objects[0]} to {world.objects[1]} objects", f"cameras {where}"


@styled
def scene_sheet(views: Views, scene: int = 0) -> Figure:
    """What is known about one scene of `views`: rows of colours, depths and object labels, one column a view.

    The views need depth and labels, as `SceneSet.ground_truth()` gives them.
    """
    if views.depth is None or views.label is None:
        raise InputError("views without depth or labels", "both", "`SceneSet.ground_truth()` returns them.")
    if not 0 <= scene < len(views.images):
        raise InputError(f"scene {scene} of {len(views.images)}", "one of them, counted from 0")
    colour, depth = pictures(views.images[scene], "views", "V"), numbers(views.depth[scene], "depths", "V H W")
    label = numbers(views.label[scene], "labels", "V H W").astype(int)
    if depth.shape != colour.shape[:3] or label.shape != colour.shape[:3]:
        raise InputError(f"depths of shape {depth.shape} and labels of shape {label.shape}", f"the views' {colour.shape[:3]}")
    V, H, W = depth.shape
    found = sorted(set(label.ravel().tolist()))
    seen, count = np.isfinite(depth), sum(index >= FIRST_OBJECT for index in found)
    low, high = (depth[seen].min(), depth[seen].max()) if seen.any() else (0.0, 1.0)
    labels = 176
    room = (WIDTH - 2 * MARGIN - labels - (V - 1) * GAP) / V
    scale = scale_to_fit(max(H, W), min(room, 200)) / max(H, W)
    w, h = W * scale, H * scale
    right = MARGIN + labels + V * (w + GAP) - GAP
    sheet = Sheet(
        3 * (h + GAP) - GAP + MARGIN, f"One scene in {plural(V, 'view')}: what the camera sees, how far away it is, and what it is",
        "Models see only the colours. Depths and labels are for looking inside them later.",
        f"{plural(V, 'view')} of one scene, each as colours, as depths from {low:.1f} to {high:.1f} units, and as labels of the "
        f"{'sky, the ' if SKY in found else ''}floor and {plural(count, 'object')}.", width=max(900, round(right + MARGIN)))
    paint = np.array([_rgb(index) for index in range(max(found) + 1)])
    for row, (name, images) in enumerate((("colour", colour), ("depth", depth), ("object labels", paint[label]))):
        y = row * (h + GAP)
        sheet.text(MARGIN, y + 4, name, va="top", fontsize=BODY + 1, fontweight="bold")
        for v in range(V):
            style = {"cmap": "viridis_r", "vmin": low, "vmax": high} if row == 1 else {}
            axes = sheet.picture(MARGIN + labels + v * (w + GAP), y, w, h, images[v], **style)
            axes.set_facecolor(SKY_COLOUR)
            axes.patch.set_visible(True)
    return sheet.figure


def _rgb(index: int) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb
    if index in (SKY, FLOOR):
        return to_rgb(SKY_COLOUR if index == SKY else FLOOR_COLOUR)
    return to_rgb(OBJECT_COLOURS[(index - FIRST_OBJECT) % len(OBJECT_COLOURS)])
