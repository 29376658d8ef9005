"""Damage a picture on four sliders, and watch three measures of likeness disagree.

    DamageDial    the widget: noise, blur, shift and brightness of one picture, with its PSNR, SSIM and FLIP
    DAMAGES       what it does to a picture, one function for each slider
    equally_bad   how far each slider must go for a given PSNR

Public: the three above, and `Damage`.
"""

import base64
import html
import io
import math
from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets as widgets
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ....evaluation.metrics import flip, psnr, ssim
from .figures import comparison

ENLARGE = 7
STILL = 24.0  # decibels at which the damages are shown side by side where nothing can be moved


@dataclass(frozen=True)
class Damage:
    name: str
    apply: Callable[[Tensor, float], Tensor]  # of a picture (H, W, 3) and an amount; 0 leaves it as it is
    most: float
    step: float
    unit: str


def _noise(picture: Tensor, amount: float) -> Tensor:
    """The same noise each time, only stronger: a slider must not flicker."""
    drawn = torch.randn(picture.shape, generator=torch.Generator().manual_seed(0))
    return (picture + amount * drawn).clamp(0.0, 1.0)


def _blur(picture: Tensor, amount: float) -> Tensor:
    if amount == 0:
        return picture
    reach = math.ceil(3 * amount)
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / amount) ** 2)
    weights = (weights / weights.sum()).expand(3, 1, 1, -1)
    x = F.pad(picture.movedim(-1, 0)[None], (reach,) * 4, mode="replicate")
    x = F.conv2d(F.conv2d(x, weights, groups=3), weights.transpose(-1, -2), groups=3)
    return x[0].movedim(0, -1).clamp(0.0, 1.0)


def _shift(picture: Tensor, amount: float) -> Tensor:
    """To the right; between whole pixels the two neighbours are mixed, and the first column is repeated."""
    whole, part = math.floor(amount), amount - math.floor(amount)
    columns = torch.arange(picture.shape[1])
    near, far = (picture[:, (columns - steps).clamp(min=0)] for steps in (whole, whole + 1))
    return near + part * (far - near)


def _brighten(picture: Tensor, amount: float) -> Tensor:
    return (picture + amount).clamp(0.0, 1.0)


DAMAGES = (Damage("noise", _noise, 0.3, 0.005, "deviation of each number"), Damage("blur", _blur, 5.0, 0.1, "pixels"),
           Damage("shift", _shift, 6.0, 0.1, "pixels"), Damage("brightness", _brighten, 0.3, 0.005, "added to all"))


def equally_bad(picture: Tensor, decibels: float) -> dict[str, float]:
    """{damage: amount} that each leaves the picture with a PSNR of `decibels`, or the most that its slider allows."""
    found = {}
    for damage in DAMAGES:
        low, high = 0.0, damage.most
        for _ in range(24):
            middle = (low + high) / 2
            if psnr(damage.apply(picture, middle), picture) > decibels:
                low = middle
            else:
                high = middle
        found[damage.name] = high
    return found


class DamageDial(widgets.VBox):
    """A picture (H, W, 3), four sliders, and what PSNR, SSIM and FLIP say of the damaged picture."""

    def __init__(self, picture: Tensor) -> None:
        self.truth = picture
        self.shown = widgets.HTML()
        self.sliders = {damage.name: widgets.FloatSlider(
            min=0.0, max=damage.most, step=damage.step, description=damage.name, readout_format=".3f",
            tooltip=damage.unit, style={"description_width": "6em"}, layout=widgets.Layout(width="420px"))
            for damage in DAMAGES}
        back = widgets.Button(description="Repair", tooltip="All sliders to 0")
        back.on_click(lambda _: self.set())
        for slider in self.sliders.values():
            slider.observe(lambda _: self._draw(), names="value")
        self._draw()
        super().__init__([self.shown, *self.sliders.values(), back])

    def set(self, **amounts: float) -> None:
        """Move the sliders: those that are named to these amounts, the others to 0."""
        for name, slider in self.sliders.items():
            slider.value = amounts.get(name, 0.0)

    def damaged(self) -> Tensor:
        """The picture after all four damages, in the order of the sliders."""
        picture = self.truth
        for damage in DAMAGES:
            picture = damage.apply(picture, self.sliders[damage.name].value)
        return picture

    def _draw(self) -> None:
        picture = self.damaged()
        values = [measure(picture, self.truth).item() for measure in (psnr, ssim, flip)]
        amounts = ", ".join(f"{name} {slider.value:.3g}" for name, slider in self.sliders.items() if slider.value)
        rows = "".join(f"<tr><th scope='row' style='text-align:left;padding-right:1.5em'>{name}</th>"
                       f"<td style='padding-right:1.5em'>{text}</td><td>{better}</td></tr>" for name, text, better in (
                           ("PSNR", f"{values[0]:.2f} dB".replace("inf dB", "∞"), "higher is better"),
                           ("SSIM", f"{values[1]:.3f}", "higher is better, 1 at most"),
                           ("FLIP", f"{values[2]:.3f}", "lower is better, 0 at best")))
        seen = [_image(self.truth, "the true picture"),
                _image(picture, f"the damaged picture: {amounts or 'no damage'}"),
                f"<table aria-live='polite' style='font-size:1.15em;align-self:center'>{rows}</table>"]
        self.shown.value = f"<div style='display:flex;gap:16px;flex-wrap:wrap'>{''.join(seen)}</div>"

    def still(self):
        """The four damages side by side, each of the same PSNR, as a figure with alt text."""
        amounts = equally_bad(self.truth, STILL)
        images = [self.truth, *(damage.apply(self.truth, amounts[damage.name]) for damage in DAMAGES)]
        captions = ["the truth"] + [
            f"{damage.name}\n{psnr(image, self.truth).item():.1f} dB\nSSIM {ssim(image, self.truth).item():.2f}"
            f"\nFLIP {flip(image, self.truth).item():.2f}" for damage, image in zip(DAMAGES, images[1:])]
        return comparison(torch.stack(images), captions, title=f"Four pictures of {STILL:.0f} dB",
                          subtitle="The same PSNR, from four kinds of damage. SSIM: higher is better; FLIP: lower is "
                                   "better.")

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """The live dial, and for those without a kernel the figure."""
        bundle = super()._repr_mimebundle_(**kwargs) or {}
        still = self.still()._repr_mimebundle_()
        return {**bundle, "text/html": still["text/html"], "text/plain": still["text/plain"]}


def _image(picture: Tensor, alt: str) -> str:
    pixels = (picture * 255).round().to(torch.uint8).numpy()
    size = picture.shape[1] * ENLARGE, picture.shape[0] * ENLARGE
    file = io.BytesIO()
    Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST).save(file, "png")
    data = base64.b64encode(file.getvalue()).decode()
    return (f"<figure style='margin:0'><img alt='{html.escape(alt)}' src='data:image/png;base64,{data}'>"
            f"<figcaption>{html.escape(alt)}</figcaption></figure>")
