"""Explicit poses: from the latents of a model to cameras, pair by pair, and how right they are.

    posed = encode_scenes(model, scenes)         latents, scene representations and true cameras of some scenes, once
    reader, record = fit_reader("attention", posed)          see `training.pose_fitting`
    score(reader, encode_scenes(model, test))    angles, distances, AUC, R2, on other scenes

Public: `Posed`, `encode_scenes`, `predict`, `score`.
Axes: S scenes, T target views, P = T (T - 1) ordered pairs of them, L numbers in a latent pose, K tokens of width D.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..datasets import SceneSet
from ..errors import InputError
from ..models.pose_reader import PoseReader
from .camera_error import ordered_pairs, pose_errors, r2, relative_cameras, summary
from .protocol import INPUTS, evaluating


@dataclass(frozen=True)
class Posed:
    """What a reader sees of S scenes, and the truth. Float32 on the CPU."""

    z: Tensor  # (S, T, L) latent poses of the targets
    slsr: Tensor  # (S, K, D) scene representations
    cameras: Tensor  # (S, T, 4, 4) camera_to_world of the targets

    def __len__(self) -> int:
        return len(self.z)

    def __getitem__(self, index: slice | Tensor) -> "Posed":
        """Some of the scenes."""
        return Posed(self.z[index], self.slsr[index], self.cameras[index])

    def pairs(self) -> tuple[Tensor, Tensor, Tensor]:
        """Of all ordered pairs of targets: latents of the first and the second (S, P, L); true poses (S, P, 4, 4)."""
        i, j = ordered_pairs(self.z.shape[1])
        return self.z[:, i], self.z[:, j], relative_cameras(self.cameras)


def encode_scenes(model, scenes: SceneSet, inputs: int = INPUTS, targets: int | None = None, batch: int = 50) -> Posed:
    """Latents of the views after the first `inputs` of each scene (of the first `targets` of them), as in the protocol:
    the pose estimator sees left halves. `model` is a RUST or a LabelledPoses.

    Raises InputError for a model whose poses are not latent, or for more views than the scenes have.
    """
    found: list[tuple[Tensor, Tensor, Tensor]] = []
    device = next(model.parameters()).device
    with evaluating(model):
        for start in range(0, len(scenes), batch):
            seen, asked = scenes.views(slice(start, start + batch)).to(device).split(inputs, targets)
            slsr = model.encode(seen)
            z = model.pose(seen, asked, slsr, right=False)
            if z.ndim != 3:
                raise InputError(f"the poses of {model.name!r} are cameras of shape {tuple(z.shape)}",
                                 "a model with latent poses (S, T, L)", "Read the poses of a RUST model.")
            found.append((z.float().cpu(), slsr.float().cpu(), asked.camera_to_world.cpu()))
    return Posed(*(torch.cat(parts) for parts in zip(*found)))


def predict(reader: PoseReader, posed: Posed, batch: int = 50) -> tuple[Tensor, Tensor]:
    """Read and true poses, each (S, P, 4, 4), of all ordered pairs of the targets."""
    first, second, truth = posed.pairs()
    with evaluating(reader):
        read = [reader(a, b, slsr) for a, b, slsr in zip(*(t.split(batch) for t in (first, second, posed.slsr)))]
    return torch.cat(read), truth


def score(reader: PoseReader, posed: Posed) -> dict:
    """`camera_error.summary` of all pairs, and {"r2": {"rotation", "translation"}}: how much of their variance is read.

    Rotations are compared as matrices. Plain JSON; the scenes should be none that the reader was fitted on.
    """
    read, truth = predict(reader, posed)
    flat = {"rotation": [p[..., :3, :3].reshape(-1, 9) for p in (read, truth)],
            "translation": [p[..., :3, 3].reshape(-1, 3) for p in (read, truth)]}
    return summary(pose_errors(read, truth)) | {"r2": {name: r2(*both) for name, both in flat.items()}}
