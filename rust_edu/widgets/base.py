"""What the widgets share: how they talk to the page, and what is left of them where nothing runs.

The page sends one request at a time and waits for its answer: what happens meanwhile is merged there into the next
request. So events are dropped when they come too late, and never queue up in the kernel.

A widget also carries a poster, a picture of itself with alt text: it is the output that a reader without a kernel
gets, in a notebook that was saved, on a code hosting site, in print. Public: `CourseWidget`, `rgb`, `poster`.
"""

import base64
import html
import io
from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ..errors import RustEduError
from ..figures.style import FONT, INK

HERE = Path(__file__).parent
GAP, ZOOM = 8, 9  # of a poster: pixels between pictures, enlargement of the large ones
TYPE, BELOW = 15, 32  # and the type of what stands below them, and its room, in pixels


def source(*names: str | Path) -> str:
    """Files of this folder, or paths, as one text: a widget's page code is one module, which cannot import others."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


class CourseWidget(anywidget.AnyWidget):
    """An anywidget whose page asks and whose Python answers. Subclasses set `_esm`, `answers` and call `show`."""

    _css = source("widgets.css")
    poster = traitlets.Unicode().tag(sync=True)  # a PNG as a data address
    alt = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Callable[[dict], tuple[dict, list[bytes]]]] = {}
        self.on_msg(self._on_request)

    def _on_request(self, _, request: dict, buffers: list) -> None:
        """Answer a request, whatever it holds: the page waits. An error raised on purpose becomes a line there."""
        number, kind = request.get("number"), request.get("kind")
        try:
            answer, pictures = self.answers[kind](request)
        except RustEduError as error:
            answer, pictures = {"kind": "error", "text": str(error)}, []
        except Exception as error:
            self.send({"kind": "error", "text": f"{type(error).__name__}: {error}", "number": number})
            raise
        self.send(answer | {"number": number}, pictures)

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        image = f'<img alt="{html.escape(self.alt)}" src="{self.poster}" style="max-width: 100%">'
        bundle[0].update({"text/html": image, "text/plain": self.alt})
        return bundle


def rgb(pictures: Tensor) -> bytes:
    """Pictures (..., H, W, 3), uint8 or in [0, 1], as bytes."""
    if pictures.is_floating_point():
        pictures = (pictures * 255).round().byte()
    return pictures.contiguous().numpy().tobytes()


def poster(small: Tensor, large: dict[str, Tensor]) -> str:
    """A PNG, as a data address: input views `small` (N, H, W, 3) in a column, and beside them the pictures `large`
    (H, W, 3) by name. What each of them is stands below it."""
    little_ones = [Image.frombytes("RGB", (p.shape[1], p.shape[0]), rgb(p)) for p in small]
    large_ones = {name: Image.frombytes("RGB", (p.shape[1], p.shape[0]), rgb(p)) for name, p in large.items()}
    side = next(iter(large_ones.values())).width * ZOOM
    little = (side - GAP * (len(little_ones) - 1)) // len(little_ones)
    sheet = Image.new("RGB", (little + len(large_ones) * (GAP + side), side + BELOW), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.truetype(findfont(FONT), TYPE)
    for i, picture in enumerate(little_ones):
        sheet.paste(picture.resize((little, little), Image.Resampling.NEAREST), (0, i * (little + GAP)))
    pen.text((0, side + GAP), "input views", INK, font)
    for i, (name, picture) in enumerate(large_ones.items()):
        left = little + GAP + i * (side + GAP)
        sheet.paste(picture.resize((side, side), Image.Resampling.NEAREST), (left, 0))
        pen.text((left, side + GAP), name, INK, font)
    file = io.BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
