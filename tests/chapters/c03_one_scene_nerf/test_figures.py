"""Figures of notebook 03: each is drawn from tiny data, says what it shows, and refuses what it cannot."""

import pytest
import torch

from rust_edu.cameras import from_rotation, look_at, so3_exp
from rust_edu.course.chapters.c03_one_scene_nerf import figures
from rust_edu.errors import InputError
from tests.figure_rules import keeps_the_rules

G = torch.Generator().manual_seed(0)
PICTURES = torch.rand(2, 8, 8, 3, generator=G)
DEPTH = torch.rand(8, 8, generator=G)
HISTORY = [{"step": 25, "psnr": 18.2}, {"step": 50, "psnr": 20.4, "val_psnr": 19.0}]
TRUE = look_at(torch.randn(4, 3, generator=G) + 4.0, torch.zeros(4, 3))
MOVED = TRUE @ from_rotation(so3_exp(torch.tensor([0.0, 0.0, 0.1])), torch.tensor([0.3, 0.0, 0.4]))
WEIGHTS = [0.0, 0.6, 0.2, 0.1]
MAKE = {
    "bins_plot": lambda: figures.bins_plot([[1.2, 2.6], [1.9, 2.1]], 1.0, 3.0, title="A dot in every bin"),
    "fog_plot": lambda: figures.fog_plot([1.0, 2.0, 3.0, 4.0], [0.0, 2.0, 5.0, 0.1], WEIGHTS, title="Light in a fog"),
    "box_plot": lambda: figures.box_plot(torch.rand(9, 6, generator=G), torch.rand(6, generator=G),
                                         title="Six numbers on their way"),
    "scene_sheet": lambda: figures.scene_sheet(*PICTURES, DEPTH, HISTORY, title="A scene grows"),
    "without a curve": lambda: figures.scene_sheet(*PICTURES, DEPTH, title="A scene as it is", subtitle="No curve."),
    "spread_plot": lambda: figures.spread_plot({"many": [30.0, 31.0], "few": [21.0, 25.0, 23.0]}, title="How they lie"),
    "cameras_from_above": lambda: figures.cameras_from_above(TRUE, {"told": MOVED, "learned": TRUE},
                                                             title="Cameras from above"),
}


@pytest.mark.parametrize("name", MAKE)
def test_a_figure_keeps_the_rules(name, tmp_path):
    keeps_the_rules(MAKE[name](), tmp_path)


def test_alt_texts_say_the_numbers():
    assert "4 of 4 lie in their bins" in MAKE["bins_plot"]().alt
    assert "3 of 4 lie" in figures.bins_plot([[1.2, 1.6], [1.9, 2.1]], 1.0, 3.0, title="One bin is empty").alt
    assert "the weight at 2.0, where it is 0.60; the weights sum to 0.90" in MAKE["fog_plot"]().alt
    longer = figures.scene_sheet(PICTURES[1], PICTURES[0], DEPTH, [*HISTORY, {"step": 75, "psnr": 22.0}],
                                 title="A scene grows")
    assert "over the steps" in longer.alt == MAKE["scene_sheet"]().alt  # it may be drawn again without a word
    assert "over the steps" not in MAKE["without a curve"]().alt
    assert "few: 21.0, 25.0 and 23.0 dB" in MAKE["spread_plot"]().alt
    alt = MAKE["cameras_from_above"]().alt  # 0.3 and 0.4 along its own axes, 0.1 radians about one
    assert "told: turned by about 6 degrees" in alt and "learned: turned by about 0 degrees" in alt
    shown = [text.get_text() for text in MAKE["cameras_from_above"]().texts]
    assert "told: 0.50 units, 5.7° off" in shown and "learned: 0.00 units, 0.0° off" in shown
    way = torch.tensor([[0.0] * 6, [1.0, 2.0, 3.0, 1.0, 1.0, 1.05]])
    assert "within 0.1" in figures.box_plot(way, [1, 2, 3, 1, 1, 1], title="A box that is found").alt
    assert "largest error is 3 units" in figures.box_plot(way, [1, 2, 6, 1, 1, 1], title="A box that is lost").alt


@pytest.mark.parametrize("wrong", [
    lambda: figures.bins_plot([1.0, 2.0], 1.0, 3.0, title="Not rays"),
    lambda: figures.fog_plot([1.0, 2.0], [0.0, 2.0, 5.0], [0.0, 0.6], title="Another length"),
    lambda: figures.box_plot(torch.rand(9, 5), torch.rand(6), title="Five numbers"),
    lambda: figures.scene_sheet(PICTURES[0], PICTURES[1, :4], DEPTH, title="Half a picture"),
    lambda: figures.spread_plot({}, title="Nothing"),
    lambda: figures.spread_plot({"none": []}, title="Nothing in a group"),
    lambda: figures.cameras_from_above(TRUE, {"few": TRUE[:2]}, title="Two of four"),
    lambda: figures.cameras_from_above(TRUE, {}, title="No panel"),
])
def test_wrong_input_is_refused(wrong):
    with pytest.raises(InputError):
        wrong()
