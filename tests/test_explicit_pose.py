"""Fitting and scoring of pose readers, on latents whose meaning is known."""

import math
from dataclasses import replace

import pytest
import torch
from model_helpers import TINY, wild_model
from sklearn.linear_model import Ridge

from rust_edu import SRT
from rust_edu.cameras import from_rotation, look_at, orbit_position, relative_pose, so3_exp
from rust_edu.datasets import SceneSet
from rust_edu.errors import InputError
from rust_edu.evaluation.camera_error import ordered_pairs
from rust_edu.evaluation.explicit_pose import Posed, encode_scenes, predict, score
from rust_edu.evaluation.probes import latent_poses
from rust_edu.models.pose_reader import ReaderConfig, to_answer
from rust_edu.scenes.worlds import get_world
from rust_edu.training import pose_fitting
from rust_edu.training.pose_fitting import fit_labelled, fit_reader

TARGETS, LATENT = 4, 8


def posed_set(scenes: int, seed: int) -> Posed:
    """Cameras around a heading of each scene, turned and rolled a little anyhow; latents a fixed mixture of where each
    stands, counted from the heading, and of how it is turned. The scene representation is noise."""
    generator = torch.Generator().manual_seed(seed)
    heading = 2 * math.pi * torch.rand(scenes, 1, generator=generator)
    azimuth = torch.rand(scenes, TARGETS, generator=generator) - 0.5
    elevation = 0.4 + 0.6 * torch.rand(scenes, TARGETS, generator=generator)
    distance = 3.0 + 2.0 * torch.rand(scenes, TARGETS, generator=generator)
    turn = 0.2 * torch.randn(scenes, TARGETS, 3, generator=generator)
    cameras = look_at(orbit_position(azimuth + heading, elevation, distance), torch.zeros(3))
    cameras = cameras @ from_rotation(so3_exp(turn), torch.zeros_like(turn))
    known = torch.cat([torch.stack([azimuth, elevation, distance], dim=-1), turn], dim=-1)
    mixing = torch.randn(known.shape[-1], LATENT, generator=torch.Generator().manual_seed(7))
    return Posed(known @ mixing, torch.randn(scenes, 6, 32, generator=generator), cameras)


def pictures(scenes: int = 6, views: int = 6, size: int = TINY.size, seed: int = 0) -> SceneSet:
    """Noise, and cameras of the sector that have nothing to do with it: to be learned by heart."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (scenes, views, size, size, 3), generator=generator, dtype=torch.uint8)
    where = torch.rand(scenes, views, 3, generator=generator)
    cameras = look_at(orbit_position(where[..., 0], 0.3 + where[..., 1], 3.0 + where[..., 2]), torch.zeros(3))
    return SceneSet(images, cameras, get_world("sector"), [])


# ---- Latents in memory


def test_scenes_are_encoded_as_the_protocol_says():
    model, scenes = wild_model("rust").train(), pictures()
    posed = encode_scenes(model, scenes, 2, 3, batch=4)
    z, cameras = latent_poses(model, scenes, 2, 3)
    assert torch.allclose(posed.z, z, atol=1e-6) and torch.equal(posed.cameras, cameras[:, 2:]) and model.training
    with torch.no_grad():
        slsr = model.eval().encode(scenes.views(slice(None))[:, :2])
    assert torch.allclose(posed.slsr, slsr, atol=1e-6)
    assert encode_scenes(model, scenes, 2).z.shape == (6, 4, TINY.latent), "all targets, if nobody says how many"


def test_a_model_without_latents_is_refused():
    with pytest.raises(InputError, match="cameras of shape") as caught:
        encode_scenes(SRT(TINY), pictures(), 2)
    assert "\n" not in str(caught.value)


def test_pairs_are_relative_and_in_order():
    posed = posed_set(3, 0)
    first, second, truth = posed.pairs()
    i, j = ordered_pairs(TARGETS)
    at = [(a, b) for a, b in zip(i.tolist(), j.tolist())].index((2, 0))
    assert torch.equal(first[:, at], posed.z[:, 2]) and torch.equal(second[:, at], posed.z[:, 0])
    assert torch.allclose(truth[:, at], relative_pose(posed.cameras[:, 0], posed.cameras[:, 2]))
    assert len(posed[torch.tensor([2, 0])]) == 2 and torch.equal(posed[1:].z, posed.z[1:])


# ---- Readers


def test_the_constant_reader_says_the_mean_and_explains_nothing():
    posed, other = posed_set(40, 0), posed_set(20, 1)
    found, record = fit_reader("constant", posed)
    read, _ = predict(found, other)
    assert (read - read[0, 0]).abs().max() == 0.0 and record["scenes"] == 40 and record["kind"] == "constant"
    # Each pair is there in both orders, so the mean rotation turns nothing.
    assert torch.allclose(read[0, 0, :3, :3], torch.eye(3), atol=1e-4)
    assert torch.allclose(read[0, 0, :3, 3], posed.pairs()[2][..., :3, 3].mean((0, 1)), atol=1e-4)
    assert abs(score(found, other)["r2"]["translation"]) < 0.05


def test_the_linear_reader_is_sklearns_ridge():
    posed = posed_set(12, 0)
    found, _ = fit_reader("linear", posed)
    first, second, truth = posed.pairs()
    x = torch.cat([(latents - found.latent_mean) / found.latent_scale for latents in (first, second)], dim=-1)
    y = (to_answer(truth) - found.answer_mean) / found.answer_scale
    ridge = Ridge(alpha=pose_fitting.RIDGE).fit(x.flatten(0, 1).double().numpy(), y.flatten(0, 1).double().numpy())
    assert torch.allclose(found.network.weight.double(), torch.from_numpy(ridge.coef_), atol=1e-5)
    assert torch.allclose(found.network.bias.double(), torch.from_numpy(ridge.intercept_), atol=1e-5)
    assert torch.allclose(found.latent_scale, posed.z.flatten(0, 1).std(0))


@pytest.mark.parametrize("kind, least", [("mlp", 0.97), ("attention", 0.97)])
def test_a_network_learns_a_few_scenes_by_heart(kind, least, monkeypatch):
    monkeypatch.setattr(pose_fitting, "BATCH", 8)
    posed = posed_set(5, 0)
    found, record = fit_reader(kind, posed, steps=400)
    assert record["steps"] <= 400 and record["best_step"] <= record["steps"] and record["curve"]
    # Of five, one was held out to stop early by: of the others nearly all must be known.
    order = torch.randperm(5, generator=torch.Generator().manual_seed(0))
    known = score(found, posed[order[1:]])
    assert min(known["r2"].values()) > least
    assert record["held_out_loss"] == min(point["held_out"] for point in record["curve"])


def test_an_mlp_reads_what_a_line_cannot_and_both_read_other_scenes():
    posed, other = posed_set(80, 0), posed_set(40, 1)
    scores = {kind: score(fit_reader(kind, posed, steps=600)[0], other) for kind in ("constant", "linear", "mlp")}
    rotation = {kind: found["rotation"] for kind, found in scores.items()}
    assert rotation["mlp"] < 0.6 * rotation["linear"] < 0.4 * rotation["constant"]
    assert scores["mlp"]["auc"]["15"]["mean"] > scores["linear"]["auc"]["15"]["mean"]
    assert min(scores["mlp"]["r2"].values()) > 0.93 and scores["mlp"]["distance"] < scores["linear"]["distance"]


def test_attention_looks_up_in_the_scene_what_a_latent_counts_in(monkeypatch):
    """Latents whose sign differs from scene to scene, as the scene representation says: nobody else can tell."""
    monkeypatch.setattr(pose_fitting, "PAIRS", 4)
    sets = []
    for seed, scenes in ((0, 200), (1, 40)):
        posed = posed_set(scenes, seed)
        sign = torch.where(torch.rand(scenes, 1, 1, generator=torch.Generator().manual_seed(seed)) < 0.5, -1.0, 1.0)
        centred = posed.z - posed.z.mean((0, 1))  # or a mean that is never negative would give the sign away
        sets.append(replace(posed, z=centred * sign, slsr=sign.expand(scenes, 3, 32).contiguous()))
    asked, alone = (score(fit_reader(kind, sets[0], steps=500)[0], sets[1])["r2"] for kind in ("attention", "mlp"))
    assert asked["rotation"] > 0.8 and alone["rotation"] < asked["rotation"] - 0.4


@pytest.mark.parametrize("kind", ["mlp", "attention"])
def test_a_seed_says_everything(kind):
    posed = posed_set(6, 0)
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    one, other, third = (fit_reader(kind, posed, seed=seed, steps=20)[0].state_dict() for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), before), "torch's own generator is left alone"
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert not all(torch.equal(value, third[name]) for name, value in one.items())


def test_a_run_stops_early_and_goes_back_to_its_best(monkeypatch):
    """Cameras that latents say nothing about: what is learned of them by heart is worse on others."""
    monkeypatch.setattr(pose_fitting, "CHECK_EVERY", 10)
    posed = posed_set(10, 0)
    posed = replace(posed, z=torch.randn_like(posed.z))
    found, record = fit_reader("mlp", posed, steps=2000)
    assert record["steps"] < 2000 and record["steps"] == record["best_step"] + 10 * pose_fitting.PATIENCE
    assert record["held_out_loss"] < record["curve"][-1]["held_out"]


@pytest.mark.parametrize("posed, steps", [
    (posed_set(1, 0), 10), (posed_set(4, 0), 0),
    (replace(posed_set(4, 0), z=torch.full((4, TARGETS, LATENT), math.nan)), 9),
    (replace(posed_set(4, 0), z=torch.zeros(4, LATENT)), 9), (replace(posed_set(4, 0), slsr=torch.zeros(3, 6, 32)), 9),
    (replace(posed_set(4, 0), z=torch.zeros(4, 1, LATENT), cameras=torch.eye(4).expand(4, 1, 4, 4)), 9)])
def test_what_cannot_be_fitted_is_refused_in_one_line(posed, steps):
    for kind in ("linear", "mlp"):
        with pytest.raises(InputError) as caught:
            fit_reader(kind, posed, steps=steps)
        assert "\n" not in str(caught.value)


def test_a_configuration_that_does_not_fit_is_refused():
    for kind in ("psychic", ReaderConfig("mlp", latent=3)):
        with pytest.raises(InputError):
            fit_reader(kind, posed_set(4, 0), steps=2)


# ---- Labels alone


def test_labels_alone_can_be_learned_by_heart(monkeypatch):
    monkeypatch.setattr(pose_fitting, "PATIENCE", 1000)
    monkeypatch.setattr(pose_fitting, "LABELLED_BATCH", 6)
    scenes = pictures(3, 5)
    model, record = fit_labelled(TINY, scenes, steps=250, inputs=2, targets=3)
    curve = [point["loss"] for point in record["curve"]]
    assert record["kind"] == "labelled-poses" and curve[-1] < 0.5 * curve[0] and curve[-1] < 0.3


def test_a_seed_says_everything_of_labels_too():
    scenes = pictures(3, 5)
    one, other = (fit_labelled(TINY, scenes, seed=1, steps=3, inputs=2, targets=3)[0].state_dict() for _ in range(2))
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    with pytest.raises(InputError, match="1 scenes"):
        fit_labelled(TINY, pictures(1, 5), steps=3, inputs=2, targets=3)
