"""Shapes: hits by hand, rays that divide by zero, and what holds for every ray and every normal."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rust_edu.errors import InputError
from rust_edu.scenes.shapes import EPSILON, SHAPES, contains, intersect, normal

F64 = torch.float64
MISS = math.inf
each_shape = pytest.mark.parametrize("shape", SHAPES)


def surface(shape: str, p: torch.Tensor) -> torch.Tensor:
    """Implicit function (N,) of points (N, 3): negative inside, zero on the surface. See shapes.py."""
    x, y, z = p.unbind(-1)
    round_ = (x * x + y * y).sqrt()
    return {
        "sphere": p.norm(dim=-1) - 1,
        "box": p.abs().amax(-1) - 1,
        "cylinder": torch.maximum(round_ - 1, z.abs() - 1),
        "cone": torch.maximum(round_ - 0.5 * (1 - z), -1 - z),
    }[shape]


def random_rays(seed: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Rays from in and around the shapes; directions of any length, some along an axis or a plane of axes."""
    generator = torch.Generator().manual_seed(seed)
    origins = 5 * torch.rand(count, 3, generator=generator, dtype=F64) - 2.5
    # Half of the rays are aimed near the shape, or most would miss.
    directions = torch.randn(count, 3, generator=generator, dtype=F64)
    aim = 1.4 * torch.rand(count, 3, generator=generator, dtype=F64) - 0.7 - origins
    directions = torch.where(torch.rand(count, 1, generator=generator) < 0.5, aim, directions)
    flat = torch.rand(count, 3, generator=generator) < 0.25
    directions = torch.where(flat & ~flat.all(-1, keepdim=True), 0.0, directions)
    return origins, directions


UP, DOWN, ACROSS = [0.0, 0, 1], [0.0, 0, -1], [1.0, 0, 0]


@pytest.mark.parametrize("shape, origin, direction, distance", [
    ("sphere", [-3.0, 0, 0], ACROSS, 2.0),
    ("sphere", [-3.0, 0, 0], [2.0, 0, 0], 1.0),  # distances count in lengths of the direction
    ("sphere", [0.0, 0, 0], UP, 1.0),  # from inside: where the ray leaves
    ("sphere", [-3.0, 0.6, 0], ACROSS, 2.2),
    ("sphere", [-3.0, 1.1, 0], ACROSS, MISS),
    ("sphere", [3.0, 0, 0], ACROSS, MISS),  # behind
    ("sphere", [1.0, 0, 0], ACROSS, MISS),  # from the surface outwards: not hit again
    ("sphere", [-1.0, 0, 0], ACROSS, 2.0),  # from the surface inwards: the other side
    ("box", [0.5, 0.5, 4], DOWN, 3.0),
    ("box", [0.0, 0, 0], [1.0, 2, 0], 0.5),
    ("box", [-3.0, -3, -3], [1.0, 1, 1], 2.0),  # through a corner
    ("box", [0.0, 1.5, 4], DOWN, MISS),  # beside a pair of faces, and parallel to it
    ("box", [-3.0, 0, 4], [1.0, 0, -1], 3.0),  # by the top, the side being reached at 2
    ("box", [-3.0, 0, 5], [1.0, 0, -1], 4.0),  # by the edge of top and far side
    ("box", [-3.0, 0, 6], [1.0, 0, -1], MISS),
    ("cylinder", [0.5, 0, 4], DOWN, 3.0),  # the top, along the axis
    ("cylinder", [0.5, 0, -4], UP, 3.0),
    ("cylinder", [0.9, 0.9, 4], DOWN, MISS),  # a box would be hit
    ("cylinder", [-3.0, 0, 0.5], ACROSS, 2.0),
    ("cylinder", [-3.0, 0, 1.5], ACROSS, MISS),
    ("cylinder", [-3.0, 0, 4], [1.0, 0, -1], 3.0),  # by the top
    ("cylinder", [0.0, 0, 0], [1.0, 0, 1], 1.0),
    ("cylinder", [0.0, 0, 0], UP, 1.0),
    ("cone", [0.0, 0, 4], DOWN, 3.0),  # the apex, along the axis
    ("cone", [0.5, 0, 4], DOWN, 4.0),  # halfway out the mantle is at z = 0
    ("cone", [0.5, 0, -4], UP, 3.0),  # the base
    ("cone", [-3.0, 0, 0], ACROSS, 2.5),  # halfway up the radius is 0.5
    ("cone", [-3.0, 0.6, 0], ACROSS, MISS),
    ("cone", [-3.0, 0, 2], ACROSS, MISS),  # the mirror image above the apex is no part of it
    ("cone", [0.0, 0, 0], ACROSS, 0.5),
    ("cone", [0.0, 0, 0], DOWN, 1.0),
    ("cone", [0.0, 0, 0], UP, 1.0),
])
@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_hits_by_hand(shape, origin, direction, distance, dtype):
    seen = intersect(shape, torch.tensor([origin], dtype=dtype), torch.tensor([direction], dtype=dtype))
    assert seen.item() == pytest.approx(distance, rel=1e-6)


@each_shape
@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_no_nan_comes_out_of_rays_along_axes_faces_and_edges(shape, dtype):
    """Every direction of zeros and ones from every point of a grid: divisions by zero of every kind."""
    steps = torch.tensor([-1.0, -0.0, 0.0, 1.0], dtype=dtype)
    places = torch.tensor([-2.0, -1.0, -0.5, 0.0, 1.0, 3.0], dtype=dtype)
    directions, origins = torch.cartesian_prod(steps, steps, steps), torch.cartesian_prod(*[places] * 3)
    o, d = (t.flatten(0, 1) for t in (origins[:, None].expand(-1, 64, 3), directions.expand(216, -1, 3)))
    t = intersect(shape, o, d)
    assert not t.isnan().any()
    assert (t > EPSILON).all()
    hit = torch.isfinite(t)
    assert 0.05 < hit.double().mean() < 0.5
    on = surface(shape, (o + t[:, None] * d)[hit])
    torch.testing.assert_close(on, torch.zeros_like(on), rtol=0, atol=1e-6)


@each_shape
@given(st.integers(0, 2**31))
def test_hits_lie_on_the_surface_and_nothing_is_nearer(shape, seed):
    origins, directions = random_rays(seed, 40)
    t = intersect(shape, origins, directions)
    hit = torch.isfinite(t)
    on = surface(shape, (origins + t[:, None] * directions)[hit])
    torch.testing.assert_close(on, torch.zeros_like(on), rtol=0, atol=1e-9)
    # Before the first hit, or on all of a ray that misses, inside and outside never change.
    reach = torch.where(hit, t, 10.0 / directions.norm(dim=-1))
    along = torch.linspace(0, 1, 402, dtype=F64)[1:-1] * reach[:, None]  # (N, 400)
    points = origins[:, None] + along[..., None] * directions[:, None]
    inside = contains(shape, points.flatten(0, 1)).view(along.shape)
    clear = surface(shape, points.flatten(0, 1)).view(along.shape).abs() > 1e-6  # not within rounding of it
    assert (inside == contains(shape, origins)[:, None])[clear].all()
    # Just behind a hit the side is the other one, except where the ray only grazes an edge.
    after = origins + (t + 1e-5 / directions.norm(dim=-1))[:, None] * directions
    crossed = contains(shape, after)[hit] != contains(shape, origins)[hit]
    assert crossed.double().mean() > 0.95


@each_shape
def test_many_of_the_random_rays_hit_from_both_sides(shape):
    """Guards the property test above against rays that test nothing."""
    origins, directions = random_rays(0, 4000)
    hit, inside = torch.isfinite(intersect(shape, origins, directions)), contains(shape, origins)
    assert (hit & ~inside).sum() > 400 and (hit & inside).sum() > 40 and (~hit).sum() > 400
    assert hit[inside].all()  # whoever is inside must get out


@each_shape
def test_contains_is_the_inside_of_the_surface(shape):
    points = 3 * torch.rand(4000, 3, generator=torch.Generator().manual_seed(0), dtype=F64) - 1.5
    value = surface(shape, points)
    assert torch.equal(contains(shape, points), value < 0)
    assert (value.abs() > 1e-9).all()


@each_shape
@given(st.integers(0, 2**31))
def test_normals_are_the_gradient_of_the_surface(shape, seed):
    origins, directions = random_rays(seed, 40)
    t = intersect(shape, origins, directions)
    points = (origins + t[:, None] * directions)[torch.isfinite(t)]
    x, y, z = points.unbind(-1)
    # The gradient jumps at edges, and the cone's normal is that of its base in the lowest 1e-3.
    edges = {"sphere": torch.zeros_like(x, dtype=torch.bool),
             "box": (points.abs() > 0.99).sum(-1) > 1,
             "cylinder": ((x * x + y * y).sqrt() > 0.99) & (z.abs() > 0.99),
             "cone": (z > 0.99) | ((z < -0.99) & ((x * x + y * y).sqrt() > 0.98))}[shape]
    points = points[~edges]
    step = 1e-6 * torch.eye(3, dtype=F64)
    slopes = [(surface(shape, points + h) - surface(shape, points - h)) / 2e-6 for h in step]
    gradient = torch.stack(slopes, dim=-1)
    seen = normal(shape, points)
    assert (seen.norm(dim=-1) > 1e-3).all()
    unit = torch.nn.functional.normalize
    torch.testing.assert_close(unit(seen, dim=-1), unit(gradient, dim=-1), rtol=0, atol=1e-6)
    assert not contains(shape, points + 1e-4 * unit(seen, dim=-1)).any()  # outwards


@each_shape
def test_scaling_a_ray_scales_its_distance(shape):
    """So that t is a distance in the world, however the object is stretched."""
    origins, directions = random_rays(2, 200)
    t = intersect(shape, origins, directions)
    torch.testing.assert_close(intersect(shape, origins, 4 * directions), t / 4, rtol=1e-9, atol=0)


@each_shape
def test_no_rays_give_no_distances(shape):
    none = torch.zeros(0, 3)
    assert intersect(shape, none, none).shape == (0,)
    assert normal(shape, none).shape == (0, 3)
    assert contains(shape, none).shape == (0,)


@pytest.mark.parametrize("function", [lambda s, p: intersect(s, p, p), normal, contains])
def test_unknown_shapes_are_refused_by_name(function):
    with pytest.raises(InputError, match="'torus'.*sphere, box, cylinder, cone"):
        function("torus", torch.ones(1, 3))
