"""Pose readers: rotations from six numbers, the network's frame of numbers, and files."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from model_helpers import TINY, random_views, wild_model
from scipy.spatial.transform import Rotation

from rust_edu import RUST
from rust_edu.cameras import check_cameras, from_rotation, so3_exp
from rust_edu.errors import InputError, WeightsError
from rust_edu.models.pose_reader import (
    KINDS,
    LabelledPoses,
    PoseReader,
    ReaderConfig,
    mean_rotation,
    to_answer,
    to_rotation,
)
from rust_edu.models.weights import load_weights, save_weights

SEEDS = st.integers(0, 2**32 - 1)
B, N, L, K, D = 3, 4, 5, 7, 32


def rand(*shape: int, seed: int = 0, dtype=torch.double) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def reader(kind: str = "attention", seed: int = 0) -> PoseReader:
    """A reader away from its start."""
    torch.manual_seed(seed)
    made = PoseReader(ReaderConfig(kind, latent=L, context=D, width=16)).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter += 0.2 * torch.randn_like(parameter)
    return made


def given_latents(seed: int = 0):
    return rand(B, N, L, seed=seed).float(), rand(B, N, L, seed=seed + 1).float(), rand(B, K, D, seed=seed + 2).float()


# ---- Rotations


def test_gram_schmidt_by_hand():
    # (0, 2, 0) points along y; of (3, 5, 0), x is left; x cross y would be z, so y cross x is -z.
    rotation = to_rotation(torch.tensor([0.0, 2.0, 0.0, 3.0, 5.0, 0.0]))
    assert rotation.tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]]


@given(SEEDS)
def test_six_numbers_give_a_rotation(seed):
    rotation = to_rotation(rand(8, 6, seed=seed))
    assert torch.allclose(rotation.transpose(-1, -2) @ rotation, torch.eye(3).double().expand(8, 3, 3), atol=1e-8)
    assert torch.allclose(torch.linalg.det(rotation), torch.ones(8).double())


@given(SEEDS, st.floats(0.1, 10.0), st.floats(0.1, 10.0), st.floats(-3.0, 3.0))
def test_two_columns_of_a_rotation_are_that_rotation_however_they_are_stretched(seed, a, b, mixed):
    rotation = so3_exp(rand(3, seed=seed))
    first, second = a * rotation[:, 0], b * rotation[:, 1] + mixed * rotation[:, 0]
    assert torch.allclose(to_rotation(torch.cat([first, second])), rotation, atol=1e-8)


def test_gradients_of_gram_schmidt():
    assert torch.autograd.gradcheck(to_rotation, rand(4, 6, seed=1).requires_grad_())


@given(SEEDS)
def test_the_mean_rotation_is_that_of_scipy(seed):
    rotations = so3_exp(rand(6, 3, seed=seed))
    expected = Rotation.from_matrix(rotations.numpy()).mean().as_matrix()  # chordal too
    assert torch.allclose(mean_rotation(rotations), torch.from_numpy(expected), atol=1e-6)


def test_the_mean_of_rotations_that_cancel_is_still_a_rotation():
    around = so3_exp(torch.tensor([[0.0, 0.0, math.pi], [0.0, 0.0, 0.0], [math.pi, 0.0, 0.0], [0.0, math.pi, 0.0]]))
    check_cameras(from_rotation(mean_rotation(around), torch.zeros(3)))


# ---- The network


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_answers_with_poses(kind):
    poses = reader(kind)(*given_latents())
    assert poses.shape == (B, N, 4, 4)
    check_cameras(poses)


@pytest.mark.parametrize("kind", KINDS)
def test_at_the_start_the_answer_is_the_mean_pose_it_was_told(kind):
    made = PoseReader(ReaderConfig(kind, latent=L, context=D, width=16)).eval()
    assert torch.allclose(made(*given_latents()), torch.eye(4).expand(B, N, 4, 4)), "the same camera"
    poses = from_rotation(so3_exp(0.3 * rand(50, 3)), rand(50, 3, seed=1)).float()
    made.standardise(rand(40, L, seed=2).float(), poses)
    expected = from_rotation(mean_rotation(poses[:, :3, :3]), poses[:, :3, 3].mean(0))
    assert torch.allclose(made(*given_latents()), expected.expand(B, N, 4, 4), atol=1e-5)


def test_the_scale_and_origin_of_latents_do_not_matter_once_they_are_standardised():
    a, b, slsr = given_latents()
    poses = from_rotation(so3_exp(0.3 * rand(50, 3)), rand(50, 3, seed=1)).float()
    one, other = reader("mlp"), reader("mlp")
    one.standardise(a.flatten(0, 1), poses)
    other.standardise((100.0 * a + 7.0).flatten(0, 1), poses)
    assert torch.allclose(one(a, b, slsr), other(100.0 * a + 7.0, 100.0 * b + 7.0, slsr), atol=1e-3)


def test_a_pair_is_read_on_its_own():
    made, (a, b, slsr) = reader(), given_latents()
    whole = made(a, b, slsr)
    assert torch.allclose(made(a[1:2, 2:3], b[1:2, 2:3], slsr[1:2]), whole[1:2, 2:3], atol=1e-5)


def test_only_attention_asks_the_scene_and_all_but_the_constant_ask_both_latents():
    a, b, slsr = given_latents()
    for kind in KINDS:
        made = reader(kind)
        answer = made(a, b, slsr)
        assert torch.equal(answer, made(a, b, slsr + 1.0)) == (kind != "attention"), kind
        assert torch.equal(answer, made(a + 1.0, b, slsr)) == (kind == "constant"), kind
        assert torch.equal(answer, made(a, b + 1.0, slsr)) == (kind == "constant"), kind
        assert torch.equal(answer, made(b, a, slsr)) == (kind == "constant"), "the order of the two counts"


def test_the_order_of_the_tokens_of_a_scene_does_not_matter():
    made, (a, b, slsr) = reader(), given_latents()
    assert torch.allclose(made(a, b, slsr), made(a, b, slsr.flip(1)), atol=1e-5)


def test_an_answer_is_two_columns_and_a_translation():
    pose = from_rotation(so3_exp(rand(3)), rand(3, seed=1))
    answer = to_answer(pose)
    assert torch.equal(answer[:3], pose[:3, 0]) and torch.equal(answer[3:6], pose[:3, 1])
    assert torch.equal(answer[6:], pose[:3, 3])


@pytest.mark.parametrize("shapes", [
    ((B, N, L + 1), (B, N, L + 1), B), ((B, N, L), (B, N - 1, L), B), ((N, L), (N, L), B),
    ((B, N, L), (B, N, L), B + 1)])
def test_latents_that_do_not_fit_are_refused(shapes):
    first, second, scenes = shapes
    with pytest.raises(InputError) as caught:
        reader()(torch.zeros(first), torch.zeros(second), torch.zeros(scenes, K, D))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("change", [dict(kind="psychic"), dict(latent=0), dict(width=2.0), dict(heads=True),
                                    dict(layers=1000), dict(heads=3), dict(context=33), dict(kind=None)])
def test_impossible_configurations_are_refused(change):
    with pytest.raises(InputError) as caught:
        ReaderConfig(**change)
    assert "\n" not in str(caught.value)


# ---- The model that is trained on labels


def test_the_labelled_model_is_rust_without_decoder():
    rust, labelled, views = wild_model("rust"), LabelledPoses(TINY).eval(), random_views(2, 5)
    own = {name: value for name, value in rust.state_dict().items() if not name.startswith("decoder.")}
    mine = {name: value for name, value in labelled.state_dict().items() if not name.startswith("reader.")}
    assert own.keys() == mine.keys()
    labelled.load_state_dict(own, strict=False)
    seen, asked = views.split(3)
    slsr = labelled.encode(seen)
    assert torch.equal(slsr, rust.encode(seen))
    right = torch.tensor([[True, False], [False, True]])
    assert torch.equal(labelled.pose(seen, asked, slsr, right), rust.pose(seen, asked, slsr, right))
    assert torch.equal(labelled.pose(seen, asked, slsr), rust.pose(seen, asked, slsr))


# ---- Files


@pytest.mark.parametrize("made", [*map(reader, KINDS), LabelledPoses(TINY).eval()],
                         ids=[*KINDS, LabelledPoses.name])
def test_what_is_saved_comes_back(made, tmp_path):
    save_weights(tmp_path / "r.safetensors", made, {"scenes": 16})
    back, record = load_weights(tmp_path / "r.safetensors", type(made))
    assert record == {"scenes": 16} and back.config == made.config and not back.training
    assert back.state_dict().keys() == made.state_dict().keys()
    assert all(torch.equal(value, back.state_dict()[name]) for name, value in made.state_dict().items())


def test_a_file_of_another_model_is_refused_in_one_line(tmp_path):
    save_weights(tmp_path / "reader.safetensors", reader(), {})
    save_weights(tmp_path / "rust.safetensors", wild_model("rust"), {})
    for name, kind in (("reader", RUST), ("rust", PoseReader), ("reader", LabelledPoses), ("reader", None)):
        with pytest.raises(WeightsError) as caught:
            load_weights(tmp_path / f"{name}.safetensors", kind)
        assert "\n" not in str(caught.value)


def test_a_damaged_configuration_is_refused_in_one_line(tmp_path, monkeypatch):
    for change in ({"kind": "psychic"}, {"latent": 10**9}, {"heads": [2]}, {"depth": 3}, {"width": 32}):
        made = reader()
        about = made.description()
        monkeypatch.setattr(made, "description", lambda about=about, change=change: about | {
            "config": about["config"] | change})
        save_weights(tmp_path / "r.safetensors", made, {})
        with pytest.raises(WeightsError) as caught:
            load_weights(tmp_path / "r.safetensors", PoseReader)
        assert "\n" not in str(caught.value)
