"""Scenes made of pictures that exist: each is a window of V neighbouring pictures of one place.

Windows overlap and share their pictures, so a set is kept as the pictures, once, and an index. Cameras may be
known or not; RUST needs none. On disk a set is one safetensors file.

Public: `PictureSet`, `open_pictures`, `FILE`.
Axes: F pictures of the set, S scenes (windows), V views of each, H W pixels.
"""

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..cameras import check_cameras, check_intrinsics, perturb
from ..errors import DataError, InputError
from ..paths import whole_file
from ..views import Views
from .stored import StoredScenes

FILE = "pictures.safetensors"
VERSION = 1
REMAKE = "Make it again with `rust-edu data photos`."


class PictureSet(StoredScenes):
    """Pictures (F, H, W, 3) uint8 and the windows (S, V) of them that are scenes, in memory.

    camera_to_world (F, 4, 4) and K (3, 3), one for all, are both given or both None: cameras that nobody knows.
    `names` (F) say where the pictures come from. Raises InputError for tensors that do not fit each other.
    """

    def __init__(self, pictures: Tensor, windows: Tensor, camera_to_world: Tensor | None = None,
                 K: Tensor | None = None, names: list[str] | None = None) -> None:
        if pictures.dtype != torch.uint8 or pictures.ndim != 4 or pictures.shape[1:] != (pictures.shape[1],) * 2 + (3,):
            raise InputError(f"pictures of shape {tuple(pictures.shape)} and type {pictures.dtype}",
                             "square ones, uint8, colours last: (F, H, H, 3)")
        if windows.dtype != torch.long or windows.ndim != 2 or windows.numel() == 0:
            raise InputError(f"windows of shape {tuple(windows.shape)}, {windows.dtype}", "(S, V) indices of pictures")
        if windows.min() < 0 or windows.max() >= len(pictures):
            raise InputError(f"a window with picture {int(windows.max())} of {len(pictures)}",
                             "indices of pictures that there are")
        if (camera_to_world is None) != (K is None):
            raise InputError("cameras without intrinsics, or the other way round", "both, or neither")
        if camera_to_world is not None:
            check_cameras(camera_to_world)
            check_intrinsics(K)
        for what, many in (("cameras", camera_to_world), ("names", names)):
            if many is not None and len(many) != len(pictures):
                raise InputError(f"{len(many)} {what} of {len(pictures)} pictures", "one for each")
        self.pictures, self.windows, self.camera_to_world, self.K = pictures, windows, camera_to_world, K
        self.names = names or [f"picture {i}" for i in range(len(pictures))]
        self.count, self.size, self.device = windows.shape[1], pictures.shape[1], pictures.device

    def __len__(self) -> int:
        return len(self.windows)

    def _with(self, **changed) -> "PictureSet":
        parts = {name: changed.get(name, getattr(self, name))
                 for name in ("pictures", "windows", "camera_to_world", "K", "names")}
        return PictureSet(**parts)

    def to(self, device) -> "PictureSet":
        """The same set in another device's memory."""
        return self._with(**{name: tensor.to(device) for name in ("pictures", "windows", "camera_to_world", "K")
                             if (tensor := getattr(self, name)) is not None})

    def with_pose_noise(self, sigma: float, seed: int) -> "PictureSet":
        """As `SceneSet.with_pose_noise`. Raises InputError if there is noise, and no camera to disturb."""
        if self.camera_to_world is None:
            if sigma:
                raise InputError(f"pose noise sigma = {sigma!r} for pictures without cameras", "sigma = 0")
            return self
        generator = torch.Generator().manual_seed(seed)
        return self._with(camera_to_world=perturb(self.camera_to_world.cpu(), sigma, generator).to(self.device))

    def views(self, scenes: Tensor | slice, views: Tensor | slice = slice(None)) -> Views:
        which = self.windows[scenes, views]
        cameras = None if self.camera_to_world is None else self.camera_to_world[which]
        return Views(self.pictures[which].float() / 255, cameras, self.K)

    def split(self, share: float = 0.2) -> tuple["PictureSet", "PictureSet | None"]:
        """Windows to train on, and windows of the last `share` of the pictures, of which training sees none.

        The second is None where that many pictures make no window. Raises InputError if there would be none to
        train on.
        """
        cut = round((1.0 - share) * len(self.pictures))
        train, unseen = (self.windows[inside.all(1)] for inside in (self.windows < cut, self.windows >= cut))
        if not len(unseen):
            return self, None
        if not len(train):
            raise InputError(f"{len(self)} scenes, all of them in the last {share:.0%} of the pictures", "more scenes")
        return self._with(windows=train), self._with(windows=unseen)

    def fingerprint(self) -> str:
        """A few letters that differ for sets with other pictures, windows or cameras."""
        digest = hashlib.sha256()
        for tensor in (self.pictures, self.windows, self.camera_to_world, self.K):
            if tensor is not None:
                digest.update(tensor.cpu().numpy().tobytes())
        return digest.hexdigest()[:16]

    def save(self, folder: Path, source: str = "") -> Path:
        """Write the set into a folder; returns the file. `source` says what it was made of.

        Raises DataError if it cannot be written, or a set that was made of something else is there.
        """
        tensors = {"pictures": self.pictures, "windows": self.windows}
        if self.camera_to_world is not None:
            tensors |= {"camera_to_world": self.camera_to_world, "K": self.K}
        tensors = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
        path = Path(folder) / FILE
        about = {"version": str(VERSION), "names": json.dumps(self.names), "source": source}
        try:
            if path.exists() and (other := _about(path).get("source", source)) != source:
                raise DataError(f"{folder} holds pictures of {other or 'another source'}", f"those of {source}",
                                "Choose another folder, or delete this one.")
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as temporary:
                temporary.write_bytes(save(tensors, about))
        except OSError as error:
            raise DataError(f"cannot write {path} ({error})", "a folder with room that can be written") from error
        return path


def _about(path: Path) -> dict[str, str]:
    """What a file says of itself; {} if it is damaged."""
    try:
        with safe_open(path, "pt") as file:
            return file.metadata() or {}
    except (SafetensorError, ValueError):
        return {}


def open_pictures(folder: Path) -> PictureSet:
    """The set that `rust-edu data photos` wrote into a folder. Raises DataError if it is missing or damaged."""
    path = Path(folder) / FILE
    if not path.is_file():
        raise DataError(f"no pictures in {folder}", f"a folder with {FILE}", "Make it with `rust-edu data photos`.")
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            if about.get("version") != str(VERSION):
                raise DataError(f"{path} has version {about.get('version')!r}", f"version {VERSION}", REMAKE)
            names = json.loads(about["names"])
            return PictureSet(**{key: file.get_tensor(key) for key in file.keys()}, names=names)  # noqa: SIM118
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{path} is damaged ({' '.join(str(error).split())[:200]})", "a whole file", REMAKE) from error
