"""Numbers as figures: how a training goes, what camera noise costs, what the latent pose knows.

Public: `training_curve`, `LiveCurve`, `noise_curve`.
"""

import time
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..errors import InputError
from .style import (
    BASELINES,
    MARGIN,
    METHOD_COLOURS,
    METHOD_MARKERS,
    METHOD_NAMES,
    MUTED,
    QUANTITIES,
    SMALL,
    Sheet,
    listing,
    numbers,
    styled,
)

FOOT = 66  # pixels for the labels below an axis
DASHES = (0, (4, 3))  # of baselines


@styled
def training_curve(history: Sequence[Mapping], *, model: str = "rust",
                   baselines: Mapping[str, float] | None = None, title: str | None = None) -> Figure:
    """How a training goes, against minutes: decibels at the left, read-outs of the latent pose at the right.

    `history`: dicts with `step`, `seconds`, `psnr` (training) and, in some or all, `val_psnr` and the R2 of
    `azimuth`, `elevation`, `distance`. `baselines`: decibels of baselines by name, drawn as thin lines.
    """
    if not history or any("seconds" not in entry for entry in history):
        raise InputError("a training history that is empty or has entries without 'seconds'",
                         "a list of dicts with step, seconds and psnr")
    _check_names([model, *(baselines or {})])
    train, held_out = _column(history, "psnr"), _column(history, "val_psnr")
    read_outs = {name: _column(history, name) for name in QUANTITIES}
    last = {name: points[-1, 1] for name, points in read_outs.items() if len(points)}
    minutes, score = history[-1]["seconds"] / 60, held_out if len(held_out) else train
    finding = f"{METHOD_NAMES[model]} reaches {f'{score[-1, 1]:.1f} dB' if len(score) else 'no result'} on "
    finding += "unseen scenes" if len(held_out) else "training scenes"
    finding += f" in {minutes:.1f} minutes" if minutes >= 1 else f" in {60 * minutes:.0f} seconds"
    alt = f"Training curve{'s' if last else ''}: {finding}."
    if last:
        known = listing(f"{value:.2f} for {name}" for name, value in last.items())
        alt += f" R² of what can be read from its latent pose: {known}."
    sheet = Sheet(430 + FOOT, title or finding, alt=alt)
    left, width = MARGIN + 70, 396 if last else 920
    axes = sheet.plot(left, 30, width, 400, "minutes of training", "PSNR (dB)")
    steps = history[-1].get("step")
    axes.set_title("Quality of its pictures" + (f", {steps:,} steps" if steps else ""), loc="left",
                   color=MUTED, pad=12)
    colour, ends = METHOD_COLOURS[model], []
    if len(train):
        axes.plot(*train.T, color=colour, linewidth=1.2, alpha=0.5)
        ends.append((train[-1, 1], "training", colour))
    if len(held_out):
        axes.plot(*held_out.T, color=colour, marker=METHOD_MARKERS[model], markersize=4, clip_on=False,
                  zorder=3)
        ends.append((held_out[-1, 1], "unseen scenes", colour))
    for name, value in (baselines or {}).items():
        axes.axhline(value, color=METHOD_COLOURS[name], linewidth=1.0, linestyle=DASHES)
        ends.append((value, METHOD_NAMES[name], METHOD_COLOURS[name]))
    axes.set_xlim(0, max(minutes, 1e-3))
    _pad(axes)
    _label_ends(axes, ends)
    if last:
        axes = sheet.plot(left + width + 252, 30, 332, 400, "minutes of training", "R² of the read-out")
        axes.set_title("What can be read from its latent pose", loc="left", color=MUTED, pad=12)
        for name in last:
            colour, marker = QUANTITIES[name]
            axes.plot(*read_outs[name].T, color=colour, marker=marker, markersize=4, zorder=3)
        lowest = min(read_outs[name][:, 1].min() for name in last)
        axes.set_xlim(0, 1.01 * max(minutes, 1e-3))
        axes.set_ylim(min(-0.05, max(-0.5, lowest - 0.05)), 1.02)  # R2 far below 0 says no more than 0
        axes.axhline(0.0, color=MUTED, linewidth=0.8)
        _label_ends(axes, [(value, name, QUANTITIES[name][0]) for name, value in last.items()])
    return sheet.figure


class LiveCurve:
    """A training curve that is drawn again as the training goes: `on_progress=LiveCurve()` in a notebook.

    At most one drawing every `every` seconds, and never more than a tenth of the time. Outside a notebook it
    does nothing. Call `finish()` after the training for a last drawing. Keywords go to `training_curve`.
    """

    def __init__(self, every: float = 2.0, **options) -> None:
        self.every, self.options = every, options
        self._display = _notebook_display()
        self._handle, self._pending, self._next = None, None, 0.0

    def __call__(self, history: Sequence[Mapping]) -> None:
        if self._display is None or not history:
            return
        self._pending = history
        if time.monotonic() >= self._next:
            self.finish()

    def draw(self, history: Sequence[Mapping]) -> Figure:
        """What is shown. A chapter that has more to show than a curve overrides it."""
        return training_curve(history, **self.options)

    def finish(self) -> None:
        """Draw what has come since the last drawing."""
        if self._pending is None:
            return
        begun = time.monotonic()
        figure, self._pending = self.draw(self._pending), None
        if self._handle is None:
            self._handle = self._display(figure, display_id=True)
        else:
            self._handle.update(figure)
        now = time.monotonic()
        self._next = now + max(self.every, 9 * (now - begun))


def _notebook_display():
    """IPython's `display` in a notebook; None elsewhere: in a script, a test, IPython in a terminal."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return None
    return display if hasattr(get_ipython(), "kernel") else None


@styled
def noise_curve(points: Sequence[Mapping], *, title: str | None = None) -> Figure:
    """What wrong cameras cost: PSNR of SRT and UpSRT against camera noise, beside RUST, which has no cameras.

    `points`: dicts with `model`, `sigma`, `psnr` and `stderr`. RUST is drawn as a band over all sigmas, the
    baselines without learning as thin lines, at the level of true cameras.
    """
    curves: dict[str, list] = {}
    for point in points:
        needs_sigma = point.get("model") in ("srt", "upsrt")
        if "model" not in point or "psnr" not in point or (needs_sigma and point.get("sigma") is None):
            raise InputError(f"a point {dict(point)!r}", "dicts with model, sigma, psnr and stderr")
        values = point.get("sigma") or 0.0, point["psnr"], point.get("stderr") or 0.0
        curves.setdefault(point["model"], []).append(values)
    if not curves:
        raise InputError("no points", "at least one")
    _check_names(curves)
    data = {model: numbers(sorted(values), f"points of {model}", "N 3") for model, values in curves.items()}
    noisy = {model: data[model] for model in ("srt", "upsrt") if model in data}
    level = {model: values[:, 1].mean() for model, values in data.items() if model not in noisy}
    told = [f"{METHOD_NAMES[model]}: " + listing(f"{v[1]:.1f} dB at σ = {v[0]:g}" for v in values) + "."
            for model, values in noisy.items()]
    told += [f"{METHOD_NAMES[model]}: a flat line at {value:.1f} dB." for model, value in level.items()]
    finding, how_to_read = _noise_finding(noisy, level.get("rust"))
    alt = "PSNR against camera noise σ. " + " ".join(told)
    sheet = Sheet(450 + FOOT, title or finding, how_to_read, alt)
    axes = sheet.plot(MARGIN + 70, 6, 900, 444, "camera noise σ (radians, and units of the scene)",
                      "PSNR (dB)")
    ends, colours = [], METHOD_COLOURS
    if "rust" in level:
        value, error = level["rust"], data["rust"][:, 2].mean()
        axes.axhspan(value - error, value + error, color=colours["rust"], alpha=0.18, linewidth=0)
        axes.axhline(value, color=colours["rust"])
        ends.append((value, "RUST (no cameras)", colours["rust"]))
    for model, values in noisy.items():
        axes.errorbar(*values.T, color=colours[model], marker=METHOD_MARKERS[model], markersize=6, capsize=3,
                      clip_on=False, zorder=3)
        ends.append((values[-1, 1], METHOD_NAMES[model], colours[model]))
    for model in BASELINES:
        if model in level:
            axes.axhline(level[model], color=colours[model], linewidth=1.0, linestyle=DASHES)
            ends.append((level[model], METHOD_NAMES[model], colours[model]))
    largest = max([0.0, *(values[-1, 0] for values in noisy.values())]) or 0.1
    axes.set_xlim(-0.02 * largest, largest)
    _pad(axes)
    _label_ends(axes, ends)
    return sheet.figure


def _noise_finding(noisy: Mapping[str, np.ndarray], rust: float | None) -> tuple[str, str]:
    """The title and the subtitle of a noise curve."""
    changes, crossings = [], []
    for model, values in noisy.items():
        change = values[-1, 1] - values[0, 1]
        changes.append(f"{METHOD_NAMES[model]} {'loses' if change < 0 else 'gains'} {abs(change):.1f} dB")
        if rust is not None and values[0, 1] > rust > values[-1, 1]:
            after = int((values[:, 1] < rust).argmax())
            below, above = values[after - 1:after + 1, 0]  # where between these nobody has measured
            crossings.append(f"{METHOD_NAMES[model]} between σ = {below:g} and {above:g}")
    title, how_to_read = "PSNR without camera noise", "Bars and band: one standard error."
    if changes:
        largest = max(values[-1, 0] for values in noisy.values())
        title = f"Cameras wrong by σ = {largest:g}: {listing(changes)}"
        title += "" if rust is None else "; RUST, given none, loses nothing"
    if crossings:
        how_to_read = f"RUST overtakes {listing(crossings)}. {how_to_read}"
    return title.replace("σ = ", "σ\u00a0=\u00a0"), how_to_read.replace("σ = ", "σ\u00a0=\u00a0")


def _check_names(models) -> None:
    for model in models:
        if model not in METHOD_NAMES:
            raise InputError(f"unknown model {model!r}", "one of " + ", ".join(METHOD_NAMES))


def _column(history: Sequence[Mapping], name: str) -> np.ndarray:
    """(minutes, value) of the entries that have a finite value: (n, 2)."""
    points = [(entry["seconds"] / 60, entry[name]) for entry in history if entry.get(name) is not None]
    points = np.array(points, dtype=float).reshape(-1, 2)
    return points[np.isfinite(points).all(1)]


def _pad(axes: Axes) -> None:
    """Half a decibel of air above and below."""
    low, high = axes.dataLim.intervaly
    if np.isfinite([low, high]).all():
        axes.set_ylim(low - 0.5, high + 0.5)


def _label_ends(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Names beside the right ends of curves, (y, name, colour) each, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    inches = axes.get_position().size * axes.figure.get_size_inches()
    gap = 1.6 * SMALL / 72 / inches[1] * (high - low)  # a line of text, in data
    ends = sorted((min(max(y, low), high), name, colour) for y, name, colour in ends)
    at = np.array([y for y, _, _ in ends])
    for _ in range(200):  # push neighbours apart, a little each time
        near = (np.diff(at) < 0.99 * gap).nonzero()[0]
        for i in near:
            middle = (at[i] + at[i + 1]) / 2
            at[i], at[i + 1] = middle - gap / 2, middle + gap / 2
        if not len(near):
            break
    pixel, across = 1 / (inches[0] * axes.figure.dpi), axes.get_yaxis_transform()  # x in widths of the axes
    for y, (end, name, colour) in zip(at, ends):
        axes.add_artist(Line2D([1 + 6 * pixel, 1 + 24 * pixel], [end, y], transform=across, color=colour,
                               linewidth=1.5, clip_on=False))
        axes.text(1 + 30 * pixel, y, name, transform=across, va="center", fontsize=SMALL)
