"""Where the package keeps things, and how it writes them: whole, or not at all.

What ships (weights, test scenes, results) is looked for in the folder that RUST_EDU_DATA names, then in the package's
own data: `data/` of a checkout, or the folder `data` inside an installed package. What is generated goes to a cache
that can be written, never into an installed package.

Public: `checkout`, `own_data`, `data_folder`, `layers`, `shipped`, `cache_folder`, `kept_folder`, `named_path`,
`of_user`, `whole_file`, `remove_strays`.
"""

import glob
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from platformdirs import user_cache_path

from .errors import DataError, InputError

PACKAGE = Path(__file__).resolve().parent
ELSEWHERE = "Set RUST_EDU_DATA to a folder of your own."


def checkout() -> Path | None:
    """The folder of the project whose package this is; None for a package that was installed from a wheel."""
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").exists() and (root / "data").is_dir() else None


def named_path(variable: str) -> Path | None:
    """The path that an environment variable names, `~` in it being the home folder; None where it is empty or unset.

    Raises InputError for the home folder of somebody whom this machine does not know.
    """
    value = os.environ.get(variable)
    if not value:
        return None
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        raise InputError(f"{variable} is {value!r}, and no home folder of that name is known", "a folder",
                         "Write it out in full, from / on.") from error


def of_user(folder: Callable[..., Path], variable: str) -> Path:
    """A folder of this user, as `folder` of platformdirs finds it. `variable`: names another in its place.

    Raises DataError where no home folder is known.
    """
    try:
        path = folder("rust_edu", appauthor=False)
        if path.is_absolute():  # in an older platformdirs, "~" has stayed what it is
            return path
    except RuntimeError:
        pass
    raise DataError("no home folder is known to keep anything in", "one", f"Set {variable} to a place of your own.")


def data_folder() -> Path:
    """The folder that RUST_EDU_DATA names, else the package's own data. Raises InputError as `named_path`."""
    return named_path("RUST_EDU_DATA") or own_data()


def own_data() -> Path:
    """The package's own data: what ships."""
    return (checkout() or PACKAGE) / "data"


def layers(*parts: str) -> list[Path]:
    """The places where a file or folder that ships may be: in the package's own data, and over it the data folder."""
    return list(dict.fromkeys(folder.joinpath(*parts) for folder in (own_data(), data_folder())))


def shipped(*parts: str) -> Path:
    """Where a file or folder that ships is: in the package's own data, unless the data folder has one of this name.

    What is in neither would be in the data folder.
    """
    *own, named = layers(*parts)
    return named if named.exists() else next((path for path in own if path.exists()), named)


def cache_folder(name: str = "") -> Path:
    """What is generated goes here, and can be deleted at any time; `name`: of a folder in it.

    It lies in the data folder or, where that cannot be written or is an installed package's, in the user's own cache.
    Raises DataError where no home folder is known for that.
    """
    folder = data_folder() / "cache" / name
    return folder if _ours(folder) else of_user(user_cache_path, "RUST_EDU_DATA") / name


def kept_folder() -> Path:
    """The data folder, for what is to be kept there: results, and weights that ship. Raises DataError where it cannot
    be written, or is an installed package's."""
    folder = data_folder()
    if not _ours(folder):
        raise DataError(f"nothing can be kept in {folder}", "a data folder that can be written", ELSEWHERE)
    return folder


def _ours(folder: Path) -> bool:
    """Whether a folder can be written, or made, and is no part of an installed package."""
    if checkout() is None and folder.is_relative_to(PACKAGE):
        return False
    there = next((place for place in (folder, *folder.absolute().parents) if os.path.exists(place)), folder)
    return os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to; it takes its place at the end of the block, in one step.

    If anything is raised in the block (a full disk, Ctrl-C) the temporary file is removed and an older file at `path`
    stays as it was. The process's id in the name keeps several processes that write the same file apart. What a process
    that was killed has left half-written of this file goes first.
    """
    remove_strays(path.parent, glob.escape(path.name))
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def remove_strays(folder: Path, *names: str) -> None:
    """Remove what processes that were killed left half-written, but nothing that one alive is writing now.

    names: of the files that `whole_file` wrote there, as patterns. What cannot be removed stays.
    """
    for name in names:
        for stray in folder.glob(f"{name}.*tmp"):
            writer = stray.name.split(".")[-2]
            if not (writer.isdecimal() and psutil.pid_exists(int(writer))):
                with suppress(OSError):
                    stray.unlink(missing_ok=True)
