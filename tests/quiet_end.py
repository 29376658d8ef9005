"""A pytest plugin: the workers of a parallel run come to their end without being interrupted.

pytest-xdist has Ctrl-C pressed in a worker that takes more than five seconds to end after its last test, as it does on
a busy machine: pytest then has all of memory searched for litter. The KeyboardInterrupt came up in whatever Python ran
at that moment, a hook of hypothesis for example, and was printed as an exception that nobody can catch.
"""

import signal


def pytest_sessionfinish(session) -> None:
    if hasattr(session.config, "workerinput"):  # a worker, as xdist says; in the main process Ctrl-C stays what it is
        signal.signal(signal.SIGINT, signal.SIG_IGN)
