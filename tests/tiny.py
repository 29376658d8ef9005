"""A course of one tiny notebook (tests/course/tiny), with exercises of its own, to test the engine with."""

import os
import runpy
import shutil
import sys
from pathlib import Path

import pytest

from rust_edu.course.making.build import Course, build
from rust_edu.course.making.pages import update_pages
from rust_edu.course.reading import lessons
from rust_edu.course.syllabus import entry

NUMBER = "15"
WHERE = Path(__file__).parent / "course" / "tiny"
PAGES = {"docs/teaching.md": "# Teaching\n<!-- times: begin -->\n<!-- times: end -->\nmore\n",
         "README.md": "# A course\n<!-- course: begin -->\n<!-- course: end -->\nmore\n"}
CHAPTER = entry(NUMBER).package


def copy_tiny(to: Path, patch: pytest.MonkeyPatch, built: Path = WHERE) -> Course:
    """A copy of the tiny course in the new folder `to`, known to this process and to kernels started from it."""
    shutil.copytree(built, to, ignore=shutil.ignore_patterns("__pycache__"))
    patch.setenv("TINY_COURSE", str(to))
    # The package first: the course has a folder rust_edu too, which Python may take for a package of that name.
    paths = [str(Path(__file__).resolve().parents[1]), str(to), os.environ.get("PYTHONPATH")]
    patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    patch.setenv("RUST_EDU_PROGRESS", str(to / "progress.json"))
    patch.setattr(lessons, "FOLDER", lessons.FOLDER)  # what the next lines replace is put back
    patch.setitem(sys.modules, CHAPTER, None)
    runpy.run_path(str(to / "tiny_course.py"))
    return Course(to)


def build_tiny(to: Path) -> Path:
    """The tiny course in the new folder `to`, built and run."""
    with pytest.MonkeyPatch.context() as patch:
        course = copy_tiny(to, patch)
        (to / "docs").mkdir()
        for name, text in PAGES.items():
            (to / name).write_text(text)
        build(course, NUMBER)
        update_pages(course)
    return to
