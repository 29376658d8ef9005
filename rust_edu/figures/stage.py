"""A stage: a 3-D drawing seen by one of the package's own cameras, in front of a scene drawn by its renderer.

Lines are hidden where the rendered depth says that an object stands before them. Used by `cameras.py`.
Public: `Stage`, `frame`.
"""

import math

import numpy as np
import torch
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import FancyArrowPatch, Polygon, Rectangle
from matplotlib.patheffects import withStroke
from torch import Tensor

from ..cameras import intrinsics, invert, look_at
from ..scenes.render import FIRST_OBJECT, render
from ..scenes.worlds import Scenes
from .style import BODY, INK, RULE, Sheet

HALO = [withStroke(linewidth=3.0, foreground="white", alpha=0.85)]
ON_TOP = 30  # zorder of what nothing may cover: camera centres and, above them, notes


def frame(points, away, field_of_view: float, aspect: float, fill: float = 0.88) -> tuple[Tensor, Tensor]:
    """An eye in the direction `away` (3), and its target, for points (N, 3) to fill a picture.

    `field_of_view` is horizontal, in degrees; `aspect` is width / height; they span `fill` of it at most.
    """
    points = torch.as_tensor(np.asarray(points), dtype=torch.float32)
    away = torch.nn.functional.normalize(torch.as_tensor(away, dtype=torch.float32), dim=0)
    room = fill * math.tan(0.5 * math.radians(field_of_view)) * torch.tensor([1.0, 1.0 / aspect])
    target = points.mean(0)
    distance = 4.0 * (points - target).norm(dim=-1).max()
    for _ in range(12):  # look at the middle of what is seen, come as near as it allows, again
        pose = look_at(target + distance * away, target)
        local = (points - pose[:3, 3]) @ pose[:3, :3]
        seen = local[:, :2] / local[:, 2:]
        low, high = seen.amin(0), seen.amax(0)
        target = target + distance * pose[:3, :2] @ (0.5 * (low + high))
        nearest = 1.3 * (points - target).norm(dim=-1).max()  # in front of all points
        distance = torch.maximum(distance * (0.5 * (high - low) / room).max(), nearest)
    return target + distance * away, target


class Stage:
    """Axes of `width` x `height` pixels on a sheet, through which a camera at `eye` looks at `target`."""

    def __init__(self, sheet: Sheet, x: float, y: float, width: int, height: int, eye: Tensor, target: Tensor,
                 field_of_view: float, scene: Scenes) -> None:
        self.pose, self.K = look_at(eye, target), intrinsics(height, width, math.radians(field_of_view))
        self.width, self.height = width, height
        seen = render(scene, self.pose[None, None], self.K, height, width)
        # Only objects hide: nothing is below the floor.
        self.depth = torch.where(seen.label[0, 0] >= FIRST_OBJECT, seen.depth[0, 0], torch.inf).numpy()
        self.axes = sheet.axes(x, y, width, height)
        self.axes.set_axis_off()
        self.axes.imshow(seen.colour[0, 0].numpy(), extent=(0, width, height, 0), interpolation="nearest",
                         aspect="auto")
        self.axes.add_patch(Rectangle((0, 0), 1, 1, transform=self.axes.transAxes, fill=False, edgecolor=RULE,
                                      linewidth=1.0, zorder=20))
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)

    def project(self, points) -> tuple[np.ndarray, np.ndarray]:
        """World points (..., 3) -> positions (..., 2) in pixels and depths (...)."""
        points, world_to_camera = torch.as_tensor(np.asarray(points), dtype=torch.float32), invert(self.pose)
        local = points @ world_to_camera[:3, :3].T + world_to_camera[:3, 3]
        at = local @ self.K.T
        return (at[..., :2] / at[..., 2:]).numpy(), local[..., 2].numpy()

    def line(self, points, **style) -> None:
        """A line through points (N, 3), without what is hidden by objects or behind the eye."""
        points, share = np.asarray(points, dtype=float), np.linspace(0, 1, 80)[:, None]
        dense = np.concatenate([a + share * (b - a) for a, b in zip(points[:-1], points[1:])])
        at, depth = self.project(dense)
        at[depth < 0.05] = np.nan
        column, row = np.floor(np.nan_to_num(at, nan=-1.0)).astype(int).T
        inside = (column >= 0) & (column < self.width) & (row >= 0) & (row < self.height)
        nearest = self.depth[row.clip(0, self.height - 1), column.clip(0, self.width - 1)]
        at[inside & (depth > nearest + 0.02)] = np.nan
        self.axes.plot(*at.T, solid_capstyle="round", **style)

    def floor_grid(self, reach: int, **style) -> None:
        """Lines one unit apart, `reach` units to each side of the origin."""
        for k in range(-reach, reach + 1):
            self.line([[k, -reach, 0.0], [k, reach, 0.0]], **style)
            self.line([[-reach, k, 0.0], [reach, k, 0.0]], **style)

    def polygon(self, points, **style) -> None:
        self.axes.add_patch(Polygon(self.project(points)[0], closed=True, **style))

    def arrow(self, start, end, colour: str, label: str, *, shift=(0.0, 0.0), zorder: float = 5) -> None:
        """An arrow from `start` to `end`, its label beyond the tip and then moved by `shift` pixels."""
        a, b = self.project([start, end])[0]
        self.axes.add_patch(FancyArrowPatch(a, b, arrowstyle="-|>,head_length=5,head_width=2.6",
                                            mutation_scale=1.5, linewidth=2.2, color=colour, shrinkA=0,
                                            shrinkB=0, capstyle="round", zorder=zorder))
        beyond = b + 14 * (b - a) / max(np.linalg.norm(b - a), 1e-6) + shift
        self.axes.text(*beyond, label, color=colour, ha="center", va="center", fontweight="bold",
                       fontsize=BODY, path_effects=HALO, zorder=zorder + 1)

    def dot(self, point, colour: str, size: float, *, zorder: float = 7, marker: str = "o") -> None:
        self.axes.scatter(*self.project(point)[0], s=size, color=colour, edgecolors="white", linewidths=0.9,
                          marker=marker, zorder=zorder)

    def note(self, point, text: str, shift, *, colour: str = INK, ha: str = "center",
             leader: bool = True) -> None:
        """Text `shift` pixels away from a point, with a thin line to it."""
        at = self.project(point)[0]
        arrow = {"arrowstyle": "-", "color": colour, "linewidth": 0.8, "shrinkA": 2, "shrinkB": 3}
        self.axes.annotate(text, at, xytext=at + np.asarray(shift, dtype=float), ha=ha, va="center",
                           color=colour, fontsize=BODY, arrowprops=arrow if leader else None,
                           path_effects=HALO, zorder=ON_TOP + 2, linespacing=1.25)

    def frustum(self, camera_to_world, K, height: int, width: int, reach: float, colour: str, *, image=None,
                dashed: bool = False, grid: bool = False, zorder: float = 4) -> None:
        """A camera: its centre, its picture on the image plane at distance `reach`, the edges between them.

        `image` (height, width, 3) is shown pixel by pixel, with lines between the pixels if `grid`.
        """
        pose, K = np.asarray(camera_to_world, dtype=float), np.asarray(K, dtype=float)
        x, y = np.meshgrid(np.arange(width + 1), np.arange(height + 1))
        local = np.stack([(x - K[0, 2]) / K[0, 0], (y - K[1, 2]) / K[1, 1], np.ones_like(x)], -1) * reach
        at = self.project(local @ pose[:3, :3].T + pose[:3, 3])[0]  # (H + 1, W + 1, 2), the pixels' corners
        if image is not None:
            quads = np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], axis=2).reshape(-1, 4, 2)
            # Edges in the colours of the faces close the hairlines between neighbours.
            self.axes.add_collection(PolyCollection(quads, facecolors=np.asarray(image).reshape(-1, 3),
                                                    edgecolors="#B4BAC4" if grid else "face", linewidths=0.6,
                                                    zorder=zorder))
        corners, centre = at[[0, 0, -1, -1], [0, -1, -1, 0]], self.project(pose[:3, 3])[0]
        style = "--" if dashed else "-"
        edges = [np.stack([centre, corner]) for corner in corners]
        self.axes.add_collection(LineCollection(edges, colors=colour, linewidths=1.0, linestyles=style,
                                                zorder=zorder - 0.5))
        self.axes.add_patch(Polygon(corners, closed=True, fill=False, edgecolor=colour, linewidth=1.3,
                                    linestyle=style, zorder=zorder + 0.2))
        self.axes.scatter(*centre, s=16, color=colour, zorder=ON_TOP)
