"""`make quick` names tests that exist, and tries one wrong answer for each exercise."""

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.quick import QUICK, WRONG, main, pytest_collection_modifyitems

ROOT = Path(__file__).resolve().parents[1]


def functions(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", QUICK)
def test_what_is_named_exists(name):
    path, _, function = name.partition("::")
    assert (ROOT / path).exists()
    assert not function or function in functions(ROOT / path)


def test_one_wrong_answer_of_each_exercise_is_left():
    assert WRONG in functions(ROOT / "tests" / "chapters" / "test_answers.py")

    def item(name, exercise=""):
        return SimpleNamespace(originalname=name, callspec=SimpleNamespace(
            params={"answer": SimpleNamespace(exercise=exercise)}))

    first, second, other = item(WRONG, "01.1"), item(WRONG, "01.1"), item(WRONG, "01.2")
    right = item("test_a_different_right_answer_passes", "01.1")
    items, left_out = [right, first, second, other, right], []
    config = SimpleNamespace(hook=SimpleNamespace(pytest_deselected=lambda items: left_out.extend(items)))
    pytest_collection_modifyitems(config, items)
    assert items == [right, first, other, right] and left_out == [second]


@pytest.mark.parametrize("ruff, tests", [(0, 0), (0, 1), (1, 0)])
def test_it_fails_where_ruff_or_a_test_does(ruff, tests, monkeypatch):
    asked = []
    monkeypatch.setattr("subprocess.run", lambda *_: SimpleNamespace(returncode=ruff))
    monkeypatch.setattr(pytest, "main", lambda arguments: asked.append(arguments) or tests)
    assert main(["-x"]) == (ruff or tests)
    assert asked == ([] if ruff else [["-p", "tests.quick", "-x", *QUICK]])
