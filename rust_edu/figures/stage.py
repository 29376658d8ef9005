"""A stage: a 3-D drawing seen by one of the package's own cameras, in front of a scene that its renderer has drawn.

Lines are hidden where the rendered depth says that something stands before them. Used by `cameras.py`.
Public: `Stage`.
"""

import math

import numpy as np
import torch
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import FancyArrowPatch, Polygon
from matplotlib.patheffects import withStroke

from ..cameras import intrinsics, invert, look_at
from ..scenes.render import render
from ..scenes.worlds import Scenes
from .style import BODY, INK, Sheet

HALO = [withStroke(linewidth=3.0, foreground="white", alpha=0.85)]


class Stage:
    """Axes of `width` x `height` pixels at (x, y) of a sheet, through which a camera at `eye` looks at `target`."""

    def __init__(self, sheet: Sheet, x: float, y: float, width: int, height: int, eye, target, field_of_view: float,
                 scene: Scenes | None = None, samples: int = 2) -> None:
        self.pose = look_at(torch.tensor(eye, dtype=torch.float32), torch.tensor(target, dtype=torch.float32))
        self.K = intrinsics(height, width, math.radians(field_of_view))
        self.width, self.height, self.depth = width, height, None
        self.axes = sheet.axes(x, y, width, height)
        self.axes.set_axis_off()
        if scene is not None:
            seen = render(scene, self.pose[None, None], self.K, height, width, samples)
            self.depth = seen.depth[0, 0].numpy()
            self.axes.imshow(seen.colour[0, 0].numpy(), extent=(0, width, height, 0), interpolation="nearest", aspect="auto")
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)

    def project(self, points) -> tuple[np.ndarray, np.ndarray]:
        """World points (..., 3) -> positions (..., 2) in pixels and depths (...)."""
        points = torch.as_tensor(np.asarray(points), dtype=torch.float32)
        world_to_camera = invert(self.pose)
        local = points @ world_to_camera[:3, :3].T + world_to_camera[:3, 3]
        at = local @ self.K.T
        return (at[..., :2] / at[..., 2:]).numpy(), local[..., 2].numpy()

    def line(self, points, **style) -> None:
        """A line through points (N, 3), without what is hidden by the scene."""
        points = np.asarray(points, dtype=float)
        share = np.linspace(0, 1, 80)[:, None]
        dense = np.concatenate([a + share * (b - a) for a, b in zip(points[:-1], points[1:])])
        at, depth = self.project(dense)
        at[self._hidden(at, depth)] = np.nan
        self.axes.plot(*at.T, solid_capstyle="round", **style)

    def _hidden(self, at: np.ndarray, depth: np.ndarray) -> np.ndarray:
        hidden = depth < 0.05
        if self.depth is not None:
            column, row = np.floor(np.nan_to_num(at)).astype(int).T
            inside = (column >= 0) & (column < self.width) & (row >= 0) & (row < self.height)
            nearest = self.depth[row.clip(0, self.height - 1), column.clip(0, self.width - 1)]
            hidden |= inside & (depth > 1.02 * nearest + 0.02)
        return hidden

    def floor_grid(self, reach: int, step: float = 1.0, **style) -> None:
        for k in np.arange(-reach, reach + step / 2, step):
            self.line([[k, -reach, 0.0], [k, reach, 0.0]], **style)
            self.line([[-reach, k, 0.0], [reach, k, 0.0]], **style)

    def polygon(self, points, **style) -> None:
        self.axes.add_patch(Polygon(self.project(points)[0], closed=True, **style))

    def arrow(self, start, end, colour: str, label: str = "", *, width: float = 2.2, shift=(0.0, 0.0), zorder: float = 5) -> None:
        """An arrow from `start` to `end`, its label beyond the tip and then moved by `shift` pixels."""
        a, b = self.project(np.stack([np.asarray(start, dtype=float), np.asarray(end, dtype=float)]))[0]
        self.axes.add_patch(FancyArrowPatch(a, b, arrowstyle="-|>,head_length=5,head_width=2.6", mutation_scale=1.5,
                                            color=colour, linewidth=width, shrinkA=0, shrinkB=0, zorder=zorder,
                                            capstyle="round"))
        if label:
            beyond = b + 14 * (b - a) / max(np.linalg.norm(b - a), 1e-6) + shift
            self.axes.text(*beyond, label, color=colour, ha="center", va="center", fontweight="bold", fontsize=BODY,
                           path_effects=HALO, zorder=zorder + 1)

    def dot(self, point, colour: str, size: float = 30, zorder: float = 6, **style) -> None:
        self.axes.scatter(*self.project(point)[0], s=size, color=colour, edgecolors="white", linewidths=0.9, zorder=zorder,
                          **style)

    def note(self, point, text: str, shift, *, colour: str = INK, ha: str = "left", leader: bool = True) -> None:
        """Text `shift` pixels away from a point, with a thin line to it."""
        at = self.project(point)[0]
        arrow = {"arrowstyle": "-", "color": colour, "linewidth": 0.8, "shrinkA": 2, "shrinkB": 3} if leader else None
        self.axes.annotate(text, at, xytext=at + np.asarray(shift, dtype=float), ha=ha, va="center", color=colour, fontsize=BODY,
                           arrowprops=arrow, path_effects=HALO, zorder=8, linespacing=1.25)

    def frustum(self, camera_to_world, K, height: int, width: int, reach: float, colour: str, *, image=None,
                linewidth: float = 1.3, dashed: bool = False, grid: bool = False, zorder: float = 4) -> None:
        """A camera: its centre, its picture on the image plane at distance `reach`, and the edges between them."""
        camera_to_world, K = np.asarray(camera_to_world, dtype=float), np.asarray(K, dtype=float)
        x, y = np.meshgrid(np.arange(width + 1), np.arange(height + 1))
        local = np.stack([(x - K[0, 2]) / K[0, 0], (y - K[1, 2]) / K[1, 1], np.ones_like(x)], -1) * reach
        corners = local @ camera_to_world[:3, :3].T + camera_to_world[:3, 3]  # (H + 1, W + 1, 3), of the pixels
        at = self.project(corners)[0]
        if image is not None:
            quads = np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], axis=2).reshape(-1, 4, 2)
            # Edges in the colours of the faces close the hairlines between neighbours.
            self.axes.add_collection(PolyCollection(quads, facecolors=np.asarray(image).reshape(-1, 3), zorder=zorder,
                                                    edgecolors="white" if grid else "face", linewidths=0.6))
        style = "--" if dashed else "-"
        frame = np.stack([at[0, 0], at[0, -1], at[-1, -1], at[-1, 0], at[0, 0]])
        centre = self.project(camera_to_world[:3, 3])[0]
        edges = [np.stack([centre, corner]) for corner in frame[:4]]
        self.axes.add_collection(LineCollection([*edges], colors=colour, linewidths=0.8 * linewidth, zorder=zorder - 0.5,
                                                linestyles=style))
        self.axes.plot(*frame.T, color=colour, linewidth=linewidth, zorder=zorder + 0.2, solid_joinstyle="round", linestyle=style)
        self.axes.scatter(*centre, s=16, color=colour, zorder=zorder + 0.3)
