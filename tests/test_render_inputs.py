"""The renderer whatever its work is cut into and wherever it runs, and what it refuses to render."""

import math

import pytest
import torch
from pictures import assert_same, camera, drawn, scene_of

from rust_edu.cameras import from_rotation, intrinsics, so3_exp
from rust_edu.errors import InputError
from rust_edu.scenes import render as module
from rust_edu.scenes.render import render
from rust_edu.scenes.shapes import SHAPES

K = intrinsics(8, 8, 1.0)


@pytest.mark.parametrize("rays", [1, 5000, 1 << 30])
def test_pictures_do_not_depend_on_the_size_of_the_chunks(monkeypatch, rays):
    scenes, cameras, K = drawn("clutter")
    usual = render(scenes, cameras, K, 24, 24)
    monkeypatch.setattr(module, "RAYS_AT_ONCE", {"cpu": rays})
    assert_same(render(scenes, cameras, K, 24, 24), usual)


@pytest.mark.parametrize("world", ["clutter", "sector-checker"])
def test_pictures_do_not_depend_on_the_rest_of_the_batch(world):
    scenes, cameras, K = drawn(world)
    together = render(scenes, cameras, K, 24, 24)
    for b in range(len(scenes)):
        alone = render(scenes[b:b + 1], cameras[b:b + 1, 1:2], K, 24, 24)
        same = module.Rendering(*(t[b:b + 1, 1:2] for t in vars(together).values()))
        assert_same(alone, same)


@pytest.mark.parametrize("world", ["clutter", "sector-checker"])
def test_pictures_do_not_change_when_scenes_and_cameras_turn_together(world):
    scenes, cameras, K = drawn(world)
    angle = torch.tensor([0.0, 1.0, math.pi, -2.5])
    spin = so3_exp(torch.stack([torch.zeros(4), torch.zeros(4), angle], dim=-1))
    spin = from_rotation(spin, torch.zeros(4, 3))[:, None]
    usual = render(scenes, cameras, K, 24, 24)
    # Colours may change a little more than by rounding alone where an edge of a square crosses a pixel.
    assert_same(render(scenes.turned(angle), spin @ cameras, K, 24, 24), usual, share=0.005)
    assert (render(scenes, spin @ cameras, K, 24, 24).colour - usual.colour)[1:].abs().mean() > 0.01


def test_cameras_of_double_precision_give_the_same_pictures():
    scenes, cameras, K = drawn(count=1)
    double = render(scenes, cameras.double(), K.double(), 24, 24)
    assert double.colour.dtype == torch.float32
    assert_same(double, render(scenes, cameras, K, 24, 24), share=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU that torch can use")
@pytest.mark.parametrize("world", ["sector", "clutter", "orbit-checker"])
def test_pictures_on_the_gpu_are_those_of_the_cpu(world):
    scenes, cameras, K = drawn(world, count=8, size=32)
    seen = render(scenes.to("cuda"), cameras.to("cuda"), K.to("cuda"), 32, 32)
    assert seen.colour.device.type == "cuda"
    assert_same(seen, render(scenes, cameras, K, 32, 32))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_camera_inside_an_object_is_refused_by_name(shape):
    """Beside it, where its bounding sphere still is, a camera may stand."""
    scenes = scene_of(("box", [5.0, 5, 0.5], [0.5] * 3, 0.0), (shape, [0.0, 0, 0.5], [0.4, 0.4, 0.5], 0.5))
    with pytest.raises(InputError, match=rf"camera 0 of scene 0 stands inside object 1 \(a {shape}\)"):
        render(scenes, camera([0.1, 0.1, 0.3], [5.0, 0, 0]), K, 8, 8)
    render(scenes, camera([0.65, 0.0, 0.3], [5.0, 0, 0]), K, 8, 8)
    scenes.shape[0, 1] = -1  # and inside an object that is not there
    render(scenes, camera([0.1, 0.1, 0.3], [5.0, 0, 0]), K, 8, 8)


@pytest.mark.parametrize("height", [0.0, -1.0])
def test_a_camera_below_the_floor_is_refused(height):
    poses = torch.cat([camera([3.0, 0, 1], [0.0, 0, 0]), camera([3.0, 0, height], [0.0, 1, 0.5])], dim=1)
    with pytest.raises(InputError, match="on or below the floor"):
        render(scene_of(), poses, K, 8, 8)


def with_entry(value):
    pose = camera([3.0, 0, 1], [0.0, 0, 0])
    pose[..., 0, 3] = value
    return pose


GOOD = camera([3.0, 0, 1], [0.0, 0, 0])


@pytest.mark.parametrize("arguments, what", [
    ((with_entry(math.nan), K, 8, 8), "NaN"),
    ((with_entry(math.inf), K, 8, 8), "infinity"),
    ((2 * GOOD, K, 8, 8), "not a rotation"),
    ((GOOD[0], K, 8, 8), r"expected camera_to_world of shape \(1, views, 4, 4\)"),
    ((GOOD.expand(2, 1, 4, 4), K, 8, 8), "for 1 scenes"),
    ((GOOD[:, :0], K, 8, 8), "shape"),
    ((GOOD, K * math.nan, 8, 8), "intrinsics"),
    ((GOOD, K[None], 8, 8), "intrinsics of shape"),
    ((GOOD, K, 0, 8), "0x8 pixels"),
    ((GOOD, K, 8, 8, 0), "0x0 rays"),
    ((GOOD.to("meta"), K, 8, 8), "cameras on meta and scenes on cpu"),
])
def test_what_cannot_be_rendered_is_refused_in_one_line(arguments, what):
    with pytest.raises(InputError, match=what) as caught:
        render(scene_of(), *arguments)
    assert "\n" not in str(caught.value)
