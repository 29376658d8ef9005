"""Figures of notebook 02: pictures to compare, what is seen and what is scored, scenes easy and hard, broken protocols.

Public: `comparison`, `halves_sheet`, `easy_and_hard`, `protocol_plot`.
Axes: N pictures, V input views, T target views, S scenes, H W pixels.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ....errors import InputError
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
    numbers,
    pictures,
    plural,
    styled,
)

GAP = 18  # pixels between pictures
GROUPS = 10  # of pictures, from the nearest cameras to the farthest
SEEN, SCORED = METHOD_COLOURS["rust"], INK  # as in `prediction_sheet`
OF_DECIBELS, OF_ERRORS = "#0072B2", "#D55E00"  # two means
CHEATS = {"copycat": ("#CC79A7", "X"), "patchwork": ("#E69F00", "P")}


@styled
def comparison(images, captions: Sequence[str], *, title: str, subtitle: str = "", side: int = 192) -> Figure:
    """Pictures (N, H, W, 3) in a row, `side` pixels high: the first line of each caption bold, the others below it."""
    images = pictures(images, "pictures", "N")
    if len(images) != len(captions):
        raise InputError(f"{len(captions)} captions for {plural(len(images), 'picture')}", "one for each")
    across = side * images.shape[2] / images.shape[1]
    lines = [caption.split("\n") for caption in captions]
    sheet = Sheet(side + 14 + 20 * max(map(len, lines)) + MARGIN, title, subtitle,
                  f"{title.rstrip('.')}. " + "; ".join(", ".join(words) for words in lines) + ".",
                  width=max(860, round(2 * MARGIN + len(images) * (across + GAP))))
    for i, (image, (head, *more)) in enumerate(zip(images, lines)):
        x = MARGIN + i * (across + GAP)
        sheet.picture(x, 0, across, side, image)
        sheet.text(x, side + 8, head, va="top", fontsize=BODY, fontweight="bold")
        for row, words in enumerate(more):
            sheet.text(x, side + 28 + 20 * row, words, va="top", fontsize=SMALL, color=MUTED)
    return sheet.figure


@styled
def halves_sheet(inputs, seen, scored, *, title: str, subtitle: str = "") -> Figure:
    """Input views (V, H, W, 3), and for each target its seen half (T, H, W/2, 3) and, apart from it, its scored one."""
    inputs, seen, scored = (pictures(value, what, axis) for value, what, axis in (
        (inputs, "input views", "V"), (seen, "seen halves", "T"), (scored, "scored halves", "T")))
    if seen.shape != scored.shape:
        raise InputError(f"seen halves of shape {seen.shape}, scored ones of shape {scored.shape}", "the same shape")
    side, apart, between = 128, 10, 40
    narrow = side * seen.shape[2] / seen.shape[1]
    start = MARGIN + len(inputs) * (side + 8) + between
    step = 2 * narrow + apart + 20
    counts = f"{plural(len(inputs), 'input view')}, whole; {plural(len(seen), 'target view')}"
    sheet = Sheet(side + 66, title, subtitle, f"{title.rstrip('.')}. {counts}, each cut into a left half that is seen "
                  "and a right half that is scored.", width=max(860, round(start + len(seen) * step + MARGIN)))
    sheet.text(MARGIN, 0, "input views: given", va="top", fontsize=SMALL)
    for v, image in enumerate(inputs):
        sheet.picture(MARGIN + v * (side + 8), 24, side, side, image)
    sheet.text(start, 0, "target views", va="top", fontsize=SMALL)
    for t in range(len(seen)):
        for image, x, colour, word in ((seen[t], start + t * step, SEEN, "seen"),
                                       (scored[t], start + t * step + narrow + apart, SCORED, "scored")):
            sheet.picture(x, 24, narrow, side, image)
            sheet.line([x, x + narrow], [side + 30] * 2, color=colour, linewidth=2.5)
            sheet.text(x + narrow / 2, side + 36, word, ha="center", va="top", fontsize=SMALL, color=colour)
    return sheet.figure


@styled
def easy_and_hard(scores, distance, *, mean: float, of_mean_error: float, title: str, subtitle: str = "") -> Figure:
    """Decibels of pictures (S, T): how many scenes reach how many, with two averages; and of each picture against the
    distance (S, T) of its nearest input camera."""
    scores, distance = numbers(scores, "scores", "S T"), numbers(distance, "distances", "S T")
    if scores.shape != distance.shape:
        raise InputError(f"scores {scores.shape} and distances {distance.shape}", "one of each for every picture")
    scenes, trend = scores.mean(1), np.corrcoef(distance.ravel(), scores.ravel())[0, 1]
    sheet = Sheet(344, title, subtitle,
                  f"{title.rstrip('.')}. Left: scenes from {scenes.min():.0f} to {scenes.max():.0f} dB; the mean of "
                  f"the decibels is {mean:.1f} dB, the decibels of the mean error {of_mean_error:.1f} dB. Right: a "
                  f"cloud of {scores.size} pictures; those whose nearest input camera is farther away tend to have "
                  f"fewer decibels, with a correlation of {trend:.1f}.", width=1060)
    plot = sheet.plot(90, 14, 420, 262, "PSNR of a scene (dB)", "scenes")
    plot.hist(scenes, bins=24, color="#9AA1AC", edgecolor="white")
    for value, name, colour, dashes in ((mean, "mean of the decibels", OF_DECIBELS, "-"),
                                        (of_mean_error, "decibels of the mean error", OF_ERRORS, "--")):
        plot.axvline(value, color=colour, linestyle=dashes, label=f"{name}: {value:.1f} dB")
    plot.set_ylim(0, 1.3 * plot.get_ylim()[1])
    plot.legend(loc="upper right", frameon=True, fontsize=SMALL)
    plot = sheet.plot(616, 14, 400, 262, "from the target's camera to the nearest input's (units)",
                      "PSNR of a picture (dB)")
    plot.scatter(distance, scores, s=11, alpha=0.45, color=METHOD_COLOURS["nearest_input"], marker="v", linewidths=0)
    groups = np.array_split(np.argsort(distance, axis=None), GROUPS)
    plot.plot([distance.flat[g].mean() for g in groups], [scores.flat[g].mean() for g in groups], color=INK,
              label=f"mean of each tenth\ncorrelation {trend:.1f}")
    plot.legend(loc="upper right", frameon=True, fontsize=SMALL)
    return sheet.figure


@styled
def protocol_plot(scores: Mapping[str, Mapping[str, float]], *, right: str, title: str, subtitle: str = "") -> Figure:
    """Decibels of each predictor under each protocol, predictor -> protocol -> decibels; infinity is drawn at the top.

    `right` is the protocol that is as it should be: its column is marked. A protocol's name may have two lines.
    """
    names = list(next(iter(scores.values())))
    if right not in names or any(list(found) != names for found in scores.values()):
        raise InputError(f"scores under the protocols {names}", f"the same for each predictor, {right!r} among them")
    finite = [v for found in scores.values() for v in found.values() if np.isfinite(v)]
    top = max(finite) + 0.2 * (max(finite) - min(finite)) + 1.0
    label = {True: "∞"}
    sheet = Sheet(420, title, subtitle, f"{title.rstrip('.')}. PSNR in dB. " + " ".join(
        f"{' '.join(protocol.split())}: " + ", ".join(
            f"{METHOD_NAMES.get(name, name)} {label.get(np.isinf(found[protocol]), f'{found[protocol]:.1f}')}"
            for name, found in scores.items()) + "." for protocol in names), width=1200)
    plot = sheet.plot(90, 16, 860, 320, "", "PSNR (dB)")
    plot.axvspan(names.index(right) - 0.5, names.index(right) + 0.5, color="#E8F1E4", zorder=0)
    places = np.linspace(-0.38, 0.38, len(scores))
    for place, (name, found) in zip(places, scores.items()):
        colour, marker = CHEATS.get(name, (METHOD_COLOURS.get(name, INK), METHOD_MARKERS.get(name, "o")))
        x = np.arange(len(names)) + place
        values = np.array([found[protocol] for protocol in names])
        plot.plot(x, np.where(np.isinf(values), top, values), color=colour, marker=marker, markersize=9,
                  linestyle="none", label=METHOD_NAMES.get(name, name))
        for at, value in zip(x, values):
            plot.annotate(label.get(np.isinf(value), f"{value:.1f}"), (at, top if np.isinf(value) else value), (0, 8),
                          textcoords="offset points", ha="center", va="bottom", fontsize=SMALL, color=INK)
    plot.set_xlim(-0.5, len(names) - 0.5)
    plot.set_ylim(min(finite) - 1.0, top + 2.0)
    plot.set_xticks(range(len(names)), names, fontsize=SMALL, color=INK)
    plot.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    plot.grid(False, axis="x")
    plot.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=BODY, labelspacing=0.9)
    return sheet.figure
