"""Cameras in files: nerfstudio's transforms.json, and COLMAP's models in text and in binary, read and written.

    ours        camera_to_world, x right, y down, z forward (see `cameras`)
    COLMAP      world_to_camera as a unit quaternion (w, x, y, z) and a translation, axes as ours
    nerfstudio  camera_to_world of the OpenGL camera: x right, y UP, z BACKWARD; worlds of all three are free

Positions in pictures are counted from the top left corner in all three, pixel centres at 0.5. Lens distortion is left
out: at the size of this course's pictures it is less than a pixel. Fisheye lenses are refused.

Public: `PosedPictures`, `read_cameras`, `read_transforms`, `write_transforms`, `read_colmap`, `write_colmap`,
`square_intrinsics`. Axes: N pictures. Reading raises DataError for files that are missing, damaged or of a camera that
cannot be used.
"""

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from ..cameras import check_cameras, from_rotation, invert
from ..errors import DataError, InputError
from ..paths import whole_file

FLIP = torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0], dtype=torch.float64))  # OpenGL's camera axes, in ours
# COLMAP's models by their number: name, how many parameters, of which f (one or two), cx and cy come first.
MODELS = {0: ("SIMPLE_PINHOLE", 3), 1: ("PINHOLE", 4), 2: ("SIMPLE_RADIAL", 4), 3: ("RADIAL", 5), 4: ("OPENCV", 8),
          6: ("FULL_OPENCV", 12)}
ONE_FOCAL = {"SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL"}
NAMES = {name: count for name, count in MODELS.values()}


@dataclass(frozen=True)
class PosedPictures:
    """The cameras of N pictures. Raises InputError for cameras that are not rigid, or counts that differ."""

    names: list[str]  # paths as the file has them
    camera_to_world: Tensor  # (N, 4, 4) float64
    K: Tensor  # (N, 3, 3) float64, in pixels of the pictures as they are in their files
    size: Tensor  # (N, 2) long, width and height of these

    def __post_init__(self) -> None:
        check_cameras(self.camera_to_world)
        if not len(self.names) == len(self.camera_to_world) == len(self.K) == len(self.size):
            raise InputError(f"{len(self.names)} names of {len(self.camera_to_world)} cameras", "one for each")

    @cached_property
    def _rows(self) -> dict[str, int | None]:
        """{path, file name, or file name without suffix: row}; None for one that several pictures have."""
        rows: dict[str, int | None] = {}
        for part in (str, lambda path: path.name, lambda path: path.stem):
            level: dict[str, int | None] = {}
            for row, name in enumerate(self.names):
                key = part(PurePosixPath(name))
                level[key] = None if key in level else row
            rows = level | rows
        return rows

    def find(self, name: str) -> int | None:
        """The row of a picture: the same path, else the only one of that file name, with or without the suffix."""
        path = PurePosixPath(name)
        rows = (self._rows.get(key) for key in (str(path), path.name, path.stem))
        return next((row for row in rows if row is not None), None)


def square_intrinsics(K: Tensor, size: Tensor, side: int) -> Tensor:
    """K (..., 3, 3) of pictures of `size` (..., 2) whose middle square was cut out and made `side` pixels wide."""
    width_height = size.to(K)
    shortest = width_height.amin(-1)[..., None]
    cut = (width_height - shortest) / 2
    square = K.clone()
    square[..., :2, 2] -= cut
    square[..., :2, :] *= (side / shortest)[..., None]
    return square


def read_cameras(path: Path) -> PosedPictures:
    """The cameras of a transforms.json, or of the COLMAP model in a folder or in its sparse/0."""
    path = Path(path)
    if path.is_file():
        return read_transforms(path)
    for folder in (path, path / "0", path / "sparse" / "0", path / "sparse"):
        if any((folder / f"images{suffix}").is_file() for suffix in (".bin", ".txt")):
            return read_colmap(folder)
    if (path / "transforms.json").is_file():
        return read_transforms(path / "transforms.json")
    raise DataError(f"no cameras at {path}", "a transforms.json, or the folder of a COLMAP model (images.bin or .txt)")


# ---- nerfstudio


def read_transforms(path: Path) -> PosedPictures:
    """A transforms.json: intrinsics for all at its top, or for each frame in it."""
    try:
        about = json.loads(Path(path).read_text(encoding="utf-8"))
        found = [_frame({**about, **frame}) for frame in about["frames"]]
        if not found:
            raise ValueError("it has no frames")
        names, poses, K, size = zip(*found)
        return PosedPictures(list(names), torch.stack(poses) @ FLIP, torch.stack(K), torch.tensor(size))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, RecursionError) as error:
        raise _damaged(path, error) from error


def _frame(about: dict) -> tuple[str, Tensor, Tensor, tuple[int, int]]:
    """Name, OpenGL camera-to-world (4, 4), K, and width and height of a frame beside what all frames share."""
    width, height = int(about["w"]), int(about["h"])
    model = about.get("camera_model", "OPENCV")
    if model not in NAMES:
        raise ValueError(f"its cameras are {model}; this package knows pinhole cameras alone")
    if "fl_x" in about:
        fx = float(about["fl_x"])
        fy = float(about.get("fl_y", fx))
    else:  # as the first NeRF data sets
        fx = fy = 0.5 * width / math.tan(0.5 * float(about["camera_angle_x"]))
    K = _intrinsics(fx, fy, float(about.get("cx", width / 2)), float(about.get("cy", height / 2)))
    pose = torch.tensor(about["transform_matrix"], dtype=torch.float64)
    return str(about["file_path"]), pose, K, (width, height)


def write_transforms(path: Path, cameras: PosedPictures) -> None:
    """Write a transforms.json. Raises DataError if it cannot be written."""
    frames = [{"file_path": name, "transform_matrix": pose.tolist(), "fl_x": K[0, 0].item(), "fl_y": K[1, 1].item(),
               "cx": K[0, 2].item(), "cy": K[1, 2].item(), "w": w, "h": h}
              for name, pose, K, (w, h) in zip(cameras.names, cameras.camera_to_world.double() @ FLIP, cameras.K,
                                               cameras.size.tolist())]
    _write(Path(path), json.dumps({"camera_model": "PINHOLE", "frames": frames}, indent=1).encode())


# ---- COLMAP


def read_colmap(folder: Path) -> PosedPictures:
    """The model in a folder: cameras and images, in binary if there is both. Points are not looked at."""
    folder = Path(folder)
    binary = (folder / "images.bin").is_file()
    try:
        cameras = dict((_binary_cameras if binary else _text_cameras)(folder))
        images = sorted((_binary_images if binary else _text_images)(folder))
        if not images:
            raise ValueError("it has no images")
        names, turns, moves, which = zip(*images)
        rotation = torch.from_numpy(Rotation.from_quat(turns, scalar_first=True).as_matrix())
        to_camera = from_rotation(rotation, torch.tensor(moves, dtype=torch.float64))
        K, size = zip(*(cameras[camera] for camera in which))
        return PosedPictures(list(names), invert(to_camera), torch.stack(K), torch.tensor(size))
    except (OSError, ValueError, KeyError, IndexError, struct.error, OverflowError, RuntimeError) as error:
        raise _damaged(folder, error) from error


Camera = tuple[Tensor, tuple[int, int]]  # K, and width and height
Image = tuple[str, tuple[float, ...], tuple[float, ...], int]  # name, quaternion, translation, number of its camera


def _camera(model: str, width: int, height: int, numbers: list[float]) -> Camera:
    if model not in NAMES:
        raise ValueError(f"its cameras are {model}; this package knows pinhole cameras alone")
    if len(numbers) != NAMES[model]:
        raise ValueError(f"a {model} camera with {len(numbers)} numbers")
    if model in ONE_FOCAL:
        numbers = numbers[:1] + numbers
    return _intrinsics(*numbers[:4]), (width, height)


def _text_lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def _text_cameras(folder: Path) -> Iterator[tuple[int, Camera]]:
    for line in _text_lines(folder / "cameras.txt"):
        if line.strip():
            number, model, width, height, *numbers = line.split()
            yield int(number), _camera(model, int(width), int(height), [float(n) for n in numbers])


def _text_images(folder: Path) -> Iterator[Image]:
    # Two lines for each: the second holds its points, and is empty where there are none.
    for line in _text_lines(folder / "images.txt")[::2]:
        if line.strip():
            _, *numbers, camera, name = line.split(maxsplit=9)
            numbers = [float(n) for n in numbers]
            yield name.strip(), tuple(numbers[:4]), tuple(numbers[4:]), int(camera)


def _binary_cameras(folder: Path) -> Iterator[tuple[int, Camera]]:
    content = (folder / "cameras.bin").read_bytes()
    (count,), at = struct.unpack_from("<Q", content), 8
    for _ in range(count):
        number, model, width, height = struct.unpack_from("<IiQQ", content, at)
        if model not in MODELS:
            raise ValueError(f"its cameras are of model {model}; this package knows pinhole cameras alone")
        name, parameters = MODELS[model]
        numbers = struct.unpack_from(f"<{parameters}d", content, at + 24)
        yield number, _camera(name, width, height, list(numbers))
        at += 24 + 8 * parameters


def _binary_images(folder: Path) -> Iterator[Image]:
    content = (folder / "images.bin").read_bytes()
    (count,), at = struct.unpack_from("<Q", content), 8
    for _ in range(count):
        _, *numbers, camera = struct.unpack_from("<I7dI", content, at)
        end = content.index(b"\0", at + 64)
        name = content[at + 64:end].decode("utf-8")
        (points,) = struct.unpack_from("<Q", content, end + 1)
        at = end + 9 + 24 * points
        if at > len(content):
            raise ValueError("it is cut short")
        yield name, tuple(numbers[:4]), tuple(numbers[4:]), camera


def write_colmap(folder: Path, cameras: PosedPictures, binary: bool = True) -> None:
    """Write a model without points, each picture with a PINHOLE camera. Raises DataError if it cannot be written."""
    to_camera = invert(cameras.camera_to_world.double())
    turns = Rotation.from_matrix(to_camera[:, :3, :3].numpy()).as_quat(canonical=True, scalar_first=True).tolist()
    rows = []
    for number, (name, turn, move, K, size) in enumerate(
            zip(cameras.names, turns, to_camera[:, :3, 3].tolist(), cameras.K, cameras.size.tolist()), start=1):
        if "\0" in name or "\n" in name:
            raise InputError(f"a picture named {name!r}", "a name that a COLMAP model can hold")
        rows.append((number, name, turn + move, size, [K[0, 0].item(), K[1, 1].item(), K[0, 2].item(), K[1, 2].item()]))
    if binary:
        files = {"cameras.bin": b"".join(struct.pack("<IiQQ4d", number, 1, *size, *numbers)
                                         for number, _, _, size, numbers in rows),
                 "images.bin": b"".join(struct.pack("<I7dI", number, *pose, number) + name.encode() + b"\0" +
                                        struct.pack("<Q", 0) for number, name, pose, _, _ in rows),
                 "points3D.bin": b""}
        contents = {name: struct.pack("<Q", len(rows) if body else 0) + body for name, body in files.items()}
    else:
        words = {"cameras.txt": [f"{number} PINHOLE {_words(size)} {_words(numbers)}"
                                 for number, _, _, size, numbers in rows],
                 "images.txt": [f"{number} {_words(pose)} {number} {name}\n" for number, name, pose, _, _ in rows],
                 "points3D.txt": []}
        contents = {name: "".join(f"{line}\n" for line in lines).encode() for name, lines in words.items()}
    for name, content in contents.items():
        _write(Path(folder) / name, content)


def _words(numbers: list) -> str:
    return " ".join(map(repr, numbers))


# ---- both


def _intrinsics(fx: float, fy: float, cx: float, cy: float) -> Tensor:
    if not (0.0 < fx < math.inf and 0.0 < fy < math.inf and math.isfinite(cx) and math.isfinite(cy)):
        raise ValueError(f"a camera with the focal lengths {fx}, {fy} and the middle {cx}, {cy}")
    return torch.tensor([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]], dtype=torch.float64)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise DataError(f"cannot write {path} ({error})", "a folder with room that can be written") from error


def _damaged(path: Path, error: Exception) -> DataError:
    reason = f"no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:200]
    return DataError(f"the cameras in {path} cannot be read ({reason})", "a transforms.json or a COLMAP model, whole")
