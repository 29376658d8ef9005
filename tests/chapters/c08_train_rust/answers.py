"""Answers to the exercises of notebook 08, as readers would write them."""

import math

import numpy as np
import torch

from tests.chapters.answers import right, wrong

# ---- 08.1


@right("08.1")
def in_two_parts(step, steps, warmup, peak):
    share = (1 + math.cos(step / steps * math.pi)) / 2
    if step + 1 < warmup:
        share = share * (step + 1) / warmup
    return peak * share


@right("08.1")
def by_numpy(step, steps, warmup, peak):
    up = np.clip((step + 1) / warmup, 0, 1) if warmup else 1.0
    return up * peak * np.cos(np.pi * step / steps / 2) ** 2


@right("08.1")
def by_torch(step, steps, warmup, peak):
    up = 1.0 if warmup == 0 else min(1.0, (step + 1) / warmup)
    return peak * up * (1 + torch.cos(torch.tensor(math.pi * step / steps, dtype=torch.float64))) / 2


def cosine(step, steps):
    return (1 + math.cos(math.pi * step / steps)) / 2


@wrong("08.1", "no-warm-up")
def only_down(step, steps, warmup, peak):
    return peak * cosine(step, steps)


@wrong("08.1", "no-decay")
def only_up(step, steps, warmup, peak):
    return peak if step >= warmup else peak * (step + 1) / warmup


@wrong("08.1", "idle-first-step")
def from_zero(step, steps, warmup, peak):
    up = step / warmup if step < warmup else 1
    return peak * up * cosine(step, steps)


@wrong("08.1", "no-peak")
def a_share(step, steps, warmup, peak):
    return cosine(step, steps) * (min(1, (step + 1) / warmup) if warmup else 1)


@wrong("08.1", "straight-decay")
def linear(step, steps, warmup, peak):
    up = min(1, (step + 1) / max(warmup, 1))
    return peak * up * (steps - step) / steps


@wrong("08.1", "below-zero")
def bare_cosine(step, steps, warmup, peak):
    return peak * min(1, (step + 1) / max(warmup, 1)) * math.cos(math.pi * step / steps)


@wrong("08.1", "full-wave")
def a_whole_turn(step, steps, warmup, peak):
    return peak * min(1, (step + 1) / max(warmup, 1)) * (1 + math.cos(2 * math.pi * step / steps)) / 2


@wrong("08.1", "not-halved")
def two_to_zero(step, steps, warmup, peak):
    return peak * min(1, (step + 1) / max(warmup, 1)) * (1 + math.cos(math.pi * step / steps))


@wrong("08.1", "cosine-after-warm-up")
def as_elsewhere(step, steps, warmup, peak):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * cosine(step - warmup, steps - warmup)


@wrong("08.1", "one-or-the-other")
def a_jump(step, steps, warmup, peak):
    return peak * (step + 1) / warmup if step < warmup else peak * cosine(step, steps)


@wrong("08.1", "lost-last-step")
def to_zero_at_the_last(step, steps, warmup, peak):
    return peak * min(1, (step + 1) / max(warmup, 1)) * cosine(step, steps - 1)


@wrong("08.1", "warm-up-unbounded")
def without_min(step, steps, warmup, peak):
    return peak * (step + 1) / max(warmup, 1) * cosine(step, steps)


@wrong("08.1", "degrees")
def half_a_turn_is_180(step, steps, warmup, peak):
    return peak * min(1, (step + 1) / max(warmup, 1)) * (1 + math.cos(180 * step / steps)) / 2


@wrong("08.1", "exception")
def divides_by_no_warm_up(step, steps, warmup, peak):
    return peak * min(1, (step + 1) / warmup) * cosine(step, steps)


@wrong("08.1", "out-of-bounds")
def exponential_and_far_too_large(step, steps, warmup, peak):
    return 10 * peak * math.exp(-step / steps)


@wrong("08.1", "counts-from-one")
def one_later(step, steps, warmup, peak):
    step = step + 1
    return peak * min(1, step / max(warmup, 1)) * cosine(step, steps)


@wrong("08.1", "quarter-wave")
def to_the_right_angle(step, steps, warmup, peak):
    return peak * min(1, (step + 1) / max(warmup, 1)) * math.cos(math.pi / 2 * step / steps)


@wrong("08.1", "stops-half-way")
def half_a_turn_is_half_pi(step, steps, warmup, peak):
    return peak * min(1, (step + 1) / max(warmup, 1)) * (1 + math.cos(math.pi / 2 * step / steps)) / 2


# ---- 08.2


def rows_of_pairs(z, where):
    T = z.shape[1]
    x, y = [], []
    for i in range(T):
        for j in range(T):
            if i != j:
                x.append(torch.cat([z[:, i], z[:, j]], dim=-1))
                y.append(where[:, j] - where[:, i])
    return torch.stack(x, 1), torch.stack(y, 1)


def one_turn(angle):
    return (angle + math.pi) % (2 * math.pi) - math.pi


def r_squared(answer, truth):
    return 1 - ((truth - answer) ** 2).sum(0) / ((truth - truth.mean(0)) ** 2).sum(0)


@right("08.2")
def by_two_loops(z, where, fit, probe):
    x, y = rows_of_pairs(z, where)
    y[..., 0] = one_turn(y[..., 0])
    answer = probe(x[:fit].reshape(-1, x.shape[-1]), y[:fit].reshape(-1, 3), x[fit:].reshape(-1, x.shape[-1]))
    return r_squared(answer, y[fit:].reshape(-1, 3))


@right("08.2")
def first_minus_second_quantity_by_quantity(z, where, fit, probe):
    S, T, L = z.shape
    a, b = z[:, :, None].expand(S, T, T, L), z[:, None].expand(S, T, T, L)
    different = ~torch.eye(T, dtype=torch.bool)
    x = torch.cat([a, b], -1)[:, different]
    y = (where[:, :, None] - where[:, None])[:, different]
    y[..., 0] = torch.remainder(y[..., 0] + math.pi, 2 * math.pi) - math.pi
    truth = y[fit:].flatten(0, 1)
    answer = probe(x[:fit].flatten(0, 1), y[:fit].flatten(0, 1), x[fit:].flatten(0, 1))
    return torch.stack([1 - torch.mean((truth[:, q] - answer[:, q]) ** 2) / truth[:, q].var(unbiased=False)
                        for q in range(3)])


def reads(x, y, fit, probe, score=r_squared):
    y = torch.cat([one_turn(y[..., :1]), y[..., 1:]], -1)
    return score(probe(x[:fit].flatten(0, 1), y[:fit].flatten(0, 1), x[fit:].flatten(0, 1)), y[fit:].flatten(0, 1))


@wrong("08.2", "not-wrapped")
def angles_as_numbers(z, where, fit, probe):
    x, y = rows_of_pairs(z, where)
    return r_squared(probe(x[:fit].flatten(0, 1), y[:fit].flatten(0, 1), x[fit:].flatten(0, 1)), y[fit:].flatten(0, 1))


@wrong("08.2", "not-wrapped")
def zero_to_one_turn(z, where, fit, probe):
    x, y = rows_of_pairs(z, where)
    y[..., 0] %= 2 * math.pi
    return r_squared(probe(x[:fit].flatten(0, 1), y[:fit].flatten(0, 1), x[fit:].flatten(0, 1)), y[fit:].flatten(0, 1))


@wrong("08.2", "scored-on-fit")
def on_its_own_scenes(z, where, fit, probe):
    x, y = rows_of_pairs(z[:fit], where[:fit])
    y[..., 0] = one_turn(y[..., 0])
    x, y = x.flatten(0, 1), y.flatten(0, 1)
    return r_squared(probe(x, y, x), y)


@wrong("08.2", "leak")
def fitted_on_all(z, where, fit, probe):
    x, y = rows_of_pairs(z, where)
    y[..., 0] = one_turn(y[..., 0])
    return r_squared(probe(x.flatten(0, 1), y.flatten(0, 1), x[fit:].flatten(0, 1)), y[fit:].flatten(0, 1))


@wrong("08.2", "fit-counts-pairs")
def cut_among_pairs(z, where, fit, probe):
    x, y = (v.flatten(0, 1) for v in rows_of_pairs(z, where))
    y[:, 0] = one_turn(y[:, 0])
    x, y = (v.reshape(len(z), -1, v.shape[-1]).flatten(0, 1) for v in (x, y))
    return r_squared(probe(x[:fit], y[:fit], x[fit:]), y[fit:])


@wrong("08.2", "no-pairs")
def one_by_one(z, where, fit, probe):
    x, y = z.flatten(0, 1), where.flatten(0, 1)
    n = fit * z.shape[1]
    return r_squared(probe(x[:n], y[:n], x[n:]), y[n:])


@wrong("08.2", "latents-subtracted")
def differences_of_both(z, where, fit, probe):
    x, y = rows_of_pairs(z, where)
    L = z.shape[-1]
    return reads(x[..., L:] - x[..., :L], y, fit, probe)


@wrong("08.2", "half-the-pairs")
def each_pair_once(z, where, fit, probe):
    i, j = torch.combinations(torch.arange(z.shape[1])).unbind(-1)
    return reads(torch.cat([z[:, i], z[:, j]], -1), where[:, j] - where[:, i], fit, probe)


@wrong("08.2", "variance-of-answers")
def variance_on_the_wrong_side(z, where, fit, probe):
    return reads(*rows_of_pairs(z, where), fit, probe,
                 lambda a, y: 1 - ((y - a) ** 2).mean(0) / a.var(0, unbiased=False))


@wrong("08.2", "two-counts")
def mean_over_var(z, where, fit, probe):
    return reads(*rows_of_pairs(z, where), fit, probe, lambda a, y: 1 - ((y - a) ** 2).mean(0) / y.var(0))


@wrong("08.2", "share-unread")
def without_one_minus(z, where, fit, probe):
    return 1 - by_two_loops(z, where, fit, probe)


@wrong("08.2", "correlation-squared")
def correlated(z, where, fit, probe):
    def score(a, y):
        return torch.stack([torch.corrcoef(torch.stack([a[:, q], y[:, q]]))[0, 1] ** 2 for q in range(3)])
    return reads(*rows_of_pairs(z, where), fit, probe, score)


@wrong("08.2", "shape")
def one_number_for_all(z, where, fit, probe):
    return by_two_loops(z, where, fit, probe).mean()


@wrong("08.2", "shape")
def a_number_for_each_pair(z, where, fit, probe):
    return reads(*rows_of_pairs(z, where), fit, probe,
                 lambda a, y: 1 - ((y - a) ** 2).sum(1) / ((y - y.mean()) ** 2).sum(1))


@wrong("08.2", "direction-lost")
def angle_between(z, where, fit, probe):
    x, y = rows_of_pairs(z, where)
    y[..., 0] = torch.acos(torch.cos(y[..., 0]).clamp(-1, 1))
    return r_squared(probe(x[:fit].flatten(0, 1), y[:fit].flatten(0, 1), x[fit:].flatten(0, 1)), y[fit:].flatten(0, 1))


@wrong("08.2", "exchanged")
def last_scenes_to_fit(z, where, fit, probe):
    x, y = rows_of_pairs(z, where)
    y[..., 0] = one_turn(y[..., 0])
    return r_squared(probe(x[fit:].flatten(0, 1), y[fit:].flatten(0, 1), x[:fit].flatten(0, 1)), y[:fit].flatten(0, 1))


@wrong("08.2", "mean-squared-error")
def the_error_itself(z, where, fit, probe):
    return reads(*rows_of_pairs(z, where), fit, probe, lambda a, y: ((y - a) ** 2).mean(0))


@wrong("08.2", "one-latent")
def second_latent_only(z, where, fit, probe):
    x, y = rows_of_pairs(z, where)
    return reads(x[..., z.shape[-1]:], y, fit, probe)


@wrong("08.2", "pooled")
def all_quantities_in_one_sum(z, where, fit, probe):
    return reads(*rows_of_pairs(z, where), fit, probe,
                 lambda a, y: (1 - ((y - a) ** 2).sum() / ((y - y.mean(0)) ** 2).sum()).repeat(3))


# ---- 08.3


@right("08.3")
def by_numpy_with_ddof(a, b):
    a, b = a.double().numpy().mean(1), b.double().numpy().mean(1)
    S = len(a)
    return np.mean(a - b), np.std(a - b, ddof=1) / np.sqrt(S), np.sqrt(a.var(ddof=1) / S + b.var(ddof=1) / S)


@right("08.3")
def by_covariance(a, b):
    both = torch.stack([a.mean(1), b.mean(1)])
    C = torch.cov(both)
    S = a.shape[0]
    return (a - b).mean(), ((C[0, 0] + C[1, 1] - 2 * C[0, 1]) / S).sqrt(), ((C[0, 0] + C[1, 1]) / S).sqrt()


def error_of(scene):
    return scene.std() / len(scene) ** 0.5


@wrong("08.3", "not-paired")
def both_unpaired(a, b):
    apart = (error_of(a.mean(1)) ** 2 + error_of(b.mean(1)) ** 2) ** 0.5
    return (a.mean() - b.mean()).item(), apart.item(), apart.item()


@wrong("08.3", "spread-for-error")
def deviations(a, b):
    a, b = a.mean(1), b.mean(1)
    return (a - b).mean(), (a - b).std(), (a.var() + b.var()).sqrt()


@wrong("08.3", "pictures-as-scenes")
def every_picture_counts(a, b):
    n = a.numel()
    return (a - b).mean(), (a - b).std() / n**0.5, ((a.var() + b.var()) / n) ** 0.5


@wrong("08.3", "population")
def numpy_without_ddof(a, b):
    a, b = a.numpy().mean(1), b.numpy().mean(1)
    n = len(a)
    return float((a - b).mean()), float((a - b).std() / n**0.5), float(((a.var() + b.var()) / n) ** 0.5)


@wrong("08.3", "reversed")
def b_minus_a(a, b):
    d = b.mean(1) - a.mean(1)
    return d.mean(), error_of(d), (error_of(a.mean(1)) ** 2 + error_of(b.mean(1)) ** 2) ** 0.5


@wrong("08.3", "errors-added")
def sum_of_errors(a, b):
    d = a.mean(1) - b.mean(1)
    return d.mean(), error_of(d), error_of(a.mean(1)) + error_of(b.mean(1))


@wrong("08.3", "exchanged")
def in_the_other_order(a, b):
    a, b = a.mean(1), b.mean(1)
    return (a - b).mean(), (error_of(a) ** 2 + error_of(b) ** 2) ** 0.5, error_of(a - b)


@wrong("08.3", "wrong-axis")
def over_scenes_first(a, b):
    a, b = a.mean(0), b.mean(0)
    return (a - b).mean(), error_of(a - b), (error_of(a) ** 2 + error_of(b) ** 2) ** 0.5


@wrong("08.3", "root-forgotten")
def over_the_number(a, b):
    a, b = a.mean(1), b.mean(1)
    n = len(a)
    return (a - b).mean(), (a - b).std() / n, (a.var() + b.var()) ** 0.5 / n


@wrong("08.3", "absolute")
def how_far_apart(a, b):
    d = (a - b).mean(1)
    return d.abs().mean(), error_of(d), (error_of(a.mean(1)) ** 2 + error_of(b.mean(1)) ** 2) ** 0.5


@wrong("08.3", "errors-subtracted")
def difference_of_errors(a, b):
    e, f = error_of(a.mean(1)), error_of(b.mean(1))
    return (a - b).mean(), (e - f).abs(), (e**2 + f**2) ** 0.5


@wrong("08.3", "averaged-errors")
def through_mse(a, b):
    d = a.mean(1) - b.mean(1)
    mse = [(10 ** (-x / 10)).mean() for x in (a, b)]
    return (10 * torch.log10(mse[1] / mse[0]), error_of(d),
            (error_of(a.mean(1)) ** 2 + error_of(b.mean(1)) ** 2) ** 0.5)


@wrong("08.3", "one-sample")
def pooled_in_one(a, b):
    a, b = a.mean(1), b.mean(1)
    return (a - b).mean(), error_of(a - b), torch.cat([a, b]).std() * (2 / len(a)) ** 0.5


@wrong("08.3", "structure")
def one_error_is_enough(a, b):
    d = a.mean(1) - b.mean(1)
    return d.mean(), error_of(d)


def with_error(error):
    def answer(a, b):
        return (a - b).mean(), error(a - b), (error(a) ** 2 + error(b) ** 2) ** 0.5
    return answer


@wrong("08.3", "counted-views")
def over_the_root_of_pictures(a, b):
    return with_error(lambda x: x.mean(1).std() / x.shape[1] ** 0.5)(a, b)


@wrong("08.3", "interval")
def ninety_five_percent(a, b):
    return with_error(lambda x: 1.96 * x.mean(1).std() / x.shape[0] ** 0.5)(a, b)


@wrong("08.3", "spread-of-pictures")
def not_averaged_within_scenes(a, b):
    return with_error(lambda x: x.std() / x.shape[0] ** 0.5)(a, b)


@wrong("08.3", "mean-of-variances")
def averaged_variance(a, b):
    d, n = a.mean(1) - b.mean(1), len(a)
    return d.mean(), error_of(d), ((a.mean(1).var() + b.mean(1).var()) / 2 / n).sqrt()


@wrong("08.3", "median")
def the_middle_scene(a, b):
    d = a.mean(1) - b.mean(1)
    return d.median(), error_of(d), (error_of(a.mean(1)) ** 2 + error_of(b.mean(1)) ** 2) ** 0.5


@wrong("08.3", "one-model-only")
def error_of_the_first(a, b):
    d = a.mean(1) - b.mean(1)
    return d.mean(), error_of(d), error_of(a.mean(1))


@wrong("08.3", "paired-twice")
def pairs_both_times(a, b):
    d = a.mean(1) - b.mean(1)
    return d.mean(), error_of(d), error_of(d)


@wrong("08.3", "variance")
def without_roots(a, b):
    d, n = a.mean(1) - b.mean(1), len(a)
    return d.mean(), d.var() / n, (a.mean(1).var() + b.mean(1).var()) / n


# ---- 08.1 to 08.3, more of them


def warm_up(step, warmup):
    return min(1.0, (step + 1) / max(1, warmup))


@right("08.1")
def in_single_precision(step, steps, warmup, peak):
    return float(torch.tensor(peak * warm_up(step, warmup)) * (1 + torch.cos(torch.tensor(math.pi * step / steps))) / 2)


@right("08.1")
def the_whole_run_at_once(step, steps, warmup, peak):
    rates = peak * 0.5 * (1 + np.cos(np.pi * np.arange(steps) / steps))
    rates[:warmup] *= np.arange(1, warmup + 1) / max(1, warmup)
    return rates[step]


@wrong("08.1", "smaller-of-both")
def whichever_is_smaller(step, steps, warmup, peak):
    return peak * min(warm_up(step, warmup), cosine(step, steps))


@wrong("08.1", "sum-of-both")
def mean_of_both(step, steps, warmup, peak):
    return peak * (warm_up(step, warmup) + cosine(step, steps)) / 2


@wrong("08.1", "not-a-factor")
def four_decimals(step, steps, warmup, peak):
    return round(peak * warm_up(step, warmup) * cosine(step, steps), 4)


@wrong("08.1", "not-a-factor")
def never_quite_nothing(step, steps, warmup, peak):
    return max(1e-4, peak * warm_up(step, warmup) * cosine(step, steps))


@wrong("08.1", "other-cosine")
def cosine_squared(step, steps, warmup, peak):
    return peak * warm_up(step, warmup) * cosine(step, steps) ** 2


@wrong("08.1", "other-warm-up")
def slow_at_first(step, steps, warmup, peak):
    return peak * warm_up(step, warmup) ** 2 * cosine(step, steps)


def scored(z, where, fit, probe, *, first=lambda v, n: v[:n], then=lambda v, n: v[n:], score=r_squared, turn=one_turn):
    x, y = rows_of_pairs(z, where)
    y = torch.cat([turn(y[..., :1]), y[..., 1:]], -1)
    a, b, c, d = (v.flatten(0, 1) for v in (first(x, fit), first(y, fit), then(x, fit), then(y, fit)))
    return score(probe(a, b, c), d)


@wrong("08.2", "other-scenes")
def the_last_to_fit(z, where, fit, probe):
    return scored(z, where, fit, probe, first=lambda v, n: v[-n:], then=lambda v, n: v[:-n])


@wrong("08.2", "other-scenes")
def every_second_scene(z, where, fit, probe):
    return scored(z, where, fit, probe, first=lambda v, n: v[::2], then=lambda v, n: v[1::2])


@wrong("08.2", "some-scenes")
def one_scene_left_out(z, where, fit, probe):
    return scored(z, where, fit, probe, first=lambda v, n: v[:n - 1])


@wrong("08.2", "leak")
def one_scene_on_both_sides(z, where, fit, probe):
    return scored(z, where, fit, probe, first=lambda v, n: v[:n + 1])


@wrong("08.2", "other-score")
def never_below_zero(z, where, fit, probe):
    return scored(z, where, fit, probe).clamp(min=0)


@wrong("08.2", "other-differences")
def sine_of_the_difference(z, where, fit, probe):
    return scored(z, where, fit, probe, turn=torch.sin)


@wrong("08.2", "other-features")
def latents_added(z, where, fit, probe):
    def summed(x_fit, y_fit, x):
        L = z.shape[-1]
        return probe(x_fit[:, :L] + x_fit[:, L:], y_fit, x[:, :L] + x[:, L:])
    return scored(z, where, fit, summed)


@wrong("08.3", "other-difference")
def in_percent(a, b):
    mean, paired, unpaired = by_numpy_with_ddof(a, b)
    return 3 * mean, paired, unpaired


@wrong("08.3", "other-paired-error")
def one_scene_less(a, b):
    mean, _, unpaired = by_numpy_with_ddof(a, b)
    return mean, (a.mean(1) - b.mean(1)).std() / (len(a) - 1) ** 0.5, unpaired


@wrong("08.3", "other-unpaired-error")
def the_larger_of_two(a, b):
    mean, paired, _ = by_numpy_with_ddof(a, b)
    return mean, paired, max(error_of(a.mean(1)), error_of(b.mean(1)))
