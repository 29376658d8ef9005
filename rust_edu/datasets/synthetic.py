"""The synthetic data set: made once from a seed, cached in shards, resumable, verified when it is opened.

A data set is a folder of shards (safetensors files of SHARD scenes each) and an `index.json` that lists them with
sizes and checksums. Shard i depends only on (world, seed, i, views, size), so a longer data set begins with the
scenes of a shorter one. A shard, and then the index, is written under a temporary name and renamed: whatever moment
the process is killed at, what the index lists is whole, and making the data set again goes on from there.

Public: `make_dataset`, `open_dataset`, `load_or_make`, `SceneSet`, `EndlessScenes`, `cache_name`.
"""

import hashlib
import json
import os
from dataclasses import fields
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from ..cameras import perturb
from ..errors import DataError, InputError
from ..paths import cache_folder
from ..scenes.render import render
from ..scenes.worlds import Scenes, World, get_world, sample_cameras, sample_scenes, world_intrinsics
from ..views import Views

VERSION = 1  # of the renderer, the samplers and the file format: a cache of another version is made anew
SHARD = 50  # scenes in a shard
SEED_STRIDE = 1_000_003  # seeds of shards: those of different data sets do not meet


def cache_name(world: str, scenes: int, views: int, size: int, seed: int) -> str:
    return f"{world}-{scenes}x{views}-{size}px-seed{seed}"


def _render_scenes(world: World, scenes: int, views: int, size: int, generator: torch.Generator, device="cpu"):
    drawn = sample_scenes(world, scenes, generator)
    cameras = sample_cameras(world, drawn, views, generator)
    return drawn, cameras, render(drawn.to(device), cameras.to(device), world_intrinsics(world, size), size, size)


def _make_shard(world: World, number: int, scenes: int, views: int, size: int, seed: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed * SEED_STRIDE + number)
    drawn, cameras, picture = _render_scenes(world, SHARD, views, size, generator)
    tensors = {
        "images": (picture.colour * 255).round().to(torch.uint8),
        "depth": picture.depth.half(),
        "label": picture.label,
        "camera_to_world": cameras,
        **{f"scene.{f.name}": getattr(drawn, f.name) for f in fields(Scenes)},
    }
    return {name: tensor[:scenes].contiguous() for name, tensor in tensors.items()}


def make_dataset(world: str, scenes: int, views: int, size: int, seed: int = 0, folder: Path | None = None,
                 progress: bool = True) -> "SceneSet":
    """Make (or finish making) a data set and open it.

    `size` is the side of the square pictures in pixels. The folder is `data/cache/<name>` unless given.
    Raises InputError for numbers that make no data set, DataError when the folder cannot be written.
    """
    recipe = get_world(world)
    for name, value, least in (("scenes", scenes, 1), ("views", views, 1), ("size", size, 4)):
        if value < least:
            raise InputError(f"a data set with {name} = {value}", f"{least} or more")
    folder = Path(folder) if folder else cache_folder() / cache_name(world, scenes, views, size, seed)
    wanted = dict(version=VERSION, world=world, scenes=scenes, views=views, size=size, seed=seed)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stray in folder.glob("*.tmp"):
            stray.unlink()
        index = _read_index(folder) if (folder / "index.json").exists() else None
        if index is None or any(index.get(key) != value for key, value in wanted.items()):
            index = wanted | {"shards": []}
        count = -(-scenes // SHARD)
        done = len(index["shards"])
        for number in tqdm(range(done, count), desc=f"rendering {world}", unit="shard", initial=done, total=count,
                           disable=not progress or done == count):
            tensors = _make_shard(recipe, number, min(SHARD, scenes - number * SHARD), views, size, seed)
            path = folder / f"shard-{number:05d}.safetensors"
            save_file(tensors, f"{path}.tmp")
            os.replace(f"{path}.tmp", path)
            index["shards"].append({"file": path.name, "bytes": path.stat().st_size, "sha256": _checksum(path)})
            _write_index(folder, index)
    except (OSError, SafetensorError) as error:
        raise DataError(f"cannot write the data set in {folder} ({error})", "a folder with room that can be written",
                        "Free some disk or set RUST_EDU_DATA to another folder; what is made so far is kept.") from error
    return open_dataset(folder)


def load_or_make(world: str, scenes: int, views: int, size: int, seed: int = 0, progress: bool = True) -> "SceneSet":
    """Open a data set from the cache; make it, or make it anew if it is incomplete or of another version."""
    folder = cache_folder() / cache_name(world, scenes, views, size, seed)
    if (folder / "index.json").exists():
        index = _read_index(folder)
        if index.get("version") == VERSION and len(index.get("shards", ())) * SHARD >= scenes:
            return open_dataset(folder)
    return make_dataset(world, scenes, views, size, seed, progress=progress)


def _read_index(folder: Path) -> dict:
    try:
        return json.loads((folder / "index.json").read_text())
    except (OSError, ValueError) as error:
        raise DataError(f"the index of the data set {folder} cannot be read ({error})", "a folder with an index.json",
                        "Make it with `rust-edu data make`, or delete the folder if it is damaged.") from error


def _write_index(folder: Path, index: dict) -> None:
    temporary = folder / "index.json.tmp"
    temporary.write_text(json.dumps(index, indent=1))
    os.replace(temporary, folder / "index.json")


def _checksum(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_dataset(folder: Path) -> "SceneSet":
    """Open and verify a data set. Raises DataError if it is missing, incomplete, damaged or of another version."""
    folder = Path(folder)
    remake = "Delete the folder and make it again with `rust-edu data make`."
    index = _read_index(folder)
    if index.get("version") != VERSION:
        raise DataError(f"the data set {folder} has version {index.get('version')}", f"version {VERSION}", remake)
    try:
        scenes, views, size, world = (index[key] for key in ("scenes", "views", "size", "world"))
        shards = [(folder / s["file"], s["bytes"], s["sha256"]) for s in index["shards"]]
    except (KeyError, TypeError) as error:
        raise DataError(f"the index of the data set {folder} lacks {error}", "an index.json of this package", remake) from error
    if len(shards) * SHARD < scenes:
        raise DataError(f"the data set {folder} holds {len(shards) * SHARD} of {scenes} scenes", "all of them",
                        "Run `rust-edu data make` again: it goes on where it stopped.")
    images = torch.empty(scenes, views, size, size, 3, dtype=torch.uint8)
    cameras = torch.empty(scenes, views, 4, 4)
    for number, (path, length, checksum) in enumerate(shards):
        if not path.exists() or path.stat().st_size != length:
            seen = path.stat().st_size if path.exists() else "no file"
            raise DataError(f"{path} is cut short or missing ({seen})", f"{length} bytes", remake)
        if _checksum(path) != checksum:
            raise DataError(f"{path} has changed since it was made (checksum)", "the bytes that were written", remake)
        with safe_open(path, "pt") as shard:
            where = slice(number * SHARD, min((number + 1) * SHARD, scenes))
            images[where] = shard.get_tensor("images")
            cameras[where] = shard.get_tensor("camera_to_world")
    return SceneSet(images, cameras, get_world(world), [path for path, _, _ in shards])


class SceneSet:
    """A data set in memory: uint8 images (S, V, H, W, 3) and cameras (S, V, 4, 4) of S scenes with V views each."""

    def __init__(self, images: Tensor, camera_to_world: Tensor, world: World, shards: list[Path]) -> None:
        self.images, self.camera_to_world, self.world = images, camera_to_world, world
        self.size = images.shape[2]
        self.K = world_intrinsics(world, self.size).to(images.device)
        self._shards = shards
        self.folder = shards[0].parent if shards else None

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device) -> "SceneSet":
        return SceneSet(self.images.to(device), self.camera_to_world.to(device), self.world, self._shards)

    def with_pose_noise(self, sigma: float, seed: int) -> "SceneSet":
        """The same pictures with every camera wrong by a fixed error: see `cameras.perturb`."""
        generator = torch.Generator().manual_seed(seed)
        cameras = perturb(self.camera_to_world.cpu(), sigma, generator).to(self.images.device)
        return SceneSet(self.images, cameras, self.world, self._shards)

    def views(self, scenes: Tensor | slice, views: Tensor | slice = slice(None)) -> Views:
        """Views of some scenes: slices, or indices scenes (B, 1) and views (B, V) that broadcast."""
        return Views(self.images[scenes, views].float() / 255, self.camera_to_world[scenes, views], self.K)

    def draw(self, batch: int, views: int, generator: torch.Generator) -> Views:
        """`views` different random views of each of `batch` random scenes: what a training step sees."""
        scenes = torch.randint(len(self), (batch, 1), generator=generator)
        order = torch.rand(batch, self.images.shape[1], generator=generator).argsort(1)[:, :views]
        return self.views(scenes.to(self.images.device), order.to(self.images.device))

    def _stack(self, name: str) -> Tensor:
        parts = []
        for path in self._shards:
            with safe_open(path, "pt") as shard:
                parts.append(shard.get_tensor(name))
        return torch.cat(parts).to(self.images.device)

    def ground_truth(self) -> tuple[Tensor, Tensor]:
        """depth (S, V, H, W) float, infinity for sky, and label (S, V, H, W) uint8, read from disk when asked for."""
        return self._stack("depth").float(), self._stack("label")

    def scenes(self) -> Scenes:
        """What was rendered, to render it again from elsewhere or larger."""
        return Scenes(**{f.name: self._stack(f"scene.{f.name}") for f in fields(Scenes)})


class EndlessScenes:
    """Scenes rendered as they are asked for, never the same twice: the data of training on a GPU."""

    def __init__(self, world: str, size: int, device="cpu") -> None:
        self.world, self.size, self.device, self.sigma = get_world(world), size, torch.device(device), 0.0
        self.K = world_intrinsics(self.world, size).to(self.device)

    def with_pose_noise(self, sigma: float, seed: int) -> "EndlessScenes":
        """As `SceneSet.with_pose_noise`; since no scene comes twice, the errors are drawn with the scenes."""
        noisy = EndlessScenes(self.world.name, self.size, self.device)
        noisy.sigma = sigma
        return noisy

    def draw(self, batch: int, views: int, generator: torch.Generator) -> Views:
        """As `SceneSet.draw`."""
        _, cameras, picture = _render_scenes(self.world, batch, views, self.size, generator, self.device)
        cameras = perturb(cameras, self.sigma, generator)
        return Views(picture.colour, cameras.to(self.device), self.K)
