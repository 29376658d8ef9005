"""Where a command prints: a terminal shows what it can, and a pipe or a disk that takes no more stops nothing.

The work of a command comes before its words. Whatever reads them (a terminal with few characters, `| head`, a full
disk, nobody), the command does all that it was asked for, and no traceback comes of printing.

Public: `forgiving`, `console`.
"""

import codecs
import io
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PLAIN = {"±": "+/-", "°": " deg", "×": "x", "−": "-", "–": "-", "—": "-", "→": "->", "σ": "sigma", "‘": "'", "’": "'",
         "“": '"', "”": '"', "≤": "<=", "≥": ">="}  # as they are typed where there are no such characters
HANDLER = "rust_edu.plain"
LEAST_WIDTH = 80  # characters, of tables


class Way(io.RawIOBase):
    """The way of bytes to a file, a pipe or a terminal. From the first that cannot be written on, all are dropped."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.failure: OSError | None = None

    def write(self, content) -> int | None:
        if self.failure is None:
            try:
                return self._raw.write(content)
            except OSError as error:
                self.failure = error
        return len(content)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()


@contextmanager
def forgiving() -> Iterator[Way]:
    """Inside, sys.stdout and sys.stderr forgive: see above. Gives the way of stdout, whose `failure` says, at the end
    of the block, what came in between."""
    before = sys.stdout, sys.stderr
    ways = [_way(stream) for stream in before]
    sys.stdout, sys.stderr = (_text(stream, way) for stream, way in zip(before, ways))
    try:
        yield ways[0]
    finally:
        with suppress(ValueError):  # somebody has closed it
            sys.stdout.flush()
            sys.stderr.flush()
        sys.stdout, sys.stderr = before


def console():
    """A rich console for tables: in a narrow terminal a line goes on in the next one, and no number is cut off."""
    from rich.console import Console  # not for --help

    console = Console()
    console.width = max(console.width, LEAST_WIDTH)
    return console


def _way(stream: io.TextIOWrapper | None) -> Way:
    if stream is None:  # closed before we began; the next file to be opened must not become stdout
        return Way(open(os.devnull, "wb", buffering=0))
    with suppress(OSError):
        stream.flush()
    return Way(getattr(stream.buffer, "raw", stream.buffer))


def _text(stream: io.TextIOWrapper | None, way: Way) -> io.TextIOWrapper:
    """Text for a way, as the stream would have it, but for characters that it cannot show."""
    if stream is None:
        return io.TextIOWrapper(way, "utf-8", HANDLER)
    buffered = hasattr(stream.buffer, "raw")  # not under python -u
    return io.TextIOWrapper(io.BufferedWriter(way) if buffered else way, stream.encoding, HANDLER,
                            line_buffering=stream.line_buffering, write_through=stream.write_through)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """For codecs: other words for characters that an encoding does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start:error.end]
    return "".join(PLAIN.get(c) or _without_marks(c) or "?" for c in lost), error.end


def _without_marks(character: str) -> str:
    return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()


codecs.register_error(HANDLER, _plain)
