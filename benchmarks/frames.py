"""How much of the transfer test's loss is a matter of frames.

    python -m benchmarks.frames

Latents of scene A are used in scene B, as in `rust_edu.evaluation.transfer`. In the world `sector` light and floor turn
away from a scene's own direction by up to 15 degrees. A latent that counts angles from the light means another camera
where the light comes from elsewhere. Here the test is made in worlds where they turn by less, and by more.
"""

from dataclasses import replace

import torch

from rust_edu.evaluation.transfer import render_pairs, transfer
from rust_edu.models.weights import load_weights, shipped_weights
from rust_edu.scenes.worlds import get_world

SWINGS, PAIRS = (0.0, 7.5, 15.0, 30.0), 60
NAMES = {"laptop-short": 3_000, "laptop": 10_000, "laptop-long": 30_000}


def main() -> None:
    models = {name: load_weights(shipped_weights("rust", name))[0] for name in NAMES}
    rows = []
    for swing in SWINGS:
        a, b = render_pairs(replace(get_world("sector"), swing=swing), PAIRS)
        lost = []
        for model in models.values():
            found = transfer(model, a, b)
            lost.append(found["own"]["mean"] - found["transferred"]["mean"])
        rows.append(f"| {swing:g}° | " + " | ".join(f"{value:.2f}" for value in lost) + " |")
    print("| light and floor turn by up to | " + " | ".join(f"{steps:,} steps" for steps in NAMES.values()) + " |")
    print("|---|" + "---:|" * len(NAMES))
    print("\n".join(rows))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
