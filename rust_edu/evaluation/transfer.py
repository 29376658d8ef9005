"""The transfer test: is a latent pose a camera, or a note about the pictures it came from?

A good probe does not prove that a latent is a camera. XFactor (arXiv 2510.13063) asks for more: take the
latents of scene A, render scene B with them, and the pictures must be B from the same cameras. Here A and B
are different scenes seen by the same cameras, and the rendered pictures of B are compared with the true ones,
right halves only:

    own           B with B's own latents: what the model can do
    transferred   B with A's latents of the same cameras: as good as `own` if a latent is a camera, no more
    other_inputs  the same, but B's inputs were taken by other cameras than A's: lower if the latent is
                  relative to the input cameras, which is a frame and no fault
    random        B with A's latents of another target's camera: what is left when the camera is wrong

Public: `transfer_views`, `render_pairs`, `transfer`.
Axes: S scenes, V views, T target views.
"""

import torch
from torch import Tensor

from ..errors import InputError
from ..scenes.render import render
from ..scenes.worlds import Scenes, World, get_world, sample_cameras, sample_intrinsics, sample_scenes
from ..views import Views, half
from .metrics import psnr
from .protocol import evaluating, left_only, summary

SEED = 9005  # of the published numbers; no training or test set has it
CONDITIONS = ("own", "transferred", "other_inputs", "random")


def transfer_views(world: str, scenes: int = 100, inputs: int = 3, targets: int = 5, size: int = 32,
                   seed: int = SEED) -> tuple[Views, Views]:
    """Views A and B of `scenes` pairs of different scenes, seen by the same cameras. Rendered anew.

    V = 2 inputs + targets in both: inputs, targets, and other inputs of B, of which A has no pictures (0).
    """
    return render_pairs(get_world(world), scenes, inputs, targets, size, seed)


def render_pairs(recipe: World, scenes: int = 100, inputs: int = 3, targets: int = 5, size: int = 32,
                 seed: int = SEED) -> tuple[Views, Views]:
    """`transfer_views` of any world, also of one that has no name."""
    generator = torch.Generator().manual_seed(seed)
    a, b = (sample_scenes(recipe, scenes, generator) for _ in "AB")
    b = b.turned(a.heading - b.heading)  # A's cameras stand where B's own would
    cameras = sample_cameras(recipe, a, 2 * inputs + targets, generator)  # within A's sector; B has no say
    K, shared = sample_intrinsics(recipe, a, 2 * inputs + targets, size, generator), inputs + targets
    of_a = _render(a, cameras[:, :shared], K[:, :shared] if K.ndim == 4 else K, size)
    of_b = _render(b, cameras, K, size)
    of_a = torch.cat([of_a, torch.zeros_like(of_b[:, shared:])], dim=1)
    return Views(of_a, cameras, K), Views(of_b, cameras, K)


def _render(scenes: Scenes, cameras: Tensor, K: Tensor, size: int) -> Tensor:
    """Pictures (S, V, H, W, 3), rounded to bytes as those of a data set are."""
    return (render(scenes, cameras, K, size, size).colour * 255).round() / 255


def transfer(model, a: Views, b: Views, inputs: int = 3, batch: int = 50, seed: int = 0) -> dict[str, dict]:
    """{condition: {"mean", "stderr"}}: right-half PSNR in decibels of B under each of CONDITIONS.

    Averaged over the targets of a scene, then over scenes, with the standard error over scenes. `a` and `b`
    as `transfer_views` makes them; InputError if they are not. `seed` chooses the wrong cameras of `random`.
    """
    targets = a.count - 2 * inputs
    same = a.images.shape == b.images.shape and torch.equal(a.camera_to_world, b.camera_to_world)
    if not same or targets < 2:
        raise InputError("two sets of views that do not belong together",
                         f"the same cameras: {inputs} inputs, 2 or more targets, {inputs} other inputs of B",
                         "Make them with transfer_views.")
    generator = torch.Generator().manual_seed(seed)
    device = next(model.parameters()).device
    found: dict[str, list[Tensor]] = {name: [] for name in CONDITIONS}
    with evaluating(model):
        for start in range(0, len(a.images), batch):
            here, there = (v[start:start + batch].to(device) for v in (a, b))
            for name, value in _one_batch(model, here, there, inputs, targets, generator).items():
                found[name].append(value)
    averages = summary({name: torch.cat(values) for name, values in found.items()})
    return {name: {"mean": value["mean"], "stderr": value["stderr"]} for name, value in averages.items()}


def _one_batch(model, a: Views, b: Views, inputs: int, targets: int,
               generator: torch.Generator) -> dict[str, Tensor]:
    a_inputs, b_inputs, b_others = a[:, :inputs], b[:, :inputs], b[:, inputs + targets:]
    truth = half(b.images[:, inputs:inputs + targets], right=True)
    a_targets, b_targets = (left_only(v[:, inputs:inputs + targets]) for v in (a, b))
    latents = model.pose(a_inputs, a_targets, model.encode(a_inputs), right=False)  # (S, T, L)
    slsr = model.encode(b_inputs)
    # Rolled by 1 to T - 1 places, for each scene: always another target's camera, any of them as likely.
    shift = torch.randint(1, targets, (len(latents), 1), generator=generator)
    wrong = ((torch.arange(targets) + shift) % targets).to(latents.device)
    scene = torch.arange(len(latents), device=latents.device)[:, None]
    pictures = {
        "own": model.render(model.pose(b_inputs, b_targets, slsr, right=False), slsr),
        "transferred": model.render(latents, slsr),
        "other_inputs": model.render(latents, model.encode(b_others)),
        "random": model.render(latents[scene, wrong], slsr),
    }
    return {name: psnr(half(picture, right=True), truth) for name, picture in pictures.items()}
