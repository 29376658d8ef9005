"""The queue of trainings: names and commands are those that a run records, and what is done is not done again."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks import trainings
from benchmarks.trainings import RUNS, Run
from rust_edu.evaluation.results import record
from rust_edu.models import make_model
from rust_edu.models.weights import save_weights
from rust_edu.training.profiles import PROFILES, get_profile
from rust_edu.training.record import run_name, train_command


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_names_and_commands_are_those_of_the_record(run):
    profile = get_profile(run.profile)
    model = replace(profile.model, pixel=run.pixel, latent=run.latent or profile.model.latent)
    profile = replace(profile, model=model)
    assert run.name == run_name(run.model, profile, run.noise, run.seed)
    command = train_command(run.model, profile, profile.steps, run.seed, run.noise)
    assert set(run.arguments) <= set(shlex.split(command))


def test_no_run_comes_twice():
    assert len({run.name for run in RUNS}) == len(RUNS)


def test_what_is_shipped_by_the_same_command_is_done(tmp_path, monkeypatch):
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path))
    run, profile = Run("rust", "smoke", seed=1), get_profile("smoke")
    assert not run.done
    path = tmp_path / "weights" / "rust-smoke-seed1.safetensors"

    def shipped(steps: int, seed: int, evaluated: bool = True) -> None:
        torch.manual_seed(0)
        command = train_command("rust", profile, steps, seed, 0.0)
        save_weights(path, make_model("rust", profile.model), {"command": command, "steps": steps})
        if evaluated:
            record("rust-smoke-seed1", {"command": command})

    shipped(profile.steps, seed=1, evaluated=False)
    assert not run.done  # it was stopped between the two
    shipped(profile.steps, seed=1)
    assert run.done
    shipped(profile.steps + 1, seed=1)
    assert not run.done
    shipped(profile.steps, seed=2)
    assert not run.done


def test_a_queue_trains_ships_and_records_and_a_second_one_has_nothing_to_do(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trainings, "RUNS", [Run("srt", "smoke", pixel=True)])
    monkeypatch.setattr("sys.argv", ["trainings"])
    started = []
    monkeypatch.setattr(trainings.subprocess, "run", lambda command, **_: started.append(command) or finished(command))
    trainings.main()
    assert [command[3] for command in started] == ["train", "evaluate"] and "--record" in started[1]
    assert (tmp_path / "data" / "weights" / "srt-smoke-pixel.safetensors").exists()
    trainings.main()
    assert len(started) == 2
    monkeypatch.setattr("sys.argv", ["trainings", "--list"])
    trainings.main()
    assert "shipped   srt-smoke-pixel" in capfd.readouterr().out


def finished(command: list[str]) -> None:
    """What `rust-edu train` and `rust-edu evaluate --record` leave behind, in this folder."""
    profile = replace(PROFILES["smoke"], model=replace(PROFILES["smoke"].model, pixel=True))
    made_by = train_command("srt", profile, profile.steps, 0, 0.0)
    if command[3] == "evaluate":
        record("srt-smoke-pixel", {"command": made_by})
        return
    folder = Path("runs") / "srt-smoke-pixel"
    torch.manual_seed(0)
    save_weights(folder / "weights.safetensors", make_model("srt", profile.model),
                 {"command": made_by, "steps": profile.steps})
    (folder / "curve.json").write_text("[]")


def test_a_run_that_leaves_nothing_to_ship_stops_no_queue(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trainings, "RUNS", [Run("srt", "smoke", pixel=True, seed=7), Run("srt", "smoke", pixel=True)])
    monkeypatch.setattr("sys.argv", ["trainings"])
    monkeypatch.setattr(trainings.subprocess, "run", lambda command, **_: finished(command))
    trainings.main()
    printed = capfd.readouterr().out
    assert "srt-smoke-pixel-seed7: no weights at" in printed and "the queue goes on" in printed
    assert trainings.RUNS[1].done
