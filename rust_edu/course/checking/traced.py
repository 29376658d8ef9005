"""Where a chain of learned parts goes another way than the reference's: words for a wrong result of a block.

The numbers at the end of a block do not say where it went wrong. So its parts are watched while an answer runs, and
what each was given is compared with what the reference gives it. Public: `first_other_step`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from .compare import agree
from .exercise import Diagnosis


class _Step(NamedTuple):
    part: str  # "blocks[0].mlp"
    given: tuple[Tensor, ...]
    gave: Tensor


def first_other_step(yours: Callable, reference: Callable, args: tuple, parts: dict[str, nn.Module],
                     known: dict[str, Tensor], end: str, reread: str, wants: dict[str, str] | None = None) -> None:
    """Raise a Diagnosis for the first part that is left out, comes elsewhere, or is given something else.

    parts: the modules among `args`, under the names that the reader has for them. known: what the chain starts from,
    in words; end: what the result is; wants: what a part is given, where that is no other's result, nor a sum of two.
    Silent where the results agree, and where steps cannot be told apart: an answer in loops has many more.
    """
    mine, result = _watched(yours, args, parts)
    wanted, target = _watched(reference, args, parts)
    if not isinstance(result, Tensor) or result.shape != target.shape or agree(result, target, 1e-4, 1e-4):
        return
    _same_parts(mine, wanted, reread)
    for i, (m, w) in enumerate(zip(mine, wanted)):
        if m.given[0].numel() != w.given[0].numel():
            return
        for which, a, b, same in zip(("", " as its context"), m.given, w.given, (_alike, _same_set)):
            if not same(a, b):
                raise Diagnosis("other-step", f"Up to here yours does what it should; then `{w.part}` is given "
                                f"something else{which}.", seen=_origin(a, mine[:i], known),
                                expected=(wants or {}).get(w.part) or _origin(b, wanted[:i], known), reread=reread)
        if not _alike(m.gave, w.gave):
            raise Diagnosis("other-pairing", f"Up to here yours does what it should; then `{w.part}` is given the "
                            "right vectors, but what belongs together is apart: they are folded, or repeated, in "
                            "another order.", seen="the right vectors in another order", expected="each with its own",
                            reread=reread)
    raise Diagnosis("other-result", "All parts are used, in order, and given what they should be. What you return is "
                    "something else.", seen=_origin(result, mine, known), expected=end, reread=reread)


def _same_parts(mine: list[_Step], wanted: list[_Step], reread: str) -> None:
    """Raise a Diagnosis where a part is left out, used too often, or out of order."""
    here, there = ([step.part for step in steps] for steps in (mine, wanted))
    for part in there:
        if part not in here:
            raise Diagnosis("part-unused", f"`{part}` is not used.", seen=", ".join(here) or "none of the parts",
                            expected=", ".join(there), reread=reread)
    if here == there:
        return
    first = {step.part: step.given[0].numel() for step in reversed(mine)}
    if any(first[step.part] < step.given[0].numel() and step.given[0].numel() % first[step.part] == 0
           for step in wanted):
        return  # in a loop, over tokens or scenes
    for part, count in Counter(here).items():
        if count > there.count(part):
            raise Diagnosis("part-too-often", f"`{part}` is used {count} times.", seen=", ".join(here),
                            expected=", ".join(there), reread=reread)
    raise Diagnosis("other-order", "The parts are used in another order.", seen=", ".join(here),
                    expected=", ".join(there), reread=reread)


def _watched(function: Callable, args: tuple, parts: dict[str, nn.Module]) -> tuple[list[_Step], Any]:
    """The steps of a call, without those that repeat the one before, and its result."""
    steps: list[_Step] = []
    handles = [part.register_forward_hook(_noting(name, steps)) for name, part in parts.items()]
    try:
        with torch.no_grad():
            result = function(*args)
    finally:
        for handle in handles:
            handle.remove()
    again = [a.part == b.part and all(x.shape == y.shape and torch.equal(x, y) for x, y in zip(a.given, b.given))
             for a, b in zip(steps, steps[1:])]
    return [step for step, repeats in zip(steps, [False, *again]) if not repeats], result


def _noting(name: str, steps: list[_Step]) -> Callable:
    def note(part: nn.Module, given: tuple, gave: Tensor) -> None:
        steps.append(_Step(name, tuple(x.detach().clone() for x in given if isinstance(x, Tensor)), gave.clone()))
    return note


def _rows(x: Tensor) -> Tensor:
    """The vectors in x, in an order of their own: however the axes before them were folded."""
    rows = x.double().reshape(-1, x.shape[-1])
    return rows[rows[:, 0].argsort()]


def _alike(a: Tensor, b: Tensor) -> bool:
    return a.numel() == b.numel() and a.shape[-1] == b.shape[-1] and agree(_rows(a), _rows(b), 1e-4, 1e-4)


def _same_set(a: Tensor, b: Tensor) -> bool:
    """Whether a and b hold the same vectors, however often: a context may be repeated."""
    if a.shape[-1] != b.shape[-1]:
        return False
    apart = (_rows(a)[:, None] - _rows(b)).abs().amax(2)
    return bool(torch.maximum(apart.amin(0).max(), apart.amin(1).max()) < 1e-4 * max(1.0, float(b.abs().max())))


def _origin(value: Tensor, steps: list[_Step], known: dict[str, Tensor]) -> str:
    """What a value is, in words, if it is one or the sum of two of what was there before."""
    found = (words for words, x in _candidates(steps, known) if _alike(value, x))
    return next(found, "nothing that was there before, nor the sum of two such things")


def _candidates(steps: list[_Step], known: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    there = dict(known)
    for step in steps:
        there.setdefault(f"what `{step.part}` was given", step.given[0])
        there[f"what `{step.part}` gave"] = step.gave
    yield from there.items()
    for (a, x), (b, y) in combinations(there.items(), 2):
        if x.numel() == y.numel():
            yield f"{a} plus {b}", x + y.reshape(x.shape)
