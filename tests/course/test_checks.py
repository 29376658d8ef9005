"""The check's own logic, on an exercise made for these tests: order, diagnoses, recording, what comes back."""

import json
import math
import sys
import types
from dataclasses import replace

import numpy as np
import pytest
import torch

from rust_edu import cameras
from rust_edu.course.checking import panel
from rust_edu.course.checking.checks import examine
from rust_edu.course.checking.exercise import Case, Diagnosis, Exercise, Suspect, all_exercises, find_exercise
from rust_edu.course.reading.check import CheckFailed, check
from rust_edu.course.syllabus import BY_NUMBER, Entry
from rust_edu.errors import InputError

K = cameras.intrinsics(4, 4, 1.0)


def cases(g):
    yield Case("one pixel", torch.eye(4), K, torch.tensor([[0.5, 0.5]]))
    for _ in range(3):
        camera = cameras.look_at(torch.randn(3, generator=g) + 2.0, torch.zeros(3))
        yield Case("a random camera", camera, K, torch.rand(5, 2, generator=g) * 4)


def of_length_one(yours, g):
    """directions have length 1."""
    length = yours(torch.eye(4), K, torch.rand(5, 2, generator=g) * 4)[1].norm(dim=-1)
    if (length - 1).abs().max() > 1e-3:
        raise Diagnosis("not-unit", "Not of length 1.", seen=f"{length.max():.3f}", expected="1")


def inverse(camera_to_world, K, pixels):
    return cameras.pixel_rays(cameras.invert(camera_to_world), K, pixels)


RAYS = Exercise("99.1", "pixel_rays", reference=cameras.pixel_rays, outputs=("the origins", "the directions"),
                cases=cases, properties=(of_length_one,),
                suspects=(Suspect("world-to-camera", inverse, "The inverse matrix.", reread="Which way"),),
                seconds=20.0)


def right(camera_to_world, K, pixels):
    return cameras.pixel_rays(camera_to_world, K, pixels)


def name_of(candidate, **changes) -> str:
    result = examine(replace(RAYS, **changes), candidate)
    return result.diagnosis.name if result.diagnosis else result.state


def test_a_right_answer_is_solved_and_says_what_was_tried():
    result = examine(RAYS, right)
    assert result.solved
    assert result.passed == ["right type, shape and numbers on 4 cases", "the gradient flows as it should",
                             "directions have length 1"]


def test_double_precision_is_right_too_and_does_not_reach_later_cells():
    def double(c, k, p):
        return right(c.double(), k.double(), p.double())

    result = examine(RAYS, double)
    assert result.solved and result.usable(double).__name__ == "double"
    case = next(iter(cases(torch.Generator())))
    assert [x.dtype for x in result.usable(double)(*case.args)] == [torch.float32] * 2
    assert result.usable(double)(*(a.double() for a in case.args))[0].dtype == torch.float64
    assert examine(RAYS, right).usable(right) is right
    assert name_of(lambda c, k, p: tuple(x.half() for x in right(c, k, p))) == "dtype"


def test_a_known_mistake_is_named_only_if_it_explains_every_case():
    assert name_of(inverse) == "world-to-camera"

    def sometimes(camera_to_world, K, pixels):  # the mistake, but not for the camera at the origin's neighbours
        mistake = inverse if camera_to_world[0, 3] > 2.0 else right
        return tuple(2.0 * x if camera_to_world[0, 3] <= 2.0 else x for x in mistake(camera_to_world, K, pixels))

    assert name_of(sometimes) != "world-to-camera"


def test_a_known_mistake_that_is_not_one_on_these_cases_is_not_named():
    """A suspect that agrees with the target everywhere says nothing."""
    same = Suspect("same", right, "Nothing is wrong.")
    assert name_of(lambda c, k, p: tuple(x + 1 for x in right(c, k, p)), suspects=(same,), properties=()) == "values"


def test_properties_give_better_words_than_the_numbers():
    assert name_of(lambda c, k, p: (right(c, k, p)[0], 1.5 * right(c, k, p)[1])) == "not-unit"
    assert name_of(lambda c, k, p: (right(c, k, p)[0] + 1, right(c, k, p)[1])) == "values"


def test_properties_must_hold_after_all_cases_passed():
    def impossible(yours, g):
        raise Diagnosis("never", "Cannot hold.")

    assert name_of(right, properties=(impossible,)) == "never"


@pytest.mark.parametrize(("name", "candidate"), [
    ("nothing-returned", lambda c, k, p: None),
    ("structure", lambda c, k, p: right(c, k, p)[0]),
    ("structure", lambda c, k, p: (*right(c, k, p), 1)),
    ("structure", lambda c, k, p: ()),
    ("type", lambda c, k, p: tuple(x.numpy() for x in right(c, k, p))),
    ("structure", lambda c, k, p: tuple(x.tolist() for x in right(c, k, p))),
    ("type", lambda c, k, p: (right(c, k, p)[0], "directions")),
    ("shape", lambda c, k, p: tuple(x[:, :2] for x in right(c, k, p))),
    ("shape", lambda c, k, p: tuple(x[None] for x in right(c, k, p))),
    ("dtype", lambda c, k, p: tuple(x.int() for x in right(c, k, p))),
    ("device", lambda c, k, p: tuple(x.to("meta") for x in right(c, k, p))),
    ("not-finite", lambda c, k, p: (right(c, k, p)[0], right(c, k, p)[1] / 0)),
    ("no-gradient", lambda c, k, p: tuple(x.detach() for x in right(c, k, p))),
    ("no-gradient", lambda c, k, p: right(c.detach(), k.detach(), p.detach())),
    ("gradient", lambda c, k, p: right(torch.cat([c[:3], c[3:].detach()]), k, p.detach() * 2 - p)),
    ("exception", lambda c, k, p: c @ p),
    ("exception", lambda c: c),
    ("exception", lambda c, k, p: [].pop()),
    ("not-callable", 3),
    ("not-callable", None),
])
def test_general_diagnoses(name, candidate):
    assert name_of(candidate, properties=()) == name


class Sly(torch.Tensor):
    """A tensor that says yes to everything."""

    def __eq__(self, other):
        return torch.ones((), dtype=torch.bool)

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return torch.ones((), dtype=torch.bool)


def test_objects_that_would_agree_with_anything_are_not_asked():
    assert name_of(lambda c, k, p: (torch.zeros(1, 3).as_subclass(Sly),) * 2) == "type"


def test_the_packages_own_function_is_not_an_answer():
    assert examine(RAYS, cameras.pixel_rays).state == "package"


def test_a_stub_is_not_done_yet():
    def stub(*args):
        raise NotImplementedError("Not done yet")

    assert examine(RAYS, stub).state == "not done"


@pytest.mark.parametrize("where", ["torch.allclose", "torch.isclose", "rust_edu.cameras.pixel_rays",
                                   "rust_edu.course.checking.compare.compare", "builtins.abs", "torch.Tensor.mean",
                                   "torch.Tensor.__matmul__", "torch.rand", "torch.linalg.inv"])
def test_replaced_functions_are_found(where, monkeypatch):
    import rust_edu.course.checking.compare  # noqa: F401 - must be loaded to be replaced

    monkeypatch.setattr(where, lambda *a, **k: True)
    result = examine(RAYS, right)
    monkeypatch.undo()
    assert result.state == "wrong" and result.diagnosis.name == "tampered" and where in result.diagnosis.seen


def test_what_torch_itself_wraps_is_no_tampering():
    from rust_edu.training import optimizer

    assert examine(RAYS, right).solved  # notes how the package looks
    optimizer.Muon([torch.nn.Parameter(torch.ones(2, 2))], lr=0.1).step()
    assert examine(RAYS, right).solved


def test_replaced_code_of_a_function_is_found():
    kept = cameras.invert.__code__
    try:
        cameras.invert.__code__ = (lambda pose: pose).__code__
        assert examine(RAYS, right).diagnosis.name == "tampered"
    finally:
        cameras.invert.__code__ = kept
    assert examine(RAYS, right).solved


def test_an_answer_that_replaces_what_judges_it_is_found(monkeypatch):
    def patching(c, k, p):
        torch.isclose = lambda *a, **kw: torch.ones((), dtype=torch.bool)
        return right(c, k, p)

    monkeypatch.setattr(torch, "isclose", torch.isclose)  # so that it is put back
    assert examine(RAYS, patching).diagnosis.name == "tampered"


def test_classes_are_used_as_the_exercise_says():
    class Line(torch.nn.Module):
        def __init__(self, slope):
            super().__init__()
            self.slope = slope

        def forward(self, x):
            return self.slope * x

    class Flat(Line):
        def forward(self, x):
            return x

    class Unfinished(Line):
        def __init__(self, slope):
            raise NotImplementedError

    line = Exercise("99.2", "Line", reference=Line, use=lambda made: made(3.0), seconds=5.0,
                    cases=lambda g: [Case("ones", torch.ones(2)), Case("random", torch.randn(4, generator=g))],
                    suspects=(Suspect("slope-forgotten", Flat, "The slope is not used."),))
    assert examine(line, type("Line", (Line,), {})).solved
    assert examine(line, type("Line", (Flat,), {})).diagnosis.name == "slope-forgotten"
    assert examine(line, Unfinished).state == "not done"


def test_exercises_that_draw_are_not_compared_number_by_number():
    def noise(shape, generator):
        return torch.randn(shape, generator=generator)

    def spread(yours, g):
        """the numbers spread by about 1."""
        if abs(yours((4000,), g).square().mean().item() - 1.0) > 0.1:
            raise Diagnosis("spread", "Too narrow or too wide.")

    draw = Exercise("99.3", "noise", reference=noise, compare=False, properties=(spread,),
                    cases=lambda g: [Case("five", (5,), g)])
    assert examine(draw, lambda shape, g: -torch.randn(shape, generator=g)).solved
    assert examine(draw, lambda shape, g: 2 * torch.randn(shape, generator=g)).diagnosis.name == "spread"
    assert examine(draw, lambda shape, g: torch.zeros(1)).diagnosis.name == "shape"


def test_plain_numbers_and_words():
    angle = Exercise("99.4", "angle", reference=lambda x: math.cos(x), cases=lambda g: [Case("zero", 0.0),
                                                                                      Case("one", 1.0)])
    assert examine(angle, lambda x: torch.cos(torch.tensor(x))).solved
    assert examine(angle, lambda x: np.cos(x)).solved and examine(angle, lambda x: np.float32(np.cos(x))).solved
    assert examine(angle, lambda x: round(math.cos(x), 1)).diagnosis.name == "values"
    assert examine(angle, lambda x: "1").diagnosis.name == "type"
    word = Exercise("99.5", "word", reference=lambda x: "left" if x else "right",
                    cases=lambda g: [Case("yes", True), Case("no", False)])
    assert examine(word, lambda x: ("right", "left")[x]).solved
    assert examine(word, lambda x: "left").diagnosis.name == "values"


@pytest.fixture
def registered(monkeypatch, tmp_path):
    """Notebook 99 with the exercise of these tests, and a progress file of its own."""
    module = types.ModuleType("rust_edu.course.chapters.c99_tests")
    module.EXERCISES = (RAYS,)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(BY_NUMBER, "99", Entry("99", "tests", "Tests", "what tests need"))
    monkeypatch.setenv("RUST_EDU_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path / "progress.json"


def test_check_returns_what_the_notebook_goes_on_with(registered, capsys):
    assert check("99.1", right) is right
    assert check("99.1", inverse) is cameras.pixel_rays
    text = capsys.readouterr().out
    assert "✓ 99.1 pixel_rays: solved" in text and "✗ The inverse matrix." in text and "reread: Which way" in text
    noted = json.loads(registered.read_text())["exercises"]["99.1"]
    assert noted["solved"] and noted["state"] == "wrong" and noted["diagnosis"] == "world-to-camera"


@pytest.mark.parametrize("mode", ["autograde", "validate"])
def test_check_raises_under_nbgrader(registered, monkeypatch, mode):
    monkeypatch.setenv("NBGRADER_EXECUTION", mode)
    assert check("99.1", right) is right
    with pytest.raises(CheckFailed, match="The inverse matrix"):
        check("99.1", inverse)


def test_random_cases_are_drawn_anew_by_check(registered):
    """An answer that knows the cases of seed 0, and those that are asked between, by heart does not pass."""
    known = {tuple(c.args[2].flatten().tolist()): right(*c.args)
             for seed in (0, 1) for c in cases(torch.Generator().manual_seed(seed))}

    def by_heart(camera_to_world, K, pixels):
        return known.get(tuple(pixels.flatten().tolist()), right(camera_to_world, K, pixels + 0.5))

    plain = replace(RAYS, properties=(), gradient=False)
    sys.modules["rust_edu.course.chapters.c99_tests"].EXERCISES = (plain,)
    assert examine(plain, by_heart).solved
    assert check("99.1", by_heart) is cameras.pixel_rays


def test_panels_are_html_without_scripts_and_escape_what_readers_write(registered):
    def nasty(c, k, p):
        raise ValueError("<script>alert(1)</script>")

    html = panel.Panel(examine(RAYS, nasty))._repr_html_()
    assert "<script" not in html and "&lt;script&gt;" in html and 'role="status"' in html


def test_a_picture_that_cannot_be_drawn_leaves_the_words():
    def picture(yours, target, case):
        raise RuntimeError("no picture")

    result = examine(replace(RAYS, picture=picture), inverse)
    assert result.diagnosis.name == "world-to-camera" and result.diagnosis.figure is None


def test_unknown_exercises():
    assert find_exercise("1.3") is find_exercise("01.3")
    for wrong in ("01", "01.99", "zz.1", "../x.1", "", "01.1.1", 3):
        with pytest.raises(InputError, match="unknown exercise"):
            find_exercise(wrong)


def test_ids_are_in_order_and_unique():
    ids = [e.id for e in all_exercises()]
    assert len(set(ids)) == len(ids)
    assert all(e.id.partition(".")[0].isdigit() for e in all_exercises())
