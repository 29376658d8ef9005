"""Timing: the median of several runs, after one that warms up."""

import time
from collections.abc import Callable

import torch


def median_seconds(work: Callable[[], object], device: torch.device, runs: int = 9) -> float:
    """Seconds that `work` takes: the median of `runs`, each waited for on a GPU."""
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - started)
    return sorted(times[1:])[runs // 2]
