"""What a person waits for in the explorer: encoding the inputs once, decoding a view again and again."""

from dataclasses import replace

import torch

from rust_edu.cameras import intrinsics
from rust_edu.models import MODELS
from rust_edu.training.profiles import PROFILES
from rust_edu.views import Views

from .timing import median_seconds


def measure(device: torch.device):
    laptop = PROFILES["laptop"].model
    for config, what in ((laptop, "laptop 32x32"), (replace(laptop, size=64), "laptop 64x64")):
        for name in ("rust", "srt"):
            model = MODELS[name](config).to(device).eval()
            cameras = torch.eye(4).expand(1, 3, 4, 4)
            K = intrinsics(config.size, config.size, 1.0)
            views = Views(torch.rand(1, 3, config.size, config.size, 3), cameras, K).to(device)
            with torch.no_grad():
                slsr = model.encode(views)
                pose = model.pose(views, views[:, :1], slsr)
                encode = median_seconds(lambda m=model, v=views: m.encode(v), device)
                decode = median_seconds(lambda m=model, p=pose, s=slsr: m.render(p, s), device, runs=31)
            found = f"{1 / decode:.0f} views/s (encode 3 inputs: {1000 * encode:.1f} ms)"
            yield f"decode one view, {name} {what}", found
