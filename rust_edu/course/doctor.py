"""The doctor: what this machine can do for the course, what is missing, and how long trainings take here.

Public: `examine` looks and measures, `render` makes the report readable, `doctor` does both and prints it
(`rust-edu doctor`). Data: `Report`, `Check`, `Training`.

torch is imported inside functions only, so that `rust-edu --help` answers at once and a broken torch becomes
a line of the report.
"""

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import psutil
from packaging.requirements import Requirement
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from ..errors import RustEduError
from ..paths import cache_folder, checkout, data_folder, shipped
from ..terminal import console

OK, WARN, FAIL = "ok", "warn", "fail"
STYLES = {OK: "green", WARN: "yellow", FAIL: "bold red"}

GIB = 2**30
PYTHON = (3, 11)          # the oldest Python the course runs on
MEMORY_NEEDED = 2 * GIB   # one laptop training beside JupyterLab and a browser
DISK_NEEDED = 1 * GIB     # the generated data sets and the weights of a few runs
SLOW_MINUTES = 30.0       # a training above this is reported as slow
MEASURE_SECONDS = 2.0     # for all trainings together

PROFILE = "laptop"
MODELS = {"rust": "RUST", "srt": "SRT", "upsrt": "UpSRT"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

SHIPPED = ("weights", "test", "results.json")  # in the data folder


@dataclass(frozen=True)
class Check:
    """One line of the report: what was found, and if it is not ok, what to do about it."""

    mark: str
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Training:
    """One training of the course, and what it costs on this machine."""

    name: str
    steps: int
    seconds_per_step: float

    @property
    def minutes(self) -> float:
        return self.steps * self.seconds_per_step / 60


@dataclass(frozen=True)
class Report:
    checks: dict[str, Check]
    trainings: tuple[Training, ...]

    @property
    def failed(self) -> bool:
        return any(check.mark == FAIL for check in self.checks.values())


def examine() -> Report:
    """Look at everything the course needs and time a few real training steps (about two seconds)."""
    checks = {
        "Python": check_python(),
        "torch": check_torch(),
        "packages": check_packages(),
        "device": needs_torch(check_device),
        "threads": needs_torch(check_threads),
        "memory": check_memory(),
        "disk": needs_a_place(check_disk),
        "data": needs_a_place(check_data),
        "notebooks": check_notebooks(),
        "Chromium": check_chromium(),
    }
    try:
        trainings = measure_trainings()
    except Exception as error:  # whatever stops a training step, the reader gets it as a line of the report
        trainings = ()
        checks["trainings"] = Check(FAIL, f"a training step failed: {first_line(error)}",
                                    "Put the lines above in order first, then run rust-edu doctor again.")
    else:
        checks["trainings"] = check_trainings(trainings)
    return Report(checks, trainings)


def first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


# ---------------------------------------------------------------------------------------- software


def check_python() -> Check:
    found = f"{'.'.join(map(str, sys.version_info[:3]))} on {platform.system()} {platform.machine()}"
    if tuple(sys.version_info[:2]) < PYTHON:
        needed = ".".join(map(str, PYTHON))
        return Check(FAIL, found, f"Install Python {needed} or newer, remove .venv and run make course.")
    return Check(OK, found)


def requirements() -> dict[str, Requirement]:
    """What rust_edu declares it needs, by name; empty where rust_edu is not installed."""
    try:
        declared = [Requirement(line) for line in metadata.requires("rust_edu") or []]
    except metadata.PackageNotFoundError:
        return {}
    return {r.name: r for r in declared if r.marker is None or r.marker.evaluate({"extra": ""})}


def installed(name: str) -> str | None:
    """The version of an installed package, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def satisfied(requirement: Requirement, version: str) -> bool:
    # Nightly builds and release candidates count by their number alone.
    return requirement.specifier.contains(version, prereleases=True)


def check_torch() -> Check:
    version, bound = installed("torch"), requirements().get("torch")
    if version is None:
        return Check(FAIL, "not installed", install())
    if bound is not None and not satisfied(bound, version):
        return Check(WARN, f"{version}; the course is made for {bound.specifier}",
                     f"Safer: python -m pip install '{bound}'")
    return Check(OK, version)


def check_packages() -> Check:
    """All other packages; torch has a line of its own."""
    needed = {name: r for name, r in requirements().items() if name != "torch"}
    if not needed:
        return Check(FAIL, "rust_edu itself is not installed", install())
    versions = {name: installed(name) for name in needed}
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        return Check(FAIL, f"missing: {', '.join(missing)}", install())
    wrong = [f"{name} {versions[name]} (needs {r.specifier})" for name, r in needed.items()
             if not satisfied(r, versions[name])]
    if wrong:
        return Check(WARN, f"other versions than expected: {', '.join(wrong)}", install())
    return Check(OK, f"all {len(needed)} present")


def install() -> str:
    """What to do about a package that is missing or another than expected."""
    if checkout():
        return "Run: python -m pip install -e '.[dev]'"
    return "Install the wheel of rust_edu again, and let pip install what it needs."


def check_data() -> Check:
    """What ships, and where what is generated goes."""
    found = {name: shipped(name) for name in SHIPPED}
    missing = [name for name, path in found.items() if not path.exists()]
    if missing:
        again = "Restore it: git checkout data" if checkout() else install()
        return Check(FAIL, f"{', '.join(missing)} missing in {data_folder()}", again)
    return Check(OK, f"weights and test scenes are there; what is generated goes to {_shown(cache_folder())}")


def _shown(path: Path) -> Path:
    """A path, within the course from its folder on: a notebook that is kept holds no machine's paths."""
    root = checkout()
    return path.relative_to(root) if root and path.is_relative_to(root) else path


def check_notebooks() -> Check:
    root = checkout()
    if root is None:
        return Check(OK, "not in an installed package: models, weights, explorer and commands are",
                     "For the notebooks, clone the project and run make course there.")
    return Check(OK, f"in {_shown(root / 'notebooks')}")


def check_chromium() -> Check:
    for name in BROWSERS:
        if shutil.which(name):
            return Check(OK, name)
    return Check(WARN, "not found", "Only the browser tests need it: apt-get install chromium")


# ---------------------------------------------------------------------------------------- hardware


def needs_torch(check) -> Check:
    """The result of `check`, or a warning where torch cannot even be imported."""
    try:
        return check()
    except (ImportError, OSError) as error:  # OSError: a shared library of torch that does not load
        return Check(WARN, f"not known without torch ({first_line(error)})", install())


def needs_a_place(check) -> Check:
    """The result of `check`, or a failure where RUST_EDU_DATA or the home folder name no folder."""
    try:
        return check()
    except RustEduError as error:
        return Check(FAIL, error.what, error.fix)


def check_device() -> Check:
    import torch

    if torch.cuda.is_available():
        gpu = torch.cuda.get_device_properties(0)
        memory = gibibytes(gpu.total_memory)
        return Check(OK, f"cuda: {gpu.name}, {memory}; the paper profile is slow here")
    if torch.backends.mps.is_available():
        return Check(OK, f"mps: GPU of {processor()}; the gpu and paper profiles are slow here")
    if shutil.which("nvidia-smi"):
        return Check(WARN, f"cpu: {processor()}; this machine has NVIDIA tools, but torch sees no GPU",
                     "To use it, install a CUDA build of torch: https://pytorch.org/get-started")
    return Check(OK, f"cpu: {processor()}; the gpu and paper profiles are slow here")


def check_threads() -> Check:
    import torch

    threads = torch.get_num_threads()
    cores, hyperthreads = cores_present()
    found = f"torch uses {threads}, cores present {cores}"
    if threads < cores:
        return Check(WARN, found, "Trainings are faster with all: unset OMP_NUM_THREADS")
    if threads > hyperthreads:
        return Check(WARN, found, f"Too many slow trainings down: export OMP_NUM_THREADS={cores}")
    return Check(OK, found)


def cores_present() -> tuple[int, int]:
    """Physical cores and hyperthreads this process may run on; torch takes one or the other by default."""
    logical = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(psutil.cpu_count(logical=False) or logical, logical), logical


def processor() -> str:
    """The processor's name. Linux tells it in /proc/cpuinfo only, and not on every architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(errors="replace").splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def check_memory() -> Check:
    free = psutil.virtual_memory().available
    if free < MEMORY_NEEDED:
        return Check(WARN, f"{gibibytes(free)} free",
                     f"Trainings need about {gibibytes(MEMORY_NEEDED)}: close other programs and notebooks.")
    return Check(OK, f"{gibibytes(free)} free")


def check_disk() -> Check:
    cache = cache_folder().absolute()
    folder = next(parent for parent in (cache, *cache.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    if free < DISK_NEEDED:
        return Check(WARN, f"{gibibytes(free)} free for the data cache",
                     f"Data and runs need about {gibibytes(DISK_NEEDED)}: free some space on this disk.")
    return Check(OK, f"{gibibytes(free)} free for the data cache")


def gibibytes(count: int) -> str:
    return f"{count / GIB:.1f} GiB"


# --------------------------------------------------------------------------------------- trainings


def measure_trainings() -> tuple[Training, ...]:
    """Time real training steps of each model the course trains, on the device that `rust-edu train` would take."""
    import torch

    from ..training.loop import measure_step_time
    from ..training.profiles import PROFILES

    seconds, device = MEASURE_SECONDS / len(MODELS), "cuda" if torch.cuda.is_available() else "cpu"
    return tuple(Training(f"{name} {PROFILE}", PROFILES[PROFILE].steps,
                          measure_step_time(PROFILE, model, seconds=seconds, device=device))
                 for model, name in MODELS.items())


def check_trainings(trainings: tuple[Training, ...]) -> Check:
    slowest = max(trainings, key=lambda training: training.minutes)
    found = f"the slowest, {slowest.name}, takes about {duration(slowest.minutes)}"
    if slowest.minutes > SLOW_MINUTES:
        return Check(WARN, found, "Use the weights that ship with the course, or train overnight.")
    return Check(OK, found)


def duration(minutes: float) -> str:
    if minutes < 1:
        return "a minute or less"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"


# ------------------------------------------------------------------------------------------ report


def render(report: Report) -> Group:
    """The report as two tables for rich; advice stands below what it is about."""
    # Text, not str: rich would read the [dev] of a pip command as markup and drop it.
    checks = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for name, check in report.checks.items():
        found = Text(check.found)
        if check.advice:
            found.append(f"\n{check.advice}", style=STYLES[check.mark])
        checks.add_row(Text(check.mark, style=STYLES[check.mark]), Text(name, style="bold"), found)
    if not report.trainings:
        return Group(checks)

    trainings = Table(title="\nTrainings on this machine", title_justify="left", title_style="bold", box=None,
                      padding=(0, 2, 0, 0))
    trainings.add_column("training")
    for title in ("steps", "ms a step", "about"):
        trainings.add_column(title, justify="right")
    for training in report.trainings:
        trainings.add_row(training.name, f"{training.steps}", f"{1000 * training.seconds_per_step:.1f}",
                          duration(training.minutes))
    return Group(checks, trainings)


def doctor() -> int:
    """Examine, print, and return the exit status: 1 if something stops the course, else 0."""
    with Console().status("Examining this machine, a few seconds", spinner="line"):  # which every terminal can show
        report = examine()
    console().print(render(report))
    return int(report.failed)
