"""A NeRF fitted to one scene: it learns, a seed means the same bits, cameras can be learned, bad input is one line."""

import math
from dataclasses import replace

import pytest
import torch

from rust_edu.cameras import perturb, rotation_angle
from rust_edu.errors import DivergenceError, InputError
from rust_edu.evaluation.protocol import left_only
from rust_edu.models.nerf import NeRF, NeRFConfig
from rust_edu.scenes.render import render
from rust_edu.scenes.worlds import get_world, sample_cameras, sample_scenes, world_intrinsics
from rust_edu.training.one_scene import config_for, fit_scene, refine_cameras, right_half_psnr
from rust_edu.views import Views

TINY = NeRFConfig(octaves=3, width=32, layers=2, samples=16)
SIZE = 12


def make_views(count: int = 8, seed: int = 7) -> Views:
    world, generator = get_world("sector"), torch.Generator().manual_seed(seed)
    scenes = sample_scenes(world, 1, generator)
    cameras, K = sample_cameras(world, scenes, count, generator), world_intrinsics(world, SIZE)
    return Views(render(scenes, cameras, K, SIZE, SIZE).colour, cameras, K)


@pytest.fixture(scope="module")
def views():
    return make_views()


@pytest.fixture(scope="module")
def fitted(views):
    """200 steps on six views, with the other two held out, and how far it was at each point."""
    stages = []
    fit = fit_scene(views[:, :6], TINY, steps=200, held_out=views[:, 6:], progress=False,
                    on_progress=lambda now: stages.append((now.steps, len(now.history), now.finished)))
    return fit, stages


def quick(views, model=TINY, steps=3, **options):
    return fit_scene(views, model, steps=steps, progress=False, **options)


def test_it_learns_the_scene(fitted, views):
    fit, _ = fitted
    first, last = fit.history[0], fit.history[-1]
    assert first["psnr"] < 19 and last["psnr"] > 22
    plain = views.images[:, :6].mean((1, 2, 3), keepdim=True).expand_as(views[:, 6:].images[:, :1])
    baseline = -10 * (plain - views.images[:, 6:]).square().mean().log10()
    assert right_half_psnr(fit, views[:, 6:]) > baseline + 2, "views it has not seen, and more than their mean colour"


def test_the_curve(fitted):
    fit, stages = fitted
    assert fit.finished and fit.steps == 200 and fit.seconds > 0
    assert [point["step"] for point in fit.history] == list(range(25, 201, 25))
    assert [point["step"] for point in fit.history if "val_psnr" in point] == [100, 200]
    assert stages == [(step, step // 25, step == 200) for step in range(25, 201, 25)]


def test_pictures_and_depth(fitted, views):
    fit, _ = fitted
    pictures, depth = fit.pictures(views.camera_to_world[0, :2], views.K, 5, 6)
    assert pictures.shape == (2, 5, 6, 3) and depth.shape == (2, 5, 6)
    assert depth.min() > 1 and depth.max() < 9


def test_a_seed_means_the_same_bits(views):
    state = torch.get_rng_state()
    a, b, other = (quick(views, seed=seed) for seed in (1, 1, 2))
    assert torch.get_rng_state().equal(state), "torch's own random numbers are left alone"
    for p, q, r in zip(*(fit.field.parameters() for fit in (a, b, other))):
        assert p.equal(q) and not p.equal(r)


def test_it_goes_on_with_a_nerf(fitted, views):
    fit, _ = fitted
    again = NeRF(TINY)
    again.load_state_dict(fit.field.state_dict())
    assert quick(views[:, :6], again, steps=1).history[0]["psnr"] > 20


def test_it_stops_when_asked(views, ctrl_c):
    asked = iter([False, False, True])
    fit = quick(views, steps=50, should_stop=lambda: next(asked))
    assert not fit.finished and fit.steps == 3 and fit.history[-1]["step"] == 3
    fit = quick(views, steps=50, should_stop=lambda: ctrl_c())
    assert not fit.finished and fit.steps == 1


def test_told_cameras_stay(views):
    assert quick(views).camera_to_world.equal(views.camera_to_world[0])


def test_cameras_are_learned_with_the_scene(fitted, views):
    # The field is good already: then the cameras must come back to where they were.
    fit, _ = fitted
    true = views.camera_to_world[:, :6]
    rough = replace(views[:, :6], camera_to_world=perturb(true, 0.05, torch.Generator().manual_seed(0)))
    nerf = NeRF(TINY)
    nerf.load_state_dict(fit.field.state_dict())
    learned = quick(rough, nerf, steps=60, learn_cameras=True, camera_rate=5e-3)
    before, after = (rotation_angle(poses[..., :3, :3], true[0, :, :3, :3]).mean()
                     for poses in (rough.camera_to_world[0], learned.camera_to_world))
    assert after < 0.7 * before


def test_cameras_of_new_views_are_fitted_to_their_left_halves(fitted, views):
    fit, _ = fitted
    before = [p.clone() for p in fit.field.parameters()]
    seen = views[:, :6]
    rough = replace(seen, camera_to_world=perturb(seen.camera_to_world, 0.1, torch.Generator().manual_seed(0)))
    found = refine_cameras(fit.field, rough)
    assert found.equal(refine_cameras(fit.field, left_only(rough))), "blind to the right halves"
    refined = replace(rough, camera_to_world=found[None])
    assert right_half_psnr(fit, refined) > right_half_psnr(fit, rough) + 1.5
    assert all(p.equal(q) for p, q in zip(before, fit.field.parameters())), "the field is frozen"


def test_octaves_fade_in(views):
    shown = []
    fit = quick(views, steps=100, coarse_to_fine=True, on_progress=lambda now: shown.append(now.alpha))
    assert shown == sorted(shown) and 0 < shown[0] < TINY.octaves < fit.alpha
    assert quick(views).alpha is None


def test_rays_reach_through_the_world():
    assert config_for(get_world("sector")) == NeRFConfig(), "the defaults are made for the world of the course"
    far = config_for(get_world("far"), TINY)
    assert far.near > 5 and far.far > 12 and far.width == TINY.width


def test_nan_is_found(views):
    nerf = NeRF(TINY)
    torch.nn.init.constant_(nerf.mlp[0].weight, math.nan)
    with pytest.raises(DivergenceError, match="the loss became nan before step 3"):
        quick(views, nerf)


@pytest.mark.parametrize("change, words", [
    (lambda v: v.images[0], "the views of one scene"),
    (lambda v: v.images.repeat(2, 1, 1, 1, 1), "the views of one scene"),
    (lambda v: v.images[:, :0], "the views of one scene"),
    (lambda v: v.images * 255, "Divide bytes by 255"),
    (lambda v: v.images * math.nan, r"display RGB in \[0, 1\]"),
    (lambda v: v.images[:, :3], "one camera for each picture"),
])
def test_pictures_that_cannot_be_fitted(views, change, words):
    with pytest.raises(InputError, match=words):
        quick(replace(views, images=change(views)))


@pytest.mark.parametrize("change, words", [
    ({"camera_to_world": torch.full((1, 8, 4, 4), math.nan)}, "NaN or infinity"),
    ({"camera_to_world": 2 * torch.eye(4).expand(1, 8, 4, 4)}, "not a rotation"),
    ({"K": torch.zeros(3, 3)}, "intrinsics"),
])
def test_cameras_that_are_none(views, change, words):
    with pytest.raises(InputError, match=words):
        quick(replace(views, **change))


@pytest.mark.parametrize("options, words", [
    ({"steps": 0}, "a fit of 0 steps"), ({"seed": -1}, "seed -1"), ({"seed": 2**32}, "a number from 0 to"),
    ({"camera_rate": 0.0}, "above 0"), ({"camera_rate": math.nan}, "above 0"),
])
def test_numbers_that_make_no_fit(views, options, words):
    with pytest.raises(InputError, match=words):
        quick(views, **options)
