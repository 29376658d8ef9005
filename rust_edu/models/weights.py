"""Weights: safetensors files that carry the configuration of their model and the record of their training.

Shipped weights live in `data/weights/<model>-<name>.safetensors`. This module stands among the models, below the
training, so that `RUST.from_pretrained("laptop")` needs nothing of the latter. Public: `save_weights`,
`load_weights`, `shipped_weights`.
"""

import json
import os
from dataclasses import fields
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ..errors import InputError, WeightsError
from ..paths import data_folder
from . import MODELS
from .config import ModelConfig
from .scene_model import SceneModel


def save_weights(path: Path, model: SceneModel, record: dict) -> None:
    """Write a model with its configuration and `record` (how it was trained: anything json can hold)."""
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    about = json.dumps(model.description() | {"record": record})
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, temporary, metadata={"rust_edu": about})
        os.replace(temporary, path)
    except (OSError, SafetensorError) as error:
        temporary.unlink(missing_ok=True)
        raise WeightsError(f"cannot write {path} ({error})", "a folder with room that can be written") from error


def load_weights(path: Path, kind: type[SceneModel] | None = None) -> tuple[SceneModel, dict]:
    """The model in a weight file, in eval mode on the CPU, and the record of its training.

    `kind`: the class it must be. Raises WeightsError if the file is missing, damaged, foreign or of another model.
    """
    path = Path(path)
    if not path.exists():
        names = ", ".join(sorted(p.stem for p in path.parent.glob("*.safetensors"))) or "none there"
        raise WeightsError(f"no weights at {path}", f"one of: {names}", "Train them with `rust-edu train`.")
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("rust_edu", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(f"{path} is damaged ({error})", "a whole safetensors file",
                           "Fetch it again, or train anew with `rust-edu train`.") from error
    if not isinstance(about, dict) or about.get("model") not in MODELS:
        raise WeightsError(f"{path} does not say which model it is for", "weights written by rust_edu",
                           "Weights of other projects cannot be used here.")
    if kind is not None and about["model"] != kind.name:
        raise WeightsError(f"{path} holds a model {about['model']!r}", f"{kind.name!r}")
    try:
        known = {field.name for field in fields(ModelConfig)}
        config = ModelConfig(**{key: tuple(value) if isinstance(value, list) else value
                                for key, value in about["config"].items() if key in known})
        model = MODELS[about["model"]](config)
        model.load_state_dict(tensors)
    except (KeyError, TypeError, AttributeError, RuntimeError, InputError) as error:
        raise WeightsError(f"the tensors in {path} do not fit its configuration ({str(error).splitlines()[0]})",
                           "weights of this version of the package", "Train anew with `rust-edu train`.") from error
    return model.eval(), about.get("record", {})


def shipped_weights(model: str, name: str) -> Path:
    """Where the weights `name` ("laptop", "orbit", "laptop-noise0.1", ...) of a model are shipped."""
    return data_folder() / "weights" / f"{model}-{name}.safetensors"
