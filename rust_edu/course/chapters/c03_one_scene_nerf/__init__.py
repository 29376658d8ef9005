"""Notebook 03, one_scene_nerf: where a ray asks, light in a fog, a soft box, the loss, a camera that can learn.

The parts are in `rays` and `cameras`. Public: `EXERCISES`.
"""

from .cameras import BOX, CORRECTED, LOSS
from .rays import DISTANCES, SEE, WEIGHTS

EXERCISES = (DISTANCES, WEIGHTS, SEE, BOX, LOSS, CORRECTED)
