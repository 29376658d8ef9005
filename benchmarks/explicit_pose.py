"""How well cameras can be read out of a RUST's latents, and how many posed scenes it takes.

    python -m benchmarks.explicit_pose rust-fine sector          every kind, 4 to all scenes; three seeds

Writes data/poses/<model>-<world>.json: after every run, and runs that are there already are not made again. Entries
are what `pose_fitting` and `explicit_pose.score` return; the test scenes are the published ones, their first three
views the inputs and the other five the targets. A seed decides which scenes are posed, and the start of the network.
With --save the readers of seed 0 that were fitted on all scenes are kept beside it, as
<kind>-<model>-<world>.safetensors: notebooks load them.
`labelled-poses` is no reader of the model: it is the model's own parts trained on labels from scratch, with its sizes.
"""

import json
import platform
from dataclasses import replace
from pathlib import Path

import torch
import typer

from rust_edu import RUST, __version__
from rust_edu.datasets import SceneSet, load_or_make
from rust_edu.evaluation.explicit_pose import Posed, encode_scenes, score
from rust_edu.evaluation.protocol import INPUTS, TARGETS
from rust_edu.evaluation.report import PROBE_SEED, test_scenes
from rust_edu.models.pose_reader import KINDS, LabelledPoses
from rust_edu.models.weights import load_weights, save_weights
from rust_edu.paths import kept_folder, shipped, whole_file
from rust_edu.threads import one_thread
from rust_edu.training.pose_fitting import fit_labelled, fit_reader, some_scenes
from rust_edu.training.record import hardware

VIEWS = 10  # of each scene that is fitted on
NUMBERS = (4, 16, 64, 256)  # of posed scenes, and all of them
EVERY = (*KINDS, LabelledPoses.name)


def main(model: str = typer.Argument("rust-fine", help="A weight file's name in data/weights, or its path."),
         world: str = typer.Argument("sector"),
         scenes: int = typer.Option(2000, help="Posed scenes, at most."),
         kinds: list[str] = typer.Option(list(EVERY), help=f"Of {EVERY}."),
         seeds: list[int] = typer.Option([0, 1, 2]),
         numbers: list[int] = typer.Option([*NUMBERS], help="Of posed scenes, beside all."),
         save: bool = typer.Option(False, help="Keep the readers of seed 0 that were fitted on all scenes.")) -> None:
    path = Path(model) if model.endswith(".safetensors") else shipped("weights", f"{model}.safetensors")
    rust, _ = load_weights(path, RUST)
    name, size = f"{path.stem}-{world}", rust.config.size
    out = kept_folder() / "poses" / f"{name}.json"
    fit, test = load_or_make(world, scenes, VIEWS, size, PROBE_SEED), test_scenes(world, size)
    posed, asked = encode_scenes(rust, fit), encode_scenes(rust, test, targets=TARGETS)
    for number in [n for n in numbers if n < scenes] + [scenes]:
        for seed in seeds:
            for kind in kinds:
                run = f"{kind}-{number}-seed{seed}"
                about = read(out)
                if run in about["runs"]:
                    continue
                some = torch.randperm(scenes, generator=torch.Generator().manual_seed(seed))[:number]
                found, record, fitted = one_run(kind, rust, fit, test, posed, asked, some, seed)
                about |= {"command": f"python -m benchmarks.explicit_pose {path.stem} {world} --scenes {scenes}",
                          "model": path.stem, "world": world, "test_scenes": len(test), "inputs": INPUTS,
                          "targets": TARGETS, "hardware": hardware(torch.device("cpu")),
                          "versions": {"rust_edu": __version__, "python": platform.python_version(),
                                       "torch": torch.__version__}}
                about["runs"][run] = {key: value for key, value in record.items() if key != "curve"} | found
                write(out, about)
                print(run, json.dumps(rounded(about["runs"][run])), flush=True)
                if save and seed == 0 and number == scenes:
                    save_weights(out.with_name(f"{kind}-{name}.safetensors"), fitted,
                                 {"model": path.stem, "world": world, "command": about["command"]} | record)


def one_run(kind: str, rust: RUST, fit: SceneSet, test: SceneSet, posed: Posed, asked: Posed, some: torch.Tensor,
            seed: int):
    """(scores, record, what was fitted) of one kind on the scenes `some`."""
    if kind != LabelledPoses.name:
        reader, record = fit_reader(kind, posed[some], seed=seed)
        return score(reader, asked), record, reader
    # A latent of the labelled model counts from what it likes: nothing is subtracted from it.
    fitted, record = fit_labelled(replace(rust.config, relative=False), some_scenes(fit, some), seed=seed)
    return score(fitted.reader, encode_scenes(fitted, test, targets=TARGETS)), record, fitted


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"runs": {}}


def write(path: Path, about: dict) -> None:
    """As JSON, every run in a line of its own."""
    about = rounded(about)
    runs = ",\n".join(f"  {json.dumps(run)}: {json.dumps(about['runs'][run])}" for run in sorted(about["runs"]))
    rest = [f" {json.dumps(key)}: {json.dumps(about[key])},\n" for key in sorted(about.keys() - {"runs"})]
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as temporary:
        temporary.write_text("{\n" + "".join(rest) + ' "runs": {\n' + runs + "\n }\n}\n", encoding="utf-8")


def rounded(value):
    """Numbers to five digits, wherever they are: more would be noise."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


if __name__ == "__main__":
    with one_thread():
        typer.run(main)
