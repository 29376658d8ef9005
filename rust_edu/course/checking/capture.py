"""The source of a function or class that the reader wrote in a notebook, with all that it needs, as one text.

A cell's text is known to Python's `linecache`. The definition is found in it, and so are the names that it uses and
that the notebook holds: modules become imports, numbers and the like become literals, the reader's own functions and
classes are captured in turn. The text is loaded once to see that it gives the same code; if anything does not fit,
nothing is captured. Public: `capture`, `why_not`, `load`.
"""

import ast
import builtins
import linecache
import symtable
import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .definitions import NotCaptured, cells, defined, function_in, outside_functions, parsed, same, statement
from .literals import literal

OWN_MODULE = "your_own_"  # begins the names of modules made by `load`
_PLAIN = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.BinOp, ast.BitOr, ast.Load)
_FUTURE = "from __future__ import annotations"


def capture(thing: Any) -> str | None:
    """The source of a function or class with all that it needs, ending with its own definition; None if it cannot
    be had."""
    try:
        return _capture(thing)
    except NotCaptured:
        return None


def why_not(thing: Any) -> str:
    """Why `capture` gives None, in words; "" if it does not."""
    try:
        _capture(thing)
    except NotCaptured as why:
        return str(why)
    return ""


def load(source: str, name: str) -> Any:
    """What the last statement of a captured source defines. `name` stands for it in tracebacks: "04.1".

    The source is executed in a module of its own, which inspect and tracebacks can read.
    """
    filename, module = f"<your own {name}>", ModuleType(OWN_MODULE + name.replace(".", "_"))
    module.__file__ = filename
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    sys.modules[module.__name__] = module  # dataclasses and inspect look there
    exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)
    return module.__dict__[defined(ast.parse(source).body[-1])]


@dataclass
class _Parts:
    """What has been collected: imports and definitions, by the name that they give."""

    imports: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)  # in order of need
    underway: set[str] = field(default_factory=set)
    future: bool = False

    def text(self) -> str:
        imports = sorted({line for lines in self.imports.values() for line in lines.splitlines()})
        head = ([_FUTURE] if self.future else []) + imports
        return "\n\n\n".join(["\n".join(head)] * bool(head) + list(self.definitions.values())) + "\n"

    def define(self, name: str, text: str) -> None:
        if self.definitions.setdefault(name, text) != text:
            raise NotCaptured(f"there are two different `{name}`")


def _capture(thing: Any) -> str:
    try:
        parts = _Parts()
        name = _add_definition(thing, parts)
        parts.definitions[name] = parts.definitions.pop(name)  # last
        source = parts.text()
        again = load(source, "capture")
    except NotCaptured:
        raise
    except RecursionError as error:
        raise NotCaptured("it needs too many other things") from error
    except Exception as error:  # whatever the reader's own lines raise when they run alone
        raise NotCaptured(f"it does not run alone ({type(error).__name__}: {error})") from error
    finally:
        sys.modules.pop(f"{OWN_MODULE}capture", None)
    if not same(thing, again):
        raise NotCaptured("it has changed since the cell that defines it was run")
    return source


def _add_definition(thing: Any, parts: _Parts) -> str:
    """Add the statement that defines `thing`, and before it all that it needs. Returns the name that it gives."""
    text, namespace, future = statement(thing)
    name = defined(ast.parse(text).body[-1])
    if name in parts.underway:
        if name in parts.definitions:
            parts.define(name, text)  # the same, or there are two of that name
        return name
    parts.underway.add(name)
    parts.future |= future
    _add_needed(text, namespace, parts)
    parts.define(name, text)
    return name


def _add_needed(text: str, namespace: dict, parts: _Parts) -> None:
    tree = ast.parse(text)
    own = defined(tree.body[-1])
    for name in sorted(_names(text) - {own}):
        if name in namespace and not (name.startswith("__") and name.endswith("__")):
            _add_name(name, namespace, tree, parts)


def _add_name(name: str, namespace: dict, tree: ast.AST, parts: _Parts) -> None:
    """Add what gives `name` its value: an import, a literal, a definition, or an alias of types."""
    value = namespace[name]
    if getattr(builtins, name, None) is value:
        return
    if isinstance(value, ModuleType):
        parts.imports[name] = _import_lines(name, value, tree)
    elif (found := literal(value)) is not None:
        expression, imports = found
        parts.imports |= imports
        parts.define(name, f"{name} = {expression}")
    elif (line := _written_import(name, value, namespace) or _import_by_name(name, value)) is not None:
        parts.imports[name] = line
    elif isinstance(value, type) or function_in(value) is not None:
        try:
            defined = _add_definition(value, parts)
        except NotCaptured as why:
            raise NotCaptured(f"it uses `{name}`: {why}") from None
        if defined != name:
            parts.define(name, f"{name} = {defined}")
    elif (text := _type_alias(name, namespace)) is not None:
        _add_needed(text, namespace, parts)
        parts.define(name, text)
    else:
        raise NotCaptured(f"it uses `{name}`, an object of type {type(value).__name__} made in the notebook")


def _names(text: str) -> set[str]:
    """Names that a statement takes from outside itself."""
    try:
        top = symtable.symtable(text, "cell", "exec")
    except SyntaxError as error:
        raise NotCaptured(f"its text cannot be read alone ({error.msg})") from None
    names = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    inner = list(top.get_children())
    while inner:
        table = inner.pop()
        names |= {s.get_name() for s in table.get_symbols() if s.is_global()}
        inner += table.get_children()
    return names


def _import_lines(name: str, module: ModuleType, tree: ast.AST) -> str:
    """What imports this module under this name, and the modules inside it that the text reaches through it."""
    if sys.modules.get(module.__name__) is not module or module.__name__ == "__main__":
        raise NotCaptured(f"it uses the module `{name}`, which cannot be imported again")
    lines = {f"import {module.__name__}" + (f" as {name}" if name != module.__name__ else "")}
    for node in ast.walk(tree):
        chain = []
        while isinstance(node, ast.Attribute):
            chain.append(node.attr)
            node = node.value
        inside = module
        for attribute in reversed(chain if isinstance(node, ast.Name) and node.id == name else []):
            inside = sys.modules.get(f"{inside.__name__}.{attribute}")
            if inside is None:
                break
            lines.add(f"import {inside.__name__}")
    return "\n".join(sorted(lines))


def _written_import(name: str, value: Any, namespace: dict) -> str | None:
    """The reader's own `from module import name`, if it still gives this value."""
    for text in cells(namespace):
        for node in outside_functions(parsed(text)):
            if not isinstance(node, ast.ImportFrom) or node.level:
                continue
            for alias in node.names:
                found = getattr(sys.modules.get(node.module), alias.name, None)
                if (alias.asname or alias.name) == name and found is value:
                    return f"from {node.module} import {alias.name}" + (f" as {name}" if alias.asname else "")
    return None


def _import_by_name(name: str, value: Any) -> str | None:
    """`from module import name` for a function or class of a package, by what it says of itself."""
    module, attribute = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(module, str) or module == "__main__" or module.startswith(OWN_MODULE):
        return None
    if not isinstance(attribute, str) or getattr(sys.modules.get(module), attribute, None) is not value:
        return None
    return f"from {module} import {attribute}" + (f" as {name}" if name != attribute else "")


def _type_alias(name: str, namespace: dict) -> str | None:
    """`Rays = Float[Tensor, "N 3"]` and the like: an expression that only names and subscripts."""
    for text in cells(namespace):
        for node in parsed(text).body:
            if isinstance(node, ast.Assign) and [getattr(t, "id", None) for t in node.targets] == [name]:
                plain = all(isinstance(n, _PLAIN) for n in ast.walk(node.value))
                return ast.get_source_segment(text, node) if plain else None
    return None
