"""Torch on one thread, for a while. Public: `one_thread`."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread within. On more it cuts its work elsewhere and rounds otherwise, so bytes would differ;
    and for small pictures a second one costs more than it brings."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
