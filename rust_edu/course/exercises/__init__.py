"""What the checks of the exercises run: one package a notebook, `e01` for notebook 01."""
