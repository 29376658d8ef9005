"""What RUST lacks beside SRT with true cameras: data, a better decoder, or a better pose?

`python -m benchmarks.gap` prints right-half PSNR for each shipped pair of models:

    seen      on scenes of the training set: far above the held-out ones if the model had learned them by heart
    held out  the published protocol's first choice of views: RUST's pose comes from the left half
    right     RUST again, its pose from the right half, which is scored: no evaluation, but what a pose that fits the
              scored pixels would be worth. An upper bound: such a latent may also carry some of their colours

Public: `main`.
"""

import torch

from rust_edu import RUST, SRT
from rust_edu.datasets import load_or_make
from rust_edu.evaluation.metrics import psnr
from rust_edu.evaluation.protocol import INPUTS, TARGETS, evaluate_views, shuffled_views
from rust_edu.evaluation.report import test_scenes
from rust_edu.training.profiles import get_profile
from rust_edu.views import Views, half

NAMES = ("laptop", "laptop-long", "fine")


def score(model, views: Views) -> float:
    return float(evaluate_views(model, views, INPUTS, TARGETS, metrics=("psnr",))["psnr"].mean())


@torch.no_grad()
def with_right_halves(model: RUST, views: Views) -> float:
    """Right-half PSNR where each latent pose was read from the right half."""
    inputs, targets = views.split(INPUTS, TARGETS)
    slsr = model.encode(inputs)
    pictures = model.render(model.pose(inputs, targets, slsr, right=True), slsr)
    return float(psnr(half(pictures, right=True), half(targets.images, right=True)).mean())


def main() -> None:
    laptop = get_profile("laptop")
    seen = load_or_make(laptop.world, laptop.scenes, laptop.views, laptop.model.size).views(slice(0, 200))
    held_out = shuffled_views(test_scenes(laptop.world), seed=0)
    print(f"{'PSNR (dB)':18}{'seen':>8}{'held out':>10}{'right':>8}")
    for name in NAMES:
        for kind in (RUST, SRT):
            model = kind.from_pretrained(name)
            right = f"{with_right_halves(model, held_out):8.2f}" if kind is RUST else ""
            print(f"{model.name + '-' + name:18}{score(model, seen):8.2f}{score(model, held_out):10.2f}{right}")


if __name__ == "__main__":
    main()
