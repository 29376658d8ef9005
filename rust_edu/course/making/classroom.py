"""A folder in which a class works with nbgrader: its settings, and the student editions as its sources.

Public: `set_up_class`.
"""

from pathlib import Path

from ...errors import InputError
from ..syllabus import entry
from .build import Course, write

SETTINGS = '''"""Settings of nbgrader for this course, from `rust-edu course classroom`. They are yours to change."""

c = get_config()  # noqa: F821 - nbgrader gives it

c.CourseDirectory.course_id = "rust_edu"
c.ClearSolutions.enabled = False  # the student editions have stubs already
c.Execute.timeout = 300           # seconds for one cell; after that it is stopped, and counts as failed
'''


def set_up_class(course: Course, folder: Path, numbers: list[str]) -> list[Path]:
    """Put the settings and these student editions where nbgrader looks for them; the paths that were written.

    Settings that are there already are left alone. Raises InputError for a notebook that has not been built, and
    for a folder that cannot be written.
    """
    for number in numbers:
        if not course.student(number).exists():
            raise InputError(f"notebook {number} has no student edition", f"notebooks/{course.student(number).name}",
                             f"Run `rust-edu course build {number}`.")
    texts = {}
    if not (settings := folder / "nbgrader_config.py").exists():
        texts[settings] = SETTINGS
    for number in numbers:
        stem = entry(number).stem
        texts[folder / "source" / stem / f"{stem}.ipynb"] = course.student(number).read_text(encoding="utf-8")
    try:
        for path, text in texts.items():
            write(path, text)
    except OSError as error:
        raise InputError(f"cannot write in {folder} ({error})", "a folder that can be written, or a new one") from error
    return list(texts)
