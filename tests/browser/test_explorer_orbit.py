"""The explorer in a scene with cameras all around: another model looks at it, and every promise holds there too."""

import math

import pytest
from hands import Hands


@pytest.fixture
def orbit(hands) -> Hands:
    """The explorer in the first scene of orbit; afterwards its shelf is that of sector again."""
    hands.root.get_by_label("World").select_option("orbit")
    hands.after(hands.button("Scene 70 of orbit").click)
    yield hands
    hands.root.get_by_label("World").select_option("sector")
    hands.after(hands.button("Scene 140 of sector").click)


def turned(hands: Hands, before: float) -> float:
    """Degrees that the read-out's camera has turned, in [-180, 180]."""
    return math.remainder(hands.number("azimuth") - before, 360)


def test_dragging_turns_the_scene_with_the_hand(orbit):
    azimuth, elevation, first = orbit.number("azimuth"), orbit.number("elevation"), orbit.picture()
    assert orbit.find(".re-note").inner_text() == "", "no note of what the model was not trained on"
    assert "typical error in" not in orbit.find(".re-stage .re-caption").inner_text()
    orbit.after(lambda: orbit.drag(orbit.find(".re-view"), (0.3, 0.3), (0.6, 0.4)))
    side = orbit.find(".re-view").bounding_box()["width"]
    assert turned(orbit, azimuth) == pytest.approx(-0.3 * side * 0.35, abs=1)
    assert orbit.number("elevation") - elevation == pytest.approx(0.1 * side * 0.35, abs=1)
    assert orbit.picture() != first


def test_half_a_turn_by_keys_and_reset(orbit):
    azimuth, first, view = orbit.number("azimuth"), orbit.picture(), orbit.find(".re-view")
    orbit.after(lambda: [view.press("ArrowRight") for _ in range(60)])
    assert abs(turned(orbit, azimuth)) == pytest.approx(180, abs=0.01)
    assert orbit.read("outside") == "false" and orbit.picture() != first
    orbit.reset()
    assert orbit.picture() == first


def test_height_raises_the_camera_step_by_step(orbit):
    slider = orbit.slider("Height")
    slider.focus()
    orbit.after(lambda: [slider.press("PageDown") for _ in range(8)])
    seen = [orbit.number("elevation")]
    for _ in range(5):
        orbit.after(lambda: [slider.press("ArrowRight") for _ in range(8)])
        seen.append(orbit.number("elevation"))
    assert all(b > a for a, b in zip(seen, seen[1:]))


def test_the_journey_ends_on_the_end_view(orbit):
    orbit.after(orbit.button("Start from target 2").click)
    end = orbit.picture()
    orbit.after(lambda: orbit.root.get_by_label("to", exact=True).select_option(label="target 2"))
    orbit.after(lambda: orbit.slider("Way").press("End"))
    assert orbit.picture() == end


def test_only_what_the_model_knows_is_exchanged(hands):
    """The focus stays where it is, the shelf and the open tab as well; sliders and scatter are the other model's."""
    hands.root.get_by_role("tab", name="numbers").click()
    hands.root.get_by_label("World").select_option("orbit")
    thumb = hands.button("Scene 71 of orbit")
    thumb.wait_for()
    scatter, panel = hands.picture(".re-scatter"), hands.find(".re-panel").inner_text()
    hands.find(".re-shelf").first.evaluate("shelf => (shelf.dataset.kept = 'yes')")
    thumb.focus()
    hands.after(lambda: hands.page.keyboard.press("Enter"))
    assert thumb.evaluate("e => e === document.activeElement") and thumb.get_attribute("aria-pressed") == "true"
    assert hands.find(".re-shelf").first.get_attribute("data-kept") == "yes"
    assert hands.root.get_by_role("tab", name="numbers").get_attribute("aria-selected") == "true"
    assert hands.picture(".re-scatter") != scatter and hands.find(".re-panel").inner_text() != panel
    hands.root.get_by_role("tab", name="Components").click()
    assert hands.slider("Rotation").count() == 2
    assert "the direction of light and floor" in hands.find(".re-panel").inner_text()
    marked = hands.root.get_by_label("World").locator("option", has_text="trained on").all_inner_texts()
    assert marked == ["sector (trained on)", "orbit (trained on)"]
    hands.root.get_by_label("World").select_option("clutter")
    hands.after(hands.button("Surprise me").click)
    assert "trained on the world orbit, not on clutter" in hands.find(".re-note").inner_text()
    # A focus in the panel itself stays on the slider of the same number.
    hands.slider("Distance").focus()
    hands.after(lambda: hands.button("Scene 35 of clutter").evaluate("e => e.click()"))
    hands.root.get_by_label("World").select_option("sector")
    slider, later = hands.slider("Distance"), hands.button("Scene 140 of sector")
    later.wait_for()
    slider.focus()
    hands.after(lambda: later.evaluate("e => e.click()"))
    assert hands.page.evaluate("document.activeElement.type") == "range"


@pytest.mark.parametrize("width, height", [(1280, 1900), (390, 3900)])
def test_pictures_for_people_to_look_at(orbit, where, screenshots, width, height):
    where.page.set_viewport_size({"width": width, "height": height})
    orbit.after(lambda: orbit.slider("Way").fill("0.4"))
    where.page.wait_for_timeout(300)
    spill = orbit.root.evaluate("root => root.scrollWidth - root.clientWidth")
    assert spill <= 0
    place = "lab" if "/lab" in where.page.url else "page"
    orbit.root.screenshot(path=screenshots / f"explorer-{place}-orbit-{width}.png")


def test_no_errors_and_nothing_has_left(where, orbit):
    assert where.errors == [] and where.left == []
