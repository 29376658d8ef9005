"""Training: one `fit` for SRT, UpSRT and RUST, on a CPU, a GPU, or several processes under torchrun.

A step draws a batch of scenes, splits their views into inputs and targets, asks the model for the colours at
some random positions of the targets, and takes the mean squared error. Nothing else: RUST's latent poses get
no loss of their own. What a step draws depends only on (seed, step, process), so a run that was killed and
goes on from its checkpoint ends with the same bits as one that was not (on a CPU; a GPU's own kernels may differ).

Public: `fit`, `Result`, `training_step`, `scale`, `steps_for`, `measure_step_time`.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..cameras import intrinsics, look_at
from ..datasets import EndlessScenes, PictureSet, SceneSet, load_or_make
from ..errors import DivergenceError, InputError, WeightsError
from ..models import SceneModel, make_model
from ..views import Views, to_patches
from . import distributed
from .checkpoint import Progress, load_checkpoint, prepare_folder, save_checkpoint
from .interruption import Interruption
from .monitor import Monitor, OwnMonitor
from .optimizer import make_optimizers
from .profiles import Profile, get_profile
from .stopwatch import Stopwatch

CHECKPOINT_SECONDS = 60.0  # at most about this much work is lost in a crash
REPORT_EVERY = 50  # steps between points of the curve: reading the loss more often would make a GPU wait
SEEDS = 2**32  # seeds are below this: times the stride below they still fit what torch takes
STRIDE = 1_000_003  # between the seeds of steps of runs with neighbouring seeds


@dataclass
class Result:
    """What a run leaves: the trained model (in eval mode) and its curve."""

    model: SceneModel
    history: list[dict] = field(default_factory=list)  # points: step, seconds, psnr, and the monitor's values
    finished: bool = True  # False if it was interrupted; the checkpoint lets it go on
    steps: int = 0  # done
    seconds: float = 0.0  # of its steps, those before an interruption counted in


def training_step(model: nn.Module, views: Views, inputs: int, config, queries: int,
                  generator: torch.Generator) -> Tensor:
    """The loss of one batch: mean squared error of the target views' colours at random query positions.

    The first `inputs` of the views are given, the others are targets; `queries` positions of each are asked
    for (all, if there are fewer), the same in every target. Each target's pose may be estimated from its left
    or its right half, at random (RUST, section 3.2); cameras are ignored by RUST. Draws from `generator`, on
    the CPU.
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
    return min(1.0, (step + 1) / max(1, warmup)) * 0.5 * (1.0 + math.cos(math.pi * step / steps))


def make_data(profile: Profile, world: str, noise: float, seed: int, device,
              given: PictureSet | None = None) -> SceneSet | EndlessScenes | PictureSet:
    """The training data of a stage, or the pictures that were given, on the device.

    Its noise has the run's seed; the scenes are fixed.
    """
    if given is not None:
        data = given.to(device)
    elif profile.scenes:
        with distributed.first_then_others():
            data = load_or_make(world, profile.scenes, profile.views, profile.model.size).to(device)
    else:
        data = EndlessScenes(world, profile.model.size, device)
    return data.with_pose_noise(noise, seed)


def fit(model: str | SceneModel, profile: Profile, *, data: PictureSet | None = None,
        unseen: PictureSet | None = None, steps: int | None = None, seed: int = 0,
        noise: float = 0.0, device: str | torch.device = "cpu", folder: Path | None = None,
        progress: bool = True, on_progress: Callable[[list[dict]], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False) -> Result:
    """Train a model as a profile says.

    model: "srt", "upsrt", "rust", or a model to go on from. steps: instead of the profile's number.
    data: pictures to train on instead of the profile's worlds; unseen: others of them, for the curve
    (see `PictureSet.split`).
    noise: sigma of the camera noise (`cameras.perturb`) that the data set carries, inputs and targets alike.
    folder: where the checkpoint is kept; a run found there is resumed. Without one nothing is written.
    on_progress: called with the curve after every new point. should_stop: asked after every step.

    Ctrl-C (or should_stop) ends the run after the step at hand, saves, and returns a Result with
    finished=False. A second Ctrl-C ends it at once, with KeyboardInterrupt and the checkpoint before. Raises
    InputError for numbers that make no run, DataError for a folder that cannot be written, WeightsError for a
    checkpoint there that is damaged or another run's, DivergenceError on NaN: the last good checkpoint stays.
    torch's global random state is left as it was.
    """
    steps = profile.steps if steps is None else steps
    device, rank, world_size = torch.device(device), distributed.rank(), distributed.world_size()
    _check_run(profile, steps, seed, noise, world_size)
    for own in (data, unseen):
        if own is not None:
            _check_data(profile, own)
    model = _fresh(model, profile, seed) if isinstance(model, str) else model
    if folder is not None and rank == 0:
        prepare_folder(folder)
    model = model.to(device).train()
    optimizers = make_optimizers(model, profile.learning_rate, profile.muon)
    peaks = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    what = _what(model, profile, steps, seed, noise)
    if data is not None:
        what["data"] = data.fingerprint()
    run = (load_checkpoint(folder, what, model, optimizers) if folder is not None else None) or Progress()
    _check_same_start(run)
    if run.step == steps:  # a finished run was found
        return Result(model.eval(), run.history, True, steps, run.seconds)
    trained = distributed.wrap(model)
    given, data, stage, monitor = data, None, None, None
    if rank == 0:
        monitor = Monitor(profile, device) if given is None else OwnMonitor(unseen, device)
    generator = torch.Generator()
    watch, saved_at = Stopwatch(run.seconds), time.monotonic()

    def save() -> None:
        _check_finite(model, run.step)
        if folder is not None and rank == 0:
            run.seconds = watch.seconds
            save_checkpoint(folder, what, model, optimizers, run)

    bar = tqdm(total=steps, initial=run.step, disable=not progress or rank != 0, desc=model.name, unit="step",
               smoothing=0.05)
    with bar, watch, Interruption() as interruption:
        for step in range(run.step, steps):
            if profile.stage(step, steps) != stage:
                stage = profile.stage(step, steps)
                # A run's time is that of its steps. Rendering may take minutes; it goes on where it stopped.
                with watch.paused(), interruption.at_once():
                    data = make_data(profile, stage.world, noise, seed, device, given)
                bar.unpause()
                if distributed.any_process(interruption.asked, device):  # while it rendered
                    break
            generator.manual_seed((seed * STRIDE + step) * world_size + rank)
            inputs = _input_views(profile, seed, step)
            views = data.draw(profile.batch // world_size, inputs + profile.target_views, generator)
            loss = training_step(trained, views, inputs, model.config, profile.queries, generator)
            for optimizer in optimizers:
                optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), profile.clip)
            share = scale(step, steps, profile.warmup)
            for optimizer, peak in zip(optimizers, peaks):
                for group, lr in zip(optimizer.param_groups, peak):
                    group["lr"] = lr * share
                optimizer.step()
            run.losses.append(loss.detach())
            run.step = step + 1
            bar.update()
            if run.step % REPORT_EVERY == 0 or run.step == steps:
                psnr = _decibels(run)
                run.losses.clear()
                if monitor is not None:
                    point = {"step": run.step, "seconds": round(watch.seconds, 2), "psnr": psnr}
                    with watch.paused():  # its first look at a world renders
                        seen = monitor.look(model, stage.world, run.step, last=run.step == steps)
                    run.history.append(point | seen)
                    bar.set_postfix_str(monitor.words(run.history[-1]))
                    if on_progress:
                        on_progress(run.history)
            if time.monotonic() - saved_at > CHECKPOINT_SECONDS:
                save()
                saved_at = time.monotonic()
            if distributed.any_process(interruption.asked or should_stop(), device):
                break
        run.seconds = watch.seconds
        save()
    return Result(model.eval(), run.history, run.step == steps, run.step, run.seconds)


def _check_run(profile: Profile, steps: int, seed: int, noise: float, world_size: int) -> None:
    """Raise InputError for numbers that make no run, before anything is rendered or built."""
    if steps < 1:
        raise InputError(f"a run of {steps} steps", "1 or more")
    if not 0 <= seed < SEEDS:
        raise InputError(f"seed {seed}", f"a number from 0 to {SEEDS - 1}")
    if not 0.0 <= noise < math.inf:
        raise InputError(f"pose noise sigma = {noise!r}", "a finite number that is 0 or more")
    if profile.batch < 1 or profile.batch % world_size:
        raise InputError(f"a batch of {profile.batch} scenes over {world_size} processes",
                         "a batch that they divide")
    fewest, most = profile.input_views
    if not 1 <= fewest <= most or profile.target_views < 1:
        raise InputError(f"{fewest} to {most} input and {profile.target_views} target views",
                         "at least one of each")
    if profile.scenes and most + profile.target_views > profile.views:
        raise InputError(f"{most} input and {profile.target_views} target views of scenes with {profile.views}",
                         "no more than there are together", "Raise `views` in the profile.")
    if profile.queries < 1:
        raise InputError(f"{profile.queries} queries of each target view", "1 or more")


def _check_data(profile: Profile, data: PictureSet) -> None:
    """Raise InputError unless pictures are of the profile's size, and windows of them have views enough."""
    if data.size != profile.model.size:
        raise InputError(f"pictures of {data.size} pixels for a profile of {profile.model.size}", "the same size",
                         f"Make them again with `rust-edu data photos --size {profile.model.size}`.")
    most = profile.input_views[1] + profile.target_views
    if data.count < most:
        raise InputError(f"scenes of {data.count} views", f"{most} or more, for this profile",
                         f"Make them again with `rust-edu data photos --views {most}`.")


def _fresh(name: str, profile: Profile, seed: int) -> SceneModel:
    """A model with weights drawn from the seed; torch's global generator is put back as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return make_model(name, profile.model)


def _what(model: SceneModel, profile: Profile, steps: int, seed: int, noise: float) -> dict:
    """What makes a run this run and no other. Not the device nor the number of processes: they may change."""
    numbers = {f"profile.{name}": value for name, value in asdict(profile).items()
               if name not in ("model", "steps")}
    return {**model.description(), **numbers, "steps": steps, "seed": seed, "noise": float(noise)}


def _check_same_start(run: Progress) -> None:
    """Raise WeightsError where the processes of a run did not find the same checkpoint."""
    if (first := distributed.from_first(run.step)) != run.step:
        raise WeightsError(f"process {distributed.rank()} found step {run.step}, process 0 step {first}",
                           "one folder that all processes share")


def _input_views(profile: Profile, seed: int, step: int) -> int:
    """How many of the views are inputs in a step.

    All processes must take the same number, so it has a generator of its own; its seeds are negative, so that
    its numbers are not those that draw the scenes.
    """
    fewest, most = profile.input_views
    generator = torch.Generator().manual_seed(-1 - (seed * STRIDE + step))
    return int(torch.randint(fewest, most + 1, (), generator=generator))


def _decibels(run: Progress) -> float:
    """The mean loss since the last point, as PSNR in dB. Raises DivergenceError unless it is finite."""
    mean = torch.stack(run.losses).mean().item()
    if not math.isfinite(mean):
        _diverged(f"the loss became {mean}", run.step)
    return round(-10.0 * math.log10(max(mean, 1e-10)), 3)


def _check_finite(model: nn.Module, step: int) -> None:
    """A checkpoint must be good: the parameters can be NaN one step before the loss is."""
    if not torch.stack([p.detach().isfinite().all() for p in model.parameters()]).all():
        _diverged("a parameter became NaN or infinite", step)


def _diverged(what: str, step: int) -> None:
    raise DivergenceError(f"{what} before step {step}", "finite numbers",
                          "Lower the learning rate of the profile; a checkpoint that was saved is good.")


def measure_step_time(profile: Profile | str, model: str, seconds: float = 2.0, device="cpu") -> float:
    """Seconds per training step on this machine: the median of real steps, on noise instead of scenes.

    Takes about `seconds`, and at least three steps.
    """
    profile = get_profile(profile) if isinstance(profile, str) else profile
    device, size, generator = torch.device(device), profile.model.size, torch.Generator().manual_seed(0)
    inputs = sum(profile.input_views) // 2
    views = inputs + profile.target_views
    images = torch.rand(profile.batch, views, size, size, 3, generator=generator)
    cameras = look_at(torch.randn(profile.batch, views, 3, generator=generator) + 3.0, torch.zeros(3))
    batch = Views(images, cameras, intrinsics(size, size, 1.0)).to(device)
    network = _fresh(model, profile, seed=0).to(device).train()
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
    """How many steps of a training fit in a time on this machine, from a measurement of a few seconds.

    No fewer than the profile's warm-up. Raises InputError for a time that is no time.
    """
    if not 0.0 < minutes < math.inf:
        raise InputError(f"{minutes} minutes of training", "a finite number above 0")
    share = replace(profile, batch=max(1, profile.batch // distributed.world_size()))  # of one process
    return max(profile.warmup, int(60.0 * minutes / measure_step_time(share, model, 4.0, device)))
