"""Shards: how a data set lies on disk, written so that it survives a crash, read so that damage is found.

A data set is a folder of safetensors files of SHARD scenes each, and an `index.json` that lists them with
their sizes and checksums. Every file is written under a temporary name and renamed: whatever moment the
process is killed at, what the index lists is whole.

For `synthetic`: `shard_name`, `read_index`, `check_index`, `check_shard`, `layout_of`, `read`. All report damage as
DataError.
"""

import hashlib
import json
from dataclasses import fields
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ..errors import DataError
from ..scenes.worlds import WORLDS, Scenes, World, sample_scenes

VERSION = 2  # of the renderer, the samplers and the file format: a cache of another version is made anew
SHARD = 50  # scenes in a shard
LEAST_SIZE = 4  # pixels
REMAKE = "Delete the folder and make it again with `rust-edu data make`."
CODES = {torch.uint8: "U8", torch.bool: "BOOL", torch.int64: "I64",  # dtypes, as safetensors names them
         torch.float16: "F16", torch.float32: "F32"}


def shard_name(number: int) -> str:
    return f"shard-{number:05d}.safetensors"


def read_index(folder: Path) -> dict:
    try:
        index = json.loads((folder / "index.json").read_bytes())
        if not isinstance(index, dict):
            raise ValueError("it is no JSON object")
        return index
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"the index of the data set {folder} cannot be read ({error})",
                        "a folder with an index.json",
                        "Make it with `rust-edu data make`, or delete the folder if it is damaged."
                        ) from error


def check_index(folder: Path, index: dict) -> None:
    """Raise DataError unless an index says what this version of the package writes into one."""

    def check(sound: bool, what: str) -> None:
        if not sound:
            raise DataError(f"the index of the data set {folder} has {what}", "what this package writes",
                            REMAKE)

    if index.get("version") != VERSION:
        raise DataError(f"the data set {folder} has version {index.get('version')!r}",
                        f"version {VERSION}", REMAKE)
    for key, least in (("scenes", 1), ("views", 1), ("size", LEAST_SIZE)):
        value = index.get(key)
        check(type(value) is int and value >= least, f"{key} = {value!r}")
    check(str(index.get("world")) in WORLDS, f"world = {index.get('world')!r}")
    shards = index.get("shards")
    most = -(-index["scenes"] // SHARD)
    check(isinstance(shards, list) and len(shards) <= most, "a damaged list of shards")
    for number, entry in enumerate(shards):
        complete = isinstance(entry, dict) and {"file", "bytes", "sha256"} <= entry.keys()
        check(complete, f"a damaged entry for shard {number}")
        # No other name is ever opened: an index from elsewhere could point anywhere on this machine.
        check(entry["file"] == shard_name(number), f"a shard named {entry['file']!r}")


def check_shard(path: Path, entry: dict, scenes: int, layout: dict) -> None:
    """Raise DataError unless a shard has the bytes its entry in the index says, and `scenes` scenes."""
    try:
        length = path.stat().st_size if path.exists() else "no file"
        if length != entry["bytes"]:
            raise DataError(f"{path} is cut short or missing ({length})", f"{entry['bytes']} bytes", REMAKE)
        with open(path, "rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
        if checksum != entry["sha256"]:
            raise DataError(f"{path} has changed since it was made (checksum)",
                            "the bytes that were written", REMAKE)
        with safe_open(path, "pt") as shard:
            for name, (dtype, shape) in layout.items():
                part = shard.get_slice(name)
                seen, wanted = (part.get_dtype(), [*part.get_shape()]), (CODES[dtype], [scenes, *shape])
                if seen != wanted:
                    raise DataError(f"{path} holds {name} as {seen}", f"{wanted}", REMAKE)
    except (OSError, SafetensorError) as error:
        raise DataError(f"{path} cannot be read ({error})", "a shard of this data set", REMAKE) from error


def layout_of(world: World, views: int, size: int) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
    """dtype and shape, without the axis of scenes, of every tensor in a shard."""
    scene = sample_scenes(world, 1, torch.Generator())
    parts = {f"scene.{f.name}": getattr(scene, f.name) for f in fields(Scenes)}
    return {
        "images": (torch.uint8, (views, size, size, 3)),
        "depth": (torch.float16, (views, size, size)),
        "label": (torch.uint8, (views, size, size)),
        "camera_to_world": (torch.float32, (views, 4, 4)),
        **({"K": (torch.float32, (views, 3, 3))} if world.zoom != 1.0 else {}),
        **{name: (tensor.dtype, tuple(tensor.shape[1:])) for name, tensor in parts.items()},
    }


def read(path: Path, name: str) -> Tensor:
    """One tensor of a shard that `check_shard` has seen."""
    try:
        with safe_open(path, "pt") as shard:
            return shard.get_tensor(name)
    except (OSError, SafetensorError) as error:
        raise DataError(f"{path} cannot be read ({error})", "what was there when the data set was opened",
                        REMAKE) from error
