"""`rust-edu course new`: a chapter that passes the proof at once, and refusals in one line."""

import os
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("jupytext", reason="the extra `classroom` is not installed")
pytest.importorskip("nbgrader", reason="the extra `classroom` is not installed")

from rust_edu import cli  # noqa: E402
from rust_edu.course.making import build as building  # noqa: E402
from rust_edu.course.making.build import Course  # noqa: E402
from rust_edu.course.making.new import DRAFT, SKELETON, new_chapter  # noqa: E402
from rust_edu.course.making.source import examine_source  # noqa: E402
from rust_edu.course.syllabus import SYLLABUS, entry  # noqa: E402

ROOT = Course.__dataclass_fields__["root"].default
CHAPTERS, TESTS = "rust_edu/course/chapters", "tests/chapters"
COPIED = ("solutions/00_welcome.py", "solutions/00_welcome.ipynb", "notebooks/00_welcome.ipynb", "README.md",
          "pyproject.toml", "docs/teaching.md", f"{CHAPTERS}/__init__.py", f"{CHAPTERS}/c00_welcome",
          f"{TESTS}/answers.py", f"{TESTS}/test_answers.py", f"{TESTS}/c00_welcome", "tests/figure_rules.py",
          "tests/notebooks/test_in_step.py")


@pytest.fixture
def checkout(tmp_path):
    """A copy of this checkout in which one chapter is there."""
    ignored = shutil.ignore_patterns("__pycache__", "chapters")
    shutil.copytree(ROOT / "rust_edu", tmp_path / "rust_edu", ignore=ignored)
    for name in COPIED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    (tmp_path / "data").symlink_to(ROOT / "data")
    return tmp_path


def run(checkout, *arguments: str) -> str:
    paths = filter(None, [str(checkout), os.environ.get("PYTHONPATH")])
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=checkout, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_a_new_chapter_passes_the_proof(checkout):
    said = run(checkout, "rust_edu", "course", "new", "3")
    made = [line for line in said.splitlines() if (checkout / line).is_file()]
    assert made == ["solutions/03_one_scene_nerf.py", f"{CHAPTERS}/c03_one_scene_nerf/__init__.py",
                    f"{CHAPTERS}/c03_one_scene_nerf/figures.py", f"{TESTS}/c03_one_scene_nerf/__init__.py",
                    f"{TESTS}/c03_one_scene_nerf/answers.py", f"{TESTS}/c03_one_scene_nerf/test_figures.py"]
    assert "](03_one_scene_nerf.ipynb)" in (checkout / "notebooks" / "00_welcome.ipynb").read_text(encoding="utf-8")
    assert "**03.1 mean_colour**" in (checkout / "docs" / "diagnoses.md").read_text(encoding="utf-8")
    passed = run(checkout, "pytest", "--noconftest", "-p", "no:cacheprovider", "-vv", "-k", "findings or 03", "tests")
    for name in ("test_the_course_has_no_findings", "[03.1-row_by_row]", "[03.1-looks_at_the_middle]",
                 "test_a_figure_keeps_the_rules[one picture]"):
        assert name in passed


@pytest.mark.parametrize("known", SYLLABUS, ids=lambda known: known.number)
def test_the_skeleton_fits_every_chapter(known, tmp_path):
    (tmp_path / "solutions").mkdir()
    course = Course(tmp_path)
    written = new_chapter(course, known.number)
    texts = [path.read_text(encoding="utf-8") for path in written]
    assert not any(word in text for text in texts for word in ("<number>", "<stem>", "<chapter>", "<title>", "<builds>",
                                                               "<needs>"))
    for path, text in zip(written, texts):
        compile(text, str(path), "exec")
    assert max(len(line) for text in texts for line in text.splitlines()) <= 120
    source, problems = examine_source(course.source(known.number))
    assert problems == [] and list(source.exercises) == [f"{known.number}.1"] and len(source.questions) == 4


def refused(capsys, number: str) -> str:
    with pytest.raises(SystemExit) as done:
        cli.main(["course", "new", number])
    out, err = capsys.readouterr()
    assert done.value.code == 2 and out == "" and err.count("\n") == 1
    return err


@pytest.mark.parametrize("number, words", [("16", "unknown notebook '16'; expected 00 to 15"),
                                           ("0", "notebook 00 is there already (solutions/00_welcome.py); expected ")])
def test_what_is_not_to_come_is_refused(number, words, capsys):
    assert words in refused(capsys, number)


def test_a_chapter_that_was_begun_otherwise_is_left_alone(tmp_path, monkeypatch, capsys):
    begun = tmp_path / TESTS / entry("03").chapter / "answers.py"
    for folder in (tmp_path / "solutions", begun.parent):
        folder.mkdir(parents=True)
    begun.write_text("mine")
    monkeypatch.setattr(building, "Course", lambda: Course(tmp_path))
    assert f"notebook 03 is there already ({TESTS}/c03_one_scene_nerf/answers.py)" in refused(capsys, "03")
    assert list(tmp_path.rglob("*.*")) == [begun] and begun.read_text() == "mine"


def test_outside_of_a_checkout_one_line_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(building, "Course", lambda: Course(tmp_path))
    assert "no folder solutions/" in refused(capsys, "03")


def test_no_chapter_is_left_half_written():
    """Every line of a skeleton that its author has yet to write carries a mark. None is shipped."""
    assert all(DRAFT in path.read_text(encoding="utf-8") for path in SKELETON.iterdir() if path.stem != "test_figures")
    left = [str(path.relative_to(ROOT)) for folder in ("solutions", CHAPTERS, TESTS)
            for path in sorted((ROOT / folder).rglob("*.py")) if DRAFT in path.read_text(encoding="utf-8")]
    assert left == []
