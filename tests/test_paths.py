"""Where things are kept: on a machine where the course cannot be written, is installed, or has no home for anybody."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rust_edu import paths
from rust_edu.datasets import cache_name, load_or_make, make_dataset
from rust_edu.errors import DataError, InputError
from rust_edu.evaluation import report
from rust_edu.evaluation.report import test_scenes as scenes_of
from rust_edu.evaluation.results import load_results, record
from rust_edu.models import RUST
from rust_edu.models.weights import shipped_weights

WHAT = ("sector", 60, 3, 8, 5)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home folder, with the places that platformdirs takes when nothing else is said."""
    for variable in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "RUST_EDU_DATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def course(tmp_path, monkeypatch, made):
    """A checkout with a data set in its cache, as a teacher has made it for a class."""
    root = tmp_path / "course"
    (root / "rust_edu").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    (root / "data" / "cache").mkdir(parents=True)
    shutil.copytree(made, root / "data" / "cache" / cache_name(*WHAT))
    monkeypatch.setattr(paths, "PACKAGE", root / "rust_edu")
    return root


# -------------------------------------------------------------------------------------- a folder that cannot be written


def test_the_cache_of_a_course_that_cannot_be_written_is_the_users(course, home, read_only):
    assert paths.cache_folder() == course / "data" / "cache"
    read_only(course)
    read_only(course / "data")
    read_only(course / "data" / "cache")
    assert paths.cache_folder("x").is_relative_to(home)
    assert load_or_make("sector", 2, 2, 8, progress=False).folder.is_relative_to(home)
    with pytest.raises(DataError, match="nothing can be kept in .*course/data; .*Set RUST_EDU_DATA"):
        record("rust-laptop", {"seed": 1})


def test_a_data_folder_that_cannot_be_written_still_has_a_cache(tmp_path, home, monkeypatch, read_only):
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path / "mine"))
    assert paths.cache_folder() == tmp_path / "mine" / "cache"
    read_only(tmp_path / "mine")
    assert paths.cache_folder().is_relative_to(home)


def test_what_a_teacher_has_made_is_not_made_again(course, home, read_only):
    whole = course / "data" / "cache" / cache_name(*WHAT)
    read_only(whole)
    assert load_or_make(*WHAT, progress=False).folder == whole
    assert not home.exists(), "nothing was written"


@pytest.mark.parametrize("changes", [{"scenes": 120}, {"version": 0}, {"shards": "none"}])
def test_what_a_teacher_has_not_finished_is_made_elsewhere(course, home, read_only, changes):
    scenes = changes.get("scenes", 60)
    half = (course / "data" / "cache" / cache_name(*WHAT)).rename(
        course / "data" / "cache" / cache_name("sector", scenes, 3, 8, 5))
    index = json.loads((half / "index.json").read_text())
    (half / "index.json").write_text(json.dumps(index | changes))
    read_only(half)
    made = load_or_make("sector", scenes, 3, 8, 5, progress=False)
    assert made.folder.is_relative_to(home) and len(made) == scenes


def test_evaluate_finds_out_first_that_nothing_can_be_recorded(course, home, read_only, monkeypatch):
    monkeypatch.setattr(report, "load_weights", lambda path: pytest.fail("something was computed"))
    read_only(course / "data")
    with pytest.raises(DataError, match="nothing can be kept"):
        report.report_weights(Path("weights.safetensors"), None, record=True)


# ------------------------------------------------------------------------------------------ what ships, in two layers


def test_a_data_folder_of_ones_own_does_not_hide_what_ships(tmp_path, monkeypatch):
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path))
    assert shipped_weights("rust", "laptop").is_relative_to(paths.own_data())
    assert RUST.from_pretrained("laptop").config.size == 32 and len(scenes_of("sector")) == 200
    assert shipped_weights("rust", "mine") == tmp_path / "weights" / "rust-mine.safetensors"
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "rust-laptop.safetensors").touch()
    assert shipped_weights("rust", "laptop").is_relative_to(tmp_path)


def test_results_recorded_elsewhere_stand_beside_those_that_ship(tmp_path, monkeypatch):
    ships = load_results(paths.own_data() / "results.json")
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path))
    assert load_results() == ships
    record("rust-mine", {"seed": 1})
    record("rust-laptop", {"seed": 7})
    assert load_results() == ships | {"rust-mine": {"seed": 1}, "rust-laptop": {"seed": 7}}
    assert set(load_results(tmp_path / "results.json")) == {"rust-mine", "rust-laptop"}


# ---------------------------------------------------------------------------------------------- an installed package


def test_nothing_is_written_into_an_installed_package(tmp_path, home, monkeypatch):
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "site-packages" / "rust_edu")
    (tmp_path / "site-packages" / "rust_edu" / "data").mkdir(parents=True)
    assert paths.checkout() is None
    assert paths.data_folder() == tmp_path / "site-packages" / "rust_edu" / "data"
    assert paths.cache_folder().is_relative_to(home)
    with pytest.raises(DataError, match="nothing can be kept in .*site-packages"):
        paths.kept_folder()
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path / "mine"))
    assert paths.cache_folder() == tmp_path / "mine" / "cache" and paths.kept_folder() == tmp_path / "mine"


# ------------------------------------------------------------------------------------------------------------- homes


def test_the_home_of_nobody_is_one_line(monkeypatch):
    monkeypatch.setenv("RUST_EDU_DATA", "~nobody-of-this-name/data")
    for call in (paths.data_folder, paths.cache_folder, paths.kept_folder, lambda: paths.shipped("weights")):
        with pytest.raises(InputError, match="RUST_EDU_DATA is '~nobody-of-this-name/data'") as caught:
            call()
        assert "\n" not in str(caught.value)


def test_without_a_home_nothing_is_written_into_a_folder_named_tilde(tmp_path, home, monkeypatch):
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as for a user that the machine does not know
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "site-packages" / "rust_edu")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="no home folder is known .*Set RUST_EDU_DATA"):
        load_or_make("sector", 2, 2, 8, progress=False)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------- what killed processes leave


def dead_process() -> int:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


@pytest.mark.parametrize("name", ["weights.safetensors", "progress.json", "odd [1]*.json"])
def test_the_next_one_to_write_removes_what_a_killed_one_left(tmp_path, name):
    alive, of_another = f"{name}.{os.getppid()}.tmp", f"other.json.{dead_process()}.tmp"
    for litter in (f"{name}.{dead_process()}.tmp", alive, of_another):
        (tmp_path / litter).write_text("half")
    with paths.whole_file(tmp_path / name) as temporary:
        temporary.write_text("whole")
    assert {path.name for path in tmp_path.iterdir()} == {name, alive, of_another}


def test_the_next_training_removes_what_a_killed_one_left(tmp_path):
    from rust_edu.training.checkpoint import prepare_folder

    for name in ("checkpoint.pt", "weights.safetensors", "curve.json"):
        (tmp_path / f"{name}.{dead_process()}.tmp").write_text("half")
    (tmp_path / "weights.safetensors").write_text("whole")
    prepare_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["weights.safetensors"]


def test_litter_that_cannot_be_removed_stays(tmp_path, monkeypatch):
    litter = tmp_path / f"shard-00001.safetensors.{dead_process()}.tmp"
    litter.write_text("half")

    def deny(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", deny)
    assert len(make_dataset("sector", 2, 2, 8, folder=tmp_path, progress=False)) == 2
    assert litter.exists()
