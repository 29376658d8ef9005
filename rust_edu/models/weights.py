"""Weights: safetensors files that carry the configuration of their model and the record of their training.

Shipped weights live in `data/weights/<model>-<name>.safetensors`. This module stands below the models, each of which
loads itself with it (`RUST.from_pretrained("laptop")`), so it knows them by name alone. A weight file may come
from anywhere: nothing in it is executed, and nothing is allocated before its configuration and its tensors
have been seen to agree. Public: `save_weights`, `load_weights`, `shipped_weights`, `MODELS`, `BEST`.
"""

import json
from dataclasses import fields
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from ..errors import InputError, WeightsError
from ..paths import shipped, whole_file
from .config import ModelConfig

MODELS: dict[str, type[nn.Module]] = {}  # what a weight file may be of, by name; the package enters its models
BEST = "fine"  # draws best of the sector: what widgets, the demo and the README show of RUST
TRAIN_ANEW = "Train anew with `rust-edu train`."


def save_weights(path: Path, model: nn.Module, record: dict) -> None:
    """Write a model with its configuration and `record` (how it was trained: a dict of what json can hold).

    The file is written beside `path` and then renamed: whatever goes wrong, an older file stays whole.
    Raises WeightsError if it cannot be written, InputError for a record that json cannot hold.
    """
    path = Path(path)
    try:
        about = json.dumps(model.description() | {"record": record})
    except (TypeError, ValueError) as error:
        raise InputError(f"a record that cannot be saved with weights ({_short(error)})",
                         "strings, numbers, lists and dicts") from error
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as temporary:  # not by save_file, whose files nobody else may read
            temporary.write_bytes(save(tensors, metadata={"rust_edu": about}))
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"cannot write {path} ({_short(error)})",
                           "a folder with room that can be written") from error


def load_weights(path: Path, kind: type[nn.Module] | None = None) -> tuple[nn.Module, dict]:
    """The model in a weight file, in eval mode on the CPU in float32, and the record of its training.

    `kind`: the class it must be. Raises WeightsError if the file is missing, damaged, foreign, of another
    model, or if its tensors are not those of its configuration.
    """
    path = Path(path)
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("rust_edu", "null"))
            name, config, record = _description(path, about, kind)
            with torch.device("meta"):  # shapes without memory: the file may claim any size
                model = (kind or MODELS[name])(config)
            wanted = model.state_dict()
            found = {key: file.get_slice(key).get_shape() for key in file.keys()}  # noqa: SIM118  (not a dict)
            _check_shapes(path, wanted, found)
            tensors = {key: file.get_tensor(key) for key in wanted}
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (SafetensorError, OSError, ValueError, RecursionError, RuntimeError) as error:
        raise WeightsError(f"{path} is damaged ({_short(error)})", "a whole safetensors file",
                           "Fetch it again, or train anew with `rust-edu train`.") from error
    for key, tensor in tensors.items():
        if not tensor.is_floating_point() or not tensor.isfinite().all():
            raise WeightsError(f"{key} in {path} has NaN, infinity or numbers of type {tensor.dtype}",
                               "finite floating-point numbers", TRAIN_ANEW)
    # Copies: the tensors of the file are mapped from the disk. `assign` makes them the meta model's own.
    copies = {key: tensor.to(torch.float32, copy=True) for key, tensor in tensors.items()}
    model.load_state_dict(copies, assign=True)
    return model.eval(), record


def _missing(path: Path) -> WeightsError:
    try:
        names = ", ".join(sorted(p.name for p in path.parent.glob("*.safetensors")))
    except OSError:
        names = ""
    expected = f"one of: {names}" if names else "a weight file (that folder has none)"
    return WeightsError(f"no weights at {path}", expected, "Train them with `rust-edu train`.")


def _description(path: Path, about: object, kind: type[nn.Module] | None) -> tuple[str, ModelConfig, dict]:
    """The model's name, configuration and record from the metadata. Believes nothing before it has looked."""
    name = about.get("model") if isinstance(about, dict) else None
    if not isinstance(name, str) or (kind is None and name not in MODELS):
        raise WeightsError(f"{path} does not say which model it is for", "weights written by rust_edu",
                           "Weights of other projects cannot be used here.")
    if kind is not None and name != kind.name:
        raise WeightsError(f"{path} holds a model {name!r:.50}", f"{kind.name!r}")
    sizes = (kind or MODELS[name]).config_type
    config, record = about.get("config"), about.get("record", {})
    if not isinstance(config, dict) or not isinstance(record, dict):
        raise WeightsError(f"{path} has no configuration or no record that can be read",
                           "weights written by rust_edu", TRAIN_ANEW)
    if unknown := sorted(config.keys() - {field.name for field in fields(sizes)}):
        raise WeightsError(f"the configuration in {path} has a field {unknown[0]!r:.50}",
                           "weights of this version of the package", "Update rust_edu, or train anew.")
    try:
        return name, sizes(**{key: tuple(value) if isinstance(value, list) else value
                              for key, value in config.items()}), record
    except InputError as error:
        raise WeightsError(f"the configuration in {path} is impossible: {_short(error).rstrip('.')}",
                           fix=TRAIN_ANEW) from error


def _check_shapes(path: Path, wanted: dict[str, Tensor], found: dict[str, list[int]]) -> None:
    """Raise WeightsError unless the tensors of a file are those of its configuration."""
    for key in sorted(wanted.keys() | found.keys()):
        want = tuple(wanted[key].shape) if key in wanted else "nothing"
        have = tuple(found[key]) if key in found else "nothing"
        if want != have:
            raise WeightsError(f"the tensors in {path} do not fit its configuration ({key!r:.80} is {have})",
                               f"{want}", TRAIN_ANEW)


def _short(error: Exception) -> str:
    """The message of another library's error, as a part of one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def shipped_weights(model: str, name: str) -> Path:
    """Where the weights `name` ("laptop", "laptop-noise0.1", ...) of a model are shipped."""
    return shipped("weights", f"{model}-{name}.safetensors")
