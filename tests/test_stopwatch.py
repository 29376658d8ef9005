"""The time of a run is that of its steps: not of a machine that slept, nor of what is rendered in between."""

import threading
import time

import pytest

from rust_edu.training import loop, stopwatch
from rust_edu.training.loop import fit, training_step
from rust_edu.training.profiles import get_profile
from rust_edu.training.stopwatch import ASLEEP, Stopwatch


class Clock:
    """Shows what the test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_steps_count_and_sleep_does_not():
    clock = Clock()
    watch = Stopwatch(30.0, clock)
    assert watch.seconds == 30.0
    for _ in range(10):
        clock.now += 1.0
        assert watch.seconds
    assert watch.seconds == 40.0
    clock.now += 12.0  # stopped for 12 seconds, with nobody looking
    assert watch.seconds == 40.0
    clock.now += ASLEEP
    assert watch.seconds == 40.0 + ASLEEP, "a busy machine is not asleep"


def test_a_pause_takes_no_time_even_if_it_fails():
    clock = Clock()
    watch = Stopwatch(0.0, clock)
    clock.now += 2.0
    with pytest.raises(KeyboardInterrupt), watch.paused():
        clock.now += 3.0
        assert watch.seconds == 5.0
        raise KeyboardInterrupt
    assert watch.seconds == 2.0
    clock.now += 1.0
    assert watch.seconds == 3.0


def test_a_thread_looks_at_the_clock_while_it_runs(monkeypatch):
    monkeypatch.setattr(stopwatch, "LOOK_EVERY", 0.001)
    looks, enough = [], threading.Event()

    def clock():
        looks.append(threading.current_thread().name)
        if looks.count("stopwatch") >= 3:
            enough.set()
        return 0.0

    with Stopwatch(0.0, clock):
        assert enough.wait(60.0)


def test_a_run_that_was_stopped_in_a_step(data_home, monkeypatch):
    asleep = [0.0]

    def stopped(*arguments):
        asleep[0] += 10_000.0
        return training_step(*arguments)

    monkeypatch.setattr(loop, "training_step", stopped)
    monkeypatch.setattr(loop, "REPORT_EVERY", 2)
    monkeypatch.setattr(loop, "Stopwatch", lambda seconds: Stopwatch(seconds, lambda: time.monotonic() + asleep[0]))
    result = fit("srt", get_profile("smoke"), steps=4, progress=False)
    assert 0.0 < result.seconds < 10_000.0
    assert all(point["seconds"] < 10_000.0 for point in result.history)
