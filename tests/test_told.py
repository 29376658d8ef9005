"""What a posed model is told: cameras that are corrected, and what wrong ones cost, told apart."""

from dataclasses import replace

import pytest
import torch
from model_helpers import random_views, wild_model

from rust_edu import SRT
from rust_edu.cameras import perturb, rotation_angle
from rust_edu.datasets import SceneSet
from rust_edu.evaluation.correction import Looking
from rust_edu.evaluation.protocol import evaluate_views, left_only
from rust_edu.evaluation.report import test_scenes as held_out
from rust_edu.evaluation.told import LOOKED, SIGMAS, evaluate_told, turned_by


@pytest.fixture(scope="module")
def srt():
    return SRT.from_pretrained("laptop")


def told_wrongly(scenes: int, sigma: float = 0.1):
    """Views of the sector whose target cameras alone are wrong."""
    views = held_out("sector").views(slice(0, scenes))
    cameras = perturb(views.camera_to_world, sigma, torch.Generator().manual_seed(0))
    return replace(views, camera_to_world=torch.cat([views.camera_to_world[:, :3], cameras[:, 3:]], dim=1)), views


def test_a_wrong_camera_is_corrected_on_the_left_half_alone(srt):
    wrong, true = told_wrongly(6)
    inputs, targets = wrong.split(3)
    found = Looking(srt).correct(inputs, left_only(targets), srt.encode(inputs).detach()).camera_to_world
    before, after = (rotation_angle(c[..., :3, :3], true.camera_to_world[:, 3:, :3, :3]).median()
                     for c in (targets.camera_to_world, found))
    assert after < 0.5 * before
    as_told, corrected = (evaluate_views(m, wrong, metrics=("psnr",))["psnr"].mean() for m in (srt, Looking(srt)))
    assert corrected > as_told + 2.0


def test_each_target_is_corrected_on_its_own_and_nothing_else_changes():
    model, views = wild_model("upsrt"), random_views(2, 5)
    inputs, targets = views.split(3)
    slsr = model.encode(inputs).detach()
    looking = Looking(model, steps=3)
    both = looking.correct(inputs, targets, slsr)
    one = looking.correct(inputs, targets[:, 1:], slsr)
    torch.testing.assert_close(both.camera_to_world[:, 1:], one.camera_to_world, rtol=0, atol=1e-5)
    assert both.images is targets.images and not both.camera_to_world.requires_grad
    assert (both.camera_to_world - targets.camera_to_world).abs().max() > 1e-3
    assert all(p.grad is None for p in model.parameters())
    nothing = Looking(model, steps=0).correct(inputs, targets, slsr)
    torch.testing.assert_close(nothing.camera_to_world, targets.camera_to_world)


def test_what_is_told_at_every_sigma_and_corrected_at_some(srt, monkeypatch):
    monkeypatch.setattr(Looking.__init__, "__defaults__", (10, 0.02))
    scenes = held_out("sector")
    few = SceneSet(scenes.images[:20], scenes.camera_to_world[:20], scenes.world, [])
    found = evaluate_told(srt, few, 9004, looking=True, seeds=(0,))
    assert list(found) == [f"{s:g}" for s in SIGMAS]
    means = [found[key]["as_told"]["mean"] for key in found]
    assert means == sorted(means, reverse=True) and means[0] > means[-1] + 5
    assert {float(key) for key, entry in found.items() if "corrected" in entry} == set(LOOKED)
    assert found["0.1"]["corrected"]["mean"] > found["0.1"]["as_told"]["mean"] + 1
    assert not any("corrected" in entry for entry in evaluate_told(srt, few, 9004, seeds=(0,)).values())


@pytest.mark.parametrize("relative", [False, True])
def test_degrees_of_a_sigma_are_those_of_the_noise(relative):
    generator = torch.Generator().manual_seed(0)
    a, b = (perturb(torch.eye(4).expand(50_000, 4, 4), 0.02, generator)[:, :3, :3] for _ in "ab")
    angle = rotation_angle(a, b if relative else torch.eye(3).expand_as(a)).rad2deg().mean().item()
    assert turned_by(0.02, relative) == pytest.approx(angle, rel=0.01)
