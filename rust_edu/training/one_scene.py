"""One scene, one network: a NeRF fitted to the views of a single scene, with cameras that are told or learned.

A step takes random pixels of all views, asks the field what their rays see, and takes the mean squared error. With
`learn_cameras` the same error corrects the cameras too (NeRF--). What a fit draws depends only on its seed.

Held-out views are measured as everywhere in the course: on the right half. Where cameras are learned, field and cameras
may drift together, which no training picture can tell, so a true camera is no longer the field's own camera: NeRF--
fits the camera of a test view too, with the field frozen. `refine_cameras` does so on the left half, which every method
may see.

Public: `fit_scene`, `SceneFit`, `refine_cameras`, `right_half_psnr`, `config_for`.
Axes: V views, N rays, M pixels, H W the picture.
"""

import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..cameras import check_cameras, check_intrinsics, pixel_centres, pixel_rays
from ..errors import DivergenceError, InputError
from ..evaluation.metrics import psnr
from ..models.nerf import LearnedCameras, NeRF, NeRFConfig
from ..scenes.worlds import World
from ..views import Views, half
from .interruption import Interruption

STEPS = 1000
RAYS = 192  # a step
RATE, DECAY = 5e-3, 0.1  # Adam's learning rate, and what is left of it at the end (exponentially, as in NeRF)
CAMERA_RATE = 1e-2  # of rotation vectors (radians) and translations (units); of `benchmarks/one_scene.py` the best
REFINE_STEPS = 100  # of cameras alone, when the field is good already
COARSE_TO_FINE = (0.1, 0.5)  # shares of the steps between which BARF's octaves fade in, as in its experiments
REPORT_EVERY = 25  # steps between points of the curve
LOOK_EVERY = 100  # steps between looks at held-out views, which cost as much as several steps
SEEDS = 2**32  # seeds are below this
# Rays begin so far before the world's middle, for the camera that is nearest to it, and end so far behind it, for the
# one that is furthest: objects fit between, and the floor as far as it matters.
FRONT, BEHIND = 1.7, 3.2


@dataclass
class SceneFit:
    """A NeRF of one scene and how it came about; while it is being fitted, how far it is."""

    field: NeRF
    camera_to_world: Tensor  # (V, 4, 4) of the views it was fitted to: as told, or as learned
    alpha: float | None = None  # octaves shown so far, see `octave_weights`; None: all
    history: list[dict] = dataclasses.field(default_factory=list)  # points: step, seconds, psnr, at some val_psnr (dB)
    finished: bool = False  # still False at the end if it was stopped
    steps: int = 0  # done
    seconds: float = 0.0

    def pictures(self, camera_to_world: Tensor, K: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
        """Pictures (V, H, W, 3) and depth (V, H, W) from cameras (V, 4, 4): see `NeRF.pictures`."""
        return self.field.pictures(camera_to_world, K, height, width, self.alpha)


def config_for(world: World, config: NeRFConfig | None = None) -> NeRFConfig:
    """The same NeRF with rays that begin and end where the scenes of this world do."""
    near, far = world.distance
    return replace(config or NeRFConfig(), near=round(near - FRONT, 3), far=round(far + BEHIND, 3))


@torch.enable_grad()
def fit_scene(views: Views, model: NeRF | NeRFConfig | None = None, *, steps: int = STEPS, seed: int = 0,
              learn_cameras: bool = False, coarse_to_fine: bool = False, camera_rate: float = CAMERA_RATE,
              held_out: Views | None = None, progress: bool = True,
              on_progress: Callable[[SceneFit], None] | None = None,
              should_stop: Callable[[], bool] = lambda: False) -> SceneFit:
    """Fit a NeRF to the views (1, V) of one scene.

    model: a NeRF to train or to go on with, or the configuration of a new one. learn_cameras: those of the views are
    only where the learned ones start from, with `camera_rate` as their learning rate. coarse_to_fine: octaves fade in,
    as in BARF. held_out: other views (1, T) of the scene, looked at now and then with the cameras they say.
    on_progress: called with the fit at every new point of the curve, to draw it or a picture. should_stop: asked after
    every step; it, or Ctrl-C, ends the fit after the step at hand, with finished = False.

    Raises InputError for views of no or several scenes, pictures or cameras that are none, and numbers that make no
    fit; DivergenceError on NaN. torch's global random state is left as it was.
    """
    _check(views, steps, seed, camera_rate)
    generator = torch.Generator().manual_seed(seed)
    nerf = model if isinstance(model, NeRF) else _fresh(model, seed, views.images.device)
    start = views.camera_to_world[0]
    cameras = LearnedCameras(start) if learn_cameras else None
    pixels = _Pixels(views)
    groups = [{"params": list(nerf.parameters()), "lr": RATE}]
    if cameras is not None:
        groups.append({"params": list(cameras.parameters()), "lr": camera_rate})
    optimizer = _Descent(groups, steps)
    fit, errors = SceneFit(nerf, start), []
    started = time.monotonic()
    with tqdm(total=steps, disable=not progress, desc="nerf", unit="step") as bar, Interruption() as interruption:
        while fit.steps < steps:
            if coarse_to_fine:
                first, last = COARSE_TO_FINE
                fit.alpha = (fit.steps / steps - first) / (last - first) * nerf.config.octaves
            loss = pixels.error(nerf, start if cameras is None else cameras(), RAYS, generator, fit.alpha)
            optimizer.step(loss)
            errors.append(loss.detach())
            fit.steps += 1
            bar.update()
            fit.finished = fit.steps == steps
            stop = should_stop() or interruption.asked
            if fit.steps % REPORT_EVERY == 0 or fit.finished or stop:
                if cameras is not None:
                    fit.camera_to_world = cameras().detach()
                fit.seconds = time.monotonic() - started
                point = {"step": fit.steps, "seconds": round(fit.seconds, 2), "psnr": _decibels(errors, fit.steps)}
                if held_out is not None and (fit.steps % LOOK_EVERY == 0 or fit.finished):
                    point["val_psnr"] = round(right_half_psnr(fit, held_out), 3)
                fit.history.append(point)
                bar.set_postfix_str(", ".join(f"{words} {point[key]:.1f} dB" for key, words in
                                              (("psnr", "train"), ("val_psnr", "unseen")) if key in point))
                errors.clear()
                if on_progress:
                    on_progress(fit)
            if stop:
                break
    return fit


@torch.enable_grad()
def refine_cameras(nerf: NeRF, views: Views, *, steps: int = REFINE_STEPS, seed: int = 0,
                   camera_rate: float = CAMERA_RATE) -> Tensor:
    """Cameras (V, 4, 4) from which the field, which stays as it is, shows the LEFT halves of the views (1, V) best.

    They start from the views' own. Errors as in `fit_scene`.
    """
    _check(views, steps, seed, camera_rate)
    generator = torch.Generator().manual_seed(seed)
    cameras, pixels = LearnedCameras(views.camera_to_world[0]), _Pixels(views, left_only=True)
    optimizer = _Descent([{"params": list(cameras.parameters()), "lr": camera_rate}], steps)
    for _ in range(steps):
        optimizer.step(pixels.error(nerf, cameras(), RAYS, generator, None))
    return cameras().detach()


def right_half_psnr(fit: SceneFit, views: Views) -> float:
    """PSNR in dB of the right halves of views (1, V), from the cameras they say: the mean over pictures."""
    predicted, _ = fit.pictures(views.camera_to_world[0], views.K, *views.images.shape[2:4])
    return float(psnr(half(predicted, right=True), half(views.images[0], right=True)).mean())


class _Pixels:
    """All pixels of the views (1, V) of a scene that may be looked at, to draw from."""

    def __init__(self, views: Views, left_only: bool = False) -> None:
        V, H, W = views.images.shape[1:4]
        device, self.K = views.images.device, views.K
        wide = W // 2 if left_only else W
        self.colour = views.images[0, :, :, :wide].reshape(-1, 3)  # (M, 3), M = V H wide
        self.position = pixel_centres(H, W, device=device)[:, :wide].reshape(-1, 2).repeat(V, 1)  # (M, 2)
        self.view = torch.arange(V, device=device).repeat_interleave(H * wide)  # (M,)

    def error(self, nerf: NeRF, camera_to_world: Tensor, rays: int, generator: torch.Generator,
              alpha: float | None) -> Tensor:
        """The mean squared error of the colours of `rays` random pixels, seen from cameras (V, 4, 4)."""
        chosen = torch.randint(len(self.colour), (rays,), generator=generator).to(self.colour.device)
        origins, directions = pixel_rays(camera_to_world[self.view[chosen]], self.K, self.position[chosen, None])
        seen = nerf.render(origins[:, 0], directions[:, 0], generator, alpha)
        return nn.functional.mse_loss(seen.colour, self.colour[chosen])


class _Descent:
    """Adam, whose learning rates fall exponentially to DECAY of what they were; for some of the parameters of a loss.

    Only for these are gradients computed: with a frozen field, those of the cameras alone.
    """

    def __init__(self, groups: list[dict], steps: int) -> None:
        self.parameters = [p for group in groups for p in group["params"]]
        self.adam = torch.optim.Adam(groups)
        self.schedule = torch.optim.lr_scheduler.ExponentialLR(self.adam, DECAY ** (1.0 / steps))

    def step(self, loss: Tensor) -> None:
        for parameter, gradient in zip(self.parameters, torch.autograd.grad(loss, self.parameters)):
            parameter.grad = gradient
        self.adam.step()
        self.schedule.step()


def _fresh(config: NeRFConfig | None, seed: int, device) -> NeRF:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return NeRF(config).to(device)


def _decibels(errors: list[Tensor], step: int) -> float:
    mean = torch.stack(errors).mean().item()
    if not math.isfinite(mean):
        raise DivergenceError(f"the loss became {mean} before step {step}", "finite numbers",
                              "Lower the learning rate, or look for NaN in the field.")
    return round(-10.0 * math.log10(max(mean, 1e-10)), 3)


def _check(views: Views, steps: int, seed: int, camera_rate: float) -> None:
    if views.images.ndim != 5 or views.images.shape[0] != 1 or 0 in views.images.shape:
        raise InputError(f"pictures of shape {tuple(views.images.shape)}", "the views of one scene, (1, V, H, W, 3)",
                         "Cut one scene out with `views[3:4]`.")
    low, high = (float(v) for v in views.images.aminmax())
    if not (low >= 0.0 and high <= 1.0):  # written so that NaN fails too
        raise InputError(f"pictures with values from {low:.4g} to {high:.4g}", "display RGB in [0, 1]",
                         "Divide bytes by 255.")
    if views.camera_to_world.shape[:2] != views.images.shape[:2]:
        raise InputError(f"{views.images.shape[1]} pictures with cameras of shape "
                         f"{tuple(views.camera_to_world.shape)}", "one camera for each picture")
    check_cameras(views.camera_to_world)
    check_intrinsics(views.K)
    if views.K.shape != (3, 3):
        raise InputError("views with intrinsics of their own", "a world whose cameras share one focal length")
    if steps < 1:
        raise InputError(f"a fit of {steps} steps", "1 or more")
    if not 0 <= seed < SEEDS:
        raise InputError(f"seed {seed}", f"a number from 0 to {SEEDS - 1}")
    if not 0.0 < camera_rate < math.inf:
        raise InputError(f"a learning rate of {camera_rate} for cameras", "a finite number above 0")
