"""A scene as it grows: `fit_scene(..., on_progress=LiveScene(held_out))` in a notebook.

Public: `LiveScene`.
"""

from matplotlib.figure import Figure

from ....figures import LiveCurve
from ....training.one_scene import SceneFit
from ....views import Views
from .figures import scene_sheet


class LiveScene(LiveCurve):
    """The first held-out view of (1, T), beside what the field draws from there, drawn again as the fit goes."""

    def __init__(self, held_out: Views, title: str, every: float = 2.0) -> None:
        super().__init__(every)
        self.view, self.title = held_out[:, :1], title

    def draw(self, fit: SceneFit) -> Figure:
        truth = self.view.images[0, 0]
        picture, depth = fit.pictures(self.view.camera_to_world[0], self.view.K, *truth.shape[:2])
        return scene_sheet(truth, picture[0], depth[0], fit.history, title=self.title,
                           subtitle=f"{fit.steps} steps. No pixel of this view is in the training.")
