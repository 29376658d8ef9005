"""Which notebooks are run: every one that has a source, and the tests' own tiny one."""

import pytest
from tiny import NUMBER, copy_tiny

from rust_edu.course.making.build import Course
from rust_edu.course.syllabus import SYLLABUS

ROOT = Course.__dataclass_fields__["root"].default
NOTEBOOKS = [known.number for known in SYLLABUS if (ROOT / "solutions" / f"{known.stem}.py").exists()]


@pytest.fixture
def tiny(built, tmp_path, monkeypatch):
    """A copy of the tiny course for one test."""
    return copy_tiny(tmp_path / "course", monkeypatch, built)


@pytest.fixture(params=["tiny", *NOTEBOOKS])
def notebook(request, tmp_path, monkeypatch):
    """A course and the number of one of its notebooks; progress goes into a temporary folder."""
    if request.param == "tiny":
        return request.getfixturevalue("tiny"), NUMBER
    monkeypatch.setenv("RUST_EDU_PROGRESS", str(tmp_path / "progress.json"))
    return Course(), request.param
