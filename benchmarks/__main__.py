"""Every speed measurement, as one table: `python -m benchmarks` or `make bench`.

What was learned with it is in benchmarks/README.md.
"""

import platform
import sys

import torch
from rich.table import Table

from rust_edu.terminal import console, forgiving
from rust_edu.training.record import hardware

from . import decoding, emergence, rendering, training

TARGETS = {  # what this project promises itself, and what it aims for
    "renderer, sector 32x32, 4 rays a pixel": ("1 M rays/s", "5 M rays/s"),
    "training step, rust prototype, pixel queries": ("150 ms", "75 ms"),
    "decode one view, rust laptop 32x32": ("30 views/s", "100 views/s"),
    "peak memory, rust laptop": ("2 GB", "1 GB"),
}


def main() -> None:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    torch.set_num_threads(threads)
    screen = console()
    screen.print(f"{hardware(device)}; Python {platform.python_version()}, torch {torch.__version__}", highlight=False)
    table = Table("what", "measured", "at least", "aim")
    for part in (training, rendering, decoding, emergence):  # training first: its peaks begin with this process's
        for name, value in part.measure(device):
            table.add_row(name, value, *TARGETS.get(name, ("", "")))
            screen.print(f"  {name}: {value}", highlight=False, soft_wrap=True)
    screen.print(table)


if __name__ == "__main__":
    with forgiving():
        main()
