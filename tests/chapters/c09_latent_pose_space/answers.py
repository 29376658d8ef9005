"""Answers to the exercises of notebook 09, right and wrong, as readers write them."""

import math

import numpy as np
import torch

from tests.chapters.answers import right, wrong

# --------------------------------------------------------------------------------- 09.1 principal components


@right("09.1")
def by_eigenvectors(z):
    centred = z.double() - z.double().mean(0)
    variance, vectors = torch.linalg.eigh(centred.T @ centred / (len(z) - 1))
    variance, vectors = variance.flip(0), vectors.flip(1)
    return vectors.T, variance / variance.sum(), centred @ vectors


@right("09.1")
def by_numpy(z):
    a = z.numpy().astype("float64")
    values, vectors = np.linalg.eigh(np.cov(a.T))
    order = np.argsort(-values)
    d = torch.from_numpy(vectors[:, order].T.copy())
    return d, torch.from_numpy(values[order] / values.sum()), (z.double() - z.double().mean(0)) @ d.T


@right("09.1")
def u_times_s_with_signs_turned(z):
    U, S, Vt = torch.linalg.svd(z - z.mean(dim=0, keepdim=True), full_matrices=False)
    return -Vt, S.square() / S.square().sum(), -U * S


@wrong("09.1", "components-in-columns")
def vectors_as_they_come_from_eigh(z):
    centred = z - z.mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    values, vectors = values.flip(0), vectors.flip(1)
    return vectors, values / values.sum(), centred @ vectors


@wrong("09.1", "components-in-columns")
def v_not_transposed(z):
    centred = z - z.mean(0)
    U, S, Vt = torch.linalg.svd(centred, full_matrices=False)
    return Vt.T, S**2 / (S**2).sum(), centred @ Vt.T


@wrong("09.1", "ascending")
def order_of_eigh(z):
    centred = z - z.mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    return vectors.T, values / values.sum(), centred @ vectors


@wrong("09.1", "flipped-numbers")
def flipped_along_the_wrong_axis(z):
    centred = z - z.mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    values, directions = values.flip(0), vectors.flip(0).T
    return directions, values / values.sum(), centred @ directions.T


@wrong("09.1", "not-centred")
def svd_of_z(z):
    U, S, Vt = torch.linalg.svd(z, full_matrices=False)
    return Vt, S**2 / (S**2).sum(), z @ Vt.T


@wrong("09.1", "centred-over-numbers")
def mean_of_the_wrong_axis(z):
    centred = z - z.mean(1, keepdim=True)
    U, S, Vt = torch.linalg.svd(centred, full_matrices=False)
    return Vt, S**2 / (S**2).sum(), centred @ Vt.T


@wrong("09.1", "standardised")
def of_the_correlation_matrix(z):
    x = (z - z.mean(0)) / z.std(0)
    U, S, Vt = torch.linalg.svd(x, full_matrices=False)
    return Vt, S**2 / (S**2).sum(), x @ Vt.T


@wrong("09.1", "not-unit")
def directions_times_s(z):
    centred = z - z.mean(0)
    U, S, Vt = torch.linalg.svd(centred, full_matrices=False)
    return S[:, None] * Vt, S**2 / (S**2).sum(), centred @ Vt.T


@wrong("09.1", "not-principal")
def the_numbers_themselves(z):
    centred = z - z.mean(0)
    order = centred.var(0).argsort(descending=True)
    variance = centred.var(0)[order]
    return torch.eye(z.shape[1])[order], variance / variance.sum(), centred[:, order]


@wrong("09.1", "not-orthonormal")
def first_difference(z):
    d = torch.nn.functional.normalize(torch.randn(z.shape[1], z.shape[1], generator=torch.Generator().manual_seed(1)))
    scores = (z - z.mean(0)) @ d.T
    return d, scores.var(0) / scores.var(0).sum(), scores


@wrong("09.1", "scores-ascending")
def scores_in_the_order_of_eigh(z):
    centred = z - z.mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    return vectors.T.flip(0), values.flip(0) / values.sum(), centred @ vectors


@wrong("09.1", "wrong-share")
def shares_all_alike(z):
    centred = z - z.mean(0)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh
    return directions, torch.full((z.shape[1],), 1 / z.shape[1]), centred @ directions.T


@wrong("09.1", "deviation-for-variance")
def share_of_singular_values(z):
    centred = z - z.mean(0)
    U, S, Vt = torch.linalg.svd(centred, full_matrices=False)
    return Vt, S / S.sum(), centred @ Vt.T


@wrong("09.1", "share-not-normalised")
def variances(z):
    centred = z - z.mean(0)
    U, S, Vt = torch.linalg.svd(centred, full_matrices=False)
    return Vt, S**2 / (len(z) - 1), centred @ Vt.T


@wrong("09.1", "share-cumulative")
def cumulative(z):
    centred = z - z.mean(0)
    U, S, Vt = torch.linalg.svd(centred, full_matrices=False)
    return Vt, (S**2).cumsum(0) / (S**2).sum(), centred @ Vt.T


@wrong("09.1", "share-of-numbers")
def share_of_the_columns(z):
    centred = z - z.mean(0)
    U, S, Vt = torch.linalg.svd(centred, full_matrices=False)
    return Vt, z.var(0) / z.var(0).sum(), centred @ Vt.T


@wrong("09.1", "share-ascending")
def values_not_turned_round(z):
    centred = z - z.mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    directions = vectors.T.flip(0)
    return directions, values / values.sum(), centred @ directions.T


@wrong("09.1", "scores-not-centred")
def scores_of_z(z):
    U, S, Vt = torch.linalg.svd(z - z.mean(0), full_matrices=False)
    return Vt, S**2 / (S**2).sum(), z @ Vt.T


@wrong("09.1", "scores-by-columns")
def not_transposed(z):
    centred = z - z.mean(0)
    U, S, Vt = torch.linalg.svd(centred, full_matrices=False)
    return Vt, S**2 / (S**2).sum(), centred @ Vt


@wrong("09.1", "scores-whitened")
def u_alone(z):
    U, S, Vt = torch.linalg.svd(z - z.mean(0), full_matrices=False)
    return Vt, S**2 / (S**2).sum(), U


@wrong("09.1", "signs-differ")
def sign_fixed_in_one_place(z):
    U, S, Vt = torch.linalg.svd(z - z.mean(0), full_matrices=False)
    return -Vt, S**2 / (S**2).sum(), U * S


@wrong("09.1", "scores-not-projections")
def latents_for_scores(z):
    U, S, Vt = torch.linalg.svd(z - z.mean(0), full_matrices=False)
    return Vt, S**2 / (S**2).sum(), z - z.mean(0)


# ---------------------------------------------------------------------- 09.2 which quantity follows which


def pearson(a, b):
    a, b = a - a.mean(), b - b.mean()
    return (a * b).sum() / torch.sqrt((a * a).sum() * (b * b).sum())


def ring_column(scores, azimuth):
    design = torch.stack([torch.ones_like(azimuth), azimuth.cos(), azimuth.sin()], 1).double()
    fitted = design @ torch.linalg.lstsq(design, scores.double()).solution
    left = ((scores - fitted) ** 2).sum(0) / ((scores - scores.mean(0)) ** 2).sum(0)
    return (1 - left).clamp(min=0).sqrt().float()


def table(scores, azimuth, others, column, correlate=pearson):
    rows = [torch.stack([correlate(scores[:, c], others[:, q]) for q in range(others.shape[1])])
            for c in range(scores.shape[1])]
    return torch.cat([column[:, None], torch.stack(rows)], 1)


@right("09.2")
def by_least_squares(scores, azimuth, others):
    return table(scores, azimuth, others, ring_column(scores, azimuth))


@right("09.2")
def by_corrcoef(scores, azimuth, others):
    C = scores.shape[1]
    everything = torch.cat([scores, azimuth.sin()[:, None], azimuth.cos()[:, None], others], 1)
    r = torch.corrcoef(everything.T.double())
    s, c, sc = r[:C, C], r[:C, C + 1], r[C, C + 1]
    around = torch.sqrt(((s * s + c * c - 2 * s * c * sc) / (1 - sc * sc)).clamp(min=0))
    return torch.cat([around[:, None], r[:C, C + 2:]], 1)


@right("09.2")
def with_standard_deviations(scores, azimuth, others):
    def z(x):
        return (x - x.mean(0)) / x.std(0)

    M = len(scores) - 1
    rest = z(scores).T @ z(others) / M
    ring = z(torch.stack([azimuth.sin(), azimuth.cos()], 1))
    R = ring.T @ ring / M
    r = z(scores).T @ ring / M  # (C, 2)
    around = torch.einsum("ci,ij,cj->c", r, torch.linalg.inv(R), r).clamp(min=0).sqrt()
    return torch.hstack([around[:, None], rest])


@wrong("09.2", "angle-as-number")
def azimuth_as_it_is(scores, azimuth, others):
    return table(scores, azimuth, others, torch.stack([pearson(s, azimuth) for s in scores.T]))


@wrong("09.2", "angle-as-number")
def azimuth_as_it_is_without_sign(scores, azimuth, others):
    return table(scores, azimuth, others, torch.stack([pearson(s, azimuth).abs() for s in scores.T]))


@wrong("09.2", "sine-only")
def with_the_sine(scores, azimuth, others):
    return table(scores, azimuth, others, torch.stack([pearson(s, torch.sin(azimuth)).abs() for s in scores.T]))


@wrong("09.2", "cosine-only")
def with_the_cosine(scores, azimuth, others):
    return table(scores, azimuth, others, torch.stack([pearson(s, torch.cos(azimuth)) for s in scores.T]))


@wrong("09.2", "no-cross-term")
def squares_added(scores, azimuth, others):
    column = [torch.hypot(pearson(s, azimuth.sin()), pearson(s, azimuth.cos())) for s in scores.T]
    return table(scores, azimuth, others, torch.stack(column))


@wrong("09.2", "best-of-two")
def the_larger_one(scores, azimuth, others):
    column = [torch.max(pearson(s, azimuth.sin()).abs(), pearson(s, azimuth.cos()).abs()) for s in scores.T]
    return table(scores, azimuth, others, torch.stack(column))


@wrong("09.2", "squared")
def root_forgotten(scores, azimuth, others):
    return table(scores, azimuth, others, ring_column(scores, azimuth) ** 2)


@wrong("09.2", "not-centred")
def cosine_similarity(scores, azimuth, others):
    return table(scores, azimuth, others, ring_column(scores, azimuth),
                 lambda a, b: (a * b).sum() / (a.norm() * b.norm()))


@wrong("09.2", "not-centred")
def no_column_of_ones(scores, azimuth, others):
    design = torch.stack([azimuth.cos(), azimuth.sin()], 1)
    fitted = design @ torch.linalg.lstsq(design, scores).solution
    left = ((scores - fitted) ** 2).sum(0) / ((scores - scores.mean(0)) ** 2).sum(0)
    return table(scores, azimuth, others, (1 - left).clamp(min=0).sqrt())


@wrong("09.2", "covariance")
def not_divided(scores, azimuth, others):
    return table(scores, azimuth, others, ring_column(scores, azimuth),
                 lambda a, b: ((a - a.mean()) * (b - b.mean())).mean())


@wrong("09.2", "two-counts")
def mean_over_sample_deviations(scores, azimuth, others):
    return table(scores, azimuth, others, ring_column(scores, azimuth),
                 lambda a, b: ((a - a.mean()) * (b - b.mean())).mean() / (a.std() * b.std()))


@wrong("09.2", "sign-lost")
def absolute(scores, azimuth, others):
    return by_least_squares(scores, azimuth, others).abs()


@wrong("09.2", "column-order")
def azimuth_last(scores, azimuth, others):
    found = by_least_squares(scores, azimuth, others)
    return torch.cat([found[:, 1:], found[:, :1]], 1)


@wrong("09.2", "degrees")
def in_degrees(scores, azimuth, others):
    return by_least_squares(scores, torch.deg2rad(azimuth), others)


@wrong("09.2", "depends-on-zero")
def angle_from_zero(scores, azimuth, others):
    return table(scores, azimuth, others, torch.stack([pearson(s, azimuth.abs()).abs() for s in scores.T]))


@wrong("09.2", "sign-of-cross-term")
def plus_for_minus(scores, azimuth, others):
    s = torch.stack([pearson(x, azimuth.sin()) for x in scores.T])
    c = torch.stack([pearson(x, azimuth.cos()) for x in scores.T])
    both = pearson(azimuth.sin(), azimuth.cos())
    return table(scores, azimuth, others, ((s**2 + c**2 + 2 * s * c * both) / (1 - both**2)).clamp(min=0).sqrt())


# ------------------------------------------------------------------------------------- 09.3 a linear probe


def scored(answer, y):
    return answer, 1 - ((y - answer) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0)


@right("09.3")
def column_of_ones_without_penalty(x_fit, y_fit, x_test, y_test, ridge):
    X = torch.cat([torch.ones(len(x_fit), 1), x_fit], 1).double()
    penalty = ridge * torch.eye(X.shape[1], dtype=torch.float64)
    penalty[0, 0] = 0.0
    W = torch.linalg.solve(X.T @ X + penalty, X.T @ y_fit.double())
    return scored(torch.cat([torch.ones(len(x_test), 1), x_test], 1).double() @ W, y_test)


@right("09.3")
def by_extra_rows(x_fit, y_fit, x_test, y_test, ridge):
    mx, my = x_fit.mean(0), y_fit.mean(0)
    F = x_fit.shape[1]
    X = torch.cat([x_fit - mx, math.sqrt(ridge) * torch.eye(F)])
    Y = torch.cat([y_fit - my, torch.zeros(F, y_fit.shape[1])])
    return scored((x_test - mx) @ torch.linalg.lstsq(X, Y).solution + my, y_test)


@right("09.3")
def by_scikit_learn(x_fit, y_fit, x_test, y_test, ridge):
    from sklearn.linear_model import LinearRegression, Ridge
    from sklearn.metrics import r2_score

    model = Ridge(alpha=ridge) if ridge else LinearRegression()
    answer = model.fit(x_fit.double().numpy(), y_fit.double().numpy()).predict(x_test.double().numpy())
    r2 = r2_score(y_test.numpy(), answer, multioutput="raw_values")
    return torch.from_numpy(answer), torch.from_numpy(r2)


def fitted(x, y, ridge):
    mx, my = x.mean(0), y.mean(0)
    W = torch.linalg.inv((x - mx).T @ (x - mx) + ridge * torch.eye(x.shape[1])) @ (x - mx).T @ (y - my)
    return W, my - mx @ W


@wrong("09.3", "scored-on-fit")
def r2_of_the_fit(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, ridge)
    return x_test @ W + b, scored(x_fit @ W + b, y_fit)[1]


@wrong("09.3", "fit-on-test")
def fitted_on_the_test(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_test, y_test, ridge)
    return scored(x_test @ W + b, y_test)


@wrong("09.3", "leak")
def fitted_on_everything(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(torch.cat([x_fit, x_test]), torch.cat([y_fit, y_test]), ridge)
    return scored(x_test @ W + b, y_test)


@wrong("09.3", "leak")
def each_centred_by_its_own_mean(x_fit, y_fit, x_test, y_test, ridge):
    W, _ = fitted(x_fit, y_fit, ridge)
    return scored((x_test - x_test.mean(0)) @ W + y_fit.mean(0), y_test)


@wrong("09.3", "no-intercept")
def through_the_origin(x_fit, y_fit, x_test, y_test, ridge):
    W = torch.linalg.solve(x_fit.T @ x_fit + ridge * torch.eye(x_fit.shape[1]), x_fit.T @ y_fit)
    return scored(x_test @ W, y_test)


@wrong("09.3", "ridge-on-intercept")
def ones_with_penalty(x_fit, y_fit, x_test, y_test, ridge):
    X = torch.cat([x_fit, torch.ones(len(x_fit), 1)], 1)
    W = torch.linalg.solve(X.T @ X + ridge * torch.eye(X.shape[1]), X.T @ y_fit)
    return scored(torch.cat([x_test, torch.ones(len(x_test), 1)], 1) @ W, y_test)


@wrong("09.3", "ridge-ignored")
def plain_least_squares(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, 0.0)
    return scored(x_test @ W + b, y_test)


@wrong("09.3", "ridge-on-all-entries")
def number_added_to_a_matrix(x_fit, y_fit, x_test, y_test, ridge):
    mx, my = x_fit.mean(0), y_fit.mean(0)
    W = torch.linalg.solve((x_fit - mx).T @ (x_fit - mx) + ridge, (x_fit - mx).T @ (y_fit - my))
    return scored((x_test - mx) @ W + my, y_test)


@wrong("09.3", "ridge-times-examples")
def ridge_of_the_mean(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, ridge * len(x_fit))
    return scored(x_test @ W + b, y_test)


@wrong("09.3", "test-not-centred")
def mean_left_in_the_test(x_fit, y_fit, x_test, y_test, ridge):
    W, _ = fitted(x_fit, y_fit, ridge)
    return scored(x_test @ W + y_fit.mean(0), y_test)


@wrong("09.3", "level-missing")
def differences(x_fit, y_fit, x_test, y_test, ridge):
    W, _ = fitted(x_fit, y_fit, ridge)
    return scored((x_test - x_fit.mean(0)) @ W, y_test)


@wrong("09.3", "standardised")
def divided_by_the_deviation(x_fit, y_fit, x_test, y_test, ridge):
    scale = x_fit.std(0)
    W, b = fitted(x_fit / scale, y_fit, ridge)
    return scored(x_test / scale @ W + b, y_test)


@wrong("09.3", "baseline-zero")
def against_zero(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, ridge)
    answer = x_test @ W + b
    return answer, 1 - ((y_test - answer) ** 2).sum(0) / (y_test**2).sum(0)


@wrong("09.3", "baseline-of-fit")
def against_the_mean_of_the_fit(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, ridge)
    answer = x_test @ W + b
    return answer, 1 - ((y_test - answer) ** 2).sum(0) / ((y_test - y_fit.mean(0)) ** 2).sum(0)


@wrong("09.3", "two-counts")
def mean_over_var(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, ridge)
    answer = x_test @ W + b
    return answer, 1 - ((y_test - answer) ** 2).mean(0) / y_test.var(0)


@wrong("09.3", "share-unread")
def one_minus_forgotten(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, ridge)
    answer = x_test @ W + b
    return answer, ((y_test - answer) ** 2).sum(0) / ((y_test - y_test.mean(0)) ** 2).sum(0)


@wrong("09.3", "no-baseline")
def squared_error(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, ridge)
    return x_test @ W + b, ((y_test - x_test @ W - b) ** 2).mean(0)


@wrong("09.3", "correlation-squared")
def r_squared_by_name(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, ridge)
    answer = x_test @ W + b
    return answer, torch.stack([pearson(a, y) ** 2 for a, y in zip(answer.T, y_test.T)])


@wrong("09.3", "shape")
def pooled(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, ridge)
    answer = x_test @ W + b
    return answer, 1 - ((y_test - answer) ** 2).sum() / ((y_test - y_test.mean(0)) ** 2).sum()


@wrong("09.3", "fit-and-test-exchanged")
def arguments_exchanged(x_test, y_test, x_fit, y_fit, ridge):
    W, b = fitted(x_fit, y_fit, ridge)
    return scored(x_test @ W + b, y_test)


@wrong("09.3", "ridge-squared")
def ridge_to_the_second(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, ridge**2)
    return scored(x_test @ W + b, y_test)


@wrong("09.3", "ridge-subtracted")
def minus_ridge(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, -ridge)
    return scored(x_test @ W + b, y_test)


@wrong("09.3", "explained-of-answers")
def variance_of_the_answers(x_fit, y_fit, x_test, y_test, ridge):
    W, b = fitted(x_fit, y_fit, ridge)
    answer = x_test @ W + b
    return answer, answer.var(0) / y_test.var(0)


# ------------------------------------------------------------------------------ 09.4 a way around the ring


@right("09.4")
def with_complex_numbers(start, end, steps):
    a, b = torch.complex(start[:, 0], start[:, 1]), torch.complex(end[:, 0], end[:, 1])
    t = torch.linspace(0, 1, steps)
    turn = torch.angle(b / a)  # of a quotient: already in (-pi, pi]
    r = a.abs()[:, None] * (1 - t) + b.abs()[:, None] * t
    return torch.view_as_real(torch.polar(r, a.angle()[:, None] + t * turn[:, None]))


@right("09.4")
def with_loops_and_remainders(start, end, steps):
    ways = []
    for (x0, y0), (x1, y1) in zip(start.tolist(), end.tolist()):
        a, r, s = math.atan2(y0, x0), math.hypot(x0, y0), math.hypot(x1, y1)
        turn = (math.atan2(y1, x1) - a + math.pi) % (2 * math.pi) - math.pi
        way = []
        for i in range(steps):
            t = i / (steps - 1)
            radius = r + t * (s - r)
            way.append([radius * math.cos(a + t * turn), radius * math.sin(a + t * turn)])
        ways.append(way)
    return torch.tensor(ways)


@right("09.4")
def by_slerp(start, end, steps):
    r, s = start.norm(dim=1, keepdim=True), end.norm(dim=1, keepdim=True)
    u, v = start.double() / r, end.double() / s
    omega = torch.acos((u * v).sum(1).clamp(-1, 1))[:, None, None]
    t = torch.linspace(0, 1, steps, dtype=torch.float64)[None, :, None]
    unit = (torch.sin((1 - t) * omega) * u[:, None] + torch.sin(t * omega) * v[:, None]) / torch.sin(omega)
    return unit * ((1 - t) * r[:, None] + t * s[:, None])


def polar_walk(start, end, steps, turn, radius=None):
    t = torch.linspace(0, 1, steps)
    a = torch.atan2(start[:, 1], start[:, 0])
    b = torch.atan2(end[:, 1], end[:, 0])
    angle = a[:, None] + t * turn(b - a)[:, None]
    r = radius if radius is not None else start.norm(dim=1)[:, None] * (1 - t) + end.norm(dim=1)[:, None] * t
    return torch.stack([r * torch.cos(angle), r * torch.sin(angle)], dim=2)


def into_half_turn(d):
    return torch.remainder(d + math.pi, 2 * math.pi) - math.pi


@wrong("09.4", "straight-line")
def lerp(start, end, steps):
    t = torch.linspace(0, 1, steps).view(1, -1, 1)
    return torch.lerp(start[:, None], end[:, None], t)


@wrong("09.4", "long-way")
def angles_subtracted(start, end, steps):
    return polar_walk(start, end, steps, lambda d: d)


@wrong("09.4", "one-way-round")
def remainder_of_a_whole_turn(start, end, steps):
    return polar_walk(start, end, steps, lambda d: torch.remainder(d, 2 * math.pi))


@wrong("09.4", "uneven-steps")
def line_pushed_out(start, end, steps):
    t = torch.linspace(0, 1, steps)[None, :, None]
    line = start[:, None] * (1 - t) + end[:, None] * t
    radius = start.norm(dim=1)[:, None, None] * (1 - t) + end.norm(dim=1)[:, None, None] * t
    return torch.nn.functional.normalize(line, dim=-1) * radius


@wrong("09.4", "circle-of-one")
def on_the_unit_circle(start, end, steps):
    return polar_walk(start, end, steps, into_half_turn, torch.ones(len(start), steps))


@wrong("09.4", "radius-of-start")
def radius_kept(start, end, steps):
    return polar_walk(start, end, steps, into_half_turn, start.norm(dim=1)[:, None].repeat(1, steps))


@wrong("09.4", "end-missing")
def divided_by_steps(start, end, steps):
    t = torch.arange(steps) / steps
    a = torch.atan2(start[:, 1], start[:, 0])
    turn = into_half_turn(torch.atan2(end[:, 1], end[:, 0]) - a)
    r = torch.lerp(start.norm(dim=1)[:, None], end.norm(dim=1)[:, None], t)
    angle = a[:, None] + turn[:, None] * t
    return torch.stack([r * angle.cos(), r * angle.sin()], -1)


@wrong("09.4", "backwards")
def from_end_to_start(start, end, steps):
    return polar_walk(start, end, steps, into_half_turn).flip(1)


@wrong("09.4", "atan-not-atan2")
def atan(start, end, steps):
    t = torch.linspace(0, 1, steps)
    a, b = torch.atan(start[:, 1] / start[:, 0]), torch.atan(end[:, 1] / end[:, 0])
    angle = a[:, None] + t * into_half_turn(b - a)[:, None]
    r = start.norm(dim=1)[:, None] * (1 - t) + end.norm(dim=1)[:, None] * t
    return torch.stack([r * torch.cos(angle), r * torch.sin(angle)], dim=2)


@wrong("09.4", "axes-exchanged")
def x_first(start, end, steps):
    t = torch.linspace(0, 1, steps)
    a, b = torch.atan2(start[:, 0], start[:, 1]), torch.atan2(end[:, 0], end[:, 1])
    angle = a[:, None] + t * into_half_turn(b - a)[:, None]
    r = start.norm(dim=1)[:, None] * (1 - t) + end.norm(dim=1)[:, None] * t
    return torch.stack([r * torch.cos(angle), r * torch.sin(angle)], dim=2)


@wrong("09.4", "uneven-angle")
def smooth_start_and_stop(start, end, steps):
    t = torch.linspace(0, 1, steps)
    t = t * t * (3 - 2 * t)
    a = torch.atan2(start[:, 1], start[:, 0])
    turn = into_half_turn(torch.atan2(end[:, 1], end[:, 0]) - a)
    r = torch.lerp(start.norm(dim=1)[:, None], end.norm(dim=1)[:, None], t)
    angle = a[:, None] + turn[:, None] * t
    return torch.stack([r * angle.cos(), r * angle.sin()], -1)


@wrong("09.4", "mean-radius")
def half_the_sum(start, end, steps):
    radius = (start.norm(dim=1) + end.norm(dim=1))[:, None] / 2
    return polar_walk(start, end, steps, into_half_turn, radius.repeat(1, steps))


@wrong("09.4", "radius-multiplied")
def equal_factors(start, end, steps):
    t = torch.linspace(0, 1, steps)
    radius = torch.exp(torch.lerp(start.norm(dim=1).log()[:, None], end.norm(dim=1).log()[:, None], t))
    return polar_walk(start, end, steps, into_half_turn, radius)


def shares_walk(start, end, t):
    a = torch.atan2(start[:, 1], start[:, 0])
    turn = into_half_turn(torch.atan2(end[:, 1], end[:, 0]) - a)
    r = torch.lerp(start.norm(dim=1)[:, None], end.norm(dim=1)[:, None], t)
    angle = a[:, None] + turn[:, None] * t
    return torch.stack([r * angle.cos(), r * angle.sin()], -1)


@wrong("09.4", "start-missing")
def from_one(start, end, steps):
    return shares_walk(start, end, torch.tensor([(i + 1) / steps for i in range(steps)]))


@wrong("09.4", "ends-missing")
def only_between(start, end, steps):
    return shares_walk(start, end, torch.tensor([(i + 1) / (steps + 1) for i in range(steps)]))


@wrong("09.4", "unit-of-angle")
def degrees_into_cos(start, end, steps):
    t = torch.linspace(0, 1, steps)
    a = torch.rad2deg(torch.atan2(start[:, 1], start[:, 0]))
    b = torch.rad2deg(torch.atan2(end[:, 1], end[:, 0]))
    turn = torch.atan2(torch.sin(b - a), torch.cos(b - a))
    r = start.norm(dim=1)[:, None] * (1 - t) + end.norm(dim=1)[:, None] * t
    angle = a[:, None] + t * turn[:, None]
    return torch.stack([r * torch.cos(angle), r * torch.sin(angle)], dim=2)
