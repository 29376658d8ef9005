"""README, teacher's page and glossary say what the sources say."""

from dataclasses import replace

import pytest
from tiny import NUMBER, WHERE

from rust_edu.course.making.pages import glossary_page, map_table, times_table
from rust_edu.course.making.proof import findings
from rust_edu.course.making.source import read_source


@pytest.fixture(scope="module")
def source():
    return read_source(WHERE / "solutions" / "15_your_own_photos.py")


def test_how_long_it_takes(source):
    assert "| 15 Your own photos | 2 | 5 | 5 min | 1 s | not measured yet |" in times_table([source])


def test_the_map_links_what_is_there(course):
    *_, fourteen, fifteen = map_table(course).splitlines()
    assert fourteen.startswith("| 14 | Steering | ") and fourteen.endswith("*(in preparation)* |")
    assert fifteen.startswith("| 15 | [Your own photos](notebooks/15_your_own_photos.ipynb) | ")


def explaining(source, number, **glossary):
    return replace(source, number=number, header=replace(source.header, glossary=glossary))


def test_terms_are_in_the_order_of_the_alphabet_and_of_the_notebooks(source):
    first, later = explaining(source, "02", pose="where.", Atom="one."), explaining(source, "07", pose="eight numbers.")
    *_, atom, pose = glossary_page([first, later]).splitlines()
    assert atom == "- **Atom** [02](../notebooks/02_views_and_metrics.ipynb): one."
    assert pose == ("- **pose** [02](../notebooks/02_views_and_metrics.ipynb): where. "
                    "[07](../notebooks/07_rust.ipynb): eight numbers.")


@pytest.mark.parametrize("page", ["README.md", "docs/teaching.md", "docs/glossary.md"])
def test_a_page_out_of_step_is_found(course, page, source):
    path = course.root / page
    assert findings(course, [NUMBER]) == []
    path.write_text(path.read_text().replace("5 min", "6 min").replace("photos](", "pictures](").replace("sum", "Sum"))
    assert findings(course, [NUMBER]) == [f"{page}: out of step with the sources. Run `rust-edu course build`."]


def test_a_page_without_its_place_is_found(course):
    (course.root / "README.md").write_text("# A course\n")
    assert findings(course, [NUMBER]) == [
        "README.md has 0 places for its table; expected one, between <!-- course: begin --> and <!-- course: end -->."]
