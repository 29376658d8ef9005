"""Figures of notebook 08: a schedule, what emerges when, models on the same scenes, and broken models side by side.

Public: `schedule_plot`, `emergence_sheet`, `scene_scatter`, `difference_plot`, `variants_sheet`, `one_number_sheet`.
Axes: S scenes, N steps of a walk, R rows, H W pixels.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from ....errors import InputError
from ....figures.style import (
    BODY,
    INK,
    MARGIN,
    METHOD_COLOURS,
    METHOD_MARKERS,
    MUTED,
    QUANTITIES,
    SMALL,
    Sheet,
    listing,
    numbers,
    styled,
)
from ....figures.style import pictures as as_pictures

OURS, OTHER = METHOD_COLOURS["rust"], METHOD_COLOURS["srt"]
LINES = ((METHOD_COLOURS["rust"], "-"), (METHOD_COLOURS["srt"], "--"), (METHOD_COLOURS["upsrt"], "-."))


@styled
def schedule_plot(rates, bowls: Mapping[str, Sequence[float]]) -> Figure:
    """The learning rate of every step (N,), and how far walkers in a noisy bowl are from its bottom, by schedule."""
    rates = numbers(rates, "rates", "N")
    found = {name: numbers(walk, name, "M") for name, walk in bowls.items()}
    ends = listing(f"{name} {walk[-1]:.2g}" for name, walk in found.items())
    sheet = Sheet(330, "Long steps to get there, short ones to settle",
                  "Left: your learning rate. Right: walkers who know the way down only with noise; the mean of 500.",
                  f"Left: a learning rate over {len(rates):,} steps: from {rates[0]:.2g} up to {rates.max():.2g} and "
                  f"down to {rates[-1]:.2g}. Right: distance from the bottom of a noisy bowl, at the end: {ends}.")
    plot = sheet.plot(MARGIN + 70, 14, 420, 250, "step", "learning rate")
    plot.plot(rates, color=OURS)
    plot.set_ylim(0, 1.08 * max(float(rates.max()), 1e-9))
    plot.set_xlim(0, len(rates))
    plot = sheet.plot(620, 14, 330, 250, "step", "distance from the bottom")
    for (colour, dash), (name, walk) in zip(LINES, found.items()):
        plot.plot(walk, color=colour, linestyle=dash, label=name)
    plot.set_yscale("log")
    plot.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=SMALL)
    return sheet.figure


@styled
def emergence_sheet(history: Sequence[Mapping], untrained: Mapping[str, float], floor: float,
                    floor_name: str) -> Figure:
    """Decibels and what can be read from the latent against steps, one above the other.

    history: points with `step`, and `val_psnr` and R2 by quantity where the run looked at unseen scenes. untrained:
    R2 by quantity of a model that has learned nothing; floor: decibels of a baseline.
    """
    looked = [point for point in history if all(point.get(k) is not None for k in ("step", "val_psnr", *QUANTITIES))]
    if not looked or set(untrained) != set(QUANTITIES):
        raise InputError("a history without looks at unseen scenes", "points with step, val_psnr and the R2 of "
                         + ", ".join(QUANTITIES))
    steps = numbers([p["step"] for p in looked], "steps", "N")
    decibels = numbers([p["val_psnr"] for p in looked], "decibels", "N")
    read = {name: numbers([p[name] for p in looked], name, "N") for name in QUANTITIES}
    told = listing(f"{name} from {untrained[name]:.2f} untrained to {values[0]:.2f} at the first look and "
                   f"{values[-1]:.2f} at the end" for name, values in read.items())
    sheet = Sheet(590, "What emerges, and when: nobody asked for a camera",
                  "Above: pictures of unseen scenes. Below: what can be read from pairs of latents. Steps grow by "
                  "factors, so that the beginning can be seen.",
                  f"Training curves over {int(steps[-1]):,} steps. PSNR on unseen scenes from {decibels[0]:.1f} to "
                  f"{decibels[-1]:.1f} dB; {floor_name} has {floor:.1f}. R² of the read-out: {told}.", width=1000)
    left, width = MARGIN + 70, 700
    plots = [sheet.plot(left, 10, width, 220, "", "PSNR (dB), unseen scenes"),
             sheet.plot(left, 264, width, 260, "steps of training", "R² of the read-out")]
    plots[0].plot(steps, decibels, color=OURS, marker=METHOD_MARKERS["rust"], markersize=4)
    plots[0].axhline(floor, color=METHOD_COLOURS["mean_picture"], linewidth=1.0, linestyle=(0, (4, 3)))
    plots[0].set_ylim(min(floor, decibels.min()) - 0.6, decibels.max() + 0.6)
    sheet.text(left + width + 14, 10 + 220 * _down(plots[0], decibels[-1]), "RUST", va="center", fontsize=SMALL)
    sheet.text(left + width + 14, 10 + 220 * _down(plots[0], floor), floor_name, va="center", fontsize=SMALL)
    first, at = steps[0] * 0.62, dict(zip(QUANTITIES, _apart([values[-1] for values in read.values()], 0.075)))
    plots[1].set_ylim(-0.05, 1.02)
    for name, values in read.items():
        colour, marker = QUANTITIES[name]
        plots[1].plot(steps, values, color=colour, marker=marker, markersize=4)
        plots[1].plot([first, steps[0]], [untrained[name], values[0]], color=colour, linestyle=":", linewidth=1.3)
        plots[1].plot([first], [untrained[name]], color=colour, marker=marker, markersize=7, markerfacecolor="white",
                      linestyle="none")
        y = 264 + 260 * _down(plots[1], at[name])
        sheet.line([left + width + 18], [y], color=colour, marker=marker, markersize=6, linestyle="none")
        sheet.text(left + width + 30, y, name, va="center", fontsize=SMALL)
    for plot in plots:
        plot.set_xscale("log")
        plot.set_xlim(first * 0.9, max(steps[-1], steps[0] * 2) * 1.03)
        ticks = [t for t in (250, 500, 1000, 2000, 5000, 10_000, 30_000) if steps[0] <= t <= steps[-1]] or [steps[0]]
        plot.set_xticks([first, *ticks], ["untrained", *(f"{int(t):,}" for t in ticks)])
        plot.xaxis.set_minor_locator(NullLocator())
    plots[0].tick_params(labelbottom=False)
    return sheet.figure


def _down(plot, value: float) -> float:
    """How far below the upper edge of a plot a value lies, as a share of its height."""
    low, high = plot.get_ylim()
    return (high - value) / (high - low)


def _apart(values: Sequence[float], gap: float) -> list[float]:
    """The same values, moved downwards where two are nearer than `gap`."""
    order, moved, limit = np.argsort(values)[::-1], list(values), math.inf
    for i in order:
        moved[i] = limit = min(values[i], limit - gap)
    return moved


@styled
def scene_scatter(x, y, names: tuple[str, str], models: tuple[str, str] = ("srt", "rust")) -> Figure:
    """Decibels of two models on the same scenes, (S,) each: a point for each scene."""
    x, y = numbers(x, names[0], "S"), numbers(y, names[1], str(len(x)))
    together = float(np.corrcoef(x, y)[0, 1]) if len(x) > 2 else 0.0
    above = 100 * float((y > x).mean())
    low, high = math.floor(min(x.min(), y.min()) - 0.5), math.ceil(max(x.max(), y.max()) + 0.5)
    sheet = Sheet(470, "A hard scene is hard for both",
                  f"A point for each of {len(x)} scenes. Above the line {names[1]} is better.",
                  f"Scatter plot of decibels of {len(x)} scenes: {names[0]} against {names[1]}, from {low} to {high} "
                  f"dB, correlation {together:.2f}. {names[1]} is better in {above:.0f}% of the scenes.", width=640)
    plot = sheet.plot(MARGIN + 70, 8, 400, 400, f"{names[0]}, PSNR (dB)", f"{names[1]}, PSNR (dB)")
    plot.plot([low, high], [low, high], color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
    plot.scatter(x, y, s=18, color=METHOD_COLOURS[models[1]], alpha=0.6, linewidths=0,
                 marker=METHOD_MARKERS[models[1]])
    plot.set_xlim(low, high)
    plot.set_ylim(low, high)
    plot.text(low + 0.04 * (high - low), high - 0.04 * (high - low), f"correlation {together:.2f}", va="top",
              fontsize=BODY)
    return sheet.figure


@styled
def difference_plot(differences: Mapping[str, Sequence[float]], errors: Mapping[str, tuple[float, float]], *,
                    title: str, ours: str = "RUST") -> Figure:
    """Differences scene by scene, a row for each rival: `differences` (S,), `errors` (paired, unpaired) by name."""
    found = {name: numbers(values, name, "S") for name, values in differences.items()}
    if set(found) != set(errors) or not found:
        raise InputError("differences and errors of different rivals", "the same names in both")
    told = " ".join(f"{name}: {values.mean():+.2f} dB, standard error {errors[name][0]:.2f} paired and "
                    f"{errors[name][1]:.2f} unpaired." for name, values in found.items())
    step, left = 52, 270
    sheet = Sheet(len(found) * step + 84, title,
                  f"Dots: scenes. Black bar: the mean, two standard errors to either side, paired; grey: without "
                  f"pairing. Right of 0, {ours} is better.", f"{ours} minus each of {len(found)} others, in decibels. "
                  f"{told}", width=1020)
    plot = sheet.plot(left, 8, 560, len(found) * step, f"{ours} minus the other: PSNR (dB)", "")
    jitter = np.random.default_rng(0)
    for row, (name, values) in enumerate(found.items()):
        mean, (paired, unpaired) = values.mean(), errors[name]
        dots = row + 0.18 + 0.2 * (jitter.random(len(values)) - 0.5)
        plot.scatter(values, dots, s=7, color=OURS, alpha=0.35, linewidths=0)
        plot.plot([mean - 2 * unpaired, mean + 2 * unpaired], [row - 0.2] * 2, color="#A9B0BC", linewidth=5,
                  solid_capstyle="butt")
        plot.plot([mean - 2 * paired, mean + 2 * paired], [row - 0.2] * 2, color=INK, linewidth=5,
                  solid_capstyle="butt")
        plot.plot([mean], [row - 0.2], color="white", marker="|", markersize=5)
        sheet.text(left - 14, 8 + (row + 0.5) * step, name, ha="right", va="center", fontsize=BODY)
        sheet.text(left + 574, 8 + (row + 0.5) * step, f"{mean:+.2f} ± {paired:.2f}", va="center", fontsize=BODY)
    plot.axvline(0, color=INK, linewidth=1.0)
    plot.set_ylim(len(found) - 0.5, -0.5)
    plot.set_yticks([])
    return sheet.figure


@styled
def variants_sheet(variants: Mapping[str, Mapping[str, float]], floor: float) -> Figure:
    """Models side by side, by name: decibels `own`, `to_b`, `to_a`, and the R2 of each quantity.

    own: what is drawn in B with B's latents, compared with the pictures of B. to_b and to_a: what is drawn in B with
    latents read in A, compared with the pictures of B and of A. floor: decibels of the mean picture.
    """
    marks = {"own": ("B with its own latents", INK, "D"), "to_b": ("with A's: like B", OTHER, "o"),
             "to_a": ("with A's: like A", OURS, "X")}
    if not variants or any(not {*marks, *QUANTITIES} <= set(values) for values in variants.values()):
        raise InputError("models with missing numbers", listing([*marks, *QUANTITIES]))
    told = " ".join(f"{name}: {v['own']:.1f} dB with its own latents; transplanted {v['to_b']:.1f} dB to B and "
                    f"{v['to_a']:.1f} to A; R² " + ", ".join(f"{q} {v[q]:.2f}" for q in QUANTITIES) + "."
                    for name, v in variants.items())
    step, left, top = 52, 226, 34
    sheet = Sheet(len(variants) * step + top + 62, "Broken on purpose, side by side",
                  "Left: decibels of right halves; dashed: the mean picture of the inputs. Right: what can be read "
                  "from pairs of latents.",
                  "A row for each model. " + told)
    height = len(variants) * step
    plots = [sheet.plot(left, top, 450, height, "PSNR (dB)", ""), sheet.plot(760, top, 400, height, "R²", "")]
    for row, (name, values) in enumerate(variants.items()):
        sheet.text(left - 14, top + (row + 0.5) * step, name, ha="right", va="center", fontsize=BODY)
        for key, (_, colour, marker) in marks.items():
            plots[0].plot([values[key]], [row], color=colour, marker=marker, markersize=9, markeredgecolor="white",
                          linestyle="none")
        for shift, (key, (colour, marker)) in zip((-0.22, 0.0, 0.22), QUANTITIES.items()):
            plots[1].plot([max(values[key], -0.1)], [row + shift], color=colour, marker=marker, markersize=9,
                          markeredgecolor="white", linestyle="none")
    plots[0].axvline(floor, color=METHOD_COLOURS["mean_picture"], linewidth=1.0, linestyle=(0, (4, 3)))
    plots[1].set_xlim(-0.13, 1.03)
    _legend(sheet, left, [(words, colour, marker) for words, colour, marker in marks.values()])
    _legend(sheet, 760, [(name, colour, marker) for name, (colour, marker) in QUANTITIES.items()])
    for plot in plots:
        plot.set_ylim(len(variants) - 0.5, -0.5)
        plot.set_yticks(range(len(variants)), [""] * len(variants))
    return sheet.figure


def _legend(sheet: Sheet, x: float, entries: Sequence[tuple[str, str, str]]) -> None:
    for words, colour, marker in entries:
        sheet.line([x + 8], [14], color=colour, marker=marker, markersize=7, linestyle="none", markeredgecolor="white")
        sheet.text(x + 20, 14, words, va="center", fontsize=SMALL)
        x += 44 + 7.2 * len(words)


def _stop(value: float) -> str:
    """-1.333 -> "−1.3 σ", and 0 for what is nearly none."""
    return f"{value:+.1f} σ".replace("-", "−") if abs(value) >= 0.05 else "0"


@styled
def one_number_sheet(images, values: Sequence[float], names: Sequence[str]) -> Figure:
    """What the one number of a latent does: pictures (R, N, H, W, 3), a row for each scene, at these values (N,)."""
    images = as_pictures(images, "pictures", f"{len(names)} {len(values)}")
    R, N, H, W = images.shape[:4]
    scale, labels = 112 / H, 96
    sheet = Sheet(R * 118 + 54, "One number, turned up: the camera sinks and moves away",
                  "Every row is one scene; along it, nothing changes but the one number of the latent.",
                  f"{R} rows of {N} pictures drawn with a latent of one number, from {values[0]:.1f} to "
                  f"{values[-1]:.1f} standard deviations.", width=math.ceil(2 * MARGIN + labels + N * (W * scale + 6)))
    for n, value in enumerate(values):
        x = MARGIN + labels + n * (W * scale + 6)
        sheet.text(x + W * scale / 2, 14, _stop(value), ha="center", va="bottom",
                   fontsize=SMALL, color=MUTED)
        for r in range(R):
            sheet.picture(x, 22 + r * 118, W * scale, H * scale, images[r, n])
    for r, name in enumerate(names):
        sheet.text(MARGIN, 22 + r * 118 + 56, name, va="center", fontsize=SMALL)
    return sheet.figure
