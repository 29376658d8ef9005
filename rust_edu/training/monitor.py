"""What a run says of itself: decibels on unseen scenes, and whether latent poses know the camera.

Public: `Monitor`, `OwnMonitor`.
"""

import torch

from ..datasets import PictureSet, load_or_make
from ..evaluation.probes import latent_poses, quick_pair_r2
from ..evaluation.protocol import evaluate_views
from ..models import SceneModel
from .profiles import Profile

SEED = 9003  # of the scenes looked at: neither training's, nor those the probes of the tables use
LOOK_EVERY = 250  # steps
LEAST = 10  # scenes: some to fit a probe on, some to score it


class Monitor:
    """Looks at a few unseen scenes every LOOK_EVERY steps and at the end."""

    def __init__(self, profile: Profile, device: torch.device, scenes: int = 100) -> None:
        self.profile, self.device = profile, device
        self.scenes = max(LEAST, min(scenes, profile.scenes or scenes))
        self.world, self.data = None, None

    def look(self, model: SceneModel, world: str, step: int, last: bool) -> dict:
        """val_psnr (right half, dB) and, for RUST, the read-out R2 of azimuth, elevation and distance; {} at
        most steps. The scenes of a world are made when it is first looked at."""
        if step % LOOK_EVERY and not last:
            return {}
        if world != self.world:
            self.data = load_or_make(world, self.scenes, 8, self.profile.model.size, SEED,
                                     progress=False).to(self.device)
            self.world = world
        views = self.data.views(slice(None))
        scores = evaluate_views(model, views, inputs=3, targets=2, metrics=("psnr",))
        values = {"val_psnr": round(float(scores["psnr"].mean()), 3)}
        if model.name == "rust":
            read = quick_pair_r2(*latent_poses(model, self.data, inputs=3))
            values |= {name: round(value, 3) for name, value in read._asdict().items()}
        return values

    @staticmethod
    def words(point: dict) -> str:
        """The point of a curve as the progress bar shows it."""
        names = {"psnr": "train {:.1f} dB", "val_psnr": "unseen {:.1f} dB", "azimuth": "R2 azimuth {:.2f}",
                 "elevation": "elevation {:.2f}", "distance": "distance {:.2f}"}
        return ", ".join(words.format(point[key]) for key, words in names.items() if key in point)


class OwnMonitor:
    """The same of a reader's own pictures: decibels on scenes that training does not see, if there are any."""

    def __init__(self, unseen: PictureSet | None, device: torch.device) -> None:
        self.data = None if unseen is None else unseen.to(device)

    def look(self, model: SceneModel, world: str, step: int, last: bool) -> dict:
        """val_psnr (right half, dB) of up to 100 scenes, evenly chosen; {} at most steps."""
        if self.data is None or (step % LOOK_EVERY and not last):
            return {}
        views = self.data.views(slice(None, None, -(-len(self.data) // 100)))
        scores = evaluate_views(model, views, inputs=3, targets=2, metrics=("psnr",))
        return {"val_psnr": round(float(scores["psnr"].mean()), 3)}

    words = staticmethod(Monitor.words)
