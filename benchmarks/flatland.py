"""Does RUST find shift, zoom and turn in real pixels? Flatland: parts of photographs, motion known exactly.

`python -m benchmarks.flatland` trains RUST (profile laptop, 3,000 steps) on places of the left two thirds of one
photograph, and again on places of three, without any camera, and writes into benchmarks/flatland.json how well
differences of x, y, log zoom and turn are read from pairs of latent poses (ridge and MLP, fitted on 300 scenes of the
training's places and scored on 200 others):

    same        other scenes at places of the pictures that it was trained on
    beside      the right third of the photograph, of which training saw no pixel
    elsewhere   a photograph that it never saw

`chance` is the same read-out of an untrained model's latents: what pictures alone, encoded at random, give away.

Public: `measure`, `main`.
"""

import json
from pathlib import Path

import torch

from rust_edu.datasets.flatland import PICTURES, QUANTITIES, flat_motion, make_flatland, sample_picture
from rust_edu.evaluation.motion import read_motion
from rust_edu.evaluation.probes import latent_poses
from rust_edu.evaluation.protocol import BASELINES, evaluate_scenes
from rust_edu.models import make_model
from rust_edu.training.loop import fit
from rust_edu.training.profiles import get_profile
from rust_edu.training.record import hardware

RESULT = Path(__file__).with_name("flatland.json")
STEPS, SCENES = 3000, 3000
THREE, ELSEWHERE = ("coffee", "astronaut", "rocket"), "chelsea"


def measure(model, known, sets: dict) -> dict:
    """{where: {psnr, nearest, linear, mlp}} of a model on each of the sets, probes fitted on `known`."""
    fitted = _latents(model, known)
    return {where: {"psnr": _psnr(model, data), "nearest input": _psnr(BASELINES["nearest_input"], data)}
            | {kind: {key: [round(value, 3) for value in values]
                      for key, values in read_motion(fitted, _latents(model, data), kind).items()}
               for kind in ("linear", "mlp")}
            for where, data in sets.items()}


def _latents(model, data):
    z, cameras = latent_poses(model, data, inputs=3)
    return z, flat_motion(cameras[:, -z.shape[1]:])


def _psnr(model, data) -> float:
    return round(evaluate_scenes(model, data, seeds=(0,), metrics=("psnr",))["psnr"]["mean"], 2)


def main() -> None:
    profile, elsewhere = get_profile("laptop"), sample_picture(ELSEWHERE)
    coffee = sample_picture("coffee")
    cut = 2 * coffee.shape[1] // 3
    kinds = {"one picture": ([coffee[:, :cut]], {"beside": [coffee[:, cut:]]}),
             "three pictures": ([sample_picture(name) for name in THREE], {})}
    report = {"command": "python -m benchmarks.flatland", "hardware": hardware(torch.device("cpu")),
              "torch": torch.__version__, "profile": "laptop", "steps": STEPS, "scenes": SCENES, "seed": 0,
              "quantities": QUANTITIES, "pictures": PICTURES, "runs": {}}
    for name, (pictures, others) in kinds.items():
        sets = {where: make_flatland(taken, 200, views=8, seed=9001) for where, taken in
                ({"same": pictures} | others | {"elsewhere": [elsewhere]}).items()}
        known = make_flatland(pictures, 300, views=8, seed=9002)
        result = fit("rust", profile, data=make_flatland(pictures, SCENES), unseen=sets["same"], steps=STEPS, seed=0)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            untrained = make_model("rust", profile.model).eval()
        report["runs"][name] = {"seconds": round(result.seconds), "read": measure(result.model, known, sets),
                                "chance": measure(untrained, known, {"same": sets["same"]})}
        RESULT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(report["runs"][name], indent=1))


if __name__ == "__main__":
    main()
