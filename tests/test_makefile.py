"""The Makefile sets up an environment once, again when it must, and never leaves half of one behind as ready.

A short shell script plays Python, so nothing is installed: it notes what it is asked to do.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TARGETS = ["help", "course", "test", "quick", "demo", "doctor", "bench", "clean"]

TESTS = "-m pytest -n 2 --dist worksteal"
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

ACTOR = """#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in
    "-c "*) exit ${TOO_OLD:-0} ;;
    "-m venv --clear .venv")
        rm -rf .venv; mkdir -p .venv/bin
        cp "$ACTOR" .venv/bin/python; cp "$ACTOR" .venv/bin/rust-edu ;;
    "-m pip "*) exit ${PIP_FAILS:-0} ;;
    "-m pytest"*) exit ${TESTS_FAIL:-0} ;;
    doctor) exit ${UNWELL:-0} ;;
esac
"""


class Checkout:
    """A folder with this project's Makefile, and the actor as its only Python."""

    def __init__(self, folder: Path, actor: Path, log: Path) -> None:
        self.folder, self.actor, self.log = folder, actor, log
        folder.mkdir()
        shutil.copy(ROOT / "Makefile", folder)
        (folder / "pyproject.toml").touch()
        os.utime(folder / "pyproject.toml", (0, 0))

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Run make; the actor's notes start afresh."""
        self.log.write_text("")
        variables = {"PATH": f"{self.actor.parent}:{os.environ['PATH']}", **self.names, **environment}
        return subprocess.run(["make", "PYTHONS=no-such-python actor", *arguments], cwd=self.folder,
                              env=variables, capture_output=True, text=True)

    @property
    def names(self) -> dict[str, str]:
        """What the actor needs to know."""
        return {"ACTOR": str(self.actor), "LOG": str(self.log)}

    @property
    def notes(self) -> list[str]:
        """What the actor was asked to do, but for the questions about itself."""
        return [line for line in self.log.read_text().splitlines() if not line.startswith("-c ")]

    @property
    def ready(self) -> bool:
        return (self.folder / ".venv" / ".ready").exists()


@pytest.fixture
def checkout(tmp_path):
    actor = tmp_path / "bin" / "actor"
    actor.parent.mkdir()
    actor.write_text(ACTOR)
    actor.chmod(0o755)
    return Checkout(tmp_path / "a student's course (copy)", actor, tmp_path / "log")


VENV = "-m venv --clear .venv"
READER = "-m pip install --disable-pip-version-check --editable ."
PIP = f"{READER}[dev,classroom]"


def test_make_alone_lists_every_target(checkout):
    listed = [line.split()[1] for line in checkout.make().stdout.splitlines()]
    assert listed == TARGETS
    assert checkout.notes == [], "and does nothing else"


@pytest.mark.parametrize("target, pip, last", [
    ("test", PIP, TESTS), ("quick", PIP, TESTS.replace("pytest", "tests.quick")), ("demo", READER, "demo"),
    ("doctor", READER, "doctor"),
    ("bench", READER, "-m benchmarks"),
])
def test_a_target_sets_up_the_environment_once(checkout, target, pip, last):
    assert checkout.make(target).returncode == 0
    assert checkout.notes == [VENV, pip, last] and checkout.ready
    assert checkout.make(target).returncode == 0
    assert checkout.notes == [last]


def test_the_tests_add_to_what_a_reader_has(checkout):
    checkout.make("doctor")
    checkout.make("test")
    assert checkout.notes == [PIP, TESTS]
    checkout.make("doctor")
    assert checkout.notes == ["doctor"], "everything includes what a reader needs"


def test_a_readers_update_leaves_the_tests_to_be_updated(checkout):
    checkout.make("test")
    os.utime(checkout.folder / "pyproject.toml")
    for stamp in (".ready", ".tested"):
        os.utime(checkout.folder / ".venv" / stamp, (1, 1))
    checkout.make("doctor")
    assert checkout.notes == [READER, "doctor"]
    checkout.make("test")
    assert checkout.notes == [PIP, TESTS]


def test_course_examines_the_machine_then_opens_the_first_page_there_is(checkout):
    assert checkout.make("course").returncode == 0
    *_, examined, opened = checkout.notes
    assert examined == "doctor" and opened.startswith("-m jupyterlab") and opened.endswith("README.md")
    (checkout.folder / "notebooks").mkdir()
    (checkout.folder / "notebooks" / "00_welcome.ipynb").touch()
    assert checkout.make("course").returncode == 0
    assert checkout.notes[-1].endswith("notebooks/00_welcome.ipynb")


def test_course_stops_where_the_doctor_says_it_cannot_run(checkout):
    assert checkout.make("course", UNWELL="1").returncode != 0
    assert checkout.notes[-1] == "doctor"


def test_a_newer_project_is_installed_again_into_the_same_environment(checkout):
    checkout.make("test")
    os.utime(checkout.folder / "pyproject.toml")
    os.utime(checkout.folder / ".venv" / ".tested", (1, 1))
    checkout.make("test")
    assert checkout.notes == [PIP, TESTS]


def test_a_moved_folder_is_installed_again(checkout):
    checkout.make("test")
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("moved"))
    checkout.make("test")
    assert checkout.notes == [PIP, TESTS]
    checkout.make("test")
    assert checkout.notes == [TESTS]


def test_a_failed_installation_is_not_ready_and_goes_on_next_time(checkout):
    result = checkout.make("test", PIP_FAILS="1")
    assert result.returncode != 0 and "Run make again" in result.stderr
    assert not checkout.ready and TESTS not in checkout.notes
    assert checkout.make("test").returncode == 0
    assert checkout.notes == [PIP, TESTS] and checkout.ready


def test_a_failed_update_does_not_leave_the_old_stamp(checkout):
    checkout.make("test")
    os.utime(checkout.folder / "pyproject.toml")
    os.utime(checkout.folder / ".venv" / ".tested", (1, 1))
    checkout.make("test", PIP_FAILS="1")
    assert not checkout.ready


@pytest.mark.parametrize("arguments, environment", [
    pytest.param([], {"TOO_OLD": "1"}, id="too old"),
    pytest.param(["PYTHONS=no-such-python"], {}, id="absent"),
])
def test_without_a_python_one_line_says_what_to_install(checkout, arguments, environment):
    result = checkout.make("test", *arguments, **environment)
    assert result.returncode != 0 and checkout.notes == [] and not checkout.ready
    message, *rest = result.stderr.splitlines()
    assert "No Python 3.11 or newer" in message and "python3-venv" in message
    assert all(line.startswith("make: ***") for line in rest)


def test_clean_keeps_what_the_reader_made(checkout):
    checkout.make("test")
    for kept in ("data/cache", "runs", "notebooks"):
        (checkout.folder / kept).mkdir(parents=True)
    assert checkout.make("clean").returncode == 0
    left = {path.name for path in checkout.folder.iterdir()}
    assert left == {"Makefile", "pyproject.toml", "data", "notebooks", "runs"}


def test_arguments_reach_pytest(checkout):
    checkout.make("test", "ARGS=-k doctor -x")
    assert checkout.notes[-1] == "-m pytest -k doctor -x"


@pytest.mark.parametrize("status", [0, 1])
def test_ci_goes_on_where_nothing_can_be_installed(status, checkout, tmp_path):
    """A machine with little on it: no Chromium, and an apt-get that fails."""
    bare = tmp_path / "bare"
    bare.mkdir()
    for tool in ("bash", "dirname", "make", "sh", "cat", "rm", "mkdir", "cp"):
        (bare / tool).symlink_to(shutil.which(tool))
    scripts = {
        "python3": ACTOR,
        "id": "#!/bin/sh\necho 0\n",
        "apt-get": '#!/bin/sh\necho "apt-get $*" >> "$LOG"; exit 100\n',
    }
    for name, script in scripts.items():
        (bare / name).write_text(script)
        (bare / name).chmod(0o755)
    shutil.copytree(ROOT / ".ci", checkout.folder / ".ci")
    result = subprocess.run([checkout.folder / ".ci" / "run"], text=True, capture_output=True,
                            env={"PATH": str(bare), "TESTS_FAIL": str(status), **checkout.names})
    assert (result.returncode != 0) == (status != 0)
    assert "could not install chromium; going on without it" in result.stderr
    assert checkout.notes == ["apt-get update -qq", "apt-get install -y -qq --no-install-recommends chromium",
                              VENV, PIP, TESTS]
