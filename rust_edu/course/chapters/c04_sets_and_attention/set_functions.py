"""Functions of a set of tokens, and a test for what they make of the order (exercise 04.4).

Public: `symmetry`, `planted_functions`, `the_orders_that_are_tried`, `the_generator_and_the_trials`,
`SYMMETRY_SUSPECTS`.
Axes: B sets, K tokens of a set, D width of a token.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from ...checking.exercise import Case, Diagnosis, Suspect
from .planted import NEGATIVE, PLANTED, WIDTH, Planted

TRIALS = 20
READ = "Testing a symmetry"
WORDS = ("invariant", "equivariant", "neither")


def symmetry(function: Callable[[Tensor], Tensor], tokens: Tensor, generator: Generator, trials: int = TRIALS) -> str:
    """What `function` makes of the order of tokens (B, K, D): "invariant", "equivariant" or "neither".

    In random orders. Two results are the same if they differ by less than 1e-4 of the largest absolute number.
    """
    straight, K = function(tokens), tokens.shape[1]
    invariant = True
    equivariant = straight.ndim == 3 and straight.shape[1] == K
    for _ in range(trials):
        order = torch.randperm(K, generator=generator)
        shuffled = function(tokens[:, order])
        invariant = invariant and _same(shuffled, straight)
        equivariant = equivariant and _same(shuffled, straight[:, order])
    return "invariant" if invariant else "equivariant" if equivariant else "neither"


def _same(a: Tensor, b: Tensor, tolerance: float = 1e-4) -> bool:
    return a.shape == b.shape and bool((a - b).abs().max() <= tolerance * b.abs().max())


def planted_functions(g: Generator):
    for planted in PLANTED:
        seed = int(torch.randint(2**31, (), generator=g))
        yield Case(planted.name, planted.function, planted.tokens(g), Generator().manual_seed(seed), TRIALS).asking(
            planted.missed[1] if planted.missed else "All orders must agree: one that does not is a counterexample.")


# ------------------------------------------------------------------------------------------- known mistakes


def _with(compare: Callable[[Callable, Tensor, Tensor], tuple[bool, bool]]) -> Callable:
    """A symmetry test with its own way to compare: compare(function, tokens, order) -> (invariant, equivariant)."""

    def test(function, tokens, generator, trials=TRIALS):
        found = [compare(function, tokens, torch.randperm(tokens.shape[1], generator=generator)) for _ in range(trials)]
        return ("invariant" if all(i for i, _ in found) else "equivariant" if all(e for _, e in found) else "neither")

    return test


def _plain(function: Callable, tokens: Tensor, order: Tensor,
           back: Callable[[Tensor], Tensor] = lambda order: order) -> tuple[bool, bool]:
    straight, shuffled = function(tokens), function(tokens[:, order])
    has_tokens = straight.ndim == 3 and straight.shape[1] == tokens.shape[1]
    return _same(shuffled, straight), has_tokens and _same(shuffled, straight[:, back(order)])


def _any_order(function, tokens, generator, trials=TRIALS):
    found = [_plain(function, tokens, torch.randperm(tokens.shape[1], generator=generator)) for _ in range(trials)]
    return "invariant" if any(i for i, _ in found) else "equivariant" if any(e for _, e in found) else "neither"


def _by_shape(function, tokens, generator, trials=TRIALS):
    return "equivariant" if function(tokens).shape == tokens.shape else "invariant"


def _exchanged(*arguments):
    words = {"invariant": "equivariant", "equivariant": "invariant", "neither": "neither"}
    return words[symmetry(*arguments)]


def _two_kinds(*arguments):
    return "invariant" if symmetry(*arguments) == "invariant" else "equivariant"


SYMMETRY_SUSPECTS = (
    Suspect("result-not-reordered", _with(lambda f, x, o: (_plain(f, x, o)[0],) * 2),
            "An equivariant function is never found. For it the result comes in the new order too: compare "
            "f(tokens[:, order]) with f(tokens)[:, order].", reread=READ),
    Suspect("wrong-inverse", _with(lambda f, x, o: _plain(f, x, o, back=torch.argsort)),
            "You put the result into the inverse of the order. f(tokens[:, order]) belongs beside f(tokens)[:, "
            "order]; to undo an order on the other side takes order.argsort().", reread=READ),
    Suspect("any-order-will-do", _any_order,
            "One order in which the results agree is enough for you. All of them must: one that does not is a "
            "counterexample.", reread=READ),
    Suspect("only-the-shape", _by_shape,
            "You judge by the shape of the result. Whether the order matters shows only when you change it.",
            reread=READ),
    Suspect("verdicts-exchanged", _exchanged,
            "The two words have changed places. Invariant: the result stays the same. Equivariant: it comes in the "
            "new order.", reread=READ),
    Suspect("equivariant-needs-no-test", _two_kinds,
            "Whatever is not invariant you call equivariant. There is a third kind: functions that look at places.",
            reread=READ),
)


def the_orders_that_are_tried(yours, g):
    """the tokens are tried in many orders, and compared with room for rounding"""
    for planted in PLANTED:
        found = yours(planted.function, planted.tokens(g), Generator().manual_seed(1), TRIALS)
        if found not in WORDS:
            raise Diagnosis("another-word", "Your test answers with another word. It returns one of three, spelled "
                            "exactly so: \"invariant\", \"equivariant\", \"neither\".", seen=repr(found),
                            expected=repr(planted.verdict), reread=READ)
        if found != planted.verdict:
            raise _why(yours, g) or _missed(planted, found)


def the_generator_and_the_trials(yours, g):
    """the orders come from the generator, as many as were asked for"""
    tokens = torch.randn(2, 12, 5, generator=g)
    first, again, other = (_tried(yours, tokens, n) for n in (1, 1, 2))
    if first != again or first == other:
        raise Diagnosis("generator-unused", "Your orders do not follow `generator`: the same generator must give the "
                        "same orders, and another one others. So a failure can be repeated.",
                        seen="other orders from the same generator" if first != again else "the same orders from "
                        "another generator", expected="torch.randperm(K, generator=generator)", reread=READ)
    for trials in (TRIALS, 7):
        count = len(set(_tried(yours, tokens, 3, trials)))
        if not trials - 1 <= count <= 2 * trials + 1:  # an order may come twice; two loops may draw their own
            raise Diagnosis("not-as-many-as-asked", f"Asked for {trials} trials, your test tries {count} orders of a "
                            "function whose verdict stays open to the end.", seen=f"{count} orders",
                            expected=f"{trials}, the argument `trials`", reread=READ)


def _tried(yours: Callable, tokens: Tensor, seed: int, trials: int = TRIALS) -> list[tuple]:
    """The orders in which a test tries an equivariant function."""
    calls = []

    def watched(x: Tensor) -> Tensor:
        calls.append(x.detach().clone())
        return 2 * x

    yours(watched, tokens, Generator().manual_seed(seed), trials)
    several = [part for call in calls if call.shape[1:] == tokens.shape[1:] for part in call.split(len(tokens))]
    return [tuple(part[..., 0].flatten().tolist()) for part in several if not torch.equal(part, tokens)]


def _missed(planted: Planted, found: str) -> Diagnosis:
    what = f"Your test calls {planted.name} {found}, though it is {planted.verdict}."
    words = dict(seen=repr(found), expected=repr(planted.verdict), reread=READ)
    if planted.missed and (found != "neither" or planted.missed in (NEGATIVE, WIDTH)):
        name, why = planted.missed
        return Diagnosis(name, f"{what} {why}", **words)
    if found == "neither":
        return Diagnosis("false-alarm", f"{what} Sums in another order differ in the last digits: compare with a "
                         "tolerance, about 1e-4 of the largest absolute number.", **words)
    return Diagnosis("misses-a-function", f"{what} Its result does change in another way. Compare every number with "
                     "the one at the same place, the largest difference with a small tolerance, and let one order that "
                     "disagrees settle it.", **words)


def _why(yours: Callable, g: Generator) -> Diagnosis | None:
    """Look over the shoulder of a test that is wrong: in which orders does it try the tokens?"""
    tokens, calls = torch.randn(2, 6, 5, generator=g), []

    def watched(x: Tensor) -> Tensor:
        calls.append(x.detach().clone())
        return x.mean(1)

    yours(watched, tokens, Generator().manual_seed(2), TRIALS)
    orders = []
    for call in calls:
        if call.shape != tokens.shape:
            return Diagnosis("not-the-tokens", "Your test gives the function something of another shape than the "
                             "tokens.", seen=str(tuple(call.shape)), expected=str(tuple(tokens.shape)), reread=READ)
        order = (call[:, :, None] == tokens[:, None]).all(-1)  # (B, K new, K old): which token stands where
        if not order.any(-1).all():
            return _changed(call, tokens)
        if not (order == order[:1]).all():
            return None  # another order for each set of the batch: as good as one for all
        orders.append(tuple(order[0].float().argmax(-1).tolist()))
    straight, tried = tuple(range(6)), {o for o in orders if o != tuple(range(6))}
    seen = "no other order"
    if tried:
        seen = f"{len(tried)} other order{'s' * (len(tried) != 1)}, such as {list(min(tried))}"
    words = dict(seen=seen, expected="a new random order in each of the 20 trials: torch.randperm", reread=READ)
    if any(len(set(o)) < 6 for o in tried):
        return Diagnosis("not-a-permutation", "Some tokens come twice and others not at all: that is a draw with "
                         "replacement, not a new order of the same tokens.", **words)
    if not tried:
        return Diagnosis("never-reorders", "Your test calls the function with the tokens in one order only, so it "
                         "never sees what another order does.", **words)
    if all(any(o == straight[i:] + straight[:i] for i in range(6)) for o in tried):
        return Diagnosis("only-rolls", "Your test only rolls the tokens round in a ring. A function that looks at the "
                         "token before passes that, and is not equivariant.", **words)
    if len(tried) < 4:
        return Diagnosis("too-few-orders", "Your test tries too few orders. A function can treat one token apart, and "
                         "a single order may well leave that one in its place.", **words)
    if all(o[0] == 0 for o in tried) or all(o[-1] == 5 for o in tried):
        return Diagnosis("one-token-stays", "In every order that you try, the same token stays in its place: a "
                         "function that treats that one apart goes unnoticed.", **words)
    return None


def _changed(call: Tensor, tokens: Tensor) -> Diagnosis:
    sorted_columns = _same(call.sort(-1).values, tokens.sort(-1).values)
    sorted_sets = _same(call.sort(0).values, tokens.sort(0).values)
    what, name = "changes the numbers of the tokens", "changes-tokens"
    if sorted_columns:
        what, name = "reorders the columns inside each token (the last axis)", "reorders-columns"
    elif sorted_sets:
        what, name = "reorders the sets of the batch (the first axis)", "reorders-sets"
    return Diagnosis(name, f"Your test {what}. A new order of the tokens is `tokens[:, order]`: whole tokens, along "
                     "axis 1.", seen=f"a first token {_short(call[0, 0])}", expected="one of the tokens, whole",
                     reread=READ)


def _short(values: Tensor) -> str:
    return "[" + ", ".join(f"{v:.2f}" for v in values.tolist()) + "]"
