"""Figures of notebook 03: each is drawn from tiny data, says what it shows, and refuses what it cannot."""

import pytest
import torch

from rust_edu.course.chapters.c03_one_scene_nerf import figures
from rust_edu.errors import InputError
from tests.figure_rules import keeps_the_rules

IMAGES = torch.rand(3, 16, 16, 3, generator=torch.Generator().manual_seed(0))
MAKE = {
    "pictures_and_colours": lambda: figures.pictures_and_colours(IMAGES, IMAGES.mean((1, 2)), title="Three pictures"),
    "one picture": lambda: figures.pictures_and_colours(IMAGES[:1], IMAGES[:1, 0, 0], title="A single picture",
                                                        subtitle="And its first pixel."),
}


@pytest.mark.parametrize("name", MAKE)
def test_a_figure_keeps_the_rules(name, tmp_path):
    keeps_the_rules(MAKE[name](), tmp_path)


def test_alt_text_says_the_colours():
    alt = figures.pictures_and_colours(IMAGES[:1], [[1, 0.5, 0]], title="One").alt
    assert "1 picture, and below each one a stripe in red, green and blue of 1.00, 0.50, 0.00." in alt


@pytest.mark.parametrize("wrong", [
    lambda: figures.pictures_and_colours(IMAGES, IMAGES[:2, 0, 0], title="A colour is missing"),
    lambda: figures.pictures_and_colours(IMAGES[..., 0], IMAGES[:, 0, 0], title="No channels"),
])
def test_wrong_shapes_are_refused(wrong):
    with pytest.raises(InputError):
        wrong()
