"""Figures of notebook 03: bins along rays, light in a fog, a box on its way, a scene as it grows, and cameras.

Public: `bins_plot`, `fog_plot`, `box_plot`, `scene_sheet`, `spread_plot`, `cameras_from_above`.
Axes: N rays, S samples along one, V views, H W pixels.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ....errors import InputError
from ....figures.style import BODY, INK, MARGIN, MUTED, SMALL, Sheet, listing, numbers, pictures, plural, styled, wrap

# Colour, marker and line by the order of appearance: told apart without colours too.
LINES = (("#0072B2", "o", "-"), ("#D55E00", "s", "--"), ("#009E73", "^", "-."), ("#4D4D4D", "v", ":"))
FOOT = 66  # pixels for the labels below an axis


@styled
def bins_plot(distances, near: float, far: float, *, title: str, subtitle: str = "") -> Figure:
    """Distances (N, S) of N rays as dots, a ray a row, over the S bins between `near` and `far`."""
    found = numbers(distances, "distances", "N S")
    N, S = found.shape
    edges = np.linspace(near, far, S + 1)
    right = int(((found >= edges[:-1]) & (found <= edges[1:])).sum())
    alt = f"{title}. {plural(N, 'ray')} of {S} samples from {near:g} to {far:g}; {right} of {N * S} lie in their bins."
    sheet = Sheet(34 * N + 20 + FOOT, title, subtitle, alt, width=900)
    axes = sheet.plot(MARGIN + 60, 6, 740, 34 * N + 10, "distance from the camera", "ray")
    axes.grid(False)
    for edge in edges:
        axes.axvline(edge, color=MUTED, linewidth=0.7)
    for n, row in enumerate(found):
        axes.plot(row, np.full(S, n + 1), LINES[0][1], color=LINES[0][0], markersize=7)
    axes.set_ylim(N + 0.6, 0.4)
    axes.set_yticks(range(1, N + 1))
    return sheet.figure


@styled
def fog_plot(distances, density, weights, *, title: str, subtitle: str = "") -> Figure:
    """Along one ray, each (S,): the density, the light that is left when it comes to a sample, and the weights."""
    t = numbers(distances, "distances", "S")
    s, w = (numbers(value, what, f"{len(t)}") for value, what in ((density, "densities"), (weights, "weights")))
    left = 1.0 - np.concatenate([[0.0], w.cumsum()[:-1]])
    heaviest = int(w.argmax())
    alt = (f"{title}. The density is largest at distance {t[s.argmax()]:.1f}, the weight at {t[heaviest]:.1f}, where "
           f"it is {w[heaviest]:.2f}; the weights sum to {w.sum():.2f}.")
    sheet = Sheet(3 * 128 + FOOT, title, subtitle, alt, width=900)
    for i, (name, values) in enumerate((("density", s), ("light left", left), ("weight", w))):
        colour, marker, _ = LINES[i]
        axes = sheet.plot(MARGIN + 80, 6 + 128 * i, 720, 104, "distance from the camera" if i == 2 else "", name)
        axes.vlines(t, 0.0, values, color=colour, linewidth=1.2, alpha=0.6)
        axes.plot(t, values, marker, color=colour, markersize=4.5)
        axes.set_ylim(0.0, 1.1 * max(values.max(), 1e-3))
        if i < 2:
            axes.tick_params(labelbottom=False)
    return sheet.figure


@styled
def box_plot(way, true, *, title: str, subtitle: str = "") -> Figure:
    """The six numbers of a box over the steps, (S, 6): centre and sides; dashed, the true ones (6,)."""
    path, goal = numbers(way, "the way", "S 6"), numbers(true, "the true box", "6")
    error = np.abs(path[-1] - goal).max()
    near = "all six are within 0.1 of the truth" if error < 0.1 else f"the largest error is {error:.0f} units"
    truth = listing(f"{b:g}" for b in goal.round(2))
    sheet = Sheet(240 + FOOT, title, subtitle, f"{title}. The truth is {truth}; after {len(path) - 1} steps {near}.",
                  width=900)
    for panel, name in enumerate(("centre", "side")):
        axes = sheet.plot(MARGIN + 70 + panel * 420, 26, 310, 214, "step", f"{name} (units)")
        for i, axis in enumerate("xyz"):
            colour, marker, line = LINES[i]
            values = path[:, 3 * panel + i]
            axes.plot(values, color=colour, linestyle=line, label=axis)
            axes.axhline(goal[3 * panel + i], color=colour, linewidth=1.0, linestyle=(0, (1, 2)))
            axes.plot(len(values) - 1, values[-1], marker, color=colour, markersize=7)
        axes.set_title(f"{name}; dotted: the truth", loc="left", color=MUTED, pad=8)
        axes.legend(loc="best", frameon=False, fontsize=SMALL)
    return sheet.figure


@styled
def scene_sheet(truth, drawn, depth, history: Sequence[Mapping] = (), *, title: str, subtitle: str = "") -> Figure:
    """A view (H, W, 3) as it is, as the field draws it, and its depth (H, W); at the right how the fit goes.

    `history`: points with step, psnr and, at some, val_psnr.
    """
    truth, drawn = pictures(truth, "a picture", ""), pictures(drawn, "a picture", "")
    deep = numbers(depth, "a depth", "H W")
    if truth.shape != drawn.shape or deep.shape != truth.shape[:2]:
        raise InputError(f"pictures {truth.shape} and {drawn.shape} and a depth {deep.shape}", "one height and width")
    score = -10 * np.log10(max(float(((truth - drawn) ** 2).mean()), 1e-10))
    train = [(p["step"], p["psnr"]) for p in history]
    held = [(p["step"], p["val_psnr"]) for p in history if "val_psnr" in p]
    # Without numbers: it is drawn again and again, and a screen reader should not be told each time.
    alt = f"{title}. A held-out view, what the field draws from there, and its depth"
    alt += "; and the decibels of training and of held-out views over the steps." if train else "."
    side = 224
    sheet = Sheet(26 + side + FOOT, title, subtitle, alt, width=1200 if train else 800)
    for i, (name, picture, more) in enumerate((("held-out view", truth, {}), (f"the field, {score:.1f} dB", drawn, {}),
                                               ("depth, near is dark", deep, {"cmap": "viridis"}))):
        x = MARGIN + i * (side + 14)
        sheet.text(x, 20, name, va="baseline", fontsize=BODY, fontweight="bold")
        sheet.picture(x, 26, side, side, picture, **more)
    if train:
        axes = sheet.plot(MARGIN + 3 * (side + 14) + 76, 26, 300, side, "step", "PSNR (dB)")
        for points, name, (colour, marker, line) in ((train, "training", LINES[0]), (held, "held out", LINES[1])):
            if points:
                axes.plot(*zip(*points), color=colour, linestyle=line, marker=marker, markersize=4, label=name)
        axes.legend(loc="lower right", frameon=False, fontsize=SMALL)
    return sheet.figure


@styled
def spread_plot(groups: Mapping[str, Sequence[float]], *, title: str, subtitle: str = "") -> Figure:
    """Decibels as dots, a row for each group, with the mean as a bar."""
    if not groups or not all(len(values) for values in groups.values()):
        raise InputError("no decibels to draw", "one number or more in each group")
    found = {name: numbers(values, name, "N") for name, values in groups.items()}
    words = [f"{name}: {listing(f'{v:.1f}' for v in values)} dB." for name, values in found.items()]
    label, row = 250, 46
    sheet = Sheet(6 + row * len(found) + FOOT, title, subtitle, f"{title}. " + " ".join(words), width=1000)
    axes = sheet.plot(MARGIN + label, 6, 1000 - 2 * MARGIN - label - 10, row * len(found), "PSNR of right halves (dB)",
                      "")
    axes.tick_params(left=False, labelleft=False)
    for i, (name, values) in enumerate(found.items()):
        colour, marker, _ = LINES[i % len(LINES)]
        axes.plot(values, np.full(len(values), i), marker, color=colour, markersize=7, alpha=0.85)
        axes.plot([values.mean()] * 2, [i - 0.32, i + 0.32], color=INK, linewidth=2.0)
        sheet.text(MARGIN, 6 + row * (i + 0.5), wrap(name, label - 14, SMALL), va="center", fontsize=SMALL,
                   linespacing=1.2)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.margins(x=0.08)
    return sheet.figure


@styled
def cameras_from_above(true, panels: Mapping[str, object], *, title: str, subtitle: str = "") -> Figure:
    """Cameras (V, 4, 4) seen from above, one panel for each name, joined to the true ones (V, 4, 4).

    A tick shows where a camera looks. Above each panel the mean errors.
    """
    real = numbers(true, "true cameras", "V 4 4")
    found = {name: numbers(value, name, f"{len(real)} 4 4") for name, value in panels.items()}
    if not found:
        raise InputError("no cameras to draw", "one panel or more")
    away = {name: np.linalg.norm(c[:, :3, 3] - real[:, :3, 3], axis=-1).mean() for name, c in found.items()}
    turned = {name: _degrees(c[:, :3, :3], real[:, :3, :3]).mean() for name, c in found.items()}
    words = [f"{' '.join(name.split())}: turned by about {turned[name]:.0f} degrees on average."
             for name in found]
    everything = np.concatenate([real, *found.values()])[:, :2, 3]
    low, high = everything.min(0) - 0.6, everything.max(0) + 0.6
    wide = 340
    tall = wide * (high - low)[1] / (high - low)[0]
    sheet = Sheet(30 + tall + FOOT, title, subtitle, f"{title}. " + " ".join(words),
                  width=max(760, MARGIN + len(found) * (wide + 90) + 20))
    for i, (name, cameras) in enumerate(found.items()):
        x = MARGIN + 62 + i * (wide + 90)
        axes = sheet.plot(x, 30, wide, tall, "x (units)", "y (units)" if i == 0 else "")
        for a, b in zip(real[:, :2, 3], cameras[:, :2, 3]):
            axes.plot(*zip(a, b), color=MUTED, linewidth=0.8)
        for which, (colour, marker, _), size in ((real, LINES[3], 4), (cameras, LINES[1], 5)):
            axes.plot(*which[:, :2, 3].T, marker, color=colour, markersize=size)
            for camera in which:
                start = camera[:2, 3]
                axes.plot(*zip(start, start + 0.5 * camera[:2, 2]), color=colour, linewidth=1.3)
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(low[1], high[1])
        sheet.text(x, 20, f"{name}: {away[name]:.2f} units, {turned[name]:.1f}° off", va="baseline", fontsize=BODY,
                   fontweight="bold")
    return sheet.figure


def _degrees(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The angles (V,) between rotations (V, 3, 3)."""
    cosine = (np.einsum("vij,vij->v", a, b) - 1) / 2
    return np.rad2deg(np.arccos(cosine.clip(-1, 1)))
