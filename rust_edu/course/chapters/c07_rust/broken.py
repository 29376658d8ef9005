"""RUST broken on purpose: what notebooks 07 and 08 take apart, trained for real.

All have the weights of RUST, name by name, so that they load into what a reader builds.

| weights | model | steps | what is different |
| --- | --- | ---: | --- |
| rust-laptop-short | `RUST` | 3,000 | nothing: for comparison with the next three |
| rust-laptop-latent1 | `RUST` | 3,000 | one number of latent pose |
| rust-laptop-blind | `Blind` | 3,000 | the pose estimator is given no scene to compare with |
| rust-laptop-whole | `WholeView` | 3,000 | the pose estimator sees the whole target |
| rust-laptop-cheat | `FullView` | 1,000 | it sees the whole target, and all of its tokens are passed on |

    python -m rust_edu.course.chapters.c07_rust.broken laptop-blind --steps 3000

makes data/weights/rust-laptop-blind.safetensors.

Public: `Blind`, `WholeView`, `FullView`, `VARIANTS`, `train`, `ship`.
"""

import argparse
import json
import platform
from dataclasses import replace

import numpy
import torch
from torch import Tensor

from .... import __version__
from ....models import RUST, ModelConfig
from ....models.layers import fourier_features
from ....models.weights import save_weights, shipped_weights
from ....paths import kept_folder, whole_file
from ....training.loop import Result, fit
from ....training.profiles import get_profile
from ....training.record import hardware
from ....views import Views, half


class Blind(RUST):
    """RUST whose pose estimator looks at half a target and at nothing else: where the scene was, there are zeros."""

    name = "blind"

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Tensor:
        return super().pose(inputs, targets, torch.zeros_like(slsr), right)


class WholeView(RUST):
    """RUST whose pose estimator sees whole targets. The latent stays narrow: one mean, as many numbers as RUST's."""

    name = "whole-view"

    def tokens(self, targets: Views, slsr: Tensor) -> Tensor:
        """Tokens (B, T, P, D) of both halves, the left half's first, after the layers of the pose estimator."""
        estimator, sides = self.pose_estimator, []
        for side in (0, 1):
            picture = half(targets.images, bool(side))
            tokens = estimator.stem(2.0 * picture.flatten(0, 1) - 1.0).unflatten(0, picture.shape[:2])
            sides.append(tokens + estimator.position[side])  # (B, T, P / 2, D)
        x = torch.cat(sides, dim=2)
        for block in estimator.blocks:
            x = block(x, slsr)
        return estimator.norm(x)

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Tensor:
        """Latents (B, T, latent). `right` makes no difference."""
        return self.pose_estimator.latent(self.tokens(targets, slsr).mean(dim=-2))


class FullView(WholeView):
    """RUST without its keyhole: the pose estimator sees whole targets and passes on every token.

    Eight numbers for every patch come out, where RUST has eight for the picture, and a query gets those of its own
    patch. So what the target shows has a way around the scene, and training takes it.
    """

    name = "full-view"

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Tensor:
        """Latents (B, T, P, latent) of all patches of the targets, row by row. `right` makes no difference."""
        latents = self.pose_estimator.latent(self.tokens(targets, slsr))
        rows = self.config.size // self._patch
        return latents.unflatten(2, (2, rows, rows // 2)).transpose(2, 3).flatten(2, 4)

    def queries(self, pose: Tensor, positions: Tensor) -> Tensor:
        """The latent of the patch that a position (N, 2) lies in, beside the features of the position."""
        column, row = (positions // self._patch).long().unbind(-1)
        own = pose[:, :, row * (self.config.size // self._patch) + column]  # (B, T, N, latent)
        features = fourier_features(2.0 * positions / self.config.size - 1.0, self.config.pixel_octaves, start=-1)
        return torch.cat([own, features.expand(*own.shape[:3], -1)], dim=-1)

    @property
    def _patch(self) -> int:
        return self.config.pose_patch or self.config.patch


def _one_number(config: ModelConfig) -> RUST:
    return RUST(replace(config, latent=1))


VARIANTS = {
    "laptop-short": RUST,
    "laptop-latent1": _one_number,
    "laptop-blind": Blind,
    "laptop-whole": WholeView,
    "laptop-cheat": FullView,
}


def train(variant: str, steps: int, seed: int = 0) -> Result:
    """Train a variant as the laptop profile trains RUST, only shorter."""
    profile = get_profile("laptop")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = VARIANTS[variant](profile.model)
    return fit(model, profile, steps=steps, seed=seed)


def ship(result: Result, variant: str, seed: int) -> None:
    """Write weights (as RUST's: they are its own, name by name) and curve to where shipped ones are."""
    model = RUST(result.model.config)
    model.load_state_dict(result.model.state_dict())
    record = {
        "command": f"python -m rust_edu.course.chapters.c07_rust.broken {variant} --steps {result.steps} --seed {seed}",
        "profile": "laptop", "world": "sector", "steps": result.steps, "seed": seed, "noise": 0.0,
        "seconds": round(result.seconds, 1), "hardware": hardware(torch.device("cpu")),
        "versions": {"rust_edu": __version__, "python": platform.python_version(), "torch": torch.__version__,
                     "numpy": numpy.__version__},
    }
    path = kept_folder() / "weights" / shipped_weights("rust", variant).name
    save_weights(path, model, record)
    with whole_file(path.with_suffix(".curve.json")) as temporary:
        temporary.write_text(json.dumps(result.history))


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a broken RUST, and ship its weights.")
    parser.add_argument("variant", choices=VARIANTS)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    result = train(arguments.variant, arguments.steps, arguments.seed)
    if result.finished:
        ship(result, arguments.variant, arguments.seed)


if __name__ == "__main__":
    main()
