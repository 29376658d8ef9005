"""Answers to the exercises of notebook 01 about scenes: relative poses, rays and balls, the convention puzzle."""

import math

import torch

from rust_edu.cameras import pixel_rays
from rust_edu.course.chapters.c01_cameras_and_rays.mysteries import AXES, meeting_point
from tests.chapters.answers import right, wrong

# ---------------------------------------------------------------------------------------- 01.4 relative_pose


@right("01.4")
def by_solving(camera_to_world, reference):
    return torch.linalg.solve(reference, camera_to_world)


@right("01.4")
def piece_by_piece_in_double(camera_to_world, reference):
    camera, ref = camera_to_world.double(), reference.double()
    rotation = torch.einsum("ki,kj->ij", ref[:3, :3], camera[:3, :3])
    translation = (camera[:3, 3] - ref[:3, 3]) @ ref[:3, :3]
    bottom = torch.tensor([[0.0, 0.0, 0.0, 1.0]], dtype=torch.float64)
    return torch.cat([torch.cat([rotation, translation[:, None]], 1), bottom])


def joined(R, t):
    return torch.cat([torch.cat([R, t[:, None]], 1), torch.tensor([[0.0, 0.0, 0.0, 1.0]])])


def split(pose):
    return pose[:3, :3], pose[:3, 3]


@wrong("01.4", "order")
def camera_times_inverse(camera_to_world, reference):
    return camera_to_world @ torch.linalg.inv(reference)


@wrong("01.4", "roles")
def reference_from_the_camera(camera_to_world, reference):
    return torch.linalg.inv(camera_to_world) @ reference


@wrong("01.4", "roles-and-order")
def inverts_the_wrong_one(camera_to_world, reference):
    return reference @ torch.linalg.inv(camera_to_world)


@wrong("01.4", "no-inverse")
def plain_product(camera_to_world, reference):
    return reference @ camera_to_world


@wrong("01.4", "no-inverse")
def plain_product_the_other_way(camera_to_world, reference):
    return camera_to_world @ reference


@wrong("01.4", "transposed-4x4")
def transposes_everything(camera_to_world, reference):
    return reference.T @ camera_to_world


@wrong("01.4", "translation-not-turned")
def inverse_with_minus_t(camera_to_world, reference):
    R, t = split(reference)
    return joined(R.T, -t) @ camera_to_world


@wrong("01.4", "translation-sign")
def inverse_without_minus(camera_to_world, reference):
    R, t = split(reference)
    return joined(R.T, R.T @ t) @ camera_to_world


@wrong("01.4", "difference-in-world")
def difference_not_turned(camera_to_world, reference):
    (R, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(Q.T @ R, t - s)


@wrong("01.4", "rotation-order")
def rotations_the_other_way(camera_to_world, reference):
    (R, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(R @ Q.T, Q.T @ (t - s))


@wrong("01.4", "not-turned")
def only_shifts(camera_to_world, reference):
    (R, t), (_, s) = split(camera_to_world), split(reference)
    return joined(R, t - s)


@wrong("01.4", "subtracted")
def minus(camera_to_world, reference):
    return camera_to_world - reference


@wrong("01.4", "no-gradient")
def as_plain_numbers(camera_to_world, reference):
    return torch.tensor((torch.linalg.inv(reference) @ camera_to_world).tolist())


@wrong("01.4", "itself")
def forgets_one_rotation(camera_to_world, reference):
    (R, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(R, Q.T @ (t - s))


@wrong("01.4", "world-matters")
def turned_by_the_camera(camera_to_world, reference):
    (R, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(R @ Q.T, t - s)


@wrong("01.4", "not-transposed")
def turned_by_the_reference(camera_to_world, reference):
    (R, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(Q @ R, Q @ (t - s))


@wrong("01.4", "edits-input")
def shifts_in_place(camera_to_world, reference):
    camera_to_world[:3, 3] -= reference[:3, 3]
    return camera_to_world


@wrong("01.4", "itself")
def right_position_and_a_quarter_turn(camera_to_world, reference):
    quarter = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    (R, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(Q.T @ R @ quarter, Q.T @ (t - s))


@wrong("01.4", "no-way-back")
def turned_by_its_own_rotation(camera_to_world, reference):
    (R, t), (Q, s) = split(camera_to_world), split(reference)
    return joined(Q.T @ R, R.T @ (t - s))


# ------------------------------------------------------------------------------------- 01.5 intersect_sphere


@right("01.5")
def by_the_nearest_point(origins, directions, centre, radius):
    """Geometry instead of algebra: the point of the ray nearest to the centre, then Pythagoras."""
    length = directions.double().norm(dim=-1)
    unit = directions / length[:, None]
    along = ((centre - origins) * unit).sum(-1)
    gap = (origins + along[:, None] * unit - centre).norm(dim=-1)
    half = (radius**2 - gap**2).clamp(min=0).sqrt()
    t = torch.where(along - half > 0, along - half, along + half) / length
    return t.masked_fill((gap > radius) | (t <= 0), math.inf)


@right("01.5")
def one_ray_at_a_time(origins, directions, centre, radius):
    result = []
    for o, d in zip((origins - centre).tolist(), directions.tolist()):
        a, b, c = (sum(x * y for x, y in zip(u, v)) for u, v in ((d, d), (o, d), (o, o)))
        under = b * b - a * (c - radius**2)
        roots = [(-b - under**0.5) / a, (-b + under**0.5) / a] if under >= 0 else []
        result.append(min((t for t in roots if t > 0), default=math.inf))
    return torch.tensor(result)


def roots(origins, directions, centre, radius):
    o = origins - centre
    a = (directions**2).sum(-1)
    b = 2 * (o * directions).sum(-1)
    c = (o**2).sum(-1) - radius**2
    discriminant = b**2 - 4 * a * c
    s = discriminant.clamp(min=0).sqrt()
    return (-b - s) / (2 * a), (-b + s) / (2 * a), discriminant >= 0


def nearest_in_front(near, far, hit, miss=math.inf):
    t = torch.where(near > 0, near, far)
    return torch.where(hit & (t > 0), t, miss)


@wrong("01.5", "far-root")
def plus_root(origins, directions, centre, radius):
    _, far, hit = roots(origins, directions, centre, radius)
    return torch.where(hit & (far > 0), far, math.inf)


@wrong("01.5", "behind-the-camera")
def minus_root_always(origins, directions, centre, radius):
    near, _, hit = roots(origins, directions, centre, radius)
    return torch.where(hit, near, math.inf)


@wrong("01.5", "behind-the-camera")
def far_root_behind(origins, directions, centre, radius):
    near, far, hit = roots(origins, directions, centre, radius)
    return torch.where(hit, torch.where(near > 0, near, far), math.inf)


@wrong("01.5", "inside")
def only_from_outside(origins, directions, centre, radius):
    near, _, hit = roots(origins, directions, centre, radius)
    return torch.where(hit & (near > 0), near, math.inf)


@wrong("01.5", "missing-as-zero")
def zero_for_a_miss(origins, directions, centre, radius):
    return nearest_in_front(*roots(origins, directions, centre, radius), miss=0.0)


@wrong("01.5", "missing-as-nan")
def nan_for_a_miss(origins, directions, centre, radius):
    return nearest_in_front(*roots(origins, directions, centre, radius), miss=math.nan)


@wrong("01.5", "missing-as-minus-one")
def minus_one_for_a_miss(origins, directions, centre, radius):
    return nearest_in_front(*roots(origins, directions, centre, radius), miss=-1.0)


@wrong("01.5", "missing-as-large")
def far_away_for_a_miss(origins, directions, centre, radius):
    return nearest_in_front(*roots(origins, directions, centre, radius), miss=1e10)


@wrong("01.5", "unit-assumed")
def no_a(origins, directions, centre, radius):
    o = origins - centre
    b = (o * directions).sum(-1)
    discriminant = b**2 - (o**2).sum(-1) + radius**2
    s = discriminant.clamp(min=0).sqrt()
    return nearest_in_front(-b - s, -b + s, discriminant >= 0)


@wrong("01.5", "distance-for-t")
def normalises_first(origins, directions, centre, radius):
    return nearest_in_front(*roots(origins, directions / directions.norm(dim=-1, keepdim=True), centre, radius))


@wrong("01.5", "centre-ignored")
def ball_at_zero(origins, directions, centre, radius):
    return nearest_in_front(*roots(origins, directions, torch.zeros(3), radius))


@wrong("01.5", "radius-not-squared")
def plain_radius(origins, directions, centre, radius):
    return nearest_in_front(*roots(origins, directions, centre, radius**0.5))


@wrong("01.5", "grazing")
def every_ray_hits(origins, directions, centre, radius):
    near, far, hit = roots(origins, directions, centre, radius)
    return nearest_in_front(near, far, torch.ones_like(hit))


@wrong("01.5", "sign")
def centre_minus_origin(origins, directions, centre, radius):
    near, far, hit = roots(centre + (centre - origins), directions, centre, radius)
    return nearest_in_front(near, far, hit)


@wrong("01.5", "factor-two")
def mixes_two_formulas(origins, directions, centre, radius):
    o = origins - centre
    a, b = (directions**2).sum(-1), 2 * (o * directions).sum(-1)
    discriminant = b**2 - a * ((o**2).sum(-1) - radius**2)
    s = discriminant.clamp(min=0).sqrt()
    return nearest_in_front((-b - s) / (2 * a), (-b + s) / (2 * a), discriminant >= 0)


@wrong("01.5", "not-on-the-ball")
def stops_before_the_ball(origins, directions, centre, radius):
    near, far, hit = roots(origins, directions, centre, radius)
    return nearest_in_front(0.9 * near, 0.9 * far, hit)


def in_pieces(origins, directions, centre, radius):
    """a, b and k of the half formula."""
    o = origins - centre
    return (directions**2).sum(-1), (o * directions).sum(-1), (o**2).sum(-1) - radius**2


@wrong("01.5", "factor-two")
def forgets_the_two_below(origins, directions, centre, radius):
    near, far, hit = roots(origins, directions, centre, radius)
    return nearest_in_front(2 * near, 2 * far, hit)


@wrong("01.5", "factor-two")
def two_b_in_the_half_formula(origins, directions, centre, radius):
    a, b, k = in_pieces(origins, directions, centre, radius)
    b = 2 * b
    root = (b * b - a * k).clamp(min=0).sqrt()
    return nearest_in_front((-b - root) / a, (-b + root) / a, b * b - a * k >= 0)


@wrong("01.5", "factor-two")
def four_in_the_half_formula(origins, directions, centre, radius):
    a, b, k = in_pieces(origins, directions, centre, radius)
    root = (b * b - 4 * a * k).clamp(min=0).sqrt()
    return nearest_in_front((-b - root) / a, (-b + root) / a, b * b - 4 * a * k >= 0)


@wrong("01.5", "precedence")
def no_brackets(origins, directions, centre, radius):
    a, b, k = in_pieces(origins, directions, centre, radius)
    root = (b * b - a * k).clamp(min=0).sqrt()
    return nearest_in_front(-b - root / a, -b + root / a, b * b - a * k >= 0)


@wrong("01.5", "not-divided")
def forgets_to_divide(origins, directions, centre, radius):
    a, b, k = in_pieces(origins, directions, centre, radius)
    root = (b * b - a * k).clamp(min=0).sqrt()
    return nearest_in_front(-b - root, -b + root, b * b - a * k >= 0)


@wrong("01.5", "no-square-root")
def forgets_the_root(origins, directions, centre, radius):
    a, b, k = in_pieces(origins, directions, centre, radius)
    root = (b * b - a * k).clamp(min=0)
    return nearest_in_front((-b - root) / a, (-b + root) / a, b * b - a * k >= 0)


@wrong("01.5", "missing-as-minus-infinity")
def minus_infinity_for_a_miss(origins, directions, centre, radius):
    return nearest_in_front(*roots(origins, directions, centre, radius), miss=-math.inf)


@wrong("01.5", "radius-added")
def plus_radius(origins, directions, centre, radius):
    a, b, k = in_pieces(origins, directions, centre, radius)
    k = k + 2 * radius**2
    root = (b * b - a * k).clamp(min=0).sqrt()
    return nearest_in_front((-b - root) / a, (-b + root) / a, b * b - a * k >= 0)


@wrong("01.5", "b-decides")
def only_where_b_is_negative(origins, directions, centre, radius):
    near, far, hit = roots(origins, directions, centre, radius)
    _, b, _ = in_pieces(origins, directions, centre, radius)
    return nearest_in_front(near, far, hit & (b < 0))


@wrong("01.5", "b-decides")
def b_alone(origins, directions, centre, radius):
    near, far, _ = roots(origins, directions, centre, radius)
    _, b, _ = in_pieces(origins, directions, centre, radius)
    return nearest_in_front(near, far, b < 0)


@wrong("01.5", "near-hit")
def from_a_tenth_on(origins, directions, centre, radius):
    near, far, hit = roots(origins, directions, centre, radius)
    t = torch.where(near > 0.1, near, far)
    return torch.where(hit & (t > 0.1), t, math.inf)


@wrong("01.5", "near-hit")
def from_a_hundredth_on(origins, directions, centre, radius):
    near, far, hit = roots(origins, directions, centre, radius)
    return nearest_in_front(torch.where(near > 0.01, near, far), far, hit)


@wrong("01.5", "false-miss")
def discriminant_above_one(origins, directions, centre, radius):
    near, far, _ = roots(origins, directions, centre, radius)
    a, b, k = in_pieces(origins, directions, centre, radius)
    return nearest_in_front(near, far, b * b - a * k > 1)


@wrong("01.5", "false-miss")
def hits_only_what_is_near(origins, directions, centre, radius):
    t = nearest_in_front(*roots(origins, directions, centre, radius))
    return torch.where(t < 1.5, t, math.inf)


@wrong("01.5", "negative")
def minus_from_inside(origins, directions, centre, radius):
    near, far, hit = roots(origins, directions, centre, radius)
    return torch.where(hit & (far > 0), torch.where(near > 0, near, -far), math.inf)


@wrong("01.5", "shape")
def points_for_distances(origins, directions, centre, radius):
    return origins + nearest_in_front(*roots(origins, directions, centre, radius))[:, None] * directions


# -------------------------------------------------------------------------------------- 01.6 recover_cameras


def gap(cameras, K, pixels):
    """The mean distance of rays from the points where they come closest."""
    o, d = (torch.stack(part) for part in zip(*(pixel_rays(c, K, p) for c, p in zip(cameras, pixels))))
    offset = meeting_point(o, d) - o
    along = (offset * d).sum(-1, keepdim=True).clamp(min=0)
    return float((offset - along * d).norm(dim=-1).mean())


def signs(names):
    return [torch.diag(torch.tensor([*AXES[name], 1.0])) for name in names]


@right("01.6")
def by_pairs_of_rays(stored, K, pixels, directions=None):
    """Skew lines: the distance of two rays is |(o2 - o1) . n| along their common perpendicular n."""
    best, least = stored, math.inf
    for matrices in directions or (stored, torch.linalg.inv(stored)):
        for s in signs(AXES):
            cameras, total = matrices @ s, 0.0
            o, d = pixel_rays(cameras, K, pixels)
            for i in range(len(o)):
                for j in range(i):
                    n = torch.linalg.cross(d[i], d[j])
                    total += float((((o[i] - o[j]) * n).sum(-1).abs() / n.norm(dim=-1)).mean())
            if total < least:
                best, least = cameras, total
    return best


@right("01.6")
def by_reprojection(stored, K, pixels):
    """Triangulate from the first half of the cameras, project into the rest: the least error in pixels wins."""
    results = []
    for matrices in (stored.double(), stored.double().inverse()):
        for s in signs(AXES):
            cameras = matrices @ s.double()
            points = meeting_point(*pixel_rays(cameras, K.double(), pixels.double()))
            local = (points - cameras[:, None, :3, 3]) @ cameras[:, :3, :3]
            at = local @ K.double().T
            error = (at[..., :2] / at[..., 2:] - pixels).norm(dim=-1)
            error = torch.where(local[..., 2] > 0, error, 1e3).mean()
            results.append((float(error), cameras))
    return min(results, key=lambda r: r[0])[1]


def best_of(candidates, K, pixels):
    return min(candidates, key=lambda cameras: gap(cameras, K, pixels))


@wrong("01.6", "as-stored")
def trusts_the_file(stored, K, pixels):
    return stored.clone()


@wrong("01.6", "always-inverted")
def colmap_for_all(stored, K, pixels):
    return torch.linalg.inv(stored)


@wrong("01.6", "always-opengl")
def blender_for_all(stored, K, pixels):
    return stored @ torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0]))


@wrong("01.6", "never-inverted")
def axes_only(stored, K, pixels):
    return best_of([stored @ s for s in signs(AXES)], K, pixels)


@wrong("01.6", "only-inverted")
def inverse_always(stored, K, pixels):
    return best_of([torch.linalg.inv(stored) @ s for s in signs(AXES)], K, pixels)


@wrong("01.6", "axes-never-tried")
def direction_only(stored, K, pixels):
    return best_of([stored, torch.linalg.inv(stored)], K, pixels)


@wrong("01.6", "axes-never-tried")
def signs_from_the_left(stored, K, pixels):
    return best_of([s @ m for m in (stored, torch.linalg.inv(stored)) for s in signs(AXES)], K, pixels)


@wrong("01.6", "world-side")
def opengl_first_and_from_the_left(stored, K, pixels):
    return best_of([s @ m for m in (stored, torch.linalg.inv(stored)) for s in reversed(signs(AXES))], K, pixels)


@wrong("01.6", "signs-before-inverse")
def changes_then_inverts(stored, K, pixels):
    return best_of([m for s in signs(AXES) for m in (stored @ s, torch.linalg.inv(stored @ s))], K, pixels)


@wrong("01.6", "worst")
def the_largest_gap(stored, K, pixels):
    return max([m @ s for m in (stored, torch.linalg.inv(stored)) for s in signs(AXES)],
               key=lambda cameras: gap(cameras, K, pixels))


@wrong("01.6", "direction-missing")
def axes_only_by_pairs(stored, K, pixels):
    return by_pairs_of_rays(stored, K, pixels, (stored,))


@wrong("01.6", "axes-missing")
def proper_rotations_only(stored, K, pixels):
    names = ["right, down, forward", "right, up, backward", "left, up, forward"]
    return best_of([m @ s for m in (stored, torch.linalg.inv(stored)) for s in signs(names)], K, pixels)


@wrong("01.6", "transposed-4x4")
def transposes_for_the_inverse(stored, K, pixels):
    return best_of([m @ s for m in (stored, stored.transpose(1, 2)) for s in signs(AXES)], K, pixels)


@wrong("01.6", "nothing-returned")
def from_a_miss_of_zero(stored, K, pixels):
    best, best_miss = None, 0.0
    for cameras in [m @ s for m in (stored, torch.linalg.inv(stored)) for s in signs(AXES)]:
        if gap(cameras, K, pixels) < best_miss:
            best, best_miss = cameras, gap(cameras, K, pixels)
    return best


@wrong("01.6", "camera-by-camera")
def each_camera_by_itself(stored, K, pixels):
    hypotheses = torch.stack([m @ s for m in (stored, torch.linalg.inv(stored)) for s in signs(AXES)])
    def alone(camera, p):
        try:
            return gap(camera[None], K, p[None])
        except RuntimeError:  # a singular system: rays of one camera meet where it stands
            return 0.0
    return torch.stack([min(of_one, key=lambda camera: alone(camera, p))
                        for of_one, p in zip(hypotheses.transpose(0, 1), pixels)])


@wrong("01.6", "rays-do-not-meet")
def guesses(stored, K, pixels):
    candidates = [m @ s for m in (stored, torch.linalg.inv(stored)) for s in signs(AXES)]
    return candidates[int(stored.abs().sum() * 1e4) % 8]


@wrong("01.6", "world-assumed")
def above_the_floor_and_looking_at_the_middle(stored, K, pixels):
    """No look at the pictures: cameras stand above z = 0, look at the origin, and hold their heads up."""
    def oddity(cameras):
        position, R = cameras[:, :3, 3], cameras[:, :3, :3]
        towards = -position / position.norm(dim=-1, keepdim=True)
        return float((-(towards * R[..., 2]).sum(-1) + R[..., 2, 1] + (position[:, 2] < 0)
                      + 5 * (torch.linalg.det(R) < 0) + 5 * R[..., 2, 0].abs()).sum())
    return min([m @ s for m in (stored, torch.linalg.inv(stored)) for s in signs(AXES)], key=oddity)
