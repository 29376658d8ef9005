"""Figures of notebook 05: each is drawn from tiny data, says what it shows, cuts nothing off, refuses nonsense."""

import pytest
import torch

from rust_edu.course.chapters.c05_srt import figures
from rust_edu.errors import InputError
from rust_edu.views import to_patches
from tests.figure_rules import keeps_the_rules

IMAGES = torch.rand(3, 8, 8, 3, generator=torch.Generator().manual_seed(0))
TABLE = torch.eye(12)

MAKE = {
    "srt_diagram": lambda: figures.srt_diagram(IMAGES, IMAGES[0]),
    "patch_sheet": lambda: figures.patch_sheet(IMAGES[0], to_patches(IMAGES[0], 4), 4),
    "likeness_sheet": lambda: figures.likeness_sheet({"before": TABLE, "after": -TABLE}, 3),
    "ray_sheet": lambda: figures.ray_sheet(torch.zeros(16, 12 * 9), 4, 9),
    "by_heart_sheet": lambda: figures.by_heart_sheet(IMAGES, IMAGES + 0.1, 2, [12.0, 13.0, 14.0]),
    "views_curve": lambda: figures.views_curve(
        (1, 2, 3), {"srt": [18.0, 20.0, 21.0], "nearest_input": [15.0, 16.0, 17.0]}, (2, 3), title="More views help"),
    "bar_sheet": lambda: figures.bar_sheet(
        {"the whole model": 22.0, "no rays at the inputs": 15.5}, "PSNR (dB)", title="What parts are worth",
        lines={"nearest input": 17.9}, start=10.0),
}


@pytest.mark.parametrize("name", MAKE)
def test_a_figure_keeps_the_rules(name, tmp_path):
    keeps_the_rules(MAKE[name](), tmp_path)


def test_numbers_are_in_the_alt_text():
    assert "no rays at the inputs: 15.5" in MAKE["bar_sheet"]().alt
    assert "Kept back: " in MAKE["by_heart_sheet"]().alt and "14.0 dB" in MAKE["by_heart_sheet"]().alt
    assert "SRT from 18.0 to 21.0 dB" in MAKE["views_curve"]().alt


def test_impossible_figures_are_refused():
    with pytest.raises(InputError, match="as many of each view"):
        figures.likeness_sheet({"seven": torch.eye(7)}, 3)
    with pytest.raises(InputError, match="not trained on"):
        figures.by_heart_sheet(IMAGES, IMAGES, 3, [1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="finite"):
        figures.bar_sheet({"nothing": float("nan")}, "dB", title="Nothing to see")
    with pytest.raises(InputError, match="patches"):
        figures.patch_sheet(IMAGES[0], torch.zeros(3, 48), 4)
