"""Widgets: a model under the reader's hands, in a notebook or (`rust-edu explore`) on a page of its own.

    explorer    `LatentPoseExplorer`: drag a latent pose and watch the view move
    noise_dial  `PoseNoiseDial`: wrong cameras, and what SRT, UpSRT and RUST make of them
    latent_dial `LatentDial`: two components on two sliders, of plain ipywidgets (notebook 07)
    damage      `DamageDial`: a picture that is damaged, and what the metrics say (notebook 02)

What they show is computed without any widget, and can be had without one:

    space       `PoseSpace`: what the numbers of a latent pose were measured to mean
    places      scenes to look at: those that no model has seen, and new ones from a seed
    session     `ExplorerSession`: latent pose in; picture, camera and attention out
    noise       `NoiseBench`: the same views, predicted with cameras that are wrong

`base` is what the two widgets share, `page` and `server` what `rust-edu explore` runs.
"""

from importlib import import_module

_WHERE = {"LatentPoseExplorer": "explorer", "PoseNoiseDial": "noise_dial", "LatentDial": "latent_dial",
          "DamageDial": "damage"}

__all__ = list(_WHERE)


def __getattr__(name: str):
    # What the widgets show can be computed where no widget could be imported.
    if name in _WHERE:
        return getattr(import_module(f".{_WHERE[name]}", __name__), name)
    raise AttributeError(f"module 'rust_edu.widgets' has no attribute {name!r}")
