"""A folder in which a class works with nbgrader: its settings, and the student editions as its sources.

Public: `set_up_class`.
"""

import re
from pathlib import Path

from ...errors import InputError
from ..syllabus import entry
from .build import Course, write

# In a path nbgrader takes these for patterns, for the end of the name of its database, or for another line.
UNFIT = re.compile(r"[*?\[%\x00-\x1f]")

SETTINGS = '''"""Settings of nbgrader for this course, from `rust-edu course classroom`. They are yours to change."""

c = get_config()  # noqa: F821 - nbgrader gives it

c.CourseDirectory.course_id = "rust_edu"
c.ClearSolutions.enabled = False  # the student editions have stubs already
c.Execute.timeout = 300           # seconds for one cell; after that it is stopped, and counts as failed
c.OverwriteCells.add_missing_cells = True  # a check that was deleted comes back
c.Autograde.sanitize_preprocessors = [     # nbgrader's own, but for the second: a check that was copied counts once
    "nbgrader.preprocessors.ClearOutput", "rust_edu.course.making.submissions.OneCellEach",
    "nbgrader.preprocessors.OverwriteKernelspec", "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
'''


def set_up_class(course: Course, folder: Path, numbers: list[str]) -> list[Path]:
    """Put the settings and these student editions where nbgrader looks for them; the paths that were written.

    Settings that are there already are left alone. Raises InputError for a notebook that has not been built, and
    for a folder that cannot be written or that nbgrader cannot work in.
    """
    if unfit := UNFIT.search(str(folder.resolve())):
        raise InputError(f"nbgrader cannot work in {str(folder.resolve())!r}, for the {unfit[0]!r} in it",
                         "a folder without any of * ? [ % in its name or in those above it", "Choose another.")
    for number in numbers:
        if not course.student(number).exists():
            raise InputError(f"notebook {number} has no student edition", f"notebooks/{course.student(number).name}",
                             f"Run `rust-edu course build {number}`.")
    texts = {}
    try:
        if not (settings := folder / "nbgrader_config.py").exists():
            texts[settings] = SETTINGS
        for number in numbers:
            stem = entry(number).stem
            texts[folder / "source" / stem / f"{stem}.ipynb"] = course.student(number).read_text(encoding="utf-8")
        for path, text in texts.items():
            write(path, text)
    except OSError as error:
        raise InputError(f"cannot write in {folder} ({error})", "a folder that can be written, or a new one") from error
    return list(texts)
