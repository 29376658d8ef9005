"""What the checks of notebook 01 run, one file an exercise, and the mystery data sets of its puzzle."""
