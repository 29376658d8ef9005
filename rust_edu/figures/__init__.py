"""Every figure of the course, one function each.

A figure is a matplotlib Figure with a title that says what it shows and alt text in `figure.alt`. A method
has the same colour in every figure. Figures show themselves in a notebook; `save` writes them with their alt
text. Wrong shapes raise InputError.

    cameras      `camera_conventions`, `cameras_in_3d`
    worlds       `world_gallery`, `scene_sheet`
    predictions  `prediction_sheet`, `traversal_sheet`, `demo_figure`
    beside       `beside`: a wrong result beside the target, for the checks
    pictures     `picture_sheet`
    curves       `training_curve`, `LiveCurve`, `noise_curve`
    style        `save`, `check_place`, `METHOD_COLOURS`, `METHOD_NAMES`
"""

from .cameras import camera_conventions, cameras_in_3d
from .curves import LiveCurve, noise_curve, training_curve
from .pictures import picture_sheet
from .predictions import demo_figure, prediction_sheet, traversal_sheet
from .style import METHOD_COLOURS, METHOD_NAMES, CourseFigure, check_place, save
from .worlds import scene_sheet, world_gallery

__all__ = [
    "METHOD_COLOURS", "METHOD_NAMES", "CourseFigure", "LiveCurve", "camera_conventions", "cameras_in_3d", "check_place",
    "demo_figure", "noise_curve", "picture_sheet", "prediction_sheet", "save", "scene_sheet", "training_curve",
    "traversal_sheet", "world_gallery",
]
