"""Values as Python text: numbers, strings, small tensors, and lists and the like of them. Public: `literal`."""

import math
import sys
from typing import Any

LONGEST = 20_000  # characters
_TORCH, _NUMPY = {"torch": "import torch"}, {"np": "import numpy as np"}


def literal(value: Any) -> tuple[str, dict[str, str]] | None:
    """An expression that gives `value` again, and the imports that it needs (by name); None if there is none."""
    try:
        imports: dict[str, str] = {}
        text = _text(value, imports)
    except (_NoLiteral, RecursionError):
        return None
    return (text, imports) if len(text) <= LONGEST else None


class _NoLiteral(Exception):
    pass


def _text(value: Any, imports: dict[str, str]) -> str:
    kind = type(value)
    if value is ...:
        return "..."
    if value is None or kind in (int, bool, str, bytes):
        return repr(value)
    if kind is float:
        return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
    if kind is complex:
        return f"complex({_text(value.real, imports)}, {_text(value.imag, imports)})"
    if kind in (tuple, list):
        inside = ", ".join(_text(item, imports) for item in value)
        return f"[{inside}]" if kind is list else f"({inside}{',' * (len(value) == 1)})"
    if kind in (set, frozenset):
        inside = ", ".join(sorted(_text(item, imports) for item in value))
        return f"{kind.__name__}([{inside}])"
    if kind is dict:
        return "{" + ", ".join(f"{_text(k, imports)}: {_text(v, imports)}" for k, v in value.items()) + "}"
    if kind is slice:
        return f"slice({', '.join(_text(part, imports) for part in (value.start, value.stop, value.step))})"
    if kind is range:
        return repr(value)
    return _of_torch(value, imports)


def _of_torch(value: Any, imports: dict[str, str]) -> str:
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None and isinstance(value, numpy.number | numpy.bool_):
        imports |= _NUMPY
        return f"np.{type(value).__name__}({_text(value.item(), imports)})"
    if torch is None:
        raise _NoLiteral
    imports |= _TORCH
    if isinstance(value, torch.dtype):
        return str(value)
    if isinstance(value, torch.device):
        return f"torch.device({str(value)!r})"
    if isinstance(value, torch.Size):
        return f"torch.Size({list(value)})"
    plain = type(value) is torch.Tensor and value.layout is torch.strided and value.device.type == "cpu"
    if plain and not value.requires_grad and value.numel() * 20 <= LONGEST and not value.is_quantized:
        return f"torch.tensor({_text(value.tolist(), imports)}, dtype={value.dtype}).reshape({list(value.shape)})"
    raise _NoLiteral
