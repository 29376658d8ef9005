"""A source is read whole, and every mistake of its author is one clear line that says where."""

from pathlib import Path

import pytest

pytest.importorskip("jupytext", reason="the extra `classroom` is not installed")

from rust_edu.course import syllabus  # noqa: E402
from rust_edu.course.making.source import examine_source, read_source, stub_of  # noqa: E402
from rust_edu.errors import InputError  # noqa: E402

TINY = Path(__file__).parent / "tiny" / "solutions" / "15_your_own_photos.py"
TEXT = TINY.read_text(encoding="utf-8")
SOLUTION = TEXT[TEXT.index('# %% solution="15.1"'):TEXT.index('# %% [markdown] hint="15.1"')]
BOX = TEXT[TEXT.index('# %% [markdown] exercise="15.1"'):TEXT.index('# %% solution="15.1"')]
CHECK = TEXT[TEXT.index('# %% check="15.1"'):TEXT.index('# %% expected="15.1"')]
START = TEXT[TEXT.index("# %%\nimport tiny"):TEXT.index('# %% [markdown] predict')]


def problems_of(text: str, folder: Path, name: str = TINY.name) -> list[str]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return [str(problem) for problem in examine_source(path)[1]]


def test_a_good_source_is_read_whole():
    source = read_source(TINY)
    assert (source.number, source.stem, source.header.title) == ("15", TINY.stem, "Your own photos")
    double, mean = source.exercises.values()
    assert (double.key, double.name, double.title) == ("15.1", "double", "Double")
    assert (double.difficulty, double.minutes) == (2, 1)
    assert double.why == "everything begins with two" and double.box.startswith("Write `double(")
    assert [hint[:6] for hint in mean.hints] == ["Divide", "The la", "`x.sum"]
    quiz = source.questions["15.q1"]
    assert quiz.kind == "quiz" and quiz.text == "Which of these is a mean?"
    assert [(o.text, o.right, o.explanation) for o in quiz.options] == [
        ("the sum", False, "It grows with the count."), ("the sum divided by the count", True, "Yes.")]
    assert source.questions["15.p1"].kind == "predict"


def without(part: str, text: str = TEXT) -> str:
    assert part in text
    return text.replace(part, "", 1)


def swapped(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


# A mistake, and words that its line must have.
HOSTILE = {
    "empty": ("", "no header"),
    "no header": (TEXT[TEXT.index("# %%"):], "no header"),
    "yaml": (swapped('needs: ["00", "14"]', 'needs: ["00", "14"'), "cannot be parsed"),
    "header of text": (swapped("#   rust_edu:\n", "#   rust_edu: hello\n#   other:\n"), "`rust_edu:` holds no names"),
    "no claim": (without("#     claim: By the end you will have shown that twice one is two.\n"), "no claim"),
    "claim": (swapped("claim: By the end you will have", "claim: You may have"), "claim is 'You may have"),
    "title": (swapped("title: Your own photos", "title: My photos"),
              "title is 'My photos'; expected 'Your own photos'"),
    "needs": (swapped('"14"]', '"16"]'), "needs is"),
    "needs are numbers": (swapped('["00", "14"]', "[0, 14]"), "needs is"),
    "objectives": (swapped(", run a check", ""), "objectives is"),
    "objective with a colon": (swapped('"say: what a mean is"', "say: what"), "objectives is"),
    "minutes": (swapped("reading_minutes: 5", "reading_minutes: soon"), "reading_minutes is 'soon'"),
    "compute": (swapped(', gpu: "not measured yet"', ""), "compute is"),
    "entry": (swapped("#     needs:", "#     colour: red\n#     needs:"), "unknown entry 'colour'"),
    "text before the cells": (swapped("# %% [markdown]\n# ## Doubling", "x = 1\n\n# %% [markdown]\n# ## Doubling"),
                              "text outside of cells"),
    "level one": (swapped("# ## Doubling", "# # Doubling"), "heading of level one"),
    "metadata": (swapped('exercise="15.1"', "exercise=15.1.2"), "cannot read `exercise=15.1.2`"),
    "misspelt role": (swapped('exercise="15.1"', 'excercise="15.1"'), "cell marked excercise"),
    "two roles": (swapped('hint="15.1"', 'hint="15.1" quiz="15.q2"'), "cell marked hint, quiz"),
    "raw": (TEXT + "\n# %% [raw]\n# raw\n", "raw cell"),
    "empty cell": (TEXT + "\n# %%\n", "empty cell"),
    "kind": (swapped('# %% [markdown] hint="15.1"', '# %% hint="15.1"'), "the hint cell of 15.1 is of the wrong kind"),
    "id of another notebook": (TEXT.replace("15.1", "14.1"), "exercise='14.1'; expected an id of this notebook"),
    "id of a question": (swapped('quiz="15.q1"', 'quiz="15.1"'), "quiz='15.1'"),
    "numbering": (TEXT.replace("15.2", "15.3"), "exercise 15.3 out of turn; expected 15.2"),
    "no box": (without(BOX), "15.1 has no exercise cell; expected 1"),
    "no solution": (without(SOLUTION), "15.1 has no solution cell"),
    "no check": (without(CHECK), "15.1 has no check cell"),
    "no expected": (swapped('# %% expected="15.1"', "# %%"), "15.1 has no expected cell"),
    "two hints": (without('# %% [markdown] hint="15.1"\n# The shape stays.\n'), "15.1 has 2 hint cells; expected 3"),
    "two solutions": (swapped(SOLUTION, SOLUTION + SOLUTION), "15.1 has 2 solution cells"),
    "order": (without(CHECK).replace('# %% [markdown] hint="15.1"', CHECK + '# %% [markdown] hint="15.1"', 1),
              "15.1 in the order exercise, solution, check"),
    "no difficulty": (without("# difficulty: 2\n"), "exercise 15.1: box has no difficulty"),
    "difficulty": (swapped("difficulty: 2", "difficulty: 7"), "exercise 15.1: difficulty '7'"),
    "box minutes": (swapped("minutes: 1", "minutes: an hour"), "exercise 15.1: minutes 'an hour'"),
    "box line": (swapped("# why: every", "# because: every"), "box line 'because: every"),
    "no rule": (without("# ---\n# Write `double"), "box without text"),
    "no marks": (without("    ### BEGIN SOLUTION\n"), "solution without its marks"),
    "no end": (without("    ### END SOLUTION\n"), "solution without its marks"),
    "nothing to do": (without("    return x + x\n"), "nothing between the marks"),
    "marks at the margin": (swapped(SOLUTION, '# %% solution="15.1"\n### BEGIN SOLUTION\ndef double(x):\n'
                                              '    return 2 * x\n### END SOLUTION\n'),
                            "the solution is not inside a function"),
    "syntax": (swapped("return x + x", "return x +"), "the solution cell of 15.1 is not Python"),
    "syntax of a cell": (TEXT + "\n# %%\nx = (\n", "a code cell is not Python"),
    "name": (swapped("def double(x)", "def twice(x)"), "the solution does not define `double`"),
    "check of another": (swapped('double = check("15.1", double)', 'double = check("15.2", double)'),
                         "exercise 15.1: check cell"),
    "check without import": (swapped("from rust_edu.course import check\ndouble", "double"),
                             "exercise 15.1: check cell"),
    "check with more": (swapped('double = check("15.1", double)', 'double = check("15.1", double)\nprint(1)'),
                        "exercise 15.1: check cell"),
    "no options": (TEXT[:TEXT.index("# - [ ] the sum\n")], "15.q1: 0 options"),
    "two right": (swapped("# - [ ] the sum", "# - [x] the sum"), "15.q1: 2 right options"),
    "no right": (swapped("- [x] the sum", "- [ ] the sum"), "15.q1: 0 right options"),
    "odd mark": (swapped("- [x] the sum", "- [y] the sum"), "15.q1: option marked [y]"),
    "no explanation": (without("#   Yes.\n"), "15.q1: option 'the sum divided by the count' has no explanation"),
    "explanation at the margin": (swapped("#   Yes.", "# Yes."), "15.q1: line 'Yes.' below the options"),
    "no question": (without("# What is twice one?\n"), "15.p1: no question"),
    "question twice": (TEXT + TEXT[TEXT.index('\n# %% [markdown] quiz'):], "a second quiz 15.q1"),
    "no parameters": (swapped(' tags=["parameters"]', ""), "no parameters in the first code cell"),
    "other parameters": (swapped("retrain = False", "retrain = True"), "no parameters in the first code cell"),
    "parameters twice": (TEXT + '\n# %% tags=["parameters"]\nx = 1\n', "a second cell tagged parameters"),
    "tags": (swapped('tags=["parameters"]', 'tags="parameters"'), "'parameters' is not of type 'array'"),
    "no start": (without(START), "does not start the notebook"),
    "start of another": (swapped('start("15"', 'start("14"'), "does not start the notebook"),
    "import": (swapped("import hint, predict,", "import predict,"), "the starting cell does not import hint"),
}


@pytest.mark.parametrize("text, words", HOSTILE.values(), ids=HOSTILE)
def test_a_mistake_is_one_line_that_says_where(text, words, tmp_path):
    problems = problems_of(text, tmp_path)
    told = [problem for problem in problems if words in problem]
    assert told, problems
    assert told[0].startswith(TINY.name) and "\n" not in told[0]
    with pytest.raises(InputError) as raised:
        read_source(tmp_path / TINY.name)
    assert str(raised.value) == problems[0]


def test_the_line_is_that_of_the_cell(tmp_path):
    problem, = problems_of(swapped('retrain = False', 'retrain = True'), tmp_path)
    line = TEXT[:TEXT.index('# %% tags=["parameters"]')].count("\n") + 1
    assert problem.startswith(f"{TINY.name}:{line}: ")


def test_several_mistakes_are_all_told(tmp_path):
    text = swapped("difficulty: 2", "difficulty: 7").replace("retrain = False", "").replace("#   Yes.\n", "")
    assert len(problems_of(text, tmp_path)) == 3


def test_a_name_that_is_not_in_the_syllabus(tmp_path):
    problem, = problems_of(TEXT, tmp_path, "15_my_photos.py")
    assert "not a notebook of the syllabus" in problem


def test_a_source_that_is_not_text(tmp_path):
    (tmp_path / TINY.name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        read_source(tmp_path / TINY.name)


def test_headings_in_code_and_magic_are_no_mistakes(tmp_path):
    text = TEXT + "\n# %% [markdown]\n# ```python\n# # a comment\n# ```\n\n# %%\n# %matplotlib inline\n!ls\n"
    assert problems_of(text, tmp_path) == []


def test_the_stub_is_what_nbgrader_makes_of_it():
    assert stub_of(SOLUTION.partition("\n")[2]).splitlines()[:3] == [
        "def double(x):", '    """Twice its argument."""',
        '    raise NotImplementedError("Not done yet: replace this line with your own.")']


def test_the_syllabus_is_whole():
    assert [entry.number for entry in syllabus.SYLLABUS] == [f"{i:02d}" for i in range(16)]
    assert [number for _, numbers in syllabus.PARTS for number in numbers] == [f"{i:02d}" for i in range(16)]
    with pytest.raises(InputError, match="unknown notebook '16'"):
        syllabus.entry("16")
