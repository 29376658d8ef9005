"""What checks draw at random: modules whose every weight matters. Public: `fresh`."""

from collections.abc import Callable

import torch
from torch import Generator, nn


def fresh(g: Generator, make: Callable[[], nn.Module]) -> nn.Module:
    """A module whose every weight matters, drawn from `g`: norms and biases too start away from 1 and 0."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(torch.randint(2**31, (), generator=g)))
        module = make()
        with torch.no_grad():
            for parameter in module.parameters():
                parameter += 0.3 * torch.randn_like(parameter)
    return module
