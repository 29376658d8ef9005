"""Answers to the exercises of notebook 09 that are right where one usually looks: for numbers of a usual size, for
correlations and scores above 0, for one journey at a time, and the first time that they are asked."""

import math

import numpy as np
import torch

from tests.chapters.answers import right, wrong

# --------------------------------------------------------------------------------- 09.1 principal_components


def components(z):
    centred = z - z.mean(0)
    _, S, V = torch.linalg.svd(centred, full_matrices=False)
    return V, S**2 / (S**2).sum(), centred @ V.T


@right("09.1")
def by_scikit_learn(z):
    from sklearn.decomposition import PCA

    pca = PCA().fit(z.numpy())
    return tuple(map(torch.from_numpy, (pca.components_, pca.explained_variance_ratio_, pca.transform(z.numpy()))))


def remembering():
    kept = {}

    def components_of_the_first_such_latents(z):
        return kept.setdefault(z.shape, components(z))

    return components_of_the_first_such_latents


wrong("09.1", "remembered")(remembering())


def changing():
    asked = []

    def another_order_every_third_time(z):
        asked.append(None)
        V, share, scores = components(z)
        return (V, share, scores) if len(asked) % 3 else (V.flip(0), share.flip(0), scores.flip(1))

    return another_order_every_third_time


wrong("09.1", "remembers")(changing())


@wrong("09.1", "wrong-share")
def shares_with_room(z):
    V, share, scores = components(z)
    return V, (share + 1e-3) / (share + 1e-3).sum(), scores


@wrong("09.1", "wrong-share")
def shares_rounded(z):
    V, share, scores = components(z)
    return V, (100 * share).round() / 100, scores


@wrong("09.1", "not-principal")
def around_the_median(z):
    centred = z - z.median(0).values
    _, S, V = torch.linalg.svd(centred, full_matrices=False)
    return V, S**2 / (S**2).sum(), centred @ V.T


# ------------------------------------------------------------------------------------------ 09.2 correlations


def standard(x, room=0.0):
    x = x - x.mean(0)
    return x / (x.norm(dim=0) + room)


def table(scores, azimuth, others, room=0.0, end=lambda r: r):
    score, s, c = standard(scores, room), standard(azimuth.sin()), standard(azimuth.cos())
    r_s, r_c, r_sc = score.T @ s, score.T @ c, s @ c
    around = ((r_s**2 + r_c**2 - 2 * r_s * r_c * r_sc) / (1 - r_sc**2)).clamp(min=0).sqrt()
    return torch.cat([around[:, None], end(score.T @ standard(others, room))], 1)


@right("09.2")
def by_numpys_corrcoef(scores, azimuth, others):
    C = scores.shape[1]
    ring = np.stack([np.sin(azimuth.numpy()), np.cos(azimuth.numpy())], 1)
    r = np.corrcoef(np.hstack([scores.numpy(), ring, others.numpy()]).T)
    s, c, sc = r[:C, C], r[:C, C + 1], r[C, C + 1]
    around = np.sqrt(np.clip((s**2 + c**2 - 2 * s * c * sc) / (1 - sc**2), 0, None))
    return torch.from_numpy(np.hstack([around[:, None], r[:C, C + 2:]]).astype(np.float32))


@wrong("09.2", "never-negative")
def zero_at_least(scores, azimuth, others):
    return table(scores, azimuth, others, end=lambda r: r.clamp(min=0))


@wrong("09.2", "squared-others")
def all_squared(scores, azimuth, others):
    return table(scores, azimuth, others).square()


@wrong("09.2", "not-the-correlation")
def others_squared(scores, azimuth, others):
    return table(scores, azimuth, others, end=torch.square)


@wrong("09.2", "values")
def room_below_the_line(scores, azimuth, others):
    return table(scores, azimuth, others, room=1e-4)


@wrong("09.2", "spearman")
def of_the_ranks(scores, azimuth, others):
    ranks = [x.argsort(0).argsort(0).float() for x in (scores, others)]
    return torch.cat([table(scores, azimuth, others)[:, :1], standard(ranks[0]).T @ standard(ranks[1])], 1)


@wrong("09.2", "transposed")
def one_column_a_component(scores, azimuth, others):
    return table(scores, azimuth, others).T


@wrong("09.2", "all-columns-together")
def one_deviation_for_all(scores, azimuth, others):
    s, o = ((x - x.mean()) / x.std() for x in (scores, others))
    return torch.cat([table(scores, azimuth, others)[:, :1], s.T @ o / len(s)], 1)


@wrong("09.2", "not-the-ring")
def twice_around(scores, azimuth, others):
    return table(scores, 2 * azimuth, others)


@wrong("09.2", "not-finite")
def angles_kept_in_half_a_turn(scores, azimuth, others):
    return table(scores, azimuth.clamp(-math.pi, math.pi), others)


# ------------------------------------------------------------------------------------------ 09.3 linear_probe


def answered(x_fit, y_fit, x_test, ridge):
    X, Y = x_fit - x_fit.mean(0), y_fit - y_fit.mean(0)
    W = torch.linalg.solve(X.T @ X + ridge * torch.eye(X.shape[1]), X.T @ Y)
    return (x_test - x_fit.mean(0)) @ W + y_fit.mean(0)


def scored(answer, y, room=0.0):
    return 1 - (y - answer).square().sum(0) / ((y - y.mean(0)).square().sum(0) + room)


def probe(answer=answered, score=scored):
    def made(x_fit, y_fit, x_test, y_test, ridge):
        found = answer(x_fit, y_fit, x_test, ridge)
        return found, score(found, y_test)

    return made


@right("09.3")
def probe_by_numpy(x_fit, y_fit, x_test, y_test, ridge):
    X, Y, T, truth = (x.numpy() for x in (x_fit, y_fit, x_test, y_test))
    centred = X - X.mean(0)
    W = np.linalg.solve(centred.T @ centred + ridge * np.eye(X.shape[1]), centred.T @ (Y - Y.mean(0)))
    answer = (T - X.mean(0)) @ W + Y.mean(0)
    r2 = 1 - ((truth - answer) ** 2).sum(0) / ((truth - truth.mean(0)) ** 2).sum(0)
    return torch.from_numpy(answer.astype(np.float32)), torch.from_numpy(r2.astype(np.float32))


@wrong("09.3", "never-negative")
def r2_zero_at_least(x_fit, y_fit, x_test, y_test, ridge):
    return probe(score=lambda a, y: scored(a, y).clamp(min=0))(x_fit, y_fit, x_test, y_test, ridge)


@wrong("09.3", "never-negative")
def r2_without_its_sign(x_fit, y_fit, x_test, y_test, ridge):
    return probe(score=lambda a, y: scored(a, y).abs())(x_fit, y_fit, x_test, y_test, ridge)


@wrong("09.3", "values")
def r2_minus_one_at_least(x_fit, y_fit, x_test, y_test, ridge):
    return probe(score=lambda a, y: scored(a, y).clamp(min=-1))(x_fit, y_fit, x_test, y_test, ridge)


@wrong("09.3", "values")
def r2_with_room(x_fit, y_fit, x_test, y_test, ridge):
    return probe(score=lambda a, y: scored(a, y, 1e-6))(x_fit, y_fit, x_test, y_test, ridge)


@wrong("09.3", "one-for-all")
def one_r2(x_fit, y_fit, x_test, y_test, ridge):
    def score(a, y):
        return (1 - (y - a).square().sum() / (y - y.mean(0)).square().sum()).expand(y.shape[1])

    return probe(score=score)(x_fit, y_fit, x_test, y_test, ridge)


@wrong("09.3", "root")
def of_the_deviations(x_fit, y_fit, x_test, y_test, ridge):
    return probe(score=lambda a, y: 1 - (1 - scored(a, y)).sqrt())(x_fit, y_fit, x_test, y_test, ridge)


@wrong("09.3", "absolute-differences")
def sums_of_absolute_differences(x_fit, y_fit, x_test, y_test, ridge):
    return probe(score=lambda a, y: 1 - (y - a).abs().sum(0) / (y - y.mean(0)).abs().sum(0))(
        x_fit, y_fit, x_test, y_test, ridge)


@wrong("09.3", "not-r2")
def around_one_mean(x_fit, y_fit, x_test, y_test, ridge):
    return probe(score=lambda a, y: 1 - (y - a).square().sum(0) / (y - y.mean()).square().sum(0))(
        x_fit, y_fit, x_test, y_test, ridge)


@wrong("09.3", "not-the-map")
def nearest_example(x_fit, y_fit, x_test, y_test, ridge):
    return probe(lambda xf, yf, xt, r: yf[torch.cdist(xt, xf).argmin(1)])(x_fit, y_fit, x_test, y_test, ridge)


@wrong("09.3", "not-the-map")
def never_beyond_what_was_seen(x_fit, y_fit, x_test, y_test, ridge):
    return probe(lambda xf, yf, xt, r: answered(xf, yf, xt, r).clamp(yf.min(), yf.max()))(
        x_fit, y_fit, x_test, y_test, ridge)


@wrong("09.3", "ridge-differs")
def twice_the_ridge(x_fit, y_fit, x_test, y_test, ridge):
    return probe(lambda xf, yf, xt, r: answered(xf, yf, xt, 2 * r))(x_fit, y_fit, x_test, y_test, ridge)


# ------------------------------------------------------------------------------------------- 09.4 walk_around


def turns(start, end):
    turn = torch.atan2(end[:, 1], end[:, 0]) - torch.atan2(start[:, 1], start[:, 0])
    return torch.atan2(turn.sin(), turn.cos())


def walk(start, end, steps, turn=None, radius=None):
    t = torch.linspace(0, 1, steps)
    turn = turns(start, end)[:, None] if turn is None else turn
    r = (1 - t) * start.norm(dim=1)[:, None] + t * end.norm(dim=1)[:, None] if radius is None else radius
    angle = torch.atan2(start[:, 1], start[:, 0])[:, None] + t * turn
    return torch.stack([r * angle.cos(), r * angle.sin()], -1)


@right("09.4")
def walk_by_numpy(start, end, steps):
    a, b = (x[:, 0].numpy() + 1j * x[:, 1].numpy() for x in (start, end))
    t = np.linspace(0, 1, steps)
    way = ((1 - t) * np.abs(a)[:, None] + t * np.abs(b)[:, None]) * np.exp(
        1j * (np.angle(a)[:, None] + t * np.angle(b / a)[:, None]))
    return torch.from_numpy(np.stack([way.real, way.imag], -1).astype(np.float32))


@wrong("09.4", "one-turn-for-all")
def turn_of_the_first(start, end, steps):
    return walk(start, end, steps, turns(start, end)[0])


@wrong("09.4", "one-turn-for-all")
def turn_of_the_mean(start, end, steps):
    return walk(start, end, steps, turns(start, end).mean())


@wrong("09.4", "one-radius-for-all")
def radii_of_the_first(start, end, steps):
    t = torch.linspace(0, 1, steps)
    return walk(start, end, steps, radius=(1 - t) * start[0].norm() + t * end[0].norm())


@wrong("09.4", "wrong-ends")
def always_to_the_left_by_as_much(start, end, steps):
    return walk(start, end, steps, turns(start, end).abs()[:, None])


@wrong("09.4", "wrong-ends")
def ends_of_the_next(start, end, steps):
    return walk(start, end.roll(1, 0), steps)


@wrong("09.4", "polar")
def left_in_polar_coordinates(start, end, steps):
    t = torch.linspace(0, 1, steps)
    angle = torch.atan2(start[:, 1], start[:, 0])[:, None] + t * turns(start, end)[:, None]
    return torch.stack([(1 - t) * start.norm(dim=1)[:, None] + t * end.norm(dim=1)[:, None], angle], -1)


@wrong("09.4", "values")
def never_near_the_origin(start, end, steps):
    t = torch.linspace(0, 1, steps)
    r = ((1 - t) * start.norm(dim=1)[:, None] + t * end.norm(dim=1)[:, None]).clamp(min=0.05)
    return walk(start, end, steps, radius=r)


def keeping():
    kept = {}

    def first_way_of_this_shape(start, end, steps):
        return kept.setdefault((start.shape, steps), walk(start, end, steps))

    return first_way_of_this_shape


wrong("09.4", "remembered")(keeping())
