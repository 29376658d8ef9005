"""Answers to exercises 03.1 to 03.3, right and wrong, as readers write them."""

import torch

from tests.chapters.answers import right, wrong

# ---- 03.1


@right("03.1")
def from_the_edges(rays, near, far, samples, generator=None):
    edges = torch.linspace(near, far, samples + 1)
    inside = torch.full((rays, samples), 0.5) if generator is None else torch.rand(rays, samples, generator=generator)
    return edges[:-1] + inside * edges.diff()


@right("03.1")
def bin_by_bin(rays, near, far, samples, generator=None):
    width, columns = (far - near) / samples, []
    for i in range(samples):
        place = 0.5 * torch.ones(rays) if generator is None else torch.rand(rays, generator=generator)
        columns.append(near + width * (i + place))
    return torch.stack(columns, 1)


def by(rays, near, far, samples, inside):
    return near + (far - near) / samples * (torch.arange(samples) + inside)


@wrong("03.1", "end-to-end")
def linspace(rays, near, far, samples, generator=None):
    return torch.linspace(near, far, samples).repeat(rays, 1)


@wrong("03.1", "bin-starts")
def without_the_half(rays, near, far, samples, generator=None):
    inside = torch.zeros(rays, samples) if generator is None else torch.rand(rays, samples, generator=generator)
    return by(rays, near, far, samples, inside)


@wrong("03.1", "bin-ends")
def counts_from_one(rays, near, far, samples, generator=None):
    return near + (far - near) / samples * torch.arange(1, samples + 1).repeat(rays, 1)


@wrong("03.1", "from-zero")
def forgets_near(rays, near, far, samples, generator=None):
    return by(rays, 0.0, far, samples, torch.full((rays, samples), 0.5))


@wrong("03.1", "near-added")
def far_for_length(rays, near, far, samples, generator=None):
    return near + far / samples * (torch.arange(samples) + torch.full((rays, samples), 0.5))


@wrong("03.1", "not-stratified")
def anywhere(rays, near, far, samples, generator=None):
    if generator is None:
        return by(rays, near, far, samples, torch.full((rays, samples), 0.5))
    return near + (far - near) * torch.rand(rays, samples, generator=generator).sort(-1).values


@wrong("03.1", "out-of-range")
def around_the_middle(rays, near, far, samples, generator=None):
    noise = 0.0 if generator is None else torch.randn(rays, samples, generator=generator)
    return by(rays, near, far, samples, torch.full((rays, samples), 0.5) + noise)


@wrong("03.1", "not-drawn")
def always_the_middle(rays, near, far, samples, generator=None):
    return by(rays, near, far, samples, torch.full((rays, samples), 0.5))


@wrong("03.1", "same-for-all-rays")
def one_row(rays, near, far, samples, generator=None):
    inside = torch.full((samples,), 0.5) if generator is None else torch.rand(samples, generator=generator)
    return by(rays, near, far, samples, inside).repeat(rays, 1)


@wrong("03.1", "same-shift")
def one_column(rays, near, far, samples, generator=None):
    inside = torch.full((rays, 1), 0.5) if generator is None else torch.rand(rays, 1, generator=generator)
    return by(rays, near, far, samples, inside)


@wrong("03.1", "part-of-the-bin")
def a_little_noise(rays, near, far, samples, generator=None):
    noise = 0.0 if generator is None else 0.2 * (torch.rand(rays, samples, generator=generator) - 0.5)
    return by(rays, near, far, samples, torch.full((rays, samples), 0.5) + noise)


@wrong("03.1", "generator-unused")
def from_global_numbers(rays, near, far, samples, generator=None):
    inside = torch.full((rays, samples), 0.5) if generator is None else torch.rand(rays, samples)
    return by(rays, near, far, samples, inside)


@wrong("03.1", "drawn-shape")
def one_ray_only(rays, near, far, samples, generator=None):
    if generator is None:
        return by(rays, near, far, samples, torch.full((rays, samples), 0.5))
    return by(rays, near, far, samples, torch.rand(samples, generator=generator))


# ---- 03.2


def widths_of(distances, last=1e10):
    return torch.cat([distances[:, 1:] - distances[:, :-1], torch.full_like(distances[:, :1], last)], 1)


def shifted(passed):
    return torch.cat([torch.ones_like(passed[:, :1]), passed[:, :-1]], 1)


@right("03.2")
def by_products(density, distances):
    alpha = 1 - torch.exp(-density * widths_of(distances))
    return shifted(torch.cumprod(1 - alpha, 1)) * alpha


@right("03.2")
def as_differences(density, distances):
    left = torch.exp(-(density * widths_of(distances)).cumsum(1))  # behind each piece
    return torch.cat([torch.ones_like(left[:, :1]), left[:, :-1]], 1) - left


@right("03.2")
def sample_after_sample(density, distances):
    widths, light, weights = widths_of(distances), torch.ones(len(density)), []
    for i in range(density.shape[1]):
        let_through = torch.exp(-density[:, i] * widths[:, i])
        weights.append(light * (1 - let_through))
        light = light * let_through
    return torch.stack(weights, 1)


@wrong("03.2", "off-by-one")
def inclusive(density, distances):
    thickness = density * widths_of(distances)
    return torch.exp(-thickness.cumsum(1)) * (1 - torch.exp(-thickness))


@wrong("03.2", "off-by-one")
def unshifted_product(density, distances):
    alpha = 1 - torch.exp(-density * widths_of(distances))
    return (1 - alpha).cumprod(1) * alpha


@wrong("03.2", "backwards")
def from_the_far_end(density, distances):
    alpha = 1 - torch.exp(-density * widths_of(distances))
    return shifted((1 - alpha).flip(1).cumprod(1)).flip(1) * alpha


@wrong("03.2", "last-without-width")
def zero_at_the_end(density, distances):
    alpha = 1 - torch.exp(-density * widths_of(distances, last=0.0))
    return shifted((1 - alpha).cumprod(1)) * alpha


@wrong("03.2", "last-width-copied")
def as_wide_as_the_one_before(density, distances):
    widths = distances.diff(dim=1)
    alpha = 1 - torch.exp(-density * torch.cat([widths, widths[:, -1:]], 1))
    return shifted((1 - alpha).cumprod(1)) * alpha


@wrong("03.2", "distances-not-scaled")
def density_alone(density, distances):
    alpha = 1 - torch.exp(-density)
    return shifted((1 - alpha).cumprod(1)) * alpha


@wrong("03.2", "distances-for-widths")
def distances_in_the_exponent(density, distances):
    alpha = 1 - torch.exp(-density * distances)
    return shifted((1 - alpha).cumprod(1)) * alpha


@wrong("03.2", "widths-before")
def from_the_sample_before(density, distances):
    widths = torch.diff(distances, dim=1, prepend=torch.zeros_like(distances[:, :1]))
    alpha = 1 - torch.exp(-density * widths)
    return shifted((1 - alpha).cumprod(1)) * alpha


@wrong("03.2", "no-transmittance")
def opacity_alone(density, distances):
    return 1 - torch.exp(-density * widths_of(distances))


@wrong("03.2", "transmittance-alone")
def light_that_arrives(density, distances):
    return shifted(torch.exp(-(density * widths_of(distances)).cumsum(1)))


@wrong("03.2", "density-for-share")
def as_in_the_integral(density, distances):
    return light_that_arrives(density, distances) * density


@wrong("03.2", "linear-share")
def first_order(density, distances):
    thickness = density * widths_of(distances)
    return light_that_arrives(density, distances) * thickness.clamp(0, 1)


@wrong("03.2", "normalised")
def sums_to_one(density, distances):
    weights = by_products(density, distances)
    return weights / (weights.sum(1, keepdim=True) + 1e-8)


@wrong("03.2", "over-rays")
def down_the_columns(density, distances):
    thickness = density * widths_of(distances)
    before = thickness.cumsum(0) - thickness
    before[1:] = thickness[:-1].cumsum(0)
    return torch.exp(-before) * (1 - torch.exp(-thickness))


@wrong("03.2", "fog")
def thickness_squared(density, distances):
    alpha = 1 - torch.exp(-(density * widths_of(distances, 1e4)) ** 2)
    return shifted((1 - alpha).cumprod(1)) * alpha


@wrong("03.2", "not-finite")
def truly_infinite(density, distances):
    return by_products(density, torch.cat([distances[:, :-1], distances[:, -1:]], 1)) + 0 * (
        density * widths_of(distances, float("inf")))


@wrong("03.2", "no-gradient")
def detached(density, distances):
    return by_products(density.detach(), distances.detach())


@wrong("03.2", "shape")
def without_the_last(density, distances):
    alpha = 1 - torch.exp(-density[:, :-1] * distances.diff(dim=1))
    return shifted((1 - alpha).cumprod(1)) * alpha


# ---- 03.3


@right("03.3")
def by_einsum(field, origins, directions, distances, weights_of):
    points = origins.unsqueeze(1) + torch.einsum("ns,nc->nsc", distances, directions)
    density, colour = field(points)
    w = weights_of(density, distances)
    return torch.einsum("ns,nsc->nc", w, colour), torch.einsum("ns,ns->n", w, distances), w


@right("03.3")
def ray_after_ray(field, origins, directions, distances, weights_of):
    found = []
    for o, d, t in zip(origins, directions, distances):
        density, colour = field(o + t[:, None] * d)
        w = weights_of(density[None], t[None])[0]
        found.append((w @ colour, w @ t, w))
    return tuple(torch.stack(part) for part in zip(*found))


def asked(field, points, distances, weights_of):
    density, colour = field(points)
    w = weights_of(density, distances)
    return density, colour, w


def on_rays(origins, directions, distances):
    return origins[:, None, :] + directions[:, None, :] * distances[:, :, None]


@wrong("03.3", "origin-forgotten")
def from_the_middle_of_the_world(field, origins, directions, distances, weights_of):
    _, colour, w = asked(field, directions[:, None] * distances[..., None], distances, weights_of)
    return (w[..., None] * colour).sum(1), (w * distances).sum(1), w


@wrong("03.3", "origin-scaled")
def brackets(field, origins, directions, distances, weights_of):
    _, colour, w = asked(field, (origins + directions)[:, None] * distances[..., None], distances, weights_of)
    return (w[..., None] * colour).sum(1), (w * distances).sum(1), w


@wrong("03.3", "exchanged")
def d_plus_t_o(field, origins, directions, distances, weights_of):
    _, colour, w = asked(field, on_rays(directions, origins, distances), distances, weights_of)
    return (w[..., None] * colour).sum(1), (w * distances).sum(1), w


@wrong("03.3", "normalised")
def as_a_mean(field, origins, directions, distances, weights_of):
    _, colour, w = asked(field, on_rays(origins, directions, distances), distances, weights_of)
    share = w / w.sum(1, keepdim=True)
    return (share[..., None] * colour).sum(1), (share * distances).sum(1), w


@wrong("03.3", "plain-mean")
def forgets_the_weights(field, origins, directions, distances, weights_of):
    _, colour, w = asked(field, on_rays(origins, directions, distances), distances, weights_of)
    return colour.mean(1), (w * distances).sum(1), w


@wrong("03.3", "by-density")
def dense_is_bright(field, origins, directions, distances, weights_of):
    density, colour, w = asked(field, on_rays(origins, directions, distances), distances, weights_of)
    return (density[..., None] * colour).sum(1), (w * distances).sum(1), w


@wrong("03.3", "heaviest")
def winner_takes_all(field, origins, directions, distances, weights_of):
    _, colour, w = asked(field, on_rays(origins, directions, distances), distances, weights_of)
    best = w.argmax(1)[:, None, None].expand(-1, 1, 3)
    return colour.gather(1, best)[:, 0], (w * distances).sum(1), w


@wrong("03.3", "heaviest-distance")
def first_surface(field, origins, directions, distances, weights_of):
    _, colour, w = asked(field, on_rays(origins, directions, distances), distances, weights_of)
    return (w[..., None] * colour).sum(1), distances.gather(1, w.argmax(1, keepdim=True))[:, 0], w


@wrong("03.3", "own-weights")
def formula_inside(field, origins, directions, distances, weights_of):
    density, colour = field(on_rays(origins, directions, distances))
    w = by_products(density, distances)
    return (w[..., None] * colour).sum(1), (w * distances).sum(1), w


@wrong("03.3", "shape")
def axis_kept(field, origins, directions, distances, weights_of):
    _, colour, w = asked(field, on_rays(origins, directions, distances), distances, weights_of)
    return (w[..., None] * colour).sum(1), (w * distances).sum(1, keepdim=True), w


@wrong("03.3", "structure")
def colour_alone(field, origins, directions, distances, weights_of):
    _, colour, w = asked(field, on_rays(origins, directions, distances), distances, weights_of)
    return (w[..., None] * colour).sum(1)


@wrong("03.3", "no-gradient")
def frozen(field, origins, directions, distances, weights_of):
    with torch.no_grad():
        return by_einsum(field, origins, directions, distances, weights_of)
