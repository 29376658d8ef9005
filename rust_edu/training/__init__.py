"""Training: profiles that size a run, the optimiser, and one `fit` for every model that learns from many scenes; `fit_scene`
for a NeRF, which learns from one."""
