"""Training steps: time, floating-point operations, and the peak memory of a real run."""

import multiprocessing
import resource
import sys
from dataclasses import replace

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from rust_edu.cameras import intrinsics, look_at
from rust_edu.models import MODELS, ModelConfig
from rust_edu.training.loop import measure_step_time, training_step
from rust_edu.training.profiles import PROFILES
from rust_edu.views import Views

# SRT and UpSRT have no pose estimator: `relative` is `fine` to them. `orbit` is `laptop` with the targets of `fine`.
RUNS = [(name, model) for name in ("laptop", "fine") for model in MODELS] + [("relative", "rust")]
LARGE = ("gpu", "paper")  # profiles for a GPU; elsewhere only their operations are counted


def step_flops(profile, model: str) -> float:
    """Floating-point operations of one training step's forward and backward pass, counted by torch on one scene."""
    size, inputs = profile.model.size, sum(profile.input_views) // 2
    views = inputs + profile.target_views
    cameras = look_at(torch.randn(1, views, 3) + 3.0, torch.zeros(3))
    batch = Views(torch.rand(1, views, size, size, 3), cameras, intrinsics(size, size, 1.0))
    network = MODELS[model](profile.model)
    # The counter knows attention only where it is written out as two matrix products.
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        generator = torch.Generator().manual_seed(0)
        training_step(network, batch, inputs, profile.model, profile.queries, generator).backward()
    return float(profile.batch * counter.get_total_flops())


def _run_some_steps(queue, model: str, profile: str) -> None:
    from rust_edu.training.loop import fit

    torch.set_num_threads(1)
    fit(model, PROFILES[profile], steps=60, progress=False)
    scale = 1 if sys.platform == "darwin" else 1024
    queue.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale)


def peak_memory(model: str, profile: str) -> int:
    """Bytes that a process training this takes at its peak, data set and libraries included."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_run_some_steps, args=(queue, model, profile))
    process.start()
    peak = queue.get(timeout=1200)
    process.join()
    return peak


def measure(device: torch.device):
    for name, model in RUNS:  # before anything large: a process begins with its parent's peak
        yield f"peak memory, {model} {name}", f"{peak_memory(model, name) / 1e9:.2f} GB"
    pixels = replace(PROFILES["laptop"], batch=32, model=ModelConfig())  # the prototype's size, the papers' queries
    rows = [("rust prototype, pixel queries", pixels, "rust")]
    rows += [(f"{model} {name}", PROFILES[name], model) for name, model in RUNS]
    if device.type == "cuda":
        rows += [(f"{model} gpu", PROFILES["gpu"], model) for model in MODELS]
    for name, profile, model in rows:
        seconds = measure_step_time(profile, model, 4.0, device)
        flops = step_flops(profile, model)
        yield f"training step, {name}", (f"{1000 * seconds:.0f} ms, {profile.batch / seconds:.0f} scenes/s, "
                                         f"{flops / 1e9:.2f} GFLOP, {flops / seconds / 1e9:.0f} GFLOP/s")
    for name in LARGE:
        flops = step_flops(PROFILES[name], "rust")
        yield f"a training step's operations, rust {name}", f"{flops / 1e12:.2f} TFLOP"
