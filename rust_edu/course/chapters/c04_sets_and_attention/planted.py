"""Functions of a set of tokens, honest and sly, for a test of symmetry to tell apart (exercise 04.4).

Public: `Planted`, `PLANTED`, and `NEGATIVE`, `WIDTH`, words that the checks look at.
Axes: B sets, K tokens of a set, D width of a token.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional as F


def _weights(D: int) -> Tensor:
    return torch.randn(D, D, generator=Generator().manual_seed(D)) / math.sqrt(D)


def _self_attention(x: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(x @ _weights(x.shape[-1]), x, x)


def _even_orders(x: Tensor) -> Tensor:
    """The mean, with a sign that changes whenever two tokens change places."""
    i, j = torch.triu_indices(x.shape[1], x.shape[1], 1)
    sign = (x[:, i, 0] - x[:, j, 0]).sign().prod(-1)
    return x.mean(1) * sign[:, None]


def _apart(place: int) -> Callable[[Tensor], Tensor]:
    return lambda x: torch.cat([x[:, place], x.mean(1)], -1)


def _last_column_apart(x: Tensor) -> Tensor:
    return torch.cat([x.mean(1)[:, :-1], x[:, -1, -1:]], -1)


def _neighbours(x: Tensor) -> Tensor:
    return x + x.roll(1, dims=1)


def _ramp(x: Tensor, size: float) -> Tensor:
    return x + size * torch.arange(x.shape[1])[:, None] / x.shape[1]


class Planted(NamedTuple):
    """A function to be told apart, for K tokens. `sort`: on tokens whose columns ascend, so that any other order makes
    a sum that is weighted by place smaller. `missed`: name and words, for who gets only this one wrong."""

    name: str
    function: Callable[[Tensor], Tensor]
    K: int
    verdict: str
    missed: tuple[str, str] | None = None
    sort: bool = False

    def tokens(self, g: Generator) -> Tensor:
        tokens = torch.randn(3, self.K, 5, generator=g)
        return tokens.sort(1).values if self.sort else tokens


def _one_number(x: Tensor) -> Tensor:
    result = x.clone()
    result[0, 0, 0] += 0.001 * x.abs().max()
    return result


def _by_place(x: Tensor, sign: float) -> Tensor:
    return sign * (x * torch.arange(1, x.shape[1] + 1)[:, None]).mean(1)


LENIENT = ("too-lenient", "Your comparison is too lenient: it overlooks a real difference of half a percent. Rounding "
           "is far smaller; 1e-4 of the largest absolute number is room enough.")
SORTED = ("places-not-compared", "Your comparison does not look at what stands where: after sorting, or in a sum, the "
          "tokens in reverse are the same numbers. Compare each number with the one at the same place.")
ONE_SCENE = ("not-all-sets", "It is at fault in the second set of the batch only, and your comparison does not look "
             "there. Compare whole tensors, all sets.")
ONE_COLUMN = ("not-all-columns", "It is at fault in the last column only, and your comparison does not look there. "
              "Compare whole tensors, all columns.")
BOTH = ("equivariant-first", "It gives every token the same mean, so it is both: the same result in every order, and "
        "then also in the new order. The exercise asks for invariance first: \"invariant\" if the result never "
        "changes, else \"equivariant\".")
MEAN = ("mean-difference", "It is at fault in a single number of each result, by a thousandth of the largest. A mean "
        "over all differences hides that, and so does a tolerance that is ten times as large: take the largest "
        "difference.")
NEGATIVE = ("negative-numbers", "All its numbers are below 0, and so is the largest of them, which makes a tolerance "
            "that no difference can keep. Take the largest *absolute* number, `b.abs().max()`.")
WIDTH = ("other-width", "Its result has the same tokens with other numbers of columns. Equivariant means that the "
         "tokens come in the new order, however wide they are: look at axis 1 only.")
TINY = ("absolute-tolerance", "Its numbers are tiny, and what is added to them as well. A fixed tolerance does not "
        "see that: take 1e-4 of the largest absolute number in the result.")
SIGNED = ("one-sided", "Its result moves in one direction only when the order changes, and the largest signed "
          "difference is then no larger than 0. Take `(a - b).abs().max()`.")

# A test that tries a single order misses at least one of the functions of three tokens: a swap leaves one token in its
# place, and a rotation does not change the sign. Those with words of their own stand at the end: who gets here has
# everything before right. The first has tokens in its result: an order that raises there was used on another axis.
PLANTED = tuple(Planted(*of) for of in (
    ("each token through the same matrix", lambda x: torch.tanh(x @ _weights(x.shape[-1])), 12, "equivariant"),
    ("the mean of all tokens", lambda x: x.mean(1), 12, "invariant"),
    ("each token plus its place in the list", lambda x: _ramp(x, 1.0), 12, "neither"),
    ("self-attention", _self_attention, 12, "equivariant"),
    ("one fixed question to the set", lambda x: F.scaled_dot_product_attention(torch.ones_like(x[:, :1]), x, x), 12,
     "invariant"),
    ("the largest number of each column", lambda x: x.amax(1), 12, "invariant"),
    ("a sum of squares in the thousands", lambda x: 1000 * (x**2).sum(1), 12, "invariant"),
    ("each token minus the mean", lambda x: x - x.mean(1, keepdim=True), 12, "equivariant"),
    ("the first of three tokens, and the mean", _apart(0), 3, "neither"),
    ("the second of three tokens, and the mean", _apart(1), 3, "neither"),
    ("the last of three tokens, and the mean", _apart(2), 3, "neither"),
    ("the last token", lambda x: x[:, -1], 12, "neither"),
    ("each token averaged with those before it",
     lambda x: x.cumsum(1) / torch.arange(1, x.shape[1] + 1)[:, None], 12, "neither"),
    ("each token plus the one before it, in a ring", _neighbours, 12, "neither"),
    ("each token plus the one at the mirrored place", lambda x: x + x.flip(1), 12, "neither"),
    ("a mean whose sign changes when two tokens are swapped", _even_orders, 3, "neither"),
    ("each of two tokens minus the mean", lambda x: x - x.mean(1, keepdim=True), 2, "equivariant"),
    ("all columns sorted", lambda x: x.sort(1).values, 12, "invariant"),
    ("each token plus a hundredth of its place in the list", lambda x: _ramp(x, 0.02), 12, "neither", LENIENT),
    ("the tokens in reverse", lambda x: x.flip(1), 12, "neither", SORTED),
    ("each token, in the second set plus its place", lambda x: torch.cat([x[:1], _ramp(x[1:2], 1.0), x[2:]]), 12,
     "neither", ONE_SCENE),
    ("each token, in the last column plus its place", lambda x: torch.cat([x[..., :-1], _ramp(x[..., -1:], 1.0)], -1),
     12, "neither", ONE_COLUMN),
    ("each token, with something added to one number at the first place", _one_number, 12, "neither", MEAN),
    ("minus the sum of squares", lambda x: -(x**2).sum(1), 12, "invariant", NEGATIVE),
    ("minus the exponential of each token", lambda x: -x.exp(), 12, "equivariant", NEGATIVE),
    ("each token through a matrix to three columns", lambda x: x @ _weights(5)[:, :3], 12, "equivariant", WIDTH),
    ("each token, with its square beside it", lambda x: torch.cat([x, x**2], -1), 12, "equivariant", WIDTH),
    ("each token plus its place, all times 0.00002", lambda x: 2e-5 * _ramp(x, 3.0), 12, "neither", TINY),
    ("the mean, its last column that of the last token", _last_column_apart, 12, "neither", ONE_COLUMN),
    ("the mean, once for each token", lambda x: x.mean(1, keepdim=True).expand_as(x), 12, "invariant", BOTH),
    ("a mean that is weighted by place", lambda x: _by_place(x, 1.0), 12, "neither", SIGNED, True),
    ("minus a mean that is weighted by place", lambda x: _by_place(x, -1.0), 12, "neither", SIGNED, True),
))
