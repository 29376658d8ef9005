"""What an exception says to the reader whose function raised it: where, on which arguments, and what it usually means.

Public: `explain`.
"""

import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from .exercise import Diagnosis

# A piece of the message -> what it usually means.
MEANINGS = {
    "must be Tensor, not float": "torch's functions take tensors. A plain number needs Python's `math`, or ** 0.5.",
    "must be Tensor, not int": "torch's functions take tensors. A plain number needs Python's `math`, or ** 0.5.",
    "math domain error": "A root or logarithm of a number below 0, or an arcsine of one beyond 1, has no value.",
    "Can't call numpy() on Tensor that requires grad": "NumPy keeps no gradient, and one is needed here: use torch.",
    "mat1 and mat2 shapes cannot be multiplied": "The last axis on the left must be as long as the last but one on the "
                                                 "right.",
    "must match the size of tensor b": "Two axes that meet are of different lengths: put the shapes side by side, from "
                                       "the last axis on.",
    "invalid for input of size": "A new shape must hold as many numbers as the old one.",
    "only one element tensors can be converted": "`if`, float() and .item() take one number, and this tensor has many.",
    "Boolean value of Tensor with more than one value": "`if` takes one truth value, and this tensor has many: "
                                                        "torch.where decides for each.",
    "object is not callable": "Round brackets call a function; square ones take a part of a list or tensor.",
    "Singular matrix": "A matrix here has no inverse.",
    "singular": "A matrix here has no inverse.",
    "expected scalar type": "Two tensors that meet are of different dtypes.",
    "expected m1 and m2 to have the same dtype": "Two tensors that meet are of different dtypes.",
}


def explain(error: BaseException, name: str, function: Callable, args: tuple, kwargs: dict, where: str) -> Diagnosis:
    """The Diagnosis "exception" of a reader's function `name`. where: the line that raised, or nothing."""
    given = _given(function, args, kwargs)
    if (unfit := _does_not_fit(function, args, kwargs, name)) is not None:
        return unfit
    what = f"`{name}` raised {type(error).__name__}{where}."
    shown = {key: text for key, value in given.items() if (text := _shown(value))}
    seen, expected = _short(error), "a result"
    if isinstance(error, ZeroDivisionError):
        zeros = [key for key, value in given.items() if isinstance(value, int | float) and value == 0]
        if zeros:
            what += f" It divides by zero, and `{zeros[0]}` is 0 here, which is allowed."
            expected = f"a result for {zeros[0]} = 0 too"
    else:
        what = " ".join([what, *[text for piece, text in MEANINGS.items() if piece in seen][:1]])
    if shown:
        seen += "; it was given " + ", ".join(f"{key} = {text}" for key, text in list(shown.items())[:6])
    return Diagnosis("exception", what, seen=seen, expected=expected)


def _does_not_fit(function: Callable, args: tuple, kwargs: dict, name: str) -> Diagnosis | None:
    """Where the reader's function takes other arguments than it is called with."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        names = ", ".join(str(p) for p in signature.parameters) or "none"
        count = len(args) + len(kwargs)
        return Diagnosis("exception", f"`{name}` raised TypeError: it takes other arguments than those it is called "
                         "with. Keep the first line of the exercise as it was given.",
                         seen=f"{_short(error)}; your arguments: {names}",
                         expected=f"a function that can be called with {count} argument{'s' * (count != 1)}")
    return None


def _given(function: Callable, args: tuple, kwargs: dict) -> dict[str, Any]:
    """The arguments of the call by name."""
    try:
        return dict(inspect.signature(function).bind(*args, **kwargs).arguments)
    except (TypeError, ValueError):
        return {f"argument {i + 1}": a for i, a in enumerate(args)} | kwargs


def _shown(value: Any) -> str:
    """An argument in a word: a number as it is, a tensor's shape; nothing for what would take a sentence."""
    if type(value) in (int, float, bool, str):
        return f"{value:.5g}" if isinstance(value, float) else repr(value)[:40]
    if value is None:
        return "None"
    if isinstance(value, Tensor) and not isinstance(value, nn.Parameter):
        return f"a tensor {tuple(value.shape)}"
    return ""


def _short(error: BaseException, most: int = 300) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    text = text or type(error).__name__
    return text if len(text) <= most else text[:most] + " ..."
