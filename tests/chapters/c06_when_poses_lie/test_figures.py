"""Figures of notebook 06: each is drawn from tiny data, says what it shows, cuts nothing off, refuses nonsense."""

import pytest
import torch

from rust_edu.cameras import look_at, perturb
from rust_edu.course.chapters.c06_when_poses_lie import figures
from rust_edu.errors import InputError
from tests.figure_rules import keeps_the_rules

PICTURES = torch.rand(5, 8, 8, 3, generator=torch.Generator().manual_seed(0))
CAMERA = look_at(torch.tensor([3.0, -3.0, 2.0]), torch.zeros(3))
COPIES = perturb(CAMERA.expand(6, 4, 4), 0.1, torch.Generator().manual_seed(0))
ROWS = {"what is\nthere": PICTURES, "grey": torch.full_like(PICTURES, 0.5)}
LOST = {"the targets": {"srt": 5.2, "upsrt": 4.1}, "the other inputs": {"srt": 2.0, "upsrt": 0.0}}

MAKE = {
    "rows_sheet": lambda: figures.rows_sheet(ROWS, title="Grey beside what is there", truth="what is\nthere"),
    "rows_without_truth": lambda: figures.rows_sheet(ROWS, title="Two rows of pictures"),
    "swing_sheet": lambda: figures.swing_sheet(CAMERA, COPIES, COPIES, sigma=0.1),
    "pixel_curve": lambda: figures.pixel_curve((0.0, 0.1, 0.2), {"own frame": torch.rand(3, 9),
                                                                 "the world's": torch.rand(3, 9)}, 7.0),
    "lost_sheet": lambda: figures.lost_sheet(LOST, title="What lies cost", subtitle="Fifty scenes."),
    "one_model": lambda: figures.lost_sheet({who: {"srt": v["srt"]} for who, v in LOST.items()}, title="Lies do cost"),
}


@pytest.mark.parametrize("name", MAKE)
def test_a_figure_keeps_the_rules(name, tmp_path):
    keeps_the_rules(MAKE[name](), tmp_path)


def test_numbers_are_in_the_alt_text():
    assert "the other inputs: SRT 2.0 dB and UpSRT 0.0 dB" in MAKE["lost_sheet"]().alt
    expected = (-10 * ((PICTURES - 0.5) ** 2)[:, :, 4:].mean((1, 2, 3)).log10()).mean()
    assert f"grey: {expected:.1f} dB on average" in MAKE["rows_sheet"]().alt
    assert "dB" not in MAKE["rows_without_truth"]().alt


def test_impossible_figures_are_refused():
    with pytest.raises(InputError, match="one shape"):
        figures.rows_sheet({"five": PICTURES, "four": PICTURES[:4]}, title="Not comparable")
    with pytest.raises(InputError, match="one of their names"):
        figures.rows_sheet(ROWS, title="Compared with nothing", truth="elsewhere")
    with pytest.raises(InputError, match="finite"):
        figures.lost_sheet({"the targets": {"srt": float("nan")}}, title="Nothing to see")
    with pytest.raises(InputError, match="finite"):
        figures.lost_sheet({}, title="Nothing to see")
    with pytest.raises(InputError, match="noisy cameras"):
        figures.swing_sheet(CAMERA, CAMERA, COPIES, sigma=0.1)
