"""SRT, UpSRT and RUST, which share an encoder and a decoder; and `nerf`, which knows one scene and shares nothing."""

from ..errors import InputError
from .config import ModelConfig
from .rust import RUST, PoseEstimator
from .scene_model import SceneModel
from .srt import SRT, UpSRT
from .weights import MODELS

MODELS.update({model.name: model for model in (SRT, UpSRT, RUST)})


def make_model(name: str, config: ModelConfig) -> SceneModel:
    """A model with fresh weights from torch's global generator. Raises InputError for an unknown name."""
    if name not in MODELS:
        raise InputError(f"unknown model {name!r}", "one of " + ", ".join(MODELS))
    return MODELS[name](config)


__all__ = ["MODELS", "ModelConfig", "PoseEstimator", "RUST", "SRT", "SceneModel", "UpSRT", "make_model"]
