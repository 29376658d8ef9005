"""The tiny course, for tests of the editions and of their proof."""

import pytest
from tiny import copy_tiny


@pytest.fixture
def course(built, nursery, tmp_path, monkeypatch):
    """A copy of the built course for one test, whose kernels start quickly."""
    with nursery.starts_kernels():
        yield copy_tiny(tmp_path / "course", monkeypatch, built)


@pytest.fixture
def no_kernel(monkeypatch):
    """Running a solved edition is an error."""
    from rust_edu.course.making import build as building

    monkeypatch.setattr(building, "run", lambda notebook: pytest.fail("a kernel was started"))
