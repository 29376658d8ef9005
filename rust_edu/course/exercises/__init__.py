"""What the checks of the exercises run: one file a notebook, `e01.py` for notebook 01."""
