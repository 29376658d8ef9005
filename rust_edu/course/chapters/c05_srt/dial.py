"""A camera on three sliders: ask an SRT for the view from anywhere, and see beside it what is really there.

At each move one picture is decoded and one rendered, and both go into one ipywidgets.Image with the input views and a
map of the cameras. Without a kernel the dial shows a still sheet of the same. Public: `CameraDial`.
"""

import io
import math
from typing import Any

import ipywidgets as widgets
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from ....cameras import look_at, orbit_position
from ....evaluation.metrics import psnr
from ....figures import prediction_sheet
from ....models import SRT
from ....scenes.render import render
from ....scenes.worlds import get_world
from ....views import Views

SECTOR = get_world("sector")
SIDE, SMALL, GAP, FAR = 288, 94, 3, 8.5  # pixels of a large picture, of an input, between them; half width of the map
ORANGE, BLUE, GREY = (213, 94, 0), (0, 114, 178), (120, 126, 136)
RANGES = {"azimuth": (-180, 180, 5), "elevation": (5, 80, 5), "distance": (2.6, 8.0, 0.2)}
START = {"azimuth": 0, "elevation": 35, "distance": 4.4}
STOPS = ((0, 35, 4.4), (50, 35, 4.4), (100, 35, 4.4), (180, 35, 4.4), (0, 80, 4.4), (0, 35, 2.6))


class CameraDial(widgets.VBox):
    """SRT's view of one held-out scene from a camera on three sliders; its first three views are the inputs.

    Azimuths count from the middle of the scene's sector; the camera always looks at the middle of the scene.
    """

    def __init__(self, model: SRT, scenes: Any, scene: int = 0) -> None:
        self.model, self.views = model, scenes.views(slice(scene, scene + 1))
        self.scene = scenes.scenes()[scene:scene + 1]
        self.inputs = self.views[:, :3]
        with torch.no_grad():
            self.slsr = model.encode(self.inputs)
        self.picture = widgets.Image(format="png", layout=widgets.Layout(max_width="100%"))
        self.words = widgets.HTML()
        self.sliders = {name: self._slider(name, *RANGES[name]) for name in RANGES}
        back = widgets.Button(description="Back to the start", tooltip="All three sliders to where they began")
        back.on_click(lambda _: self.set(**START))
        for slider in self.sliders.values():
            slider.observe(lambda _: self._draw(), names="value")
        self._draw()
        super().__init__([self.picture, self.words, *self.sliders.values(), back])

    @staticmethod
    def _slider(name: str, low: float, high: float, step: float) -> widgets.FloatSlider:
        unit = "units" if name == "distance" else "°"
        return widgets.FloatSlider(
            START[name], min=low, max=high, step=step, description=f"{name} ({unit})",
            readout_format=".1f" if name == "distance" else ".0f", style={"description_width": "9em"},
            layout=widgets.Layout(width="440px"))

    def set(self, **values: float) -> None:
        """Move sliders, by name."""
        for name, value in values.items():
            self.sliders[name].value = value

    def camera(self, azimuth: float, elevation: float, distance: float) -> Tensor:
        """camera_to_world (1, 1, 4, 4)."""
        where = orbit_position(self.scene.heading + math.radians(azimuth), torch.tensor([math.radians(elevation)]),
                               torch.tensor([distance]))
        return look_at(where, torch.zeros(3))[:, None]

    def ask(self, cameras: Tensor) -> tuple[Tensor, Tensor]:
        """What SRT draws for cameras (1, T, 4, 4), and what is there: pictures (T, H, W, 3)."""
        size = self.model.config.size
        truth = render(self.scene, cameras, self.views.K, size, size).colour
        targets = Views(torch.zeros_like(truth), cameras, self.views.K)  # SRT gets the camera alone
        with torch.no_grad():
            drawn = self.model.render(self.model.pose(self.inputs, targets, self.slsr), self.slsr)
        return drawn[0], truth[0].clamp(0.0, 1.0)

    def _draw(self) -> None:
        camera = self.camera(*(slider.value for slider in self.sliders.values()))
        drawn, truth = self.ask(camera)
        sheet = Image.new("RGB", (SMALL + 3 * SIDE + 3 * GAP, SIDE), "white")
        for i, picture in enumerate(self.inputs.images[0]):
            sheet.paste(_image(picture, SMALL), (0, i * (SMALL + GAP)))
        sheet.paste(_image(drawn[0], SIDE), (SMALL + GAP, 0))
        sheet.paste(_image(truth[0], SIDE), (SMALL + SIDE + 2 * GAP, 0))
        sheet.paste(self._map(camera), (SMALL + 2 * SIDE + 3 * GAP, 0))
        file = io.BytesIO()
        sheet.save(file, "png")
        self.picture.value = file.getvalue()
        self.words.value = ("<div aria-live='polite'>From the left: the three input views; <b>SRT's view</b>; what is "
                            "really there; the cameras from above (1 to 3: inputs, T: yours, grey: where cameras stood "
                            f"in training). SRT is right to <b>{psnr(drawn, truth).item():.1f} dB</b>.</div>")

    def _map(self, camera: Tensor) -> Image.Image:
        """The cameras from above: the azimuths of training as a wedge, input views by number, the target as T."""
        image = Image.new("RGB", (SIDE, SIDE), "white")
        pen, middle, heading = ImageDraw.Draw(image), SIDE / 2, math.degrees(self.scene.heading.item())

        def place(position: Tensor) -> tuple[float, float]:
            return middle + position[0].item() / FAR * middle, middle - position[1].item() / FAR * middle

        reach, span = SECTOR.distance[1] / FAR * middle, SECTOR.azimuth_span / 2
        pen.pieslice((middle - reach, middle - reach, middle + reach, middle + reach), -heading - span, -heading + span,
                     fill=(232, 234, 238))
        pen.ellipse((middle - 4, middle - 4, middle + 4, middle + 4), fill=GREY)
        for name, pose, colour in [*((str(i + 1), c, BLUE) for i, c in enumerate(self.inputs.camera_to_world[0])),
                                   ("T", camera[0, 0], ORANGE)]:
            x, y = place(pose[:3, 3])
            pen.line((x, y, middle, middle), fill=colour, width=1)
            pen.ellipse((x - 11, y - 11, x + 11, y + 11), fill=colour)
            pen.text((x, y), name, fill="white", anchor="mm", font_size=14)
        return image

    def still(self):
        """Six stops of the dial as a figure with alt text: inputs, what is there, what SRT draws, where it is wrong."""
        cameras = torch.cat([self.camera(*stop) for stop in STOPS], dim=1)
        drawn, truth = self.ask(cameras)
        stops = ", ".join(f"{a}°/{e}°" + f" ({d} units away)" * (d != START["distance"]) for a, e, d in STOPS)
        return prediction_sheet(self.inputs.images[0], truth, drawn, seen=None, model="srt",
                                title=f"The dial, stopped at six cameras. Azimuth/elevation: {stops}")

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """The live dial, and for those without a kernel the figure."""
        bundle = super()._repr_mimebundle_(**kwargs) or {}
        still = self.still()._repr_mimebundle_()
        return {**bundle, "text/html": still["text/html"], "text/plain": still["text/plain"]}


def _image(picture: Tensor, side: int) -> Image.Image:
    pixels = (picture.clamp(0.0, 1.0) * 255).round().to(torch.uint8).numpy()
    return Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
