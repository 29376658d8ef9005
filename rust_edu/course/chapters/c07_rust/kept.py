"""What a call leaves behind: nothing in the model, and nothing for the next call. Of the loss and the transplant.

Public: `knows_nothing_of_calls_before` and `leaves_the_model_as_it_was`, each made for an exercise.
"""

from collections.abc import Callable

from torch import Generator, Tensor

from ....models import RUST
from ...checking.compare import agree, difference
from ...checking.drawn import fresh
from ...checking.exercise import Diagnosis
from .loss import TINY


def knows_nothing_of_calls_before(reference: Callable, given: Callable[[Generator], tuple], reread: str) -> Callable:
    """given(g): what the function gets beside the model, drawn anew."""

    def property_(yours: Callable, g: Generator) -> None:
        """A model that was asked before, with other weights or about other views, is asked as if it were new"""
        for training in (True, False):
            model, other, later = (fresh(g, lambda: RUST(TINY)).train(training) for _ in range(3))
            first, second = given(g), given(g)
            if not agree(yours(model, *first), reference(model, *first), 1e-4):  # told by the comparison of numbers
                return
            _as_a_new_one(yours, reference, (model, *first), "about the first views", reread)
            _as_a_new_one(yours, reference, (model, *second), "about other views", reread)
            _as_a_new_one(yours, reference, (other, *second), "about these views with another model", reread)
            model.load_state_dict(later.state_dict())
            _as_a_new_one(yours, reference, (model, *second), "about these views once more, after a step has changed "
                          "the weights", reread)
    return property_


def _as_a_new_one(yours: Callable, reference: Callable, args: tuple, asked: str, reread: str) -> None:
    mine = yours.call(args, {}, gradients=True)  # with these very views and this very model, not copies
    wanted = reference(*args)
    if isinstance(mine, Tensor) and mine.shape == wanted.shape and (shown := difference(mine, wanted, 1e-4, 1e-4)):
        mode = "training" if args[0].training else "evaluation"
        raise Diagnosis("kept-from-before", f"A first call gives the right result. Asked {asked} (in {mode} mode), you "
                        "give a result that belongs to an earlier call. Something is kept: on the model, or beside it. "
                        "The same model is asked again and again, with other weights and other pictures.",
                        seen=shown[0], expected=shown[1], reread=reread)


def leaves_the_model_as_it_was(given: Callable[[Generator], tuple], reread: str) -> Callable:
    """given(g): what the function gets beside the model, drawn anew."""

    def property_(yours: Callable, g: Generator) -> None:
        """The model is left as it was"""
        for training in (True, False):
            model = fresh(g, lambda: RUST(TINY)).train(training)
            yours.call((model, *given(g)), {}, gradients=True)
            _as_it_was(model, training, reread)
    return property_


def _as_it_was(model: RUST, training: bool, reread: str) -> None:
    if frozen := [name for name, p in model.named_parameters() if not p.requires_grad]:
        raise Diagnosis("frozen-weights", "After the call some weights of the model do not learn any more. Whoever "
                        "trains it next trains nothing: use torch.no_grad where you need no gradient, and leave "
                        "requires_grad alone.", seen=f"requires_grad False in {len(frozen)} weights, `{frozen[0]}` "
                        "first", expected="a model left as it was", reread=reread)
    if any(part.training != training for part in model.modules()):
        modes = ("evaluation", "training")
        raise Diagnosis("mode-changed", f"The model came in {modes[training]} mode and is in {modes[not training]} "
                        "mode afterwards. Nothing here depends on it: call neither train() nor eval().",
                        seen=f"model.training is {model.training}", expected=f"{training}, as before", reread=reread)
