"""Figures of notebook 08: each says what it shows, and refuses what it cannot draw."""

import numpy as np
import pytest
import torch

from rust_edu.course.chapters.c08_train_rust import figures
from rust_edu.errors import InputError
from tests.figure_rules import keeps_the_rules

LEVEL = 20 + 3 * torch.randn(30, generator=torch.Generator().manual_seed(0))
QUANTITIES = ("azimuth", "elevation", "distance")
HISTORY = [{"step": 50, "seconds": 1.0, "psnr": 17.0},
           *({"step": 250 * n, "seconds": n, "psnr": 18.0, "val_psnr": 18 + 0.5 * n, "azimuth": 0.1 * n,
              "elevation": 0.2 + 0.1 * n, "distance": 0.1 * n} for n in range(1, 9))]
UNTRAINED = {"azimuth": 0.1, "elevation": 0.4, "distance": 0.2}
VARIANTS = {name: {"own": 22.0, "to_b": 21.0, "to_a": 16.0, "azimuth": 0.9, "elevation": 0.8, "distance": r}
            for name, r in (("honest", 0.7), ("one number", -0.4))}
MAKE = {
    "schedule_plot": lambda: figures.schedule_plot(np.linspace(1, 0, 50), {"one": [3.0, 1.0], "two": [3.0, 2.0]}),
    "emergence_sheet": lambda: figures.emergence_sheet(HISTORY, UNTRAINED, 17.5, "mean picture"),
    "scene_scatter": lambda: figures.scene_scatter(LEVEL, LEVEL - 1, ("SRT", "RUST")),
    "difference_plot": lambda: figures.difference_plot({"SRT": LEVEL - 21, "mean picture": LEVEL - 15},
                                                       {"SRT": (0.1, 0.3), "mean picture": (0.1, 0.3)}, title="Paired "
                                                       "differences"),
    "variants_sheet": lambda: figures.variants_sheet(VARIANTS, 17.5),
    "one_number_sheet": lambda: figures.one_number_sheet(torch.rand(2, 5, 8, 8, 3), [-2, -1, 0, 1, 2],
                                                         ["scene 1", "scene 2"]),
}


@pytest.mark.parametrize("name", MAKE)
def test_a_figure_keeps_the_rules(name, tmp_path):
    keeps_the_rules(MAKE[name](), tmp_path)


def test_a_single_look_at_unseen_scenes_is_enough_and_none_is_not():
    assert "0.90" in figures.emergence_sheet([HISTORY[-1] | {"azimuth": 0.9}], UNTRAINED, 17.5,
                                             "mean picture").alt
    with pytest.raises(InputError, match="looks at unseen scenes"):
        figures.emergence_sheet(HISTORY[:1], UNTRAINED, 17.5, "mean picture")


def test_alt_text_says_who_is_better_and_how_sure():
    assert "better in 0% of the scenes" in MAKE["scene_scatter"]().alt
    assert "standard error 0.10 paired and 0.30 unpaired" in MAKE["difference_plot"]().alt
    with pytest.raises(InputError, match="same names"):
        figures.difference_plot({"SRT": LEVEL}, {}, title="Paired differences")


def test_models_side_by_side_need_all_their_numbers():
    with pytest.raises(InputError, match="missing numbers"):
        figures.variants_sheet({"honest": {"own": 22.0}}, 17.5)
