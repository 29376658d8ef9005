"""Exercises 03.1 to 03.3: where a ray asks, what each piece of it weighs, and what it sees.

Cases, known mistakes and properties. Axes: N rays, S samples along one.
Public: `DISTANCES`, `WEIGHTS`, `SEE`, `ray_weights`, `see`, `BROKEN`.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from ....models.volume import interval_widths, sample_distances, transmittance, volume_weights
from ...checking.compare import numbers
from ...checking.exercise import Case, Diagnosis, Exercise, Suspect

ASKING, FOG, SEEING = "Where a ray asks", "Light in a fog", "What a ray sees"


# ---- 03.1


def distance_cases(g: Generator):
    yield Case("one ray from 2 to 6 in 4 bins", 1, 2.0, 6.0, 4)
    for rays, near, far, samples in ((3, 0.5, 9.0, 5), (2, 1.0, 2.5, 8), (5, 0.0, 3.0, 2)):
        yield Case(f"{rays} rays from {near:g} to {far:g} in {samples} bins", rays, near, far, samples, None)


def _places(place: Callable[[Tensor, int], Tensor], start: float = 1.0, end: float = 1.0) -> Callable:
    """sample_distances at other shares of the way, given 0 .. S - 1 and S."""

    def mistaken(rays, near, far, samples, generator=None):
        share = place(torch.arange(samples) * 1.0, samples)
        return (start * near + (end * far - start * near) * share).expand(rays, samples).clone()

    return mistaken


def _drawn(yours, seed: int, rays: int = 200, samples: int = 8) -> Tensor:
    return yours(rays, 1.0, 5.0, samples, torch.Generator().manual_seed(seed))


def one_in_each_bin(yours, g):
    """with a generator, there is one distance in every bin, in order"""
    drawn = _drawn(yours, 0)
    if drawn.shape != (200, 8):
        raise Diagnosis("drawn-shape", "With a generator the distances have another shape than without.",
                        seen=str(tuple(drawn.shape)), expected="(200, 8)", reread=ASKING)
    if drawn.min() < 1.0 or drawn.max() > 5.0:
        raise Diagnosis("out-of-range", "Some distances are before `near` or beyond `far`. A draw from [0, 1), added "
                        "to the number of the bin, never leaves the bin.",
                        seen=f"{drawn.min():.3g} to {drawn.max():.3g}", expected="1 to 5", reread=ASKING)
    bins = ((drawn - 1.0) / 0.5).floor().clamp(0, 7)
    if (bins != torch.arange(8.0)).any():
        raise Diagnosis("not-stratified", "Some bins of a ray have no distance, or the order is another. Draw one "
                        "place within every bin, not all of them anywhere along the ray.",
                        seen=f"bins {numbers(bins[(bins != torch.arange(8.0)).any(1)][0], 8)}",
                        expected="[0, 1, 2, 3, 4, 5, 6, 7]", reread=ASKING)


def every_place_is_drawn(yours, g):
    """every ray and every bin draws a place of its own, anywhere in the bin"""
    inside = (_drawn(yours, 0) - 1.0) / 0.5 - torch.arange(8.0)  # (N, S), 0 to 1 in its bin
    if inside.std() < 1e-3:
        raise Diagnosis("not-drawn", "With a generator the distances are the same every time: nothing is drawn.",
                        seen=numbers(inside[0]), expected="places anywhere in their bins", reread=ASKING)
    if inside.std(0).max() < 1e-3:
        raise Diagnosis("same-for-all-rays", "All rays have the same distances. Draw N x S places, one for every bin "
                        "of every ray.", seen="N equal rows", expected="rows that differ", reread=ASKING)
    if inside.std(1).max() < 1e-3:
        raise Diagnosis("same-shift", "All distances of a ray are shifted by the same amount. Draw N x S places, one "
                        "for every bin of every ray.", seen=numbers(inside[0]), expected="places that differ",
                        reread=ASKING)
    if inside.min() > 0.05 or inside.max() < 0.95 or abs(inside.mean() - 0.5) > 0.05:
        raise Diagnosis("part-of-the-bin", "The places do not fill their bins evenly. torch.rand gives [0, 1): a whole "
                        "bin.", seen=f"{inside.min():.2f} to {inside.max():.2f} of a bin, mean {inside.mean():.2f}",
                        expected="0 to 1, mean 0.5", reread=ASKING)


def draws_from_its_generator(yours, g):
    """the generator alone decides what is drawn"""
    if torch.equal(_drawn(yours, 1), _drawn(yours, 2)):
        raise Diagnosis("generator-unused", "Two generators with different seeds give the same distances. Hand yours "
                        "on: torch.rand(..., generator=generator).", seen="equal", expected="different", reread=ASKING)
    if not torch.equal(_drawn(yours, 1), _drawn(yours, 1)):
        raise Diagnosis("generator-unused", "Two generators with the same seed give different distances. Hand yours "
                        "on: torch.rand(..., generator=generator).", seen="different", expected="equal", reread=ASKING)


DISTANCES = Exercise(
    "03.1", "sample_distances", reference=sample_distances, cases=distance_cases, outputs=("the distances",),
    gradient=False, properties=(one_in_each_bin, every_place_is_drawn, draws_from_its_generator), suspects=(
        Suspect("end-to-end", _places(lambda i, S: i / (S - 1)), "Your distances go from `near` to `far` inclusive. "
                "There are S bins, so each is (far - near) / S wide; without a generator take their middles.", ASKING),
        Suspect("bin-starts", _places(lambda i, S: i / S), "These are the near ends of the bins. Without a generator "
                "take the middles: half a bin further.", ASKING),
        Suspect("bin-ends", _places(lambda i, S: (i + 1) / S), "These are the far ends of the bins. Without a "
                "generator take the middles.", ASKING),
        Suspect("from-zero", _places(lambda i, S: (i + 0.5) / S, start=0.0), "Your rays are cut from 0 to `far`. "
                "Distances count from the camera, but the first bin begins at `near`.", ASKING),
        Suspect("near-added", lambda rays, near, far, samples, generator=None: (
            near + far / samples * (torch.arange(samples) + 0.5)).expand(rays, samples).clone(),
                "Your bins are far / S wide, so the last one ends beyond `far`. What is cut is far - near.", ASKING)))


# ---- 03.2


def ray_weights(density: Tensor, distances: Tensor) -> Tensor:
    """Densities and ascending distances (N, S) -> the share (N, S) of each sample in its ray's colour."""
    return volume_weights(density, interval_widths(distances))


def weight_cases(g: Generator):
    yield Case("a wall of density ln 2 and 1 unit, then air, then fog for ever",
               torch.tensor([[0.6931472, 0.0, 0.5]]), torch.tensor([[1.0, 2.0, 4.0]]))
    yield Case("two half walls, and nothing at the end", torch.tensor([[0.6931472, 0.6931472, 0.0]]),
               torch.tensor([[1.0, 2.0, 3.0]]))
    for N, S in ((3, 5), (2, 8), (6, 4)):
        distances = 1.0 + torch.rand(N, S, generator=g).cumsum(1)
        density = 2.0 * torch.rand(N, S, generator=g) * (torch.rand(N, S, generator=g) > 0.3)
        density[0, -1] = 0.0  # a ray that nothing stops
        yield Case(f"{N} rays of {S} samples", density, distances)


def _weights(*, widths=interval_widths, through=transmittance, alpha=lambda s, w: -torch.expm1(-s * w),
             after=lambda w: w) -> Callable:
    """ray_weights with other widths, another transmittance, another share that is stopped, or changed at the end."""

    def mistaken(density, distances):
        wide = widths(distances)
        return after(through(density, wide) * alpha(density, wide))

    return mistaken


def _last(value: Callable[[Tensor], Tensor]) -> Callable:
    return lambda t: torch.cat([t.diff(dim=-1), value(t)], -1)


def _before(t: Tensor) -> Tensor:
    return torch.cat([t[..., :1], t.diff(dim=-1)], -1)


def _from_behind(density: Tensor, widths: Tensor) -> Tensor:
    return transmittance(density.flip(-1), widths.flip(-1)).flip(-1)


def _inclusive(density: Tensor, widths: Tensor) -> Tensor:
    return torch.exp(-(density * widths).cumsum(-1))


def _over_rays(density: Tensor, widths: Tensor) -> Tensor:
    return transmittance(density.T, widths.T).T


BROKEN = {"off by one": _weights(through=_inclusive), "last sample without width":
          _weights(widths=_last(lambda t: torch.zeros_like(t[..., :1]))), "backwards": _weights(through=_from_behind),
          "widths forgotten": _weights(widths=torch.ones_like)}  # renderers whose pictures the notebook shows


def a_uniform_fog_lets_through_what_it_must(yours, g):
    """of a uniform fog, L units stop the share 1 - exp(-density L)"""
    for density, step in ((0.5, 0.25), (2.0, 0.1)):
        t = 1.0 + step * torch.arange(12.0)[None]
        stopped = yours(torch.full_like(t, density), t).cumsum(-1)[0, :-1]
        wanted = 1.0 - torch.exp(-density * step * torch.arange(1.0, 12.0))
        if stopped.shape == wanted.shape and not torch.allclose(stopped, wanted, atol=1e-3):
            raise Diagnosis("fog", f"A uniform fog of density {density:g} stops another share of the light than it "
                            "must: 1 - exp(-density L) over a length L.", seen=numbers(stopped),
                            expected=numbers(wanted), reread=FOG)


WEIGHTS = Exercise(
    "03.2", "ray_weights", reference=ray_weights, cases=weight_cases, outputs=("the weights",),
    properties=(a_uniform_fog_lets_through_what_it_must,), suspects=(
        Suspect("off-by-one", _weights(through=_inclusive), "Transmittance is off by one: a piece stands in its own "
                "way. T_i is the light that has passed the pieces before i, so T_1 = 1.", FOG),
        Suspect("backwards", _weights(through=_from_behind), "You composite backwards: the far end of the ray is taken "
                "for the near one. The camera is where distances are small.", FOG),
        Suspect("last-without-width", _weights(widths=_last(lambda t: torch.zeros_like(t[..., :1]))), "The last sample "
                "has no width, so it never stops any light, and the sky stays black. It stands for all that lies "
                "beyond: give it a width as good as infinite, 1e10.", FOG),
        Suspect("last-width-copied", _weights(widths=_last(lambda t: t.diff(dim=-1)[..., -1:])), "The last sample is "
                "as wide as the one before. It stands for all that lies beyond: give it a width as good as infinite, "
                "1e10.", FOG),
        Suspect("distances-not-scaled", _weights(widths=torch.ones_like), "The widths of the pieces are missing: a "
                "thick piece stops more light than a thin one of the same density. What counts is density times "
                "width.", FOG),
        Suspect("distances-for-widths", _weights(widths=lambda t: t), "You multiply densities with distances from the "
                "camera. What counts is how long the ray is inside a piece: the distance to the next sample.", FOG),
        Suspect("widths-before", _weights(widths=_before), "Your widths are those from the sample before. A sample "
                "stands for the piece from itself to the next one.", FOG),
        Suspect("no-transmittance", _weights(through=lambda s, w: torch.ones_like(s)), "Each piece counts as if "
                "nothing stood before it. Multiply with the light that is left when it comes there, T_i.", FOG),
        Suspect("transmittance-alone", _weights(alpha=lambda s, w: torch.ones_like(s)), "This is the light that comes "
                "as far as each piece. Multiply with the share that the piece stops, 1 - exp(-density width).", FOG),
        Suspect("density-for-share", _weights(alpha=lambda s, w: s), "You multiply T_i with the density. The share "
                "that a piece stops is 1 - exp(-density width), which is never above 1.", FOG),
        Suspect("linear-share", _weights(alpha=lambda s, w: (s * w).clamp(max=1.0)), "A piece stops 1 - exp(-density "
                "width), not density times width: the light that is left gets thinner inside the piece too.", FOG),
        Suspect("normalised", _weights(after=lambda w: w / w.sum(-1, keepdim=True).clamp(min=1e-8)), "You divide the "
                "weights by their sum. Where nothing stops the light they must sum to less than 1.", FOG),
        Suspect("over-rays", _weights(through=_over_rays), "You add up over the rays. Light passes the samples of one "
                "ray: the last axis.", FOG)))


# ---- 03.3


def see(field: Callable, origins: Tensor, directions: Tensor, distances: Tensor,
        weights_of: Callable) -> tuple[Tensor, Tensor, Tensor]:
    """Rays (N, 3), asked at distances (N, S) -> colour (N, 3), mean distance (N,) and weights (N, S)."""
    points = origins[:, None] + distances[..., None] * directions[:, None]  # (N, S, 3)
    density, colour = field(points)
    weights = weights_of(density, distances)
    return (weights[..., None] * colour).sum(1), (weights * distances).sum(1), weights


def ball(points: Tensor) -> tuple[Tensor, Tensor]:
    """A field: a soft ball around (0, 0, 3), coloured by place."""
    away = (points - points.new_tensor([0.0, 0.0, 3.0])).norm(dim=-1)
    return 4.0 * torch.sigmoid(4.0 * (1.0 - away)), torch.sigmoid(points * points.new_tensor([1.0, -2.0, 0.5]))


def haze(points: Tensor) -> tuple[Tensor, Tensor]:
    """A field: thicker along x, coloured by height."""
    colour = torch.stack([points[..., 2], 1.0 - points[..., 2], points[..., 1]], -1)
    return 0.3 * torch.exp(0.2 * points[..., 0]), torch.sigmoid(colour)


def first_half(density: Tensor, distances: Tensor) -> Tensor:
    """Weights that are no volume weights: whoever does not use the argument is found out."""
    return torch.softmax(-distances, -1) * 0.5


def see_cases(g: Generator):
    yield Case("one ray through a ball", ball, torch.zeros(1, 3), torch.tensor([[0.0, 0.0, 1.0]]),
               torch.tensor([[1.0, 2.5, 3.0, 5.0]]), ray_weights)
    for N, S, field, weights in ((3, 4, haze, first_half), (4, 6, ball, ray_weights), (2, 5, haze, ray_weights)):
        directions = torch.nn.functional.normalize(torch.randn(N, 3, generator=g), dim=-1)
        yield Case(f"{N} rays of {S} samples", field, torch.randn(N, 3, generator=g), directions,
                   1.0 + torch.rand(N, S, generator=g).cumsum(1), weights)


def _see(*, points=lambda o, d, t: o[:, None] + t[..., None] * d[:, None], weights=lambda w, s, t: w,
         colour=lambda w, c, s: (w[..., None] * c).sum(1), distance=lambda w, t: (w * t).sum(1)) -> Callable:
    """see with other points, weights, mean colour or mean distance."""

    def mistaken(field, origins, directions, distances, weights_of):
        density, colours = field(points(origins, directions, distances))
        w = weights(weights_of(density, distances), density, distances)
        return colour(w, colours, density), distance(w, distances), w

    return mistaken


def _nearest(w: Tensor, values: Tensor) -> Tensor:
    return values[torch.arange(len(w)), w.argmax(1)]


SEE = Exercise(
    "03.3", "see", reference=see, cases=see_cases, outputs=("the colours", "the distances", "the weights"), suspects=(
        Suspect("origin-forgotten", _see(points=lambda o, d, t: t[..., None] * d[:, None]), "Your points do not begin "
                "at the camera: o + t d.", SEEING),
        Suspect("origin-scaled", _see(points=lambda o, d, t: t[..., None] * (o + d)[:, None]), "The origin is "
                "multiplied by the distance too. A point is o + t d.", SEEING),
        Suspect("exchanged", _see(points=lambda o, d, t: d[:, None] + t[..., None] * o[:, None]), "Origins and "
                "directions are exchanged. A point is o + t d.", SEEING),
        Suspect("normalised", _see(colour=lambda w, c, s: (w[..., None] * c).sum(1) / w.sum(1, keepdim=True),
                                   distance=lambda w, t: (w * t).sum(1) / w.sum(1)), "You divide by the sum of the "
                "weights. Light that nothing stops brings no colour; it must not be shared out among the others.",
                SEEING),
        Suspect("plain-mean", _see(colour=lambda w, c, s: c.mean(1)), "This is the plain mean of the colours along "
                "the ray. What is hidden must not count: use the weights.", SEEING),
        Suspect("by-density", _see(colour=lambda w, c, s: (s[..., None] * c).sum(1)), "Colours are weighted by "
                "density. Then what stands behind a wall shines through it: use the weights.", SEEING),
        Suspect("heaviest", _see(colour=lambda w, c, s: _nearest(w, c)), "You take the colour of the heaviest sample. "
                "The sum over all of them, by weight, is what a gradient can follow.", SEEING),
        Suspect("heaviest-distance", _see(distance=_nearest), "You take the distance of the heaviest sample. Asked "
                "for is the mean distance, by weight.", SEEING),
        Suspect("own-weights", _see(weights=lambda w, s, t: ray_weights(s, t)), "You do not use `weights_of`. It is "
                "an argument so that your own weights come in there, and others in the check.", SEEING)))
