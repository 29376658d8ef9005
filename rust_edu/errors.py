"""Errors that a reader can act on: one line with what was wrong, what was expected and what to do.

Every error this package raises on purpose is a `RustEduError`. The command line prints its one line and exits
with code 2; in Python each kind can be caught on its own.
"""


class RustEduError(Exception):
    """Base of all errors raised on purpose. `str(error)` is the one line for the reader."""

    def __init__(self, what: str, expected: str = "", fix: str = "") -> None:
        self.what, self.expected, self.fix = what, expected, fix
        line = what + (f"; expected {expected}" if expected else "") + "."
        super().__init__(f"{line} {fix}" if fix else line)


class InputError(RustEduError, ValueError):
    """A value, a shape or a name that a function cannot work with."""


class DataError(RustEduError):
    """A data set that is missing, damaged, of another version, or cannot be written."""


class WeightsError(RustEduError):
    """A weight file that is missing, damaged, foreign, or of another configuration."""


class DeviceError(RustEduError):
    """A device was asked for that this machine does not have."""


class DivergenceError(RustEduError):
    """Training produced NaN or infinity."""
