"""What a reader's exception means, where no known mistake can say it: the answer is right up to the line that raises.

Public: `explaining`, `one_length_for_both`, `axes_of_a_test`.
"""

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from ...checking.exercise import Diagnosis

READ = "Testing a symmetry"


def explaining(why: Callable[..., Diagnosis | None]) -> Callable[[Callable], Callable]:
    """For `Exercise.use`: the candidate, whose exceptions are told in the words of why(error, *arguments)."""

    def use(candidate: Callable) -> Callable:
        @functools.wraps(candidate)
        def explained(*args, **kwargs):
            try:
                return candidate(*args, **kwargs)
            except (IndexError, RuntimeError, ValueError) as error:
                if isinstance(error, NotImplementedError) or (diagnosis := why(error, *args)) is None:
                    raise
                raise diagnosis from None

        return explained

    return use


def _text(error: Exception) -> str:
    return " ".join(str(error).split())[:160]


def one_length_for_both(error: Exception, query: Tensor, key: Tensor, *_) -> Diagnosis | None:
    """04.2: the keys are split with the number of queries."""
    if "invalid for input of size" not in str(error) or query.shape[1] == key.shape[1]:
        return None
    return Diagnosis("one-length-for-both", f"Here {query.shape[1]} queries meet {key.shape[1]} keys, and your split "
                     "takes one number for both. Take the length of each tensor from itself, or leave it to torch: "
                     "`x.unflatten(-1, (heads, -1))`.", seen=_text(error), expected="T for queries, K for keys and "
                     "values", reread="Splitting and merging")


def axes_of_a_test(error: Exception, function: Callable, tokens: Tensor, *_) -> Diagnosis | None:
    """04.4: an order of K tokens was used on an axis that is not theirs."""
    from .planted import PLANTED

    with torch.no_grad():
        result = function(tokens)
    name = next((p.name for p in PLANTED if p.function is function), "this function")
    if result.ndim != 3 or result.shape[1] != tokens.shape[1]:
        return Diagnosis("no-token-axis", f"A result without tokens cannot come in a new order: {name} returns one of "
                         f"shape {tuple(result.shape)}, without an axis 1 of {tokens.shape[1]} tokens. Ask for the "
                         "shape before you write `[:, order]`.", seen=_text(error),
                         expected="a guard: `straight.ndim == 3 and straight.shape[1] == K`", reread=READ)
    if not isinstance(error, IndexError):
        return None
    return Diagnosis("not-axis-1", "The tokens are axis 1 of (B, K, D), and your order has been used on another axis. "
                     "A new order of the tokens is `tokens[:, order]`, and of a result `result[:, order]`.",
                     seen=_text(error), expected=f"an order of axis 1, here of length {tokens.shape[1]}", reread=READ)
