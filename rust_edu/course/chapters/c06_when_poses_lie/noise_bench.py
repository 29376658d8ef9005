"""What the pose-noise dial computes: the same new views, predicted by SRT, UpSRT and RUST with cameras that are wrong.

The noise is that of `cameras.perturb`, one drawn error for each camera that grows with sigma: turn the dial, and every
camera moves farther along its own way. RUST is given no camera, so its picture cannot change.
Public: `NoiseBench`, `Outcome`, `MODELS_SHOWN`, `TRAININGS`.
Axes: V views, T target views, H W pixels.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ....cameras import perturb
from ....errors import InputError
from ....evaluation.metrics import psnr
from ....evaluation.protocol import INPUTS, evaluating, left_only
from ....models.weights import load_weights, shipped_weights
from ....views import half
from ....widgets.places import Place

MODELS_SHOWN = ("srt", "upsrt", "rust")
TRAININGS = {"laptop": "trained with true cameras", "laptop-noise0.1": "trained with cameras of \u03c3 = 0.1"}
MOST = 0.3  # sigma; beyond it there is nothing left to lose


@dataclass(frozen=True)
class Outcome:
    """The prediction of one model: a picture, and decibels of the right half."""

    picture: Tensor  # (H, W, 3) in [0, 1], of the target that was asked for
    psnr: float  # of that picture
    mean_psnr: float  # over all targets of the scene


class NoiseBench:
    """Predictions of one scene's targets under camera noise. `enter` a place first.

    Raises WeightsError if shipped weights are missing.
    """

    def __init__(self) -> None:
        self.models = {name: {training: load_weights(shipped_weights(name, training))[0] for training in TRAININGS}
                       for name in MODELS_SHOWN if name != "rust"}
        self.rust = load_weights(shipped_weights("rust", "laptop"))[0]
        self.size = self.rust.config.size

    def enter(self, place: Place) -> None:
        """Go into a scene."""
        self.place = place
        self.inputs, self.targets = place.views.split(INPUTS)
        self._of_rust = self._predict(self.rust, place.views)

    def predict(self, sigma: float, training: str, seed: int, target: int) -> dict[str, Outcome]:
        """{model: outcome} with all cameras wrong by noise of `sigma`, drawn from `seed`."""
        if not 0.0 <= sigma <= MOST or training not in TRAININGS or not 0 <= target < self.targets.count:
            raise InputError(f"sigma {sigma!r}, training {training!r}, target {target!r}",
                             f"sigma from 0 to {MOST}, one of {', '.join(TRAININGS)}, a target of the scene")
        generator = torch.Generator().manual_seed(seed)
        cameras = perturb(self.place.views.camera_to_world, sigma, generator)
        noisy = replace(self.place.views, camera_to_world=cameras)
        pictures = {name: self._predict(models[training], noisy) for name, models in self.models.items()}
        pictures["rust"] = self._of_rust
        truth = half(self.targets.images[0], right=True)
        outcomes = {}
        for name in MODELS_SHOWN:
            decibels = psnr(half(pictures[name], right=True), truth)
            outcomes[name] = Outcome(pictures[name][target], float(decibels[target]), float(decibels.mean()))
        return outcomes

    def _predict(self, model, views) -> Tensor:
        """Pictures (T, H, W, 3) of all targets. As in the protocol, no right half is seen by anyone."""
        seen, asked = views.split(INPUTS)
        with evaluating(model):
            return model.predict(seen, left_only(asked))[0]
