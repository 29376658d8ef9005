"""The pose-noise dial: how much is a picture worth when the cameras are a little wrong? Its page is `noise_dial.js`.

Public: `PoseNoiseDial`.
"""

from pathlib import Path

from ....evaluation.protocol import INPUTS
from ....figures.style import METHOD_NAMES
from ....widgets.base import CourseWidget, poster, rgb, source
from ....widgets.places import SHOWN, shelf
from .noise_bench import MODELS_SHOWN, MOST, TRAININGS, NoiseBench


class PoseNoiseDial(CourseWidget):
    """One scene, a slider for sigma, and the predictions of SRT, UpSRT and RUST side by side with their decibels.

    `scene` is its number on the shelf of `sector`'s held-out scenes. Raises WeightsError if weights are missing.
    """

    _esm = source("parts.js", Path(__file__).with_name("noise_dial.js"))

    def __init__(self, scene: int = 0) -> None:
        super().__init__()
        self.bench = NoiseBench()
        self._enter(scene)
        self.answers = {"hello": lambda _: self._scene(), "move": self._predict, "scene": self._change}

    def _enter(self, scene: int) -> None:
        self.scene = scene
        self.bench.enter(shelf("sector", self.bench.size).place(scene))
        outcomes = self.bench.predict(0.1, "laptop", 0, 0)
        found = ", ".join(f"{METHOD_NAMES[name]} {outcomes[name].psnr:.1f} dB" for name in MODELS_SHOWN)
        self.alt = ("The pose-noise dial, as a still picture. Left: input views. Then a new view, and its predictions "
                    f"with cameras that are wrong by \u03c3 = 0.1: {found}.")
        told = {"rust": "no cameras"}
        self.poster = poster(self.bench.inputs.images[0], {"what is there": self.bench.targets.images[0, 0]} | {
            f"{METHOD_NAMES[name]}, {told.get(name, 'σ = 0.1')}: {outcomes[name].psnr:.1f} dB": outcomes[name].picture
            for name in MODELS_SHOWN})

    def _change(self, request: dict) -> tuple[dict, list[bytes]]:
        self._enter(int(request["scene"]) % SHOWN)
        return self._scene()

    def _scene(self) -> tuple[dict, list[bytes]]:
        views = [*self.bench.inputs.images[0], *self.bench.targets.images[0]]
        return {"kind": "scene", "size": self.bench.size, "inputs": INPUTS, "targets": self.bench.targets.count,
                "scene": self.scene, "scenes": SHOWN, "most": MOST, "trainings": TRAININGS}, [rgb(v) for v in views]

    def _predict(self, request: dict) -> tuple[dict, list[bytes]]:
        chosen = request["numbers"]
        outcomes = self.bench.predict(float(chosen["sigma"]), chosen["training"], int(chosen["seed"]),
                                      int(chosen["target"]))
        return {"kind": "outcomes", "psnr": {name: o.psnr for name, o in outcomes.items()},
                "mean": {name: o.mean_psnr for name, o in outcomes.items()}}, [
            rgb(outcomes[name].picture) for name in MODELS_SHOWN]
