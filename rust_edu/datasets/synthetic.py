"""The synthetic data set: made once from a seed, cached in shards, resumable, verified when it is opened.

Shard i of a data set (see `shards`) depends only on (world, seed, i, views, size), so a longer data set
begins with the scenes of a shorter one, and making one that was interrupted goes on where it stopped. Several
processes may make the same data set at once: they write the same bytes.

Public: `make_dataset`, `open_dataset`, `load_or_make`, `SceneSet`, `EndlessScenes`, `cache_name`.
Axes: S scenes of a data set, B of a batch, V views, H W pixels.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor
from tqdm import tqdm

from ..cameras import perturb
from ..errors import DataError, InputError
from ..paths import cache_folder, data_folder, remove_strays, whole_file
from ..scenes.render import Rendering, render
from ..scenes.worlds import Scenes, World, get_world, sample_cameras, sample_intrinsics, sample_scenes, world_intrinsics
from ..threads import one_thread
from ..views import Views
from . import shards as files
from .shards import LEAST_SIZE, SHARD, VERSION
from .stored import StoredScenes, check_draw

SEED_STRIDE = 1_000_003  # between the seeds of data sets; shards count on from there


def cache_name(world: str, scenes: int, views: int, size: int, seed: int) -> str:
    """The name of a data set's folder in the cache."""
    return f"{world}-{scenes}x{views}-{size}px-seed{seed}"


def _render_scenes(world: World, scenes: int, views: int, size: int, generator: torch.Generator,
                   device="cpu") -> tuple[Scenes, Tensor, Tensor, Rendering]:
    drawn = sample_scenes(world, scenes, generator)
    cameras = sample_cameras(world, drawn, views, generator)
    K = sample_intrinsics(world, drawn, views, size, generator)
    return drawn, cameras, K, render(drawn.to(device), cameras.to(device), K.to(device), size, size)


def _make_shard(world: World, number: int, scenes: int, views: int, size: int,
                seed: int) -> dict[str, Tensor]:
    """Shard `number`, cut to `scenes` scenes; SHARD are drawn: a short one begins as the whole one does."""
    generator = torch.Generator().manual_seed(seed * SEED_STRIDE + number)
    drawn, cameras, K, picture = _render_scenes(world, SHARD, views, size, generator)
    tensors = {
        "images": (picture.colour * 255).round().to(torch.uint8),
        "depth": picture.depth.half(),
        "label": picture.label,
        "camera_to_world": cameras,
        **({"K": K} if K.ndim == 4 else {}),
        **{f"scene.{f.name}": getattr(drawn, f.name) for f in fields(Scenes)},
    }
    return {name: tensor[:scenes].contiguous() for name, tensor in tensors.items()}


def _place(name: str) -> Path:
    """The folder of a data set in the cache. One that is whole where nobody may write, as a teacher has made it for a
    class, is used as it is."""
    folder, ready = cache_folder(name), data_folder() / "cache" / name
    if folder != ready:
        with suppress(DataError):  # there is none, or it is damaged
            index = files.read_index(ready)
            files.check_index(ready, index)
            if len(index["shards"]) * SHARD >= index["scenes"]:
                return ready
    return folder


def make_dataset(world: str, scenes: int, views: int, size: int, seed: int = 0, folder: Path | None = None,
                 progress: bool = True) -> "SceneSet":
    """Make (or finish making) a data set and open it; one that is complete is only opened.

    `size` is the side of the square pictures in pixels. The folder is `data/cache/<name>` unless given; a data
    set of another version in it is replaced. Raises InputError for numbers that make no data set, DataError
    when the folder cannot be written, is damaged, or holds another data set.
    """
    recipe = get_world(world)
    wanted = dict(version=VERSION, world=world, scenes=scenes, views=views, size=size, seed=seed)
    for name, least in (("scenes", 1), ("views", 1), ("size", LEAST_SIZE), ("seed", 0)):
        if not isinstance(wanted[name], int) or wanted[name] < least:
            raise InputError(f"a data set with {name} = {wanted[name]!r}",
                             f"a whole number, {least} or more")
    folder = Path(folder) if folder else _place(cache_name(world, scenes, views, size, seed))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_strays(folder, "shard-*", "index.json")
        index = files.read_index(folder) if (folder / "index.json").exists() else {}
        if index.get("version") != VERSION:
            index = wanted | {"shards": []}
        files.check_index(folder, index)
        for key, value in wanted.items():
            if index.get(key) != value:
                raise DataError(f"{folder} holds a data set with {key} = {index.get(key)!r}",
                                f"{key} = {value!r}", "Choose another folder, or delete this one.")
        count, done = -(-scenes // SHARD), len(index["shards"])
        for number in tqdm(range(done, count), desc=f"rendering {world}", unit="shard", initial=done,
                           total=count, disable=not progress or done == count):
            with one_thread():
                shard = _make_shard(recipe, number, min(SHARD, scenes - number * SHARD), views, size, seed)
            name, content = files.shard_name(number), save(shard)
            with whole_file(folder / name) as temporary:
                temporary.write_bytes(content)
            checksum = hashlib.sha256(content).hexdigest()
            index["shards"].append({"file": name, "bytes": len(content), "sha256": checksum})
            with whole_file(folder / "index.json") as temporary:
                temporary.write_bytes(json.dumps(index, indent=1).encode())
    except OSError as error:
        raise DataError(f"cannot write the data set in {folder} ({error})",
                        "a folder with room that can be written",
                        "Free some disk or set RUST_EDU_DATA to a folder of your own; what is made so far is kept."
                        ) from error
    return _open(folder, index)


def load_or_make(world: str, scenes: int, views: int, size: int, seed: int = 0,
                 progress: bool = True) -> "SceneSet":
    """Open a data set from the cache, or make there what is missing of it. As `make_dataset` in all else."""
    return make_dataset(world, scenes, views, size, seed, progress=progress)


def open_dataset(folder: Path) -> "SceneSet":
    """Open a data set and verify it: whole, of this version, every byte as it was written.

    Raises DataError if it is missing, incomplete, damaged or of another version.
    """
    return _open(Path(folder), files.read_index(Path(folder)))


def _open(folder: Path, index: dict) -> "SceneSet":
    files.check_index(folder, index)
    scenes, views, size = index["scenes"], index["views"], index["size"]
    world = get_world(index["world"])
    if len(index["shards"]) * SHARD < scenes:
        raise DataError(f"the data set {folder} holds {len(index['shards']) * SHARD} of {scenes} scenes",
                        "all of them", "Run `rust-edu data make` again: it goes on where it stopped.")
    layout = files.layout_of(world, views, size)
    paths = [folder / entry["file"] for entry in index["shards"]]
    for number, path in enumerate(paths):
        files.check_shard(path, index["shards"][number], min(SHARD, scenes - number * SHARD), layout)
    images = torch.empty(scenes, views, size, size, 3, dtype=torch.uint8)
    cameras = torch.empty(scenes, views, 4, 4)
    for number, path in enumerate(paths):
        where = slice(number * SHARD, (number + 1) * SHARD)
        images[where], cameras[where] = files.read(path, "images"), files.read(path, "camera_to_world")
    K = torch.cat([files.read(path, "K") for path in paths]) if "K" in layout else None
    return SceneSet(images, cameras, world, paths, K)


class SceneSet(StoredScenes):
    """A data set in memory: images (S, V, H, W, 3) as uint8 and camera_to_world (S, V, 4, 4) of S scenes.

    `world` says how the scenes were drawn, `size` is the side of a picture in pixels, `folder` the files from which
    depth, labels and scenes are read. The intrinsics `K` are those of the world, (3, 3), or those given for each view,
    (S, V, 3, 3), in a world with zoom.
    """

    def __init__(self, images: Tensor, camera_to_world: Tensor, world: World, shards: list[Path],
                 K: Tensor | None = None) -> None:
        self.images, self.camera_to_world, self.world = images, camera_to_world, world
        self.count, self.size, self.device = images.shape[1], images.shape[2], images.device
        self.K = (world_intrinsics(world, self.size) if K is None else K).to(images.device)
        self._shards = shards
        self.folder = shards[0].parent if shards else None

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device) -> "SceneSet":
        """The same data set in another device's memory, where `views` and `draw` then give their tensors."""
        return SceneSet(self.images.to(device), self.camera_to_world.to(device), self.world, self._shards, self.K)

    def with_pose_noise(self, sigma: float, seed: int) -> "SceneSet":
        """The same pictures, every camera wrong by a fixed error drawn from `seed`: see `cameras.perturb`."""
        generator = torch.Generator().manual_seed(seed)
        cameras = perturb(self.camera_to_world.cpu(), sigma, generator).to(self.images.device)
        return SceneSet(self.images, cameras, self.world, self._shards, self.K)

    def views(self, scenes: Tensor | slice, views: Tensor | slice = slice(None)) -> Views:
        K = self.K[scenes, views] if self.K.ndim == 4 else self.K
        return Views(self.images[scenes, views].float() / 255, self.camera_to_world[scenes, views], K)

    def _stack(self, name: str) -> Tensor:
        if not self._shards:
            raise DataError(f"this data set has no files to read {name} from", "one made by `make_dataset`")
        return torch.cat([files.read(path, name) for path in self._shards]).to(self.images.device)

    def ground_truth(self) -> tuple[Tensor, Tensor]:
        """depth (S, V, H, W) float and label (S, V, H, W) uint8, read from disk when asked for.

        Depth is along the camera's z axis, to a relative 5e-4 (it is stored in half precision), infinity for
        sky and for floor beyond 65504. Labels: see `scenes.render`. Raises DataError if the files are gone.
        """
        return self._stack("depth").float(), self._stack("label")

    def scenes(self) -> Scenes:
        """What was rendered, to render it again from elsewhere or larger; errors as in `ground_truth`."""
        return Scenes(**{f.name: self._stack(f"scene.{f.name}") for f in fields(Scenes)})


class EndlessScenes:
    """Scenes rendered as they are asked for, never the same twice: the data of training on a GPU.

    Raises InputError for an unknown world or a size below LEAST_SIZE pixels.
    """

    def __init__(self, world: str, size: int, device="cpu") -> None:
        if size < LEAST_SIZE:
            raise InputError(f"pictures of {size} pixels", f"{LEAST_SIZE} or more")
        self.world, self.size, self.device, self.sigma = get_world(world), size, torch.device(device), 0.0

    def with_pose_noise(self, sigma: float, seed: int) -> "EndlessScenes":
        """As `SceneSet.with_pose_noise`; since no scene comes twice, the errors are drawn with the scenes."""
        perturb(torch.eye(4), sigma, torch.Generator())  # complains about a sigma that is none
        noisy = EndlessScenes(self.world.name, self.size, self.device)
        noisy.sigma = sigma
        return noisy

    def draw(self, batch: int, views: int, generator: torch.Generator) -> Views:
        """As `StoredScenes.draw`, of new scenes: they and their cameras depend on the generator alone."""
        check_draw(batch, views, views)
        _, cameras, K, picture = _render_scenes(self.world, batch, views, self.size, generator, self.device)
        cameras = perturb(cameras, self.sigma, generator)
        return Views(picture.colour, cameras.to(self.device), K.to(self.device))
