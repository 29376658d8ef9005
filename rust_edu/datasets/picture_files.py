"""Files that may be pictures or videos, and how they become squares of the size that is trained on.

A picture is turned as its EXIF says, cut to the square in its middle and made small, one file at a time: what is kept
in memory does not grow with the size of the files. Of an animation, or a file with several pictures, the first is
taken. Alpha lies on white. Whatever is wrong with a file is a DataError with the reason, in a few words.

Public: `find_files`, `read_picture`, `read_video`, `is_video`, `natural`.
"""

import os
import re
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from ..errors import DataError

VIDEOS = {".3gp", ".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm"}
PICTURES = {".avif", ".bmp", ".gif", ".heic", ".heif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff",
            ".webp"}
MOST_PIXELS = 90_000_000  # decoded at once: 0.3 GB. JPEGs are decoded smaller, so theirs may have 180 million
INSTALL = "Install it with `pip install 'rust_edu[photos]'`."
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def natural(name: str) -> list:
    """A key that sorts IMG_9 before IMG_10, as people do."""
    return [int(part) if part.isdecimal() else part.casefold() for part in re.split(r"(\d+)", name)]


def is_video(path: Path) -> bool:
    return path.suffix.lower() in VIDEOS


def find_files(source: Path) -> Iterator[tuple[Path, str]]:
    """(file, "") for what can be opened below a folder, in natural order; (path, reason) for what cannot.

    Names that begin with a dot are left out, links to folders are not followed: a loop of them has no end. A `source`
    that is a file is the only one. Raises DataError if there is no such folder or file.
    """
    if source.is_file():
        yield source, ""
        return
    if not source.is_dir():
        raise DataError(f"{source} is no folder and no file", "a folder of pictures, or a video")
    unreadable: list[OSError] = []
    for folder, folders, names in os.walk(source, onerror=unreadable.append):
        here = Path(folder)
        folders[:] = sorted((name for name in folders if not name.startswith(".")), key=natural)
        for name in folders:
            if (here / name).is_symlink():
                yield here / name, "a link to a folder, not followed"
        for name in sorted((name for name in names if not name.startswith(".")), key=natural):
            path = here / name
            if path.is_file():
                yield path, ""
            else:
                yield path, "a link that leads nowhere" if path.is_symlink() else "no regular file"
    for error in unreadable:
        yield Path(error.filename), f"cannot be opened ({error.strerror})"


def read_picture(path: Path, size: int, turn: bool = True) -> tuple[Tensor, tuple[int, int]]:
    """The middle square of a picture, (size, size, 3) uint8, and its width and height in the file.

    With `turn` it is turned as its EXIF says. Raises DataError with a reason for anything that is no whole picture of
    `size` pixels or more.
    """
    _know_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's doubts about large files and odd EXIF: decided below
            with Image.open(path) as image:
                full = image.size
                if min(full) < size:
                    raise DataError(f"{full[0]}x{full[1]} pixels, smaller than {size}x{size}")
                image.draft(None, (2 * size, 2 * size))  # a JPEG is decoded at a half, a quarter or an eighth
                if image.width * image.height > MOST_PIXELS:
                    raise DataError(f"{full[0]}x{full[1]} pixels are too many; save it smaller")
                image.load()
                square = ImageOps.fit(_resizable(image), (size, size))
                square = _turned(square, image) if turn else square
                return _pixels(_rgb(square)), full
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise _unknown(path) from error
    except Image.DecompressionBombError as error:
        raise DataError("far too many pixels; save it smaller") from error
    except Exception as error:  # Pillow's readers raise whatever falls out of a damaged file
        raise DataError(f"cannot be read ({_short(error)})") from error


def _know_heif() -> None:
    """Teach Pillow the format of many phones' pictures, where the extra `photos` is installed."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return
    register_heif_opener()


def _unknown(path: Path) -> DataError:
    """Why Pillow does not know a file."""
    try:
        with open(path, "rb") as file:
            head = file.read(12)
    except OSError as error:
        return DataError(f"cannot be read ({_short(error)})")
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        try:
            import pillow_heif  # noqa: F401
        except ImportError:
            return DataError("HEIC needs pillow-heif", fix=INSTALL)
    return DataError("no picture, or a damaged one" if head else "an empty file")


def _resizable(image: Image.Image) -> Image.Image:
    """A picture whose pixels can be averaged: no palette, no transparent colour, 8 bits a channel."""
    if image.mode in ("I", "I;16", "I;16B", "I;16L"):  # "I" is how Pillow gives 16 bits of some formats
        return Image.fromarray((np.asarray(image).clip(0, 65535) / 257).round().astype(np.uint8))
    if image.mode == "F":
        raise DataError("brightness as floating-point numbers; save it with 8 or 16 bits")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("RGB") if image.mode in ("P", "1") else image


def _turned(square: Image.Image, image: Image.Image) -> Image.Image:
    """The square from the middle of a picture, turned as the picture's EXIF says."""
    try:
        orientation = image.getexif().get(0x0112, 1)
    except Exception:  # damaged EXIF around pixels that are whole
        return square
    method = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
              5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
              8: Image.Transpose.ROTATE_90}.get(orientation)
    return square if method is None else square.transpose(method)


def _rgb(square: Image.Image) -> Image.Image:
    if "A" in square.getbands():
        white = Image.new("RGBA", square.size, "white")
        square = Image.alpha_composite(white, square.convert("RGBA"))
    return square.convert("RGB")


def _pixels(square: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(square))


def read_video(path: Path, size: int, rate: float) -> Iterator[tuple[float, Tensor]]:
    """(seconds, (size, size, 3) uint8) of a video, `rate` frames of each second, cut and made small as pictures are.

    ffmpeg decodes, turns and shrinks it in a process of its own: what a broken file does to it, it does not do to us.
    Raises DataError, after the frames that could be read, with the reason.
    """
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ImportError as error:
        raise DataError("videos need imageio-ffmpeg", fix=INSTALL) from error
    square = f"fps={rate},crop=min(iw\\,ih):min(iw\\,ih),scale={size}:{size}:flags=area"
    # Only this file: a playlist with a video's name could send ffmpeg to any other, or to the network.
    command = [get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-protocol_whitelist", "file", "-i",
               f"file:{path.absolute()}", "-map", "0:v:0", "-vf", square, "-f", "rawvideo", "-pix_fmt", "rgb24",
               "pipe:1"]
    count, length = 0, size * size * 3
    with tempfile.TemporaryFile() as words, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words) as process:
        try:
            while len(frame := process.stdout.read(length)) == length:
                yield count / rate, torch.frombuffer(bytearray(frame), dtype=torch.uint8).view(size, size, 3)
                count += 1
            process.wait()
        finally:
            process.kill()
        words.seek(0)
        said = words.read(2000).decode("utf-8", "replace").strip().splitlines()
    if process.returncode or not count or said:
        reason = re.sub(r"^\[[^]]*\]\s*", "", said[-1])[:150] if said else "no frame in it"
        raise DataError(f"cannot be read to its end ({reason})" if count else f"no video that can be read ({reason})")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:150] or type(error).__name__
