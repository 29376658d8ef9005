"""Training: profiles that size a run, the optimiser, and one `fit` for every model that learns from many scenes.

For a NeRF, which learns from one, there is `fit_scene`, and `measure_scenes` fits one to each of many test scenes.
"""
