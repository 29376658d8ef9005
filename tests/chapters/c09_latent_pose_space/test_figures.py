"""Figures of notebook 09: each is drawn from tiny data, says what it shows, and refuses what it cannot."""

import pytest
import torch

from rust_edu.course.chapters.c09_latent_pose_space import figures
from rust_edu.errors import InputError
from tests.figure_rules import keeps_the_rules

H = W = 16


def images(*lead: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*lead, H, W, 3, generator=torch.Generator().manual_seed(seed))


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


X = torch.linspace(0, 1, 7)
MAKE = {
    "strips": lambda: figures.strips({"component 1\nrotation": images(7), "the truth": images(7, seed=1)},
                                     {"component 1\nrotation": [f"{i} dB" for i in range(7)]},
                                     title="A walk through space"),
    "one strip": lambda: figures.strips({"one": images(3)}, title="Three pictures", subtitle="Left to right."),
    "number_table": lambda: figures.number_table(
        [[0.9, -0.2], [float("nan"), 0.0]], ["trained", "a row whose name is so long that it has to go on two lines"],
        ["azimuth", "a rather long name of a column"],
        title="A table of numbers"),
    "share_bars": lambda: figures.share_bars({"8 numbers": X / X.sum(), "64 numbers": torch.full((64,), 1 / 64)},
                                             title="Shares of the variance"),
    "scores_over_azimuth": lambda: figures.scores_over_azimuth(60 * normal(50), normal(50, 3), ["one", "two", "three"],
                                                               title="Scores over the azimuth"),
    "ring_plane": lambda: figures.ring_plane(normal(40, 2), normal(40), {"a way": torch.stack([X, 1 - X], 1)},
                                             title="A way through the plane"),
    "curves_along": lambda: figures.curves_along(X, {"straight line": X + 20, "around": X + 21}, "PSNR (dB)",
                                                 title="Decibels along the way"),
}


@pytest.mark.parametrize("name", MAKE)
def test_a_figure_keeps_the_rules(name, tmp_path):
    keeps_the_rules(MAKE[name](), tmp_path)


def test_the_table_shows_minus_signs_and_leaves_gaps():
    table = MAKE["number_table"]()
    shown = [text.get_text() for text in table.texts]
    assert "−0.20" in shown and "0.00" in shown and "nan" not in shown
    assert "trained: 0.90 azimuth" in table.alt


def test_alt_text_says_how_near_the_middle_a_way_comes():
    way = torch.tensor([[0.0, 1.0], [0.5, 0.0], [0.0, -1.0]])
    alt = figures.ring_plane(normal(9, 2), normal(9), {"the line": way}, title="Through the middle").alt
    assert "the line: from (0.0, 1.0) to (0.0, -1.0), 0.50 from the middle at its nearest." in alt


def test_a_whole_ring_is_shown_whole():
    angle = torch.linspace(-3.1, 3.1, 60)
    ring = torch.stack([angle.cos(), angle.sin()], 1)
    for dots, words, least in ((ring, "all around the middle", -1.0), (ring[20:40], "in an arc", -0.6)):
        figure = figures.ring_plane(dots, angle[:len(dots)].rad2deg(), {}, title="A ring")
        assert words in figure.alt
        left, right = figure.axes[0].get_xlim()
        assert left <= least and right > 1


@pytest.mark.parametrize("wrong", [
    lambda: figures.strips({"one": images(3), "two": images(4)}, title="Unequal"),
    lambda: figures.strips({"one": images(3)}, {"one": ["a"]}, title="A caption is missing"),
    lambda: figures.number_table([[1.0]], ["one", "two"], ["a"], title="A row is missing"),
    lambda: figures.share_bars({}, title="Nothing"),
    lambda: figures.scores_over_azimuth(normal(5), normal(5, 2), ["one"], title="A name is missing"),
    lambda: figures.ring_plane(normal(5, 2), normal(4), {}, title="An azimuth is missing"),
    lambda: figures.curves_along(X, {"one": X[:3]}, "dB", title="Points are missing"),
    lambda: figures.curves_along(X, {}, "dB", title="No curves"),
])
def test_wrong_shapes_are_refused(wrong):
    with pytest.raises(InputError):
        wrong()
