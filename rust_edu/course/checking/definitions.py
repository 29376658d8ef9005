"""Where a function or class is defined: its statement in the text of a cell; and whether two are the same.

Public: `statement`, `defined`, `same`, `function_in`, `cells`, `parsed`, `outside_functions`, `NotCaptured`.
"""

import ast
import builtins
import dis
import inspect
import linecache
import sys
import textwrap
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from .literals import literal

CO_FUTURE_ANNOTATIONS = 0x1000000
_CALLS = ("LOAD_METHOD", "LOAD_ATTR", "PUSH_NULL", "PRECALL", "CALL", "NOP", "EXTENDED_ARG")


class NotCaptured(Exception):
    """Why the source of something cannot be had, in words."""


def statement(thing: Any) -> tuple[str, dict, bool]:
    """The text of the statement that defines a function or class, its global names, and whether annotations are
    only text there."""
    function = _method(thing) if isinstance(thing, type) else function_in(thing)
    if function is None and not isinstance(thing, type):
        raise NotCaptured(f"it is an object of type {type(thing).__name__}, not a function or class")
    if "<locals>" in (thing if isinstance(thing, type) else function).__qualname__:
        raise NotCaptured("it was made inside another function")
    code = function.__code__ if function else None
    namespace = function.__globals__ if function else vars(sys.modules.get(thing.__module__, builtins))
    texts = ["".join(linecache.getlines(code.co_filename))] if code else cells(namespace)
    for text in texts:
        for node in outside_functions(parsed(text)):
            if _defines(node, thing, code):
                return _text_of(node, text), namespace, bool(code and code.co_flags & CO_FUTURE_ANNOTATIONS)
    raise NotCaptured("the text of its cell is not known")


def _method(thing: type) -> FunctionType | None:
    """A method that is written in the class: not inherited, assigned to it later, or made by @dataclass."""
    for value in vars(thing).values():
        function = function_in(value)
        if function and function.__qualname__.startswith(f"{thing.__qualname__}.") \
                and function.__code__.co_filename != "<string>":
            return function
    return None


def function_in(value: Any) -> FunctionType | None:
    """The plain function in a method, a property or a decorated function."""
    value = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    value = inspect.unwrap(value) if callable(value) else value
    return value if isinstance(value, FunctionType) else None


def cells(namespace: dict) -> list[str]:
    """The texts that may hold a definition: the notebook's cells, the latest first, or the file."""
    cells = namespace.get("In")
    if isinstance(cells, list):
        return [cell for cell in reversed(cells) if isinstance(cell, str)]
    return ["".join(linecache.getlines(namespace.get("__file__") or ""))]


def parsed(text: str) -> ast.Module:
    try:  # a cell may await at its top level
        return compile(text, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those inside a function or class."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from outside_functions(node)


def _first_line(node: ast.AST) -> int:
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])


def _defines(node: ast.AST, thing: Any, code: CodeType | None) -> bool:
    """Whether this statement is the one that made `thing`."""
    if isinstance(thing, type):
        return isinstance(node, ast.ClassDef) and node.name == thing.__name__ and (
            code is None or _first_line(node) <= code.co_firstlineno <= node.end_lineno)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name == code.co_name and _first_line(node) == code.co_firstlineno
    return (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Lambda) and node.value.lineno == code.co_firstlineno)


def _text_of(node: ast.stmt, text: str) -> str:
    if isinstance(node, ast.Assign):
        return ast.get_source_segment(text, node)
    return textwrap.dedent("".join(text.splitlines(keepends=True)[_first_line(node) - 1:node.end_lineno])).rstrip()


def defined(node: ast.stmt) -> str:
    """The name that a statement gives."""
    return node.targets[0].id if isinstance(node, ast.Assign) else node.name


def same(one: Any, two: Any) -> bool:
    """Whether two functions or classes do the same: made of the same code and the same default values."""
    if isinstance(one, type) and isinstance(two, type):
        ours, theirs = _members(one), _members(two)
        return ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    f, g = function_in(one), function_in(two)
    if f is None or g is None or one is two:
        return type(one).__qualname__ == type(two).__qualname__  # of one class, or of the class and its captured twin
    defaults = [(*(h.__defaults__ or ()), *(h.__kwdefaults__ or {}).values()) for h in (f, g)]
    return _same_code(f.__code__, g.__code__) and len(defaults[0]) == len(defaults[1]) and all(
        literal(a) == literal(b) and same(a, b) for a, b in zip(*defaults))


def _members(thing: type) -> dict[str, Any]:
    return {key: value for key, value in vars(thing).items() if not key.startswith("__") or function_in(value)}


def _same_code(one: CodeType, two: CodeType) -> bool:
    seen = [(code.co_names, code.co_varnames, len(code.co_consts), _operations(code)) for code in (one, two)]
    return seen[0] == seen[1] and all(_same_constant(a, b) for a, b in zip(one.co_consts, two.co_consts))


def _operations(code: CodeType) -> list[tuple[str, int | None]]:
    """What is done, in order. Not how calls are made: `nn.Linear(...)` is other code where `nn` is imported nearby."""
    return [(step.opname, step.arg if step.opname in ("BINARY_OP", "COMPARE_OP") else None)
            for step in dis.get_instructions(code) if step.opname not in _CALLS]


def _same_constant(one: Any, two: Any) -> bool:
    if isinstance(one, CodeType) and isinstance(two, CodeType):
        return _same_code(one, two)
    return literal(one) == literal(two)
