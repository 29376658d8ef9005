"""Exercise 01.5, where a ray meets a ball: reference, cases, known mistakes, properties.

The renderer's own intersection leaves out hits nearer than 1e-4, the surface that a shadow ray starts from. The
exercise does not: every t above 0 counts.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize

from ...checking.exercise import Case, Diagnosis, Suspect
from .common import HIT, once_shapes_fit, uniform


def intersect_sphere(origins: Tensor, directions: Tensor, centre: Tensor, radius: float) -> Tensor:
    """t (N,) at which rays with origins and directions (N, 3) first meet a sphere in front of them, else infinity."""
    exact = [x.double() for x in (origins, directions, centre)]
    return choose(*quadratic(*exact, radius)).to(origins.dtype)


def cases(g):
    x = torch.tensor([[1.0, 0.0, 0.0]])
    centre = torch.tensor([3.0, 0.0, 0.0])
    yield Case("a ray straight at a ball of radius 1, 3 away", torch.zeros(1, 3), x, centre, 1.0)
    yield Case("a ball of radius 0.5", torch.zeros(1, 3), x, centre, 0.5)
    yield Case("a ray that passes beside the ball", torch.zeros(1, 3), torch.tensor([[0.0, 1.0, 0.0]]), centre, 1.0)
    yield Case("a ball behind the ray's origin", torch.zeros(1, 3), -x, centre, 1.0)
    yield Case("a ray that starts inside the ball", centre[None], x, centre, 1.0)
    yield Case("a direction of length 2", torch.zeros(1, 3), 2.0 * x, centre, 1.0)
    yield Case("a ray that starts 0.005 in front of the ball", 1.995 * x, x, centre, 1.0)
    yield Case("a ray that starts inside, 0.005 before it leaves the ball", 3.995 * x, x, centre, 1.0)
    yield Case("a ray that starts on the ball and goes in", 2.0 * x, x, centre, 1.0).asking(
        "The ball is met at t = 0, where the ray starts, which is not above 0, and again where it leaves.")
    yield Case("a ray that starts on the ball and goes away from it", 2.0 * x, -x, centre, 1.0).asking(
        "The ball is met at t = 0 only, which is not above 0: a miss.")
    six = torch.tensor([6.0, 0.0, 0.0])
    for length in (1e5, 1e8, 1e-3, 1e-6):
        yield Case(f"a direction of length {length:g}", torch.zeros(1, 3), length * x, six, 1.0).asking(
            "Directions may have any length, and every t above 0 counts, however small or large.")
    yield Case("a ball a million times smaller, and as much nearer", torch.zeros(1, 3), x, 1e-6 * six, 1e-6).asking(
        "Scenes may be small: nothing in the formula has a size of its own.")
    yield Case("a ball of radius 1,000, ten thousand away", torch.zeros(2, 3), torch.cat([x, -x]), 1e4 * x[0],
               1000.0).asking("Scenes may be large, and there is no farthest distance.")
    for _ in range(4):
        yield Case("random rays: hits, misses, balls behind and around", *random_hits(g))


def random_hits(g) -> tuple[Tensor, Tensor, Tensor, float]:
    """Rays of all kinds, none of which grazes the sphere: there rounding decides."""
    centre, radius, N = 2.0 * torch.randn(3, generator=g), float(uniform(g, 1, low=0.4, high=1.6)), 16
    away = normalize(torch.randn(N, 3, generator=g), dim=-1)
    reach = radius * torch.where(torch.arange(N) % 4 == 3, uniform(g, N, low=0.1, high=0.8),
                                 uniform(g, N, low=1.5, high=4.0))
    origins = centre + reach[:, None] * away
    across = normalize(torch.linalg.cross(away, torch.randn(N, 3, generator=g)), dim=-1)
    offset = radius * torch.where(torch.arange(N) % 4 == 1, uniform(g, N, low=1.2, high=1.4),
                                  uniform(g, N, high=0.8))
    directions = centre + offset[:, None] * across - origins
    directions = directions * torch.where(torch.arange(N) % 4 == 2, -1.0, 1.0)[:, None]
    lengths = uniform(g, N, low=0.3, high=2.0) / directions.norm(dim=-1)
    return origins, lengths[:, None] * directions, centre, radius


def quadratic(o, d, c, r, *, a=None, rr=None):
    """Both roots and whether there are any; `a` and `rr` stand in for d . d and the radius squared."""
    o = o - c
    a = (d * d).sum(-1) if a is None else torch.full((len(d),), a)
    b, k = (o * d).sum(-1), (o * o).sum(-1) - (r * r if rr is None else rr)
    under = b * b - a * k
    root = under.clamp(min=0).sqrt()
    return (-b - root) / a, (-b + root) / a, under >= 0


def choose(near, far, hit, miss=math.inf):
    t = torch.where(near > 0, near, far)
    return torch.where(hit & (t > 0), t, torch.full_like(t, miss))


def missing_as(value):
    return lambda o, d, c, r: choose(*quadratic(o, d, c, r), miss=value)


def far_root(o, d, c, r):
    _, far, hit = quadratic(o, d, c, r)
    return torch.where(hit & (far > 0), far, torch.inf)


def behind(o, d, c, r):
    near, _, hit = quadratic(o, d, c, r)
    return torch.where(hit, near, torch.inf)


def behind_as_negative(o, d, c, r):
    near, far, hit = quadratic(o, d, c, r)
    return torch.where(hit, torch.where(near > 0, near, far), torch.inf)


def not_from_inside(o, d, c, r):
    near, _, hit = quadratic(o, d, c, r)
    return torch.where(hit & (near > 0), near, torch.inf)


def grazing(o, d, c, r):
    near, far, hit = quadratic(o, d, c, r)
    return choose(near, far, torch.ones_like(hit))


def sign_of_b(o, d, c, r):
    near, far, hit = quadratic(o, -d, c, r)
    return choose(near, far, hit)


def formula(solve, *, twice=1, four=1, square_root=torch.sqrt):
    """A quadratic formula from b = `twice` (o - c) . d and b^2 - `four` a k: `solve` makes t from -b, root, a."""
    def mistake(o, d, c, r):
        o, a = o - c, (d * d).sum(-1)
        b, k = twice * (o * d).sum(-1), (o * o).sum(-1) - r * r
        under = b * b - four * a * k
        root = square_root(under.clamp(min=0))
        return choose(solve(-b, -root, a), solve(-b, root, a), under >= 0)
    return mistake


def mixed(twice: int, four: int, below: int):
    return formula(lambda b, root, a: (b + root) / (below * a), twice=twice, four=four)


def b_decides(o, d, c, r):
    near, far, hit = quadratic(o, d, c, r)
    return choose(near, far, hit & (((o - c) * d).sum(-1) < 0))


def middle(o, d, c, r):
    near, far, hit = quadratic(o, d, c, r)
    return torch.where(hit & (near + far > 0), (near + far) / 2, torch.inf)


def at_zero(o, d, c, r):
    near, far, hit = quadratic(o, d, c, r)
    t = torch.where(near >= 0, near, far)
    return torch.where(hit & (t >= 0), t, torch.inf)


def distance_for_t(o, d, c, r):
    return intersect_sphere(o, d, c, r) * d.norm(dim=-1)


NOTHING = "Where a ray misses the ball your result is {}. That is a distance like any other to the code that looks for "
NOTHING += "the nearest hit: infinity is the answer that never wins."
SUSPECTS = (
    Suspect("far-root", far_root, "You return where the ray leaves the ball, not where it enters: take the smaller "
            "root where it is in front.", HIT),
    Suspect("behind-the-camera", behind, "You return hits behind the ray's origin. A ray begins at t = 0: a root below "
            "0 does not count.", HIT),
    Suspect("behind-the-camera", behind_as_negative, "A ball that lies wholly behind the origin is returned as a hit, "
            "with a negative t. It is a miss.", HIT),
    Suspect("inside", not_from_inside, "A ray that starts inside the ball meets it where it leaves. The smaller root "
            "is behind the origin there, and the larger one is the hit.", HIT),
    Suspect("missing-as-zero", missing_as(0.0), NOTHING.format("0"), HIT),
    Suspect("missing-as-nan", missing_as(math.nan), "Where a ray misses the ball your result is NaN, the root of a "
            "negative number, and nothing is nearer than NaN. Return infinity there.", HIT),
    Suspect("missing-as-minus-one", missing_as(-1.0), NOTHING.format("-1"), HIT),
    Suspect("missing-as-large", missing_as(1e10), "Where a ray misses the ball your result is a large number. "
            "Something really could be that far: infinity says what is meant.", HIT),
    Suspect("unit-assumed", lambda o, d, c, r: choose(*quadratic(o, d, c, r, a=1.0)),
            "Your formula leaves out a = d . d, which is 1 for directions of length 1 only. Here they may have any "
            "length.", HIT),
    Suspect("distance-for-t", distance_for_t, "Your result is the distance, for a direction of length 1. Asked for is "
            "the t with which o + t d, for the given d, is on the ball.", HIT),
    Suspect("centre-ignored", lambda o, d, c, r: intersect_sphere(o, d, torch.zeros(3), r),
            "Your ball stands at the world's origin. Count from its centre: o - c in place of o.", HIT),
    Suspect("radius-not-squared", lambda o, d, c, r: choose(*quadratic(o, d, c, r, rr=r)),
            "You compare a squared distance with the radius: |o - c|^2 - r^2. With a radius of 1 nobody would notice.",
            HIT),
    Suspect("grazing", grazing, "Rays that pass beside the ball are returned as hits. A discriminant below 0 means "
            "that there is no crossing; setting it to 0 makes one up.", HIT),
    Suspect("middle", middle, "Your t = -b / a is where the ray passes nearest to the centre, in the middle between "
            "the two roots. Wanted is where it meets the surface: (-b ± sqrt(b^2 - a k)) / a.", HIT),
    Suspect("zero-counts", at_zero, "You count t = 0 as a hit. Where a ray starts on the ball, as a shadow ray does, "
            "that is where it starts: wanted is the first point with t above 0.", HIT),
    Suspect("sign", sign_of_b, "The roots have the wrong sign, so what is in front counts as behind: -b, or the other "
            "order of o - c.", HIT),
    *(Suspect("factor-two", mixed(*factors), "Two forms of the quadratic formula are mixed. With b = (o - c) . d, as "
              "in the text, t is (-b ± sqrt(b^2 - a k)) / a. With b = 2 (o - c) . d it is "
              "(-b ± sqrt(b^2 - 4 a k)) / (2 a).", HIT)
      for factors in ((2, 1, 2), (2, 1, 1), (1, 4, 1), (1, 4, 2), (2, 4, 1), (1, 1, 2))),
    Suspect("precedence", formula(lambda b, root, a: b + root / a), "Only the root is divided by a. In Python, / comes "
            "before + and -: write (-b - root) / a, with the brackets.", HIT),
    Suspect("not-divided", formula(lambda b, root, a: b + root), "Your roots are not divided by a = d . d. That goes "
            "unnoticed for directions of length 1 only.", HIT),
    Suspect("no-square-root", formula(lambda b, root, a: (b + root) / a, square_root=lambda under: under),
            "The discriminant b^2 - a k goes into your roots as it is. Its square root belongs there.", HIT),
    Suspect("missing-as-minus-infinity", missing_as(-math.inf), "Where a ray misses the ball your result is minus "
            "infinity, which wins every comparison for the nearest hit. A miss is plus infinity: it never wins.", HIT),
    Suspect("radius-added", lambda o, d, c, r: choose(*quadratic(o, d, c, r, rr=-r * r)), "You add the squared radius "
            "in k, so you return a miss where a ray meets the ball: k = |o - c|^2 - r^2.", HIT),
    Suspect("b-decides", b_decides, "You return a miss wherever b is not below 0. That finds balls behind the ray, but "
            "a ray that starts inside the ball and has passed the middle still meets it where it leaves.", HIT),
    Suspect("b-decides", lambda o, d, c, r: choose(*quadratic(o, d, c, r)[:2], ((o - c) * d).sum(-1) < 0),
            "The sign of b decides whether your ray hits. It says only on which side the middle of the ball lies: a "
            "ray hits if b^2 - a k is not below 0 and one of its roots is above 0.", HIT),
)


@once_shapes_fit(intersect_sphere, cases)
def are_found(yours, g):
    """Every ray that meets the ball is found to, however near"""
    lost, late, sound = [], [], True
    for case in cases(g):
        t, wanted = yours(*case.args).double(), intersect_sphere(*case.args).double()
        found = [(case.name, float(m), float(w)) for m, w in zip(t, wanted) if w.isfinite() and m > 1.01 * w]
        late, lost = late + found, lost + [f for f in found if math.isinf(f[1])]
        sound &= len(found) == int((~torch.isclose(t, wanted, 1e-2, 1e-12)).sum())
    if sound and late and max(w for *_, w in late) < 0.2:
        name, t, wanted = min(late, key=lambda f: f[2])
        raise Diagnosis("near-hit", f"Hits close to the ray's origin are lost, for {name}. Every t above 0 counts, "
                        "however small.", seen="a miss" if math.isinf(t) else f"t = {t:.3g}",
                        expected=f"t = {wanted:.3g}", reread=HIT)
    if sound and lost and min(w for *_, w in lost) > 100:
        name, _, wanted = min(lost, key=lambda f: f[2])
        raise Diagnosis("far-hit", f"Hits that are far away are lost, for {name}. There is no farthest distance, and "
                        "t is counted in lengths of the direction.", seen="infinity", expected=f"t = {wanted:.3g}",
                        reread=HIT)
    if lost:
        name, _, wanted = lost[0]
        raise Diagnosis("false-miss", f"You return a miss where the ray meets the ball, for {name}. A ray hits if "
                        "b^2 - a k is not below 0 and one of its roots is above 0.", seen="infinity",
                        expected=f"t = {wanted:.3g}", reread=HIT)


@once_shapes_fit(intersect_sphere, cases)
def are_on_the_ball(yours, g):
    """Hits are on the ball, in front, and nowhere else"""
    for case in cases(g):
        (o, d, c, r), t = case.args, yours(*case.args).double()
        hit = torch.isfinite(t)
        if (t[hit] < 0).any():
            raise Diagnosis("negative", f"Some hits lie behind the ray's origin, for {case.name}.",
                            seen=f"t = {float(t[hit].min()):.3g}", expected="t > 0, or infinity for a miss", reread=HIT)
        off = (o[hit] + t[hit, None] * d[hit] - c).norm(dim=-1) - r
        size = max(float((o - c).norm(dim=-1).max()), r)
        if len(off) and off.abs().max() > 1e-3 * size:
            raise Diagnosis("not-on-the-ball", f"With your t, o + t d is not on the ball, for {case.name}.",
                            seen=f"{float((off + r)[off.abs().argmax()]):.3g} from its centre",
                            expected=f"its radius, {r:.3g}", reread=HIT)
