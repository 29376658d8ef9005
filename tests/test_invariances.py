"""What the models must not depend on, and that they do depend on what they should. float64, wild weights."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from model_helpers import NAMES, POSED, TINY, random_views, wild_model

from rust_edu.cameras import from_rotation, so3_exp
from rust_edu.models import make_model
from rust_edu.views import Views, half

CLOSE = dict(rtol=1e-9, atol=1e-9)
T = 3


def double(name: str, seed: int = 0):
    return wild_model(name, seed=seed).double()


def views_of(B: int = 2, V: int = 6, seed: int = 0) -> Views:
    return random_views(B, V, seed=seed, dtype=torch.float64)


def predict(model, inputs: Views, targets: Views, right=False) -> torch.Tensor:
    """Unclipped colours of whole targets: a clipped one would hide a difference."""
    return model(inputs, targets, model.positions().double(), right)


def same(a: torch.Tensor, b: torch.Tensor) -> None:
    torch.testing.assert_close(a, b, **CLOSE)


def different(a: torch.Tensor, b: torch.Tensor) -> None:
    assert (a - b).abs().max() > 1e-6


# --------------------------------------------------------------------------------------- sets and batches


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=6)
@given(order=st.permutations([1, 2, 3]))
def test_input_views_after_the_first_are_a_set(name, order):
    model = double(name)
    inputs, targets = views_of(V=6).split(4, 2)
    same(predict(model, inputs[:, [0, *order]], targets), predict(model, inputs, targets))


@pytest.mark.parametrize("name", NAMES)
def test_the_first_input_view_is_special(name):
    model = double(name)
    inputs, targets = views_of().split(3)
    different(predict(model, inputs[:, [1, 0, 2]], targets), predict(model, inputs, targets))


def test_the_view_tag_alone_tells_the_first_view():
    model = double("rust")
    inputs, targets = views_of().split(3)
    model.encoder.view_tag.data[1] = model.encoder.view_tag.data[0]
    same(predict(model, inputs[:, [2, 0, 1]], targets), predict(model, inputs, targets))


@pytest.mark.parametrize("name", NAMES)
def test_every_input_view_matters(name):
    model = double(name)
    inputs, targets = views_of().split(3)
    for view in range(3):
        other = replace(inputs, images=inputs.images.clone())
        other.images[:, view] = 1.0 - other.images[:, view]
        different(predict(model, other, targets), predict(model, inputs, targets))


@pytest.mark.parametrize("name", NAMES)
def test_scenes_of_a_batch_do_not_meet(name):
    model = double(name)
    inputs, targets = views_of(B=3).split(3)
    together = predict(model, inputs, targets)
    for scene in range(3):
        same(predict(model, inputs[scene:scene + 1], targets[scene:scene + 1]), together[scene:scene + 1])


@pytest.mark.parametrize("name", NAMES)
def test_targets_do_not_meet(name):
    model = double(name)
    inputs, targets = views_of().split(3)
    right = torch.tensor([[False, True, False], [True, True, False]])
    together = predict(model, inputs, targets, right)
    for t in range(T):
        same(predict(model, inputs, targets[:, t:t + 1], right[:, t:t + 1]), together[:, t:t + 1])
    same(predict(model, inputs, targets[:, [2, 0, 1]], right[:, [2, 0, 1]]), together[:, [2, 0, 1]])


# ------------------------------------------------------------------------------------------------ cameras


@pytest.mark.parametrize("name", POSED)
@settings(max_examples=15)
@given(turn=st.tuples(*[st.floats(-3, 3)] * 3), shift=st.tuples(*[st.floats(-50, 50)] * 3))
def test_moving_the_whole_world_changes_nothing(name, turn, shift):
    model = double(name)
    inputs, targets = views_of().split(3)
    motion = from_rotation(so3_exp(torch.tensor(turn, dtype=torch.float64)),
                           torch.tensor(shift, dtype=torch.float64))
    moved = [replace(v, camera_to_world=motion @ v.camera_to_world) for v in (inputs, targets)]
    torch.testing.assert_close(predict(model, *moved), predict(model, inputs, targets), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", POSED)
def test_moving_one_target_camera_changes_that_target(name):
    model = double(name)
    inputs, targets = views_of().split(3)
    moved = replace(targets, camera_to_world=targets.camera_to_world.clone())
    moved.camera_to_world[:, 1, :3, 3] += 0.1
    change = (predict(model, inputs, moved) - predict(model, inputs, targets)).abs().amax((0, 2, 3))
    assert change[1] > 1e-6 and change[0] == change[2] == 0


@pytest.mark.parametrize("name", POSED)
def test_which_cameras_of_the_inputs_enter(name):
    """SRT sees the cameras of all inputs. UpSRT sees only the first one's: it is the frame of its targets."""
    model = double(name)
    inputs, targets = views_of().split(3)
    for view, matters in ((0, True), (2, name == "srt")):
        moved = replace(inputs, camera_to_world=inputs.camera_to_world.clone())
        moved.camera_to_world[:, view, :3, 3] += 0.1
        (different if matters else same)(predict(model, moved, targets), predict(model, inputs, targets))


@pytest.mark.parametrize("name", POSED)
def test_focal_length_matters_to_posed_models(name):
    model = double(name)
    inputs, targets = views_of().split(3)
    zoomed = replace(targets, K=targets.K * torch.tensor([[2.0], [2.0], [1.0]]))
    different(predict(model, inputs, zoomed), predict(model, inputs, targets))


@pytest.mark.parametrize("name", POSED)
def test_posed_models_do_not_look_at_their_targets(name):
    model = double(name)
    inputs, targets = views_of().split(3)
    blank = replace(targets, images=torch.full_like(targets.images, torch.nan))
    same(predict(model, inputs, blank), predict(model, inputs, targets))


def test_rust_ignores_cameras_entirely():
    model = double("rust")
    inputs, targets = views_of().split(3)
    lost = [replace(v, camera_to_world=torch.full_like(v.camera_to_world, torch.nan),
                    K=torch.full_like(v.K, torch.nan)) for v in (inputs, targets)]
    answer = predict(model, *lost)
    assert answer.isfinite().all() and torch.equal(answer, predict(model, inputs, targets))


# ------------------------------------------------------------------------------------- the pose estimator


@pytest.mark.parametrize("right", [False, True])
def test_the_pose_estimator_sees_one_half_only(right):
    model = double("rust")
    inputs, targets = views_of().split(3)
    slsr = model.encode(inputs).detach()
    images = targets.images.clone().requires_grad_()
    latent = model.pose(inputs, replace(targets, images=images), slsr, right)
    latent.square().sum().backward()
    seen, hidden = half(images.grad, right), half(images.grad, not right)
    assert (hidden == 0).all() and (seen != 0).all()
    other = replace(targets, images=targets.images.clone())
    half(other.images, not right).copy_(torch.rand(2, T, 16, 8, 3, dtype=torch.float64,
                                                   generator=torch.Generator().manual_seed(1)))
    assert torch.equal(model.pose(inputs, other, slsr, right), latent)


def test_each_target_is_seen_by_its_own_half():
    model = double("rust")
    inputs, targets = views_of().split(3)
    slsr = model.encode(inputs)
    left, right = (model.pose(inputs, targets, slsr, side) for side in (False, True))
    choice = torch.tensor([[False, True, True], [True, False, False]])
    same(model.pose(inputs, targets, slsr, choice), torch.where(choice[..., None], right, left))
    different(left, right)


def test_left_and_right_halves_have_positions_of_their_own():
    """The same half picture means another pose if it is the other half."""
    model = double("rust")
    inputs, targets = views_of().split(3)
    twice = replace(targets, images=half(targets.images, False).repeat(1, 1, 1, 2, 1))
    slsr = model.encode(inputs)
    different(model.pose(inputs, twice, slsr, False), model.pose(inputs, twice, slsr, True))


def test_the_latent_pose_is_relative_to_the_scene():
    model = double("rust")
    inputs, targets = views_of().split(3)
    elsewhere = model.encode(views_of(seed=7).split(3)[0])
    different(model.pose(inputs, targets, elsewhere), model.pose(inputs, targets, model.encode(inputs)))


def test_the_colour_depends_on_latent_position_and_scene():
    model = double("rust")
    inputs, targets = views_of().split(3)
    slsr = model.encode(inputs)
    pose, positions = model.pose(inputs, targets, slsr), model.positions().double()[:4]
    colours = model.decode(model.queries(pose, positions), slsr)
    for number in range(pose.shape[-1]):
        turned = pose.clone()
        turned[..., number] += 0.5
        different(model.decode(model.queries(turned, positions), slsr), colours)
    different(model.decode(model.queries(pose, positions + 1.0), slsr), colours)
    different(model.decode(model.queries(pose, positions), slsr.flip(-1)), colours)


def test_a_colour_error_reaches_every_parameter():
    for name in NAMES:
        model = double(name)
        inputs, targets = views_of().split(3)
        right = torch.tensor([[False, True, False], [True, True, False]])
        predict(model, inputs, targets, right).square().mean().backward()
        idle = [key for key, p in model.named_parameters() if p.grad is None or not (p.grad != 0).any()]
        assert idle == [], name


# --------------------------------------------------------------------------------------- relative latent poses


@pytest.mark.parametrize("right", [False, True])
def test_relative_latents_count_from_the_mean_of_the_inputs(right):
    plain = double("rust")
    relative = make_model("rust", replace(plain.config, relative=True)).double().eval()
    relative.load_state_dict(plain.state_dict())
    inputs, targets = views_of().split(3)
    slsr = plain.encode(inputs)
    z, own = (plain.pose(inputs, views, slsr, right) for views in (targets, inputs))
    same(relative.pose(inputs, targets, slsr, right), z - own.mean(1, keepdim=True))
    same(relative.pose(inputs, inputs, slsr, right).mean(1), torch.zeros(2, 5, dtype=torch.float64))
    same(relative.pose(inputs[:, :1], inputs[:, :1], slsr, right), torch.zeros(2, 1, 5, dtype=torch.float64))


def test_relative_latents_of_either_side_count_from_inputs_of_that_side():
    """Which side that is, the first target says: one origin for all targets of a scene."""
    model = wild_model("rust", replace(TINY, relative=True)).double()
    inputs, targets = views_of().split(3)
    slsr, mixed = model.encode(inputs), torch.tensor([[True, False, False], [False, True, True]])
    z = model.pose(inputs, targets, slsr, mixed)
    right, left = (model.pose(inputs, targets, slsr, side) for side in (True, False))
    same(z[0, 0], right[0, 0])
    same(z[1, 0], left[1, 0])
    same(z[0, 1] - z[0, 2], left[0, 1] - left[0, 2])
