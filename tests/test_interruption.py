"""Ctrl-C while a run trains: asked once it waits for the step at hand, asked twice it does not."""

import signal
import threading

import pytest

from rust_edu.training.interruption import Interruption


def test_one_ctrl_c_waits_and_the_second_does_not(ctrl_c):
    with pytest.raises(KeyboardInterrupt), Interruption() as interruption:
        ctrl_c()
        assert interruption.asked
        ctrl_c()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler, "put back after an exception too"


def test_work_that_can_be_broken_off_is(ctrl_c):
    with Interruption() as interruption:
        with interruption.at_once():
            ctrl_c()
            pytest.fail("not reached")
        assert interruption.asked


def test_threads_and_ignored_signals_are_left_alone(ctrl_c):
    handlers = []

    def enter():
        with Interruption():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    enter()
    assert handlers == [signal.default_int_handler, signal.SIG_IGN]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
