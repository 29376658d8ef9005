"""Checkpoints: everything a run needs to go on to the bit, in one file that is whole or not there.

Written with torch.save under a temporary name and renamed; read with weights_only=True, which executes nothing.
Public: `save_checkpoint`, `load_checkpoint`, `CHECKPOINT`.
"""

import os
import pickle
from pathlib import Path

import torch
from torch import nn

from ..errors import DataError, WeightsError

CHECKPOINT = "checkpoint.pt"


def save_checkpoint(folder: Path, what: dict, model: nn.Module, optimizers: list[torch.optim.Optimizer],
                    step: int, seconds: float, history: list[dict]) -> None:
    """Write the state after `step` steps. `what` describes the run: only the same run can be resumed from it."""
    folder, state = Path(folder), {
        "what": what, "step": step, "seconds": seconds, "history": history,
        "model": model.state_dict(), "optimizers": [optimizer.state_dict() for optimizer in optimizers],
    }
    temporary = folder / (CHECKPOINT + ".tmp")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(state, temporary)
        os.replace(temporary, folder / CHECKPOINT)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        temporary.unlink(missing_ok=True)
        raise DataError(f"cannot write the checkpoint in {folder} ({error})", "a folder with room that can be written",
                        "Free some disk or choose another folder; the checkpoint before this one is kept.") from error


def load_checkpoint(folder: Path, what: dict, model: nn.Module, optimizers: list[torch.optim.Optimizer]):
    """Put the state of an interrupted run back: (step, seconds, history), or None where there is no checkpoint.

    Raises WeightsError if the file is damaged or belongs to a run of another model, profile, length, seed or noise.
    """
    path = Path(folder) / CHECKPOINT
    if not path.exists():
        return None
    other = f"Use another folder, or delete {path} to start anew."
    try:
        state = torch.load(path, weights_only=True, map_location=next(model.parameters()).device)
        differing = [key for key in what if state["what"].get(key) != what[key]]
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, AttributeError, TypeError, pickle.UnpicklingError) as error:
        raise WeightsError(f"the checkpoint {path} is damaged ({type(error).__name__})", "a file this package wrote",
                           other) from error
    if differing:
        key = differing[0]
        raise WeightsError(f"the checkpoint {path} belongs to a run with {key} = {state['what'].get(key)!r}",
                           f"{key} = {what[key]!r}", other)
    model.load_state_dict(state["model"])
    for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    return state["step"], state["seconds"], state["history"]
