"""Functions of a set of tokens, and a test for what they make of the order (exercise 04.4).

Public: `symmetry`, `planted_functions`, `the_orders_that_are_tried`, `the_generator_and_the_trials`,
`SYMMETRY_SUSPECTS`, `PLANTED`.
Axes: B sets, K tokens of a set, D width of a token.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from ...checking.exercise import Case, Diagnosis, Suspect

SEED = 611_953  # of torch's own random numbers while a reader's test runs: nobody sets this one
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


# ----------------------------------------------------------------------------------- functions to be told apart


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
SIGNED = ("one-sided", "Its result moves in one direction only when the order changes, and the largest signed "
          "difference is then no larger than 0. Take `(a - b).abs().max()`.")

# A test that tries a single order misses at least one of the functions of three tokens: a swap leaves one token in its
# place, and a rotation does not change the sign. Those with words of their own stand at the end: who gets here has
# everything before right. The
# first has tokens in its result: an order that raises there has been used on another axis than theirs.
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
    ("the mean, once for each token", lambda x: x.mean(1, keepdim=True).expand_as(x), 12, "invariant", BOTH),
    ("a mean that is weighted by place", lambda x: _by_place(x, 1.0), 12, "neither", SIGNED, True),
    ("minus a mean that is weighted by place", lambda x: _by_place(x, -1.0), 12, "neither", SIGNED, True),
))


def planted_functions(g: Generator):
    for planted in PLANTED:
        yield Case(planted.name, planted.function, planted.tokens(g), Generator().manual_seed(
            int(torch.randint(2**31, (), generator=g))), TRIALS)


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
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)  # whatever stood there before: a test may have set the very seed that a reader sets
        (first, seed), (again, _), (other, _) = (_tried(yours, tokens, n) for n in (1, 1, 2))
    if seed != SEED:
        raise Diagnosis("sets-the-seed", "Your test calls torch.manual_seed: from then on everybody's random numbers "
                        "are other ones. You were given a `generator` of your own.", seen="another global seed",
                        expected="torch.randperm(K, generator=generator)", reread=READ)
    if first != again or first == other:
        raise Diagnosis("generator-unused", "Your orders do not follow `generator`: the same generator must give the "
                        "same orders, and another one others. So a failure can be repeated.",
                        seen="other orders from the same generator" if first != again else "the same orders from "
                        "another generator", expected="torch.randperm(K, generator=generator)", reread=READ)
    for trials in (TRIALS, 7):
        count = len(set(_tried(yours, tokens, 3, trials)[0]))
        if not trials - 1 <= count <= 2 * trials + 1:  # an order may come twice; two loops may draw their own
            raise Diagnosis("not-as-many-as-asked", f"Asked for {trials} trials, your test tries {count} orders of a "
                            "function whose verdict stays open to the end.", seen=f"{count} orders",
                            expected=f"{trials}, the argument `trials`", reread=READ)


def _tried(yours: Callable, tokens: Tensor, seed: int, trials: int = TRIALS) -> tuple[list[tuple], int]:
    """The orders in which a test tries an equivariant function, and the global seed that the function then sees."""
    calls, seeds = [], [torch.initial_seed()]

    def watched(x: Tensor) -> Tensor:
        calls.append(x.detach().clone())
        seeds.append(torch.initial_seed())
        return 2 * x

    yours(watched, tokens, Generator().manual_seed(seed), trials)
    several = [part for call in calls if call.shape[1:] == tokens.shape[1:] for part in call.split(len(tokens))]
    return [tuple(part[..., 0].flatten().tolist()) for part in several if not torch.equal(part, tokens)], seeds[-1]


def _missed(planted: Planted, found: str) -> Diagnosis:
    what = f"Your test calls {planted.name} {found}, though it is {planted.verdict}."
    words = dict(seen=repr(found), expected=repr(planted.verdict), reread=READ)
    if planted.missed and (found != "neither"):
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
