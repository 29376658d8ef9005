"""The project's own files exist, parse, agree with each other, and hold nothing of somebody's machine."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MEGABYTE = 10**6

# A folder below work, root, home or Users of somebody's machine; neither a web address nor a relative path.
MACHINE_PATH = re.compile(r"(?<![\w.~/-])(?:/(?:work|root|home|Users)/\w|[A-Za-z]:\\+Users\\)")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project_files() -> list[Path]:
    """Everything that is or would be committed."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"not a git checkout that git can list: {error}")
    files = [ROOT / name for name in names if name and (ROOT / name).is_file()]
    assert ROOT / "pyproject.toml" in files, "git lists another project's files"
    return files


def text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


# ------------------------------------------------------------------------------------ environments


def test_conda_installs_what_pip_installs():
    environment = yaml.safe_load(read("environment.yml"))
    python, pip, from_pip = environment["dependencies"]
    assert pip == "pip" and from_pip == {"pip": ["-e .[dev]"]}
    assert "dev" in PROJECT["optional-dependencies"]
    name, version = python.split("=")
    assert name == "python" and SpecifierSet(PROJECT["requires-python"]).contains(version)


@pytest.mark.parametrize("version, allowed", [
    ("2.5.1", False), ("2.6.0", True), ("2.13.1", True), ("2.14.0", False),
])
def test_torch_has_both_bounds(version, allowed):
    torch, = [r for r in map(Requirement, PROJECT["dependencies"]) if r.name == "torch"]
    assert torch.specifier.contains(version) == allowed


def test_project_doctor_and_makefile_ask_for_the_same_python():
    from rust_edu.course.doctor import PYTHON
    assert PROJECT["requires-python"] == ">=" + ".".join(map(str, PYTHON))
    asked = re.findall(r"sys\.exit\(sys\.version_info < (\(.*?\))\)", read("Makefile"))
    assert asked == [str(PYTHON)] * 2, "once for the Python in .venv, once for the one that makes it"


def test_every_import_is_declared():
    extras = PROJECT["optional-dependencies"].values()
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    declared = {canonicalize_name(Requirement(line).name) for line in lines} | {"rust-edu"}
    distributions = metadata.packages_distributions()
    undeclared = []
    for path in sorted((ROOT / "rust_edu").rglob("*.py")):
        for module in imported_modules(ast.parse(text_of(path))):
            if module in sys.stdlib_module_names or module == "rust_edu":
                continue
            if not declared & {canonicalize_name(name) for name in distributions.get(module, [module])}:
                undeclared.append(f"{path.relative_to(ROOT)}: {module}")
    assert undeclared == []


def imported_modules(tree: ast.Module) -> set[str]:
    """Top-level names of all absolute imports, but for those inside `try`: these are optional."""
    tries = [node for node in ast.walk(tree) if isinstance(node, ast.Try)]
    optional = {id(node) for tried in tries for node in ast.walk(tried)}
    modules = set()
    for node in ast.walk(tree):
        if id(node) in optional:
            continue
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules.add(node.module.split(".")[0])
    return modules


def test_imported_modules_sees_what_it_should():
    source = """
import torch.nn, os
from . import near
def draw():
    from rich import box
try:
    import lpips
except ImportError:
    lpips = None
"""
    assert imported_modules(ast.parse(source)) == {"torch", "os", "rich"}


# ------------------------------------------------------------------------------- licences and words


def test_licences_say_what_they_are():
    assert PROJECT["license"] == "Apache-2.0"
    licence = read("LICENSE")
    assert "Apache License" in licence and "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence, "the full text, not a note"
    assert "https://creativecommons.org/licenses/by/4.0/" in read("LICENSE-docs")
    assert all((ROOT / name).is_file() for name in PROJECT["license-files"])


def test_citation_is_complete():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors", "license", "references"} <= citation.keys()
    assert citation["authors"] == PROJECT["authors"]
    assert citation["license"] == PROJECT["license"]
    assert citation["version"] == PROJECT["version"]
    for reference in citation["references"]:
        assert reference["title"] and reference["authors"] and reference["type"] and reference["year"]
    assert [r["url"].rsplit("/", 1)[1] for r in citation["references"]] == ["2211.14306", "2111.13152"]


def test_changelog_tells_of_this_version():
    assert f"## [{PROJECT['version']}]" in read("CHANGELOG.md")


# --------------------------------------------------------------------------------- what is committed


def test_no_large_files_outside_data():
    large = [f"{path.relative_to(ROOT)}: {path.stat().st_size / MEGABYTE:.1f} MB" for path in project_files()
             if path.stat().st_size > 3 * MEGABYTE and path.relative_to(ROOT).parts[0] != "data"]
    assert large == []


def test_no_paths_of_somebodys_machine():
    found = [f"{path.relative_to(ROOT)}: {match[0]}" for path in project_files()
             if (text := text_of(path)) is not None and (match := MACHINE_PATH.search(text))]
    assert found == []


def test_generated_and_private_files_are_ignored():
    project_files()  # skips where git cannot answer
    names = [".venv/bin/python", "data/cache/shard.npz", "runs/a/log.json", "rust_edu.egg-info/PKG-INFO",
             "rust_edu/__pycache__/cli.pyc", "notebooks/.ipynb_checkpoints/a.ipynb", ".hypothesis/x",
             ".pytest_cache/x", ".ruff_cache/x"]
    kept = ["data/results.json", "data/weights/rust.safetensors", "notebooks/a.ipynb"]
    command = ["git", "-C", str(ROOT), "check-ignore", "--no-index", *names, *kept]
    assert subprocess.run(command, capture_output=True, text=True).stdout.split() == names


# Written in halves, so that this file passes its own test.
@pytest.mark.parametrize("text, found", [
    ("/" + "home/ada/course", True), ("'/" + "root/x'", True), ("in /" + "work/main", True),
    ("/" + "Users/ada", True), ("C:" + "\\Users\\ada", True), ("C:" + "\\\\Users\\\\ada", True),
    ("https://example.org/home/x", False), ("data/root/x", False), ("~/work/x", False),
    ("/" + "homework/x", False), ("./home/x", False), ("work/home", False),
])
def test_the_search_for_machine_paths_can_tell(text, found):
    assert bool(MACHINE_PATH.search(text)) == found


def test_the_table_in_the_readme_is_the_recorded_one():
    from rust_edu.evaluation.results import load_results, update_readme

    assert load_results(), "data/results.json records no run"
    assert update_readme(ROOT / "README.md", check=True), "run `rust-edu results`"
