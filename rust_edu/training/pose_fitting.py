"""Fitting pose readers, on latents that are computed once and kept in memory; and the same parts, trained on labels.

The labels that a reader costs are those of all scenes it is given: `linear` and `constant` are fitted on all of them,
in closed form; `mlp` and `attention` keep a fifth of them (one or more) to stop early by. The loss of a pair is the
squared error of its rotation matrix and of its translation, each in units of its variance over all pairs: the mean of
two (1 - R2). RUST stays as it is: only the reader learns. `fit_labelled` is the exception, and the comparison: encoder,
pose estimator and reader from scratch, on pictures and cameras alone.

Public: `fit_reader`, `fit_labelled`, `some_scenes`.
Axes: S scenes, T target views, P = T (T - 1) ordered pairs of them, L numbers in a latent pose, K tokens of width D.
"""

import copy
import math
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..datasets import SceneSet
from ..errors import InputError
from ..evaluation.camera_error import ordered_pairs, relative_cameras
from ..evaluation.explicit_pose import Posed, encode_scenes
from ..evaluation.protocol import INPUTS, TARGETS, evaluating
from ..models.config import ModelConfig
from ..models.pose_reader import LabelledPoses, PoseReader, ReaderConfig, to_answer
from .loop import scale
from .optimizer import make_optimizers

RIDGE = 1.0  # on standardised features, as in `probes`
HELD_OUT = 0.2  # share of the scenes that early stopping looks at
CHECK_EVERY = 100  # steps between two looks at them
PATIENCE = 6  # looks without a new best before a run stops
BATCH, PAIRS = 32, 10  # scenes in a step of a reader, pairs of targets in each
LABELLED_BATCH = 16  # the same from scratch: as many as RUST's own trainings
LEARNING_RATE, MUON = 1.4e-3, 0.014  # as RUST's own trainings
WARMUP, CLIP = 100, 1.0


def fit_reader(kind: str | ReaderConfig, posed: Posed, *, seed: int = 0, steps: int = 3000) -> tuple[PoseReader, dict]:
    """A reader fitted on these scenes, and the record of it, as plain JSON.

    kind: one of KINDS, or a configuration (of the latents' width, or it is refused). The seed decides the start, the
    order of scenes, and which are held out; `constant` and `linear` do not use it. The network that is returned is the
    one with the least loss on the scenes held out. Raises InputError for fewer than two scenes or two targets, NaN, or
    a number of steps below 1.
    """
    _check(posed, steps)
    config = kind if isinstance(kind, ReaderConfig) else ReaderConfig(
        kind, latent=posed.z.shape[2], context=posed.slsr.shape[2], width=128 if kind == "mlp" else 64)
    if config.latent != posed.z.shape[2] or (config.kind == "attention" and config.context != posed.slsr.shape[2]):
        raise InputError(f"a reader of {config.latent} latent numbers and tokens of {config.context}",
                         f"{posed.z.shape[2]} and {posed.slsr.shape[2]}, as in what it is to read")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        reader = PoseReader(config)
    started = time.monotonic()
    generator = torch.Generator().manual_seed(seed)
    closed = config.kind in ("constant", "linear")
    kept = posed if closed else posed[(order := torch.randperm(len(posed), generator=generator))[_held_out(posed):]]
    first, second, truth = kept.pairs()
    reader.standardise(kept.z.flatten(0, 1), truth.flatten(0, 1))
    if config.kind == "linear":
        _ridge(reader, torch.cat([first, second], dim=-1).flatten(0, 1), truth.flatten(0, 1))
    found: dict = {}
    if not closed:
        other = posed[order[:_held_out(posed)]]
        spread = _spread(truth)

        def one_step(generator: torch.Generator) -> Tensor:
            some = torch.randint(len(kept), (BATCH,), generator=generator)
            which = torch.randperm(truth.shape[1], generator=generator)[:PAIRS]
            read = reader(first[some][:, which], second[some][:, which], kept.slsr[some])
            return _loss(read, truth[some][:, which], spread)

        def look() -> float:
            a, b, true = other.pairs()
            return float(_loss(reader(a, b, other.slsr), true, spread))

        found = _descend(reader, 0.0, one_step, look, steps, generator)
    return reader.eval(), {"kind": config.kind, "scenes": len(posed), "targets": posed.z.shape[1], "seed": seed,
                           **found, "seconds": round(time.monotonic() - started, 1)}


def fit_labelled(config: ModelConfig, scenes: SceneSet, *, seed: int = 0, steps: int = 6000, inputs: int = INPUTS,
                 targets: int = TARGETS) -> tuple[LabelledPoses, dict]:
    """Encoder, pose estimator and reader trained from scratch on the cameras of these scenes, and the record of it.

    As RUST is trained (random views, left or right halves, the same optimisers), but for the loss. Early stopping as in
    `fit_reader`, which also says what is raised.
    """
    if len(scenes) < 2 or steps < 1:
        raise InputError(f"{steps} steps on {len(scenes)} scenes", "1 step or more on 2 scenes or more")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = LabelledPoses(config)
    started = time.monotonic()
    generator = torch.Generator().manual_seed(seed)
    order, held = torch.randperm(len(scenes), generator=generator), _held_out(scenes)
    other, kept = (some_scenes(scenes, which) for which in (order[:held], order[held:]))
    i, j = ordered_pairs(targets)
    every = relative_cameras(kept.camera_to_world)
    model.reader.standardise(torch.zeros(2, config.latent), every.flatten(0, 1))
    model.reader.latent_scale.fill_(1.0)  # latents are not given: they will be what suits the reader
    spread = _spread(every)

    def one_step(generator: torch.Generator) -> Tensor:
        seen, asked = kept.draw(LABELLED_BATCH, inputs + targets, generator).split(inputs)
        right = torch.rand(asked.images.shape[:2], generator=generator) < 0.5
        slsr = model.encode(seen)
        z = model.pose(seen, asked, slsr, right)
        return _loss(model.reader(z[:, i], z[:, j], slsr), relative_cameras(asked.camera_to_world), spread)

    def look() -> float:
        posed = encode_scenes(model, other, inputs)
        a, b, true = posed.pairs()
        return float(_loss(model.reader(a, b, posed.slsr), true, spread))

    found = _descend(model, MUON, one_step, look, steps, generator)
    return model.eval(), {"kind": model.name, "scenes": len(scenes), "targets": targets, "seed": seed,
                          **found, "seconds": round(time.monotonic() - started, 1)}


# ---- What the fits share


def some_scenes(scenes: SceneSet, which: Tensor) -> SceneSet:
    """The scenes of these indices, in memory: without the files of what was rendered."""
    K = scenes.K[which] if scenes.K.ndim == 4 else scenes.K
    return SceneSet(scenes.images[which], scenes.camera_to_world[which], scenes.world, [], K)


def _check(posed: Posed, steps: int) -> None:
    shapes = tuple(tuple(t.shape) for t in (posed.z, posed.slsr, posed.cameras))
    if posed.z.ndim != 3 or len({shape[0] for shape in shapes}) != 1 or len(posed) < 2 or steps < 1:
        raise InputError(f"{steps} steps on latents, scene representations and cameras of shapes {shapes}",
                         "1 step or more on (S, T, L), (S, K, D) and (S, T, 4, 4), S and T 2 or more")
    if not all(torch.isfinite(t).all() for t in (posed.z, posed.slsr, posed.cameras)):
        raise InputError("latents, scene representations or cameras with NaN or infinity", "finite numbers",
                         "Did the training of the model diverge?")


def _held_out(scenes) -> int:
    return max(1, round(HELD_OUT * len(scenes)))


def _spread(truth: Tensor) -> tuple[Tensor, Tensor]:
    """Variances of the rotation matrices and of the translations of poses (..., 4, 4), each summed over entries."""
    return tuple(part.flatten(0, -1 - depth).var(0, correction=0).sum().clamp(min=1e-12)
                 for part, depth in ((truth[..., :3, :3], 2), (truth[..., :3, 3], 1)))


def _loss(read: Tensor, truth: Tensor, spread: tuple[Tensor, Tensor]) -> Tensor:
    """The mean over pairs of both squared errors, each over its variance: the mean of two (1 - R2)."""
    square = (read - truth).square()
    rotation, translation = square[..., :3, :3].sum((-2, -1)), square[..., :3, 3].sum(-1)
    return 0.5 * (rotation / spread[0] + translation / spread[1]).mean()


def _ridge(reader: PoseReader, latents: Tensor, poses: Tensor) -> None:
    """Set the weights of a linear reader to those of ridge regression from latents (M, 2 L) to poses (M, 4, 4)."""
    with torch.no_grad():
        double = (reader.latent_mean.repeat(2), reader.latent_scale.repeat(2))
        x = ((latents - double[0]) / double[1]).double()
        y = ((to_answer(poses) - reader.answer_mean) / reader.answer_scale).double()
        x_mean, y_mean = x.mean(0), y.mean(0)
        x, y = x - x_mean, y - y_mean  # the constant term is not shrunk
        weights = torch.linalg.solve(x.T @ x + RIDGE * torch.eye(x.shape[1]).double(), x.T @ y)  # (2 L, 9)
        reader.network.weight.copy_(weights.T)
        reader.network.bias.copy_(y_mean - x_mean @ weights)


def _descend(module: nn.Module, muon: float, one_step: Callable[[torch.Generator], Tensor],
             look: Callable[[], float], steps: int, generator: torch.Generator) -> dict:
    """Train a module, stop early, and leave it with the weights that `look` (a loss on scenes held out) found best."""
    optimizers = make_optimizers(module, LEARNING_RATE, muon)
    peaks = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    best, best_step, weights, curve = math.inf, 0, copy.deepcopy(module.state_dict()), []
    for step in range(steps):
        module.train()
        loss = one_step(generator)
        for optimizer, lrs in zip(optimizers, peaks):
            optimizer.zero_grad(set_to_none=True)
            for group, lr in zip(optimizer.param_groups, lrs):
                group["lr"] = lr * scale(step, steps, WARMUP)
        loss.backward()
        nn.utils.clip_grad_norm_(module.parameters(), CLIP)
        for optimizer in optimizers:
            optimizer.step()
        if (step + 1) % CHECK_EVERY == 0 or step + 1 == steps:
            with evaluating(module):
                held = look()
            curve.append({"step": step + 1, "loss": round(loss.item(), 5), "held_out": round(held, 5)})
            if held < best:
                best, best_step, weights = held, step + 1, copy.deepcopy(module.state_dict())
            elif step + 1 - best_step >= PATIENCE * CHECK_EVERY:
                break
    module.load_state_dict(weights)
    return {"steps": step + 1, "best_step": best_step, "held_out_loss": round(best, 5), "curve": curve}
