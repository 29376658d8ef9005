"""What all tests share: property tests that draw the same examples each time, however slow the machine, small data
sets, kernels that start quickly, and a tiny course."""

import os
import signal

import pytest
from hypothesis import settings
from quiet_end import pytest_sessionfinish  # noqa: F401  (pytest looks for it here)

# deadline: a busy machine is no failure. derandomize: a seed is explicit, and a failure comes again.
settings.register_profile("rust_edu", max_examples=50, deadline=None, derandomize=True, database=None)
settings.load_profile("rust_edu")


@pytest.fixture(autouse=True, scope="session")
def nobodys_progress(tmp_path_factory):
    """Whatever a test solves is noted in a temporary file, not in that of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUST_EDU_PROGRESS", str(tmp_path_factory.mktemp("progress") / "progress.json"))
        yield


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The folder of a data set made once: 60 scenes in two shards, 3 views of 8x8 pixels. For reading."""
    from rust_edu.datasets import make_dataset  # imports torch: not for tests that do without

    folder = tmp_path_factory.mktemp("datasets") / "made"
    make_dataset("sector", 60, 3, 8, seed=5, folder=folder, progress=False)
    return folder


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory):
    """A data folder with the data sets of the smoke profile in its cache: training's and the monitor's."""
    from rust_edu.datasets import cache_name, make_dataset
    from rust_edu.training import monitor
    from rust_edu.training.profiles import get_profile

    profile, home = get_profile("smoke"), tmp_path_factory.mktemp("data")
    for views, seed in ((profile.views, 0), (8, monitor.SEED)):
        what = (profile.world, profile.scenes, views, profile.model.size, seed)
        make_dataset(*what, home / "cache" / cache_name(*what), progress=False)
    return home


@pytest.fixture
def data_home(tiny_data, monkeypatch):
    """The tiny data folder as that of this test, and of the processes it starts."""
    monkeypatch.setenv("RUST_EDU_DATA", str(tiny_data))
    return tiny_data


@pytest.fixture
def home(data_home, tmp_path, monkeypatch):
    """A data folder of this test's own, with the tiny data sets in its cache and tiny shipped weights."""
    import torch
    from model_helpers import TINY

    from rust_edu.models import RUST
    from rust_edu.models.weights import save_weights, shipped_weights

    (tmp_path / "cache").symlink_to(tmp_path / "own", target_is_directory=True)
    (tmp_path / "own").mkdir()
    for made in (data_home / "cache").iterdir():
        (tmp_path / "own" / made.name).symlink_to(made, target_is_directory=True)
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path))
    torch.manual_seed(1)
    save_weights(shipped_weights("rust", "tiny"), RUST(TINY), {"steps": 1234, "seed": 5})
    return tmp_path


@pytest.fixture(scope="session")
def nursery():
    """Kernels that start with the libraries in memory."""
    from nursery import Nursery

    with Nursery() as nursery:
        yield nursery


@pytest.fixture(scope="session")
def built(nursery, tmp_path_factory):
    """A folder with the tests' own tiny course, built and run once. For reading."""
    from tiny import build_tiny

    with nursery.starts_kernels():
        return build_tiny(tmp_path_factory.mktemp("course") / "built")


@pytest.fixture
def nothing_ships(monkeypatch, tmp_path):
    """The data folder of this test, empty; and the package has no data of its own."""
    from rust_edu import paths

    monkeypatch.setattr(paths, "own_data", lambda: tmp_path / "nothing ships")
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def read_only(monkeypatch):
    """Makes folders that cannot be written, to this process: root may write where the permissions say no."""
    closed = []
    allowed = os.access

    def close(folder):
        folder.chmod(0o555)
        closed.append(folder)

    monkeypatch.setattr(os, "access", lambda path, mode: allowed(path, mode) and not (mode & os.W_OK and any(
        os.path.realpath(path).startswith(os.path.realpath(folder)) for folder in closed)))
    yield close
    for folder in closed:
        folder.chmod(0o755)


@pytest.fixture
def ctrl_c():
    """Presses Ctrl-C in this process, which has Python's own handler while the test runs."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: os.kill(os.getpid(), signal.SIGINT)
    signal.signal(signal.SIGINT, before)
