"""What a check leans on must be what it was: functions that were replaced in the meantime are found and named.

A notebook shares its kernel with the checks, so a cell (or a student who wants points) can replace
`torch.allclose` or the package's own functions. `tampered` compares what stands there now with what stood
there when the course was imported. Public: `tampered`.
"""

import builtins
import importlib
import inspect
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType

import torch
from torch.nn import functional as F
from torch.optim import Optimizer

_BUILT_IN = tuple(name for name, f in vars(torch).items() if isinstance(f, BuiltinFunctionType))
_TORCH = ("autograd.grad", "Generator", *_BUILT_IN)
_OPERATORS = ("__add__", "__sub__", "__mul__", "__truediv__", "__matmul__", "__eq__", "__getitem__", "__bool__")
_TENSOR = (*_OPERATORS, *(name for name in dir(torch.Tensor) if not name.startswith("_")
                          and callable(getattr(torch.Tensor, name, None))))
_LINALG = tuple(name for name, f in vars(torch.linalg).items() if isinstance(f, BuiltinFunctionType))
_BUILTINS = ("abs", "all", "any", "callable", "len", "max", "min", "sorted", "zip")


def _members(module: ModuleType) -> dict[str, object]:
    """Functions of a module, and the functions of its classes, that the module itself defines.

    Without the `step` of optimisers, which torch itself wraps when the first one is made.
    """
    found: dict[str, object] = {}
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, FunctionType):
            found[name] = value
        elif inspect.isclass(value):
            found[name] = value
            found |= {f"{name}.{key}": f for key, f in vars(value).items()
                      if isinstance(f, FunctionType) and not (key == "step" and issubclass(value, Optimizer))}
    return found


def _look(root: object, path: str) -> object:
    for part in path.split("."):
        root = vars(root).get(part) if inspect.isclass(root) else getattr(root, part, None)
    return root


def _code(value: object) -> object:
    """A function's code and defaults can be replaced while the function stays the same object."""
    return (value.__code__, value.__defaults__) if isinstance(value, FunctionType) else None


_kept: dict[tuple[str, str], tuple[object, object]] = {}  # (module, path) -> the object, its code


def _remember(root: ModuleType, path: str) -> None:
    value = _look(root, path)
    _kept.setdefault((root.__name__, path), (value, _code(value)))


def remember_package() -> None:
    """Note how every module of this package that is loaded, and not yet noted, looks now."""
    package = __name__.partition(".")[0]
    for name, module in list(sys.modules.items()):
        if name == package or name.startswith(f"{package}."):
            for path in _members(module):
                _remember(module, path)


for _name in _TORCH:
    _remember(torch, _name)
for _name in _BUILTINS:
    _remember(builtins, _name)
for _name in [n for n, f in vars(F).items() if isinstance(f, FunctionType) and not n.startswith("_")]:
    _remember(F, _name)
for _name in _TENSOR:  # most stand in a base class: whoever replaces one adds it to Tensor itself
    _remember(torch, f"Tensor.{_name}")
for _name in _LINALG:
    _remember(torch.linalg, _name)
remember_package()


def tampered() -> list[str]:
    """Names of what was replaced since the course was imported, such as "torch.allclose". Empty when all is well."""
    changed = []
    for (module, path), (value, code) in _kept.items():
        now = _look(sys.modules.get(module) or importlib.import_module(module), path)
        if now is not value or _code(now) != code:
            changed.append(f"{module}.{path}")
    return changed
