"""`data/results.json`: what every run reached; and the table of the README, which is made from it.

The file is one object: {name of the run: entry}. An entry is an object with any of

    model, profile, world, noise, steps, seed    what was trained
    seconds, parameters, hardware, versions      what it cost, on what
    metrics, metrics_clean, told, probes, transfer     what it reached, as `evaluate_model` returns it
    protocol, evaluated_with                     how that was measured, and with which versions

Writing is atomic (a temporary file, renamed) and merges: other runs, and fields not given, stay as they are.

Public: `record`, `load_results`, `results_path`, `versions`, `markdown_table`, `update_readme`, `Row`, `ROWS`, `find`.
"""

import json
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ..errors import DataError, InputError
from ..paths import kept_folder, layers, whole_file
from .metrics import HIGHER_IS_BETTER

FILE = "results.json"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
MEASURING = ("torch", "scikit-image", "flip-evaluator", "scikit-learn")  # what the numbers depend on


def results_path() -> Path:
    """Where results are recorded. Raises DataError where nothing can be."""
    return kept_folder() / FILE


def load_results(path: Path | None = None) -> dict[str, dict]:
    """All entries by name; {} if there is no file yet. Raises DataError if the file is not such an object.

    Without a path: those that ship and, in their place or beside them, those of the data folder.
    """
    if path is None:
        return {name: entry for layer in layers(FILE) for name, entry in load_results(layer).items()}
    path = Path(path)
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({_one_line(error)})", "results as JSON",
                        "Restore it with `git checkout`, or delete it and evaluate again.") from error
    if not isinstance(results, dict) or not all(isinstance(entry, dict) for entry in results.values()):
        raise DataError(f"{path} holds something other than results", "one JSON object for each named run",
                        "Restore it with `git checkout`, or delete it and evaluate again.")
    return results


def record(name: str, entry: dict, path: Path | None = None) -> dict:
    """Merge `entry` into the run `name` and write the file; returns the merged entry.

    A field that is given replaces that field as a whole: numbers of two evaluations never mix in one table.
    Raises InputError for an entry that is not finite plain JSON, DataError if writing fails.
    """
    path = Path(path or results_path())
    results = load_results(path)
    results[name] = results.get(name, {}) | entry
    try:
        text = json.dumps(results, indent=1, sort_keys=True, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise InputError(f"the results of {name!r} cannot be written as JSON ({_one_line(error)})",
                         "strings, finite numbers, lists and dicts") from error
    _write(path, text)
    return results[name]


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write {path} ({_one_line(error)})", "a folder that can be written",
                        "Free some disk or look at its permissions; the old file is untouched.") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def versions() -> dict[str, str]:
    """{package: version} of what measures: SSIM, FLIP and probes may change with a release."""
    found = {}
    for package in MEASURING:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


# ---- The table


@dataclass(frozen=True)
class Row:
    """A line of the table: what it is called, the run it shows, and the cameras that this run was told."""

    title: str
    run: str  # with a place for the profile or, where nothing is learned, for the world
    poses: str = "none"


TRAINED = (
    Row("RUST", "rust-{profile}"),
    Row("SRT, σ = 0", "srt-{profile}", "inputs and targets"),
    Row("UpSRT, σ = 0", "upsrt-{profile}", "targets"),
    Row("SRT, σ = 0.1", "srt-{profile}-noise0.1", "inputs and targets"),
    Row("UpSRT, σ = 0.1", "upsrt-{profile}-noise0.1", "targets"),
)
LONGER = (Row("RUST, longer", "rust-{profile}-long"),
          Row("SRT, σ = 0, longer", "srt-{profile}-long", "inputs and targets"))
FINE = (Row("RUST, fine", "rust-fine"), Row("RUST, relative", "rust-relative"),
        Row("SRT, σ = 0, fine", "srt-fine", "inputs and targets"))
BASELINES = (
    Row("nearest input view", "nearest_input-{world}", "inputs and targets"),
    Row("mean picture of the inputs", "mean_picture-{world}"),
    Row("mean colour of the inputs", "mean_colour-{world}"),
)
ROWS = TRAINED + BASELINES  # what the course compares
HEADINGS = {"psnr": "PSNR (dB)", "ssim": "SSIM", "flip": "FLIP", "lpips": "LPIPS"}
DIGITS = {"psnr": 2, "ssim": 3, "flip": 3, "lpips": 3}


def markdown_table(results: dict[str, dict], world: str = "sector", profile: str = "laptop",
                   rows: tuple[Row, ...] = TRAINED + LONGER + FINE + BASELINES) -> str:
    """The README's table of the runs of one world, in the order of `rows`, without those not made.

    Cells are the mean and the standard error over test scenes. LPIPS is a column only if some run has it.
    """
    found = [(row, find(results, row, world, profile)) for row in rows]
    shown = [(row, entry) for row, entry in found if entry is not None]
    any_lpips = any("lpips" in entry.get("metrics", {}) for _, entry in shown)
    metrics = [metric for metric in HEADINGS if metric != "lpips" or any_lpips]
    arrows = [f"{HEADINGS[m]} {'↑' if HIGHER_IS_BETTER[m] else '↓'}" for m in metrics]
    lines = [["model", *arrows, "poses needed", "parameters", "steps", "training"],
             ["---", *["---:"] * len(metrics), "---", "---:", "---:", "---:"]]
    for row, entry in shown:
        values = [_value(entry.get("metrics", {}).get(m), DIGITS[m]) for m in metrics]
        lines.append([row.title, *values, row.poses, _parameters(entry), f"{entry.get('steps', 0):,}", _minutes(entry)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def find(results: dict[str, dict], row: Row, world: str, profile: str) -> dict | None:
    """The entry that a row shows, or None if there is no such run in this world."""
    entry = results.get(row.run.format(profile=profile, world=world))
    return entry if entry is not None and entry.get("world") == world else None


def _value(found: dict | None, digits: int) -> str:
    return "" if found is None else f"{found['mean']:.{digits}f} ± {found['stderr']:.{digits}f}"


def _parameters(entry: dict) -> str:
    count = entry.get("parameters", 0)
    return f"{count / 1e6:.1f} M" if count >= 1e6 else f"{round(count / 1e3)} k" if count else "0"


def _minutes(entry: dict) -> str:
    return f"{entry['seconds'] / 60:.1f} min" if entry.get("seconds") else "none"


def update_readme(path: Path, check: bool = False, results: dict[str, dict] | None = None) -> bool:
    """Put the table between the markers of the README. True if the README is in step when this returns.

    With `check` nothing is written, and False says that it is out of step. `results` are those of
    `data/results.json` if not given. Raises DataError if the file or its markers are missing.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path} cannot be read ({_one_line(error)})", "the README") from error
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise DataError(f"{path} has no place for the results", f"the lines {BEGIN} and {END}, in this order",
                        "Put both where the table belongs.")
    table = markdown_table(load_results() if results is None else results)
    updated = f"{before}{BEGIN}\n{table}\n{END}{after}"
    if updated != text and not check:
        _write(path, updated)
    return updated == text or not check
