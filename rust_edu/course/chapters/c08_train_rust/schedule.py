"""Exercise 08.1, the learning rate of a step: the reference, cases, known mistakes, properties."""

import math
from collections.abc import Callable

import torch

from ...checking.exercise import Case, Diagnosis, Suspect

SMALL_AGAIN = "Small steps, large steps, small steps"


def learning_rate(step: int, steps: int, warmup: int, peak: float) -> float:
    """Of step 0 to steps - 1: up in a straight line over `warmup` steps, times a cosine that falls to zero."""
    return peak * min(1.0, (step + 1) / max(1, warmup)) * 0.5 * (1.0 + math.cos(math.pi * step / steps))


def cases(g):
    for step in (0, 1, 3, 4, 50, 99):
        yield Case(f"step {step} of 100, with 4 of warm-up", step, 100, 4, 1.0)
    for step in (0, 7):
        yield Case(f"step {step} of 10, without warm-up", step, 10, 0, 0.5).asking(
            "`warmup` may be 0: then there is no warm-up, and the first step has the whole rate.")
    for step in (0, 150, 199, 200, 5000, 9900):
        yield Case(f"step {step:,} of 10,000, with 200 of warm-up", step, 10_000, 200, 0.014)
    for _ in range(4):  # a long warm-up, so that the cosine has fallen before it ends; half of the steps within it
        warmup = int(torch.randint(20, 100, (), generator=g))
        steps = int(warmup * (1.2 + 2.0 * torch.rand((), generator=g)))
        for first, last in ((warmup // 2, warmup), (warmup, steps)):
            step = int(torch.randint(first, last, (), generator=g))
            yield Case(f"step {step} of {steps}, with {warmup} of warm-up", step, steps, warmup, 0.003)
    for step, steps in ((4, 5), (1, 5), (3, 9)):
        yield Case(f"step {step} of {steps}, all of warm-up", step, steps, steps, 0.002).asking(
            "`warmup` may be as long as `steps`: then the whole run is warm-up, times the cosine as ever.")
    yield Case("step 12 of 40, with 8 of warm-up, and a peak of 2.5", 12, 40, 8, 2.5).asking(
        "`peak` may be larger than 1: only the warm-up ends at 1.")


def _up(step, warmup):
    return min(1.0, (step + 1) / max(1, warmup))


def _down(step, steps):
    return 0.5 * (1.0 + math.cos(math.pi * step / steps))


def _rate(up=_up, down=_down) -> Callable:
    return lambda step, steps, warmup, peak: peak * up(step, warmup) * down(step, steps)


def _either(step, steps, warmup, peak):
    return peak * (_up(step, warmup) if step < warmup else _down(step, steps))


def _after_warmup(step, steps, warmup, peak):
    return peak * (_up(step, warmup) if step < warmup else _down(step - warmup, steps - warmup))


SUSPECTS = (
    Suspect("no-warm-up", _rate(up=lambda step, warmup: 1.0), "There is no warm-up: the first step is as long as the "
            "longest.", SMALL_AGAIN),
    Suspect("no-decay", _rate(down=lambda step, steps: 1.0), "The rate stays at its peak after the warm-up. It should "
            "fall to zero along a cosine.", SMALL_AGAIN),
    Suspect("idle-first-step", _rate(up=lambda step, warmup: min(1.0, step / warmup) if warmup else 1.0),
            "Your first step has the rate 0: it computes a gradient and moves nothing. The warm-up counts from 1: "
            "(step + 1) / warmup.", SMALL_AGAIN),
    Suspect("idle-first-step", _rate(up=lambda step, warmup: min(1.0, step / max(1, warmup))), "Your first step has "
            "the rate 0: it computes a gradient and moves nothing. The warm-up counts from 1: (step + 1) / warmup.",
            SMALL_AGAIN),
    Suspect("no-peak", lambda step, steps, warmup, peak: _up(step, warmup) * _down(step, steps), "This is the share of "
            "the peak. Multiply it by `peak`.", SMALL_AGAIN),
    Suspect("straight-decay", _rate(down=lambda step, steps: 1.0 - step / steps), "You fall in a straight line. That "
            "would train too; a cosine is asked for, which stays high for longer and lands softly.", SMALL_AGAIN),
    Suspect("below-zero", _rate(down=lambda step, steps: math.cos(math.pi * step / steps)), "Your rate is negative in "
            "the second half: there the steps go uphill. The cosine runs from 1 to -1, so add 1 and halve.",
            SMALL_AGAIN),
    Suspect("not-halved", _rate(down=lambda step, steps: 2 * _down(step, steps)), "Your rate is twice too large: 1 + "
            "cos runs from 2 to 0. Halve it.", SMALL_AGAIN),
    Suspect("full-wave", _rate(down=lambda step, steps: _down(2 * step, steps)), "Your cosine makes a whole turn, so "
            "the rate is back at its peak at the end. Half a turn, pi, is enough.", SMALL_AGAIN),
    Suspect("quarter-wave", _rate(down=lambda step, steps: math.cos(0.5 * math.pi * step / steps)), "You take a "
            "quarter of a wave, which is steepest at the end. Half of (1 + cos) is asked for, which lands softly.",
            SMALL_AGAIN),
    Suspect("stops-half-way", _rate(down=lambda step, steps: _down(step, 2 * steps)), "At the end half of your peak is "
            "left. The cosine has to make half a turn, pi, over all steps.", SMALL_AGAIN),
    Suspect("degrees", _rate(down=lambda step, steps: 0.5 * (1 + math.cos(180 * step / steps))), "math.cos wants "
            "radians: half a turn is pi, not 180.", SMALL_AGAIN),
    Suspect("cosine-after-warm-up", _after_warmup, "Your cosine begins where the warm-up ends. Many do it this way, "
            "and it trains as well. Here it runs over all steps, as in the formula.", SMALL_AGAIN),
    Suspect("one-or-the-other", _either, "During the warm-up you leave the cosine away, so the rate jumps where the "
            "warm-up ends. The two are multiplied, at every step.", SMALL_AGAIN),
    Suspect("smaller-of-both", lambda step, steps, warmup, peak: peak * min(_up(step, warmup), _down(step, steps)),
            "You take the smaller of warm-up and cosine. The two are multiplied: where the warm-up is long, the cosine "
            "has fallen before it ends.", SMALL_AGAIN),
    Suspect("sum-of-both", lambda step, steps, warmup, peak: peak * (_up(step, warmup) + _down(step, steps)) / 2,
            "You take the mean of warm-up and cosine. The two are multiplied.", SMALL_AGAIN),
    Suspect("lost-last-step", _rate(down=lambda step, steps: _down(step, max(1, steps - 1))), "Your last step has the "
            "rate 0, so it is lost. Divide by `steps`: zero would come one step after the last.", SMALL_AGAIN),
    Suspect("counts-from-one", lambda step, steps, warmup, peak: learning_rate(step + 1, steps, warmup, peak),
            "You count steps from 1, and `step` counts from 0. Only the warm-up adds 1.", SMALL_AGAIN),
    Suspect("counts-from-one", _rate(down=lambda step, steps: _down(step + 1, steps)), "In the cosine you count steps "
            "from 1, and `step` counts from 0. Only the warm-up adds 1.", SMALL_AGAIN),
    Suspect("warm-up-unbounded", _rate(up=lambda step, warmup: (step + 1) / max(1, warmup)), "Your warm-up never ends: "
            "(step + 1) / warmup goes on beyond 1. Cut it off there, with min.", SMALL_AGAIN),
)


def _whole_run(yours, steps=400, warmup=40, peak=0.01) -> list[float]:
    return [float(yours(step, steps, warmup, peak)) for step in range(steps)]


def never_beyond_the_peak(yours, g):
    """Never above the peak and never below zero"""
    rates = _whole_run(yours)
    if max(rates) > 0.01 * 1.001 or min(rates) < 0.0:
        raise Diagnosis("out-of-bounds", "A rate lies above the peak, or below zero.",
                        seen=f"{min(rates):.4g} to {max(rates):.4g} for a peak of 0.01", expected="0 to 0.01",
                        reread=SMALL_AGAIN)


def begins_and_ends_small(yours, g):
    """Small at the beginning, small at the end, large between"""
    rates = _whole_run(yours)
    if rates[0] > 0.0005 or rates[-1] > 0.0005 or max(rates) < 0.008:
        raise Diagnosis("wrong-ends", "The rate should be small at both ends of a run, and near its peak between.",
                        seen=f"first {rates[0]:.2g}, largest {max(rates):.2g}, last {rates[-1]:.2g}, of a peak of 0.01",
                        expected="below 0.0005, near 0.01, below 0.0005", reread=SMALL_AGAIN)


def warms_up_times_cosine(yours, g):
    """It is right without warm-up, and within a long one"""
    for name, warmup, what in (("other-cosine", 0, "Already without warm-up the rate is another one: peak times half "
                                "of 1 + cos(pi step / steps)."),
                               ("other-warm-up", 90, "Without warm-up the rate is right, within a long one it is not: "
                                "the cosine is multiplied by (step + 1) / warmup, and by 1 from there on.")):
        for step in (0, 1, 30, 60, 89, 95, 99):
            mine, wanted = float(yours(step, 100, warmup, 0.01)), learning_rate(step, 100, warmup, 0.01)
            if abs(mine - wanted) > 1e-3 * wanted:  # near the end 1 + cos loses digits in float32
                raise Diagnosis(name, what, seen=f"{mine:.6g} at step {step} of 100 with {warmup} of warm-up and a "
                                "peak of 0.01", expected=f"{wanted:.6g}", reread=SMALL_AGAIN)


def the_peak_is_a_factor(yours, g):
    """A peak a thousand times smaller makes every rate a thousand times smaller"""
    for step in (0, 20, 60, 98):
        large, small = (float(yours(step, 100, 10, peak)) for peak in (1.0, 0.001))
        if abs(1000 * small - large) > 1e-4 * abs(large):
            raise Diagnosis("not-a-factor", "A smaller peak should make all rates smaller by the same factor. "
                            "Something is rounded, added or cut off: learning rates may be as small as 0.00001.",
                            seen=f"{small:.6g} for a peak of 0.001, {large:.6g} for a peak of 1",
                            expected=f"{large / 1000:.6g}", reread=SMALL_AGAIN)


PROPERTIES = (never_beyond_the_peak, begins_and_ends_small, the_peak_is_a_factor, warms_up_times_cosine)
