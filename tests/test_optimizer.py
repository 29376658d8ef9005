"""Muon against the singular value decomposition, and the parameters that each optimiser gets."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from model_helpers import NAMES, TINY, wild_model
from torch import nn

from rust_edu.models import make_model
from rust_edu.training.optimizer import Muon, make_optimizers, orthogonalise
from rust_edu.training.profiles import get_profile

shapes = st.sampled_from([(8, 8), (5, 16), (16, 5), (64, 32), (1, 7), (7, 1)])


def rand(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def polar(matrices: torch.Tensor) -> torch.Tensor:
    """The nearest matrices with all singular values 1."""
    U, _, Vh = torch.linalg.svd(matrices, full_matrices=False)
    return U @ Vh


# ------------------------------------------------------------------------------------------ orthogonalise


@given(shape=shapes, seed=st.integers(0, 1000), scale=st.sampled_from([1e-3, 1.0, 1e4]))
def test_singular_values_come_near_one_and_singular_vectors_stay(shape, seed, scale):
    """Matrices with singular values from 1 down to 0.02 of the largest, which random gradients exceed."""
    U, _, Vh = torch.linalg.svd(rand(3, *shape, seed=seed), full_matrices=False)
    S = torch.linspace(1.0, 0.02, min(shape)).expand(3, -1)
    result = orthogonalise(scale * (U * S[:, None]) @ Vh)
    assert result.shape == (3, *shape)
    in_their_frame = U.mT @ result @ Vh.mT  # diagonal, if the singular vectors are the same
    values = in_their_frame.diagonal(dim1=-2, dim2=-1)
    assert ((values > 0.6) & (values < 1.3)).all()
    torch.testing.assert_close(in_their_frame, torch.diag_embed(values), atol=1e-4, rtol=0)


@given(shape=shapes, seed=st.integers(0, 1000))
def test_orthogonalise_is_near_the_polar_factor(shape, seed):
    matrices = polar(rand(2, *shape, seed=seed)) * torch.tensor([0.5, 3.0])[:, None, None]
    error = torch.linalg.matrix_norm(orthogonalise(matrices) - polar(matrices), ord=2)
    assert (error < 0.35).all()


@given(shape=shapes, seed=st.integers(0, 1000), factor=st.floats(1e-3, 1e3))
def test_orthogonalise_takes_signs_not_sizes(shape, seed, factor):
    matrices = rand(2, *shape, seed=seed)
    torch.testing.assert_close(orthogonalise(factor * matrices), orthogonalise(matrices), atol=2e-3, rtol=0)
    torch.testing.assert_close(orthogonalise(-matrices), -orthogonalise(matrices))
    torch.testing.assert_close(orthogonalise(matrices.mT), orthogonalise(matrices).mT, atol=1e-5, rtol=0)


def test_zero_stays_zero():
    assert torch.equal(orthogonalise(torch.zeros(2, 4, 3)), torch.zeros(2, 4, 3))


# ------------------------------------------------------------------------------------------------- Muon


def matrices(seed: int = 0) -> list[nn.Parameter]:
    sizes = [(8, 8), (16, 8), (8, 8), (4, 8)]
    return [nn.Parameter(rand(*size, seed=seed + n)) for n, size in enumerate(sizes)]


def give_gradients(parameters: list[nn.Parameter], step: int) -> None:
    for n, parameter in enumerate(parameters):
        parameter.grad = rand(*parameter.shape, seed=100 * step + n)


def test_all_at_once_is_one_at_a_time():
    together, alone = matrices(), matrices()
    muon, each = Muon(together, lr=0.1), [Muon([matrix], lr=0.1) for matrix in alone]
    for step in range(4):
        give_gradients(together, step)
        give_gradients(alone, step)
        muon.step()
        for optimizer in each:
            optimizer.step()
        for a, b in zip(together, alone):
            torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("shape, length", [((8, 8), 1.0), ((32, 8), 2.0), ((8, 32), 1.0)])
def test_two_steps_by_hand(shape, length):
    matrix = nn.Parameter(rand(*shape, seed=0))
    start, first, second = matrix.detach().clone(), rand(*shape, seed=1), rand(*shape, seed=2)
    muon = Muon([matrix], lr=0.1, momentum=0.9)
    momentum, expected = torch.zeros(shape), start
    for gradient in (first, second):
        matrix.grad = gradient
        muon.step()
        momentum = 0.9 * momentum + 0.1 * gradient
        nesterov = 0.1 * gradient + 0.9 * momentum
        expected = expected - 0.1 * length * orthogonalise(nesterov[None])[0]
        torch.testing.assert_close(matrix.detach(), expected, atol=1e-5, rtol=1e-5)


def test_a_matrix_without_gradient_counts_as_zero():
    with_zero, without = matrices(), matrices()
    a, b = Muon(with_zero, lr=0.1), Muon(without, lr=0.1)
    for step in range(3):
        give_gradients(with_zero, step)
        give_gradients(without, step)
        if step:
            with_zero[2].grad = torch.zeros(8, 8)
            without[2].grad = None
        a.step()
        b.step()
    assert all(torch.equal(x, y) for x, y in zip(with_zero, without))


def test_state_goes_on_to_the_bit():
    straight, resumed = matrices(), matrices()
    one, before = Muon(straight, lr=0.1), Muon(resumed, lr=0.1)
    for step in range(3):
        give_gradients(straight, step)
        give_gradients(resumed, step)
        one.step()
        before.step()
    after = Muon(resumed, lr=0.7)
    after.load_state_dict(copy.deepcopy(before.state_dict()))
    for step in range(3, 6):
        give_gradients(straight, step)
        give_gradients(resumed, step)
        one.step()
        after.step()
    assert all(torch.equal(a, b) for a, b in zip(straight, resumed))
    assert after.param_groups[0]["lr"] == 0.1


# -------------------------------------------------------------------------------- who steps which parameter


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_has_exactly_one_optimiser(name):
    model = make_model(name, TINY)
    names = {id(p): key for key, p in model.named_parameters()}
    adam, muon = make_optimizers(model, 1e-3, 0.02)
    sets = [[names[id(p)] for group in o.param_groups for p in group["params"]] for o in (adam, muon)]
    assert sorted(sets[0] + sets[1]) == sorted(names.values())
    inside = {key for key in names.values() if ".blocks." in key and key.endswith("weight")}
    assert set(sets[1]) == {key for key in inside if "norm" not in key} != set()
    others = {"encoder.position", "encoder.view_tag", "decoder.query.0.weight", "decoder.render.0.weight"}
    assert others <= set(sets[0])


def test_without_muon_adam_has_all():
    model = make_model("rust", TINY)
    (adam,) = make_optimizers(model, 1e-3, 0.0)
    assert sum(len(group["params"]) for group in adam.param_groups) == len(list(model.parameters()))
    assert get_profile("paper").muon == 0.0, "the papers use Adam"


def test_learning_rates_are_those_asked_for():
    adam, muon = make_optimizers(wild_model("rust"), 1e-3, 0.02)
    assert {group["lr"] for group in adam.param_groups} == {1e-3}
    assert {group["lr"] for group in muon.param_groups} == {0.02}
