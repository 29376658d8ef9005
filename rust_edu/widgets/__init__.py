"""Widgets: a model under the reader's hands, in a notebook or (`rust-edu explore`) on a page of its own.

    explorer    `LatentPoseExplorer`: drag a latent pose and watch the view move

Widgets of one notebook alone are in its chapter. What the explorer shows is computed without any widget, and can be had
without one:

    space       `PoseSpace`: what the numbers of a latent pose were measured to mean
    places      scenes to look at: those that no model has seen, and new ones from a seed
    session     `ExplorerSession`: latent pose in; picture, camera and attention out

`base` is what widgets share, `page` and `server` what `rust-edu explore` runs.
"""

from importlib import import_module

__all__ = ["LatentPoseExplorer"]


def __getattr__(name: str):
    # What the widget shows can be computed where no widget could be imported.
    if name in __all__:
        return getattr(import_module(".explorer", __name__), name)
    raise AttributeError(f"module 'rust_edu.widgets' has no attribute {name!r}")
