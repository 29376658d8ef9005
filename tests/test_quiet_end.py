"""A worker that is slow to end ends in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("xdist", reason="pytest-xdist is not installed")

# The test's memory takes longer to be searched than xdist waits.
SLOW = """
import gc, time

def test_that_leaves_a_slow_search_of_memory(request):
    def search(phase, _):
        if phase == "start" and over:
            over.pop()
            for _ in range(70):
                time.sleep(0.1)

    over = []
    request.config.add_cleanup(lambda: over.append(True))
    gc.callbacks.append(search)
"""


def test_a_worker_that_is_slow_to_end(tmp_path):
    (tmp_path / "test_slow.py").write_text(SLOW)
    command = [sys.executable, "-m", "pytest", "-p", "quiet_end", "-n", "1", "-c", os.devnull, "--rootdir", tmp_path,
               "-p", "no:cacheprovider", tmp_path / "test_slow.py"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=300)
    assert done.returncode == 0 and "1 passed" in done.stdout
    assert "KeyboardInterrupt" not in done.stdout + done.stderr and done.stderr == ""
