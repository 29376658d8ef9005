"""Figures of notebook 02: each is drawn from small data, says what it shows, and refuses what does not fit."""

import math

import pytest
import torch

from rust_edu.course.chapters.c02_views_and_metrics.figures import (
    comparison,
    easy_and_hard,
    halves_sheet,
    protocol_plot,
)
from rust_edu.errors import InputError
from tests.figure_rules import keeps_the_rules


def pictures(*lead: int, W: int = 8) -> torch.Tensor:
    return torch.rand(*lead, 8, W, 3, generator=torch.Generator().manual_seed(0))


PLAN = {"copycat": {"open": math.inf, "hidden": 13.0}, "rust": {"open": 23.0, "hidden": 22.5}}
MAKE = {
    "comparison": lambda: comparison(pictures(3), ["truth", "fog\n18 dB", "sharp\n17 dB\nSSIM 0.5"],
                                     title="Which is better?"),
    "halves_sheet": lambda: halves_sheet(pictures(3), pictures(5, W=4), pictures(5, W=4), title="Cut in halves"),
    "easy_and_hard": lambda: easy_and_hard(torch.linspace(12, 24, 20).view(10, 2), torch.linspace(3, 0, 20).view(10, 2),
                                           mean=18.0, of_mean_error=16.5, title="Easy and hard"),
    "protocol_plot": lambda: protocol_plot(PLAN, right="hidden", title="Judged wrongly"),
}


@pytest.mark.parametrize("name", MAKE)
def test_a_figure_keeps_the_rules(name, tmp_path):
    keeps_the_rules(MAKE[name](), tmp_path)


def test_captions_are_in_the_alt_text():
    assert "fog, 18 dB" in MAKE["comparison"]().alt


def test_infinite_decibels_are_drawn_and_named():
    alt = MAKE["protocol_plot"]().alt
    assert "copycat ∞" in alt and "RUST 22.5" in alt


def test_both_averages_are_named():
    assert "18.0 dB" in MAKE["easy_and_hard"]().alt and "16.5 dB" in MAKE["easy_and_hard"]().alt


def test_a_trend_is_a_correlation():
    assert "20 pictures" in MAKE["easy_and_hard"]().alt and "correlation of -1.0" in MAKE["easy_and_hard"]().alt


@pytest.mark.parametrize("make", [
    lambda: comparison(pictures(3), ["one"], title=""),
    lambda: comparison(pictures(3)[..., :2], ["a", "b", "c"], title=""),
    lambda: halves_sheet(pictures(2), pictures(5, W=4), pictures(4, W=4), title=""),
    lambda: easy_and_hard(torch.ones(3, 2), torch.ones(2, 3), mean=1, of_mean_error=1, title=""),
    lambda: protocol_plot(PLAN, right="elsewhere", title=""),
    lambda: protocol_plot(PLAN | {"srt": {"open": 1.0}}, right="open", title=""),
])
def test_what_does_not_fit_is_refused(make):
    with pytest.raises(InputError):
        make()
