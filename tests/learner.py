"""A learner for tests: a progress file of its own, so that no test touches the reader's, and one small lesson.

A pytest plugin, with the fixtures `progress_file` and `small_lesson`.
"""

import json

import pytest

LESSON = {
    "id": "01", "title": "Cameras & rays", "claim": "By the end ...", "objectives": ["..."],
    "exercises": {
        "01.1": {"title": "Intrinsics", "difficulty": 1, "minutes": 10, "why": "...", "name": "intrinsics",
                 "hints": ["Where is the *middle*?", "`K` is `(3, 3)`: $K_{00} < f$", "```python\nf = 1\n```"]},
        "01.3": {"title": "Pixel <rays>", "difficulty": 3, "minutes": 25, "why": "...", "name": "pixel_rays",
                 "hints": ["one", "two", "three"]},
    },
    "quizzes": {
        "01.q1": {"kind": "quiz", "question": "Why divide by $\\sqrt{d}$?", "options": [
            {"text": "To keep it **soft**", "right": True, "explanation": "The variance grows with $d$."},
            {"text": "For speed", "right": False, "explanation": "A division costs time."},
            {"text": "No <b>reason</b>", "right": False, "explanation": "There is one."}]},
        "01.p1": {"kind": "predict", "question": "What if $y$ points up?", "options": [
            {"text": "Upside down", "right": True, "explanation": "Rows count downwards."},
            {"text": "Mirrored", "right": False, "explanation": "That would be $x$."}]},
    },
    "glossary": {},
}


@pytest.fixture
def progress_file(tmp_path, monkeypatch):
    """The progress file of this test; it is not there yet."""
    from rust_edu.course.reading import progress

    file = tmp_path / "learner" / "progress.json"
    monkeypatch.setenv("RUST_EDU_PROGRESS", str(file))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    for name, value in (("session", progress.Session()), ("_pending", []), ("_said", set())):
        monkeypatch.setattr(progress, name, value)
    return file


@pytest.fixture
def small_lesson(progress_file, tmp_path, monkeypatch):
    """The course as if it had one notebook: its lesson."""
    from rust_edu.course.reading import lessons
    from rust_edu.course.syllabus import entry

    file = tmp_path / "chapters" / entry("01").chapter / "lesson.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(LESSON), encoding="utf-8")
    monkeypatch.setattr(lessons, "FOLDER", tmp_path / "chapters")
    return LESSON
