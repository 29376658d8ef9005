"""The house stands: a room imports only from rooms below it, and files stay small enough to read in one go."""

import ast
from pathlib import Path

import pytest

import rust_edu

PACKAGE = Path(rust_edu.__file__).parent
FLOORS = ("errors", "paths", "threads", "cameras", "scenes", "views", "datasets", "models", "evaluation", "training",
          "figures", "demo", "widgets", "course", "cli", "__main__")  # from the ground up
FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    """The room that a file belongs to: its folder in the package, or itself."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """The rooms that a file imports from, wherever in the file."""
    rooms, depth = set(), len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        names = (node.module or "").split(".")
        if node.level == depth:  # from the package itself: `from ..views import`, `from . import models`
            rooms |= {names[0]} if node.module else {alias.name for alias in node.names}
        elif node.level == 0 and names[0] == "rust_edu":
            rooms.add(names[1] if len(names) > 1 else "")
    return {name for name in rooms if name in FLOORS}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down(path):
    if room(path) == "__init__":  # offers the models by name, lazily
        return
    floor = FLOORS.index(room(path))
    above = {name for name in imported_rooms(path) if FLOORS.index(name) > floor}
    assert not above, f"{room(path)} imports from above: {above}"


def test_the_test_sees_imports():
    assert {"models", "evaluation", "datasets"} <= imported_rooms(PACKAGE / "training" / "monitor.py")
    assert "errors" in imported_rooms(PACKAGE / "cameras.py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350
