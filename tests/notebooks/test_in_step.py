"""The course's own notebooks are what their sources give: `rust-edu course build --check`."""

import pytest

pytest.importorskip("jupytext", reason="the extra `classroom` is not installed")
pytest.importorskip("nbgrader", reason="the extra `classroom` is not installed")

from rust_edu.course.making.build import Course  # noqa: E402
from rust_edu.course.making.proof import findings  # noqa: E402


def test_the_course_has_no_findings():
    course = Course()
    assert findings(course, course.numbers()) == []
