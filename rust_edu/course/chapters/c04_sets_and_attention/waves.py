"""Exercise 04.5, Fourier features: cases and properties. Public: `cases`, `PROPERTIES`."""

import math

import torch
from torch import Generator, Tensor

from ....models import layers
from ...checking.exercise import Case, Diagnosis

WAVES = "Positions as waves"


def cases(g: Generator):
    yield Case("x = 0.25, 2 octaves", torch.tensor([[0.25]]), 2)
    yield Case("5 positions (x, y), 3 octaves", 2 * torch.rand(5, 2, generator=g) - 1, 3)
    yield Case("one octave from k = 1 on", torch.rand(4, 3, generator=g), 1, 1)
    yield Case("one position (x, y, z), without an axis in front", 2 * torch.rand(3, generator=g) - 1, 4)
    yield Case("positions of size 0.0001", 1e-4 * torch.randn(4, 2, generator=g), 3).asking(
        "However small a position is, its sine is not 0: nothing is rounded or cut off.")
    yield Case("positions of size 10, octaves from k = -4 on", 10 * torch.randn(4, 2, generator=g), 3, -4)
    yield Case("2 scenes, 4 rays of 3 numbers, 5 octaves from k = -2 on", 4 * torch.rand(2, 4, 3, generator=g) - 2,
               5, -2)


def _is(result: object, *shape: int) -> bool:
    """Whether a property can say more: a result of another kind or shape is the general diagnosis's."""
    return type(result) is Tensor and result.shape == shape


def _close(a: Tensor, b: Tensor, tolerance: float = 1e-3) -> bool:
    return torch.allclose(a.double(), b.double(), rtol=tolerance, atol=tolerance)


def _short(values: Tensor) -> str:
    return "[" + ", ".join(f"{v:.3f}" for v in values.flatten()[:4].tolist()) + "]"


def each_channel_is_its_wave(yours, g):
    """each channel is the sine or cosine of its own angle"""
    for octaves, start in ((3, 0), (2, -1)):
        x = torch.tensor([0.13, -0.41])
        result = yours(x, octaves, start)
        if not _is(result, 4 * octaves):
            return
        names = [(wave, c, k) for wave in ("sin", "cos") for c in range(2) for k in range(start, start + octaves)]
        right = layers.fourier_features(x, octaves, start)
        for i, (wave, c, k) in enumerate(names):
            if _close(result[i], right[i]):
                continue
            words = (f"With x = (0.13, −0.41), {octaves} octaves and start = {start}, channel {i} should be "
                     f"{_wave(wave, c, k)}.")
            known = ((sign + _wave(*name), (-1 if sign else 1) * _value(x, *name)) for sign in ("", "−")
                     for name in _others(octaves, start))
            other = next((name for name, value in known if _close(result[i], value, 1e-4)), "")
            raise Diagnosis("another-channel" if other else "another-wave", f"{words} Yours is " + (
                            f"{other}." if other else "neither a sine nor a cosine of π 2ᵏ of any of the positions."),
                            seen=f"{result[i].item():.4f}", expected=f"{right[i].item():.4f}", reread=WAVES)


def _wave(wave: str, c: int, k: int) -> str:
    return f"{wave}(π · 2^{k} · x[{c}])"


def _value(x: Tensor, wave: str, c: int, k: int) -> Tensor:
    return getattr(torch, wave)(math.pi * 2.0**k * x[c])


def _others(octaves: int, start: int) -> list[tuple[str, int, int]]:
    return [(wave, c, k) for k in range(start - 1, start + octaves + 2) for wave in ("sin", "cos") for c in range(2)]


def each_wave_has_its_partner(yours, g):
    """each sine stands with its cosine: their squares sum to 1"""
    result = yours(torch.rand(6, 2, generator=g), 3)
    if _is(result, 6, 12) and not _close((result[:, :6] ** 2 + result[:, 6:] ** 2), torch.ones(6, 6)):
        raise Diagnosis(
            "no-partner", "Channel i should be a sine and channel i + C·octaves the cosine of the same angle: then "
            "their squares sum to 1.", seen=f"sums {_short(result[0, :6] ** 2 + result[0, 6:] ** 2)}",
            expected="sums [1.000, 1.000, 1.000, ...]", reread=WAVES)


def only_distances_count(yours, g):
    """two positions are compared by their distance alone"""
    a, b = torch.rand(5, 1, generator=g), torch.rand(5, 1, generator=g)
    here, there = (yours(a + shift, 4) * yours(b + shift, 4) for shift in (0.0, 0.37))
    if _is(here, 5, 8) and _is(there, 5, 8) and not _close(here.sum(-1), there.sum(-1)):
        raise Diagnosis(
            "not-by-distance", "The product of the features of two positions changes when both are moved by the same "
            "amount. With a sine and a cosine of each frequency it does not.", seen=_short(there.sum(-1)),
            expected=_short(here.sum(-1)), reread=WAVES)


PROPERTIES = (each_channel_is_its_wave, each_wave_has_its_partner, only_distances_count)
