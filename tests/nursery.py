"""Kernels forked from one process that has imported what every notebook imports: torch, matplotlib, Jupyter.

A kernel that starts from nothing spends three seconds of a processor on that, and the tests start one for each run of
each notebook. A forked one has the libraries in memory and is otherwise as fresh: nothing of this package, and no cell,
has run in it. `test_stored_outputs.py` runs every solved edition in a kernel that starts from nothing.

Public: `Nursery`. Run as a script this file is the process that forks.
"""

import contextlib
import importlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

IMPORTED = ("ipykernel.kernelapp", "torch", "matplotlib.figure", "matplotlib_inline.backend_inline", "skimage.metrics",
                "sklearn.linear_model", "sklearn.neural_network", "anywidget")


class Nursery:
    """The process that forks kernels, for as long as the block lasts."""

    def __enter__(self) -> "Nursery":
        self._lock = threading.Lock()
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True, start_new_session=True)
        return self

    def __exit__(self, *error: object) -> None:
        self._process.stdin.close()
        self._process.wait()

    def ask(self, **question: Any) -> int | None:
        with self._lock:
            print(json.dumps(question), file=self._process.stdin, flush=True)
            return json.loads(self._process.stdout.readline())

    @contextlib.contextmanager
    def starts_kernels(self) -> Iterator[None]:
        """In this block, kernels that Jupyter starts in this process are forked. Elsewhere than on Linux, a fork
        after so many imports is not safe: there they start as always."""
        from jupyter_client.provisioning import local_provisioner

        started = local_provisioner.launch_kernel
        if sys.platform == "linux":
            local_provisioner.launch_kernel = self._launch
        try:
            yield
        finally:
            local_provisioner.launch_kernel = started

    def _launch(self, command: list[str], *, env: dict[str, str] | None = None, cwd: str | None = None,
                **popen: Any) -> "Kernel":
        """In place of jupyter_client's launch_kernel."""
        arguments = command[command.index("ipykernel_launcher") + 1:]
        return Kernel(self, self.ask(arguments=arguments, env=dict(env or os.environ), cwd=str(cwd or os.getcwd())))


class Kernel:
    """A forked kernel, with what Jupyter uses of a subprocess.Popen."""

    stdin = stdout = stderr = None

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery, self.pid, self.returncode = nursery, pid, None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._nursery.ask(ended=self.pid)
        return self.returncode

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.02)
        return self.returncode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def serve() -> None:
    """Answer each line of the standard input: start a kernel and say its process id; say how one has ended."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever an import prints
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # ipykernel's, before matplotlib looks
    own = {os.path.dirname(os.path.abspath(__file__)), *os.environ.get("PYTHONPATH", "").split(os.pathsep)}
    sys.path[:] = [folder for folder in sys.path if folder not in own]
    for name in IMPORTED:
        importlib.import_module(name)
    for line in sys.stdin:
        question = json.loads(line)
        if "ended" in question:
            pid, status = os.waitpid(question["ended"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        elif answer := os.fork():
            os.setpgid(answer, answer)  # before anybody is told: an interrupt goes to the kernel's whole group
        else:
            answers.close()
            become_kernel(**question)
        print(json.dumps(answer), file=answers, flush=True)


def become_kernel(arguments: list[str], env: dict[str, str], cwd: str) -> None:
    """Be a kernel with these arguments, variables and folder until it is shut down."""
    from ipykernel.kernelapp import launch_new_instance

    try:
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.environ.clear()
        os.environ.update(env, JPY_PARENT_PID=str(os.getppid()))
        os.chdir(cwd)
        sys.path[:0] = dict.fromkeys(filter(None, env.get("PYTHONPATH", "").split(os.pathsep)))  # each once, as Python
        sys.argv = ["ipykernel_launcher", *arguments]
        launch_new_instance(arguments)
    finally:
        os._exit(0)


if __name__ == "__main__":
    serve()
