"""What a finished run leaves behind: weights with the record of how they were made, and the curve.

Public: `finish`, `ship`, `run_name`, `train_command`, `hardware`.
"""

import json
import platform
import shlex
from pathlib import Path

import numpy
import torch

from .. import __version__
from ..errors import DataError
from ..models.weights import load_weights, save_weights
from ..paths import kept_folder, whole_file
from . import distributed
from .loop import Result
from .profiles import Profile, get_profile

PHOTOS = "photos"  # the world of a model that was trained on pictures: no world that could be rendered


def run_name(model: str, profile: Profile, noise: float, seed: int, photos: Path | None = None) -> str:
    """"rust-laptop", "srt-laptop-pixel-noise0.1", "rust-laptop-seed1": also the name its weights ship under.

    Of a run on pictures, the name of their folder is in it: "rust-laptop-photos-holiday".
    """
    other = f"-{photos.resolve().name}" if photos else ""
    other += f"-latent{width}" if (width := _other_width(profile)) else ""
    other += "-pixel" if profile.model.pixel else ""
    return f"{model}-{profile.name}{other}" + (f"-noise{noise:g}" if noise else "") + (f"-seed{seed}" if seed else "")


def train_command(model: str, profile: Profile, steps: int, seed: int, noise: float, photos: Path | None = None) -> str:
    """The command that makes this run, word for word."""
    command = f"rust-edu train --model {model} --profile {profile.name} --steps {steps} --seed {seed}"
    command += f" --latent {width}" if (width := _other_width(profile)) else ""
    command += " --pixel" if profile.model.pixel else ""
    command += f" --photos {shlex.quote(str(photos))}" if photos else ""
    return command + (f" --noise {noise:g}" if noise else "")


def _other_width(profile: Profile) -> int:
    """The width of the latent pose, if it is another than the profile's own; else 0."""
    width = profile.model.latent
    return width if width != get_profile(profile.name).model.latent else 0


def hardware(device: torch.device) -> str:
    """The machine in words: the GPU's name, or the processor's and the number of threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass  # not Linux: platform's word stands
    return f"{name}, {torch.get_num_threads()} threads"


def finish(result: Result, folder: Path, profile: Profile, steps: int, seed: int, noise: float,
           photos: Path | None = None) -> Path:
    """Write weights.safetensors and curve.json into the run's folder; returns the path of the weights.

    `photos` is the folder of the pictures it was trained on, if it was not the profile's world.

    Raises WeightsError or DataError if they cannot be written.
    """
    folder, name = Path(folder), result.model.name
    record = {
        "command": train_command(name, profile, steps, seed, noise, photos),
        "profile": profile.name, "world": PHOTOS if photos else profile.world, "steps": steps,
        "seed": seed, "noise": noise,
        "seconds": round(result.seconds, 1), "processes": distributed.world_size(),
        "hardware": hardware(next(result.model.parameters()).device),
        "versions": {"rust_edu": __version__, "python": platform.python_version(), "torch": torch.__version__,
                     "numpy": numpy.__version__},
        "last": result.history[-1] if result.history else {},
    }
    save_weights(folder / "weights.safetensors", result.model, record)
    try:
        with whole_file(folder / "curve.json") as temporary:
            temporary.write_text(json.dumps(result.history))
    except OSError as error:
        raise DataError(f"cannot write {folder / 'curve.json'} ({error})",
                        "a folder with room that can be written",
                        "Free some disk and run the same command again: the weights are saved.") from error
    return folder / "weights.safetensors"


def ship(folder: Path, name: str) -> Path:
    """Put the weights and the curve of a finished run into `data/weights` as `name`; returns the path of the weights.

    Weights are rounded to half precision, which halves the repository and which no picture shows; what is measured
    afterwards is measured with them. Raises WeightsError or DataError as `finish` does.
    """
    model, record = load_weights(Path(folder) / "weights.safetensors")
    path = kept_folder() / "weights" / f"{name}.safetensors"
    try:
        curve = (Path(folder) / "curve.json").read_bytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path.parent / f"{name}.curve.json") as temporary:
            temporary.write_bytes(curve)
    except OSError as error:
        raise DataError(f"the curve of {folder} cannot be put beside the shipped weights ({error})",
                        "a finished run, and a data folder with room", "Run `rust-edu train` there again.") from error
    save_weights(path, model.half(), record)  # last: where weights are shipped, all is
    return path
