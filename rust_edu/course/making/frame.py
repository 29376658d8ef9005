"""The cells that the build writes around an author's text: the header, the box of an exercise, the closing cell.

Markdown, the same in both editions. Public: `header_text`, `box_text`, `closing_text`.
"""

from collections.abc import Sequence

from ..syllabus import PARTS, SYLLABUS, Entry, entry
from .source import ExerciseText, Source


def header_text(source: Source) -> str:
    """Title, claim, times, what is needed, objectives, and a map of the course."""
    header, here = source.header, entry(source.number)
    needed = ", ".join(_link(entry(number), source) for number in header.needs)
    objectives = "\n".join(f"- {objective}" for objective in header.objectives)
    return f"""# {source.number} · {header.title}

**{header.claim}**

| reading and exercises | computing, two CPU cores | computing, one GPU |
|---|---|---|
| about {header.reading_minutes} minutes | {header.compute["cpu"]} | {header.compute["gpu"]} |

**You need:** {needed or "nothing before this notebook"}

**Afterwards you can**

{objectives}

<details><summary><b>Where we are</b>: notebook {source.number}, {_part(here)}. Open for the map.</summary>

| part | notebooks |
|---|---|
{_map(source, here)}

</details>"""


def _part(here: Entry) -> str:
    place, name = next((place, name) for place, (name, numbers) in enumerate(PARTS, 1) if here.number in numbers)
    return f"part {place} of {len(PARTS)}, <i>{name}</i>"


def _map(source: Source, here: Entry) -> str:
    rows = []
    for part, numbers in PARTS:
        cells = [f"**▸ {known.number} {source.header.title} (you are here)**" if known == here else _link(known, source)
                 for known in map(entry, numbers)]
        rows.append(f"| {part} | {' · '.join(cells)} |")
    return "\n".join(rows)


def _link(to: Entry, source: Source) -> str:
    """A notebook's number and title; a link if it exists."""
    words = f"{to.number} {to.title}"
    return f"[{words}]({to.stem}.ipynb)" if to.number in source.present else words


def _nearest(entries: Sequence[Entry], source: Source) -> Entry | None:
    """The first of the entries whose notebook exists."""
    return next((known for known in entries if known.number in source.present), None)


def _next(after: Sequence[Entry], source: Source) -> str:
    """What comes next; if that is in preparation, also the notebook to go on with until then."""
    first, there = after[0], _nearest(after, source)
    if first == there:
        return f"Next: {_link(first, source)}: {first.builds}."
    words = f"Next: {_link(first, source)} (in preparation): {first.builds}."
    return f"{words} Until then, go on with {_link(there, source)}: {there.builds}." if there else words


def box_text(exercise: ExerciseText) -> str:
    """An anchor for the panel's links, heading, a line of difficulty, minutes and why, then the author's text."""
    dots = "●" * exercise.difficulty + "○" * (5 - exercise.difficulty)
    minutes = f"{exercise.minutes} minute{'' if exercise.minutes == 1 else 's'}"
    return f"""<a id="exercise-{exercise.key}"></a>

### Exercise {exercise.key} · {exercise.title}

{dots} difficulty {exercise.difficulty} of 5 · about {minutes} · *{exercise.why}*

{exercise.box}"""


def closing_text(source: Source) -> str:
    """New terms, and the way to the next notebook and back."""
    terms = "".join(f"- **{term}**: {words}\n" for term, words in source.header.glossary.items())
    place = SYLLABUS.index(entry(source.number))
    before, after = SYLLABUS[:place][::-1], SYLLABUS[place + 1:]  # the nearest first
    lines = [_next(after, source) if after else "This is the last notebook of the course."]
    if before:
        lines.append(f"Before: {_link(_nearest(before, source) or before[0], source)}.")
    return (f"## New terms\n\n{terms}\n" if terms else "") + "## What comes next\n\n" + "\n\n".join(lines)
