"""Calling what a reader wrote, with care.

A reader's function may raise, never return, write into its arguments, leave torch in another state, or return
anything at all. `Trial` calls it so that none of this reaches the notebook or the check itself: each becomes a
`Diagnosis` in the reader's words. Public: `Trial`, `deadline`, `NotDoneYet`, `copied`.
"""

import contextlib
import copy
import dis
import io
import linecache
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .exercise import Diagnosis
from .memory import without_memory
from .raised import explain

NESTED = (tuple, list)
_PACKAGE = str(Path(__file__).resolve().parents[2])


answering = False  # whether a reader's function is being called: `mine` must not give it an answer then


class NotDoneYet(Exception):
    """The reader has not replaced the stub yet."""


class _TimeIsUp(BaseException):
    """Not an Exception: `except Exception` in a reader's loop must not swallow it."""


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise _TimeIsUp in the block once `seconds` have passed.

    Signals reach only the main thread, where notebooks run their cells; elsewhere the block runs without a
    limit. An alarm that was set before (by a test runner, say) is put back with the time it has left.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    rang = False

    def ring(signum, frame):
        nonlocal rang
        if not rang:
            rang = True
            raise _TimeIsUp
        # A bare `except:` swallowed it, and would again: wait for a line that no try protects.
        for caller in _frames(frame):
            caller.f_trace = _raise_where_nothing_catches
        sys.settrace(_raise_where_nothing_catches)

    tracing = sys.gettrace()
    before = signal.signal(signal.SIGALRM, ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    started = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
        sys.settrace(tracing)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - started)), interval)


def _raise_where_nothing_catches(frame, event, arg):
    """A trace function: raises _TimeIsUp at the first line that stands in no `try` of the reader's functions."""
    if frame.f_code.co_filename == __file__:  # the rest of `ring`
        return None
    if event == "line" and not any(_protected(f) for f in _frames(frame)):
        raise _TimeIsUp
    return _raise_where_nothing_catches


def _frames(frame) -> Iterator:
    """From a frame outwards to the call in this file."""
    while frame is not None and frame.f_code.co_filename != __file__:
        yield frame
        frame = frame.f_back


def _protected(frame) -> bool:
    """Whether a frame stands in the body of a `try`. An except clause's own entry, with `lasti`, raises again."""
    return any(entry.start <= frame.f_lasti < entry.end and not entry.lasti
               for entry in dis.Bytecode(frame.f_code).exception_entries)


class Trial:
    """A reader's function, called as the function itself would be, and guarded.

    Arguments are copied first, so that the check keeps its own. Returned tensors are copies too: nothing that
    the reader's code keeps can change them afterwards. `until` is a time of time.monotonic().
    """

    def __init__(self, function: Callable, name: str, until: float) -> None:
        self._function, self.name, self._until = function, name, until

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(args, kwargs)

    def afresh(self, seconds: float) -> "Trial":
        """The same function with this much time from now."""
        return Trial(self._function, self.name, time.monotonic() + seconds)

    def forgetful(self) -> "Trial":
        """The same function as if it had never been called, as far as can be told."""
        return Trial(without_memory(self._function), self.name, self._until)

    def call(self, args: tuple, kwargs: dict, *, gradients: bool = False) -> Any:
        """The result. With `gradients` the reader's function gets these very tensors, so that a backward pass
        reaches them, and its results stay in the graph."""
        state = _TorchState()
        given_args, given_kwargs = (args, kwargs) if gradients else (copied(args), copied(kwargs))
        before = _tensors((given_args, given_kwargs))
        values = [t.detach().clone() for t in before]
        error: BaseException | None = None
        result = None
        global answering
        outer, answering = answering, True
        try:
            # What the function prints, and warns of, is not the check's result.
            with (deadline(max(0.01, self._until - time.monotonic())), contextlib.redirect_stdout(io.StringIO()),
                  contextlib.redirect_stderr(io.StringIO())):
                result = self._function(*given_args, **given_kwargs)
        except KeyboardInterrupt:
            state.restore()
            raise
        except BaseException as raised:  # SystemExit too: an answer must not end the notebook
            error = raised
        finally:
            answering = outer
        changed = state.restore()
        if error is not None:
            self._explain(error, args, kwargs)
        if changed:
            raise Diagnosis("global-state", f"`{self.name}` changes {changed} for everyone who comes after it.",
                            seen=f"{changed} after the call is not what it was before",
                            expected="a function that leaves everything outside as it was")
        for tensor, value in zip(before, values):
            if not _same(tensor, value):
                raise Diagnosis("edits-input", f"`{self.name}` writes into a tensor that it was given. Whoever "
                                "called it still needs that tensor.",
                                seen="an argument that is not what it was before the call",
                                expected="a new tensor: `x = x + 1` makes one, `x += 1` does not")
        return result if gradients else _detached(result)

    def _explain(self, error: BaseException, args: tuple, kwargs: dict) -> None:
        if isinstance(error, Diagnosis):  # from a property's or a class's own guarded call
            raise error
        if type(error) is NotImplementedError:  # a subclass has another reason: input() in a notebook, for example
            raise NotDoneYet from None
        if isinstance(error, _TimeIsUp):
            raise Diagnosis("endless", f"`{self.name}` did not come to an end in time. Is there a loop that never "
                            "stops, or one over single numbers that a tensor operation could do at once?",
                            seen="still running when the time was up",
                            expected="a result within the time of the check") from None
        raise explain(error, self.name, self._function, args, kwargs, _where(error)) from None


_MARK = 0x5EED_0F_4E_A11  # stands for the seed while a reader's function runs: no one sets this one


def _marked(state: Tensor) -> None:
    """Let torch's global numbers go on as in `state`, under another seed: so the same one, set again, is seen too.

    The seed is the first eight bytes of a state, and only tells where the numbers that follow it once came from.
    """
    marked = state.clone()
    marked[:8] = torch.tensor(list(_MARK.to_bytes(8, sys.byteorder)), dtype=torch.uint8)
    torch.set_rng_state(marked)


class _TorchState:
    """What a function could change for everyone: random numbers, default type and device, gradients on or off."""

    def __init__(self) -> None:
        self.random = torch.get_rng_state()
        _marked(self.random)
        self.dtype, self.grad = torch.get_default_dtype(), torch.is_grad_enabled()
        self.device, self.threads = torch.get_default_device(), torch.get_num_threads()
        self.deterministic = torch.are_deterministic_algorithms_enabled()

    def restore(self) -> str:
        """Put everything back; the name of the first thing that was changed, or nothing.

        The position of torch's global random numbers is put back without a word: drawing from them is no fault
        (dropout does), setting their seed is.
        """
        changed = "" if torch.initial_seed() == _MARK else "the seed of torch's random numbers (torch.manual_seed)"
        torch.set_rng_state(self.random)
        if torch.get_default_dtype() != self.dtype:
            changed = changed or "torch's default dtype"
            torch.set_default_dtype(self.dtype)
        if torch.is_grad_enabled() != self.grad:
            changed = changed or "whether torch keeps gradients"
            torch.set_grad_enabled(self.grad)
        if torch.get_default_device() != self.device:
            changed = changed or "torch's default device"
            torch.set_default_device(self.device)
        if torch.get_num_threads() != self.threads:
            changed = changed or "torch's number of threads"
            torch.set_num_threads(self.threads)
        if torch.are_deterministic_algorithms_enabled() != self.deterministic:
            changed = changed or "whether torch is deterministic"
            torch.use_deterministic_algorithms(self.deterministic)
        return changed


def copied(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, dict):
        return {key: copied(v) for key, v in value.items()}
    if isinstance(value, NESTED) and not hasattr(value, "_fields"):
        return type(value)(copied(v) for v in value)
    if isinstance(value, torch.Generator):
        return value.clone_state()
    try:
        return copy.deepcopy(value)
    except Exception:  # what cannot be copied (an open file, say) is given as it is
        return value


def _tensors(value: Any) -> list[Tensor]:
    """The tensors of nested arguments; a module's parameters are among them."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, nn.Module):
        return list(value.state_dict().values())
    if isinstance(value, dict):
        return [t for v in value.values() for t in _tensors(v)]
    if isinstance(value, NESTED):
        return [t for v in value for t in _tensors(v)]
    if hasattr(value, "__dataclass_fields__"):
        return [t for name in value.__dataclass_fields__ for t in _tensors(getattr(value, name))]
    return []


def _detached(value: Any) -> Any:
    """Plain copies of tensors; everything else as it is: `compare` judges it."""
    if type(value) in (Tensor, nn.Parameter):
        return value.detach().clone()
    if type(value) in NESTED:
        return type(value)(_detached(v) for v in value)
    return value


def _same(a: Tensor, b: Tensor) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:  # resized in place
        return False
    a = a.detach()
    return bool(((a == b) | ((a != a) & (b != b))).all())  # NaN stays NaN


def _where(error: BaseException) -> str:
    """The reader's own line that raised: the last frame outside this package and torch."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith(_PACKAGE) and "site-packages" not in frame.filename:
            line = (frame.line or linecache.getline(frame.filename, frame.lineno or 0)).strip()
            return f", in its line `{line}`" if line else ""
    return ""
