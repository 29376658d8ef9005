"""How much of the transfer test's loss is a matter of frames: of what a latent pose counts from.

    python -m benchmarks.frames

Latents of scene A are used in scene B, as in `rust_edu.evaluation.transfer`. In the world `sector` light and floor turn
away from a scene's own direction by up to 15 degrees. A latent that counts angles from the light means another camera
where the light comes from elsewhere. The first table makes the test in worlds where they turn by less, and by more. The
second corrects the frame: both scenes have inputs from the same cameras, so the latents of A are moved by what those of
the inputs differ by in the mean.
"""

from dataclasses import replace

import torch

from rust_edu.evaluation.metrics import psnr
from rust_edu.evaluation.protocol import INPUTS, TARGETS, left_only
from rust_edu.evaluation.transfer import render_pairs, transfer, transfer_views
from rust_edu.models import RUST
from rust_edu.models.weights import load_weights, shipped_weights
from rust_edu.scenes.worlds import get_world
from rust_edu.views import Views, half

SWINGS, PAIRS = (0.0, 7.5, 15.0, 30.0), 60
STEPS = {"laptop-short": "3,000 steps", "laptop": "10,000 steps", "laptop-long": "30,000 steps"}
CORRECTED = (*STEPS, "fine", "relative")


def lost_at(swing: float, models: list[RUST]) -> list[float]:
    """Decibels that the transfer test costs each model where light and floor turn by up to `swing` degrees."""
    a, b = render_pairs(replace(get_world("sector"), swing=swing), PAIRS)
    found = [transfer(model, a, b) for model in models]
    return [one["own"]["mean"] - one["transferred"]["mean"] for one in found]


@torch.no_grad()
def corrected(model: RUST, a: Views, b: Views) -> tuple[float, float, float]:
    """Right-half PSNR of B with its own latents, with A's, and with A's after the frame has been corrected."""
    truth = half(b.images[:, INPUTS:INPUTS + TARGETS], right=True)
    slsr = model.encode(b[:, :INPUTS])
    of_a, of_b = (model.pose(v[:, :INPUTS], left_only(v[:, :INPUTS + TARGETS]), model.encode(v[:, :INPUTS]))
                  for v in (a, b))
    moved = (of_b - of_a)[:, :INPUTS].mean(1, keepdim=True)
    pictures = (model.render(z[:, INPUTS:], slsr) for z in (of_b, of_a, of_a + moved))
    return tuple(float(psnr(half(picture, right=True), truth).mean()) for picture in pictures)


def main() -> None:
    models = [load_weights(shipped_weights("rust", name))[0] for name in STEPS]
    print("| light and floor turn by up to | " + " | ".join(STEPS.values()) + " |")
    print("|---|" + "---:|" * len(STEPS))
    for swing in SWINGS:
        print(f"| {swing:g}° | " + " | ".join(f"{value:.2f}" for value in lost_at(swing, models)) + " |")
    a, b = transfer_views("sector")
    print("\n| PSNR of B (dB) | own latents | A's | A's, counted from the inputs | lost | lost |")
    print("|---|---:|---:|---:|---:|---:|")
    for name in CORRECTED:
        own, other, better = corrected(load_weights(shipped_weights("rust", name))[0], a, b)
        print(f"| rust-{name} | {own:.2f} | {other:.2f} | {better:.2f} | {own - other:.2f} | {own - better:.2f} |")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
