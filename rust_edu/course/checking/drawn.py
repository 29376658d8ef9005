"""What checks draw at random, and whether what a reader draws is independent.

Public: `fresh`, a module whose every weight matters; `of_all_sizes`, numbers from tiny to huge; `drawn_often`, many
draws of a reader's function; `dependence`, what in such draws is not independent.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

SIGMAS = 6.0  # of chance: about one false alarm in a hundred million


def fresh(g: Generator, make: Callable[[], nn.Module]) -> nn.Module:
    """A module whose every weight matters, drawn from `g`: norms and biases too start away from 1 and 0."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(torch.randint(2**31, (), generator=g)))
        module = make()
        with torch.no_grad():
            for parameter in module.parameters():
                parameter += 0.3 * torch.randn_like(parameter)
    return module


def of_all_sizes(g: Generator, *shape: int, smallest: float = 1e-4, largest: float = 1e4) -> Tensor:
    """Numbers of either sign whose sizes are spread evenly, in their logarithm, from the smallest to the largest."""
    low, high = math.log(smallest), math.log(largest)
    size = (low + (high - low) * torch.rand(shape, generator=g)).exp()
    return torch.where(torch.rand(shape, generator=g) < 0.5, -size, size)


def drawn_often(draw: Callable[[Generator], Tensor], g: Generator, calls: int = 600) -> Tensor:
    """(calls, n): what `draw` gives with as many generators, whose seeds follow each other; one call a row, flat."""
    first = int(torch.randint(2**31, (), generator=g))
    return torch.stack([draw(Generator().manual_seed(first + i)).detach().double().flatten() for i in range(calls)])


def dependence(draws: Tensor) -> tuple[str, str, str] | None:
    """What in draws (R, n), of R calls with n numbers each, is not alike and independent: in words, seen, expected.

    Coins, True and False, may be given as numbers. Looks at calls, at places, at pairs of neighbours at all distances,
    in a call and from call to call, and at how much the sum of a call varies. None where chance explains it all.
    """
    x = draws.double()
    R, n = x.shape
    if (x == x[0]).all():
        return "every generator draws the same numbers", "the same from all of them", "others from another generator"
    spread = x.std(unbiased=False)
    level = (x.mean(0) - x.mean()) / spread
    if level.abs().max() * math.sqrt(R) > SIGMAS:
        place = int(level.abs().argmax())
        return ("the places are not treated alike", f"at place {place} a mean of {x[:, place].mean():.3g}, over all "
                f"places {x.mean():.3g}", "the same at every place, up to chance")
    z = (x - x.mean()) / spread
    sums = z.sum(1).var(unbiased=False) / n  # 1 for independent numbers
    for what, values in (("", z), ("the sizes of ", _standard(z.abs()))):
        for lag in range(1, n):
            product = values[:, :-lag] * values[:, lag:]
            if abs(r := product.mean()) * math.sqrt(product.numel()) > SIGMAS:
                how = f"{what}numbers {lag} place{'s' * (lag > 1)} apart in one call are not independent"
                if not what and sums * n < 0.3:
                    how = "their sum is nearly the same in every call, so they are not independent of each other"
                return how, f"a correlation of {r:+.2f} between them", "0, up to chance"
        # Single pairs too: one of many may be tied. Their number makes chance reach further.
        pairs = values.T @ values / R - torch.eye(n).double() * (values**2).mean(0)
        if n > 1 and pairs.abs().max() * math.sqrt(R) > SIGMAS + 1:
            i, j = divmod(int(pairs.abs().argmax()), n)
            return (f"{what}the numbers at places {min(i, j)} and {max(i, j)} are not independent",
                    f"a correlation of {pairs[i, j]:+.2f} between them", "0, up to chance")
        along = values[:-1] * values[1:]
        if abs(r := along.mean()) * math.sqrt(along.numel()) > SIGMAS:
            return (f"{what}numbers of one call and of the next are not independent",
                    f"a correlation of {r:+.2f} between them", "0, up to chance")
    if abs(sums - 1) * math.sqrt(R / 2) > SIGMAS + 1:
        return ("the sum of a call varies too " + ("little" if sums < 1 else "much"),
                f"a variance of {sums:.2f} times that of independent numbers", "1, up to chance")
    return None


def _standard(x: Tensor) -> Tensor:
    """Around 0, with a spread of 1; all 0 where nothing varies, as the size of a coin."""
    spread = x.std(unbiased=False)
    return (x - x.mean()) / spread if spread > 1e-6 else torch.zeros_like(x)
