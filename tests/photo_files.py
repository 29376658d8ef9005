"""What the tests of photographs share: pictures with something to see in them, and files that are none."""

import io
from pathlib import Path

import numpy as np
from PIL import Image


def scenery(number: int, width: int = 64, height: int = 48, seed: int = 0) -> Image.Image:
    """View `number` of a walk along a wall of coloured stripes and spots: neighbours overlap, none look alike."""
    generator = np.random.default_rng(seed)
    wall = generator.integers(0, 256, (12, 400, 3), dtype=np.uint8)
    large = Image.fromarray(wall).resize((8 * 400, 96), Image.Resampling.BICUBIC)
    return large.crop((9 * number, 0, 9 * number + 64, 48)).resize((width, height))


def walk(folder: Path, count: int, suffix: str = ".png", seed: int = 0) -> Path:
    """A folder with `count` pictures of a walk."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        scenery(number, seed=seed).save(folder / f"IMG_{number}{suffix}")
    return folder


def file_of(picture: Image.Image, kind: str, **options) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()
