"""The commands that measure read-outs and COLMAP: what they write, and that they go on where they stopped."""

import json

import pytest
import torch
from model_helpers import TINY, wild_model

from benchmarks import colmap, explicit_pose
from rust_edu.datasets import make_dataset
from rust_edu.evaluation.camera_error import auc, pair_errors
from rust_edu.evaluation.sfm import Reconstruction, from_plain
from rust_edu.models.pose_reader import PoseReader
from rust_edu.models.weights import load_weights, save_weights
from rust_edu.training import pose_fitting


@pytest.fixture
def test_set(tmp_path, monkeypatch):
    """A data folder of its own, with a tiny RUST, and a test set of three scenes of 8 views."""
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path))
    monkeypatch.setattr(pose_fitting, "CHECK_EVERY", 1)
    monkeypatch.setattr(pose_fitting, "PATIENCE", 1)
    save_weights(tmp_path / "weights" / "rust-tiny.safetensors", wild_model("rust"), {})
    made = make_dataset("sector", 3, 8, TINY.size, 9001, progress=False)
    for module in (explicit_pose, colmap):
        monkeypatch.setattr(module, "test_scenes", lambda world, size=TINY.size: made)
    return tmp_path


def readers(seeds):
    explicit_pose.main("rust-tiny", "sector", scenes=5, kinds=["constant", "mlp", "labelled-poses"], seeds=seeds,
                       numbers=[3, 64], save=True)


def test_readers_are_measured_kept_and_not_measured_twice(test_set, monkeypatch, capsys):
    readers([0])
    path = test_set / "poses" / "rust-tiny-sector.json"
    about = json.loads(path.read_text())
    assert list(about["runs"]) == [f"{kind}-{number}-seed0" for kind in ("constant", "labelled-poses", "mlp")
                                   for number in (3, 5)], "64 posed scenes are more than there are"
    assert about["command"] == "python -m benchmarks.explicit_pose rust-tiny sector --scenes 5"
    found = about["runs"]["mlp-3-seed0"]
    assert {"rotation", "direction", "distance", "auc", "r2", "steps"} <= found.keys() and found["scenes"] == 3
    assert "curve" not in found and set(about["versions"]) == {"python", "rust_edu", "torch"}
    reader, record = load_weights(test_set / "poses" / "mlp-rust-tiny-sector.safetensors", PoseReader)
    assert reader.config.kind == "mlp" and record["scenes"] == 5 and record["curve"]

    before = path.read_text()
    monkeypatch.setattr(explicit_pose, "one_run", lambda *_: pytest.fail("made again"))
    readers([0])
    assert path.read_text() == before
    with pytest.raises(pytest.fail.Exception):
        readers([0, 1])


def test_colmaps_cameras_are_kept_with_the_true_ones(test_set, monkeypatch, capsys):
    asked = []

    def found(pictures, K, *, settings, mapping, enlarge, seconds):
        asked.append((tuple(pictures.shape), settings, mapping, enlarge, float(K[0, 2])))
        cameras = [2.0 * torch.eye(4, dtype=torch.double), None, *[torch.eye(4, dtype=torch.double)] * 3]
        cameras[0][3, 3], cameras[0][:3, :3] = 1.0, torch.eye(3)
        return Reconstruction(cameras, 0.5, 9, 30.0, 4, 1.25, "done")

    monkeypatch.setattr(colmap, "reconstruct", found)
    monkeypatch.setattr(colmap, "check_installed", lambda: None)
    monkeypatch.setattr(colmap.metadata, "version", lambda _: "4.0")
    for _ in range(2):  # the second time all is there
        colmap.main("sector", sizes=[16], views=[5], settings=["default", "relaxed"], mappings=["incremental"],
                    scenes=1, seconds=9.0)
    assert asked == [((5, 16, 16, 3), "default", "incremental", 1, 8.0),
                     ((5, 16, 16, 3), "relaxed", "incremental", 8, 8.0)]
    about = json.loads((test_set / "poses" / "colmap-sector.json").read_text())
    run = about["runs"]["incremental-relaxed-16px-5views-scene0"]
    assert (run["registered"], run["seconds"], run["status"], run["views"]) == (4, 1.25, "done", 5)
    truth = torch.stack(from_plain(about["truth"]["scene0"]))
    own = make_dataset("sector", 3, 8, TINY.size, 9001, progress=False).camera_to_world[0]
    assert torch.allclose(truth[:8].float(), torch.cat([own[3:], own[:3]]), atol=1e-4) and len(truth) == colmap.MOST
    errors = pair_errors(from_plain(run["cameras"]), truth[:5])
    assert float(auc(errors.larger, 30.0)) == pytest.approx(run["auc"]["30"], abs=1e-4)
    placed = errors.rotation[errors.rotation < 180]
    assert run["placed_rotation"] == pytest.approx(float(placed.quantile(0.5)), rel=1e-3) and len(placed) == 6
