"""Drawings of cameras: the conventions of the package, and where the cameras of a scene stand.

Public: `camera_conventions`, `cameras_in_3d`.
"""

import math

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..cameras import check_cameras, intrinsics, look_at, pixel_rays, spherical
from ..errors import InputError
from ..scenes.render import render
from ..scenes.shapes import SHAPES
from ..scenes.worlds import Scenes
from .stage import Stage
from .style import BODY, INK, MARGIN, METHOD_COLOURS, MUTED, SMALL, WIDTH, Sheet, numbers, pictures, plural, styled

AXES = {"x": "#D55E00", "y": "#009E73", "z": "#0072B2"}  # of the world and of cameras alike
RAY = "#A6216F"
INPUT, TARGET = "#0072B2", "#D55E00"


def _studio(objects: list[tuple[str, tuple, tuple, float, tuple]]) -> Scenes:
    """A bright scene for drawings: objects (shape, (x, y), half size, yaw, colour) on a light floor under a white sky."""
    shape, place, half_size, yaw, colour = zip(*objects) if objects else ((), (), (), (), ())
    K = len(objects)
    half_size = torch.tensor(half_size, dtype=torch.float32).view(1, K, 3)
    place = torch.tensor(place, dtype=torch.float32).view(1, K, 2)
    return Scenes(
        shape=torch.tensor([[SHAPES.index(name) for name in shape]], dtype=torch.long),
        centre=torch.cat([place, half_size[..., 2:]], -1), half_size=half_size,
        yaw=torch.tensor([yaw], dtype=torch.float32), colour=torch.tensor(colour, dtype=torch.float32).view(1, K, 3),
        floor_colour=torch.tensor([[[0.93, 0.935, 0.95], [0.0] * 3, [0.0] * 3, [0.0] * 3]]), floor_wave=torch.zeros(1, 3, 2),
        floor_phase=torch.zeros(1, 3), checker=torch.zeros(1, dtype=torch.bool), sky=torch.ones(1, 2, 3),
        light=torch.nn.functional.normalize(torch.tensor([[-0.35, -0.55, 1.1]]), dim=-1), heading=torch.zeros(1))


@styled
def camera_conventions() -> Figure:
    """The conventions that `rust_edu.cameras` states, drawn: world, camera, image plane, a ray, and the pixel grid."""
    H, W = 6, 8
    pixel = torch.tensor([[5.5, 3.5]])
    scene = _studio([("sphere", (0.55, 0.75), (0.42, 0.42, 0.42), 0.0, (0.80, 0.25, 0.08)),
                     ("box", (-0.75, 1.25), (0.34, 0.34, 0.5), 0.5, (0.10, 0.33, 0.62))])
    camera, K = look_at(torch.tensor([1.5, -2.5, 1.45]), torch.tensor([-0.05, 0.6, 0.35])), intrinsics(H, W, math.radians(48))
    image = render(scene, camera[None, None], K, H, W, samples=8).colour[0, 0].numpy()
    sheet = Sheet(
        620, "One convention everywhere: the world's z is up, a camera's z is forward, pixels count from the top left",
        "camera_to_world = [R t; 0 1] takes camera coordinates to the world: t is where the camera stands, the columns of R are "
        "its right, down and forward.",
        "Left, in three dimensions: the world's axes x and y lie on the floor and z points up; a camera's axes point right, down "
        "and forward; its image plane lies in front of it, and a ray runs from the camera through a pixel to a sphere. Right: the "
        f"grid of a picture of {W} by {H} pixels; position (0, 0) is its top left corner, (0.5, 0.5) the centre of the first "
        f"pixel, ({W}, {H}) the bottom right corner; the ray's pixel is centred at (5.5, 3.5).")
    stage = Stage(sheet, 0, 0, 740, 600, (4.6, -3.9, 3.1), (0.45, -0.45, 0.55), 40.0, scene)
    stage.floor_grid(3, color="#AEB6C2", linewidth=0.7, alpha=0.8)
    for i, (name, colour) in enumerate(AXES.items()):
        stage.arrow(np.zeros(3), 0.9 * np.eye(3)[i], colour, name)
    stage.dot(np.zeros(3), INK, 22)
    _draw_camera(stage, scene, camera, K, H, W, pixel, image)
    _draw_pixels(sheet, 800, 60, 360, image, pixel[0].tolist(), K)
    return sheet.figure


def _draw_camera(stage: Stage, scene: Scenes, camera: Tensor, K: Tensor, H: int, W: int, pixel: Tensor, image) -> None:
    reach = 1.05
    position, rotation = camera[:3, 3].numpy(), camera[:3, :3].numpy()

    def on_plane(x: float, y: float) -> np.ndarray:
        _, direction = pixel_rays(camera, K, torch.tensor([[x, y]]))
        return position + direction[0].numpy() * reach / float(direction[0] @ camera[:3, 2])

    stage.frustum(camera, K, H, W, reach, INK, image=image, grid=True)
    origin, direction = (t[0].numpy() for t in pixel_rays(camera, K, pixel))
    depth = render(scene, camera[None, None], intrinsics(1, 1, 1.0), 1, 1)  # placeholder, replaced below
    del depth
    through = on_plane(*pixel[0].tolist())
    stage.line([origin, origin + 3.2 * direction], color=RAY, linewidth=1.8, zorder=6)
    stage.dot(through, RAY, 26, zorder=7)
    for axis, (name, colour) in enumerate(zip(("right (x)", "down (y)", "forward (z)"), AXES.values())):
        stage.arrow(position, position + 0.55 * rotation[:, axis], colour, name, zorder=7)
    stage.note(position, "camera centre t", (-20, -46), ha="right")
    stage.dot(on_plane(0, 0), INK, 26, zorder=7)
    stage.note(on_plane(0, 0), "(0, 0)", (-10, -26), ha="right")


def _draw_pixels(sheet: Sheet, x: float, y: float, width: float, image: np.ndarray, pixel: list[float], K: Tensor) -> None:
    H, W = image.shape[:2]
    axes = sheet.axes(x, y, width, width * H / W)
    axes.imshow(0.35 * image + 0.65, extent=(0, W, H, 0), interpolation="nearest")
