"""Load or train: weights are loaded into the reader's parts, or trained; interruption, resumption, nbgrader."""

import json
from dataclasses import replace

import pytest
import torch

from rust_edu.course.reading import training
from rust_edu.course.reading.training import load_or_train
from rust_edu.errors import InputError, WeightsError
from rust_edu.models import RUST, ModelConfig
from rust_edu.models.weights import load_weights, shipped_weights
from rust_edu.training.loop import Result
from rust_edu.training.profiles import get_profile

SMOKE = replace(get_profile("smoke"), steps=3)


class Yours(RUST):
    """A reader's model: the same weights, another class."""


def test_without_retrain_the_shipped_weights_are_in_the_readers_model(home, capsys):
    loaded = load_or_train("rust-tiny", Yours, SMOKE, retrain=False)
    shipped, _ = load_weights(shipped_weights("rust", "tiny"))
    assert type(loaded.model) is Yours and not loaded.model.training and not loaded.here
    assert all(torch.equal(a, b) for a, b in zip(loaded.model.state_dict().values(), shipped.state_dict().values()))
    assert "1,234 steps, seed 5" in capsys.readouterr().out


def test_nbgrader_never_trains(home, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert not load_or_train("rust-tiny", Yours, SMOKE, retrain=True).here


def test_weights_that_are_not_there_or_do_not_fit(home):
    with pytest.raises(WeightsError, match="no weights"):
        load_or_train("rust-nobody", Yours, SMOKE, retrain=False)
    with pytest.raises(InputError, match="do not fit"):
        load_or_train("rust-tiny", lambda config: RUST(ModelConfig()), SMOKE, retrain=False)


def test_training_runs_to_its_end_and_leaves_nothing(home, capsys):
    trained = load_or_train("rust-new", Yours, SMOKE, retrain=True, seed=3)
    assert trained.here and trained.finished and trained.steps == 3 and trained.history[-1]["step"] == 3
    assert type(trained.model) is Yours and not trained.model.training
    assert "seed 3: 3 steps" in capsys.readouterr().out
    assert not list((home / "cache" / "notebooks").glob("*"))
    again = load_or_train("rust-new", Yours, SMOKE, retrain=True, seed=3)
    assert torch.equal(again.model.decoder.norm.weight, trained.model.decoder.norm.weight)  # the same seed


def test_an_interrupted_training_goes_on(home, monkeypatch, capsys, ctrl_c):
    class Interrupts:
        """Stands in for the live curve: presses Ctrl-C as soon as there is a point."""

        def __init__(self, **options):
            pass

        def __call__(self, history):
            ctrl_c()

        def finish(self):
            pass

    whole = load_or_train("rust-whole", Yours, replace(SMOKE, steps=60), retrain=True)
    monkeypatch.setattr(training, "LiveCurve", Interrupts)
    part = load_or_train("rust-part", Yours, replace(SMOKE, steps=60), retrain=True)
    assert not part.finished and part.steps == 50  # the first point of the curve
    assert "Stopped after 50 of 60 steps" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setenv("RUST_EDU_DATA", str(home))
    rest = load_or_train("rust-part", Yours, replace(SMOKE, steps=60), retrain=True)
    assert rest.finished and rest.steps == 60 and "Going on" in capsys.readouterr().out
    assert all(torch.equal(a, b) for a, b in zip(rest.model.state_dict().values(), whole.model.state_dict().values()))


def test_a_checkpoint_of_another_training_is_set_aside(home, capsys):
    folder = home / "cache" / "notebooks" / "rust-odd-smoke-5min-seed0"
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(json.dumps({"steps": 4}))
    (folder / "checkpoint.pt").write_bytes(b"not a checkpoint")
    trained = load_or_train("rust-odd", Yours, SMOKE, retrain=True)
    assert trained.finished and trained.steps == 4 and "a new one begins" in capsys.readouterr().out


def test_trainings_of_other_lengths_do_not_find_each_other(home, monkeypatch, capsys):
    """07 trains RUST for five minutes, 08 for ten: interrupted in the one, the other begins anew."""
    monkeypatch.setattr(training, "fit", lambda model, profile, *, steps, folder, **_: Result(model, [], False, 1))
    load_or_train("rust-odd", Yours, SMOKE, retrain=True, minutes=5)
    folder = home / "cache" / "notebooks" / "rust-odd-smoke-5min-seed0"
    (folder / "checkpoint.pt").write_bytes(b"")
    load_or_train("rust-odd", Yours, SMOKE, retrain=True, minutes=10)
    assert "Going on" not in capsys.readouterr().out
    load_or_train("rust-odd", Yours, SMOKE, retrain=True, minutes=5)
    assert "Going on" in capsys.readouterr().out


@pytest.mark.parametrize("plan", ["", "[]", '{"steps": -1}', '{"steps": "3"}'])
def test_a_damaged_plan_is_no_plan(home, plan):
    folder = home / "cache" / "notebooks" / "rust-plan-smoke-5min-seed0"
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(plan)
    (folder / "checkpoint.pt").write_bytes(b"")
    assert load_or_train("rust-plan", Yours, SMOKE, retrain=True).steps == 3
