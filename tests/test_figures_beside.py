"""Yours beside the target: drawn for wrong answers of the exercises that ask for it."""

import pytest
import torch

from rust_edu.course.checking.checks import examine
from rust_edu.course.checking.exercise import all_exercises
from rust_edu.figures import save
from rust_edu.figures.beside import beside

DRAWN = [e for e in all_exercises() if e.picture is not None]


@pytest.mark.parametrize("shape", [(3,), (2, 5), (2, 3, 40, 30), (1, 1), (2,)])
def test_three_maps(shape, tmp_path):
    target = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    if target.numel() < 2:
        assert beside(target, target) is None
        return
    figure = beside(target + 0.5, target)
    assert "up to 0.5" in figure.alt and len(figure.axes) == 3
    assert save(figure, tmp_path / "beside.png").stat().st_size > 1000


@pytest.mark.parametrize("yours", [torch.zeros(3), torch.full((2, 2), torch.nan), torch.full((2, 2), torch.inf)])
def test_what_cannot_be_compared(yours):
    figure = beside(yours, torch.ones(2, 2))
    assert figure is None if yours.shape != (2, 2) else len(figure.axes) == 3


def test_zeros_have_a_scale():
    assert beside(torch.ones(2, 2), torch.zeros(2, 2)) is not None


def test_there_are_exercises_with_a_picture():
    assert len(DRAWN) >= 8


@pytest.mark.parametrize("exercise", DRAWN, ids=lambda e: e.id)
def test_a_wrong_answer_is_drawn(exercise):
    """Its numbers are the reference's, moved a little: no known mistake."""

    def moved(value):
        return type(value)(moved(v) for v in value) if isinstance(value, tuple | list) else value + 0.125

    result = examine(exercise, lambda *a, **k: moved(exercise.reference(*a, **k)))
    assert result.state == "wrong"
    assert result.diagnosis.figure is not None, str(result.diagnosis)
