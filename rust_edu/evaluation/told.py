"""What a posed model is told, and what it is worth: trained cameras and test cameras told apart.

A model trained with wrong cameras and tested with wrong cameras loses for two reasons: it has learned less, and it is
asked for another view than the one it is scored on. Tested with cameras of every sigma, right ones among them, the two
come apart. And a model that may look at the half that RUST looks at can correct what it is told (`correction.Looking`).

Public: `evaluate_told`, `turned_by`.
"""

import math
from collections.abc import Sequence

from .correction import Looking
from .protocol import evaluate_scenes

SIGMAS = (0.0, 0.02, 0.05, 0.1, 0.2)
LOOKED = (0.0, 0.02, 0.1)  # sigmas at which a model that looks is tested: it takes minutes


def evaluate_told(model, test, noise_seed: int, looking: bool = False, seeds: Sequence[int] = (0, 1, 2)) -> dict:
    """{"0.1": {"as_told": {mean, stderr, spread}, "corrected": the same}, ...}: right-half PSNR in dB by test sigma.

    `test` is a SceneSet with true cameras; at each sigma inputs and targets are told wrong ones. "corrected", with
    `looking`, at LOOKED: from one random choice of views, since it takes a minute or two of one core for 200 scenes.
    """
    found = {}
    for sigma in SIGMAS:
        noisy = test.with_pose_noise(sigma, noise_seed)
        found[f"{sigma:g}"] = {"as_told": evaluate_scenes(model, noisy, seeds, metrics=("psnr",))["psnr"]}
        if looking and sigma in LOOKED:
            corrected = evaluate_scenes(Looking(model), noisy, seeds[:1], metrics=("psnr",))
            found[f"{sigma:g}"]["corrected"] = corrected["psnr"]
    return found


def turned_by(sigma: float, relative: bool = False) -> float:
    """By how many degrees `cameras.perturb` turns a camera, in the mean; `relative`: one of two, seen from the other.

    A rotation vector of three numbers from N(0, sigma^2) is sigma sqrt(8 / pi) long in the mean, and its length is the
    angle. Between two cameras two such turns add up.
    """
    return math.degrees(sigma * math.sqrt(8 / math.pi) * (math.sqrt(2) if relative else 1.0))
