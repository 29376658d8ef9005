"""Your own photographs: a folder of pictures and videos becomes scenes that RUST can be trained on.

    album = look_through(Path("holiday"), size=32)     every file, with what became of it
    scenes = album.scenes(views=10)                    a PictureSet: windows of neighbouring pictures

A folder is a place, and so is each folder in it, and each video: windows never go from one to another. Within a place
pictures come in the natural order of their names (IMG_9 before IMG_10), which should be that of a walk: neighbours must
overlap. Of two that look alike the second is left out, and so is one that is much blurrier than its neighbours. Nothing
vanishes silently: `album.pictures` has every file, with its fate.

Public: `look_through`, `Album`, `Picture`, `sharpness`.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from ..errors import DataError, InputError
from .camera_files import PosedPictures, square_intrinsics
from .picture_files import PICTURES, find_files, is_video, read_picture, read_video
from .picture_set import PictureSet
from .shards import LEAST_SIZE

KEPT, TWIN, BLURRED, FEW, NO_CAMERA = "kept", "near-duplicate", "blurred", "too few neighbours", "no camera"
ALIKE = 0.01  # root mean square difference to the one before, of 1: three times the noise of a camera that stands still
SHARP_ENOUGH = 0.35  # of the median sharpness of the neighbours
NEIGHBOURS = 5  # on either side
SAME_LENS = 0.05  # of the picture's side: intrinsics that differ by less count as the same


@dataclass
class Picture:
    """A file or a frame, and what became of it."""

    name: str  # path in the folder; for a frame of a video, with its time
    place: str  # the folder or the video it belongs to
    fate: str = KEPT  # or TWIN, BLURRED, FEW, NO_CAMERA; for a file that could not be read, why
    pixels: Tensor | None = None  # (size, size, 3) uint8, as it is trained on
    full: tuple[int, int] = (0, 0)  # width and height in the file


def sharpness(pixels: Tensor) -> Tensor:
    """How sharp pictures (..., H, W, 3) uint8 are: variance of the Laplacian over that of the brightness, (...).

    At the size that is trained on: blur that cannot be seen there does no harm. Divided, so that a dim or a pale
    picture does not count as blurred.
    """
    grey = pixels.float().mean(-1) / 255
    bend = 4 * grey[..., 1:-1, 1:-1] - grey[..., :-2, 1:-1] - grey[..., 2:, 1:-1] - grey[..., 1:-1, :-2] - \
        grey[..., 1:-1, 2:]
    return bend.flatten(-2).var(-1) / grey.flatten(-2).var(-1).clamp(min=1e-6)


@dataclass
class Album:
    """What was found in a folder: every file and frame, in order."""

    source: Path
    size: int
    pictures: list[Picture]

    @property
    def kept(self) -> list[Picture]:
        return [picture for picture in self.pictures if picture.fate == KEPT]

    def unreadable(self) -> list[Picture]:
        """Files of which nothing, or not all, could be used, each with its reason."""
        return [picture for picture in self.pictures if picture.pixels is None]

    def summary(self) -> str:
        """How many pictures there are, and what became of them, in one line."""
        counts: dict[str, int] = {}
        for picture in self.pictures:
            fate = picture.fate if picture.pixels is not None else "not read"
            counts[fate] = counts.get(fate, 0) + 1
        return f"{len(self.pictures)} pictures: " + ", ".join(f"{count} {fate}" for fate, count in counts.items())

    def scenes(self, views: int = 10, gap: int = 1, cameras: PosedPictures | None = None) -> PictureSet:
        """Windows of `views` pictures that are `gap` places apart in the order of a place, one from each picture on.

        With `cameras`, pictures without one are left out. Places with too few pictures are, too; `fate` says so of
        each. Raises InputError if nothing is left, or cameras that have not all the same intrinsics.
        """
        if views < 2 or gap < 1:
            raise InputError(f"windows of {views} views, {gap} apart", "2 views or more, 1 or more apart")
        for picture in self.pictures:  # of windows that were asked for before
            if picture.fate in (FEW, NO_CAMERA):
                picture.fate = KEPT
        posed = None if cameras is None else self._match(cameras)
        places: dict[str, list[Picture]] = {}
        for picture in self.kept:
            places.setdefault(picture.place, []).append(picture)
        chosen, windows, reach = [], [], (views - 1) * gap
        for pictures in places.values():
            if len(pictures) <= reach:
                for picture in pictures:
                    picture.fate = FEW
                continue
            first = torch.arange(len(chosen), len(chosen) + len(pictures) - reach)
            windows.append(first[:, None] + gap * torch.arange(views))
            chosen += pictures
        if not chosen:
            most = max(map(len, places.values()), default=0)
            raise InputError(f"{self.source} has {most} usable pictures of one place", f"{reach + 1} or more",
                             "Take more, with neighbours that overlap, or ask for fewer --views.")
        known = {} if cameras is None else _shared(cameras, [posed[picture.name] for picture in chosen], self.size)
        return PictureSet(torch.stack([picture.pixels for picture in chosen]), torch.cat(windows),
                          names=[picture.name for picture in chosen], **known)

    def _match(self, cameras: PosedPictures) -> dict[str, int]:
        """{name of a picture: its row in `cameras`}; pictures that have none are marked."""
        found = {}
        for picture in self.kept:
            row = cameras.find(picture.name)
            if row is None:
                picture.fate = NO_CAMERA
            elif picture.full != (was := tuple(cameras.size[row].tolist())):
                raise InputError(f"{picture.name} has {picture.full[0]}x{picture.full[1]} pixels and its camera "
                                 f"{was[0]}x{was[1]}", "cameras that were found for these very files")
            else:
                found[picture.name] = row
        return found


def _shared(cameras: PosedPictures, rows: list[int], side: int) -> dict:
    """The cameras of these rows, and the intrinsics that they share once their pictures are `side` pixels wide."""
    K = square_intrinsics(cameras.K[rows], cameras.size[rows], side)
    middle = K.median(0).values
    if (K - middle).abs().max() > SAME_LENS * side:
        raise InputError(f"cameras whose intrinsics differ by {(K - middle).abs().max():.1f} of {side} pixels",
                         "one lens and one zoom for all", "Let COLMAP find a single camera for all pictures.")
    return {"camera_to_world": cameras.camera_to_world[rows].float(), "K": middle.float()}


def look_through(source: Path, size: int = 32, rate: float = 5.0, turn: bool = True, progress: bool = True) -> Album:
    """Read everything in a folder (or one video), small and square, and mark what had better be left out.

    `rate`: frames taken from each second of a video. `turn`: pictures are turned as their EXIF says; not where cameras
    belong to them, since COLMAP and its like take pictures as they are stored. One file at a time: 10,000 pictures of
    32 pixels are 31 MB in memory, whatever the files are. Raises DataError if there is no such folder, InputError for
    numbers that make no pictures.
    """
    if size < LEAST_SIZE or not 0.0 < rate <= 1000.0:
        raise InputError(f"pictures of {size} pixels, {rate} a second", f"{LEAST_SIZE} pixels or more, a rate above 0")
    source, pictures = Path(source), []
    files = list(tqdm(find_files(source), desc="looking for files", unit="file", disable=not progress, leave=False))
    for path, wrong in tqdm(files, desc="reading", unit="file", disable=not progress):
        name = os.fsencode(path.relative_to(source) if path != source else path.name).decode("utf-8", "replace")
        place = os.path.dirname(name)
        try:
            if wrong:
                raise DataError(wrong)
            if is_video(path):
                for seconds, pixels in read_video(path, size, rate):
                    pictures.append(Picture(f"{name} at {seconds:.2f} s", name, pixels=pixels))
            else:
                pixels, full = read_picture(path, size, turn)
                pictures.append(Picture(name, place, pixels=pixels, full=full))
        except DataError as error:
            if wrong or is_video(path) or path.suffix.lower() in PICTURES:
                pictures.append(Picture(name, place, fate=str(error)))
    album = Album(source, size, pictures)
    _mark(album)
    return album


def _mark(album: Album) -> None:
    """Find the blurred pictures of each place, and among the others those that look like the one before."""
    places: dict[str, list[Picture]] = {}
    for picture in album.kept:
        places.setdefault(picture.place, []).append(picture)
    for pictures in places.values():
        sharp = torch.stack([sharpness(picture.pixels) for picture in pictures])
        last, seen = None, set()
        for i, picture in enumerate(pictures):
            around = torch.cat([sharp[max(0, i - NEIGHBOURS):i], sharp[i + 1:i + 1 + NEIGHBOURS]])
            if len(around) and sharp[i] < SHARP_ENOUGH * around.median():
                picture.fate = BLURRED
                continue
            same = hashlib.blake2b(picture.pixels.numpy().tobytes()).digest()
            now = picture.pixels.float() / 255
            if same in seen or (last is not None and (now - last).square().mean().sqrt() < ALIKE):
                picture.fate = TWIN
                continue
            seen.add(same)
            last = now
