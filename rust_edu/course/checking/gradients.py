"""Does a gradient reach everything that it should, and the right one?

A result is right in its numbers and still useless for training if something on the way to it is cut off, for all
arguments, for one of them, or for some parameters of a model. Each is looked at by itself, and named.
Public: `check_gradients`, `gradients_agree`, `gradients_reach`.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Generator, Tensor, nn

from .compare import agree, parts
from .exercise import ROUNDING, Case, Diagnosis, Exercise
from .trial import Trial, copied, deadline

CASES = 2  # the last ones of an exercise: random, and of the usual size
LOOK = ("Look for .detach(), .item(), float(), .data, torch.tensor(...) around a tensor, requires_grad_(False), "
        "torch.no_grad or NumPy")


def check_gradients(exercise: Exercise, yours: Trial, cases: list[Case]) -> bool:
    """Compare gradients of a fixed weighting of the results, towards every tensor and every module among the
    arguments (or towards those that `exercise.gradient` names). False if there are none. Raises a Diagnosis."""
    compared = False
    for case in cases[-CASES:]:
        names = _names(exercise.callable(exercise.reference), case)
        chosen = names if exercise.gradient is True else set(exercise.gradient)
        wanted = _gradients(exercise.callable(exercise.reference), case, names, chosen)
        if wanted is None or not any(isinstance(w, Tensor) for w in wanted.values()):
            continue
        try:
            mine = _gradients(lambda *a, **k: yours.call(a, k, gradients=True), case, names, chosen)
        except Diagnosis as raised:
            if raised.name != "exception":
                raise
            raise Diagnosis("no-gradient", f"With tensors that ask for a gradient, it does not come through: "
                            f"{raised.what} {LOOK}.", seen=raised.seen,
                            expected="a result that torch can differentiate") from None
        _judge(mine, wanted, exercise)
        compared = True
    return compared


def gradients_agree(yours: Trial, reference: Callable, arguments: Callable[..., tuple], sizes: dict[str, int],
                    name: str, why: str = "") -> None:
    """Raise a Diagnosis unless the gradients by some parameters agree, for each named part of them by itself.

    `arguments(**parts)` makes the call's arguments from parts that are `sizes` numbers long, all 0 at first: how a
    camera moves, say. By the single entries of a pose's matrix, right answers have different gradients: for a matrix
    that is no rotation, the transpose and the inverse are different functions.
    """

    def gradient(function: Callable) -> dict[str, Tensor | None]:
        moves = {part: torch.zeros(count, requires_grad=True) for part, count in sizes.items()}
        with torch.enable_grad():
            return dict(zip(moves, _backward(function(*arguments(**moves)), list(moves.values()), name)))

    mine, wanted = gradient(lambda *a: yours.call(a, {}, gradients=True)), gradient(reference)
    lost = [part for part, m in mine.items() if _cut(m, wanted[part])]
    if lost:
        raise _not_reached(lost, [part for part in mine if part not in lost], name, why)
    for part, m in mine.items():
        w = wanted[part]
        if w is not None and not agree(m, w, 3e-3, 1e-3):
            raise _another(part, name)


def gradients_reach(model: nn.Module, result: Any, name: str, *, unused: Iterable[str] = (), why: str = "") -> None:
    """Raise a Diagnosis that names the parameters of a model, such as `encoder.*`, that get no gradient from `result`.

    result: tensors, computed with gradients by that very model. unused: beginnings of names that need none.
    """
    named = {key: p for key, p in model.named_parameters() if not key.startswith(tuple(unused))}
    found = dict(zip(named, _backward(result, list(named.values()), name)))
    lost = [key for key, g in found.items() if g is None or not bool((g != 0).any())]
    if lost:
        raise _not_reached(_grouped(lost, list(named)), ["the others"] if len(lost) < len(named) else [], name, why)


# ------------------------------------------------------------------------------------------------ gradients


def _names(function: Callable, case: Case) -> list[str]:
    """The names of a case's arguments, in order."""
    try:
        bound = inspect.signature(function).bind(*case.args, **case.kwargs).arguments
    except (TypeError, ValueError):
        bound = {}
    if len(bound) == len(case.args) + len(case.kwargs):
        return list(bound)
    return [f"argument {i + 1}" for i in range(len(case.args))] + list(case.kwargs)


def _gradients(function: Callable, case: Case, names: list[str], chosen: Iterable[str]) -> dict | None:
    """Gradients by name of what can be differentiated in the chosen arguments; by "-> i" whether result i has any.
    None where nothing can, or where the results of the function depend on none of it."""
    values = [copied(a) for a in [*case.args, *case.kwargs.values()]]
    leaves: dict[str, Tensor] = {}
    for i, (name, value) in enumerate(zip(names, values)):
        values[i] = _leaf(name, value, leaves) if name in chosen else value
    if not leaves:
        return None
    args, kwargs = values[:len(case.args)], dict(zip(case.kwargs, values[len(case.args):]))
    with torch.enable_grad():
        results = function(*args, **kwargs)
        found = dict(zip(leaves, _backward(results, list(leaves.values()), "your function")))
    return found | {f"-> {i}": r.requires_grad for i, r in enumerate(parts(results)) if isinstance(r, Tensor)}


def _leaf(name: str, value: Any, leaves: dict[str, Tensor]) -> Any:
    """The value with every float tensor in it made a leaf, which `leaves` lists by name; of modules, the parameters."""
    if type(value) is Tensor and value.is_floating_point():
        leaves[name] = value.detach().clone().requires_grad_()
        return leaves[name]
    if isinstance(value, nn.Module):
        for key, parameter in value.named_parameters():
            if parameter.is_floating_point():
                leaves[f"{name}.{key}"] = parameter.requires_grad_()
        return value
    if type(value) in (tuple, list):
        return type(value)(_leaf(f"{name}[{i}]", part, leaves) for i, part in enumerate(value))
    return value


def _backward(results: Any, leaves: list[Tensor], name: str) -> list[Tensor | None]:
    """Gradients of a fixed weighting of the results. Raises a Diagnosis where torch cannot differentiate."""
    graph = [r for r in parts(results) if isinstance(r, Tensor) and r.requires_grad]
    if not graph:
        return [None] * len(leaves)
    asking = [leaf for leaf in leaves if leaf.requires_grad]  # an answer may have frozen some
    weighting = Generator().manual_seed(1)
    total = sum((r.double() * torch.rand(r.shape, generator=weighting, dtype=torch.float64)).nan_to_num(
        0.0, 0.0, 0.0).sum() for r in graph)
    try:
        with deadline(10.0):
            found = iter(torch.autograd.grad(total, asking, allow_unused=True) if asking else ())
            return [next(found) if leaf.requires_grad else None for leaf in leaves]
    except RuntimeError as error:
        raise Diagnosis("no-gradient", f"torch cannot differentiate {name}: a tensor that the gradient still needs is "
                        "written into. Write `x = x + y` in place of `x += y`, and build results with torch.stack or "
                        "torch.cat.", seen=" ".join(str(error).split())[:200],
                        expected="a result that torch can differentiate") from None


# -------------------------------------------------------------------------------------------------- verdicts


def _cut(mine: Tensor | None, wanted: Tensor | None) -> bool:
    """Whether nothing comes through where something should."""
    some = wanted is not None and bool((wanted != 0).any())
    return some and (mine is None or not bool((mine != 0).any()))


def _judge(mine: dict | None, wanted: dict, exercise: Exercise) -> None:
    mine = mine or {}
    towards = [key for key in wanted if not key.startswith("-> ")]
    lost = [key for key in towards if _cut(mine.get(key), wanted[key])]
    needed = [key for key in towards if wanted[key] is not None and bool((wanted[key] != 0).any())]
    if len(lost) < len(needed):
        for i, what in enumerate(exercise.outputs):
            if wanted.get(f"-> {i}") and not mine.get(f"-> {i}") and len(exercise.outputs) > 1:
                raise Diagnosis("no-gradient", f"{what} is cut off from what it was computed from: no gradient flows "
                                f"back from it. {LOOK}.", seen=f"no gradient from {what}",
                                expected="one from every result")
    if lost:
        kept = [key for key in needed if key not in lost]
        raise _not_reached(_grouped(lost, needed), kept, exercise.name)
    for key in needed:
        m, w = mine.get(key), wanted[key]
        if not agree(torch.zeros_like(w) if m is None else m, w, 20 * exercise.tolerance, 20 * ROUNDING):
            raise _another(key, exercise.name)


def _not_reached(lost: list[str], kept: list[str], name: str, why: str = "") -> Diagnosis:
    which = _list(lost)
    where = f"through `{name}`" if name.isidentifier() else f"through {name}"
    if not kept:
        what = f"No gradient flows back {where}, so nothing before it could learn."
    else:
        also = _list(kept) if len(kept) <= 3 and kept != ["the others"] else "the others"
        verb = "gets its own" if len(kept) == 1 and also != "the others" else "get theirs"
        what = f"No gradient reaches {which} {where}; {also} {verb}. What depends on {which} could never learn."
    return Diagnosis("no-gradient", " ".join([what, *[why] * bool(why), f"{LOOK}."]),
                     seen=f"no gradient towards {which}" if kept else "a result that is cut off from what it was "
                     "computed from", expected="a result that torch can differentiate")


def _another(part: str, name: str) -> Diagnosis:
    return Diagnosis("gradient", f"The numbers of `{name}` are right, but its gradient towards `{part}` is not. A part "
                     f"of the way is cut off, or comes twice. {LOOK}.", seen=f"another gradient towards `{part}`",
                     expected="the derivative of the same function")


def _grouped(lost: list[str], known: list[str]) -> list[str]:
    """Names of parameters, whole branches as `encoder.*`: the longest beginnings below which none got a gradient."""
    kept, groups = set(known) - set(lost), []
    for key in lost:
        pieces = key.split(".")
        for n in range(1, len(pieces)):
            branch = ".".join(pieces[:n]) + "."
            if not any(k.startswith(branch) for k in kept) and sum(k.startswith(branch) for k in lost) > 1:
                key = f"{branch}*"
                break
        if key not in groups:
            groups.append(key)
    return groups


def _list(names: list[str], most: int = 4) -> str:
    shown = [n if n == "the others" else f"`{n}`" for n in names[:most]]
    if len(names) > most:
        return ", ".join(shown) + f" and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
