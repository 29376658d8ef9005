"""A model as a reader assembles it, given the package's weights: made, asked, and looked at again.

What the assembled models of notebooks 05 and 06 have in common. Public: `colours_from` and the properties
`training_changes_nothing`, `answers_anew`, `methods_go_by_what_they_are_given` and `methods_fit_together`, each made
for a kind of model.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Generator, Tensor, nn

from ...models import ModelConfig
from ...models.scene_model import SceneModel
from ...views import Views
from ..checking.compare import describe
from ..checking.drawn import fresh
from ..checking.exercise import Diagnosis
from .srt_drawn import TINY, noise_views

METHODS = ("encode", "queries", "decode")  # in the order in which they run


def colours_from(base: str, reread: str, hint: str = "") -> Callable:
    """What an exercise uses: from a class to what its check calls. `base`: what the class should be made of."""

    def colours_of(candidate: Callable[[ModelConfig], SceneModel]) -> Callable:

        def colours(weights: SceneModel, inputs: Views, targets: Views, positions: Tensor, training: bool = False,
                    method: str = "", before: tuple[Views, ...] | None = None,
                    between: tuple[Views, Views] | None = None) -> Tensor:
            """Colours at some positions of the targets, with the very parameters of another model of the package.

            With the name of a method: what it returns when the others are the package's. before: other views, for
            which the same model was asked first, with other weights; empty for the same views. between: other views,
            for which each method is called between the calls for these.
            """
            model = _model(candidate, weights, base, reread, hint)
            if between is not None:
                return _in_turns(model, weights, inputs, targets, positions, method, between)
            if method == "encode":
                return model.encode(inputs)
            if method == "queries":
                return model.queries(model.pose(inputs, targets, weights.encode(inputs)), positions)
            if method == "decode":
                return model.decode(*_asked(weights, inputs, targets, positions))
            model.train(training)
            if before is not None:
                model.load_state_dict({name: 0.5 * value for name, value in weights.state_dict().items()}, assign=True)
                model(*(before or (inputs, targets)), positions)
                model.load_state_dict(weights.state_dict(keep_vars=True), assign=True)
            result = model(inputs, targets, positions)
            _learns(model, reread)
            return result

        return colours

    return colours_of


def _model(candidate: Callable[[ModelConfig], SceneModel], weights: SceneModel, base: str, reread: str,
           hint: str) -> SceneModel:
    """A reader's model, in eval mode. Raises a Diagnosis if it is no model, or has other weights."""
    model, kind = candidate(weights.config), type(weights).__name__
    if not isinstance(model, nn.Module) or not hasattr(model, "encoder"):
        raise Diagnosis("no-model", f"An {kind} is made of {base}: `class Your{kind}({base}):`.",
                        seen=f"an object of type {type(model).__name__}", expected="a model with weights",
                        reread=reread)
    _learns(model, reread)
    try:
        model.load_state_dict(weights.state_dict(keep_vars=True), assign=True)
    except RuntimeError:
        raise Diagnosis("other-weights", f"Your model has other weights than {kind}. Use those that {base} has, under "
                        f"their names, and make no new ones.{hint}", seen="parameters of other names or shapes",
                        expected=f"those of {base}", reread=reread) from None
    for name in METHODS:
        setattr(model, name, _returning(name, getattr(model, name), reread))
    return model.eval()


def _in_turns(model: SceneModel, weights: SceneModel, inputs: Views, targets: Views, positions: Tensor, method: str,
              others: tuple[Views, Views]) -> Tensor:
    """The colours, or up to "queries" what that returns, when other views are encoded and asked for in between."""
    slsr, other = model.encode(inputs), model.encode(others[0])
    queries = model.queries(model.pose(inputs, targets, slsr), positions)
    if method == "queries":
        return queries
    model.queries(model.pose(*others, other), positions)
    return model.decode(queries, slsr)


def _learns(model: nn.Module, reread: str) -> None:
    if frozen := [name for name, p in model.named_parameters() if not p.requires_grad]:
        raise Diagnosis("frozen-weights", "Some weights of your model do not learn: requires_grad was switched off. "
                        "The notebook trains all of them.", seen=f"{len(frozen)} frozen weights, `{frozen[0]}` first",
                        expected="none", reread=reread)


def _returning(name: str, method: Callable, reread: str) -> Callable:
    """A method that must return something: attention without a context would go on with None, and ask itself."""

    def called(*args, **kwargs):
        result = method(*args, **kwargs)
        if result is None:
            raise Diagnosis("method-returns-nothing", f"`{name}` returns None. Is a `return` missing?", seen="None",
                            expected="a tensor", reread=reread)
        return result

    return called


def _asked(weights: SceneModel, inputs: Views, targets: Views, positions: Tensor) -> tuple[Tensor, Tensor]:
    """The package's queries and scene."""
    slsr = weights.encode(inputs)
    return weights.queries(weights.pose(inputs, targets, slsr), positions), slsr


def about(make: type[SceneModel], g: Generator, V: int = 4) -> tuple[SceneModel, Views, Views, Tensor]:
    """What the properties ask: two scenes of V input views and two targets, at eight positions."""
    weights = fresh(g, lambda: make(TINY))
    return weights, noise_views(g, 2, V), noise_views(g, 2, 2), weights.positions()[::8]


def gap(a: Tensor, b: Tensor) -> float | None:
    """By how much two answers to such a question differ; None if they are no colours."""
    fits = all(type(r) is Tensor and r.shape == (2, 2, 8, 12) for r in (a, b))
    return float((a - b).abs().max()) if fits else None


def training_changes_nothing(make: type[SceneModel], reread: str) -> Callable:
    def property_(yours: Callable, g: Generator) -> None:
        """In training mode the colours are the same"""
        asked = about(make, g)
        off = gap(*(yours(*asked, training) for training in (False, True)))
        if off is not None and off > 1e-4:
            raise Diagnosis("training-differs", "After model.train() your model gives other colours than after "
                            f"model.eval(). Nothing in {make.__name__} depends on which of the two it is.",
                            seen=f"colours that differ by up to {off:.2g}", expected="the same colours", reread=reread)
    return property_


def answers_anew(make: type[SceneModel], reread: str) -> Callable:
    def property_(yours: Callable, g: Generator) -> None:
        """A model that was asked something else before gives the same colours"""
        asked = about(make, g)
        for before, what in (((noise_views(g, 2, 4), noise_views(g, 2, 2)), "Asked for other scenes before"),
                             ((), "Asked for the same scenes before, with the weights of an earlier step")):
            off = gap(yours(*asked), yours(*asked, before=before))
            if off is not None and off > 1e-4:
                raise Diagnosis("kept-from-before", f"A new model answers as it should. {what}, it answers otherwise: "
                                "it keeps something from one call to the next, and a training asks one model again and "
                                "again.", seen=f"colours that differ by up to {off:.2g}", expected="the same colours",
                                reread=reread)
    return property_


def methods_go_by_what_they_are_given(make: type[SceneModel], reread: str) -> Callable:
    def property_(yours: Callable, g: Generator) -> None:
        """Two scenes encoded in turn are each drawn from their own tokens and cameras"""
        asked = about(make, g)
        others = [replace(views, K=views.K * torch.tensor([[1.5], [1.5], [1.0]])) for views in (
            noise_views(g, 2, 4), noise_views(g, 2, 2))]
        weights, inputs, targets, positions = asked
        off = gap(*(yours(*asked, between=between) for between in ((inputs, targets), tuple(others))))
        if off is None or off <= 1e-4:
            return
        with torch.no_grad():
            wanted = weights.queries(weights.pose(inputs, targets, weights.encode(inputs)), positions)
        first = "decode" if _close(yours(*asked, method="queries", between=tuple(others)), wanted) else "queries"
        given = {"decode": "the `slsr`", "queries": "`pose.cameras`, `pose.first` and `pose.K`"}[first]
        raise Diagnosis("kept-from-encode", f"Scene A is encoded, then scene B, then A is drawn, and its colours are "
                        f"not A's: `{first}` goes by something that was kept when B was encoded. It should go by "
                        f"{given} that it is given.", seen=f"colours that differ by up to {off:.2g}",
                        expected="the same colours as with A alone", reread=reread)
    return property_


def methods_fit_together(make: type[SceneModel], reread: str) -> Callable:
    def property_(yours: Callable, g: Generator) -> None:
        """On other scenes too the three methods together give the package's colours"""
        weights, inputs, targets, positions = asked = about(make, g)
        with torch.no_grad():
            slsr = weights.encode(inputs)
            queries = weights.queries(weights.pose(inputs, targets, slsr), positions)
            colours = weights.decode(queries, slsr)
        if _close(yours(*asked), colours):
            return
        for name, wanted, which in (("encode", slsr, "other tokens"), ("queries", queries, "other queries"),
                                    ("decode", colours, "other colours")):
            try:
                found = yours(*asked, method=name)
            except Diagnosis as raised:
                found, which = None, raised.seen
            if not _close(*(x if name != "encode" else _in_order(x) for x in (found, wanted))):
                raise Diagnosis(f"{name}-differs", f"`{name}` is the first of your methods that returns something else "
                                "than the package's, with the same weights and for the same arguments. The parts in it "
                                "have passed their checks: look at what you hand them.",
                                seen=_what(found, wanted, which),
                                expected=f"what {describe(wanted)} holds in the package", reread=reread)
        raise Diagnosis("methods-apart", "`encode`, `queries` and `decode` are right, each by itself. Together they "
                        "give other colours: is `forward` or `pose` another one in your class? Leave those as they "
                        "are.", seen="other colours", expected="those of decode(queries(pose, positions), slsr)",
                        reread=reread)
    return property_


def _close(a, b: Tensor) -> bool:
    return type(a) is Tensor and a.shape == b.shape and torch.allclose(a.float(), b, rtol=1e-3, atol=1e-3)


def _in_order(tokens):
    """The tokens of each scene in an order of their own: a set may be listed in any."""
    if type(tokens) is not Tensor or tokens.ndim != 3:
        return tokens
    return torch.stack([scene[scene[:, 0].argsort()] for scene in tokens])


def _what(found, wanted: Tensor, which: str) -> str:
    return describe(found) if type(found) is Tensor and found.shape != wanted.shape else which
