"""Training: one `fit` for SRT, UpSRT and RUST, on a CPU, a GPU, or several processes under torchrun.

A step draws a batch of scenes, splits their views into inputs and targets, asks the model for the colours at some
random positions of the targets, and takes the mean squared error. Nothing else: RUST's latent poses get no loss of
their own. What a step draws depends only on (seed, step, process), so a run that was killed and goes on from its
checkpoint ends, on the same device, with the same bits as one that was not.

Public: `fit`, `Result`, `training_step`, `steps_for`, `measure_step_time`.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..cameras import intrinsics, look_at
from ..datasets import EndlessScenes, SceneSet, load_or_make
from ..errors import DivergenceError, InputError
from ..models import SceneModel, make_model
from ..views import Views, to_patches
from . import distributed
from .checkpoint import load_checkpoint, save_checkpoint
from .monitor import Monitor
from .optimizer import make_optimizers
from .profiles import Profile, get_profile

CHECKPOINT_SECONDS = 60.0  # at most this much work is lost in a crash
REPORT_EVERY = 50  # steps between points of the curve: reading the loss more often would make a GPU wait


@dataclass
class Result:
    """What a run leaves: the trained model (in eval mode) and its curve."""

    model: SceneModel
    history: list[dict] = field(default_factory=list)  # of points: step, seconds, psnr, and the monitor's values
    finished: bool = True  # False if it was interrupted; the checkpoint lets it go on
    steps: int = 0  # done
    seconds: float = 0.0  # of training, those before an interruption counted in


def training_step(model: nn.Module, views: Views, inputs: int, config, queries: int, generator: torch.Generator) -> Tensor:
    """The loss of one batch: mean squared error of the target views' colours at random query positions.

    Each target's pose may be estimated from its left or its right half, at random; cameras are ignored by RUST.
    """
    given, targets = views.split(inputs)
    device = views.images.device
    base = model.module if hasattr(model, "module") else model  # inside DistributedDataParallel
    everywhere = base.positions(device)
    chosen = torch.randperm(len(everywhere), generator=generator)[:queries].to(device)
    right = (torch.rand(targets.images.shape[:2], generator=generator) < 0.5).to(device)
    colours = model(given, targets, everywhere[chosen], right)
    truth = to_patches(targets.images, config.query_patch)[:, :, chosen]
    return nn.functional.mse_loss(colours, truth)


def scale(step: int, steps: int, warmup: int) -> float:
    """The share of the peak learning rate at a step: linear warm-up, then a cosine to zero."""
    return min(1.0, (step + 1) / warmup) * 0.5 * (1.0 + math.cos(math.pi * step / steps))


def make_data(profile: Profile, world: str, noise: float, seed: int, device) -> SceneSet | EndlessScenes:
    """The training data of one stage, on the device. The seed of the noise is the run's; the scenes stay the same."""
    if profile.scenes:
        data = load_or_make(world, profile.scenes, profile.views, profile.model.size).to(device)
    else:
        data = EndlessScenes(world, profile.model.size, device)
    return data.with_pose_noise(noise, seed)


def fit(model: str | SceneModel, profile: Profile, *, steps: int | None = None, seed: int = 0, noise: float = 0.0,
        device: str | torch.device = "cpu", folder: Path | None = None, progress: bool = True,
        on_progress: Callable[[list[dict]], None] | None = None, should_stop: Callable[[], bool] = lambda: False) -> Result:
    """Train a model as a profile says.

    model: "srt", "upsrt", "rust", or a model to go on from. noise: sigma of the camera noise that the data set carries.
    folder: where the checkpoint and the curve are kept; a run found there is resumed. Without one nothing is written.
    on_progress: called with the curve after every new point. should_stop: asked after every step.
    Ctrl-C (or should_stop) saves, and returns a Result with finished=False.
    Raises DivergenceError on NaN: the last good checkpoint stays. InputError for numbers that make no run.
    """
    steps = profile.steps if steps is None else steps
    if steps < 1:
        raise InputError(f"a run of {steps} steps", "1 or more")
    device, rank, world_size = torch.device(device), distributed.rank(), distributed.world_size()
    if profile.batch % world_size:
        raise InputError(f"a batch of {profile.batch} scenes over {world_size} processes", "a batch that they divide")
    torch.manual_seed(seed)
    if isinstance(model, str):
        model = make_model(model, profile.model)
    model = model.to(device).train()
    optimizers = make_optimizers(model, profile.learning_rate, profile.muon)
    peaks = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    what = {**model.description(), "profile": profile.name, "steps": steps, "seed": seed, "noise": noise}
    done, seconds, history = 0, 0.0, []
    if folder is not None and (saved := load_checkpoint(folder, what, model, optimizers)):
        done, seconds, history = saved
    trained = distributed.wrap(model)
    data, stage = None, None
    monitor = Monitor(profile, device) if rank == 0 else None
    generator = torch.Generator()
    started, saved_at, finished = time.monotonic() - seconds, time.monotonic(), True
    losses = []
    bar = tqdm(total=steps, initial=done, disable=not progress or rank != 0, desc=model.name, unit="step", smoothing=0.05)
    try:
        for step in range(done, steps):
            if profile.stage(step, steps) != stage:
                stage = profile.stage(step, steps)
                data = make_data(profile, stage.world, noise, seed, device)
            generator.manual_seed((seed * 1_000_003 + step) * world_size + rank)
            # All processes must take the same number of inputs, so that number has a generator of its own.
            shared = torch.Generator().manual_seed(seed * 1_000_003 + step)
            inputs = int(torch.randint(profile.input_views[0], profile.input_views[1] + 1, (), generator=shared))
            views = data.draw(profile.batch // world_size, inputs + profile.target_views, generator)
            loss = training_step(trained, views, inputs, model.config, profile.queries, generator)
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), profile.clip)
            share = scale(step, steps, profile.warmup)
            for optimizer, peak in zip(optimizers, peaks, strict=True):
                for group, lr in zip(optimizer.param_groups, peak, strict=True):
                    group["lr"] = lr * share
                optimizer.step()
            losses.append(loss.detach())
            done = step + 1
            bar.update()
            if done % REPORT_EVERY == 0 or done == steps:
                mean = torch.stack(losses).mean().item()
                losses = []
                if not math.isfinite(mean):
                    raise DivergenceError(f"the loss became {mean} before step {done}", "a finite number",
                                          "Lower the learning rate of the profile; the last checkpoint is good.")
                seconds = time.monotonic() - started
                if monitor is not None:
                    point = {"step": done, "seconds": round(seconds, 2), "psnr": round(-10 * math.log10(mean), 3)}
                    point |= monitor.look(model, stage.world, last=done == steps)
                    history.append(point)
                    bar.set_postfix_str(monitor.words(point))
                    if on_progress:
                        on_progress(history)
                if folder is not None and rank == 0 and time.monotonic() - saved_at > CHECKPOINT_SECONDS:
                    save_checkpoint(folder, what, model, optimizers, done, seconds, history)
                    saved_at = time.monotonic()
            if should_stop():
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        finished = False
    finally:
        bar.close()
    seconds = time.monotonic() - started
    if folder is not None and rank == 0:
        save_checkpoint(folder, what, model, optimizers, done, seconds, history)
    return Result(model.eval(), history, finished, done, seconds)


def measure_step_time(profile: Profile | str, model: str, seconds: float = 2.0, device="cpu") -> float:
    """Seconds per training step on this machine: the median of real steps, on noise instead of scenes."""
    profile = get_profile(profile) if isinstance(profile, str) else profile
    device, size, generator = torch.device(device), profile.model.size, torch.Generator().manual_seed(0)
    inputs = sum(profile.input_views) // 2
    views = inputs + profile.target_views
    images = torch.rand(profile.batch, views, size, size, 3, generator=generator)
    cameras = look_at(torch.randn(profile.batch, views, 3, generator=generator) + 3.0, torch.zeros(3))
    batch = Views(images, cameras, intrinsics(size, size, 1.0)).to(device)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = make_model(model, profile.model).to(device).train()
    optimizers = make_optimizers(network, profile.learning_rate, profile.muon)
    times, end = [], time.monotonic() + seconds
    while len(times) < 3 or time.monotonic() < end:
        started = time.monotonic()
        loss = training_step(network, batch, inputs, profile.model, profile.queries, generator)
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), profile.clip)
        for optimizer in optimizers:
            optimizer.step()
        loss.item()  # wait for a GPU
        times.append(time.monotonic() - started)
    return sorted(times)[len(times) // 2]


def steps_for(minutes: float, model: str, profile: Profile, device="cpu") -> int:
    """How many steps of a training fit in a time on this machine, from a measurement of a few seconds."""
    return max(profile.warmup, int(60.0 * minutes / measure_step_time(profile, model, 4.0, device)))
