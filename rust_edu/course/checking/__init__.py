"""The checks: what an exercise is, `examine`, calls under guard, comparison, and the words and panel of a result."""
