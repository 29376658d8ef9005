"""What notebook 03 stands on beside its exercises: the scene, its choices of views, the box, what is recorded."""

import pytest
import torch

from rust_edu.cameras import pixel_centres, pixel_rays, so3_exp
from rust_edu.course.chapters.c03_one_scene_nerf import record
from rust_edu.course.chapters.c03_one_scene_nerf.box_world import CENTRE, ORANGE, SIDES, box_pictures
from rust_edu.course.chapters.c03_one_scene_nerf.cameras import box_density, corrected
from rust_edu.course.chapters.c03_one_scene_nerf.live import LiveScene
from rust_edu.course.chapters.c03_one_scene_nerf.rays import BROKEN, ray_weights, see
from rust_edu.models.volume import sample_distances
from rust_edu.training.one_scene import fit_scene


@pytest.fixture(scope="module")
def scene():
    return record.one_scene()


def test_choices_are_what_they_are_called(scene):
    true = scene[0].camera_to_world[0]
    found = record.choices(true)
    assert len(found["all"]) == 40 and all(len(v.unique()) == 5 for name, v in found.items() if name != "all")
    assert len({tuple(found[f"draw {i}"].tolist()) for i in range(4)}) == 4

    def apart(which):  # the largest distance between two of them
        return torch.cdist(true[which][:, :3, 3], true[which][:, :3, 3]).max()

    assert apart(found["together"]) < 0.5 * apart(found["spread"])


def test_a_hard_box_looks_as_the_exact_one():
    images, cameras, K = box_pictures()
    origins, directions = (part[1] for part in pixel_rays(cameras, K, pixel_centres(32, 32).reshape(-1, 2)))
    field = lambda points: (box_density(points, CENTRE, SIDES, 0.005), ORANGE.expand(points.shape))  # noqa: E731
    drawn = see(field, origins, directions, sample_distances(1024, 2.0, 9.0, 200), ray_weights)[0].view(32, 32, 3)
    assert (drawn - images[1]).abs().mean() < 0.02 < images[1].mean()


def test_broken_renderers_are_broken():
    density, distances = torch.rand(4, 6) + 0.1, 1.0 + torch.rand(4, 6).cumsum(1)
    for name, weights in BROKEN.items():
        assert not torch.allclose(weights(density, distances), ray_weights(density, distances), atol=1e-2), name


def test_everything_that_the_notebook_shows_is_recorded():
    groups = {run["group"] for run in record.RUNS}
    kept = [run for group in groups for run in record.recorded(group)]
    assert all(any(run.items() <= one.items() for one in kept) for run in record.RUNS)
    assert len(kept) == len(record.RUNS)


def test_a_run_can_be_measured_again(monkeypatch):
    monkeypatch.setattr(record, "DEAD_STEPS", 2)
    found = record.measure({"group": "dead", "density": "softplus", "seed": 0})
    assert found["largest_density"] > 0.0 and found["train"] > 3.0


def test_cameras_of_a_turned_world_are_right_by_pairs(scene):
    true = scene[0].camera_to_world[0]
    turn = torch.eye(4)
    turn[:3, :3] = so3_exp(torch.tensor([0.0, 0.0, 0.5]))
    report = record.camera_report(turn @ true, true)
    assert report["degrees"] == pytest.approx(28.6, abs=0.1)
    assert report["pair_degrees"] < 0.1 and report["aligned_units"] < 1e-3 < 1.0 < report["chance_units"]


def test_asked_cameras_move_with_the_field(scene):
    train, held_out, _ = scene
    turn = corrected(torch.eye(4)[None], torch.tensor([[0.1, 0.2, 0.3]]), torch.tensor([[1.0, 2.0, 3.0]]))[0]
    fit = type("Fit", (), {"camera_to_world": turn @ train.camera_to_world[0]})
    asked = held_out.camera_to_world[0]
    torch.testing.assert_close(record.into_field(fit, train.camera_to_world[0], asked), turn @ asked, rtol=0, atol=1e-4)


def test_a_live_scene_shows_the_held_out_view(scene):
    train, held_out, config = scene
    fit = fit_scene(train, config, steps=2, progress=False)
    figure = LiveScene(held_out, "A scene grows").draw(fit)
    assert figure.get_suptitle() == "A scene grows"
    assert any(text.get_text().startswith("2 steps.") for text in figure.texts)
    shown = next(axes.images[0].get_array() for axes in figure.axes if axes.images)
    assert torch.allclose(torch.as_tensor(shown).float(), held_out.images[0, 0], atol=1e-5)
