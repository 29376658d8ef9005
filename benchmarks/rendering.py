"""The renderer in rays and scenes per second."""

import torch

from rust_edu.scenes.render import render
from rust_edu.scenes.worlds import get_world, sample_cameras, sample_scenes, world_intrinsics

from .timing import median_seconds

SAMPLES = 2  # per pixel and axis, as in the data sets: 4 colour rays a pixel, and one for depth and label


def measure(device: torch.device):
    for name, size, scenes in (("sector", 32, 20), ("clutter", 32, 20), ("sector", 256, 1)):
        world, generator = get_world(name), torch.Generator().manual_seed(0)
        drawn = sample_scenes(world, scenes, generator)
        cameras, K = sample_cameras(world, drawn, 10, generator).to(device), world_intrinsics(world, size)
        drawn = drawn.to(device)
        seconds = median_seconds(lambda d=drawn, c=cameras, k=K, s=size: render(d, c, k, s, s, SAMPLES), device, runs=5)
        rays = scenes * 10 * size * size * SAMPLES**2
        yield (f"renderer, {name} {size}x{size}, 4 rays a pixel",
               f"{rays / seconds / 1e6:.2f} M rays/s, {scenes / seconds:.1f} scenes/s of 10 views")
