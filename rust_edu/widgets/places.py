"""Scenes to look at: the first held-out ones of every world, and new ones from a seed.

A model of a sector does not know what is behind it: worlds whose cameras go all around have weights of their own.

Public: `Place`, `Shelf`, `shelf`, `fresh`, `shown_worlds`, `weights_for`.
"""

from dataclasses import dataclass
from functools import cache

import torch

from ..datasets import open_dataset
from ..errors import InputError
from ..evaluation.protocol import INPUTS, TARGETS
from ..models.weights import BEST
from ..paths import shipped
from ..scenes.render import render
from ..scenes.worlds import WORLDS, Scenes, get_world, sample_cameras, sample_intrinsics, sample_scenes
from ..views import Views
from .space import fit_scenes

SHOWN = 12  # scenes on a shelf
SHELF_SEED = 9006  # of worlds whose test scenes do not ship; no training or test set has it
AROUND = "orbit"  # weights of the RUST that was trained with cameras all around
FRESH_STRIDE = 7_919  # keeps the seeds that readers choose away from those of data sets


@dataclass
class Place:
    """One scene, its views (1, V, ...), inputs first, and where it comes from, in words."""

    views: Views
    scene: Scenes  # of one scene
    world: str
    title: str


@dataclass
class Shelf:
    """The scenes of one world that are offered with a thumbnail."""

    world: str
    views: Views  # (SHOWN, V, ...)
    scenes: Scenes
    first: int  # number of the first one in its data set

    def __len__(self) -> int:
        return len(self.scenes)

    def place(self, index: int) -> Place:
        """Scene `index` of the shelf. Raises InputError if there is no such scene."""
        if not 0 <= index < len(self):
            raise InputError(f"scene {index} of the shelf", f"0 to {len(self) - 1}")
        one = slice(index, index + 1)
        title = f"{self.world}, held-out scene {self.first + index}"
        return Place(self.views[one], self.scenes[one], self.world, title)


def shown_worlds() -> list[str]:
    """Names of all worlds, the one the shipped models know first."""
    return list(WORLDS)


def weights_for(world: str) -> str:
    """The name of the shipped RUST that looks at scenes of a world. Raises InputError for an unknown world."""
    return AROUND if get_world(world).all_around else BEST


@cache
def shelf(world: str, size: int) -> Shelf:
    """The shelf of a world: shipped test scenes that nothing was fitted on, or scenes rendered now.

    Raises InputError for an unknown world.
    """
    get_world(world)
    folder = shipped("test", world)
    if folder.exists():
        scenes = open_dataset(folder)
        if scenes.size == size:
            start = fit_scenes(len(scenes))
            some = slice(start, start + SHOWN)
            return Shelf(world, scenes.views(some), scenes.scenes()[some], start)
    return Shelf(world, *_sample(world, SHOWN, size, SHELF_SEED), 0)


def fresh(world: str, seed: int, size: int) -> Place:
    """A scene that nobody has seen, from a seed. Raises InputError for an unknown world."""
    views, scenes = _sample(world, 1, size, FRESH_STRIDE * (seed + 1) + 1)
    return Place(views, scenes, world, f"{world}, new scene from seed {seed}")


def _sample(world: str, count: int, size: int, seed: int) -> tuple[Views, Scenes]:
    recipe, generator = get_world(world), torch.Generator().manual_seed(seed)
    scenes = sample_scenes(recipe, count, generator)
    cameras = sample_cameras(recipe, scenes, INPUTS + TARGETS, generator)
    K = sample_intrinsics(recipe, scenes, INPUTS + TARGETS, size, generator)
    colour = render(scenes, cameras, K, size, size).colour
    return Views((colour * 255).round() / 255, cameras, K), scenes  # rounded to bytes, as in a data set
