"""Checkpoints: everything a run needs to go on to the bit, in one file that is whole or not there.

Written with torch.save under a temporary name and renamed; read with weights_only=True, which executes
nothing. Public: `save_checkpoint`, `load_checkpoint`, `prepare_folder`, `Progress`, `CHECKPOINT`.
"""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import DataError, WeightsError
from ..paths import remove_strays, whole_file

CHECKPOINT = "checkpoint.pt"
FREE = "Free some disk or choose another folder; a checkpoint that was there is kept."


@dataclass
class Progress:
    """How far a run is, beside its parameters."""

    step: int = 0  # steps done
    seconds: float = 0.0  # of training
    history: list[dict] = field(default_factory=list)  # points of the curve
    losses: list[Tensor] = field(default_factory=list)  # scalars: of the steps since the last point


def prepare_folder(folder: Path) -> None:
    """Make the folder of a run, so that one that cannot be written is found out before the training, and remove what
    a training that was killed left half-written there.

    Raises DataError."""
    probe = Path(folder) / f"{CHECKPOINT}.tmp"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
        remove_strays(probe.parent, CHECKPOINT, "weights.safetensors", "curve.json")
    except OSError as error:
        raise DataError(f"cannot write in {folder} ({_short(error)})", "a folder that can be written",
                        FREE) from error


def save_checkpoint(folder: Path, what: dict, model: nn.Module, optimizers: list[torch.optim.Optimizer],
                    progress: Progress) -> None:
    """Write the state of a run. `what` describes it: only the same run can be resumed from it.

    Raises DataError if it cannot be written; then the checkpoint before this one is still there, whole.
    """
    folder = Path(folder)
    state = {"what": what, "step": progress.step, "seconds": progress.seconds, "history": progress.history,
             "losses": torch.stack(progress.losses).cpu() if progress.losses else torch.empty(0),
             "model": model.state_dict(), "optimizers": [optimizer.state_dict() for optimizer in optimizers]}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / CHECKPOINT) as temporary:
            torch.save(state, temporary)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        raise DataError(f"cannot write the checkpoint in {folder} ({_short(error)})",
                        "a folder with room that can be written", FREE) from error


def load_checkpoint(folder: Path, what: dict, model: nn.Module,
                    optimizers: list[torch.optim.Optimizer]) -> Progress | None:
    """Put the state of an interrupted run back and say how far it was; None where there is no checkpoint.

    Raises WeightsError if the file is damaged, or belongs to a run that differs in anything that `what` says.
    """
    path = Path(folder) / CHECKPOINT
    if not path.exists():
        return None
    other = f"Use another folder, or delete {path} to start anew."
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
        saved = dict(state["what"])
        differing = sorted(key for key in what.keys() | saved.keys() if saved.get(key) != what.get(key))
        if not differing:
            model.load_state_dict(state["model"])
            for optimizer, its in zip(optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(its)
            device = next(model.parameters()).device
            return Progress(int(state["step"]), float(state["seconds"]), list(state["history"]),
                            list(state["losses"].to(device).unbind()))
    except Exception as error:  # a damaged file makes torch.load raise almost anything
        raise WeightsError(f"the checkpoint {path} is damaged ({type(error).__name__})",
                           "a file this package wrote", other) from error
    key = differing[0]
    raise WeightsError(f"the checkpoint {path} belongs to a run with {key} = {saved.get(key)!r:.200}",
                       f"{key} = {what.get(key)!r:.200}", other)


def _short(error: Exception) -> str:
    """The message of another library's error, as a part of one line."""
    return " ".join(str(error).split())[:200]
