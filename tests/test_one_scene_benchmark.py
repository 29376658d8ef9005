"""The short experiments with one scene: what is recorded is what the benchmark would run, and a run measures."""

from benchmarks import one_scene


def test_what_is_recorded_is_what_would_be_run():
    recorded = [one_scene.settings(run) for run in one_scene.load()["runs"]]
    assert sorted(map(str, recorded)) == sorted(map(str, one_scene.RUNS)), "run `python -m benchmarks.one_scene`"


def test_a_run_with_learned_cameras_is_measured(monkeypatch):
    monkeypatch.setattr(one_scene, "SIZE", 8)
    run = one_scene.LEARNED | {"views": 4, "held_out_views": 2, "steps": 2, "sigma": 0.1, "camera_rate": 1e-3}
    found = one_scene.measure(run)
    assert one_scene.settings(found) == run
    assert {"train", "held_out", "held_out_aligned", "held_out_refined", "learned_ate", "chance_ate"} <= found.keys()
    # Two steps are too few to get anywhere: the errors are still those of the cameras that were told.
    assert abs(found["learned_degrees"] - found["told_degrees"]) < 0.5 and 2 < found["told_degrees"] < 20
