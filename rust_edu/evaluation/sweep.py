"""The noise sweep of data/results.json, as points of a curve: what wrong cameras cost who is told cameras.

Public: `noise_sweep`, `flat_levels`; both give points for `figures.noise_curve`.
"""

from .results import load_results

FLAT = {"rust": "rust-laptop", "nearest_input": "nearest_input-sector", "mean_picture": "mean_picture-sector"}


def noise_sweep(models: tuple[str, ...] = ("srt", "upsrt"), field: str = "metrics") -> list[dict]:
    """Dicts with model, sigma, psnr and stderr, sorted by sigma. `field` "metrics_clean": tested with true cameras.

    The runs `<model>-laptop` and `<model>-laptop-noise<sigma>`, if trained for the same number of steps: then only the
    noise differs. Without noise `metrics_clean` are the metrics.
    """
    results, points = load_results(), []
    for model in models:
        whole = results.get(f"{model}-laptop", {})
        for name, entry in results.items():
            of_curve = name == f"{model}-laptop" or name.startswith(f"{model}-laptop-noise")
            if of_curve and entry.get("steps") == whole.get("steps"):
                found = entry["metrics" if entry["noise"] == 0 else field]["psnr"]
                points.append({"model": model, "sigma": entry["noise"], "psnr": found["mean"],
                               "stderr": found["stderr"]})
    return sorted(points, key=lambda p: (models.index(p["model"]), p["sigma"]))


def flat_levels() -> list[dict]:
    """Who is told no camera to be wrong about, or learns nothing from it: dicts with model, psnr and stderr.

    Those that are recorded; `noise_curve` says so if there is nothing at all.
    """
    results = load_results()
    found = {model: results[name]["metrics"]["psnr"] for model, name in FLAT.items() if name in results}
    return [{"model": model, "psnr": psnr["mean"], "stderr": psnr["stderr"]} for model, psnr in found.items()]
