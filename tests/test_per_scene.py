"""A NeRF for each test scene: scored by the protocol, resumed scene by scene, recorded like any other model."""

import json

import pytest
import torch

from rust_edu import cli
from rust_edu.datasets import open_dataset
from rust_edu.errors import DataError, InputError
from rust_edu.evaluation.protocol import INPUTS, TARGETS, evaluate_views, left_only, shuffled_views
from rust_edu.evaluation.results import load_results
from rust_edu.training import per_scene
from rust_edu.training.one_scene import fit_scene
from rust_edu.training.per_scene import FEW_VIEWS, FittedScene, measure_scenes, row_command, row_name


@pytest.fixture(scope="session")
def few_scenes(tmp_path_factory):
    """Three test scenes of 8x8 pixels, eight views each."""
    from rust_edu.datasets import make_dataset

    folder = tmp_path_factory.mktemp("test") / "sector"
    make_dataset("sector", 3, INPUTS + TARGETS, 8, seed=5, folder=folder, progress=False)
    return open_dataset(folder)


def row(test, folder, scenes=2, **options):
    return measure_scenes("sector", scenes, folder, test=test, steps=3, progress=False, **options)


def test_a_row(few_scenes, tmp_path):
    entry = row(few_scenes, tmp_path)
    assert entry["protocol"] == {"inputs": 3, "targets": 5, "scenes": 2, "seeds": [0]}
    assert entry["model"] == "nerf" and entry["noise"] == 0 and entry["steps"] == 3
    assert entry["seconds"] >= 0 and entry["cpu_seconds"] >= 0  # of three steps, rounded to tenths
    assert entry["command"] == "rust-edu nerf --world sector --scenes 2 --seed 0"
    # The second scene by hand, by the calls of every other model.
    views = shuffled_views(few_scenes, 0)[1:2]
    fit = fit_scene(views[:, :3], FEW_VIEWS, steps=3, progress=False)
    by_hand = evaluate_views(FittedScene(fit), views)
    assert entry["scene_psnr"][1] == pytest.approx(float(by_hand["psnr"].mean()), abs=1e-3)
    assert entry["metrics"]["psnr"]["mean"] == pytest.approx(sum(entry["scene_psnr"]) / 2, abs=1e-3)
    assert "metrics_clean" not in entry
    json.dumps(entry, allow_nan=False)


def test_it_goes_on_scene_by_scene(few_scenes, tmp_path, monkeypatch):
    whole = row(few_scenes, tmp_path / "whole", scenes=3)
    assert len(row(few_scenes, tmp_path / "parts", scenes=1)["scene_psnr"]) == 1
    assert row(few_scenes, tmp_path / "parts", scenes=3)["metrics"] == whole["metrics"]
    monkeypatch.setattr(per_scene, "fit_scene", lambda *_, **__: pytest.fail("all scenes were done"))
    assert row(few_scenes, tmp_path / "parts", scenes=2)["scene_psnr"] == whole["scene_psnr"][:2]


def test_ctrl_c_keeps_what_is_done(few_scenes, tmp_path, monkeypatch, ctrl_c):
    measured = []

    def slow(*arguments):
        measured.append(1)
        if len(measured) == 2:
            ctrl_c()
        return evaluate_views(*arguments)

    monkeypatch.setattr(per_scene, "evaluate_views", slow)
    assert row(few_scenes, tmp_path, scenes=3) is None
    assert len(json.loads((tmp_path / per_scene.KEPT).read_text())["scenes"]) == 2
    assert len(row(few_scenes, tmp_path, scenes=3)["scene_psnr"]) == 3 and len(measured) == 3


def test_told_noise_is_tested_with_noise_and_without(few_scenes, tmp_path):
    entry = row(few_scenes, tmp_path, noise=0.2)
    assert entry["noise"] == 0.2 and entry["metrics_clean"]["psnr"] != entry["metrics"]["psnr"]


def test_learned_cameras_are_fitted_in_the_test_too(few_scenes, tmp_path):
    told, learned = (row(few_scenes, tmp_path / str(learn), noise=0.2, learn_cameras=learn) for learn in (False, True))
    assert learned["learn_cameras"] and "metrics_clean" not in learned
    assert learned["metrics"]["psnr"] != told["metrics"]["psnr"]


def test_a_refined_scene_sees_no_right_half(few_scenes):
    views = shuffled_views(few_scenes, 0)[:1]
    inputs, targets = views.split(3, 2)
    model = FittedScene(fit_scene(inputs, FEW_VIEWS, steps=3, progress=False), refine=True)
    assert model.predict(inputs, targets).equal(model.predict(inputs, left_only(targets)))
    assert not model.predict(inputs, targets).equal(FittedScene(model.fit).predict(inputs, targets))


def test_names_and_commands():
    assert row_name("orbit", 0.0, False) == "nerf-orbit"
    assert row_name("sector", 0.1, True) == "nerf-sector-noise0.1-learned"
    assert (row_command("sector", 20, 0.1, True, 1)
            == "rust-edu nerf --world sector --scenes 20 --seed 1 --noise 0.1 --learn-cameras")


def test_another_row_in_the_folder(few_scenes, tmp_path):
    row(few_scenes, tmp_path)
    with pytest.raises(DataError, match="another row or recipe"):
        row(few_scenes, tmp_path, seed=1)
    (tmp_path / per_scene.KEPT).write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        row(few_scenes, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be (read|write)|cannot write"):
        row(few_scenes, tmp_path / "file")


@pytest.mark.parametrize("scenes", [0, 4])
def test_scenes_that_are_not_there(few_scenes, tmp_path, scenes):
    with pytest.raises(InputError, match="1 to 3"):
        row(few_scenes, tmp_path, scenes=scenes)


@pytest.fixture
def command(few_scenes, tmp_path, monkeypatch):
    """Runs `rust-edu nerf` in an empty folder, on the few scenes and with three steps: the exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(per_scene, "test_scenes", lambda world: few_scenes)
    monkeypatch.setattr(per_scene.measure_scenes, "__kwdefaults__",
                        per_scene.measure_scenes.__kwdefaults__ | {"steps": 3, "progress": False})
    threads = torch.get_num_threads()

    def run(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            cli.main(["nerf", *arguments])
        return ended.value.code

    yield run
    torch.set_num_threads(threads)


def test_the_command_records_its_row(command, tmp_path, capsys):
    assert command("--scenes", "2", "--noise", "0.1", "--record") == 0
    assert "nerf-sector-noise0.1 on sector" in capsys.readouterr().out
    assert load_results()["nerf-sector-noise0.1"]["protocol"]["scenes"] == 2
    assert (tmp_path / "runs" / "nerf-sector-noise0.1" / per_scene.KEPT).exists()


def test_the_command_stops_and_says_how_to_go_on(command, monkeypatch, capsys):
    monkeypatch.setattr(per_scene, "measure_scenes", lambda *_, **__: None)
    assert command("--scenes", "2", "--folder", "a b") == cli.STOPPED
    assert "To go on: rust-edu nerf --world sector --scenes 2 --seed 0 --folder 'a b'" in capsys.readouterr().out


def test_the_command_refuses_in_one_line(command, capsys):
    assert command("--scenes", "0") == 2
    error = capsys.readouterr().err
    assert error.startswith("rust-edu: 0 scenes; expected 1 to 3") and len(error.splitlines()) == 1
