"""Whatever ends a run, what was saved is whole, and going on gives the bits of a run that was not ended."""

import os
import pickle
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rust_edu.errors import DataError, DivergenceError, WeightsError
from rust_edu.training import loop
from rust_edu.training.checkpoint import CHECKPOINT
from rust_edu.training.loop import fit, training_step
from rust_edu.training.profiles import Stage, get_profile

SMOKE = get_profile("smoke")
ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.usefixtures("data_home")


def train(folder, model="rust", profile=SMOKE, steps=12, **arguments):
    return fit(model, profile, steps=steps, folder=folder, progress=False, **arguments)


def stop_after(count: int):
    """A `should_stop` that says yes the count-th time it is asked."""
    asked = iter(range(1, 10**6))
    return lambda: next(asked) >= count


def same_bits(a, b) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values()))


def curve(result) -> list[dict]:
    return [{key: value for key, value in point.items() if key != "seconds"} for point in result.history]


def state(folder) -> dict:
    return torch.load(folder / CHECKPOINT, weights_only=True)


def files(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def environment(data_home) -> dict:
    threads = str(torch.get_num_threads())  # other threads, other bits
    return os.environ | {"PYTHONPATH": str(ROOT), "RUST_EDU_DATA": str(data_home), "OMP_NUM_THREADS": threads}


def can_be_interrupted() -> None:
    """A shell starts what runs in the background with Ctrl-C ignored, and its children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


# ------------------------------------------------------------------------------------------ to the bit


@pytest.mark.parametrize("stops", [(1,), (5,), (7,), (11,), (3, 2, 4)])
def test_a_run_in_pieces_is_the_run_in_one(stops, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_EVERY", 5)
    straight, done = train(None), 0
    for count in stops:
        piece = train(tmp_path, should_stop=stop_after(count))
        done += count
        assert (piece.finished, piece.steps) == (False, done) and state(tmp_path)["step"] == done
    last = train(tmp_path)
    assert last.finished and last.steps == 12
    assert same_bits(last.model, straight.model) and curve(last) == curve(straight)
    assert last.seconds > piece.seconds
    assert files(tmp_path) == [CHECKPOINT]


@pytest.mark.parametrize("name, changes", [
    ("srt", {}), ("upsrt", {"muon": 0.0}), ("rust", {"scenes": 0, "batch": 2}),
    ("rust", {"stages": (Stage("sector", 0.5), Stage("orbit", 0.5)), "scenes": 10}),
])
def test_other_models_optimisers_data_and_curricula_go_on_too(name, changes, tmp_path):
    profile = replace(SMOKE, **changes)
    straight = train(None, name, profile, steps=6, noise=0.1)
    train(tmp_path, name, profile, steps=6, noise=0.1, should_stop=stop_after(4))
    assert same_bits(train(tmp_path, name, profile, steps=6, noise=0.1).model, straight.model)


def test_a_finished_run_stays_as_it_is(tmp_path, monkeypatch):
    first = train(tmp_path, steps=4)
    monkeypatch.setattr(loop, "training_step", None)  # would fail if called
    again = train(tmp_path, steps=4)
    assert again.finished and again.steps == 4
    assert same_bits(first.model, again.model) and again.history == first.history


def test_a_stop_after_the_last_step_is_no_stop(tmp_path):
    assert train(tmp_path, steps=4, should_stop=stop_after(4)).finished


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    train(None, steps=3)
    assert files(tmp_path) == []


DRIVER = """
import sys
from rust_edu.training import loop
from rust_edu.training.profiles import get_profile
loop.CHECKPOINT_SECONDS = 0.0
loop.fit("rust", get_profile("smoke"), steps=5000, folder=sys.argv[1], progress=False)
"""


def test_a_run_that_was_killed_goes_on_to_the_bit(tmp_path, data_home):
    run = subprocess.Popen([sys.executable, "-c", DRIVER, str(tmp_path)], env=environment(data_home))
    while not (tmp_path / CHECKPOINT).exists() or state(tmp_path)["step"] < 3:
        assert run.poll() is None, "it ended by itself"
        time.sleep(0.02)
    run.kill()
    assert run.wait() == -signal.SIGKILL
    done = state(tmp_path)["step"]
    assert 3 <= done < 5000
    straight = train(None, steps=5000, should_stop=stop_after(done + 2))
    resumed = train(tmp_path, steps=5000, should_stop=stop_after(2))
    assert resumed.steps == straight.steps == done + 2 and same_bits(resumed.model, straight.model)


# ------------------------------------------------------------------------------------------------ Ctrl-C


def test_ctrl_c_on_the_command_line_saves_and_says_how_to_go_on(tmp_path, data_home):
    command = [sys.executable, "-m", "rust_edu", "train", "--profile", "smoke", "--steps", "100000",
               "--device", "cpu", "--folder", str(tmp_path / "run")]
    run = subprocess.Popen(command, env=environment(data_home), cwd=tmp_path, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, preexec_fn=can_be_interrupted)
    seen = b""
    while not re.search(rb"[1-9]\d*/100000", seen):  # the progress bar: steps are being made
        part = run.stderr.read1(1000)
        assert part, f"it ended by itself: {seen.decode()}"
        seen += part
    run.send_signal(signal.SIGINT)
    out, error = (text.decode() for text in run.communicate())
    assert run.returncode == 130 and "Traceback" not in error
    done = state(tmp_path / "run")["step"]
    again = "rust-edu train --model rust --profile smoke --steps 100000 --seed 0"
    assert out.splitlines() == [f"Stopped after {done} of 100000 steps. To go on: {again} "
                                f"--folder {tmp_path / 'run'}"]
    assert files(tmp_path / "run") == [CHECKPOINT]
    assert train(tmp_path / "run", steps=100000, should_stop=stop_after(1)).steps == done + 1


def test_ctrl_c_in_the_middle_of_a_step_leaves_a_whole_step(tmp_path, monkeypatch, ctrl_c):
    """Between the two optimisers: AdamW has stepped, Muon has not."""
    straight, real, calls = train(None), torch.optim.AdamW.step, []

    def step(self, *arguments):
        real(self, *arguments)
        calls.append(1)
        if len(calls) == 3:
            ctrl_c()

    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    result = train(tmp_path)
    assert (result.finished, result.steps) == (False, 3)
    assert same_bits(train(tmp_path).model, straight.model)


def test_a_second_ctrl_c_ends_at_once_and_saves_nothing(tmp_path, monkeypatch, ctrl_c):
    train(tmp_path, should_stop=stop_after(4))
    before = (tmp_path / CHECKPOINT).read_bytes()

    def twice(*arguments):
        ctrl_c()
        ctrl_c()

    monkeypatch.setattr(loop, "training_step", twice)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path)
    assert (tmp_path / CHECKPOINT).read_bytes() == before and files(tmp_path) == [CHECKPOINT]


def test_ctrl_c_while_scenes_are_rendered(tmp_path, monkeypatch, ctrl_c):
    with monkeypatch.context() as patched:
        patched.setattr(loop, "load_or_make", lambda *_: ctrl_c())
        result = train(tmp_path)
    assert (result.finished, result.steps) == (False, 0)
    assert same_bits(train(tmp_path).model, train(None).model)


# -------------------------------------------------------------------------------- damaged, foreign, full


@pytest.mark.parametrize("other, says", [
    (dict(model="srt"), "model = 'rust'; expected model = 'srt'"),
    (dict(seed=1), "seed = 0; expected seed = 1"),
    (dict(noise=0.1), "noise = 0.0; expected noise = 0.1"),
    (dict(steps=13), "steps = 12; expected steps = 13"),
    (dict(profile=replace(SMOKE, batch=4)), "profile.batch = 8; expected profile.batch = 4"),
    (dict(profile=replace(SMOKE, learning_rate=0.5)), "profile.learning_rate"),
    (dict(profile=replace(SMOKE, stages=(Stage("orbit"),))), "profile.stages"),
    (dict(profile=replace(SMOKE, model=replace(SMOKE.model, latent=3))), "config = "),
])
def test_a_checkpoint_of_another_run_is_refused(tmp_path, other, says):
    train(tmp_path, should_stop=stop_after(1))
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(WeightsError, match=re.escape(says)) as caught:
        train(tmp_path, **other)
    assert "\n" not in str(caught.value) and "delete" in str(caught.value)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def refuses(folder) -> None:
    with pytest.raises(WeightsError, match=r"checkpoint .* is damaged \(\w+\)") as caught:
        train(folder)
    assert "\n" not in str(caught.value)


class Hostile:
    """What pickle would run when it is read."""

    def __reduce__(self):
        return os.mkdir, ("executed",)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_damaged_or_hostile_checkpoint_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(tmp_path, should_stop=stop_after(2))
    path = tmp_path / CHECKPOINT
    whole, good = path.read_bytes(), state(tmp_path)
    for share in (0.0, 0.001, 0.5, 0.99):
        path.write_bytes(whole[:int(share * len(whole))])
        refuses(tmp_path)
    for content in (b"garbage", b"PK\3\4" + bytes(100), pickle.dumps(Hostile()), pickle.dumps([1, 2])):
        path.write_bytes(content)
        refuses(tmp_path)
    for content in (Hostile(), [], {}, {"what": 3}, {"what": good["what"]}, good | {"model": {}},
                    good | {"optimizers": []}, good | {"losses": None}, good | {"step": "many"}):
        torch.save(content, path)
        refuses(tmp_path)
    assert not (tmp_path / "executed").exists()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 0.9999), value=st.integers(0, 255))
def test_a_changed_byte_is_refused_in_one_line_or_goes_unseen(tmp_path, where, value):
    path, copy = tmp_path / CHECKPOINT, tmp_path / "whole"
    if not copy.exists():
        train(tmp_path, should_stop=stop_after(1))
        path.rename(copy)
    data = bytearray(copy.read_bytes())
    data[int(where * len(data))] = value
    path.write_bytes(data)
    try:
        train(tmp_path, should_stop=lambda: True)
    except (WeightsError, DivergenceError) as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("error", [OSError(28, "No space left"), RuntimeError("PytorchStreamWriter\nfailed")])
def test_a_full_disk_keeps_the_checkpoint_before(tmp_path, monkeypatch, error):
    train(tmp_path, should_stop=stop_after(2))
    before = (tmp_path / CHECKPOINT).read_bytes()

    def full(what, path):
        Path(path).write_bytes(b"half of it")
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(torch, "save", full)
        with pytest.raises(DataError, match="cannot write the checkpoint .*is kept") as caught:
            train(tmp_path, should_stop=stop_after(3))
    assert "\n" not in str(caught.value)
    assert (tmp_path / CHECKPOINT).read_bytes() == before and files(tmp_path) == [CHECKPOINT]
    assert same_bits(train(tmp_path).model, train(None).model)


def test_a_folder_that_cannot_be_written_is_found_out_first(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "training_step", None)  # would fail if called
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/none")):
        with pytest.raises(DataError, match="cannot write in"):
            train(folder)


@pytest.mark.parametrize("at", [1, 5, 9])
def test_nan_keeps_the_last_good_checkpoint(tmp_path, monkeypatch, at):
    """Saved after every step: the step whose loss is NaN must not be."""
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    calls = []

    def poisoned(*arguments):
        calls.append(1)
        return training_step(*arguments) * (float("nan") if len(calls) == at else 1.0)

    with monkeypatch.context() as patched:
        patched.setattr(loop, "training_step", poisoned)
        with pytest.raises(DivergenceError, match=f"before step {at}"):
            train(tmp_path)
    if at > 1:
        assert state(tmp_path)["step"] == at - 1
    assert same_bits(train(tmp_path).model, train(None).model)
