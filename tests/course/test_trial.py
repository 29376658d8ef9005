"""Calling what a reader wrote: nothing it does may reach the check or the notebook."""

import signal
import sys
import threading
import time

import pytest
import torch

from rust_edu.course.checking.exercise import Diagnosis
from rust_edu.course.checking.trial import NotDoneYet, Trial, _TimeIsUp, deadline


def run(function, *args, seconds=1.0, **kwargs):
    return Trial(function, "f", time.monotonic() + seconds).call(args, kwargs)


def name_of(function, *args, **kwargs) -> str:
    with pytest.raises(Diagnosis) as caught:
        run(function, *args, **kwargs)
    return caught.value.name


def test_results_come_back_as_copies():
    kept = torch.zeros(2)
    result = run(lambda: kept)
    kept += 1
    assert result.tolist() == [0, 0]


def forever(*args):
    while True:
        pass


def forever_and_swallowing(*args):
    while True:
        try:
            time.sleep(0.01)
        except:  # noqa: E722 - as a student would
            pass


def forever_asleep(*args):
    time.sleep(1e6)


def recursion(*args):
    return recursion(*args)


@pytest.mark.parametrize("function", [forever, forever_asleep])
def test_endless_functions_end(function):
    started = time.monotonic()
    assert name_of(function, seconds=0.3) == "endless"
    assert time.monotonic() - started < 5.0


def test_a_loop_that_swallows_everything_ends_too():
    """A bare except swallows an alarm that rings inside it; one of the next rings outside."""
    assert name_of(forever_and_swallowing, seconds=0.3) == "endless"


def test_endless_recursion_is_an_exception():
    assert name_of(recursion, seconds=5.0) == "exception"


def test_an_earlier_alarm_rings_on():
    rang = []
    before = signal.signal(signal.SIGALRM, lambda *a: rang.append(True))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.4)
        assert name_of(forever, seconds=0.1) == "endless"
        assert not rang
        time.sleep(0.6)
        assert rang
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_elsewhere_than_in_the_main_thread_there_is_no_limit():
    seen = []

    def block():
        with deadline(0.05):
            time.sleep(0.2)
            seen.append(True)

    thread = threading.Thread(target=block)
    thread.start()
    thread.join()
    assert seen


def test_deadline_raises_something_that_is_no_exception():
    with pytest.raises(_TimeIsUp), deadline(0.1):
        forever()


def writes(x):
    x += 1
    return x


def writes_deep(items):
    items["a"][0].zero_()
    return 1


def resizes(x):
    x.resize_(1)
    return 1


@pytest.mark.parametrize(("function", "argument"), [
    (writes, torch.ones(2)), (writes_deep, {"a": (torch.ones(2),)}), (resizes, torch.ones(2)),
    (lambda m: m.weight.data.zero_(), torch.nn.Linear(2, 2)),
    (lambda m: m.reset_running_stats(), torch.nn.BatchNorm1d(2).requires_grad_(False)),
])
def test_edits_of_the_inputs_are_found_and_undone(function, argument):
    if isinstance(argument, torch.nn.BatchNorm1d):
        argument.running_mean += 1
    before = repr(argument), [t.clone() for t in getattr(argument, "state_dict", dict)().values()]
    assert name_of(function, argument) == "edits-input"
    assert repr(argument) == before[0]
    assert all(torch.equal(a, b) for a, b in
               zip(before[1], getattr(argument, "state_dict", dict)().values(), strict=True))


def test_nan_in_an_input_is_no_edit():
    assert torch.isnan(run(lambda x: x + 1, torch.tensor([float("nan")]))).all()


@pytest.mark.parametrize("change", [
    lambda: torch.set_default_dtype(torch.float64), lambda: torch.set_grad_enabled(False) and None,
    lambda: torch.set_default_device("meta"), lambda: torch.use_deterministic_algorithms(True),
])
def test_changes_for_everyone_are_found_and_undone(change):
    before = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_default_device()
    assert name_of(lambda: change(), seconds=60.0) == "global-state"  # the last one imports a lot
    assert before == (torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_default_device())
    assert not torch.are_deterministic_algorithms_enabled()


def test_they_are_undone_when_the_function_raises():
    def raising():
        torch.set_default_dtype(torch.float64)
        raise ValueError

    assert name_of(raising) == "exception"
    assert torch.get_default_dtype() == torch.float32


def test_random_numbers_go_on_as_if_nothing_had_been_called():
    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    run(lambda: torch.rand(7))
    assert torch.equal(torch.rand(1), wanted) and torch.initial_seed() == 3


@pytest.mark.parametrize("seed", [0, 3])  # another one, or the same one again
def test_a_seed_that_is_set_is_told_and_undone(seed):
    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    with pytest.raises(Diagnosis, match="changes the seed of torch's random numbers") as caught:
        run(lambda: torch.manual_seed(seed) and None)
    assert caught.value.name == "global-state"
    assert torch.equal(torch.rand(1), wanted) and torch.initial_seed() == 3


@pytest.mark.parametrize("raised", [SystemExit(3), GeneratorExit(), ValueError("no"), KeyError("x"),
                                    type("Odd", (Exception,), {"__str__": lambda self: 1 / 0})()])
def test_whatever_is_raised_becomes_a_diagnosis(raised):
    def raising():
        raise raised

    with pytest.raises(Diagnosis) as caught:
        run(raising)
    assert caught.value.name == "exception"
    assert type(raised).__name__ in caught.value.what and "raise raised" in caught.value.what


def test_ctrl_c_is_the_readers_own():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(interrupted)


def test_a_stub_is_not_done_yet():
    def stub():
        raise NotImplementedError

    with pytest.raises(NotDoneYet):
        run(stub)


def test_a_subclass_of_the_stubs_error_is_none():
    """In a notebook without a keyboard, input() raises one."""

    class NoKeyboard(NotImplementedError):
        pass

    def asks():
        raise NoKeyboard("raw_input was called, but this frontend does not support input requests")

    assert name_of(asks) == "exception"


def test_an_answer_cannot_be_taken_from_where_answers_are_kept():
    from rust_edu.course import mine

    with pytest.raises(Diagnosis, match="mine") as caught:
        run(lambda: mine("01.3"))
    assert caught.value.name == "exception" and "your own lines" in caught.value.seen


def test_long_messages_are_cut():
    def raising():
        raise ValueError("x" * 5000)

    with pytest.raises(Diagnosis) as caught:
        run(raising)
    assert len(caught.value.seen) < 400


def test_prints_and_warnings_do_not_come_out(capsys):
    run(lambda: (print("noise"), print("more", file=sys.stderr)) and None)
    assert capsys.readouterr() == ("", "")


def test_standard_output_is_back_afterwards():
    before = sys.stdout
    name_of(lambda: 1 / 0)
    assert sys.stdout is before
