"""The contact sheet of an album: every picture as the model will see it, and what became of it, in one PNG.

Public: `contact_sheet`.
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ..errors import DataError
from ..paths import whole_file
from .photos import BLURRED, FEW, KEPT, NO_CAMERA, TWIN, Album, Picture

MOST = 240  # pictures on a sheet: of more, every second, third, ... is shown
COLUMNS = 12
CELL, EDGE, CAPTION, TITLE = 96, 4, 26, 30  # pixels: a picture, the space around it, the words below it, the top line
LETTERS = 16  # of a name that fit below a picture
INK, PAPER, DIM = "#222222", "#ffffff", 0.45
FRAMES = {TWIN: "#e69f00", BLURRED: "#0072b2", FEW: "#cc79a7", NO_CAMERA: "#999999"}  # told apart by the colour-blind


def contact_sheet(album: Album, path: Path) -> Path:
    """Draw the sheet and write it as a PNG; returns its path. Raises DataError if it cannot be written."""
    seen = [picture for picture in album.pictures if picture.pixels is not None]
    step = max(1, -(-len(seen) // MOST))
    shown = seen[::step]
    font = ImageFont.load_default(11)
    columns = max(4, min(COLUMNS, len(shown)))
    rows = -(-len(shown) // columns)
    width, height = CELL + 2 * EDGE, CELL + 2 * EDGE + CAPTION
    sheet = Image.new("RGB", (columns * width, TITLE + max(1, rows) * height), PAPER)
    pen = ImageDraw.Draw(sheet)
    few = "" if step == 1 else f" (shown: one of {step})"
    pen.text((EDGE, EDGE), f"{album.source.name}: {album.summary()}{few}", fill=INK, font=ImageFont.load_default(14))
    for number, picture in enumerate(shown):
        x, y = number % columns * width, TITLE + number // columns * height
        _cell(sheet, pen, picture, x, y, font)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as temporary, open(temporary, "wb") as file:
            sheet.save(file, format="PNG")
    except OSError as error:
        raise DataError(f"cannot write {path} ({error})", "a folder with room that can be written") from error
    return path


def _cell(sheet: Image.Image, pen: ImageDraw.ImageDraw, picture: Picture, x: int, y: int, font) -> None:
    pixels = Image.fromarray(picture.pixels.numpy()).resize((CELL, CELL), Image.Resampling.NEAREST)
    if picture.fate != KEPT:
        pixels = Image.blend(Image.new("RGB", pixels.size, PAPER), pixels, DIM)
        end = CELL + 2 * EDGE - 1
        pen.rectangle((x, y, x + end, y + end), outline=FRAMES[picture.fate], width=EDGE)
    sheet.paste(pixels, (x + EDGE, y + EDGE))
    name = Path(picture.name).name
    name = name if len(name) <= LETTERS else "…" + name[1 - LETTERS:]
    words = name if picture.fate == KEPT else f"{name}\n{picture.fate}"
    pen.multiline_text((x + EDGE, y + CELL + 2 * EDGE), words, fill=INK, font=font, spacing=1)
