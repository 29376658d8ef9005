"""Figures of notebook 01: each is drawn from tiny data, says what it shows, is saved whole, refuses what it cannot."""

import math

import numpy as np
import pytest
import torch

from rust_edu.cameras import intrinsics, look_at, pixel_centres, pixel_rays
from rust_edu.course.exercises.e01 import mysteries
from rust_edu.errors import InputError
from rust_edu.figures import notebook01
from tests.figure_rules import keeps_the_rules

K = intrinsics(6, 8, math.radians(50))
CAMERA = look_at(torch.tensor([1.0, -3.5, 1.5]), torch.tensor([0.0, 0.0, 0.4]))
ORIGINS, DIRECTIONS = pixel_rays(CAMERA, K, pixel_centres(2, 2).reshape(-1, 2) * 3)
LENGTHS = torch.tensor([2.0, torch.inf, 3.0, 2.5])
SCENE = mysteries.ball_scene(torch.tensor([[0.0, 0.0, 0.5]]), torch.tensor([0.5]), torch.tensor([[0.8, 0.3, 0.1]]))
PICTURES = torch.rand(3, 6, 8, 3, generator=torch.Generator().manual_seed(0))
NAMES = ["one", "another", "a third with a longer name"]


def sheet(**changes):
    given = dict(images=PICTURES, names=NAMES, notes=["a note"] * 3, title="Three pictures",
                 alt="Three pictures of noise.",
                 marks=[{"+": (torch.tensor([[2.0, 3.0]]), "#A6216F")}, None, {"o": ([[1.0, 1.0]], "#0072B2")}],
                 lines=[None, torch.tensor([[-4.0, 2.0], [20.0, 3.0]]), None])
    return notebook01.picture_sheet(**given | changes)


MAKE = {
    "pinhole_on_paper": notebook01.pinhole_on_paper,
    "rays_in_3d": lambda: notebook01.rays_in_3d(CAMERA, K, PICTURES[0], ORIGINS, DIRECTIONS),
    "rays_in_3d in a scene": lambda: notebook01.rays_in_3d(CAMERA, K, PICTURES[0], ORIGINS, DIRECTIONS, LENGTHS,
                                                           scene=SCENE, title="Rays that meet a ball"),
    "picture_sheet": sheet,
    "picture_sheet in rows": lambda: sheet(size=500),
    "convention_table": lambda: notebook01.convention_table(
        [[0.003, 1.0], [0.5, 0.002]], ["right, down, forward", "right, up, backward"], ["A", "B"],
        title="Rays meet in one convention"),
}


@pytest.mark.parametrize("name", MAKE)
def test_a_figure_keeps_the_rules(name, tmp_path):
    keeps_the_rules(MAKE[name](), tmp_path)


def test_rays_without_an_end_get_no_dot():
    alt = notebook01.rays_in_3d(CAMERA, K, PICTURES[0], ORIGINS, DIRECTIONS, LENGTHS).alt
    assert "4 rays" in alt and "3 of them end in a dot" in alt


def test_a_table_names_the_least_of_each_column():
    alt = MAKE["convention_table"]().alt
    assert "A: right, down, forward, 0.003" in alt and "B: right, up, backward, 0.002" in alt


def test_pictures_keep_their_pixels():
    figure = notebook01.picture_sheet(PICTURES[:1], ["one"], title="One picture, enlarged", alt="One picture of noise.")
    shown = np.asarray(figure.axes[0].images[0].get_array())
    assert np.allclose(shown, PICTURES[0].numpy())


@pytest.mark.parametrize("make", [
    lambda: sheet(names=["one"]),
    lambda: sheet(notes=["a note"]),
    lambda: sheet(images=PICTURES[..., :2]),
    lambda: notebook01.rays_in_3d(CAMERA, K, PICTURES[0], ORIGINS[:2], DIRECTIONS),
    lambda: notebook01.convention_table([[0.1]], ["a", "b"], ["A"], title="A table of the wrong size"),
], ids=["names", "notes", "channels", "rays", "table"])
def test_what_does_not_fit_is_refused(make):
    with pytest.raises(InputError):
        make()
