"""Draws that are independent are found to be, others not."""

import pytest
import torch

from rust_edu.course.checking.drawn import dependence, drawn_often, of_all_sizes


def coins(g, *shape):
    return (torch.rand(*shape, generator=g) < 0.5).float()


def alternating(g):
    return ((torch.arange(12) + torch.randint(2, (), generator=g)) % 2).float()


def one_coin_in_the_second_scene(g):
    drawn = coins(g, 2, 6)
    drawn[1] = drawn[1, 0]
    return drawn


def tied(g):
    drawn = torch.randn(12, generator=g)
    drawn[7] = drawn[2]
    return drawn


DEPENDENT = {
    "shared by two neighbours": lambda g: coins(g, 6, 1).expand(6, 2),
    "alternating from a random start": alternating,
    "exactly half": lambda g: (torch.randperm(12, generator=g) < 6).float(),
    "one coin in every second scene": one_coin_in_the_second_scene,
    "the same for every generator": lambda g: torch.arange(12.0),
    "two of twelve tied": tied,
    "of one size in a row": lambda g: torch.randn(3, 4, generator=g) * torch.rand(3, 1, generator=g),
    "one place always heads": lambda g: torch.cat([torch.ones(1), coins(g, 11)]),
}


@pytest.mark.parametrize("draw", DEPENDENT.values(), ids=DEPENDENT.keys())
def test_draws_that_are_not_independent(draw):
    for seed in range(5):
        assert dependence(drawn_often(draw, torch.Generator().manual_seed(seed), 300))


@pytest.mark.parametrize("draw", [lambda g: coins(g, 12), lambda g: torch.randn(12, generator=g),
                                  lambda g: (torch.rand(12, generator=g) < 0.1).float()])
def test_draws_that_are(draw):
    for seed in range(20):
        assert dependence(drawn_often(draw, torch.Generator().manual_seed(seed), 300)) is None


def test_calls_that_follow_from_each_other():
    drawn = drawn_often(lambda g: torch.randn(4, generator=g), torch.Generator().manual_seed(0), 300)
    assert "of the next" in dependence(drawn + drawn.roll(1, 0))[0]


def test_of_all_sizes():
    sizes = of_all_sizes(torch.Generator().manual_seed(0), 2000)
    assert 1e-4 <= sizes.abs().min() < 1e-3 and 1e3 < sizes.abs().max() <= 1e4
    assert 0.4 < (sizes < 0).float().mean() < 0.6
