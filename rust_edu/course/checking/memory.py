"""An answer without its memory: what it would give if it had never been called before. Public: `without_memory`.

A reader's function may keep results in a dictionary, a list or a set of the notebook, in a default argument, in a
variable around it, or with functools. A copy of it, in which all of these are empty, answers a first question.
"""

from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

KEEPS = (dict, list, set)
_OURS = __name__.partition(".")[0]


def without_memory(function: Callable) -> Callable:
    """A copy of a function with empty dictionaries, lists and sets, in the functions that it calls too. Those may be
    needed full: then the copy fails, or is as wrong as it likes. Other callables are given back as they are."""
    return _emptied(function, {})


def _emptied(value: Any, done: dict[int, Any]) -> Any:
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, KEEPS):
        done[id(value)] = type(value)()
        return done[id(value)]
    if hasattr(value, "cache_clear") and hasattr(value, "__wrapped__"):
        return _emptied(value.__wrapped__, done)
    if not isinstance(value, FunctionType):
        return value
    # Of this package's own functions only what they close over is the reader's.
    ours = (value.__module__ or "").partition(".")[0] == _OURS
    known = value.__globals__ if ours else dict(value.__globals__)
    closure = value.__closure__ and tuple(CellType() for _ in value.__closure__)
    copy = done[id(value)] = FunctionType(value.__code__, known, value.__name__, None, closure)
    for cell, old in zip(closure or (), value.__closure__ or ()):
        try:
            cell.cell_contents = _emptied(old.cell_contents, done)
        except ValueError:  # a variable that has no value yet
            continue
    if not ours:
        known |= {name: _emptied(known[name], done) for name in value.__code__.co_names
                  if name in known and _kept_in_a_notebook(known[name])}
    copy.__defaults__ = value.__defaults__ and tuple(_emptied(default, done) for default in value.__defaults__)
    copy.__kwdefaults__ = value.__kwdefaults__ and {k: _emptied(v, done) for k, v in value.__kwdefaults__.items()}
    copy.__dict__ |= {name: _emptied(kept, done) for name, kept in vars(value).items() if name != "__wrapped__"}
    return copy


def _kept_in_a_notebook(value: Any) -> bool:
    """Whether a global is a container, or a function of the reader's that may have one."""
    wrapped = getattr(value, "__wrapped__", value)
    known = getattr(wrapped, "__module__", None) or ""
    return isinstance(value, KEEPS) or isinstance(wrapped, FunctionType) and known.partition(".")[0] not in (
        _OURS, "torch", "numpy")
