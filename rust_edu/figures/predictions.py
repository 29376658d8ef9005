"""Pictures that a model makes: predictions beside their targets, and walks through the latent pose.

Public: `prediction_sheet`, `traversal_sheet`, `demo_figure`.
Axes: B scenes, V input views, T target views, C principal components, S steps, H W pixels.
"""

import math

import numpy as np
from matplotlib.figure import Figure

from ..errors import InputError
from .style import (
    BODY,
    INK,
    MARGIN,
    METHOD_COLOURS,
    METHOD_NAMES,
    MUTED,
    SMALL,
    WIDTH,
    Sheet,
    listing,
    plural,
    scale_to_fit,
    styled,
    wrap,
)
from .style import pictures as as_pictures

GAP = 6  # pixels between pictures
ROWS = ("target:\na new view", "{model}'s\nprediction", "error")


@styled
def prediction_sheet(inputs, targets, predictions, *, seen: str | None = "left", model: str = "rust",
                     title: str | None = None) -> Figure:
    """Input views, target views that the model was not shown, its predictions, and where they are wrong.

    inputs (V, H, W, 3), targets and predictions (T, H, W, 3); or (B, ...) for several scenes, in blocks.
    `seen` is the half of each target that the pose estimator saw, "left" or "right"; None for models that are
    given cameras. The PSNR is that of the other half (the right one if None), as in the papers' protocol.
    """
    scenes = _Predictions(inputs, targets, predictions, seen, model)
    if title is None:
        title = f"{METHOD_NAMES[model]} draws new views of a scene, at {scenes.mean():.1f} dB on average"
    sheet = Sheet(scenes.height() + MARGIN, title, scenes.how_to_read(), scenes.alt(), width=scenes.width())
    scenes.draw(sheet, 0)
    return sheet.figure


@styled
def traversal_sheet(pictures, names, *, steps=None, title: str | None = None) -> Figure:
    """One row for each principal component of the latent pose, walked in steps, and what it follows.

    pictures (C, S, H, W, 3); `names`, one for each row, say what each component follows, e.g. "height";
    `steps` (S) are the positions in standard deviations, evenly from -2 to 2 if not given.
    """
    walk = _Traversals(pictures, names, steps)
    title = title or f"Directions of the latent pose that nobody named: they follow {listing(walk.names)}"
    sheet = Sheet(walk.height() + MARGIN, title, walk.how_to_read(), walk.alt())
    walk.draw(sheet, 0)
    return sheet.figure


@styled
def demo_figure(inputs, targets, predictions, traversals, names, headline: str, *, seen: str = "left",
                steps=None) -> Figure:
    """What `make demo` shows: `prediction_sheet` and `traversal_sheet` in one picture below a headline."""
    scenes = _Predictions(inputs, targets, predictions, seen, "rust")
    walk = _Traversals(traversals, names, steps)
    heading = 62
    height = 2 * heading + scenes.height() + 34 + walk.height() + MARGIN
    sheet = Sheet(height, headline, "", f"{headline.rstrip('.')}. {scenes.alt()} {walk.alt()}")

    def section(y: float, title: str, how: str) -> float:
        sheet.line([MARGIN, WIDTH - MARGIN], [y, y], color=INK, linewidth=0.8)
        sheet.text(MARGIN, y + 10, title, va="top", fontsize=BODY + 1, fontweight="bold")
        sheet.text(MARGIN, y + 34, how, va="top", fontsize=SMALL, color=MUTED)
        return y + heading

    y = section(0, "New views of a scene", scenes.how_to_read())
    y = scenes.draw(sheet, y)
    y = section(y + 34, "What its latent pose has come to mean", walk.how_to_read())
    walk.draw(sheet, y)
    return sheet.figure


class _Predictions:
    """Blocks, one a scene: inputs at the left; rows of targets, predictions and errors at the right."""

    LABELS, HEAD, FOOT = 124, 30, 26  # pixels: row labels, line above, decibels below a block

    def __init__(self, inputs, targets, predictions, seen: str | None, model: str) -> None:
        lead = "B " if getattr(inputs, "ndim", 4) == 5 else ""
        self.inputs, self.targets, self.predictions = (
            as_pictures(value, what, lead + axis) for value, what, axis in
            ((inputs, "input views", "V"), (targets, "target views", "T"), (predictions, "predictions", "T")))
        if not lead:
            self.inputs, self.targets = self.inputs[None], self.targets[None]
            self.predictions = self.predictions[None]
        if self.targets.shape != self.predictions.shape:
            raise InputError(f"predictions of shape {self.predictions.shape}",
                             f"the targets' shape, {self.targets.shape}")
        if len(self.inputs) != len(self.targets) or self.inputs.shape[2:] != self.targets.shape[2:]:
            raise InputError(f"inputs of shape {self.inputs.shape}, targets of shape {self.targets.shape}",
                             "the same number of scenes and the same size of pictures")
        if seen not in ("left", "right", None):
            raise InputError(f"seen = {seen!r}", "'left', 'right' or None")
        if model not in METHOD_NAMES:
            raise InputError(f"unknown model {model!r}", "one of " + ", ".join(METHOD_NAMES))
        if self.targets.shape[3] < 2:
            raise InputError("pictures one pixel wide", "a left and a right half")
        self.seen, self.model = seen, model
        self.B, self.V, self.H, self.W = self.inputs.shape[:4]
        self.T = self.targets.shape[1]
        middle = self.W // 2
        self.scored = slice(0, middle) if seen == "right" else slice(middle, None)
        self.scored_name = "left" if seen == "right" else "right"
        mse = ((self.targets - self.predictions)[..., self.scored, :] ** 2).mean((2, 3, 4))
        self.psnr = 0.0 - 10 * np.log10(mse.clip(1e-10))  # (B, T); 0.0 - 0.0 is no negative zero
        self.error = np.abs(self.targets - self.predictions).mean(-1)
        self.worst = max(0.05, math.ceil(np.quantile(self.error, 0.995) / 0.05 - 1e-9) * 0.05)
        self.columns = -(-self.V // 3)  # of input views, three below each other
        room = WIDTH - 2 * MARGIN - self.LABELS - GAP * (self.T + self.columns - 2)
        longest = max(self.H, self.W)
        self.scale = scale_to_fit(longest, min(room / (self.columns + self.T), 200)) / longest
        self.w, self.h = self.W * self.scale, self.H * self.scale

    def mean(self) -> float:
        return float(self.psnr.mean())

    def alt(self) -> str:
        of = "" if self.B == 1 else f"For each of {self.B} scenes: "
        text = (f"{of}{plural(self.V, 'input view')}, {plural(self.T, 'new view')} as targets, "
                f"the predictions of {METHOD_NAMES[self.model]}, and maps of their error")
        low, high = self.psnr.min(), self.psnr.max()
        text += f"; the {self.scored_name} halves of the predictions have a PSNR of "
        text += f"{low:.1f} dB" if f"{low:.1f}" == f"{high:.1f}" else f"{low:.1f} to {high:.1f} dB"
        return text[0].upper() + text[1:] + "."

    def how_to_read(self) -> str:
        if self.seen is None:
            return f"It is given the target's camera. Decibels: PSNR of the {self.scored_name} half."
        return (f"Which view is asked for, the pose estimator reads from the bracketed half of the target. "
                f"Decibels: PSNR of the {self.scored_name} half, which the model never sees.")

    def _block(self) -> float:
        return self.HEAD + 3 * self.h + 2 * GAP + self.FOOT

    def height(self) -> float:
        return self.B * self._block() + (self.B - 1) * 2 * GAP

    def _columns(self) -> tuple[float, float, float]:
        """Where the first target begins, the distance from one to the next, and where the last one ends."""
        left = MARGIN + self.columns * (self.w + GAP) - GAP + self.LABELS
        # Room that is left when pictures are enlarged by a whole number goes between the columns.
        spare = WIDTH - MARGIN - left - self.T * self.w
        step = self.w + min(spare / max(self.T - 1, 1), 4 * GAP)
        return left, step, left + step * (self.T - 1) + self.w

    def width(self) -> int:
        return max(800, math.ceil(self._columns()[2] + MARGIN))

    def draw(self, sheet: Sheet, y: float) -> float:
        left, step, _ = self._columns()
        for scene in range(self.B):
            self._draw_scene(sheet, scene, left, step, y + scene * (self._block() + 2 * GAP))
        return y + self.height()

    def _draw_scene(self, sheet: Sheet, scene: int, left: float, step: float, y: float) -> None:
        top = y + self.HEAD
        sheet.text(MARGIN, y + 6, plural(self.V, "input view"), va="top", fontsize=SMALL)
        for i in range(self.V):
            x = MARGIN + (i // 3) * (self.w + GAP)
            sheet.picture(x, top + (i % 3) * (self.h + GAP), self.w, self.h, self.inputs[scene, i])
        rows = (self.targets, self.predictions, self.error)
        for row, (name, images) in enumerate(zip(ROWS, rows)):
            at = top + row * (self.h + GAP)
            name = name.format(model=METHOD_NAMES[self.model])
            sheet.text(left - 12, at + self.h / 2 - 26 * (row == 2), name, ha="right", va="center",
                       fontsize=SMALL, linespacing=1.3)
            for t in range(self.T):
                style = {} if row < 2 else {"cmap": "magma", "vmin": 0.0, "vmax": self.worst}
                sheet.picture(left + t * step, at, self.w, self.h, images[scene, t], **style)
        for t in range(self.T):
            self._mark_halves(sheet, left + t * step, y, top, f"{self.psnr[scene, t]:.1f} dB", first=t == 0)
        sheet.colour_bar(left - 100, top + 2.5 * self.h + 2 * GAP - 10, 80, "magma", 0.0, self.worst,
                         "colours in 0–1", ticks=[0.0, self.worst], extend="max", lying=True)

    def _mark_halves(self, sheet: Sheet, x: float, y: float, top: float, psnr: str, first: bool) -> None:
        """A bracket above the half that was seen, the decibels below the half that was not."""
        half, colour = self.w / 2, METHOD_COLOURS[self.model]
        scored = x + (0 if self.seen == "right" else half)
        bottom = top + 3 * self.h + 2 * GAP
        sheet.text(scored + half / 2, bottom + 7, psnr, ha="center", va="top", fontsize=SMALL)
        sheet.line([scored + 2, scored + half - 1], [bottom + 4] * 2, color=INK, linewidth=0.9)
        if self.seen:
            at = x + (half if self.seen == "right" else 0)
            bracket = [at + 1, at + 1, at + half - 1, at + half - 1], [top - 2, top - 7, top - 7, top - 2]
            sheet.line(*bracket, color=colour, linewidth=1.6, solid_joinstyle="miter")
            if first:
                sheet.text(at + half / 2, y, "seen", ha="center", va="top", fontsize=SMALL, color=colour)


class _Traversals:
    """Rows of pictures, one a component, with its name at the left and the steps above."""

    LABELS, HEAD = 150, 28  # pixels

    def __init__(self, walks, names, steps) -> None:
        self.pictures, self.names = as_pictures(walks, "traversals", "C S"), [str(name) for name in names]
        self.C, self.S, self.H, self.W = self.pictures.shape[:4]
        if len(self.names) != self.C:
            raise InputError(f"{len(self.names)} names for {self.C} components", "a name for each")
        self.steps = np.linspace(-2, 2, self.S) if steps is None else np.asarray(steps, dtype=float)
        if self.steps.shape != (self.S,):
            raise InputError(f"steps of shape {self.steps.shape} for {self.S} columns", "a position for each")
        room = (WIDTH - 2 * MARGIN - self.LABELS - GAP * (self.S - 1)) / self.S
        longest = max(self.H, self.W)
        scale = scale_to_fit(longest, min(room, 160)) / longest
        self.w, self.h = self.W * scale, self.H * scale

    def alt(self) -> str:
        follows = listing(f"component {i + 1} follows {name}" for i, name in enumerate(self.names))
        first, last = self._sigma(self.steps[0]), self._sigma(self.steps[-1])
        return (f"Views of one scene as the latent pose moves in {self.S} steps from {first} to {last} along "
                f"each of {plural(self.C, 'principal component')}: {follows}.")

    @staticmethod
    def how_to_read() -> str:
        return ("Each row moves along one principal component of the latent poses, all else fixed. "
                "Columns: steps in standard deviations (σ).")

    @staticmethod
    def _sigma(step: float) -> str:
        return "the mean" if abs(step) < 1e-9 else f"{step:+.1f} σ".replace(".0", "").replace("-", "−")

    def height(self) -> float:
        return self.HEAD + self.C * (self.h + GAP) - GAP

    def draw(self, sheet: Sheet, y: float) -> float:
        left = MARGIN + self.LABELS
        spare = WIDTH - MARGIN - left - self.S * self.w
        step = self.w + min(spare / max(self.S - 1, 1), 3 * GAP)
        for column, value in enumerate(self.steps):
            sheet.text(left + column * step + self.w / 2, y + 2, self._sigma(value), ha="center", va="top",
                       fontsize=SMALL, color=MUTED)
        for row, name in enumerate(self.names):
            at = y + self.HEAD + row * (self.h + GAP)
            name = wrap(name, self.LABELS - 12, BODY + 1, bold=True)
            sheet.text(MARGIN, at + self.h / 2 - 3, name, va="bottom", fontsize=BODY + 1, fontweight="bold")
            sheet.text(MARGIN, at + self.h / 2 + 3, f"component {row + 1}", va="top", fontsize=SMALL,
                       color=MUTED)
            for column in range(self.S):
                sheet.picture(left + column * step, at, self.w, self.h, self.pictures[row, column])
        return y + self.height()
