"""The dial: two directions of the latent pose on two sliders, and the view that they give.

One picture is decoded at each move and put into one ipywidgets.Image. Sliders work with mouse and arrow keys. Where
there is no kernel (a stored notebook, a web page) a figure of the same walks takes its place. Public: `LatentDial`.
"""

import io
from typing import Any

import ipywidgets as widgets
import torch
from PIL import Image
from torch import Tensor

from ....evaluation.latent_space import principal_components, traverse, what_follows
from ....evaluation.probes import latent_poses
from ....figures import traversal_sheet
from ....models import RUST

SPREAD = 2.5  # standard deviations to each side: as far as there is data
ENLARGE = 10


class LatentDial(widgets.VBox):
    """A view of one scene that follows two of the principal components of the latent poses of many.

    scenes: a SceneSet, from which the components are computed and whose scene number `scene` is shown; its first three
    views are the inputs, and the fourth gives the latent pose to start from.
    """

    def __init__(self, model: RUST, scenes: Any, scene: int = 0, components: tuple[int, int] = (0, 1)) -> None:
        self.model, self.components = model, components
        z, cameras = latent_poses(model, scenes)
        self.space = principal_components(z)
        follows = what_follows(self.space.scores, cameras)
        self.names = [follows[c].word for c in components]
        inputs, targets = scenes.views(slice(scene, scene + 1)).split(3, 1)
        with torch.no_grad():
            self.slsr = model.encode(inputs)
            self.pose = model.pose(inputs, targets, self.slsr)[0, 0]  # (L,)
        self.picture = widgets.Image(format="png", layout=widgets.Layout(width="320px", height="320px"))
        self.sliders = [self._slider(c, name) for c, name in zip(components, self.names)]
        back = widgets.Button(description="Back to the start", tooltip="Both sliders to where the view was read")
        back.on_click(lambda _: self._set(self._start()))
        self._set(self._start())
        for slider in self.sliders:
            slider.observe(lambda _: self._draw(), names="value")
        self._draw()
        super().__init__([self.picture, *self.sliders, back])

    def _slider(self, component: int, name: str) -> widgets.FloatSlider:
        return widgets.FloatSlider(
            min=-SPREAD, max=SPREAD, step=0.1, description=f"{component + 1}: {name}", readout_format="+.1f",
            style={"description_width": "9em"}, layout=widgets.Layout(width="420px"))

    def _start(self) -> list[float]:
        """Where the latent pose that was read lies on both sliders, in standard deviations."""
        scores = self.space.to_scores(self.pose) / self.space.deviation
        return [round(min(max(scores[c].item(), -SPREAD), SPREAD), 1) for c in self.components]

    def _set(self, values: list[float]) -> None:
        for slider, value in zip(self.sliders, values):
            slider.value = value

    def view(self) -> Tensor:
        """The picture (H, W, 3) at the sliders' values; the other components are those of the view that was read."""
        scores = self.space.to_scores(self.pose)
        for component, slider in zip(self.components, self.sliders):
            scores[component] = slider.value * self.space.deviation[component]
        with torch.no_grad():
            return self.model.render(self.space.to_latents(scores)[None, None], self.slsr)[0, 0]

    def _draw(self) -> None:
        pixels = (self.view() * 255).round().to(torch.uint8).numpy()
        image = Image.fromarray(pixels)
        file = io.BytesIO()
        image.resize((image.width * ENLARGE, image.height * ENLARGE), Image.Resampling.NEAREST).save(file, "png")
        self.picture.value = file.getvalue()

    def still(self):
        """The walks along both components as a figure with alt text."""
        walks = torch.stack([traverse(self.model, self.slsr, self.pose, self.space, c, 7, SPREAD)
                             for c in self.components])
        steps = torch.linspace(-SPREAD, SPREAD, 7)
        return traversal_sheet(walks, self.names, steps=steps, title="The dial, in steps: what two directions of the "
                               "latent pose do")

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """The live dial, and for those without a kernel the figure."""
        bundle = super()._repr_mimebundle_(**kwargs) or {}
        still = self.still()._repr_mimebundle_()
        return {**bundle, "text/html": still["text/html"], "text/plain": still["text/plain"]}
