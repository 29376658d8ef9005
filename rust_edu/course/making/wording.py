"""The words in a source: the header, the box of an exercise, a question with its options.

Each parser takes `note(what, expected, fix)`, which it calls for every mistake, and goes on. Public: `Header`,
`Question`, `Option`, `parse_header`, `parse_box`, `parse_question`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..syllabus import SYLLABUS

Note = Callable[..., None]


@dataclass
class Header:
    title: str = ""
    claim: str = ""
    needs: list[str] = field(default_factory=list)
    objectives: list[str] = field(default_factory=list)
    reading_minutes: int = 0
    compute: dict[str, str] = field(default_factory=dict)
    glossary: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Option:
    text: str
    right: bool
    explanation: str


@dataclass(frozen=True)
class Question:
    kind: str  # "quiz" or "predict"
    text: str
    options: tuple[Option, ...]


def parse_header(given: Any, note: Note) -> Header:
    """The `rust_edu:` block of the YAML header."""
    if not isinstance(given, dict):
        note("header: `rust_edu:` holds no names", "title, claim, needs, objectives, ...")
        return Header()
    forms: dict[str, tuple[Callable[[Any], bool], str]] = {
        "title": (_is_text, "the title, as text"),
        "claim": (lambda v: _is_text(v) and v.startswith("By the end you will have"),
                  "one sentence: By the end you will have ..."),
        "needs": (lambda v: isinstance(v, list) and all(n in {k.number for k in SYLLABUS} for n in v),
                  'numbers of notebooks in quotes, such as ["00"]'),
        "objectives": (lambda v: isinstance(v, list) and 4 <= len(v) <= 7 and all(map(_is_text, v)), "4 to 7 lines"),
        "reading_minutes": (_is_count, "a whole number of minutes"),
        "compute": (lambda v: isinstance(v, dict) and set(v) == {"cpu", "gpu"} and all(map(_is_text, v.values())),
                    '{cpu: "20 s", gpu: "not measured yet"}'),
        "glossary": (lambda v: isinstance(v, dict) and all(map(_is_text, [*v, *v.values()])),
                     '{"term": "one sentence.", ...}'),
    }
    for name in given.keys() - forms.keys():
        note(f"header: unknown entry {name!r}", ", ".join(forms))
    good = {}
    for name, (holds, expected) in forms.items():
        if name not in given:
            note(f"header: no {name}", expected)
        elif not holds(given[name]):
            note(f"header: {name} is {str(given[name])[:60]!r}", expected)
        else:
            good[name] = given[name]
    return Header(**good)


def parse_box(text: str, note: Note) -> tuple[str, int, int, str, str]:
    """Title, difficulty, minutes, why and the markdown below of an exercise box."""
    head, ruled, body = text.partition("\n---\n")
    if not ruled or not body.strip():
        note("box without text", "title, difficulty, minutes, why, a line `---`, then the text")
    fields = {}
    for line in head.splitlines():
        name, colon, value = line.partition(":")
        if not colon or name.strip() not in ("title", "difficulty", "minutes", "why") or not value.strip():
            if line.strip():
                note(f"box line {line[:50]!r}", "`title: ...`, `difficulty: 1-5`, `minutes: N` or `why: ...`")
        else:
            fields[name.strip()] = value.strip()
    for name in ("title", "difficulty", "minutes", "why"):
        if name not in fields:
            note(f"box has no {name}", f"a line `{name}: ...` at its top")
    difficulty, minutes = fields.get("difficulty", "1"), fields.get("minutes", "1")
    if not re.fullmatch("[1-5]", difficulty):
        note(f"difficulty {difficulty!r}", "1, 2, 3, 4 or 5")
        difficulty = "1"
    if not re.fullmatch(r"[1-9]\d{0,2}", minutes):
        note(f"minutes {minutes!r}", "a whole number")
        minutes = "1"
    return fields.get("title", ""), int(difficulty), int(minutes), fields.get("why", ""), body.strip()


def parse_question(kind: str, text: str, note: Note) -> Question:
    """A question: text, then `- [x] right` and `- [ ] wrong`, each with an indented explanation below it."""
    begins = re.split(r"^- \[(.)\] ", text, flags=re.M)
    asked, options = begins[0].strip(), []
    if not asked:
        note("no question", "the question above its options")
    for sign, option in zip(begins[1::2], begins[2::2]):
        if sign not in "xX ":
            note(f"option marked [{sign}]", "[x] for the right one, [ ] for a wrong one")
        options.append(_option(option, sign in "xX", note))
    if len(options) < 2:
        note(f"{len(options)} options", "at least two, each `- [x] ...` or `- [ ] ...` at the start of a line")
    elif sum(option.right for option in options) != 1:
        note(f"{sum(option.right for option in options)} right options", "one, marked [x]")
    return Question(kind, asked, tuple(options))


def _option(text: str, right: bool, note: Note) -> Option:
    """An option's words, and its explanation: what is indented below its first line."""
    first, _, below = text.strip().partition("\n")
    lines = below.splitlines()
    if loose := [line for line in lines if line.strip() and not line.startswith("  ")]:
        note(f"line {loose[0][:40]!r} below the options", "explanations indented by two spaces")
    explanation = "\n".join(line[2:] if line.startswith("  ") else line for line in lines).strip()
    if not explanation:
        note(f"option {first[:40]!r} has no explanation", "an indented line below it that says why")
    return Option(first, right, explanation)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
