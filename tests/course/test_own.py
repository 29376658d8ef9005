"""The reader's own parts: their source with all that it needs, and their way into another notebook."""

import inspect
import linecache
import sys
import traceback
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jupyter_client.manager import start_new_kernel

from rust_edu.course.checking.capture import capture, load, why_not
from rust_edu.course.checking.exercise import Case, Exercise
from rust_edu.course.checking.literals import literal
from rust_edu.course.reading import own, progress
from rust_edu.course.reading.own import mine
from rust_edu.course.syllabus import BY_NUMBER, Entry
from rust_edu.errors import InputError

pytest_plugins = ("learner",)
pytestmark = pytest.mark.usefixtures("progress_file")

IMPORTS = """
import math
import numpy as np
import torch
import torch.nn.functional as F
from dataclasses import dataclass, field
from functools import lru_cache, partial, wraps
from math import pi as PI
from torch import Tensor, einsum, nn
from rust_edu.models.layers import Attention
"""


class Notebook:
    """Cells, run as IPython runs them: each under a file name of its own that only linecache knows."""

    def __init__(self, module: ModuleType) -> None:
        self.names = module.__dict__
        self.names["In"] = []

    def run(self, *cells: str) -> SimpleNamespace:
        for cell in cells:
            name = f"/tmp/ipykernel_1/{len(self.names['In'])}.py"
            self.names["In"].append(cell)
            linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
            exec(compile(cell, name, "exec", dont_inherit=True), self.names)
        return SimpleNamespace(**self.names)


@pytest.fixture
def notebook(monkeypatch):
    module = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    made = Notebook(module)
    made.run(IMPORTS)
    yield made
    for name in [name for name in linecache.cache if name.startswith("/tmp/ipykernel_1/")]:
        del linecache.cache[name]


def alone(source: str):
    """What the source defines, with nothing else in reach."""
    return load(source, "alone")


FUNCTIONS = {  # cells, the last expression is called with a tensor
    "a package": ["def f(x): return torch.relu(x) + math.sqrt(2) * np.float64(1)"],
    "an alias of a module": ["def f(x): return F.softmax(x, -1)"],
    "a module in a package": ["def f(x): return torch.nn.functional.softmax(x, -1)"],
    "an import in the cell": ["from torch.nn import functional as G\n\ndef f(x):\n    return G.softmax(x, -1)"],
    "an import from": ["def f(x): return einsum('i,j->ij', x, x)"],
    "a constant": ["EPS = 1e-6\nSHAPE = (1, -1)", "def f(x): return (x + EPS).reshape(SHAPE)"],
    "a constant of another cell, changed": ["K = 1", "def f(x): return x * K", "K = 3"],
    "an imported constant": ["def f(x): return x * PI"],
    "infinity": ["FAR = math.inf\nNAN = {'a': [float('nan'), None, ...]}",
                 "def f(x): return x.clamp(max=FAR) + len(NAN)"],
    "a tensor": ["W = torch.tensor([[1., 2.]], dtype=torch.float64)\nKIND = torch.float64",
                 "def f(x): return x.to(KIND) @ W"],
    "a helper": ["def helper(x):\n    return x * 2", "def f(x):\n    return helper(x) + 1"],
    "a helper of a helper": ["EPS = 1e-3\ndef a(x): return x + EPS", "b = a", "def f(x):\n    return b(a(x))"],
    "a helper defined anew": ["def h(x): return x", "def f(x): return h(x)", "def h(x): return x * 5"],
    "itself": ["def f(x, n=3):\n    return x if n == 0 else f(x * n, n - 1)"],
    "each other": ["def f(x, n=4): return x if n == 0 else g(x, n - 1)\ndef g(x, n): return f(x + n, n)"],
    "a lambda": ["double = lambda x: x * 2", "f = lambda x: double(x) + 1"],
    "lines of a lambda": ["f = (lambda x:\n     x\n     + 1)"],
    "a decorator": ["@torch.no_grad()\ndef f(x):\n    return x * 2"],
    "a decorator of the reader's": ["def twice(g):\n    @wraps(g)\n    def inner(x): return g(g(x))\n    return inner",
                                    "@twice\ndef f(x): return x + 1"],
    "a cache": ["@lru_cache(maxsize=None)\ndef fact(n): return 1 if n < 2 else n * fact(n - 1)",
                "def f(x): return x * fact(5)"],
    "annotations": ["def f(x: Tensor, w: 'unknown' = None) -> torch.Tensor: return x"],
    "annotations as text": ["from __future__ import annotations\ndef f(x: Unknown) -> Nothing: return x"],
    "an alias of types": ["Pair = tuple[Tensor, Tensor | None]", "def f(x: Pair) -> Pair: return x"],
    "default values": ["SCALE = 3\ndef act(x): return x + 1",
                       "def f(x, scale=SCALE, act=act, *, add=(1, 2)): return act(x) * scale"],
    "a comprehension": ["N = 3", "def f(x): return sum(x * i for i in range(N) if [N for _ in (1,)])"],
    "a function inside": ["A = 2", "def f(x):\n    def inner(y): return y * A\n    return inner(x)"],
    "a dataclass": ["@dataclass\nclass Config:\n    width: int = 3\n    sizes: list = field(default_factory=list)",
                    "def f(x, config=Config()): return x * config.width + len(Config().sizes)"],
    "a package's class": ["def f(x): return x + (Attention is None)"],
    "a module of layers": ["class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
                           "        self.scale = nn.Parameter(torch.ones(3))\n"
                           "    def forward(self, x): return x * self.scale",
                           "def f(x): return Net()(x).detach()"],
    "under if": ["if True:\n    def f(x):\n        return x * 7"],
    "a docstring and comments": ['def f(x):\n    """Doc: é.\n\n      Deep."""\n    # why\n    return x  # é'],
    "a magic": ["get_ipython = print\nget_ipython('%matplotlib inline')", "def f(x): return x"],
    "a global statement": ["count = 0", "def f(x):\n    global count\n    count += 1\n    return x * count"],
    "match and walrus": ["def f(x):\n    match x.shape:\n        case [n]: return x * (k := n) + k"],
    "the name of a builtin": ["def sum(x): return x * 9", "def f(x): return sum(x)"],
    "a star": ["def f(*xs, **more): return xs[0] + len(more)"],
    "several on a line": ["a = 1; f = lambda x: x + a; b = 2"],
}


@pytest.mark.parametrize("cells", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_function_works_alone(notebook, cells):
    f = notebook.run(*cells).f
    source, x = capture(f), torch.tensor([1.0, 2.0, 3.0]).reshape(-1, 1 if "@ W" in cells[-1] else 3).squeeze(0)
    assert source is not None, why_not(f)
    again = alone(source)
    assert again is not f and again.__globals__ is not notebook.names
    for got, wanted in zip([again(x)], [f(x)]):
        assert type(got) is type(wanted) and torch.equal(got, wanted) if "global" not in cells[-1] else True
    assert capture(f) == source or "global" in cells[-1]
    assert capture(again) is not None  # what came from another notebook can be captured in its turn


CLASSES = {
    "a module": ["class Block(nn.Module):\n    def __init__(self, d, act=nn.ReLU()):\n        super().__init__()\n"
                 "        self.layers = nn.Sequential(nn.Linear(d, d), act)\n\n    def forward(self, x):\n"
                 "        return x + self.layers(x)"],
    "a base of the reader's": ["class Base(nn.Module):\n    eps = 1e-3\n    def forward(self, x): return x + self.eps",
                               "class Block(Base):\n    def __init__(self, d):\n        super().__init__()"],
    "every kind of method": ["class Block(nn.Module):\n    @staticmethod\n    def a(x): return x\n    @classmethod\n"
                             "    def b(cls, x): return cls.a(x)\n    @property\n    def c(self): return PI\n"
                             "    def __init__(self, d): super().__init__()\n"
                             "    def forward(self, x): return self.b(x) * self.c"],
    "a class of a class": ["class Block(nn.Module):\n    class Inner:\n        k = 3\n"
                           "    def __init__(self, d): super().__init__()\n"
                           "    def forward(self, x): return x * self.Inner.k"],
    "a default in the body": ["D = 4", "class Block(nn.Module):\n    k = D + 1\n"
                              "    def __init__(self, d=D): super().__init__()\n"
                              "    def forward(self, x): return x * self.k"],
}


@pytest.mark.parametrize("cells", CLASSES.values(), ids=CLASSES)
def test_a_class_works_alone(notebook, cells):
    block = notebook.run(*cells).Block
    source = capture(block)
    assert source is not None, why_not(block)
    x = torch.ones(2, 3)
    torch.manual_seed(0)
    wanted = block(3)(x)
    torch.manual_seed(0)
    assert torch.equal(alone(source)(3)(x), wanted)


@pytest.mark.parametrize("cell", ["@dataclass\nclass Config:\n    width: int = 3", "class Config:\n    width = 3"])
def test_a_class_without_methods_is_the_one_that_was_run_last(notebook, cell):
    notebook.run(cell.replace("3", "4"), "x = 1")
    config = notebook.run(cell, "x = 2").Config
    assert alone(capture(config))().width == 3


REFUSED = {
    "an object": (["f = nn.Linear(2, 2)"], "it is an object of type Linear"),
    "a partial": (["f = partial(max, 1)"], "it is an object of type partial"),
    "nothing": (["f = None"], "it is an object of type NoneType"),
    "a builtin": (["f = len"], "it is an object of type builtin"),
    "a closure": (["def make(k):\n    def f(x): return x * k\n    return f\nf = make(2)"], "inside another function"),
    "a trained module": (["net = nn.Linear(2, 2)", "def f(x): return net(x)"],
                         "it uses `net`, an object of type Linear"),
    "a helper's object": (["net = nn.ReLU()\ndef g(x): return net(x)", "def f(x): return g(x)"],
                          "it uses `g`: it uses `net`"),
    "a large tensor": (["W = torch.zeros(100, 100)", "def f(x): return x @ W"], "it uses `W`"),
    "a file": (["out = open('/dev/null')", "def f(x): return out"], "it uses `out`"),
    "a method that was added": (["class f:\n    def a(self): return 1", "f.b = lambda self: 2"], "it has changed"),
    "a method that was replaced": (["class f:\n    def a(self): return 1\n    def b(self): return 2",
                                    "def g(self): return 3\nf.b = g"], "it has changed"),
    "a default of another day": (["K = 1\ndef f(x, k=K): return x", "K = 2"], "it has changed"),
    "a name that is gone": (["K = 1\ndef f(x, k=K): return x", "del K"], "it does not run alone (NameError"),
    "a text that is another": (["def f(x): return x + 1"], "it has changed"),
    "a text that is gone": (["def f(x): return x + 1"], "the text of its cell is not known"),
    "two of a name": (["def g(x): return x\nh = g\ndef g(x): return x + 1", "def f(x): return g(x) + h(x)"],
                      "there are two different `g`"),
    "a module made by hand": (["import types\nM = types.ModuleType('M')", "def f(x): return M"],
                              "it uses the module `M`"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_captured_says_why(notebook, what):
    cells, why = REFUSED[what]
    f = notebook.run(*cells).f
    if what.startswith("a text"):
        file = f.__code__.co_filename
        linecache.cache[file] = (1, None, ["def f(x): return x - 1\n"] if "another" in what else [], file)
    assert capture(f) is None
    assert why in why_not(f)


def test_a_function_of_a_file_can_be_captured():
    assert "def literal" in capture(literal)
    assert why_not(literal) == ""


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10**9, 10**9) | st.floats() | st.complex_numbers() | st.text()
    | st.binary()
    | st.sampled_from([..., torch.float32, torch.device("cpu"), torch.Size([2, 3]), slice(1, None), range(3),
                       torch.tensor([1, 2]), torch.zeros(0, 3), torch.tensor(float("inf"))]),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.tuples()
    | st.dictionaries(st.text(), inner, max_size=3) | st.frozensets(st.integers()), max_leaves=8)


@given(VALUES)
def test_a_literal_gives_its_value_again(value):
    text, imports = literal(value)
    assert imports in ({}, {"torch": "import torch"})
    again = eval(text, {"torch": torch})
    assert type(again) is type(value) and literal(again) == (text, imports)


@pytest.mark.parametrize("value", [object(), torch.nn.Parameter(torch.ones(2)), torch.ones(2, requires_grad=True),
                                   [[object()]], "x" * 30_000, print, torch.ones(3).to_sparse()])
def test_what_has_no_literal(value):
    assert literal(value) is None


def test_a_list_in_itself_has_no_literal():
    value = []
    value.append(value)
    assert literal(value) is None


def test_what_is_loaded_can_be_read_in_a_traceback():
    f = load("def g(x):\n    return x / 0\n\n\ndef f(x):\n    return g(x)\n", "04.1")
    assert inspect.getsource(f) == "def f(x):\n    return g(x)\n"
    with pytest.raises(ZeroDivisionError) as error:
        f(1)
    assert "return x / 0" in "".join(traceback.format_exception(error.value))
    assert "<your own 04.1>" in "".join(traceback.format_exception(error.value))
    assert inspect.getsource(load("class A:\n    k = 1\n", "04.2")) == "class A:\n    k = 1\n"


# mine()

DOUBLE = Exercise("99.1", "double", reference=lambda x: 2 * x, gradient=False,
                  cases=lambda g: [Case("one", torch.ones(1)), Case("random", torch.rand(3, generator=g))])
TRIPLE, NEGATE, HALVE = (replace(DOUBLE, id=i, name=name, reference=reference) for i, name, reference in (
    ("99.2", "triple", lambda x: 3 * x), ("99.3", "negate", lambda x: -x), ("99.4", "halve", lambda x: x / 2)))
OWN = "FACTOR = 2\n\n\ndef double(x):\n    return x * FACTOR\n"


@pytest.fixture
def double(monkeypatch):
    module = ModuleType("rust_edu.course.chapters.c99_tests")
    module.EXERCISES = (DOUBLE, TRIPLE, NEGATE, HALVE)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(BY_NUMBER, "99", Entry("99", "tests", "Tests", "what tests need"))


def said(capsys) -> str:
    line = capsys.readouterr().out
    assert line.count("\n") == 1
    return line.strip()


@pytest.mark.usefixtures("double")
class TestMine:
    def test_without_progress_it_is_the_packages(self, capsys):
        assert mine("99.1") is DOUBLE.reference
        assert said(capsys) == "The package's, until yours passes its check: double (99.1)."

    def test_what_passed_comes_back(self, capsys):
        progress.record_check("99.1", "solved", None, OWN)
        found = mine("99.1")
        assert found(torch.ones(2)).tolist() == [2.0, 2.0] and found.__globals__["FACTOR"] == 2
        assert said(capsys) == "Your own: double (99.1)."

    def test_the_switch(self, capsys):
        progress.record_check("99.1", "solved", None, OWN)
        assert mine("99.1", own_parts=False) is DOUBLE.reference
        assert said(capsys) == "The package's, as own_parts is off: double (99.1)."
        progress.session.own_parts = False
        assert mine("99.1") is DOUBLE.reference
        assert mine("99.1", own_parts=True) is not DOUBLE.reference

    @pytest.mark.parametrize("source, why", [
        (None, "its source could not be kept"),
        ("def double(x):\n    return x * 3\n", "does not any more (values)"),
        ("def double(x):\n    raise NotImplementedError\n", "does not any more"),
        ("def double(x:\n", "could not be loaded (SyntaxError"),
        ("import there_is_none\n\ndef double(x): ...\n", "could not be loaded (ModuleNotFoundError"),
        ("", "could not be loaded (IndexError"),
        ("1 + 1\n", "could not be loaded (AttributeError"),
        ("\0", "could not be loaded ("),
        ("raise SystemExit\n\ndef double(x): ...\n", "could not be loaded (SystemExit"),
    ])
    def test_what_does_not_pass_any_more_is_told(self, source, why, capsys):
        progress.record_check("99.1", "solved", None, source)
        assert mine("99.1") is DOUBLE.reference
        line = said(capsys)
        assert line.startswith("The package's: double (99.1); yours ") and why in line

    def test_several_come_in_order_and_one_line_says_whose_they_are(self, capsys):
        progress.record_check("99.1", "solved", None, OWN)
        progress.record_check("99.3", "solved", None, None)
        first, own_part, lost, last = mine("99.2", "99.1", "99.3", "99.4")
        assert (first, lost, last) == (TRIPLE.reference, NEGATE.reference, HALVE.reference)
        assert own_part.__globals__["FACTOR"] == 2
        assert said(capsys) == ("Your own: double (99.1). The package's, until yours pass their checks: triple (99.2), "
                                "halve (99.4). The package's: negate (99.3); yours passed, but its source could not "
                                "be kept.")

    def test_none_is_refused(self):
        with pytest.raises(InputError, match="without an exercise"):
            mine()

    def test_a_line_shows_code_as_code(self):
        line = own.Line("`f` (1): <b>\n & `g`")
        assert line._repr_html_().endswith("<code>f</code> (1): &lt;b&gt; &amp; <code>g</code></div>")
        assert repr(line) == "f (1): <b> & g"


KERNEL = '''
from rust_edu.course import mine
from rust_edu.course.reading.own import capture
from rust_edu.course.reading import progress
progress.record_check("01.1", "solved", None, capture(intrinsics))
print(progress.exercise("01.1")["source"])
'''


def test_in_a_kernel(progress_file):
    """The whole way, through ipykernel's own file names for cells."""
    manager, client = start_new_kernel()
    try:
        def run(code: str) -> str:
            told = []
            client.execute_interactive(code, timeout=120, output_hook=lambda m: told.append(
                m["content"].get("text") or m["content"].get("data", {}).get("text/plain")
                or "\n".join(m["content"].get("traceback", ()))))
            return "".join(filter(None, told))

        run("import math\nimport torch\nHALF = 0.5")
        run("%%time\ndef focal(width, field_of_view):\n    return HALF * width / math.tan(HALF * field_of_view)")
        run("def focal(width, field_of_view):\n    return HALF * width / math.tan(HALF * field_of_view)")
        run("# mine\ndef intrinsics(height, width, field_of_view):\n    f = focal(width, field_of_view)\n"
            "    return torch.tensor([[f, 0, width / 2], [0, f, height / 2], [0, 0, 1]])")
        source = run(KERNEL)
        assert "HALF = 0.5" in source and "def focal" in source and source.rstrip().endswith("[0, 0, 1]])")
        assert "Your own: intrinsics (01.1)." in run("own = mine('01.1')")
        assert run("print(own(4, 4, 1.0).shape)") == "torch.Size([3, 3])\n"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


