"""What the tests of the renderer share: scenes by hand, scenes drawn, and when pictures are the same."""

import torch

from rust_edu.cameras import look_at
from rust_edu.scenes.shapes import SHAPES
from rust_edu.scenes.worlds import WORLDS, Scenes, sample_cameras, sample_scenes, world_intrinsics

LIGHT = (0.6, 0.0, 0.8)


def scene_of(*objects, light=LIGHT, sky=0.0) -> Scenes:
    """One scene of white objects (shape, centre, half size, yaw) on a grey floor, under a black sky."""
    shape, centre, half_size, yaw = zip(*objects) if objects else ([], [], [], [])
    K = len(objects)
    return Scenes(
        shape=torch.tensor([[SHAPES.index(s) for s in shape]], dtype=torch.long),
        centre=torch.tensor(centre).view(1, K, 3), half_size=torch.tensor(half_size).view(1, K, 3),
        yaw=torch.tensor(yaw).view(1, K), colour=torch.ones(1, K, 3),
        floor_colour=torch.tensor([[0.5] * 3, [0.0] * 3, [0.0] * 3, [0.0] * 3])[None],
        floor_wave=torch.ones(1, 3, 2), floor_phase=torch.zeros(1, 3),
        checker=torch.zeros(1, dtype=torch.bool), sky=torch.full((1, 2, 3), sky),
        light=torch.tensor([light]), heading=torch.zeros(1))


def camera(position, target) -> torch.Tensor:
    return look_at(torch.tensor(position), torch.tensor(target))[None, None]


def drawn(world="sector", count=4, views=3, seed=0, size=24):
    generator = torch.Generator().manual_seed(seed)
    scenes = sample_scenes(WORLDS[world], count, generator)
    cameras = sample_cameras(WORLDS[world], scenes, views, generator)
    return scenes, cameras, world_intrinsics(WORLDS[world], size)


def assert_same(a, b, share=0.002):
    """The same but for rounding, which may flip a pixel at a silhouette: at most this share of the pixels."""
    assert (a.label.cpu() != b.label.cpu()).float().mean() <= share
    assert ((a.colour.cpu() - b.colour.cpu()).abs().amax(-1) > 1e-4).float().mean() <= share
    x, y = a.depth.cpu(), b.depth.cpu()
    assert (~torch.isclose(x, y, rtol=1e-4, atol=1e-4)).float().mean() <= share
