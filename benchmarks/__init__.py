"""Benchmarks: how fast the parts are on this machine. `python -m benchmarks` prints one table and names the machine."""
