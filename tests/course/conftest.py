"""The tiny course, for tests of the editions and of their proof."""

import pytest
from learner import progress_file, small_lesson  # noqa: F401 - fixtures for this folder
from tiny import NUMBER, copy_tiny

TEACHING = "# Teaching\n<!-- times: begin -->\n<!-- times: end -->\nmore\n"


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A folder with the tiny course, built and run once. For reading."""
    from rust_edu.course.build import build, update_teaching

    folder = tmp_path_factory.mktemp("course") / "built"
    with pytest.MonkeyPatch.context() as patch:
        course = copy_tiny(folder, patch)
        course.teaching.parent.mkdir()
        course.teaching.write_text(TEACHING)
        build(course, NUMBER)
        update_teaching(course)
    return folder


@pytest.fixture
def course(built, tmp_path, monkeypatch):
    """A copy of the built course for one test."""
    return copy_tiny(tmp_path / "course", monkeypatch, built)


@pytest.fixture
def no_kernel(monkeypatch):
    """Running a solved edition is an error."""
    from rust_edu.course import build as building

    monkeypatch.setattr(building, "run", lambda notebook: pytest.fail("a kernel was started"))
