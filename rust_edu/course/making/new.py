"""The skeleton of a chapter that the syllabus names and nobody has begun: `rust-edu course new NN`.

A notebook with everything that each one keeps to, around one small exercise; its check, its figure, and the answers
that test the check. It passes the proof as it is; every line that its author has yet to write carries DRAFT. The texts
are in `skeleton/`, with `<number>`, `<title>` and so on for what differs. Public: `new_chapter`, `DRAFT`.
"""

from pathlib import Path

from ...errors import InputError
from ..syllabus import SYLLABUS, entry
from .build import Course, write

SKELETON = Path(__file__).with_name("skeleton")
DRAFT = "✎"


def new_chapter(course: Course, number: str) -> list[Path]:
    """Write the files of chapter `number`, "03" for example; their paths, in the order in which to read them.

    Raises InputError for a number that is not in the syllabus, and for a chapter of which any file is there.
    """
    known = entry(number)
    chapter, tests = course.chapters / known.chapter, course.root / "tests" / "chapters" / known.chapter
    before = SYLLABUS[max(0, SYLLABUS.index(known) - 1)]
    words = {"<number>": number, "<stem>": known.stem, "<chapter>": known.chapter, "<title>": known.title,
             "<builds>": known.builds, "<needs>": f'"{before.number}"' if before != known else ""}
    places = {course.source(number): "notebook", chapter / "__init__.py": "exercises",
              chapter / "figures.py": "figures", tests / "__init__.py": "", tests / "answers.py": "answers",
              tests / "test_figures.py": "test_figures"}
    if there := [path for path in places if path.exists()]:
        missing = [other.number for other in SYLLABUS if other.number not in course.numbers()]
        raise InputError(f"notebook {number} is there already ({there[0].relative_to(course.root).as_posix()})",
                         f"one in preparation: {', '.join(missing) or 'there is none'}")
    for path, name in places.items():
        text = (SKELETON / f"{name}.template").read_text(encoding="utf-8") if name else ""
        for word, value in words.items():
            text = text.replace(word, value)
        write(path, text)
    return list(places)
