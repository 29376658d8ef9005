"""results.json is whole or untouched, merges, and is what the README shows."""

import json
import math
import os

import pytest
import torch
from rich.console import Console

from rust_edu.datasets import make_dataset
from rust_edu.errors import DataError, InputError
from rust_edu.evaluation import report, results
from rust_edu.evaluation.results import BEGIN, END, load_results, markdown_table, record, update_readme
from rust_edu.evaluation.transfer import transfer_views
from rust_edu.models import RUST, ModelConfig
from rust_edu.models.weights import save_weights


def metrics(psnr: float, **more: float) -> dict:
    values = {"psnr": psnr, "ssim": 0.7, "flip": 0.2} | more
    return {name: {"mean": value, "stderr": 0.01, "spread": 0.0} for name, value in values.items()}


def run(model: str, psnr: float, noise: float = 0.0, profile: str | None = "laptop", **more) -> dict:
    entry = {"model": model, "noise": noise, "world": "sector", "metrics": metrics(psnr)}
    trained = {"profile": profile, "parameters": 328_312, "steps": 10_000, "seconds": 570.0}
    return entry | (trained if profile else {}) | more


RUNS = {
    "srt-laptop-noise0.1": run("srt", 18.5, noise=0.1),
    "rust-laptop": run("rust", 23.234),
    "rust-gpu": run("rust", 27.0, profile="gpu"),
    "mean_colour-sector": run("mean_colour", 16.5, profile=None),
    "rust-orbit": run("rust", 21.0, profile="orbit") | {"world": "orbit"},
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "results.json"


def test_record_and_load(path):
    assert load_results(path) == {}
    for name, entry in RUNS.items():
        record(name, entry, path)
    assert load_results(path) == RUNS
    assert os.listdir(path.parent) == ["results.json"]  # no temporary file stays
    text = path.read_text()
    assert list(json.loads(text)) == sorted(RUNS) and text.endswith("}\n")


def test_record_merges(path):
    record("a", {"seed": 1, "metrics": {"psnr": {"mean": 1.0}, "lpips": {"mean": 0.3}}}, path)
    record("b", {"seed": 2}, path)
    merged = record("a", {"metrics": {"psnr": {"mean": 2.0}}}, path)
    assert merged == {"seed": 1, "metrics": {"psnr": {"mean": 2.0}}}  # a field is replaced as a whole
    assert load_results(path) == {"a": merged, "b": {"seed": 2}}


def test_the_order_of_recording_does_not_matter(tmp_path):
    for name, order in (("one", list(RUNS)), ("two", list(RUNS)[::-1])):
        for key in order:
            record(key, dict(reversed(RUNS[key].items())), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_failed_write_leaves_the_old_file(path, monkeypatch):
    record("a", {"seed": 1}, path)
    before = path.read_bytes()

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(DataError, match="no space left"):
        record("a", {"seed": 2}, path)
    assert path.read_bytes() == before and os.listdir(path.parent) == ["results.json"]


@pytest.mark.parametrize("value", [math.nan, math.inf, torch.ones(2), {1, 2}])
def test_what_is_not_json_is_not_written(path, value):
    record("a", {"seed": 1}, path)
    with pytest.raises(InputError, match="results of 'a'") as error:
        record("a", {"metrics": value}, path)
    assert "\n" not in str(error.value) and load_results(path) == {"a": {"seed": 1}}


@pytest.mark.parametrize("text", ["", '{"a": {"seed": 1', "[]", '{"a": 3}', "\x00\x01", "null"])
def test_a_garbled_file_is_one_line_and_not_overwritten(path, text):
    path.parent.mkdir()
    path.write_text(text)
    for action in (lambda: load_results(path), lambda: record("a", {}, path)):
        with pytest.raises(DataError) as error:
            action()
        assert str(path) in str(error.value) and "\n" not in str(error.value)
    assert path.read_text() == text


def test_bytes_that_are_no_text(path):
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe\x80")
    with pytest.raises(DataError, match="cannot be read"):
        load_results(path)


def test_the_table():
    assert markdown_table(RUNS).splitlines() == [
        "| model | PSNR (dB) ↑ | SSIM ↑ | FLIP ↓ | poses needed | parameters | steps | training |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |",
        "| RUST | 23.23 ± 0.01 | 0.700 ± 0.010 | 0.200 ± 0.010 | none | 328 k | 10,000 | 9.5 min |",
        "| SRT, σ = 0.1 | 18.50 ± 0.01 | 0.700 ± 0.010 | 0.200 ± 0.010 "
        "| inputs and targets | 328 k | 10,000 | 9.5 min |",
        "| mean colour of the inputs | 16.50 ± 0.01 | 0.700 ± 0.010 | 0.200 ± 0.010 | none | 0 | 0 | none |",
    ]
    assert "21.00" in markdown_table(RUNS, world="orbit", profile="orbit")
    assert markdown_table(RUNS, world="orbit").count("\n") == 1  # rust-laptop is of another world


def test_a_longer_training_is_a_row_of_its_own():
    longer = run("rust", 24.5, steps=30_000)
    *_, row, baseline = markdown_table(RUNS | {"rust-laptop-long": longer}).splitlines()
    assert row.startswith("| RUST, longer | 24.50 ") and row.endswith("| 30,000 | 9.5 min |")
    assert baseline.startswith("| mean colour")
    fine = run("srt", 25.5) | {"profile": "fine"}
    assert "| SRT, σ = 0, fine | 25.50 " in markdown_table(RUNS | {"srt-fine": fine})
    assert "30.00" not in markdown_table(RUNS | {"rust-laptop-seed1": run("rust", 30.0)})  # no row, and no other's


def test_lpips_is_a_column_only_if_some_run_has_it():
    with_lpips = RUNS | {"rust-laptop": run("rust", 23.0, metrics=metrics(23.0, lpips=0.35))}
    header, _, rust, srt, _ = markdown_table(with_lpips).splitlines()
    assert "| LPIPS ↓ |" in header and "| 0.350 ± 0.010 |" in rust and "|  |" in srt


def test_millions_of_parameters_and_no_runs():
    assert "| 68.1 M |" in markdown_table({"rust-laptop": run("rust", 20.0) | {"parameters": 68_123_456}})
    assert len(markdown_table({}).splitlines()) == 2


def test_update_readme(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"# Title\n\n{BEGIN}\nold\n{END}\n\nrest\n")
    before = readme.read_text()
    assert update_readme(readme, check=True, results=RUNS) is False and readme.read_text() == before
    assert update_readme(readme, results=RUNS) is True
    assert readme.read_text() == f"# Title\n\n{BEGIN}\n{markdown_table(RUNS)}\n{END}\n\nrest\n"
    assert update_readme(readme, check=True, results=RUNS) is True
    assert update_readme(readme, check=True, results={}) is False


def test_the_readme_is_made_from_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path))
    record("rust-laptop", RUNS["rust-laptop"])
    readme = tmp_path / "README.md"
    readme.write_text(f"{BEGIN}{END}")
    assert update_readme(readme) and "23.23" in readme.read_text()


@pytest.mark.parametrize("text", ["", f"{BEGIN}\nno end", f"{END}\n{BEGIN}"])
def test_a_readme_without_a_place(tmp_path, text):
    (tmp_path / "README.md").write_text(text)
    with pytest.raises(DataError, match="no place for the results"):
        update_readme(tmp_path / "README.md", results=RUNS)
    with pytest.raises(DataError, match="cannot be read"):
        update_readme(tmp_path / "missing.md", results=RUNS)


def test_a_weight_file_is_evaluated_and_recorded(tmp_path, monkeypatch, nothing_ships):
    """From a run's folder to results.json and the tables, with small sets in place of the published ones."""
    test = make_dataset("sector", 4, 8, 16, 1, tmp_path / "scenes", progress=False)
    monkeypatch.setattr(report, "test_scenes", lambda world, size=32: test)
    monkeypatch.setattr(report, "load_or_make", lambda *_, **__: test)
    monkeypatch.setattr(report, "transfer_views", lambda world, pairs, *rest: transfer_views(world, 2, *rest))
    config = ModelConfig(size=16, patch=4, width=32, heads=1, hidden=64, encoder_layers=1, pose_layers=1,
                         decoder_layers=1, render=(32,), query_patch=2)
    made = {"profile": "laptop", "world": "sector", "noise": 0.0, "seconds": 60.0, "last": {"psnr": 1.0}}
    weights = tmp_path / "runs" / "rust-laptop" / "weights.safetensors"
    save_weights(weights, RUST(config), made)
    console = Console(width=120)
    with console.capture() as capture:
        entry = report.report_weights(weights, torch.device("cpu"), record=True, console=console)
    stored = load_results()
    assert set(stored) == {"rust-laptop", "nearest_input-sector", "mean_picture-sector", "mean_colour-sector"}
    assert stored["rust-laptop"] == json.loads(json.dumps(entry)) and "last" not in entry
    assert entry["seconds"] == 60.0 and entry["evaluated_with"] == results.versions()
    printed = capture.get()
    assert "rust-laptop on sector" in printed and "transferred" in printed and "pairs" in printed
    assert len(markdown_table(stored).splitlines()) == 2 + 4
    monkeypatch.setattr(report, "evaluate_model", lambda *_: pytest.fail("a baseline was evaluated twice"))
    report.report_baselines("sector")


def test_what_was_measured_is_recorded_before_it_is_shown(tmp_path, monkeypatch, nothing_ships):
    def closed(*_):
        raise BrokenPipeError

    monkeypatch.setattr(report, "load_weights", lambda path: (torch.nn.Identity(), {"world": "sector"}))
    monkeypatch.setattr(report, "evaluate_model", lambda *_, **__: {"seed": 3})
    monkeypatch.setattr(report, "show", closed)
    with pytest.raises(BrokenPipeError):
        report.report_weights(tmp_path / "rust-mine.safetensors", torch.device("cpu"), record=True)
    assert load_results()["rust-mine"]["seed"] == 3
