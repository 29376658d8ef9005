"""The training loop: what a step is, what a run draws, learns and reports. Interruptions: test_resume.py."""

import json
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from model_helpers import NAMES, TINY, random_views, wild_model

from rust_edu.datasets import load_or_make
from rust_edu.errors import DataError, DivergenceError, InputError
from rust_edu.evaluation.protocol import evaluate_views
from rust_edu.models import make_model
from rust_edu.models.weights import load_weights
from rust_edu.training import distributed, loop, record
from rust_edu.training.loop import fit, measure_step_time, scale, steps_for, training_step
from rust_edu.training.monitor import Monitor
from rust_edu.training.profiles import PROFILES, Profile, Stage, get_profile
from rust_edu.views import to_patches

SMOKE = get_profile("smoke")
pytestmark = pytest.mark.usefixtures("data_home")


def train(model="rust", profile: Profile = SMOKE, **arguments):
    return fit(model, profile, progress=False, **arguments)


def same_bits(a, b) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values()))


@pytest.fixture
def steps_seen(monkeypatch) -> list[dict]:
    """What every training step is given, noted on the way."""
    seen = []

    def note(model, views, inputs, config, queries, generator):
        seen.append({"views": views, "inputs": inputs, "queries": queries})
        return training_step(model, views, inputs, config, queries, generator)

    monkeypatch.setattr(loop, "training_step", note)
    return seen


# ------------------------------------------------------------------------------------------- one step


@pytest.mark.parametrize("name", NAMES)
def test_loss_of_a_step_by_hand(name):
    model, views = wild_model(name), random_views(2, 5)
    loss = training_step(model, views, 2, TINY, 7, torch.Generator().manual_seed(3))
    generator = torch.Generator().manual_seed(3)
    chosen = torch.randperm(64, generator=generator)[:7]
    right = torch.rand(2, 3, generator=generator) < 0.5
    assert right.any() and not right.all()
    inputs, targets = views.split(2)
    colours, truth = model(inputs, targets, model.positions()[chosen], right), to_patches(targets.images, 2)
    torch.testing.assert_close(loss, ((colours - truth[:, :, chosen]) ** 2).mean())


def test_more_queries_than_positions_are_all_of_them():
    model, views = wild_model("upsrt"), random_views(2, 5)
    losses = [training_step(model, views, 2, TINY, n, torch.Generator().manual_seed(3)) for n in (64, 1000)]
    assert torch.equal(*losses)


def test_learning_rate_by_hand():
    assert scale(0, 100, 10) == pytest.approx(0.1)
    assert scale(4, 100, 10) == pytest.approx(0.5 * 0.5 * (1 + math.cos(0.04 * math.pi)))
    assert scale(50, 100, 10) == pytest.approx(0.5)
    assert scale(0, 100, 1) == scale(0, 100, 0) == 1.0
    assert 0 < scale(99, 100, 10) < 3e-4


@given(steps=st.integers(1, 500), warmup=st.integers(0, 500))
def test_learning_rate_rises_then_falls(steps, warmup):
    shares = [scale(step, steps, warmup) for step in range(steps)]
    assert all(0 < share <= 1 for share in shares)
    top = shares.index(max(shares))
    assert shares[:top + 1] == sorted(shares[:top + 1]) and shares[top:] == sorted(shares[top:], reverse=True)
    assert top <= warmup


def test_the_optimisers_get_the_learning_rate_of_their_step(monkeypatch):
    rates = []
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda self: rates.append(self.param_groups[0]["lr"]))
    train(steps=8)
    assert rates == pytest.approx([SMOKE.learning_rate * scale(step, 8, SMOKE.warmup) for step in range(8)])


# --------------------------------------------------------------------------------------- what a run draws


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bits(name):
    torch.manual_seed(1)
    first = train(name, steps=5, seed=4)
    torch.manual_seed(2)
    state = torch.random.get_rng_state()
    again = train(name, steps=5, seed=4)
    assert torch.equal(state, torch.random.get_rng_state()), "torch's global generator is the caller's"
    assert same_bits(first.model, again.model)
    assert not same_bits(first.model, train(name, steps=5, seed=5).model)


def test_another_seed_draws_other_scenes(steps_seen):
    profile = replace(SMOKE, input_views=(3, 3))
    train(profile=profile, steps=2, seed=0)
    train(profile=profile, steps=2, seed=1)
    assert len({float(step["views"].images.double().sum()) for step in steps_seen}) == 4


def test_the_number_of_input_views_varies(steps_seen):
    train(steps=30)
    assert {step["inputs"] for step in steps_seen} == {2, 3, 4}
    assert all(step["views"].count == step["inputs"] + SMOKE.target_views for step in steps_seen)
    assert all(len(step["views"].images) == SMOKE.batch for step in steps_seen)
    assert all(step["queries"] == SMOKE.queries for step in steps_seen)


def test_the_number_of_input_views_does_not_say_which_scenes_come():
    """Both come from (seed, step); with the same generator the first scene would tell the number."""
    def first_draw(step):
        return int(torch.randint(3, (), generator=torch.Generator().manual_seed(step)))

    assert len({(loop._input_views(SMOKE, 0, step), first_draw(step)) for step in range(100)}) == 9


def test_endless_scenes_are_trained_on_too(steps_seen):
    profile = replace(SMOKE, scenes=0, batch=2)
    first, again = train(profile=profile, steps=2), train(profile=profile, steps=2)
    assert same_bits(first.model, again.model)
    a, b = (step["views"].images[:, :4] for step in steps_seen[:2])
    assert not torch.equal(a, b)


def test_pose_noise_is_in_the_cameras_and_nowhere_else(steps_seen):
    train("srt", steps=1)
    train("srt", steps=1, noise=0.1)
    clean, noisy = (step["views"] for step in steps_seen)
    assert torch.equal(clean.images, noisy.images)
    moved = (clean.camera_to_world - noisy.camera_to_world)[..., :3, 3]
    assert (moved.norm(dim=-1) > 1e-4).all() and 0.05 < float(moved.std()) < 0.2


@pytest.mark.parametrize("name, matters", [("srt", True), ("upsrt", True), ("rust", False)])
def test_pose_noise_reaches_the_posed_models_only(name, matters):
    clean, noisy = train(name, steps=4), train(name, steps=4, noise=0.1)
    assert same_bits(clean.model, noisy.model) is not matters


# --------------------------------------------------------------------------------------------- curricula


def test_stages_by_hand():
    profile = replace(SMOKE, stages=(Stage("sector", 0.25), Stage("orbit", 0.5), Stage("clutter", 0.25)))
    worlds = [profile.stage(step, 8).world for step in range(8)]
    assert worlds == ["sector"] * 2 + ["orbit"] * 4 + ["clutter"] * 2 and profile.world == "clutter"
    orbit = PROFILES["orbit"]
    assert [orbit.stage(step, 3).world for step in range(3)] == ["sector", "orbit", "orbit"]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_every_profile_is_a_possible_run(profile):
    assert sum(stage.share for stage in profile.stages) == pytest.approx(1.0)
    assert profile.stage(profile.steps - 1, profile.steps).world == profile.world
    assert profile.warmup < profile.steps
    loop._check_run(profile, profile.steps, 0, 0.0, 1)


def test_worlds_change_at_their_step(steps_seen, monkeypatch):
    made = []

    def note(world, *sizes):
        made.append((world, len(steps_seen)))
        return load_or_make(world, *sizes, progress=False)

    monkeypatch.setattr(loop, "load_or_make", note)
    profile = replace(SMOKE, scenes=10, stages=(Stage("sector", 0.4), Stage("orbit", 0.6)))
    train(profile=profile, steps=10)
    assert made == [("sector", 0), ("orbit", 4)]


# -------------------------------------------------------------------------------------- what a run reports


def test_a_run_learns():
    """Against the same model untrained, on scenes that neither saw."""
    result = train(steps=150)
    views = load_or_make("sector", 50, 8, 16, seed=9003, progress=False).views(slice(None))

    def decibels(model):
        return float(evaluate_views(model, views, 3, 2, metrics=("psnr",))["psnr"].mean())

    untrained = make_model("rust", SMOKE.model)
    assert decibels(result.model) > decibels(untrained) + 5
    assert result.history[-1]["psnr"] > result.history[0]["psnr"] + 1
    assert result.history[-1]["val_psnr"] == pytest.approx(decibels(result.model), abs=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_history_has_the_promised_keys(name, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_EVERY", 2)
    seen = []
    result = train(name, steps=5, on_progress=lambda history: seen.append(list(history)))
    assert [point["step"] for point in result.history] == [2, 4, 5]
    for point in result.history[:-1]:
        assert point.keys() == {"step", "seconds", "psnr"}
    latents = {"azimuth", "elevation", "distance"} if name == "rust" else set()
    assert result.history[-1].keys() == {"step", "seconds", "psnr", "val_psnr"} | latents
    seconds = [point["seconds"] for point in result.history]
    assert seconds == sorted(seconds) and round(result.seconds, 2) >= seconds[-1] > 0
    assert seen == [result.history[:n] for n in (1, 2, 3)]
    assert json.loads(json.dumps(result.history)) == result.history
    assert result.finished and result.steps == 5 and not result.model.training


def test_points_are_means_of_the_losses_since_the_last(monkeypatch):
    monkeypatch.setattr(loop, "REPORT_EVERY", 2)
    losses = iter([0.1, 0.3, 0.01, 0.03, 0.5])

    def fixed(model, *_):
        return sum(p.sum() for p in model.parameters()) * 0.0 + next(losses)

    monkeypatch.setattr(loop, "training_step", fixed)
    psnr = [point["psnr"] for point in train(steps=5).history]
    assert psnr == pytest.approx([-10 * math.log10(mean) for mean in (0.2, 0.02, 0.5)], abs=1e-3)


def test_the_monitor_looks_now_and_then():
    monitor = Monitor(SMOKE, torch.device("cpu"))
    model = wild_model("upsrt", SMOKE.model)
    assert monitor.look(model, "sector", 249, last=False) == {}
    assert monitor.look(model, "sector", 250, last=False).keys() == {"val_psnr"}
    assert monitor.look(model, "sector", 1, last=True).keys() == {"val_psnr"}
    words = monitor.words({"step": 3, "psnr": 20.04, "val_psnr": 19.0, "azimuth": 0.5})
    assert words == "train 20.0 dB, unseen 19.0 dB, R2 azimuth 0.50"


def test_a_model_can_be_trained_on():
    model = make_model("rust", SMOKE.model)
    start = {key: value.clone() for key, value in model.state_dict().items()}
    result = train(model, steps=2)
    assert result.model is model
    assert not any(torch.equal(start[key], value) for key, value in model.state_dict().items())


# ----------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("arguments, says", [
    (dict(steps=0), "a run of 0 steps"),
    (dict(noise=-0.1), "pose noise sigma = -0.1"),
    (dict(noise=math.nan), "pose noise sigma = nan"),
    (dict(noise=math.inf), "pose noise sigma = inf"),
    (dict(seed=-1), "seed -1"),
    (dict(seed=2**32), "seed 4294967296"),
    (dict(profile=replace(SMOKE, batch=0)), "a batch of 0 scenes"),
    (dict(profile=replace(SMOKE, queries=0)), "0 queries"),
    (dict(profile=replace(SMOKE, input_views=(0, 3))), "0 to 3 input"),
    (dict(profile=replace(SMOKE, input_views=(3, 2))), "3 to 2 input"),
    (dict(profile=replace(SMOKE, target_views=0)), "0 target views"),
    (dict(profile=replace(SMOKE, views=6)), "4 input and 3 target views of scenes with 6"),
    (dict(profile=replace(SMOKE, stages=(Stage("moon"),))), "unknown world 'moon'"),
    (dict(model="nerf"), "unknown model 'nerf'"),
])
def test_numbers_that_make_no_run(arguments, says):
    with pytest.raises(InputError, match=says):
        train(**({"steps": 2} | arguments))


def test_a_batch_must_fit_the_processes(monkeypatch):
    monkeypatch.setattr(distributed, "world_size", lambda: 3)
    with pytest.raises(InputError, match="a batch of 8 scenes over 3 processes"):
        train(steps=2)


def test_largest_seed_works():
    assert train(steps=1, seed=2**32 - 1).finished


def test_a_learning_rate_that_diverges_is_said():
    with pytest.raises(DivergenceError, match="(loss|parameter) became .*Lower the learning rate"):
        train(profile=replace(SMOKE, learning_rate=1e30), steps=20)


# ------------------------------------------------------------------------------------- time, and the record


def test_step_time_and_steps_in_a_time(monkeypatch):
    assert 0 < measure_step_time("smoke", "rust", seconds=0.0) < 60
    monkeypatch.setattr(loop, "measure_step_time", lambda *_: 0.01)
    assert steps_for(2.0, "rust", SMOKE) == 12000
    assert steps_for(1e-9, "rust", SMOKE) == SMOKE.warmup
    for minutes in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(InputError, match="minutes of training"):
            steps_for(minutes, "rust", SMOKE)


@pytest.mark.parametrize("arguments, name", [
    (("rust", "laptop", 0.0, 0), "rust-laptop"), (("srt", "laptop", 0.1, 0), "srt-laptop-noise0.1"),
    (("rust", "orbit", 0.0, 2), "rust-orbit-seed2"), (("upsrt", "gpu", 0.05, 1), "upsrt-gpu-noise0.05-seed1"),
])
def test_run_names(arguments, name):
    model, profile, noise, seed = arguments
    assert record.run_name(model, get_profile(profile), noise, seed) == name


def test_another_width_of_the_latent_pose_is_part_of_the_name_and_the_command():
    wide = replace(get_profile("laptop"), model=replace(get_profile("laptop").model, latent=64))
    assert record.run_name("rust", wide, 0.0, 1) == "rust-laptop-latent64-seed1"
    assert record.train_command("rust", wide, 9, 1, 0.0).endswith("--profile laptop --steps 9 --seed 1 --latent 64")


def test_queries_with_the_pixel_s_position_are_part_of_the_name_and_the_command():
    profile = get_profile("laptop")
    told = replace(profile, model=replace(profile.model, pixel=True))
    assert record.run_name("srt", told, 0.1, 0) == "srt-laptop-pixel-noise0.1"
    assert record.train_command("srt", told, 9, 0, 0.1).endswith("--seed 0 --pixel --noise 0.1")


def test_what_a_run_leaves(tmp_path, monkeypatch):
    result = train("srt", steps=2, seed=3, noise=0.1)
    path = record.finish(result, tmp_path / "run", SMOKE, 2, 3, 0.1)
    model, about = load_weights(path)
    assert same_bits(model, result.model)
    assert json.loads((tmp_path / "run" / "curve.json").read_text()) == result.history
    assert about["command"] == "rust-edu train --model srt --profile smoke --steps 2 --seed 3 --noise 0.1"
    assert (about["profile"], about["world"], about["steps"], about["seed"]) == ("smoke", "sector", 2, 3)
    assert about["noise"] == 0.1 and about["last"] == result.history[-1] and "threads" in about["hardware"]
    assert {"rust_edu", "python", "torch", "numpy"} <= about["versions"].keys()
    (tmp_path / "run" / "curve.json").unlink()
    (tmp_path / "run" / "curve.json").mkdir()
    with pytest.raises(DataError, match="cannot write .*curve.json"):
        record.finish(result, tmp_path / "run", SMOKE, 2, 3, 0.1)
    assert not list((tmp_path / "run").glob("*.tmp"))


def test_shipped_weights_are_rounded_to_half_precision_and_draw_alike(tmp_path, monkeypatch):
    result = train("rust", steps=2)
    record.finish(result, tmp_path / "run", SMOKE, 2, 0, 0.0)
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path / "data"))
    path = record.ship(tmp_path / "run", "rust-smoke")
    assert path == tmp_path / "data" / "weights" / "rust-smoke.safetensors"
    assert path.stat().st_size < 0.6 * (tmp_path / "run" / "weights.safetensors").stat().st_size
    model, about = load_weights(path)
    assert about == load_weights(tmp_path / "run" / "weights.safetensors")[1]
    assert json.loads((path.parent / "rust-smoke.curve.json").read_text()) == result.history
    for name, weight in result.model.state_dict().items():
        assert model.state_dict()[name].dtype == torch.float32
        torch.testing.assert_close(model.state_dict()[name], weight, rtol=1e-3, atol=1e-6)
