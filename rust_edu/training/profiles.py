"""Profiles: every number that sizes a model or a run, in one place.

    smoke     seconds, for tests
    laptop    32x32, about fifteen minutes on two CPU cores
    fine      laptop with a deeper pose estimator and more targets a step: an hour; what the explorer shows
    relative  fine, with latent poses that count from those of the input views
    gaze      the tables': cameras that look at points of their own, by a curriculum that begins in the sector
    sharp     the same at twice the width: hours; the sharpest pictures
    orbit     laptop's model, cameras all around: a curriculum that begins in the sector
    gpu       64x64, many objects, rendered on the GPU as it trains
    paper     the sizes of the paper, 68 M parameters: for those who have the hardware; tested for its shapes

Public: `Profile`, `Stage`, `PROFILES`, `get_profile`.
"""

from dataclasses import dataclass, replace

from ..errors import InputError
from ..models.config import ModelConfig


@dataclass(frozen=True)
class Stage:
    """A part of a curriculum: a world, and the share of the run's steps that is spent in it."""

    world: str
    share: float = 1.0


@dataclass(frozen=True)
class Profile:
    name: str
    model: ModelConfig
    stages: tuple[Stage, ...]
    steps: int
    scenes: int  # in the data set of each stage; 0: endless, rendered as training goes
    views: int = 10  # of each scene in the data set
    batch: int = 16  # scenes in a step
    input_views: tuple[int, int] = (2, 4)  # drawn anew for each step, so that any number works afterwards
    target_views: int = 3
    queries: int = 64  # decoded of each target view in a step, drawn anew for each step
    learning_rate: float = 1.4e-3  # of AdamW, at the peak
    muon: float = 0.014  # of Muon, at the peak; 0: AdamW alone
    warmup: int = 200  # steps
    clip: float = 1.0  # largest norm of the gradient

    @property
    def world(self) -> str:
        """The world that the trained model is for: the last stage's."""
        return self.stages[-1].world

    def stage(self, step: int, steps: int) -> Stage:
        """The stage that a step of a run of `steps` belongs to."""
        end = 0.0
        for stage in self.stages:
            end += stage.share * steps
            if step < round(end):
                return stage
        return self.stages[-1]


# 2x2 queries: step for step as good as 4x4, which show the edges of their blocks (benchmarks/README.md).
_LAPTOP = ModelConfig(query_patch=2, pose_patch=4)
_SECTOR = (Stage("sector"),)
# RUST seems to be behind SRT because half a picture does not tell a pose exactly. More layers to tell it, and more
# targets a step with fewer queries each: more exact, for nearly twice the time a step (benchmarks/README.md).
_FINE = replace(_LAPTOP, pose_layers=4)
# One pixel a query, as the papers have it: as good step for step, and a picture can be drawn at any resolution.
_GAZE = replace(_FINE, query_patch=1)
_TO_GAZE = (Stage("sector", 0.2), Stage("gaze", 0.8))
PROFILES: dict[str, Profile] = {p.name: p for p in (
    Profile("smoke", ModelConfig(size=16, patch=4, width=32, heads=1, hidden=64, encoder_layers=1,
                                 pose_layers=1, decoder_layers=1, render=(32,), query_patch=2),
            _SECTOR, steps=20, scenes=50, views=7, batch=8, queries=32, warmup=5),
    Profile("laptop", _LAPTOP, _SECTOR, steps=10_000, scenes=8000),
    Profile("fine", _FINE, _SECTOR, steps=24_000, scenes=8000, target_views=5, queries=40),
    Profile("relative", replace(_FINE, relative=True), _SECTOR, steps=24_000, scenes=8000, target_views=5, queries=40),
    Profile("gaze", _GAZE, _TO_GAZE, steps=16_000, scenes=8000, target_views=5, queries=40),
    Profile("sharp", replace(_GAZE, width=128, heads=4, hidden=256, render=(256,)), _TO_GAZE, steps=40_000,
            scenes=16_000, target_views=5, queries=40, learning_rate=1e-3, muon=0.01),
    Profile("orbit", _LAPTOP, (Stage("sector", 0.25), Stage("orbit", 0.75)), steps=24_000, scenes=8000,
            target_views=5, queries=40),
    Profile("gpu", ModelConfig(size=64, width=256, heads=8, hidden=512, encoder_layers=4, pose_layers=3,
                               render=(512, 512)),
            (Stage("sector", 0.2), Stage("orbit", 0.3), Stage("clutter", 0.5)),
            steps=30000, scenes=0, batch=128, input_views=(3, 5), target_views=5, queries=256,
            learning_rate=1e-3, muon=0.01, warmup=1000),
    Profile("paper", ModelConfig(size=128, stem="conv", width=768, heads=12, hidden=1536, encoder_layers=5,
                                 pose_layers=3, render=(1536,) * 4, octaves=15, start_octave=0,
                                 pixel_octaves=15, gelu=True, query_width=180),
            (Stage("clutter"),), steps=4_000_000, scenes=0, batch=256, input_views=(5, 5), target_views=5,
            queries=1638, learning_rate=1e-4, muon=0.0, warmup=2500),
)}


def get_profile(name: str) -> Profile:
    """The profile of this name. Raises InputError with the list of names."""
    if name not in PROFILES:
        raise InputError(f"unknown profile {name!r}", "one of " + ", ".join(PROFILES))
    return PROFILES[name]
