"""How long a run has trained: the time of its steps, without that in which the machine slept.

A process that was stopped, or a virtual machine that was suspended, goes on in the midst of a step, and the clock has
gone on too. So a thread looks at the clock every second: where it was kept from looking, the steps were as well.

Public: `Stopwatch`.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_EVERY = 1.0  # seconds
ASLEEP = 5.0  # seconds without a look: more than a busy machine makes of LOOK_EVERY


class Stopwatch:
    """Runs while it is entered. `seconds`: those that went before; `clock`: gives seconds."""

    def __init__(self, seconds: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock, self._over = clock, threading.Lock(), threading.Event()
        self._looked = clock()
        self._began = self._looked - seconds

    @property
    def seconds(self) -> float:
        """So far."""
        with self._lock:
            now = self._clock()
            if now - self._looked > ASLEEP:
                self._began += now - self._looked
            self._looked = now
            return now - self._began

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is done inside takes no time."""
        before = self.seconds
        try:
            yield
        finally:
            with self._lock:
                self._looked = self._clock()
                self._began = self._looked - before

    def __enter__(self) -> "Stopwatch":
        threading.Thread(target=self._look, name="stopwatch", daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            self.seconds  # noqa: B018  (looks at the clock)
