"""What every figure of the course keeps to, so that it can be read on the page and heard by a screen reader."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from rust_edu.figures import save

SLACK = 1.0  # a pixel: letters are drawn a little beyond their boxes
LARGEST, WIDEST = 300_000, 1300  # bytes and pixels of a figure in a notebook


def keeps_the_rules(figure, folder: Path) -> None:
    """A title; alt text in sentences, without NaN; labelled axes; no word cut off; not blank, not too large."""
    assert len(figure.get_suptitle()) > 10
    assert len(figure.alt) > 20 and figure.alt.endswith(".") and "\n" not in figure.alt
    assert "nan" not in figure.alt.lower().split()
    shown = [axes for axes in figure.axes if axes.axison]  # panels side by side may share a label
    for axis in ("xaxis", "yaxis"):
        ticks = [tick.get_text() for axes in shown for tick in getattr(axes, axis).get_ticklabels()]
        named = any(getattr(axes, axis).get_label_text() for axes in shown)
        assert named or not any(map(_is_number, ticks)), f"numbers on an unnamed {axis}"
    _nothing_is_cut_off(figure)
    path = save(figure, folder / "figure.png")
    assert path.stat().st_size < LARGEST
    with Image.open(path) as picture:
        assert picture.width <= WIDEST and picture.text["Description"] == figure.alt
        assert len(picture.convert("RGB").getcolors(maxcolors=10**7)) > 20


def _is_number(text: str) -> bool:
    return text.replace("\N{MINUS SIGN}", "-").replace(",", "").lstrip("-").replace(".", "", 1).isdigit()


def _nothing_is_cut_off(figure) -> None:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # labels of axes find their places
    renderer, (width, height) = canvas.get_renderer(), figure.bbox.size
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    for axes in figure.axes:
        if axes.axison:
            texts += [axes.xaxis.label, axes.yaxis.label]
        if axes.get_legend():
            texts += axes.get_legend().get_texts()
    for text in texts:
        if text.get_text().strip() and text.get_visible():
            box = text.get_window_extent(renderer)
            inside = box.x0 >= -SLACK and box.y0 >= -SLACK and box.x1 <= width + SLACK and box.y1 <= height + SLACK
            assert inside, f"{text.get_text()!r} is cut off"
