"""Training in two processes under torchrun, with gloo on the CPU: the same gradients, one set of files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from model_helpers import TINY, random_views, wild_model

from rust_edu.errors import DeviceError, WeightsError
from rust_edu.models.weights import load_weights
from rust_edu.training import distributed
from rust_edu.training.checkpoint import Progress
from rust_edu.training.loop import _check_same_start

ROOT = Path(__file__).resolve().parents[1]

# What each of the two processes does: train, then one gradient of its half of a batch.
DRIVER = """
import sys, torch
from model_helpers import random_views, wild_model
from rust_edu.datasets import synthetic
from rust_edu.training import distributed, loop
from rust_edu.training.profiles import get_profile

folder, seen, made, real, render = sys.argv[1], [], [], loop.training_step, synthetic._make_shard

def note(model, views, inputs, config, queries, generator):
    seen.append((inputs, len(views.images), float(views.images.double().sum())))
    return real(model, views, inputs, config, queries, generator)

def note_shard(*arguments):
    made.append(1)
    return render(*arguments)

distributed.start(torch.device("cpu"))
rank = distributed.rank()
loop.training_step, synthetic._make_shard = note, note_shard
result = loop.fit("rust", get_profile("smoke"), steps=4, folder=f"{folder}/run", progress=False)

model = wild_model("rust")
views = random_views(4, 5)[2 * rank:2 * rank + 2]
given, targets = views.split(2)
right = torch.tensor([[0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1]], dtype=torch.bool)[2 * rank:2 * rank + 2]
wrapped = distributed.wrap(model)  # by name: the averaging ends with this object
wrapped(given, targets, model.positions(), right).square().mean().backward()

noted, asked = list(seen), []

def one_asks():
    asked.append(1)
    return rank == 1 and len(asked) == 3

stopped = loop.fit("rust", get_profile("smoke"), steps=6, progress=False, should_stop=one_asks)

torch.save({"seen": noted, "stopped": stopped.steps, "trained": result.model.state_dict(),
            "history": len(result.history), "made": len(made),
            "first": distributed.from_first(rank), "size": distributed.world_size(),
            "gradients": {name: p.grad for name, p in model.named_parameters()}}, f"{folder}/{rank}.pt")
distributed.stop()
"""


def torchrun(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Two processes; each test has a data folder of its own, which is empty at first."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "OMP_NUM_THREADS": "1",
                                "RUST_EDU_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *arguments]
    return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300)


def test_the_command_line_trains_in_two_processes_and_writes_once(tmp_path):
    done = torchrun(tmp_path, "-m", "rust_edu", "train", "--profile", "smoke", "--steps", "6", "--device", "cpu",
                    "--threads", "1", "--folder", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"Trained: {tmp_path / 'run' / 'weights.safetensors'}"]
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["checkpoint.pt", "curve.json",
                                                                          "weights.safetensors"]
    _, record = load_weights(tmp_path / "run" / "weights.safetensors")
    assert record["processes"] == 2 and record["last"]["step"] == 6


def test_two_processes_hold_one_model_and_average_their_gradients(tmp_path):
    (tmp_path / "driver.py").write_text(DRIVER)
    done = torchrun(tmp_path, str(tmp_path / "driver.py"), str(tmp_path))
    assert done.returncode == 0, done.stderr
    zero, one = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))

    assert zero["size"] == one["size"] == 2 and zero["first"] == one["first"] == 0
    assert zero["trained"].keys() == one["trained"].keys()
    assert all(torch.equal(value, one["trained"][key]) for key, value in zero["trained"].items())
    inputs, scenes, sums = zip(*zero["seen"])
    other_inputs, other_scenes, other_sums = zip(*one["seen"])
    assert inputs == other_inputs and scenes == other_scenes == (4,) * 4, "half of the batch each"
    assert not set(sums) & set(other_sums), "each draws scenes of its own"
    assert zero["stopped"] == one["stopped"] == 3, "when one is asked to stop, both do, after the same step"
    assert (zero["history"], one["history"]) == (1, 0)
    assert (zero["made"], one["made"]) == (2, 0), "one renders, for the training and for the monitor"

    whole = wild_model("rust")
    given, targets = random_views(4, 5).split(2)
    right = torch.tensor([[0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1]], dtype=torch.bool)
    whole(given, targets, whole.positions(), right).square().mean().backward()
    for name, parameter in whole.named_parameters():
        torch.testing.assert_close(zero["gradients"][name], parameter.grad, rtol=1e-4, atol=1e-6)
        assert torch.equal(zero["gradients"][name], one["gradients"][name])


def test_alone_nothing_happens(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    device, model = torch.device("cpu"), wild_model("rust", TINY)
    assert distributed.start(device) == device
    assert (distributed.rank(), distributed.world_size()) == (0, 1)
    assert distributed.wrap(model) is model and distributed.from_first("x") == "x"
    assert distributed.any_process(True, device) and not distributed.any_process(False, device)
    with distributed.first_then_others():
        pass
    distributed.stop()


def test_more_processes_than_gpus(monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "test")
    monkeypatch.setenv("LOCAL_RANK", "2")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(DeviceError, match="process 2 has no GPU .2 on this machine"):
        distributed.start(torch.device("cuda"))


def test_processes_that_found_different_checkpoints(monkeypatch):
    monkeypatch.setattr(distributed, "rank", lambda: 1)
    monkeypatch.setattr(distributed, "from_first", lambda value: 40)
    _check_same_start(Progress(step=40))
    with pytest.raises(WeightsError, match="process 1 found step 0, process 0 step 40.*one folder"):
        _check_same_start(Progress(step=0))
