"""The noise sweep, as it is recorded."""

from rust_edu.evaluation import sweep


def test_the_curve_has_one_point_for_each_sigma_in_order(monkeypatch):
    def run(noise, psnr, steps=10, **more):
        return {"noise": noise, "steps": steps, "metrics": {"psnr": {"mean": psnr, "stderr": 0.1}}, **more}

    clean = {"metrics_clean": {"psnr": {"mean": 19.5, "stderr": 0.2}}}
    monkeypatch.setattr(sweep, "load_results", lambda: {
        "srt-laptop-noise0.2": run(0.2, 16.0, **clean), "srt-laptop": run(0.0, 24.0),
        "srt-laptop-noise0.02": run(0.02, 23.0, **clean), "srt-laptop-noise0.1": run(0.1, 18.0, steps=9, **clean),
        "srt-laptop-seed1": run(0.0, 24.1), "rust-laptop": run(0.0, 23.0)})
    assert [(p["model"], p["sigma"], p["psnr"]) for p in sweep.noise_sweep()] == [
        ("srt", 0.0, 24.0), ("srt", 0.02, 23.0), ("srt", 0.2, 16.0)]
    assert [p["psnr"] for p in sweep.noise_sweep(field="metrics_clean")] == [24.0, 19.5, 19.5]


def test_the_curve_is_recorded():
    points = {(p["model"], p["sigma"]): p["psnr"] for p in sweep.noise_sweep()}
    for model in ("srt", "upsrt"):
        assert points[model, 0.0] > points[model, 0.1] + 2


def test_levels_are_those_of_the_table():
    rust, *baselines = sweep.flat_levels()
    assert rust["model"] == "rust" and rust["psnr"] > max(level["psnr"] for level in baselines) + 4
