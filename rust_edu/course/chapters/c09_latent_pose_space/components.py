"""Exercise 09.1, principal components by hand: the reference, cases, and properties that name the mistakes.

The sign of a component is free, so results are not compared number by number: each property compares up to signs,
and knows what the usual mistakes would have given. Axes: M latents of L numbers, C = L components.
"""

import torch
from torch import Generator, Tensor

from ...checking.compare import difference
from ...checking.exercise import Case, Diagnosis
from .common import AXES, alike, normal, shaped, short


def principal_components(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Latents (M, L) -> directions (C, L), one in each row; share of the variance (C,); scores (M, C)."""
    centred = z - z.mean(0)
    _, size, directions = torch.linalg.svd(centred, full_matrices=False)  # size: the largest first
    return directions, size**2 / (size**2).sum(), centred @ directions.T


def _cloud(g: Generator, M: int, L: int) -> Tensor:
    """Latents with axes of clearly different lengths, turned anyhow, far from the origin."""
    axes = torch.linalg.qr(normal(g, L, L)).Q
    return (normal(g, M, L) * 0.62 ** torch.arange(L)) @ axes + 2.0 * normal(g, L)


def cases(g: Generator):
    yield Case("five points on a line", torch.tensor([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0], [3.0, 4.0], [4.0, 5.1]]))
    yield Case("30 points in the plane", _cloud(g, 30, 2))
    yield Case("80 latents of 8 numbers", _cloud(g, 80, 8))


def _clouds(g: Generator) -> list[Tensor]:
    return [_cloud(g, 40, 3), _cloud(g, 120, 5), _cloud(g, 300, 8), 1e-3 * _cloud(g, 40, 3), 1e3 * _cloud(g, 6, 5)]


def _same_axes(a: Tensor, b: Tensor) -> bool:
    """Whether the rows are the same unit vectors, up to the sign of each."""
    a, b = a.double(), b.double()
    return bool(((a * b).sum(1).abs() > 0.998).all() and ((a.norm(dim=1) - 1).abs() < 2e-3).all())


def _axes_of(x: Tensor) -> Tensor:
    return torch.linalg.svd(x, full_matrices=False).Vh


def _wrong_directions(z: Tensor, d: Tensor) -> Diagnosis:
    """What is known about directions that are not those of the largest variance."""
    right, centred = principal_components(z)[0], z - z.mean(0)
    lengths = d.norm(dim=1)
    unit = d / lengths[:, None].clamp(min=1e-12)
    words = dict(seen=f"first row {short(d[0])}", expected=f"first row {short(right[0])}, or all signs changed",
                 reread=AXES)
    if _same_axes(d.T, right) or _same_axes(d.T, right.flip(0)):
        return Diagnosis("components-in-columns", "Your components are the right vectors, but they stand in the "
                         "columns of `directions`. Asked for is one component a row. torch.linalg.eigh returns "
                         "columns, and svd returns rows (V transposed).", **words)
    if _same_axes(d, right.flip(0)):
        return Diagnosis("ascending", "Your components are the right ones in the wrong order: yours begin with the "
                         "smallest variance. torch.linalg.eigh sorts upwards: turn the order round, of the vectors "
                         "and of the variances.", **words)
    if any(_same_axes(turned, reverse) for turned in (d.flip(1), d.T.flip(1), d.T.flip(0), d.flip(0).T)
           for reverse in (right, right.flip(0))):
        return Diagnosis("flipped-numbers", "You have turned round the order of the numbers inside of each component, "
                         "not the order of the components. The vectors of eigh are columns: flip axis 1, or transpose "
                         "first.", **words)
    if _same_axes(d, _axes_of(z)):
        return Diagnosis("not-centred", "Your first component points from the origin to the middle of the latents, "
                         "because the mean was not taken away. Variance is measured around the mean.", **words)
    if _same_axes(d, _axes_of(z - z.mean(1, keepdim=True))):
        return Diagnosis("centred-over-numbers", "You take away the mean of each latent's own numbers. The mean to "
                         "take away is that of all latents: over axis 0.", **words)
    if _same_axes(d, _axes_of(centred / centred.std(0))):
        return Diagnosis("standardised", "These are the components after each number was divided by its standard "
                         "deviation. The directions then belong to another space. Only take the mean away.", **words)
    if _same_axes(unit, right):
        return Diagnosis("not-unit", "Your components point the right way, but they are not of length 1. Their lengths "
                         "are told in the shares of variance.",
                         seen=f"lengths {short(lengths)}", expected="[1, 1, ...]", reread=AXES)
    if not alike(d @ d.T, torch.eye(len(d)), 1e-2):
        return Diagnosis("not-orthonormal", "Your components are not at right angles to each other, and of length 1: "
                         "`directions @ directions.T` must be the identity.", seen=short((d @ d.T)[0]),
                         expected="[1, 0, 0, ...]", reread=AXES)
    return Diagnosis("not-principal", "Your directions are at right angles, but they are not those of the largest "
                     "variance: along the first one, latents must vary more than along any other direction.",
                     **words)


def other_latents_get_other_answers(yours, g):
    """each set of latents is answered for by itself"""
    first, second = _cloud(g, 30, 4), _cloud(g, 30, 4)
    before, other, again = yours(first), yours(second), yours(first)
    if not shaped(other, (4, 4), (4,), (30, 4)):
        return
    if all(map(torch.equal, before, other)):
        raise Diagnosis("remembered", "Two sets of latents of the same shape get the very same answer: something is "
                        "kept from one call to the next, or `z` is not looked at.",
                        seen=f"shares {short(other[1])} twice",
                        expected=f"{short(principal_components(second)[1])} the second time", reread=AXES)
    if not alike(again[0].abs(), before[0].abs()) or not alike(again[1], before[1]):
        raise Diagnosis("remembers", "Asked again about the same latents, you give another answer: something is kept "
                        "from one call to the next, or drawn at random.", seen=f"shares {short(again[1])}, first row "
                        f"{short(again[0][0])}", expected=f"{short(before[1])} and {short(before[0][0])}, as before",
                        reread=AXES)


def directions_of_largest_variance(yours, g):
    """directions of the largest variance, one in each row, the largest first"""
    for z in _clouds(g):
        results = yours(z)
        L = z.shape[1]
        if shaped(results, (L, L), (L,), z.shape) and not _same_axes(results[0], principal_components(z)[0]):
            raise _wrong_directions(z, results[0].float())


def shares_of_the_variance(yours, g):
    """the shares are of the variance, and sum to 1"""
    for z in _clouds(g):
        results = yours(z)
        L = z.shape[1]
        if not shaped(results, (L, L), (L,), z.shape):
            return
        share, right = results[1], principal_components(z)[1]
        if alike(share, right):
            continue
        words = dict(seen=short(share), expected=short(right), reread=AXES)
        if alike(share, right.sqrt() / right.sqrt().sum()):
            raise Diagnosis("deviation-for-variance", "These are shares of the standard deviations. Variances are "
                            "their squares; so are the squared singular values.", **words)
        if alike(share / share.sum(), right):
            raise Diagnosis("share-not-normalised", "These are variances, or a multiple of them, and no shares: they "
                            "must sum to 1.", **words)
        if alike(share / share.sum(), right.sqrt() / right.sqrt().sum()):
            raise Diagnosis("deviation-for-variance", "These are standard deviations or singular values. Asked for are "
                            "shares of the variance: square them, and divide by the sum.", **words)
        if alike(share.flip(0), right):
            raise Diagnosis("share-ascending", "The shares begin with the smallest, and the components with the "
                            "largest.",
                            **words)
        if alike(share, right.cumsum(0)):
            raise Diagnosis("share-cumulative", "These are the shares of the first one, two, three, ... components "
                            "together. Asked for is the share of each.", **words)
        if alike(share, z.var(0) / z.var(0).sum()):
            raise Diagnosis("share-of-numbers", "These are the variances of the latent's own numbers. Asked for are "
                            "the variances along the components, which are those of the scores.", **words)
        seen, expected = difference(share, right, 2e-3) or ("", "")
        raise Diagnosis("wrong-share", "The shares are not right. A component's share is the variance of its scores, "
                        "divided by the sum over all components.", **words | {"seen": seen, "expected": expected})


def scores_are_projections(yours, g):
    """the scores are the centred latents in the new coordinates"""
    for z in _clouds(g):
        results = yours(z)
        L = z.shape[1]
        if not shaped(results, (L, L), (L,), z.shape):
            return
        d, scores = results[0].to(z), results[2].to(z)
        right = (z - z.mean(0)) @ d.T
        if alike(scores, right):
            continue
        words = dict(seen=f"first row {short(scores[0])}", expected=f"first row {short(right[0])}", reread=AXES)
        if alike(scores, z @ d.T):
            raise Diagnosis("scores-not-centred", "Your scores are of the latents as they are. Take the mean away here "
                            "too: then the scores of every component have mean 0.", **words)
        if alike(scores, (z - z.mean(0)) @ d) or alike(scores, z @ d):
            raise Diagnosis("scores-by-columns", "You multiply by `directions` where its transpose is needed: the "
                            "score is the product with a *row* of `directions`.", **words)
        if alike(scores.abs(), right.abs()):
            raise Diagnosis("signs-differ", "A component's sign is free, but it must be the same in `directions` and "
                            "in `scores`. Compute the scores from the directions that you return.", **words)
        sizes = scores.double().norm(dim=0) / right.double().norm(dim=0)
        if alike(scores.abs(), right.abs() * sizes.to(right)):
            raise Diagnosis("scores-whitened", "Each component's scores have the right pattern and the wrong size. "
                            "They must not be divided by the singular value or the standard deviation: U of the SVD "
                            "still has to be multiplied by S.", **words)
        if alike(scores.flip(1).abs(), right.abs()):
            raise Diagnosis("scores-ascending", "The columns of `scores` are in the opposite order of the rows of "
                            "`directions`.", **words)
        seen, expected = difference(scores, right, 2e-3) or ("", "")
        raise Diagnosis("scores-not-projections", "The scores are not the centred latents' products with the rows of "
                        "`directions`: `scores @ directions` must give the centred latents back.",
                        **words | {"seen": seen, "expected": expected})


PROPERTIES = (other_latents_get_other_answers, directions_of_largest_variance, shares_of_the_variance,
              scores_are_projections)
