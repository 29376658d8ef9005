"""The renderer against pixels computed by hand and against a plain renderer."""

import math

import pytest
import torch
from pictures import LIGHT, camera, drawn, scene_of
from scipy.spatial.transform import Rotation

from rust_edu.cameras import intrinsics, pixel_centres
from rust_edu.errors import InputError
from rust_edu.scenes.render import AMBIENT, FIRST_OBJECT, FLOOR, HAZE, SKY, render
from rust_edu.scenes.shapes import SHAPES, contains, intersect, normal
from rust_edu.scenes.worlds import Scenes

F64 = torch.float64


def points_of(picture, cameras, K) -> torch.Tensor:
    """World points (B, V, H, W, 3) from depth, in float64."""
    H, W = picture.depth.shape[-2:]
    pixels = torch.cat([pixel_centres(H, W, dtype=F64), torch.ones(H, W, 1, dtype=F64)], dim=-1)
    inside = (pixels @ torch.linalg.inv(K.double()).T) * picture.depth.double()[..., None]
    c2w = cameras.double()[:, :, None]
    return inside @ c2w[..., :3, :3].mT + c2w[..., None, :3, 3]


def plain_hits(scenes: Scenes, b: int, origins, directions, floor=True):
    """t and label of the first hits of rays (N, 3) in scene b: every object, every ray, in float64."""
    dz = directions[:, 2]
    t = torch.where(dz < 0, -origins[:, 2] / dz, math.inf) if floor else torch.full_like(dz, math.inf)
    label = torch.where(torch.isinf(t), SKY, FLOOR)
    for k in range(scenes.shape.shape[1]):
        if scenes.shape[b, k] < 0:
            continue
        turn = torch.from_numpy(Rotation.from_euler("z", scenes.yaw[b, k].item()).as_matrix())
        size, centre = scenes.half_size[b, k].double(), scenes.centre[b, k].double()
        # Rows times R are columns times R transposed: from the world into the object's frame.
        o, d = (origins - centre) @ turn / size, directions @ turn / size
        here = intersect(SHAPES[scenes.shape[b, k]], o, d)
        label = torch.where(here < t, FIRST_OBJECT + k, label)
        t = torch.minimum(here, t)
    return t, label


def plain_render(scenes, cameras, K, size):
    """Depth and labels by the book, one view at a time."""
    B, V = cameras.shape[:2]
    depth = torch.empty(B, V, size, size, dtype=F64)
    label = torch.empty(B, V, size, size, dtype=torch.long)
    pixels = torch.cat([pixel_centres(size, size, dtype=F64), torch.ones(size, size, 1, dtype=F64)], -1)
    ahead = pixels.view(-1, 3) @ torch.linalg.inv(K.double()).T  # z = 1 in the camera: t is the depth
    for b in range(B):
        for v in range(V):
            pose = cameras[b, v].double()
            t, which = plain_hits(scenes, b, pose[:3, 3].expand(len(ahead), 3), ahead @ pose[:3, :3].T)
            depth[b, v], label[b, v] = t.view(size, size), which.view(size, size)
    return depth, label


def test_depth_and_label_of_a_sphere_straight_ahead():
    scenes = scene_of(("sphere", [0.0, 0, 0.5], [0.5] * 3, 0.0))
    seen = render(scenes, camera([4.0, 0, 0.5], [0.0, 0, 0.5]), intrinsics(9, 9, 0.6), 9, 9)
    assert seen.label.shape == seen.depth.shape == (1, 1, 9, 9) and seen.colour.shape == (1, 1, 9, 9, 3)
    assert seen.label[0, 0, 4, 4] == FIRST_OBJECT and seen.depth[0, 0, 4, 4] == pytest.approx(3.5, rel=1e-6)
    # A pixel to the right: the ray (x, 0, 1) z meets |(x z, 0, z - 4)| = 0.5.
    x = 1 / intrinsics(9, 9, 0.6)[0, 0].item()
    z = (4 - math.sqrt(16 - (1 + x * x) * (16 - 0.25))) / (1 + x * x)
    assert seen.depth[0, 0, 4, 5] == pytest.approx(z, rel=1e-5)
    assert seen.label[0, 0, 0, 0] == SKY and seen.depth[0, 0, 0, 0] == math.inf
    assert seen.label[0, 0, 8, 0] == FLOOR


@pytest.mark.parametrize("yaw, near", [(0.0, 0.6), (math.pi / 2, 0.2)])
def test_yaw_turns_and_half_sizes_stretch(yaw, near):
    scenes = scene_of(("box", [0.0, 0, 0.4], [0.6, 0.2, 0.4], yaw))
    seen = render(scenes, camera([4.0, 0, 0.4], [0.0, 0, 0.4]), intrinsics(9, 9, 0.6), 9, 9)
    assert seen.depth[0, 0, 4, 4] == pytest.approx(4 - near, rel=1e-5)


@pytest.mark.parametrize("world", ["sector", "clutter", "far"])
def test_depth_and_labels_are_those_of_the_plain_renderer(world):
    scenes, cameras, K = drawn(world)
    seen, (depth, label) = render(scenes, cameras, K, 24, 24), plain_render(scenes, cameras, K, 24)
    assert len(label.unique()) > 4 and (label >= FIRST_OBJECT).double().mean() > 0.02
    assert (seen.label != label).double().mean() <= 0.001
    agree = seen.label == label
    # Half a float's rounding of a grazing ray is a whole width of it: a few pixels may be off.
    assert (~torch.isclose(seen.depth.double(), depth, rtol=1e-4, atol=0))[agree].double().mean() <= 0.002


@pytest.mark.parametrize("world", ["sector", "clutter"])
def test_depth_leads_back_to_the_floor_and_to_the_surfaces(world):
    scenes, cameras, K = drawn(world)
    seen = render(scenes, cameras, K, 24, 24)
    points = points_of(seen, cameras, K)
    floor = seen.label == FLOOR
    assert (points[floor][:, 2].abs() < 1e-5 * (1 + seen.depth[floor])).all()
    on_objects = (seen.label >= FIRST_OBJECT).nonzero()
    for b, v, y, x in on_objects[::7].tolist():
        k = int(seen.label[b, v, y, x]) - FIRST_OBJECT
        turn = torch.from_numpy(Rotation.from_euler("z", scenes.yaw[b, k].item()).as_matrix())
        local = (points[b, v, y, x] - scenes.centre[b, k].double()) @ turn / scenes.half_size[b, k].double()
        shape = SHAPES[scenes.shape[b, k]]
        # On the surface: a little nearer to the middle is inside, a little farther from it is not.
        middle = torch.tensor([0.0, 0, -0.2], dtype=F64)
        assert contains(shape, (middle + 0.999 * (local - middle))[None])
        assert not contains(shape, (middle + 1.001 * (local - middle))[None])


@pytest.mark.parametrize("world", ["sector", "clutter", "sector-checker"])
def test_labels_depth_and_colour_fit_together(world):
    scenes, cameras, K = drawn(world)
    seen = render(scenes, cameras, K, 24, 24)
    assert torch.equal(seen.label == SKY, torch.isinf(seen.depth))
    assert (seen.depth > 0).all() and not seen.depth.isnan().any()
    assert seen.label.dtype == torch.uint8
    assert torch.isfinite(seen.colour).all() and seen.colour.min() >= 0 and seen.colour.max() <= 1
    assert seen.colour.std() > 0.05
    for b in range(len(scenes)):  # only objects that are there are seen
        ks = seen.label[b][seen.label[b] >= FIRST_OBJECT].long() - FIRST_OBJECT
        assert (scenes.shape[b, ks] >= 0).all()


def test_a_horizontal_ray_meets_no_floor():
    """The middle row of this picture is exactly horizontal: its rays divide by zero, and see the sky."""
    seen = render(scene_of(), camera([3.0, 0, 1], [0.0, 0, 1]), intrinsics(5, 5, 1.0), 5, 5, samples=1)
    assert (seen.label[0, 0, :3] == SKY).all() and (seen.label[0, 0, 3:] == FLOOR).all()
    assert torch.isfinite(seen.colour).all()


def floor_light(lit: bool) -> float:
    """Linear light on the floor: all of the sky's, and the lamp's by the cosine to the floor's normal."""
    return AMBIENT + (1 - AMBIENT) * LIGHT[2] * lit


def test_colour_of_the_floor_in_light_and_in_shadow_by_hand():
    """A floating sphere, the light at 53 degrees from the side of +x: its shadow lies 0.75 z towards -x."""
    scenes = scene_of(("sphere", [0.0, 0, 2.0], [0.5] * 3, 0.0))
    for x, lit in ((-1.5, False), (0.0, True), (1.5, True)):  # not under the sphere, but beside it
        seen = render(scenes, camera([x, -3.0, 1.0], [x, 0.0, 0.0]), intrinsics(9, 9, 0.2), 9, 9, samples=1)
        assert seen.label[0, 0, 4, 4] == FLOOR
        haze = math.exp(-10.0 / HAZE**2)  # the point is sqrt(10) away
        linear = haze * 0.5 * floor_light(lit)
        torch.testing.assert_close(seen.colour[0, 0, 4, 4], torch.full((3,), math.sqrt(linear)))


def test_colours_of_a_box_by_hand():
    """Its top in full light, its sides to the light and away from it; a tall box's shadow on a low one."""
    low, tall = ("box", [0.0, 0, 0.3], [0.3] * 3, 0.0), ("box", [1.0, 0, 1.0], [0.3, 0.3, 1.0], 0.0)
    K, aim = intrinsics(9, 9, 0.05), [0.0, 0.0, 0.6]

    def middle(scenes, position, target):
        return render(scenes, camera(position, target), K, 9, 9, samples=1).colour[0, 0, 4, 4] ** 2

    def grey(value):
        return torch.full((3,), value)

    lamp = 1 - AMBIENT
    above, side = [0.0, -1.0, 4.0], 0.75 * AMBIENT  # what stands upright gets less light from the sky
    torch.testing.assert_close(middle(scene_of(low), above, aim), grey(AMBIENT + lamp * LIGHT[2]))
    to_light, from_light = [4.0, 0, 1], [-4.0, 0, 1]
    torch.testing.assert_close(middle(scene_of(low), to_light, [0.3, 0, 0.3]), grey(side + lamp * LIGHT[0]))
    torch.testing.assert_close(middle(scene_of(low), from_light, [-0.3, 0, 0.3]), grey(side))
    # The shadow of the tall box, 2 high, reaches 1.5 beyond its near side at x = 0.7.
    torch.testing.assert_close(middle(scene_of(low, tall), above, aim), grey(AMBIENT))
    away = scene_of(low, tall, light=(-0.6, 0.0, 0.8))
    torch.testing.assert_close(middle(away, above, aim), grey(AMBIENT + lamp * LIGHT[2]))


@pytest.mark.parametrize("world", ["sector", "clutter"])
def test_shadows_on_the_floor_are_those_of_the_plain_renderer(world):
    scenes, cameras, K = drawn(world, seed=3)
    bare = scenes[:]
    bare.shape = torch.full_like(scenes.shape, -1)
    seen, empty = (render(s, cameras, K, 24, 24, samples=1) for s in (scenes, bare))
    points, floor = points_of(seen, cameras, K), (seen.label == FLOOR) & (seen.depth < 12)
    wrong = dark = 0
    for b in range(len(scenes)):
        there = points[b][floor[b]]
        t, _ = plain_hits(scenes, b, there, scenes.light[b].double().expand_as(there), floor=False)
        ratio = (seen.colour[b] / empty.colour[b])[floor[b]].mean(-1)
        dark += torch.isfinite(t).sum().item()
        wrong += ((ratio < 0.999) != torch.isfinite(t)).sum().item()
    assert dark > 200
    assert wrong <= 0.002 * floor.sum()


@pytest.mark.parametrize("world", ["sector", "clutter"])
def test_colours_of_objects_are_those_of_the_formula(world):
    """The normal, turned and stretched with the object, the lamp, and the shadow of any object."""
    scenes, cameras, K = drawn(world, seed=2)
    seen = render(scenes, cameras, K, 24, 24, samples=1)
    points, wrong, count = points_of(seen, cameras, K), 0, 0
    for b in range(len(scenes)):
        light = scenes.light[b].double()
        for k in (scenes.shape[b] >= 0).nonzero().flatten().tolist():
            mine = seen.label[b] == FIRST_OBJECT + k
            turn = torch.from_numpy(Rotation.from_euler("z", scenes.yaw[b, k].item()).as_matrix())
            size, there = scenes.half_size[b, k].double(), points[b][mine]
            local = (there - scenes.centre[b, k].double()) @ turn / size
            normals = normal(SHAPES[scenes.shape[b, k]], local) / size @ turn.T
            normals = torch.nn.functional.normalize(normals, dim=-1)
            t, _ = plain_hits(scenes, b, there + 1e-3 * normals, light.expand_as(there), floor=False)
            lamp = (1 - AMBIENT) * (normals @ light).clamp(min=0) * torch.isinf(t)
            expected = scenes.colour[b, k] * (AMBIENT * (0.75 + 0.25 * normals[:, 2]) + lamp)[:, None]
            error = (seen.colour[b][mine].double() - expected.clamp(0, 1).sqrt()).abs().amax(-1)
            wrong, count = wrong + (error > 1e-3).sum().item(), count + len(there)
    assert count > 500
    assert wrong <= 0.01 * count  # rounding at the edges of shapes and of shadows


@pytest.mark.parametrize("world", ["sector", "sector-checker"])
def test_floor_and_sky_colours_are_those_of_the_formulas(world):
    scenes, cameras, K = drawn(world, seed=1)
    scenes.shape = torch.full_like(scenes.shape, -1)
    seen = render(scenes, cameras, K, 24, 24, samples=1)
    points = points_of(seen, cameras, K)
    for b in range(len(scenes)):
        mean, *amplitudes = scenes.floor_colour[b].double()
        wave, horizon, overhead = scenes.floor_wave[b].double(), *scenes.sky[b].double()
        offset = points[b] - cameras[b, :, None, None, :3, 3]
        distance = offset.norm(dim=-1)[..., None]
        if world == "sector":
            phases = points[b][..., :2] @ wave.T + scenes.floor_phase[b]
            floor = mean + sum(a * p.sin()[..., None] for a, p in zip(amplitudes, phases.unbind(-1)))
        else:  # squares of half a unit, turned as the first wave, in the colours of its crest and trough
            along = wave[0] / wave[0].norm()
            across = torch.stack([-along[1], along[0]])
            square = ((points[b][..., :2] @ torch.stack([along, across]).T) / 0.5).floor().sum(-1) % 2
            floor = mean + torch.where(square == 1, 1.0, -1.0)[..., None] * amplitudes[0]
        floor = floor.clamp(0.02, 1.0) * (AMBIENT + (1 - AMBIENT) * scenes.light[b, 2])
        haze = torch.exp(-((distance / HAZE) ** 2))
        sky = horizon + (overhead - horizon) * (offset / distance)[..., 2:].clamp(min=0).sqrt()
        expected = sky + haze * (floor - sky)
        on_floor = (seen.label[b] == FLOOR) & (seen.depth[b] < 20)
        error = (seen.colour[b].double() - expected.clamp(0, 1).sqrt()).abs().amax(-1)[on_floor]
        assert on_floor.sum() > 300
        assert (error > 1e-4).double().mean() <= 0.002  # rounding at the edges of squares


def test_colour_of_the_sky_by_hand():
    scenes = scene_of(sky=0.25)
    scenes.sky[0, 1] = 0.81  # overhead
    pictures = [render(scenes, camera([0.0, 0, 1], [d, 0, 1 + h]), intrinsics(9, 9, 0.1), 9, 9, samples=1)
                for d, h in ((1.0, 1e-4), (1e-3, 1.0), (math.sqrt(15), 1.0))]
    # In the last the sine of the elevation is 1/4, and its root 1/2.
    for picture, linear in zip(pictures, (0.25, 0.81, 0.25 + 0.56 * 0.5)):
        assert picture.colour[0, 0, 4, 4, 0].item() ** 2 == pytest.approx(linear, abs=0.01)


def test_soft_and_checker_floors_in_one_batch():
    soft, cameras, K = drawn("sector", count=2)
    mixed = soft[:]
    mixed.checker = torch.tensor([False, True])
    a, b = render(soft, cameras, K, 24, 24), render(mixed, cameras, K, 24, 24)
    assert torch.equal(a.colour[0], b.colour[0]) and not torch.equal(a.colour[1], b.colour[1])


def test_prints_are_those_of_the_formula_and_nothing_else_changes():
    plain, cameras, K = drawn("printed", count=2)
    printed, plain = plain, plain[:]
    plain.printed = torch.zeros_like(plain.printed)
    a, b = render(plain, cameras, K, 24, 24, samples=1), render(printed, cameras, K, 24, 24, samples=1)
    assert torch.equal(a.label, b.label) and torch.equal(a.depth, b.depth)
    sky = a.label == SKY
    assert torch.equal(a.colour[sky], b.colour[sky])
    points = points_of(a, cameras, K)
    for s in range(2):
        thing = a.label[s] >= FIRST_OBJECT
        waves = points[s] @ printed.print_wave[s].double().T + printed.print_phase[s].double()
        factor = 1 + printed.printed[s].double() * torch.tanh(1.5 * waves.sin().sum(-1))
        linear = a.colour[s].double() ** 2 * factor[..., None]
        error = (b.colour[s].double() ** 2 - linear.clamp(0, 1)).abs().amax(-1)[thing]
        assert thing.sum() > 100 and (error > 0.02).double().mean() < 0.02  # a steep edge, a thousandth beside it
        assert factor[thing].min() < 0.6 and factor[thing].max() > 1.4


def test_each_view_may_have_intrinsics_of_its_own():
    scenes, cameras, K = drawn("sector", count=2)
    own = K.repeat(2, cameras.shape[1], 1, 1)
    own[1, :, :2, :2] *= 1.5
    seen = render(scenes, cameras, own, 12, 12)
    assert torch.equal(seen.colour[0], render(scenes[:1], cameras[:1], K, 12, 12).colour[0])
    assert torch.equal(seen.colour[1], render(scenes[1:], cameras[1:], own[1, 0], 12, 12).colour[0])
    own[1, 1, 0, 0] = -1.0
    with pytest.raises(InputError, match="intrinsics"):
        render(scenes, cameras, own, 12, 12)


def test_more_samples_come_closer_to_the_truth():
    scenes, cameras, K = drawn()
    one, two, four, fine = (render(scenes, cameras, K, 24, 24, samples=s).colour for s in (1, 2, 4, 8))
    one, two, four = ((colour - fine).abs().mean() for colour in (one, two, four))
    assert four < 0.6 * two and two < 0.6 * one
    assert two < 0.01


def test_pictures_need_not_be_square_and_depth_does_not_depend_on_samples():
    scenes, cameras, _ = drawn(count=1, views=1)
    K = intrinsics(10, 20, 0.9)
    one, three = (render(scenes, cameras, K, 10, 20, samples=s) for s in (1, 3))
    assert one.colour.shape == (1, 1, 10, 20, 3)
    assert torch.equal(one.depth, three.depth) and torch.equal(one.label, three.label)
