"""A kernel that is forked is as fresh as one that starts from nothing, but for the libraries that it has in memory."""

import json
import sys

import pytest

pytest.importorskip("nbclient", reason="the extra `classroom` is not installed")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")

LOOK = """
import os, sys, json, matplotlib, builtins
own = ("JPY_PARENT_PID", "RUST_EDU_PROGRESS", "PYTEST_CURRENT_TEST")
print(json.dumps({"path": sys.path, "here": os.listdir("."), "backend": matplotlib.rcParams["backend"],
    "variables": {name: value for name, value in os.environ.items() if name not in own},
    "package": [name for name in sys.modules if name.partition(".")[0] == "rust_edu"],
    "left": getattr(builtins, "left", None), "torch": "torch" in sys.modules}))
builtins.left = "by another kernel"
os.environ["LEFT"] = "by another kernel"
open("left", "w").close()
"""


def look() -> dict:
    from nbformat.v4 import new_code_cell, new_notebook

    from rust_edu.course.making.build import run

    return json.loads(run(new_notebook(cells=[new_code_cell(LOOK)])).cells[0].outputs[0].text)


def test_a_forked_kernel_is_as_one_that_starts_from_nothing(nursery, monkeypatch):
    monkeypatch.setenv("SET_LATER", "than the nursery was opened")
    cold = look()
    with nursery.starts_kernels():
        first, second = look(), look()
    assert (cold.pop("torch"), first.pop("torch"), second.pop("torch")) == (False, True, True)
    assert cold == first == second
    assert cold["package"] == cold["here"] == [] and "SET_LATER" in cold["variables"]


def test_one_that_has_ended_is_noticed(nursery):
    import os
    import signal

    from jupyter_client.manager import start_new_kernel

    with nursery.starts_kernels():
        manager, client = start_new_kernel(kernel_name="python3")
    client.stop_channels()
    assert manager.is_alive()
    os.kill(manager.provisioner.pid, signal.SIGKILL)
    assert manager.provisioner.process.wait() == -signal.SIGKILL and not manager.is_alive()
    manager.cleanup_resources()
