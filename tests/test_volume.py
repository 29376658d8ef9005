"""Volume rendering: by hand, against the formula for even fog, and what must hold for any fog."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from rust_edu.errors import InputError
from rust_edu.models.volume import (
    BEYOND,
    interval_widths,
    render_rays,
    sample_distances,
    transmittance,
    volume_weights,
)

F64 = torch.float64
positive = st.floats(0.0, 20.0)
pieces = st.lists(st.tuples(positive, st.floats(0.0, 3.0)), min_size=2, max_size=12)


def tensors(pieces) -> tuple[torch.Tensor, torch.Tensor]:
    density, widths = zip(*pieces)
    return torch.tensor(density, dtype=F64), torch.tensor(widths, dtype=F64)


def fog(density: float, colour=(0.2, 0.4, 0.6)):
    """A field that is the same everywhere."""
    return lambda points: (torch.full(points.shape[:-1], density, dtype=points.dtype),
                           torch.tensor(colour, dtype=points.dtype).expand_as(points))


def test_two_samples_by_hand():
    # The first piece stops half of the light (exp(-ln 2 * 1) = 1/2), the second half of what is left.
    half = math.log(2.0)
    density, widths = torch.tensor([half, half / 2]), torch.tensor([1.0, 2.0])
    torch.testing.assert_close(transmittance(density, widths), torch.tensor([1.0, 0.5]))
    torch.testing.assert_close(volume_weights(density, widths), torch.tensor([0.5, 0.25]))


def test_a_ray_by_hand():
    # Along x, asked at 1 and 3: the piece from 1 to 3 stops half of the light, all the rest ends beyond 3.
    def field(points):
        first = points[..., 0] < 2
        colour = torch.where(first[..., None], torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 0, 1]))
        return torch.where(first, 0.5 * math.log(2.0), 1.0), colour

    seen = render_rays(field, torch.zeros(1, 3), torch.tensor([[1.0, 0, 0]]), torch.tensor([[1.0, 3.0]]))
    torch.testing.assert_close(seen.weights, torch.tensor([[0.5, 0.5]]))
    torch.testing.assert_close(seen.colour, torch.tensor([[0.5, 0, 0.5]]))
    torch.testing.assert_close(seen.distance, torch.tensor([2.0]))


@given(st.floats(0.01, 5.0), st.floats(0.1, 10.0), st.integers(2, 40))
def test_even_fog_stops_what_the_formula_says(density, length, samples):
    # However it is cut, fog of density sigma and length L stops 1 - exp(-sigma L).
    widths = torch.full((samples,), length / samples, dtype=F64)
    stopped = volume_weights(torch.full_like(widths, density), widths).sum()
    torch.testing.assert_close(stopped, torch.tensor(-math.expm1(-density * length), dtype=F64))


def test_depth_of_even_fog_is_the_mean_way_of_light():
    # Light in endless fog comes 1 / sigma far on average; fine pieces are needed to see that.
    distances = sample_distances(1, 0.0, 20.0, 4000).double()
    origin, direction = torch.zeros(1, 3, dtype=F64), torch.tensor([[0.0, 0, 1]], dtype=F64)
    seen = render_rays(fog(0.8), origin, direction, distances)
    torch.testing.assert_close(seen.distance, torch.tensor([1 / 0.8], dtype=F64), atol=5e-3, rtol=0)
    torch.testing.assert_close(seen.colour, torch.tensor([[0.2, 0.4, 0.6]], dtype=F64))


@given(pieces)
def test_weights_are_shares(pieces):
    weights = volume_weights(*tensors(pieces))
    assert (weights >= 0).all() and weights.sum() <= 1 + 1e-12


@given(pieces)
def test_what_is_missing_comes_from_behind(pieces):
    density, widths = tensors(pieces)
    torch.testing.assert_close(1 - volume_weights(density, widths).sum(), torch.exp(-(density * widths).sum()))


@given(pieces, st.integers(0, 11), st.floats(0.0, 1.0))
def test_cutting_a_piece_in_two_changes_nothing(pieces, which, share):
    which %= len(pieces)
    density, width = pieces[which]
    cut = pieces[:which] + [(density, share * width), (density, (1 - share) * width)] + pieces[which + 1:]
    whole, parts = volume_weights(*tensors(pieces)), volume_weights(*tensors(cut))
    together = torch.cat([parts[:which], parts[which:which + 2].sum(0, keepdim=True), parts[which + 2:]])
    torch.testing.assert_close(together, whole)


@given(pieces)
def test_nothing_behind_changes_what_is_in_front(pieces):
    density, widths = tensors(pieces)
    other = torch.cat([density[:1], density[1:] + 3.0])
    torch.testing.assert_close(volume_weights(other, widths)[0], volume_weights(density, widths)[0])


def test_order_matters():
    density, widths = torch.tensor([5.0, 0.5]), torch.ones(2)
    assert volume_weights(density, widths)[1] < volume_weights(density.flip(0), widths)[0]


def test_the_last_piece_takes_all_that_is_left():
    distances = torch.tensor([[1.0, 2.0, 4.0]])
    widths = interval_widths(distances)
    torch.testing.assert_close(widths, torch.tensor([[1.0, 2.0, BEYOND]]))
    torch.testing.assert_close(volume_weights(torch.full((1, 3), 0.3), widths).sum(), torch.tensor(1.0))


def test_empty_space_and_walls_leave_no_nan():
    density = torch.tensor([[0.0, 0.0, 0.0], [1e9, 1e9, 1e9], [0.0, 1e9, 0.0]], requires_grad=True)
    weights = volume_weights(density, interval_widths(torch.tensor([[1.0, 2.0, 3.0]]).expand(3, 3)))
    torch.testing.assert_close(weights, torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]))
    weights.sum().backward()
    assert torch.isfinite(density.grad).all()


def test_gradient():
    generator = torch.Generator().manual_seed(0)
    density, widths = (torch.rand(2, 4, generator=generator, dtype=F64).requires_grad_() for _ in range(2))
    assert gradcheck(volume_weights, (density, widths))


def test_stratified_distances_are_one_in_each_bin():
    distances = sample_distances(500, 1.0, 9.0, 16, torch.Generator().manual_seed(0))
    assert ((distances - 1.0) / 0.5).floor().equal(torch.arange(16.0).expand(500, 16))
    mean = (distances - 1.0) / 0.5 - torch.arange(16)
    assert abs(mean.mean() - 0.5) < 0.02 and mean.std() > 0.25, "anywhere in its bin"
    assert distances.equal(sample_distances(500, 1.0, 9.0, 16, torch.Generator().manual_seed(0)))


def test_without_a_generator_distances_are_the_middles():
    torch.testing.assert_close(sample_distances(2, 1.0, 3.0, 2), torch.tensor([[1.5, 2.5]] * 2))


@pytest.mark.parametrize("near, far", [(2.0, 1.0), (1.0, 1.0), (-1.0, 1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_rays_that_begin_nowhere(near, far):
    with pytest.raises(InputError, match="0 <= near < far"):
        sample_distances(3, near, far, 8)


def test_one_sample_is_no_ray():
    with pytest.raises(InputError, match="2 or more"):
        sample_distances(3, 1.0, 2.0, 1)


def test_shapes_that_do_not_fit():
    rays = torch.zeros(5, 3)
    with pytest.raises(InputError, match=r"\(N, 3\), \(N, 3\) and \(N, S\)"):
        render_rays(fog(1.0), rays, rays, torch.ones(4, 8))
    with pytest.raises(InputError, match="a field that answers with shapes"):
        render_rays(lambda p: (p, p), rays, rays, torch.ones(5, 8))
