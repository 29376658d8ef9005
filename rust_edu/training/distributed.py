"""Several processes under torchrun, one model: DistributedDataParallel averages their gradients.

Run without torchrun, everything here does nothing. Public: `start`, `stop`, `rank`, `world_size`, `wrap`.
"""

import os

import torch
import torch.distributed as dist
from torch import nn


def start(device: torch.device) -> torch.device:
    """Join the group that torchrun prepared, if there is one; returns the device of this process."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return device
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    return device


def stop() -> None:
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()


def rank() -> int:
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


def world_size() -> int:
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def wrap(model: nn.Module) -> nn.Module:
    """The model itself, or the model whose gradients are averaged over all processes."""
    return nn.parallel.DistributedDataParallel(model) if world_size() > 1 else model
