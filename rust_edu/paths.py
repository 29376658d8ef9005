"""Where the package keeps things: the folder `data/` of the course, or the one named by RUST_EDU_DATA."""

import os
from pathlib import Path


def data_folder() -> Path:
    """The folder that holds weights, test sets, results.json and the cache.

    An empty RUST_EDU_DATA counts as unset, and `~` in it is the home folder.
    """
    named = os.environ.get("RUST_EDU_DATA")
    return Path(named).expanduser() if named else Path(__file__).resolve().parent.parent / "data"


def cache_folder() -> Path:
    """What is generated goes here; it can be deleted at any time."""
    return data_folder() / "cache"
