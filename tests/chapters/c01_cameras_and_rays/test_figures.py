"""Figures of notebook 01: each is drawn from tiny data, says what it shows, is saved whole, refuses what it cannot."""

import math

import pytest
import torch

from rust_edu.cameras import intrinsics, look_at, pixel_centres, pixel_rays
from rust_edu.course.chapters.c01_cameras_and_rays import figures, mysteries
from rust_edu.errors import InputError
from tests.figure_rules import keeps_the_rules

K = intrinsics(6, 8, math.radians(50))
CAMERA = look_at(torch.tensor([1.0, -3.5, 1.5]), torch.tensor([0.0, 0.0, 0.4]))
ORIGINS, DIRECTIONS = pixel_rays(CAMERA, K, pixel_centres(2, 2).reshape(-1, 2) * 3)
LENGTHS = torch.tensor([2.0, torch.inf, 3.0, 2.5])
SCENE = mysteries.ball_scene(torch.tensor([[0.0, 0.0, 0.5]]), torch.tensor([0.5]), torch.tensor([[0.8, 0.3, 0.1]]))
PICTURES = torch.rand(3, 6, 8, 3, generator=torch.Generator().manual_seed(0))


MAKE = {
    "pinhole_on_paper": figures.pinhole_on_paper,
    "rays_in_3d": lambda: figures.rays_in_3d(CAMERA, K, PICTURES[0], ORIGINS, DIRECTIONS),
    "rays_in_3d in a scene": lambda: figures.rays_in_3d(CAMERA, K, PICTURES[0], ORIGINS, DIRECTIONS, LENGTHS,
                                                        scene=SCENE, title="Rays that meet a ball"),
    "convention_table": lambda: figures.convention_table(
        [[0.003, 1.0], [0.5, 0.002]], ["right, down, forward", "right, up, backward"], ["A", "B"],
        title="Rays meet in one convention"),
}


@pytest.mark.parametrize("name", MAKE)
def test_a_figure_keeps_the_rules(name, tmp_path):
    keeps_the_rules(MAKE[name](), tmp_path)


def test_rays_without_an_end_get_no_dot():
    alt = figures.rays_in_3d(CAMERA, K, PICTURES[0], ORIGINS, DIRECTIONS, LENGTHS).alt
    assert "4 rays" in alt and "3 of them end in a dot" in alt


def test_a_table_names_the_least_of_each_column():
    alt = MAKE["convention_table"]().alt
    assert "A: right, down, forward, 0.003" in alt and "B: right, up, backward, 0.002" in alt


@pytest.mark.parametrize("make", [
    lambda: figures.rays_in_3d(CAMERA, K, PICTURES[0], ORIGINS[:2], DIRECTIONS),
    lambda: figures.convention_table([[0.1]], ["a", "b"], ["A"], title="A table of the wrong size"),
], ids=["rays", "table"])
def test_what_does_not_fit_is_refused(make):
    with pytest.raises(InputError):
        make()
