"""The tiny course, for tests of the editions and of their proof; a data folder with tiny weights."""

import pytest
import torch
from tiny import build_tiny, copy_tiny

from rust_edu.models import RUST
from rust_edu.models.weights import save_weights, shipped_weights
from tests.model_helpers import TINY


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A folder with the tiny course, built and run once. For reading."""
    return build_tiny(tmp_path_factory.mktemp("course") / "built")


@pytest.fixture
def course(built, tmp_path, monkeypatch):
    """A copy of the built course for one test."""
    return copy_tiny(tmp_path / "course", monkeypatch, built)


@pytest.fixture
def no_kernel(monkeypatch):
    """Running a solved edition is an error."""
    from rust_edu.course.making import build as building

    monkeypatch.setattr(building, "run", lambda notebook: pytest.fail("a kernel was started"))


@pytest.fixture
def home(data_home, tmp_path, monkeypatch):
    """A data folder of this test's own, with the tiny data sets in its cache and tiny shipped weights."""
    (tmp_path / "cache").symlink_to(tmp_path / "own", target_is_directory=True)
    (tmp_path / "own").mkdir()
    for made in (data_home / "cache").iterdir():
        (tmp_path / "own" / made.name).symlink_to(made, target_is_directory=True)
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path))
    torch.manual_seed(1)
    save_weights(shipped_weights("rust", "tiny"), RUST(TINY), {"steps": 1234, "seed": 5})
    return tmp_path
