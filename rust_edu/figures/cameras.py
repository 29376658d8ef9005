"""Drawings of cameras: the conventions of the package, and where the cameras of a scene stand.

Public: `camera_conventions`, `cameras_in_3d`.
"""

import math

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from ..cameras import check_cameras, intrinsics, look_at, pixel_rays, spherical
from ..errors import InputError
from ..scenes.render import render
from ..scenes.shapes import SHAPES, intersect
from ..scenes.worlds import Scenes, get_world
from .stage import Stage, frame
from .style import (
    BODY,
    INK,
    MARGIN,
    MUTED,
    RULE,
    SMALL,
    WIDTH,
    Sheet,
    listing,
    numbers,
    pictures,
    plural,
    styled,
)

AXES = {"x": "#D55E00", "y": "#009E73", "z": "#0072B2"}  # of the world and of cameras alike
RAY = "#A6216F"
INPUT, TARGET = "#0072B2", "#D55E00"
FIELD_OF_VIEW = 36.0  # degrees, of the drawing in `cameras_in_3d`


def _studio(objects: list[tuple[str, tuple, tuple, float, tuple]]) -> Scenes:
    """A bright scene for drawings, a light floor under a white sky.

    objects: (shape, place (x, y), half size (3), yaw in radians, colour (3)).
    """
    shape, place, half_size, yaw, colour = zip(*objects) if objects else ((), (), (), (), ())
    K, real = len(objects), {"dtype": torch.float32}
    half_size = torch.tensor(half_size, **real).view(1, K, 3)
    place = torch.tensor(place, **real).view(1, K, 2)
    floor, still = [0.93, 0.935, 0.95], [0.0, 0.0, 0.0]
    return Scenes(
        shape=torch.tensor([[SHAPES.index(name) for name in shape]], dtype=torch.long),
        centre=torch.cat([place, half_size[..., 2:]], -1),
        half_size=half_size,
        yaw=torch.tensor([yaw], **real),
        colour=torch.tensor(colour, **real).view(1, K, 3),
        floor_colour=torch.tensor([[floor, still, still, still]]),
        floor_wave=torch.zeros(1, 3, 2),
        floor_phase=torch.zeros(1, 3),
        checker=torch.zeros(1, dtype=torch.bool),
        sky=torch.ones(1, 2, 3),
        light=torch.nn.functional.normalize(torch.tensor([[-0.35, -0.55, 1.1]]), dim=-1),
        heading=torch.zeros(1),
    )


@styled
def camera_conventions() -> Figure:
    """The conventions of `rust_edu.cameras`, drawn: world, camera, image plane, a ray, the pixel grid."""
    H, W, pixel = 6, 8, (6.5, 1.5)
    scene = _studio([("sphere", (0.95, 0.65), (0.55, 0.55, 0.55), 0.0, (0.80, 0.25, 0.08)),
                     ("box", (-0.65, 1.2), (0.34, 0.34, 0.55), 0.5, (0.10, 0.33, 0.62))])
    camera = look_at(torch.tensor([0.75, -3.6, 1.7]), torch.tensor([0.1, 0.6, 0.3]))
    K = intrinsics(H, W, math.radians(42))
    image = render(scene, camera[None, None], K, H, W, samples=8).colour[0, 0].numpy()
    sheet = Sheet(
        588, "World z points up, camera z points forward, pixels count from the top left",
        "camera_to_world = [R t; 0 1]: t is where the camera stands; the columns of R are its right, down "
        "and forward directions.",
        "Left, in three dimensions: the world's axes x and y lie on the floor and z points up; a camera's "
        "axes point right, down and forward; its picture lies on the image plane in front of it, and a ray "
        "runs from the camera's centre through a pixel to a sphere. Right: the picture's grid of "
        f"{W} by {H} pixels; position (0, 0) is its top left corner, (0.5, 0.5) the centre of the first "
        f"pixel, ({W}, {H}) the bottom right corner, and the ray passes through the pixel centre {pixel}.")
    shown = [[0.75, -3.6, 1.7], [1.55, 0.65, 0.0], [-0.65, 1.3, 1.2], [-0.1, -3.4, 0.85]]
    width, height = 744, 556
    eye, target = frame(shown, (1.0, -0.66, 0.74), 30.0, width / height, fill=0.86)
    stage = Stage(sheet, MARGIN, 0, width, height, eye, target, 30.0, scene)
    stage.floor_grid(4, color="#AEB6C2", linewidth=0.7, alpha=0.8)
    for i, (name, colour) in enumerate(AXES.items()):
        stage.arrow(np.zeros(3), 0.8 * np.eye(3)[i], colour, name)
    stage.dot(np.zeros(3), INK, 22)
    stage.note(np.zeros(3), "world origin,\non the floor z = 0", (10, 88), ha="center")
    _draw_camera(stage, scene, camera, K, pixel, image)
    _draw_pixels(sheet, 838, 84, 328, image, pixel)
    return sheet.figure


def _draw_camera(stage: Stage, scene: Scenes, camera: Tensor, K: Tensor, pixel: tuple[float, float],
                 image: np.ndarray) -> None:
    reach = 1.75  # of the image plane that is drawn
    position, rotation = camera[:3, 3].numpy(), camera[:3, :3].numpy()
    H, W = image.shape[:2]
    places = torch.tensor([pixel, (0.0, 0.0), (0.5, 0.5), (W, H)])
    _, directions = pixel_rays(camera, K, places)
    on_plane = directions * (reach / (directions @ camera[:3, 2:3]))
    through, corner, first, last = position + on_plane.numpy()
    centre, radius = scene.centre[0, 0], scene.half_size[0, 0, 0]
    away = intersect("sphere", (camera[:3, 3] - centre)[None] / radius, directions[:1] / radius)
    hit = position + float(away) * directions[0].numpy()
    stage.frustum(camera, K, H, W, reach, INK, image=image, grid=True)
    stage.line([position, hit], color=RAY, linewidth=1.8, zorder=6)
    stage.dot(through, RAY, 26)
    stage.dot(hit, RAY, 40)
    stage.note(through + 0.24 * (hit - through), "a ray", (0, -16), colour=RAY, ha="center", leader=False)
    labels = ("right, x", (2, 18)), ("down, y", (8, 4)), ("forward, z", (4, -20))
    for axis, (colour, (name, shift)) in enumerate(zip(AXES.values(), labels)):
        stage.arrow(position, position + 0.6 * rotation[:, axis], colour, name, shift=shift, zorder=7)
    stage.dot(position, INK, 30, zorder=31)
    stage.note(position, "camera\ncentre t", (-16, -62), ha="center")
    stage.dot(corner, INK, 34, zorder=7, marker="s")
    stage.note(corner, "(0, 0)", (-26, -24), ha="right")
    stage.dot(first, INK, 16, zorder=7)
    stage.note(last, "image plane", (0, 42), ha="center")


def _draw_pixels(sheet: Sheet, x: float, y: float, width: float, image: np.ndarray,
                 pixel: tuple[float, float]) -> None:
    H, W = image.shape[:2]
    height = width * H / W
    sheet.text(x, y - 84, "Its picture, pixel by pixel", va="top", fontsize=BODY + 1, fontweight="bold")
    axes = sheet.plot(x, y, width, height, "x (pixels)", "y (pixels)")
    axes.imshow(0.7 * image + 0.3, extent=(0, W, H, 0), interpolation="nearest", aspect="auto")
    axes.xaxis.set_label_position("top")
    axes.tick_params(top=True, bottom=False, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(True)
    axes.set_xticks(range(W + 1))
    axes.set_yticks(range(H + 1))
    axes.grid(True, color="#B4BAC4", linewidth=0.8)
    axes.set_axisbelow(False)
    corner = math.floor(pixel[0]), math.floor(pixel[1])
    axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=RAY, linewidth=2, zorder=4))
    marks = (((0.0, 0.0), "s", 44, INK, "the first corner"),
             ((0.5, 0.5), "o", 26, INK, "the centre of the first pixel"),
             ((W / 2, H / 2), "P", 60, AXES["z"], "straight ahead: (W/2, H/2)"),
             (pixel, "o", 40, RAY, "the centre of the ray's pixel"),
             ((W, H), "D", 40, INK, "the last corner: (W, H)"))
    for row, (place, marker, size, colour, meaning) in enumerate(marks):
        style = {"s": size, "marker": marker, "color": colour, "edgecolors": "white", "linewidths": 0.8}
        axes.scatter(*place, zorder=5, clip_on=False, **style)
        below = height + 30 + 27 * row
        axes.scatter(10 / width, 1 - below / height, transform=axes.transAxes, clip_on=False, **style)
        name = f"({place[0]:g}, {place[1]:g})"
        sheet.text(x + 28, y + below, name, va="center", fontsize=SMALL, fontweight="bold")
        sheet.text(x + 114, y + below, meaning, va="center", fontsize=SMALL)
    sheet.text(x, y + height + 172, "In its camera's frame, pixel (x, y) looks along\n"
               "((x − W/2) / f, (y − H/2) / f, 1)\nwith the focal length f in pixels.",
               va="top", fontsize=SMALL, color=MUTED, linespacing=1.4)


@styled
def cameras_in_3d(camera_to_world, K, inputs: int | None = None, *, images=None, scene: Scenes | None = None,
                  title: str | None = None) -> Figure:
    """Where the cameras of one scene stand: the first `inputs` (all if not given) and the rest, the targets.

    camera_to_world (V, 4, 4) and K (3, 3). `images` (V, H, W, 3), if given, are shown on the image planes;
    `scene` (one scene, e.g. `scenes[3:4]`) is rendered between the cameras.
    """
    cameras = torch.as_tensor(numbers(camera_to_world, "cameras", "V 4 4"), dtype=torch.float32)
    K = torch.as_tensor(numbers(K, "intrinsics", "3 3"), dtype=torch.float32)
    check_cameras(cameras)
    V = len(cameras)
    inputs = V if inputs is None else inputs
    if not 0 <= inputs <= V:
        raise InputError(f"{inputs} input cameras of {V}", f"0 to {V}")
    if scene is not None and len(scene) != 1:
        raise InputError(f"{len(scene)} scenes", "one scene", "Index with a slice: scenes[3:4].")
    shown = None if images is None else pictures(images, "images", str(V))
    W, H = (round(2 * float(K[i, 2])) for i in (0, 1)) if shown is None else shown.shape[2:0:-1]
    azimuth, elevation, distance = spherical(cameras)
    kinds = listing(plural(count, kind) for count, kind in
                    ((inputs, "input camera"), (V - inputs, "target camera")) if count)
    low, high = math.degrees(elevation.min()), math.degrees(elevation.max())
    span = (f"{distance.min():.1f} to {distance.max():.1f} units from the origin and "
            f"{low:.0f} to {high:.0f} degrees above the floor")
    width, height = WIDTH - 2 * MARGIN, 640
    sheet = Sheet(height + MARGIN, title or f"{kinds} look at one scene",
                  f"The cameras stand {span}." + (" Solid, 1: inputs. Dashed, T1: targets." if 0 < inputs < V else ""),
                  f"A drawing in three dimensions of {kinds} around one scene, {span}.")
    reach = 0.16 * float(distance.mean())
    stage = Stage(sheet, MARGIN, 0, width, height, *_overview(cameras, K, W, H, reach, width / height),
                  FIELD_OF_VIEW, _studio([]) if scene is None else scene.to("cpu"))
    if scene is None:
        turn = np.linspace(0, 2 * math.pi, 73)
        disc = get_world("sector").arena * np.stack([np.cos(turn), np.sin(turn), 0 * turn], -1)
        stage.polygon(disc, color=RULE, alpha=0.6, linewidth=0)
        stage.note(np.zeros(3), "the scene", (0, 0), colour=MUTED, leader=False)
    stage.floor_grid(6, color="#AEB6C2" if scene is None else "white", linewidth=0.6, alpha=0.5)
    order = np.argsort(-stage.project(cameras[:, :3, 3])[1])  # the farthest first
    for rank, i in enumerate(order.tolist()):
        colour, place = INPUT if i < inputs else TARGET, cameras[i, :3, 3].numpy()
        stage.line([place * [1, 1, 0], place], color=colour, linewidth=0.8, alpha=0.6, linestyle=":")
        stage.frustum(cameras[i], K, H, W, reach, colour, image=None if shown is None else shown[i],
                      dashed=i >= inputs, zorder=4 + 12 * rank / V)
        name = f"{i + 1}" if i < inputs else f"T{i - inputs + 1}"
        stage.note(place, name, (0, -16), colour=colour, leader=False)
    return sheet.figure


def _overview(cameras: Tensor, K: Tensor, W: int, H: int, reach: float,
              aspect: float) -> tuple[Tensor, Tensor]:
    """An eye and a target from which all cameras and the scene are seen, cameras as far apart as can be."""
    corners = torch.tensor([[0.0, 0.0], [W, 0.0], [0.0, H], [W, H]])
    origins, directions = pixel_rays(cameras, K, corners)
    scene = torch.tensor([[x, y, z] for x in (-1.2, 1.2) for y in (-1.2, 1.2) for z in (0.0, 0.7)])
    places = cameras[:, :3, 3]
    points = torch.cat([places, (origins + reach * directions).flatten(0, 1), scene])
    best = None
    for azimuth in np.linspace(-math.pi, math.pi, 36, endpoint=False):
        eye, target = frame(points, (math.cos(azimuth), math.sin(azimuth), 0.55), FIELD_OF_VIEW, aspect)
        local = (places - eye) @ look_at(eye, target)[:3, :3]
        seen = local[:, :2] / local[:, 2:]
        gap = (torch.cdist(seen, seen) + 9 * torch.eye(len(seen))).min()
        if best is None or gap > best[0]:
            best = gap, eye, target
    return best[1:]
