"""What a finished run leaves behind: weights with the record of how they were made, and the curve.

Public: `finish`, `run_name`, `hardware`.
"""

import json
import os
import platform
from pathlib import Path

import numpy
import torch

from .. import __version__
from ..models.weights import save_weights
from .loop import Result
from .profiles import Profile


def run_name(model: str, profile: str, noise: float, seed: int) -> str:
    """"rust-laptop", "srt-laptop-noise0.1", "rust-laptop-seed1": the same name its weights are shipped under."""
    return f"{model}-{profile}" + (f"-noise{noise:g}" if noise else "") + (f"-seed{seed}" if seed else "")


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


def finish(result: Result, folder: Path, profile: Profile, steps: int, seed: int, noise: float) -> Path:
    """Write weights.safetensors and curve.json into the run's folder; returns the path of the weights."""
    folder, name = Path(folder), result.model.name
    command = f"rust-edu train --model {name} --profile {profile.name} --steps {steps} --seed {seed}"
    record = {
        "command": command + (f" --noise {noise:g}" if noise else ""),
        "profile": profile.name, "world": profile.world, "steps": steps, "seed": seed, "noise": noise,
        "seconds": round(result.seconds, 1),
        "hardware": hardware(next(result.model.parameters()).device),
        "versions": {"rust_edu": __version__, "python": platform.python_version(), "torch": torch.__version__,
                     "numpy": numpy.__version__},
        "last": result.history[-1] if result.history else {},
    }
    save_weights(folder / "weights.safetensors", result.model, record)
    temporary = folder / "curve.json.tmp"
    temporary.write_text(json.dumps(result.history))
    os.replace(temporary, folder / "curve.json")
    return folder / "weights.safetensors"
