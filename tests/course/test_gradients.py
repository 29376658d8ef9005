"""Gradients: towards every argument by itself, towards every parameter of a model; what is cut is named."""

import time

import pytest
import torch
from torch import nn

from rust_edu.course.checking.checks import examine
from rust_edu.course.checking.exercise import Case, Diagnosis, Exercise
from rust_edu.course.checking.gradients import gradients_agree, gradients_reach
from rust_edu.course.checking.trial import Trial


def product(x, y, scale):
    return scale * x @ y


PRODUCT = Exercise("99.6", "product", reference=product, cases=lambda g: [
    Case("random", torch.randn(4, 3, generator=g), torch.randn(3, 5, generator=g), 2.0) for _ in range(2)])


def told(candidate, exercise=PRODUCT) -> Diagnosis:
    found = examine(exercise, candidate).diagnosis
    assert found is not None
    return found


def test_one_argument_that_is_cut_off_is_named():
    found = told(lambda x, y, scale: scale * x @ y.detach())
    assert found.name == "no-gradient" and "reaches `y`" in found.what and "`x` gets its own" in found.what
    found = told(lambda x, y, scale: scale * torch.tensor(x.tolist()) @ y)
    assert found.name == "no-gradient" and "reaches `x`" in found.what


def test_all_that_are_cut_off():
    found = told(lambda x, y, scale: (scale * x @ y).detach())
    assert found.name == "no-gradient" and "nothing before it could learn" in found.what


def test_numpy_that_refuses_a_gradient_is_told_so():
    found = told(lambda x, y, scale: torch.from_numpy(scale * x.numpy() @ y.numpy()))
    assert found.name == "no-gradient" and "NumPy keeps no gradient" in found.what


def test_a_wrong_gradient_names_its_argument():
    found = told(lambda x, y, scale: scale * (x @ y).detach() + 0.5 * scale * (x @ y - (x @ y).detach()))
    assert found.name == "gradient" and "`x`" in found.what


def test_writing_into_what_the_gradient_needs():
    def written(x, y, scale):
        z = (scale * x) ** 2
        root = z.sqrt()
        root += 0  # sqrt's gradient needs its result
        return scale * x @ y + 0 * root.sum()

    found = told(written)
    assert found.name == "no-gradient" and "written into" in found.what


def test_only_what_the_exercise_names_is_asked_for():
    only_x = Exercise("99.7", "product", reference=product, cases=PRODUCT.cases, gradient=("x",))
    assert examine(only_x, lambda x, y, scale: scale * x @ y.detach()).solved
    assert told(lambda x, y, scale: scale * x.detach() @ y, only_x).name == "no-gradient"


def test_one_result_of_several_that_is_cut_off():
    both = Exercise("99.8", "both", reference=lambda x: (x, 2 * x), outputs=("the first", "the second"),
                    cases=lambda g: [Case("random", torch.randn(3, generator=g))])
    assert "the second is cut off" in told(lambda x: (x.clone(), 2 * x.detach()), both).what


class Model(nn.Module):
    def __init__(self, cut=False):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 3))
        self.decoder = nn.Linear(3, 2)
        self.cut = cut

    def forward(self, x):
        code = self.encoder(x)
        return self.decoder(code.detach() if self.cut else code)


def test_parameters_of_a_model_among_the_arguments():
    asked = Exercise("99.9", "ask", reference=lambda model, x: model(x), cases=lambda g: [
        Case("random", Model(), torch.randn(4, 2, generator=g))], gradient=("model",))
    assert examine(asked, lambda model, x: model.decoder(model.encoder(x))).solved
    found = told(lambda model, x: model.decoder(model.encoder(x).detach()), asked)
    assert found.name == "no-gradient" and "`model.encoder.*`" in found.what


def test_parameters_of_a_model_that_the_reader_made():
    x = torch.randn(4, 2)
    whole = Model()
    gradients_reach(whole, whole(x), "YourModel")
    cut = Model(cut=True)
    with pytest.raises(Diagnosis, match="encoder") as caught:
        gradients_reach(cut, cut(x), "YourModel")
    assert "`encoder.*`" in caught.value.what and "decoder" not in caught.value.what
    gradients_reach(cut, cut(x), "YourModel", unused=("encoder.",))


def test_parts_of_the_arguments_by_name():
    def reference(x, y):
        return x * y

    def arguments(first, second):
        return 1 + first, 2 + second

    def trial(function):
        return Trial(function, "f", time.monotonic() + 5.0)

    sizes = {"first": 3, "second": 3}
    gradients_agree(trial(lambda x, y: y * x), reference, arguments, sizes, "f")
    with pytest.raises(Diagnosis, match="reaches `second`"):
        gradients_agree(trial(lambda x, y: y.detach() * x), reference, arguments, sizes, "f")
    with pytest.raises(Diagnosis) as caught:
        gradients_agree(trial(lambda x, y: x * y.detach() + 0.5 * (x.detach() * y - (x * y).detach())), reference,
                        arguments, sizes, "f")
    assert caught.value.name == "gradient" and "`second`" in caught.value.what
