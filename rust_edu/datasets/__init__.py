"""Data sets: scenes made once from a seed and kept, rendered endlessly as training goes, or made of pictures."""

from .picture_set import PictureSet, open_pictures
from .synthetic import EndlessScenes, SceneSet, cache_name, load_or_make, make_dataset, open_dataset

__all__ = ["EndlessScenes", "PictureSet", "SceneSet", "cache_name", "load_or_make", "make_dataset", "open_dataset",
           "open_pictures"]
