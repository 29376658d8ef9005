"""Comparing what a reader's function returned with the target, part by part, in the order a reader would look.

Type and structure, shape, dtype, device, NaN, and then the numbers: each is judged against its own size, with room
for what rounding adds. Public: `compare`, `agree`, `wrong_places`, `difference`, `wider`, `in_single`, `parts`,
`describe`, `numbers`, `ROUNDING`.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .exercise import ROUNDING, Diagnosis

PLAIN = (bool, int, float)


def parts(value: Any) -> list:
    """A result as a flat list: a tuple's parts, or the one thing it is; a NumPy number as a plain one."""
    if isinstance(value, np.generic):
        value = value.item()
    return [p for v in value for p in parts(v)] if type(value) in (tuple, list) else [value]


def compare(yours: Any, target: Any, names: tuple[str, ...], tolerance: float | None, case: str,
            name: str, rounding: float = ROUNDING) -> None:
    """Raise a Diagnosis for the first difference. `names` of the target's parts, `case` and `name` for messages.

    Without a tolerance the numbers are not compared: many are right where something is drawn. `tolerance` is relative
    to each number, `rounding` to the largest of its part.
    """
    mine, wanted = parts(yours), parts(target)
    if yours is None and target is not None:
        raise Diagnosis("nothing-returned", f"`{name}` returns None. Is a `return` missing?", seen="None",
                        expected=describe(target))
    if len(mine) != len(wanted) or (isinstance(target, tuple) != isinstance(yours, tuple | list)):
        raise Diagnosis("structure", f"`{name}` should return {_listing(names, len(wanted))}.",
                        seen=describe(yours), expected=describe(target))
    names = names if len(names) == len(wanted) else tuple(f"result {i + 1}" for i in range(len(wanted)))
    for m, w, what in zip(mine, wanted, names):
        _same_kind(m, w, what, case, name)
    if tolerance is not None:
        for m, w, what in zip(mine, wanted, names):
            _same_numbers(m, w, what, case, tolerance, name, rounding)


def wider(yours: Any, target: Any) -> bool:
    """Whether some part of a result is float64 where float32 was asked: as right, but later cells could not use it."""
    return any(isinstance(m, Tensor) and isinstance(w, Tensor) and _wider(m, w)
               for m, w in zip(parts(yours), parts(target)))


def in_single(result: Any) -> Any:
    """A result with float32 in place of float64."""
    if type(result) in (tuple, list):
        return type(result)(in_single(part) for part in result)
    return result.float() if isinstance(result, Tensor) and result.dtype == torch.float64 else result


def agree(a: Any, b: Any, tolerance: float, rounding: float = ROUNDING) -> bool:
    """Whether two results are the same in structure and numbers; NaN agrees with NaN. Judged against b."""
    mine, wanted = parts(a), parts(b)
    if len(mine) != len(wanted):
        return False
    for m, w in zip(mine, wanted):
        if _comparable(m) and _comparable(w):
            if _tensor(m).shape != _tensor(w).shape or bool(wrong_places(m, w, tolerance, rounding).any()):
                return False
        elif type(m) is not type(w) or not _plainly_equal(m, w):
            return False
    return True


def wrong_places(mine: Any, wanted: Any, tolerance: float, rounding: float = ROUNDING) -> Tensor:
    """True where a number differs from the wanted one by more than `tolerance` of it and `rounding` of the largest."""
    m, w = _tensor(mine), _tensor(wanted)
    return ~torch.isclose(m, w, rtol=tolerance, atol=rounding * _largest(w), equal_nan=True)


def difference(mine: Any, wanted: Any, tolerance: float, rounding: float = ROUNDING) -> tuple[str, str] | None:
    """What to show as seen and as expected: the row of the first number that differs, with enough digits to see it.
    None where nothing differs. The shapes must be the same."""
    m, w = _tensor(mine), _tensor(wanted)
    wrong = wrong_places(m, w, tolerance, rounding)
    return _shown(m, w, wrong) if wrong.any() else None


def _same_kind(mine: Any, wanted: Any, what: str, case: str, name: str) -> None:
    """Type, shape, dtype, device and finiteness of one part."""
    if not isinstance(wanted, Tensor):
        if isinstance(wanted, PLAIN) and isinstance(mine, Tensor) and mine.ndim == 0:
            return  # a number in a tensor will do where a plain number is asked for
        if isinstance(wanted, float) and type(mine) in (int, float):
            return
        if type(mine) is not type(wanted):
            raise Diagnosis("type", f"`{name}` gives {what} of the wrong type.", seen=describe(mine),
                            expected=describe(wanted))
        return
    if type(mine) not in (Tensor, nn.Parameter):
        extra = " torch.from_numpy makes a tensor of an array." if isinstance(mine, np.ndarray) else ""
        raise Diagnosis("type", f"`{name}` should give {what} as a torch.Tensor.{extra}", seen=describe(mine),
                        expected=describe(wanted))
    if mine.shape != wanted.shape:
        raise Diagnosis("shape", f"`{name}` gives {what} of the wrong shape for {case}.", seen=str(tuple(mine.shape)),
                        expected=str(tuple(wanted.shape)))
    if mine.dtype != wanted.dtype and not _wider(mine, wanted):
        raise Diagnosis("dtype", f"`{name}` gives {what} of the wrong dtype.", seen=_short(mine.dtype),
                        expected=_short(wanted.dtype))
    if mine.device != wanted.device:
        raise Diagnosis("device", f"`{name}` gives {what} on another device than what it was given.",
                        seen=str(mine.device), expected=str(wanted.device))
    if not bool(_finite_where(mine, wanted).all()):
        nan = bool(torch.isnan(mine).any())
        why = " Is there a division by zero, or a logarithm or root of a negative number?" if nan else ""
        seen, expected = _shown(_tensor(mine), _tensor(wanted), ~_finite_where(mine, wanted))
        raise Diagnosis("not-finite", f"`{name}` gives {what} with {'NaN' if nan else 'infinity'} for {case}, where "
                        f"the target has a number.{why}", seen=seen, expected=expected)


def _same_numbers(mine: Any, wanted: Any, what: str, case: str, tolerance: float, name: str,
                  rounding: float) -> None:
    if not isinstance(wanted, Tensor | float | int):
        if not _plainly_equal(mine, wanted):
            raise Diagnosis("values", f"`{name}` does not give the right answer for {case}: {what}.",
                            seen=describe(mine), expected=describe(wanted))
        return
    m, w = _tensor(mine), _tensor(wanted)
    wrong = wrong_places(m, w, tolerance, rounding)
    if wrong.any():
        share = f": {wrong.sum().item()} of {w.numel()} differ" if w.numel() > 1 else ""
        seen, expected = _shown(m, w, wrong)
        raise Diagnosis("values", f"`{name}` gives {what} with wrong numbers for {case}{share}.", seen=seen,
                        expected=expected)


def _shown(m: Tensor, w: Tensor, wrong: Tensor) -> tuple[str, str]:
    """Both results around the first wrong place, with so many digits that they can be told apart."""
    digits = next((d for d in (4, 6) if _at(m, wrong, d) != _at(w, wrong, d)), 9)
    return _at(m, wrong, digits), _at(w, wrong, digits)


def _at(values: Tensor, wrong: Tensor, digits: int) -> str:
    """The numbers around the first wrong one, to so many digits: its whole last axis if that is short."""
    if values.ndim == 0:
        return f"{values.item():.{digits}g}"
    index = wrong.nonzero()[0].tolist()
    where = ", ".join(map(str, index[:-1]))
    row = values[tuple(index[:-1])]
    if len(row) <= 6:
        return numbers(row, digits=digits) + (f" in row {where}" if where else "")
    return f"{row[index[-1]].item():.{digits}g} at place {', '.join(map(str, index))}"


def describe(value: Any) -> str:
    """A value in a few words: its kind and shape, not its numbers unless it is one."""
    if type(value) in (Tensor, nn.Parameter):
        return f"a {_short(value.dtype)} tensor of shape {tuple(value.shape)}"
    if isinstance(value, np.ndarray):
        return f"a NumPy array of shape {value.shape}"
    if isinstance(value, tuple | list):
        inner = ", ".join(describe(v) for v in value[:4]) + (", ..." if len(value) > 4 else "")
        kind = type(value).__name__
        return f"a {kind} of {len(value)}: {inner}" if len(value) else f"an empty {kind}"
    if isinstance(value, bool | int | float | str) or value is None:
        text = f"{value:.5g}" if isinstance(value, float) else repr(value)
        return text if len(text) <= 80 else text[:80] + " ..."
    return f"an object of type {type(value).__name__}"


def numbers(values: Tensor, most: int = 6, digits: int = 4) -> str:
    """The first few numbers of a tensor, short enough for a line."""
    flat = values.detach().flatten()
    shown = ", ".join(f"{v:.{digits}g}" for v in flat[:most].tolist())
    return f"[{shown}{', ...' if flat.numel() > most else ''}]"


def _wider(mine: Tensor, wanted: Tensor) -> bool:
    return mine.dtype == torch.float64 and wanted.dtype == torch.float32


def _comparable(value: Any) -> bool:
    """Plain numbers, and tensors that hold numbers and no opinions of their own (a subclass may say anything)."""
    return type(value) in (Tensor, nn.Parameter) and not value.is_meta or type(value) in PLAIN


def _tensor(value: Any) -> Tensor:
    tensor = value if isinstance(value, Tensor) else torch.tensor(value)
    return tensor.detach().to("cpu", torch.complex128 if tensor.is_complex() else torch.float64)


def _largest(wanted: Tensor) -> float:
    """The size of the largest number; 0.1 where all are 0, which rounding may miss by a millionth."""
    finite = wanted[torch.isfinite(wanted)].abs()
    return (finite.max().item() if finite.numel() else 0.0) or 0.1


def _finite_where(mine: Tensor, wanted: Tensor) -> Tensor:
    return torch.isfinite(mine) | ~torch.isfinite(wanted)


def _plainly_equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and isinstance(a, str | bytes | type(None)) and a == b


def _listing(names: tuple[str, ...], count: int) -> str:
    if len(names) != count:
        return f"{count} values" if count > 1 else "one value"
    return " and ".join((", ".join(names[:-1]), names[-1])) if count > 1 else names[0]


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
