"""Where the package keeps things, and how it writes them: whole, or not at all.

Public: `data_folder`, `cache_folder`, `whole_file`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to; it takes its place at the end of the block, in one step.

    If anything is raised in the block (a full disk, Ctrl-C) the temporary file is removed and an older file at `path`
    stays as it was. The process's id in the name keeps several processes that write the same file apart.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
