"""Figures of notebook 07: each says what it shows, and refuses what it cannot draw."""

import numpy as np
import pytest
import torch

from rust_edu.course.chapters.c07_rust import figures
from rust_edu.errors import InputError
from tests.figure_rules import keeps_the_rules

H = W = 8
COLOURS = np.random.default_rng(0)


def images(*lead: int) -> torch.Tensor:
    return torch.from_numpy(COLOURS.random((*lead, H, W, 3)))


def words(figure) -> str:
    return " ".join(text.get_text() for text in figure.texts).replace("\n", " ")


TARGETS = images(3)
HALVES = torch.stack([TARGETS[0, :, :4], TARGETS[1, :, 4:], TARGETS[2, :, :4]])
MAKE = {
    "rust_diagram": lambda: figures.rust_diagram(images(3), images(), right=True, tokens="6 tokens of 4"),
    "keyhole_sheet": lambda: figures.keyhole_sheet(TARGETS, HALVES, torch.tensor([False, True, False])),
    "asking_sheet": lambda: figures.asking_sheet(images()[:, :4], False, [(0, 0, 2), (4, 2, 2)], images(2),
                                                 torch.rand(2, 2 * 16)),
    "query_sheet": lambda: figures.query_sheet(torch.randn(16, 12), side=4, latent=4),
    "transplant_sheet": lambda: figures.transplant_sheet(TARGETS, images(3), {"honest": images(3), "cheat": TARGETS}),
    "loyalty_plot": lambda: figures.loyalty_plot({"honest": (15.0, 22.0), "cheat": (27.0, 14.0)}),
}


@pytest.mark.parametrize("name", MAKE)
def test_a_figure_keeps_the_rules(name, tmp_path):
    keeps_the_rules(MAKE[name](), tmp_path)


def test_the_keyhole_names_the_halves_and_refuses_whole_pictures():
    figure = MAKE["keyhole_sheet"]()
    assert "left, right and left" in figure.alt
    with pytest.raises(InputError, match="half as wide"):
        figures.keyhole_sheet(TARGETS, TARGETS, torch.zeros(3, dtype=torch.bool))


def test_attention_must_cover_every_patch_of_every_view():
    with pytest.raises(InputError, match="square patches"):
        figures.asking_sheet(images()[:, :4], False, [(0, 0, 2)], images(2), torch.rand(1, 30))


def test_a_copy_is_told_from_a_drawing():
    a, b = images(2), images(2)
    alt = figures.transplant_sheet(a, b, {"copy": a, "drawn": b}).alt
    assert "copy: 100.0 dB to A" in alt and "drawn: " in alt and alt.rstrip(".").endswith("100.0 dB to B")


def test_a_query_sheet_needs_all_positions():
    with pytest.raises(InputError):
        figures.query_sheet(torch.randn(15, 12), side=4, latent=4)


def test_no_points_are_refused():
    with pytest.raises(InputError, match="no points"):
        figures.loyalty_plot({})


def test_the_plot_says_who_copies():
    figure = MAKE["loyalty_plot"]()
    labels = {text.get_text() for text in figure.axes[0].texts}
    assert {"draws B", "copies A", "honest", "cheat"} <= labels
    assert "cheat: 27.0 dB to A, 14.0 dB to B" in figure.alt and "Copy" in words(figure) + figure.get_suptitle()
