"""RUST without its keyhole: what notebook 07 breaks, trained for real.

`FullView` has the weights of RUST, name by name and of the same shapes, but two things are different: the pose
estimator sees the whole target, and its tokens are not averaged. Eight numbers for every patch come out, where RUST
has eight for the picture, and a query gets those of its own patch. So what the target shows has a way around the scene,
and training takes it.

    python -m rust_edu.course.exercises.e07.full_view --steps 1000     makes data/weights/rust-laptop-cheat.safetensors

Public: `FullView`, `train`, `NAME`.
"""

import argparse
import json
import platform

import numpy
import torch
from torch import Tensor

from .... import __version__
from ....models import RUST
from ....models.layers import fourier_features
from ....models.weights import save_weights, shipped_weights
from ....paths import whole_file
from ....training.loop import Result, fit
from ....training.profiles import get_profile
from ....training.record import hardware
from ....views import Views, half

NAME = "laptop-cheat"  # its weights are data/weights/rust-laptop-cheat.safetensors


class FullView(RUST):
    """RUST whose pose estimator sees whole targets and passes on every token: latents (B, T, P, latent)."""

    name = "full-view"

    def pose(self, inputs: Views, targets: Views, slsr: Tensor, right: Tensor | bool = False) -> Tensor:
        """Latents (B, T, P, latent) of all patches of the targets, row by row. `right` makes no difference."""
        estimator, sides = self.pose_estimator, []
        for side in (0, 1):
            picture = half(targets.images, bool(side))
            tokens = estimator.stem(2.0 * picture.flatten(0, 1) - 1.0).unflatten(0, picture.shape[:2])
            sides.append(tokens + estimator.position[side])  # (B, T, P / 2, D)
        x = torch.cat(sides, dim=2)
        for block in estimator.blocks:
            x = block(x, slsr)
        rows = self.config.size // self._patch
        latents = estimator.latent(estimator.norm(x))  # of the left half, row by row, then of the right half
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


def train(steps: int, seed: int = 0) -> Result:
    """Train FullView as the laptop profile trains RUST, only shorter."""
    profile = get_profile("laptop")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = FullView(profile.model)
    return fit(model, profile, steps=steps, seed=seed)


def ship(result: Result, steps: int, seed: int) -> None:
    """Write weights (as RUST's: they are its own, name by name) and curve to where shipped ones are."""
    model = RUST(result.model.config)
    model.load_state_dict(result.model.state_dict())
    record = {
        "command": f"python -m rust_edu.course.exercises.e07.full_view --steps {steps} --seed {seed}",
        "profile": "laptop", "world": "sector", "steps": steps, "seed": seed, "noise": 0.0,
        "seconds": round(result.seconds, 1), "hardware": hardware(torch.device("cpu")),
        "versions": {"rust_edu": __version__, "python": platform.python_version(), "torch": torch.__version__,
                     "numpy": numpy.__version__},
    }
    path = shipped_weights("rust", NAME)
    save_weights(path, model, record)
    with whole_file(path.with_suffix(".curve.json")) as temporary:
        temporary.write_text(json.dumps(result.history))


def main() -> None:
    parser = argparse.ArgumentParser(description="Train RUST without its keyhole, and ship the weights.")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    result = train(arguments.steps, arguments.seed)
    if result.finished:
        ship(result, arguments.steps, arguments.seed)


if __name__ == "__main__":
    main()
