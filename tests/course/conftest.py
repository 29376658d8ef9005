"""The tiny course, for tests of the editions and of their proof."""

import pytest
from tiny import build_tiny, copy_tiny


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
