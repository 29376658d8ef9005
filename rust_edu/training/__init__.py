"""Training: profiles that size a run, the optimiser, and one `fit` for every model."""
