"""RUST broken on purpose: each variant is broken in the way that it says, and in no other."""

import pytest
import torch

from rust_edu.course.chapters.c07_rust.broken import VARIANTS, Blind, FullView, WholeView, ship
from rust_edu.course.reading.training import load_or_train
from rust_edu.models import RUST
from rust_edu.training.loop import Result
from rust_edu.training.profiles import get_profile
from rust_edu.views import half
from tests.model_helpers import TINY, random_views


def views_of_two_scenes():
    torch.manual_seed(0)
    return random_views(2, 4).split(2, 2)


def test_full_view_sees_both_halves_patch_by_patch():
    inputs, targets = views_of_two_scenes()
    model = FullView(TINY).eval()
    with torch.no_grad():
        slsr = model.encode(inputs)
        pose = model.pose(inputs, targets, slsr)
        assert pose.shape == (2, 2, 16, TINY.latent)
        assert model.render(pose, slsr).shape == targets.images.shape
        for side in (False, True):  # either half of a target matters: nothing is hidden
            changed = random_views(2, 4).split(2, 2)[1]
            half(changed.images, side)[:] = 0.5
            assert not torch.allclose(model.pose(inputs, changed, slsr), pose)


def test_full_view_gives_each_position_the_latent_of_its_own_patch():
    model = FullView(TINY)
    marks = torch.arange(16.0).expand(1, 1, 16)[..., None].expand(1, 1, 16, TINY.latent)
    queries = model.queries(marks, torch.tensor([[0.5, 0.5], [15.5, 0.5], [0.5, 15.5], [6.0, 5.0]]))
    assert queries[0, 0, :, 0].tolist() == [0.0, 3.0, 12.0, 5.0]  # 4 patches of 4 pixels in a row


def test_whole_view_is_the_mean_of_what_full_view_passes_on():
    inputs, targets = views_of_two_scenes()
    whole, full = WholeView(TINY).eval(), FullView(TINY).eval()
    full.load_state_dict(whole.state_dict())
    with torch.no_grad():
        slsr = whole.encode(inputs)
        mean = full.pose(inputs, targets, slsr).mean(dim=2)  # the read-out is linear
        assert torch.allclose(whole.pose(inputs, targets, slsr), mean, atol=1e-6)
        assert whole.render(mean, slsr).shape == targets.images.shape


def test_blind_reads_the_same_latent_in_any_scene_where_rust_does_not():
    inputs, targets = views_of_two_scenes()
    blind, rust = Blind(TINY).eval(), RUST(TINY).eval()
    rust.load_state_dict(blind.state_dict())
    with torch.no_grad():
        slsr = rust.encode(inputs)
        assert torch.equal(blind.pose(inputs, targets, slsr), blind.pose(inputs, targets, slsr.roll(1, dims=0)))
        assert not torch.allclose(rust.pose(inputs, targets, slsr), rust.pose(inputs, targets, slsr.roll(1, dims=0)))
        assert torch.equal(blind.encode(inputs), slsr)  # the decoder still has the scene


def test_one_number_is_one_number():
    assert VARIANTS["laptop-latent1"](TINY).config.latent == 1


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_has_the_parameters_of_rust(variant):
    model = VARIANTS[variant](get_profile("laptop").model)
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    assert {name: tensor.shape for name, tensor in RUST(model.config).state_dict().items()} == shapes


def test_a_variant_ships_as_weights_of_rust(home):
    torch.manual_seed(0)
    ship(Result(FullView(TINY), [{"step": 1, "seconds": 1.0, "psnr": 9.0}], True, 1, 1.0), "laptop-cheat", seed=0)
    loaded = load_or_train("rust-laptop-cheat", FullView, get_profile("smoke"), retrain=False)
    assert type(loaded.model) is FullView and loaded.history[0]["psnr"] == 9.0 and loaded.steps == 1
