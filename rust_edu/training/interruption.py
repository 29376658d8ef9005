"""Ctrl-C while a run trains: the step at hand is finished first, so that what is saved is a whole step.

A KeyboardInterrupt may come between any two instructions, for example after the first of two optimisers has
stepped. A run saved in that state could not go on to the bit. Public: `Interruption`.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Interruption:
    """While it is entered, the first Ctrl-C only sets `asked`. A second one raises KeyboardInterrupt.

    In a thread other than the main one, and where SIGINT is ignored, it does nothing: there no Ctrl-C
    arrives.
    """

    def __init__(self) -> None:
        self.asked = False
        self._at_once = False
        self._installed, self._before = False, None

    def __enter__(self) -> "Interruption":
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            self._before = signal.signal(signal.SIGINT, self._interrupt)
            self._installed = True
        return self

    def __exit__(self, *_) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.SIG_DFL if self._before is None else self._before)
            self._installed = False

    def _interrupt(self, *_) -> None:
        if self.asked or self._at_once:
            raise KeyboardInterrupt
        self.asked = True

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Inside, Ctrl-C is not waited for: what is being done may be broken off anywhere. Sets `asked`."""
        self._at_once = True
        try:
            yield
        except KeyboardInterrupt:
            self.asked = True
        finally:
            self._at_once = False
