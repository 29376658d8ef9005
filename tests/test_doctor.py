"""The doctor finds what is wrong with a machine, and says what to do about each."""

import collections
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import psutil
import pytest
import torch  # here, and not under another version of Python
from packaging.requirements import Requirement
from rich.console import Console

from rust_edu import paths
from rust_edu.course import doctor
from rust_edu.course.doctor import FAIL, GIB, OK, WARN, Training

NEEDED = {r.name: r for r in map(Requirement, ["torch>=2.6,<2.14", "numpy", "rich"])}
VERSIONS = {"torch": "2.13.0+cpu", "numpy": "2.4.6", "rich": "15.0.0"}
Version = collections.namedtuple("Version", "major minor micro releaselevel serial")
Memory = collections.namedtuple("Memory", "available")
Disk = collections.namedtuple("Disk", "free")


def training(minutes: float, name: str = "RUST laptop") -> Training:
    return Training(name, steps=600, seconds_per_step=minutes * 60 / 600)


@pytest.fixture(autouse=True)
def healthy(monkeypatch):
    """A machine with nothing to complain about; each test breaks one thing."""
    monkeypatch.setattr(sys, "version_info", Version(3, 12, 1, "final", 0))
    monkeypatch.setattr(doctor, "requirements", lambda: NEEDED)
    monkeypatch.setattr(doctor, "installed", VERSIONS.get)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: "bin/chromium" if name == "chromium" else None)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: Disk(50 * GIB))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(8 * GIB))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    monkeypatch.setattr(doctor, "cores_present", lambda: (2, 4))
    monkeypatch.setattr(doctor, "measure_trainings", lambda: (training(4.0), training(3.0, "SRT laptop")))


def text(report: doctor.Report, width: int = 200) -> str:
    console = Console(width=width)
    with console.capture() as capture:
        console.print(doctor.render(report))
    return capture.get()


def test_a_healthy_machine_has_every_line_and_no_advice():
    report = doctor.examine()
    assert list(report.checks) == ["Python", "torch", "packages", "device", "threads",
                                   "memory", "disk", "data", "notebooks", "Chromium", "trainings"]
    assert {name: check.mark for name, check in report.checks.items() if check.mark != OK} == {}
    assert not any(check.advice for check in report.checks.values())
    assert all(check.found for check in report.checks.values())
    assert not report.failed


def versions(**changes: str | None):
    return (VERSIONS | changes).get


# What breaks: the line it belongs to, its mark, a word of what was found, a word of the advice, and how to.
BREAKS = {
    "old Python": ("Python", FAIL, "3.10.4", "3.11 or newer",
                   lambda m: m.setattr(sys, "version_info", Version(3, 10, 4, "final", 0))),
    "old torch": ("torch", WARN, "2.5.1", "pip install 'torch",
                  lambda m: m.setattr(doctor, "installed", versions(torch="2.5.1"))),
    "new torch": ("torch", WARN, "2.14.0+cu130", "pip install 'torch",
                  lambda m: m.setattr(doctor, "installed", versions(torch="2.14.0+cu130"))),
    "no torch": ("torch", FAIL, "not installed", ".[dev]",
                 lambda m: m.setattr(doctor, "installed", versions(torch=None))),
    "package missing": ("packages", FAIL, "missing: numpy", ".[dev]",
                        lambda m: m.setattr(doctor, "installed", versions(numpy=None))),
    "package of another version": ("packages", WARN, "numpy 2.4.6", ".[dev]",
                                   lambda m: m.setattr(doctor, "requirements",
                                                       lambda: NEEDED | {"numpy": Requirement("numpy>=3")})),
    "nothing installed": ("packages", FAIL, "rust_edu itself", ".[dev]",
                          lambda m: m.setattr(doctor, "requirements", dict)),
    "GPU that torch does not see": ("device", WARN, "NVIDIA", "CUDA build",
                                    lambda m: (m.setattr("torch.cuda.is_available", lambda: False),
                                               m.setattr("torch.backends.mps.is_available", lambda: False),
                                               m.setattr(doctor.shutil, "which", lambda name: name))),
    "few threads": ("threads", WARN, "uses 1,", "unset OMP_NUM_THREADS",
                    lambda m: m.setattr("torch.get_num_threads", lambda: 1)),
    "too many threads": ("threads", WARN, "uses 64,", "OMP_NUM_THREADS=2",
                         lambda m: m.setattr("torch.get_num_threads", lambda: 64)),
    "little memory": ("memory", WARN, "1.9 GiB", "close other programs",
                      lambda m: m.setattr(psutil, "virtual_memory", lambda: Memory(1.9 * GIB))),
    "little disk": ("disk", WARN, "0.9 GiB", "free some space",
                    lambda m: m.setattr(doctor.shutil, "disk_usage", lambda folder: Disk(0.9 * GIB))),
    "a data folder of nobody": ("data", FAIL, "RUST_EDU_DATA is '~nobody-of-this-name'", "Write it out in full",
                                lambda m: (m.setenv("RUST_EDU_DATA", "~nobody-of-this-name"),
                                           m.setattr(doctor, "check_disk", lambda: doctor.Check(OK, "not looked at")))),
    "nothing that ships": ("data", FAIL, "weights, test, results.json missing", "git checkout data",
                           lambda m: m.setattr(paths, "own_data", lambda: Path("no-such-folder"))),
    "no Chromium": ("Chromium", WARN, "not found", "apt-get install chromium",
                    lambda m: m.setattr(doctor.shutil, "which", lambda name: None)),
    "slow machine": ("trainings", WARN, "RUST laptop, takes about 40 min", "weights that ship",
                     lambda m: m.setattr(doctor, "measure_trainings",
                                         lambda: (training(1.0, "SRT laptop"), training(40.0)))),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_gets_its_own_line_and_advice(name, monkeypatch):
    line, mark, found, advice, break_it = BREAKS[name]
    break_it(monkeypatch)
    report = doctor.examine()
    check = report.checks[line]
    assert check.mark == mark
    assert found in check.found
    assert advice in check.advice and "\n" not in check.advice
    assert [name for name, c in report.checks.items() if c.mark != OK] == [line], "no other line changes"
    assert report.failed == (mark == FAIL)
    assert check.advice in text(report), "the advice reaches the reader unchanged"


def test_disk_and_data_of_nobody_are_lines_of_the_report(monkeypatch):
    monkeypatch.setenv("RUST_EDU_DATA", "~nobody-of-this-name")
    checks = doctor.examine().checks
    assert checks["disk"] == checks["data"] and checks["disk"].mark == FAIL


def test_an_installed_package_says_what_only_a_checkout_has(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "checkout", lambda: None)
    check = doctor.examine().checks["notebooks"]
    assert check.mark == OK and "not in an installed package" in check.found and "clone" in check.advice
    monkeypatch.setattr(doctor, "installed", versions(numpy=None))
    monkeypatch.setattr(paths, "own_data", lambda: tmp_path)
    checks = doctor.examine().checks
    assert checks["packages"].advice == checks["data"].advice == doctor.install() and "wheel" in doctor.install()


@pytest.mark.parametrize("version, mark", [
    ("2.5.1", WARN), ("2.6.0", OK), ("2.13.1+cu130", OK), ("2.14.0", WARN),
])
def test_the_torch_bound_is_exact(version, mark, monkeypatch):
    monkeypatch.setattr(doctor, "installed", versions(torch=version))
    assert doctor.check_torch().mark == mark


@pytest.mark.parametrize("browser", doctor.BROWSERS)
def test_any_browser_of_the_family_will_do(browser, monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: name if name == browser else None)
    assert doctor.check_chromium() == doctor.Check(OK, browser)


def test_a_gpu_is_named_with_its_memory(monkeypatch):
    gpu = collections.namedtuple("Gpu", "name total_memory")("Test GPU", 16 * GIB)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_properties", lambda index: gpu)
    assert doctor.check_device().found.startswith("cuda: Test GPU, 16.0 GiB")


def test_a_training_step_that_fails_becomes_a_line(monkeypatch):
    def explode():
        raise RuntimeError("out of luck\nand a long trace")

    monkeypatch.setattr(doctor, "measure_trainings", explode)
    report = doctor.examine()
    assert report.checks["trainings"].mark == FAIL and report.failed
    assert "RuntimeError: out of luck" in report.checks["trainings"].found
    assert "long trace" not in text(report)


def test_a_torch_that_does_not_load_becomes_a_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # makes `import torch` raise
    report = doctor.examine()
    for name in ("device", "threads"):
        assert report.checks[name].mark == WARN and "not known without torch" in report.checks[name].found


def test_minutes_are_steps_times_seconds():
    assert Training("RUST laptop", steps=3000, seconds_per_step=0.1).minutes == pytest.approx(5.0)
    assert [doctor.duration(minutes) for minutes in (0.4, 5.2, 119.0, 150.0)] == [
        "a minute or less", "5 min", "119 min", "2 h"]


def test_the_table_shows_each_training():
    report = doctor.Report({}, (Training("RUST laptop", 3000, 0.1), Training("UpSRT laptop", 1200, 0.05)))
    rows = [line.split() for line in text(report).splitlines()]
    assert ["RUST", "laptop", "3000", "100.0", "5", "min"] in rows
    assert ["UpSRT", "laptop", "1200", "50.0", "1", "min"] in rows


def test_the_exit_status_tells_whether_the_course_can_run(monkeypatch, capsys):
    assert doctor.doctor() == 0
    assert "Trainings on this machine" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "installed", versions(torch=None))
    assert doctor.doctor() == 1
    assert "not installed" in capsys.readouterr().out


def test_help_does_not_wait_for_torch():
    code = "import sys, rust_edu.course.doctor; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


class TestWithoutPretending:
    """The parts that the other tests replace, as they are on this machine."""

    @pytest.fixture(autouse=True)
    def healthy(self):
        """Undo the module's pretence."""

    def test_requirements_are_those_of_the_package(self):
        try:
            metadata.version("rust_edu")
        except metadata.PackageNotFoundError:
            assert doctor.requirements() == {}
        else:
            assert {"torch", "numpy", "rich"} <= doctor.requirements().keys()
            assert "pytest" not in doctor.requirements(), "extras are not needed to take the course"

    def test_installed_versions_are_real(self):
        assert doctor.installed("numpy") == metadata.version("numpy")
        assert doctor.installed("no-such-package-anywhere") is None

    def test_cores_are_counted(self):
        cores, hyperthreads = doctor.cores_present()
        assert 1 <= cores <= hyperthreads

    def test_each_training_is_timed_with_its_own_model(self, monkeypatch):
        from rust_edu.training import loop
        from rust_edu.training.profiles import PROFILES

        asked = []

        def measure(profile: str, model: str, seconds: float, device: str) -> float:
            assert device == "cpu", "what `rust-edu train` would take here"
            asked.append((profile, model, seconds))
            return 0.25

        monkeypatch.setattr(loop, "measure_step_time", measure)
        monkeypatch.setattr("torch.cuda.is_available", lambda: False)
        trainings = doctor.measure_trainings()
        assert [(profile, model) for profile, model, _ in asked] == [
            ("laptop", "rust"), ("laptop", "srt"), ("laptop", "upsrt")]
        assert sum(seconds for *_, seconds in asked) == pytest.approx(doctor.MEASURE_SECONDS)
        assert [t.name for t in trainings] == ["RUST laptop", "SRT laptop", "UpSRT laptop"]
        assert all(t.steps == PROFILES["laptop"].steps and t.seconds_per_step == 0.25 for t in trainings)
