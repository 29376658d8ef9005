"""The demo and the README's pictures, at the size of a test."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

import rust_edu
from rust_edu import demo, paths
from rust_edu.datasets import make_dataset
from rust_edu.errors import InputError, WeightsError
from rust_edu.models import RUST
from rust_edu.models.weights import BEST, save_weights
from rust_edu.training.profiles import get_profile


@pytest.fixture
def small_demo(data_home, monkeypatch):
    """The demo at the smoke profile's size, with test scenes to match; without shipped weights at first."""
    smoke = get_profile("smoke")
    monkeypatch.setattr(paths, "own_data", lambda: data_home)
    monkeypatch.setattr(demo, "get_profile", lambda _: smoke)
    monkeypatch.setattr(demo, "steps_for", lambda *_: 7)
    make_dataset("sector", 10, 8, smoke.model.size, seed=77, folder=data_home / "test" / "sector", progress=False)
    return data_home


def shipped(home) -> None:
    torch.manual_seed(0)
    model = RUST(get_profile("smoke").model)
    path = home / "weights" / f"rust-{BEST}.safetensors"
    save_weights(path, model, {"seconds": 120.0, "world": "sector"})
    path.with_suffix(".curve.json").write_text(json.dumps([{"step": 1, "seconds": 1.0, "psnr": 10.0},
                                                           {"step": 2, "seconds": 2.0, "psnr": 11.0}]))


def test_the_demo_trains_tells_and_draws(small_demo, tmp_path, capsys):
    picture = tmp_path / "new" / "demo.png"
    demo.run_demo(1.0, picture, 0, torch.device("cpu"))
    said = " ".join(capsys.readouterr().out.split())  # wherever the terminal breaks lines
    assert "7 steps" in said and "RUST, this run" in said and str(picture.name) in said
    assert "No row for the shipped model" in said  # and why, instead of failing after the training
    with Image.open(picture) as image:
        assert image.size[0] >= 1000 and image.info["Description"]


@pytest.mark.parametrize("picture, says", [("demo.jpg", "ends in .png"), ("file/demo.png", "cannot be saved as")])
def test_a_picture_that_could_not_be_saved_is_found_out_before_the_training(picture, says, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "fit", lambda *_, **__: pytest.fail("it trained"))
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=says):
        demo.run_demo(1.0, tmp_path / picture, 0, torch.device("cpu"))


def test_a_picture_in_a_folder_that_cannot_be_written(tmp_path, monkeypatch, read_only):
    monkeypatch.setattr(demo, "fit", lambda *_, **__: pytest.fail("it trained"))
    read_only(tmp_path)
    with pytest.raises(InputError, match="cannot be saved as .*Permission denied"):
        demo.run_demo(1.0, tmp_path / "demo.png", 0, torch.device("cpu"))


def test_the_pictures_of_the_readme(small_demo, tmp_path):
    with pytest.raises(WeightsError, match="no weights"):
        demo.write_figures(tmp_path)
    shipped(small_demo)
    shutil.copy(Path(rust_edu.__file__).parents[1] / "data" / "results.json", small_demo)
    try:
        pictures = demo.write_figures(tmp_path)
    finally:
        (small_demo / "weights" / f"rust-{BEST}.safetensors").unlink()
        (small_demo / "results.json").unlink()
    assert [path.name for path in pictures] == ["demo.png", "training.png", "noise.png", "cameras.png", "worlds.png"]
    assert all(path.stat().st_size > 10_000 for path in pictures)
