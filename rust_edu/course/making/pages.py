"""Pages that are made from the sources of the notebooks, whole or between two comments:

    README.md           the map of the course
    docs/teaching.md    how long each notebook takes
    docs/glossary.md    every term that a notebook explains

Public: `pages`, from each page's path to its text as it should be; `update_pages`, which writes them.
"""

import re
from pathlib import Path

from ...errors import InputError
from ..syllabus import SYLLABUS, entry
from .build import Course, write
from .source import Source, read_source

GLOSSARY = """# Glossary

What the course means by its words, collected from the ends of its notebooks. A number is the notebook that explains a
term.

"""


def pages(course: Course, sources: list[Source]) -> dict[Path, str]:
    """{path: text} of every page, brought into step with the sources. Pages with a table in them must be there."""
    found = {course.root / "docs" / "glossary.md": glossary_page(sources)}
    for path, name, table in ((course.root / "README.md", "course", map_table(course)),
                              (course.root / "docs" / "teaching.md", "times", times_table(sources))):
        found[path] = _between(path, name, table)
    return found


def update_pages(course: Course) -> None:
    """Bring the pages into step. Raises InputError if one has no place for its table."""
    for path, text in pages(course, [read_source(course.source(number)) for number in course.numbers()]).items():
        write(path, text)


def _between(path: Path, name: str, table: str) -> str:
    """The page with `table` between the comments `<!-- name: begin -->` and `<!-- name: end -->`."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    updated, count = re.subn(f"({begin}).*?({end})", lambda match: match[1] + table + match[2], text, flags=re.S)
    if count != 1:
        raise InputError(f"{path.name} has {count} places for its table", f"one, between {begin.strip()} and {end}")
    return updated


def map_table(course: Course) -> str:
    """The notebooks in order: number, title with a link if it is there, what is built."""
    there, rows = course.numbers(), ["| | notebook | you build or show |", "|---|---|---|"]
    for known in SYLLABUS:
        link = f"[{known.title}](notebooks/{known.stem}.ipynb)" if known.number in there else known.title
        later = "" if known.number in there else " *(in preparation)*"
        rows.append(f"| {known.number} | {link} | {known.builds}{later} |")
    return "\n".join(rows) + "\n"


def times_table(sources: list[Source]) -> str:
    """How long each notebook takes."""
    rows = ["| notebook | exercises | points | reading and exercises | computing, two CPU cores | one GPU |",
            "|---|---|---|---|---|---|"]
    for source in sources:
        header, points = source.header, sum(e.difficulty for e in source.exercises.values())
        rows.append(f"| {source.number} {header.title} | {len(source.exercises)} | {points} | {header.reading_minutes} "
                    f"min | {header.compute['cpu']} | {header.compute['gpu']} |")
    return "\n".join(rows) + "\n"


def glossary_page(sources: list[Source]) -> str:
    """Every term in alphabetical order. What two notebooks explain stands twice, the earlier one's words first."""
    terms = sorted((term.casefold(), source.number, term, words)
                   for source in sources for term, words in source.header.glossary.items())
    lines, above = [], None
    for key, number, term, words in terms:
        link = f"[{number}](../notebooks/{entry(number).stem}.ipynb)"
        if key == above:
            lines[-1] += f" {link}: {words}"
        else:
            lines.append(f"- **{term}** {link}: {words}")
        above = key
    return GLOSSARY + "\n".join(lines) + "\n"
