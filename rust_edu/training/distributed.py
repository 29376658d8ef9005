"""Several processes under torchrun, one model: DistributedDataParallel averages their gradients.

    torchrun --standalone --nproc-per-node 2 -m rust_edu train --model rust --profile gpu

Each process draws its share of every batch; process 0 alone makes data sets, looks at unseen scenes and
writes. Run without torchrun, everything here does nothing.

Public: `start`, `stop`, `rank`, `world_size`, `wrap`, `first_then_others`, `from_first`, `any_process`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn

from ..errors import DeviceError

PATIENCE = timedelta(hours=3)  # process 0 may have a data set to render while the others wait


def start(device: torch.device) -> torch.device:
    """Join the group that torchrun prepared, if there is one; returns the device of this process.

    On GPUs each process gets its own. Raises DeviceError if there are more processes than GPUs.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return device
    if device.type == "cuda":
        local = int(os.environ["LOCAL_RANK"])
        if local >= torch.cuda.device_count():
            raise DeviceError(f"process {local} has no GPU ({torch.cuda.device_count()} on this machine)",
                              "one GPU for each process", "Lower --nproc-per-node, or use --device cpu.")
        device = torch.device("cuda", local)
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    return device


def stop() -> None:
    """Leave the group, if this process is in one."""
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()


def rank() -> int:
    """The number of this process: 0 if it is the only one."""
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


def world_size() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def wrap(model: nn.Module) -> nn.Module:
    """The model itself, or the model whose gradients are averaged over all processes."""
    return nn.parallel.DistributedDataParallel(model) if world_size() > 1 else model


@contextmanager
def first_then_others() -> Iterator[None]:
    """Process 0 does what is inside before the others begin: it makes a data set, they find it made."""
    if rank() > 0:
        dist.barrier()
    yield
    if rank() == 0 and world_size() > 1:
        dist.barrier()


def any_process(asked: bool, device: torch.device) -> bool:
    """Whether any process says yes. All must ask at the same moment, and then act alike: a process that stopped
    alone would leave the others waiting for its gradients."""
    if world_size() == 1:
        return asked
    answer = torch.tensor([asked], dtype=torch.uint8, device=device)
    dist.all_reduce(answer, dist.ReduceOp.MAX)
    return bool(answer)


def from_first(value):
    """The value that process 0 has, in all processes: something small that pickle can hold."""
    if world_size() == 1:
        return value
    values = [value]
    dist.broadcast_object_list(values, src=0)
    return values[0]
