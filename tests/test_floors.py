"""The house stands: a room imports only from rooms below it, nothing in circles, and files are short enough to read."""

import ast
from pathlib import Path

import pytest

import rust_edu

PACKAGE = Path(rust_edu.__file__).parent
FLOORS = ("errors", "paths", "terminal", "threads", "cameras", "scenes", "views", "datasets", "models", "evaluation",
          "training", "figures", "demo", "widgets", "course.syllabus", "course.doctor", "course.checking",
          "course.reading", "course.making", "course.shared", "course.chapters", "course.commands", "course", "cli",
          "__main__")  # from the ground up; `course` itself offers what notebooks use
FILES = sorted(PACKAGE.rglob("*.py"))


def module(path: Path, package: Path = PACKAGE) -> str:
    """A file as a module of the package, "course.checking.trial" for example; the package itself is ""."""
    return ".".join(path.relative_to(package).with_suffix("").parts).removesuffix("__init__").removesuffix(".")


def imported(path: Path, package: Path = PACKAGE) -> set[str]:
    """The modules of the package that a file imports, or imports something from, wherever in the file."""
    known = {module(file, package) for file in package.rglob("*.py")}
    here, found = path.relative_to(package).parts[:-1], set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            found |= {name.partition(".")[2] for name in names if name.partition(".")[0] == package.name}
        elif isinstance(node, ast.ImportFrom):
            names = (node.module or "").split(".")
            if not node.level and names[0] != package.name:
                continue
            base = [*here[:len(here) - node.level + 1], *filter(None, names)] if node.level else names[1:]
            within = {alias.name: ".".join([*base, alias.name]) for alias in node.names}
            found |= {whole if whole in known else ".".join(base) for whole in within.values()}
    return found & known


def room(name: str) -> str:
    """The room of a module: its folder in the package, or itself; in `course`, one floor further in."""
    return ".".join(name.split(".")[:2 if name.startswith("course.") else 1])


def in_circles(imports: dict[str, set[str]]) -> set[str]:
    """What is left when modules that import nothing that is left are taken away: circles, and what stands on them."""
    left = set(imports)
    while free := {name for name in left if not imports[name] & left - {name}}:
        left -= free
    return left


IMPORTS = {module(path): imported(path) for path in FILES}


@pytest.mark.parametrize("name", [*filter(None, IMPORTS)])  # the package itself offers the models, lazily
def test_imports_go_down(name):
    floor = FLOORS.index(room(name))
    above = {room(used) for used in IMPORTS[name] if used and FLOORS.index(room(used)) > floor}
    assert not above, f"{room(name)} imports from above: {above}"


def test_nothing_is_imported_in_a_circle():
    """Also not inside a function: two modules that know each other are one."""
    assert in_circles(IMPORTS) == set()


def test_nothing_imports_a_chapter():
    """Its notebook does. A chapter that another one needs something of has it in `shared`."""
    def chapter(name: str) -> str:
        return name.split(".")[2] if name.startswith("course.chapters.") else ""

    wrong = {f"{name} imports {used}" for name, all_used in IMPORTS.items() for used in all_used
             if chapter(used) and chapter(used) != chapter(name)}
    assert wrong == set()


def test_the_test_sees_imports(tmp_path):
    assert {"models", "evaluation.probes", "datasets"} <= IMPORTS["training.monitor"]
    assert IMPORTS["cameras"] == {"errors"}
    assert {"course.checking.exercise", "course.shared.srt_drawn"} <= IMPORTS["course.chapters.c05_srt.rays"]
    house, files = tmp_path / "house", {
        "__init__": "", "rooms/__init__": "from .one import x", "rooms/one": "from ..two import x",
        "two": "def f():\n    from .rooms import one", "three": "import house.two, os", "four": "from house import two"}
    (house / "rooms").mkdir(parents=True)
    for name, text in files.items():
        (house / f"{name}.py").write_text(text)
    seen = {module(path, house): imported(path, house) for path in house.rglob("*.py")}
    assert seen == {"": set(), "rooms": {"rooms.one"}, "rooms.one": {"two"}, "two": {"rooms.one"}, "three": {"two"},
                    "four": {"two"}}
    assert in_circles(seen) == {"rooms", "rooms.one", "two", "three", "four"}
    assert in_circles(seen | {"two": set()}) == set()


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350
