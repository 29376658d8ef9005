"""Data sets: scenes made once from a seed and kept, or rendered endlessly as training goes."""

from .synthetic import EndlessScenes, SceneSet, cache_name, load_or_make, make_dataset, open_dataset

__all__ = ["EndlessScenes", "SceneSet", "cache_name", "load_or_make", "make_dataset", "open_dataset"]
