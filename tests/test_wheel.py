"""The wheel: all that the models, the explorer and the commands need is in it, and it works from anywhere."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("setuptools", minversion="77", reason="setuptools is not installed, or too old")

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "LICENSE-docs", "rust_edu", "data")
LARGEST = 50 * 10**6  # bytes
SUFFIXES = (".py", ".css", ".js", ".json", ".template")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]

INSTALLED = """
import os, sys
from pathlib import Path
import rust_edu
from rust_edu import RUST, paths
from rust_edu.course.reading.lessons import available, lesson
from rust_edu.datasets import load_or_make
from rust_edu.evaluation.report import test_scenes
from rust_edu.evaluation.results import load_results
from rust_edu.widgets import LatentPoseExplorer

package = Path(sys.argv[1])
assert Path(rust_edu.__file__).is_relative_to(package), rust_edu.__file__
assert paths.checkout() is None and paths.own_data() == package / "rust_edu" / "data"
for name in ("laptop", "fine", "orbit"):
    assert RUST.from_pretrained(name).config.size == 32
assert [len(test_scenes(world)) for world in ("sector", "orbit", "clutter")] == [200, 100, 50]
assert "rust-fine" in load_results() and lesson(available()[0])["title"]
assert load_or_make("sector", 2, 2, 8, progress=False).folder.is_relative_to(os.environ["HOME"])
LatentPoseExplorer()
"""


def run(command: list, **options) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=500, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built without network from a copy of the project, so that nothing of an older build gets in."""
    folder = tmp_path_factory.mktemp("wheel")
    (folder / "project").mkdir()
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / "project" / name,
                            ignore=shutil.ignore_patterns("cache", "__pycache__", ".ipynb_checkpoints"))
        else:
            shutil.copy(ROOT / name, folder / "project" / name)
    (folder / "project" / "data" / "cache").mkdir()
    (folder / "project" / "data" / "cache" / "index.json").write_text("{}")
    run([*PIP, "wheel", folder / "project", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder])
    return next(folder.glob("*.whl"))


def test_everything_is_in_it_and_nothing_else(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = {str(path.relative_to(ROOT)) for path in (ROOT / "rust_edu").rglob("*")
               if path.is_file() and path.suffix in SUFFIXES and ".ipynb" not in str(path)}
    data = {f"rust_edu/{path.relative_to(ROOT)}" for part in ("weights", "test", "poses")
            for path in (ROOT / "data" / part).rglob("*") if path.is_file() and path.suffix != ".tmp"}
    assert len(package) > 100 and len(data) > 20
    assert names == package | data | {"rust_edu/data/results.json", "rust_edu/data/README.md"}
    assert wheel.stat().st_size < LARGEST


@pytest.fixture(scope="module")
def installed(wheel) -> Path:
    folder = wheel.parent / "installed"
    run([*PIP, "install", "--no-deps", "--no-index", "--no-compile", "--target", folder, wheel])
    return folder


def outside(installed: Path, home: Path) -> dict:
    """To run what is installed in another folder, and with nothing of this machine's user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUST_EDU_", "XDG_"))}
    return {"cwd": home, "env": kept | {"PYTHONPATH": str(installed), "HOME": str(home), "OMP_NUM_THREADS": "1",
                                        "PYTHONDONTWRITEBYTECODE": "1"}}


def test_it_works_from_another_folder(installed, tmp_path):
    before = sorted(installed.rglob("*"))
    run([sys.executable, "-c", INSTALLED, installed], **outside(installed, tmp_path))
    assert sorted(installed.rglob("*")) == before, "nothing is written into an installed package"


@pytest.mark.parametrize("command, says", [
    (["results"], "installed without the project's README"), (["course", "build"], "expected a checkout of the course"),
    (["course", "new", "15"], "expected a checkout of the course"),
    (["course", "diagnoses"], "expected a checkout of the course"),
    (["evaluate", "--record", "w.safetensors"], "nothing can be kept in"),
])
def test_what_only_a_checkout_has_is_one_line(command, says, installed, tmp_path):
    done = subprocess.run([sys.executable, "-m", "rust_edu", *command], capture_output=True, text=True, timeout=500,
                          **outside(installed, tmp_path))
    assert done.returncode == 2 and done.stdout == ""
    line, = done.stderr.splitlines()
    assert line.startswith("rust-edu: ") and says in line
