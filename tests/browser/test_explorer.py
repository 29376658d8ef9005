"""The explorer under mouse and keys, in JupyterLab and on its own page: each control does what it says."""

import math

import pytest
from hands import Hands


def height(hands: Hands):
    return hands.slider("Height")


def test_no_errors_and_nothing_leaves(where, hands):
    assert where.errors == [] and where.left == []


def test_height_by_keyboard_raises_the_camera_step_by_step(hands):
    slider = height(hands)
    slider.focus()
    hands.after(lambda: [slider.press("PageDown") for _ in range(8)])
    seen, pictures = [hands.number("elevation")], {hands.picture()}
    for _ in range(6):
        hands.after(lambda: [slider.press("ArrowRight") for _ in range(8)])
        seen.append(hands.number("elevation"))
        pictures.add(hands.picture())
    assert all(b > a for a, b in zip(seen, seen[1:])) and len(pictures) == 7
    assert "σ" in slider.get_attribute("aria-valuetext")


def test_height_by_mouse(hands):
    slider, before = height(hands), hands.picture()
    hands.after(lambda: hands.drag(slider, (0.5, 0.5), (0.35, 0.5)))
    low = hands.number("elevation")
    hands.after(lambda: hands.drag(slider, (0.35, 0.5), (0.7, 0.5)))
    assert hands.number("elevation") > low + 5 and hands.picture() != before


def test_reset_restores_the_first_picture_to_the_byte(hands):
    first = hands.picture()
    hands.after(lambda: hands.drag(height(hands), (0.5, 0.5), (0.9, 0.5)))
    hands.after(lambda: hands.drag(hands.find(".re-view"), (0.3, 0.5), (0.8, 0.4)))
    assert hands.picture() != first
    hands.reset()
    assert hands.picture() == first
    hands.after(lambda: hands.find(".re-view").press("ArrowLeft"))
    assert hands.picture() != first
    hands.after(lambda: hands.find(".re-view").press("Home"))
    assert hands.picture() == first


@pytest.mark.parametrize("key, quantity, change", [
    ("ArrowRight", "azimuth", 3), ("ArrowLeft", "azimuth", -3), ("ArrowUp", "elevation", 2),
    ("ArrowDown", "elevation", -2), ("+", "distance", -0.12), ("-", "distance", 0.12)])
def test_keys_on_the_picture_move_the_camera(hands, key, quantity, change):
    before, first = hands.number(quantity), hands.picture()
    hands.after(lambda: [hands.find(".re-view").press(key) for _ in range(4)])
    assert hands.number(quantity) - before == pytest.approx(4 * change, abs=1e-3)
    assert hands.picture() != first


def test_dragging_the_picture_turns_the_scene_with_the_hand(hands):
    azimuth, elevation, first = hands.number("azimuth"), hands.number("elevation"), hands.picture()
    hands.after(lambda: hands.drag(hands.find(".re-view"), (0.3, 0.3), (0.5, 0.4)))
    side = hands.find(".re-view").bounding_box()["width"]
    assert hands.number("azimuth") - azimuth == pytest.approx(-0.2 * side * 0.35, abs=1)
    assert hands.number("elevation") - elevation == pytest.approx(0.1 * side * 0.35, abs=1)
    assert hands.picture() != first


def test_scrolling_moves_in_and_out(hands, where):
    box = hands.find(".re-view").bounding_box()
    where.page.mouse.move(box["x"] + 50, box["y"] + 50)
    where.page.mouse.move(box["x"] + 60, box["y"] + 60)
    before = hands.number("distance")
    hands.after(lambda: where.page.mouse.wheel(0, -120))
    assert hands.number("distance") < before - 0.1
    hands.after(lambda: where.page.mouse.wheel(0, 120))
    assert hands.number("distance") == pytest.approx(before, abs=1e-3)


@pytest.mark.parametrize("name, quantity, sign", [
    ("Camera to the left", "azimuth", -1), ("Camera up", "elevation", 1), ("Nearer", "distance", -1)])
def test_buttons_move_the_camera(hands, name, quantity, sign):
    before = hands.number(quantity)
    hands.after(hands.button(name).click)
    assert math.copysign(1, hands.number(quantity) - before) == sign


def test_the_raw_numbers_are_on_the_second_tab(hands):
    hands.root.get_by_role("tab", name="Components").focus()
    hands.page.keyboard.press("ArrowRight")
    slider, before = hands.slider("z3"), hands.picture()
    assert hands.root.get_by_role("tab", name="numbers").get_attribute("aria-selected") == "true"
    slider.focus()
    hands.after(lambda: [slider.press("ArrowRight") for _ in range(20)])
    assert hands.picture() != before
    hands.after(lambda: hands.drag(slider, (0.5, 0.5), (0.2, 0.5)))
    hands.root.get_by_role("tab", name="Components").click()
    assert height(hands).is_visible() and not slider.is_visible()


def test_start_from_a_view_and_compare(hands):
    assert "target 1" in hands.find(".re-compare .re-caption").inner_text()
    first, truth = hands.picture(), hands.picture(".re-pair canvas")
    hands.after(hands.button("Start from target 3").click)
    assert hands.picture() != first and hands.picture(".re-pair canvas") != truth
    assert "target 3" in hands.find(".re-compare .re-caption").inner_text()
    assert hands.button("Start from target 3").get_attribute("aria-pressed") == "true"
    third = hands.picture()
    hands.after(lambda: hands.find(".re-view").press("ArrowLeft"))
    hands.reset()
    assert hands.picture() == third, "reset goes back to where one started from"
    hands.button("Start from target 1").focus()
    hands.after(lambda: hands.page.keyboard.press("Enter"))
    assert hands.picture() == first


def test_the_point_in_the_scatter_by_mouse_and_keyboard(hands):
    scatter = hands.find(".re-scatter")
    elevation, first = hands.number("elevation"), hands.picture()
    hands.after(lambda: hands.drag(scatter, (0.5, 0.5), (0.5, 0.75)))
    assert hands.number("elevation") < elevation - 5 and hands.picture() != first
    low = hands.number("elevation")
    scatter.focus()
    hands.after(lambda: [scatter.press("ArrowUp") for _ in range(10)])
    assert hands.number("elevation") > low + 3
    before = hands.picture(".re-scatter")
    hands.root.get_by_label("colour").select_option(label="elevation")
    assert hands.picture(".re-scatter") != before


def test_the_plan_follows(hands):
    before = hands.picture(".re-plan")
    hands.after(hands.button("Camera to the right").click)
    assert hands.picture(".re-plan") != before
    assert "degrees up" in hands.find(".re-plan").get_attribute("aria-label")


def test_asking_a_pixel_lights_up_the_patches_it_looks_at(hands, where):
    dark = hands.picture(".re-light")
    box = hands.find(".re-view").bounding_box()
    where.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.6 * box["height"])
    where.page.wait_for_selector('.re-root[data-attention="9,19"]')
    lit = hands.picture(".re-light")
    assert lit != dark and hands.find(".re-cross").is_visible()
    where.page.mouse.move(0, 0)
    where.page.wait_for_selector('.re-root[data-attention=""]')
    assert hands.picture(".re-light") != lit
    hands.button("Ask a pixel").focus()
    where.page.keyboard.press("Enter")
    where.page.wait_for_selector('.re-root[data-attention="16,16"]')
    first = hands.picture()
    where.page.keyboard.press("ArrowRight")
    where.page.keyboard.press("ArrowUp")
    where.page.wait_for_selector('.re-root[data-attention="17,15"]')
    assert hands.picture() == first, "the camera stays"
    where.page.keyboard.press("Escape")
    where.page.wait_for_selector('.re-root[data-attention=""]')


def test_a_finger_asks_about_the_pixel_that_it_touches(hands):
    hands.button("Ask a pixel").click()
    hands.page.wait_for_selector('.re-root[data-attention="16,16"]')
    hands.find(".re-view").evaluate("""view => {
        const box = view.getBoundingClientRect();
        const at = { pointerType: 'touch', clientX: box.x + 0.3 * box.width, clientY: box.y + 0.6 * box.height };
        view.setPointerCapture = () => {};  // there is no such pointer
        for (const kind of ['pointerdown', 'pointerup']) view.dispatchEvent(new PointerEvent(kind, at));
        delete view.setPointerCapture;
    }""")
    hands.page.wait_for_selector('.re-root[data-attention="9,19"]')
    hands.find(".re-view").press("Escape")
    hands.page.wait_for_selector('.re-root[data-attention=""]')


def test_amber_outside_the_data(hands):
    slider = hands.slider("Rotation").first
    hands.after(lambda: hands.drag(slider, (0.5, 0.5), (0.55, 0.5)))
    assert hands.read("outside") == "false" and hands.find(".re-warning").inner_text() == ""
    hands.after(lambda: slider.press("End"))
    assert hands.read("outside") == "true" and "Outside the range of the data" in hands.find(".re-warning").inner_text()
    assert "re-amber" in hands.find(".re-large").get_attribute("class")
    assert "outside the data" in slider.get_attribute("aria-valuetext")


def test_another_scene_and_another_world(hands):
    first, shown = hands.picture(), hands.picture(".re-inputs .re-picture")
    hands.after(hands.button("Scene 143 of sector").click)
    assert hands.picture() != first and hands.picture(".re-inputs .re-picture") != shown
    assert hands.button("Scene 143 of sector").get_attribute("aria-pressed") == "true"
    assert hands.find(".re-note").inner_text() == ""
    hands.root.get_by_label("World").select_option("far")
    hands.after(hands.button("Scene 0 of far").click)
    assert "trained on the world sector, not on far" in hands.find(".re-note").inner_text()
    assert "typical error in sector" in hands.find(".re-stage .re-caption").inner_text(), "it was measured there"
    hands.root.get_by_label("World").select_option("sector")
    hands.button("Scene 140 of sector").wait_for()


def test_surprise_me_is_a_scene_for_each_seed(hands):
    seed = hands.root.get_by_label("seed")
    seed.fill("7")
    hands.after(hands.button("Surprise me").click)
    seventh = hands.picture()
    assert seed.input_value() == "8"
    hands.after(hands.button("Surprise me").click)
    assert hands.picture() != seventh
    seed.fill("7")
    hands.after(hands.button("Surprise me").click)
    assert hands.picture() == seventh


def test_late_events_are_dropped_and_the_last_one_counts(hands):
    """A hundred moves in one breath: few pictures, and the last value is the one that is shown."""
    count, slider = hands.number("pictures"), hands.slider("Rotation").first
    hands.after(lambda: slider.evaluate("""input => {
        for (let i = 0; i <= 100; i += 1) {
            input.value = -1 + i / 50;
            input.dispatchEvent(new Event('input', { bubbles: true }));
        }
    }"""))
    assert hands.number("pictures") - count <= 5
    assert float(slider.input_value()) == pytest.approx(1)
    at = hands.picture()
    hands.after(lambda: slider.evaluate("input => { input.value = 1; input.dispatchEvent(new Event('input')); }"))
    assert hands.picture() == at


def test_the_whole_of_it_by_tab_alone(hands):
    """Every control is reached with Tab, has a name, and shows where the focus is."""
    hands.root.get_by_label("World").focus()
    names, unseen = [], []
    for _ in range(70):
        what = hands.page.evaluate("""() => {
            const e = document.activeElement;
            if (!e.closest('.re-root')) return null;
            const labels = [...(e.labels || [])].map((l) => l.textContent).join();
            const label = e.getAttribute('aria-label') || labels || e.textContent;
            const frame = e.classList.contains('re-view') ? e.closest('.re-large') : e;
            const style = getComputedStyle(frame);
            return [label.trim(), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
        }""")
        if what is None:
            break
        names.append(what[0])
        if not what[1]:
            unseen.append(what[0])
        hands.page.keyboard.press("Tab")
    assert all(names) and unseen == []
    for word in ("Scene 140", "Surprise me", "seed", "The view at", "Camera up", "Ask a pixel", "Reset", "Height",
                 "Play", "Save GIF", "Start from target 5", "The latent pose among", "colour"):
        assert any(word in name for name in names), word


TALL = {1400: 1700, 1024: 2000, 400: 3800}  # pixels: a screenshot holds what the window shows


@pytest.mark.parametrize("width", TALL)
def test_nothing_is_cut_off_at_any_width(hands, where, screenshots, width):
    where.page.set_viewport_size({"width": width, "height": TALL[width]})
    where.page.wait_for_timeout(400)
    spill = hands.root.evaluate("""root => {
        const box = root.getBoundingClientRect();
        const beyond = (e) => {
            const own = e.getBoundingClientRect();
            return own.right > box.right + 1 || own.left < box.left - 1;
        };
        return [...root.querySelectorAll('*')].filter((e) => e.offsetParent && !e.matches('.re-unseen') && beyond(e))
            .map((e) => `${e.tagName}.${e.className}`);
    }""")
    assert spill == []
    screenshot(hands, where, screenshots, str(width))


def screenshot(hands, where, folder, name):
    where.page.wait_for_timeout(200)
    hands.root.screenshot(path=folder / f"explorer-{'lab' if '/lab' in where.page.url else 'page'}-{name}.png")


def test_pictures_of_the_main_states(hands, where, screenshots):
    """For people to look at. The buttons' answers are asserted elsewhere."""
    where.page.set_viewport_size({"width": 1400, "height": 1700})
    box = hands.find(".re-view").bounding_box()
    where.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.55 * box["height"])
    where.page.wait_for_selector('.re-root[data-attention="16,17"]')
    screenshot(hands, where, screenshots, "attention")
    where.page.mouse.move(0, 0)
    hands.after(lambda: hands.slider("Rotation").first.press("End"))
    screenshot(hands, where, screenshots, "amber")
    hands.after(hands.button("Scene 147 of sector").click)
    hands.after(lambda: hands.slider("Way").fill("0.5"))
    hands.root.get_by_role("tab", name="numbers").click()
    screenshot(hands, where, screenshots, "journey")
    hands.root.get_by_role("tab", name="Components").click()
    hands.root.get_by_label("World").select_option("orbit")
    hands.after(hands.button("Scene 71 of orbit").click)
    screenshot(hands, where, screenshots, "orbit")
    hands.root.get_by_label("World").select_option("sector")
    hands.button("Scene 140 of sector").wait_for()
    if "/lab" in where.page.url:
        themes = "window.jupyterapp.commands.execute('apputils:change-theme', {theme: '%s'})"
        where.page.evaluate(themes % "JupyterLab Dark")
        where.page.wait_for_timeout(1500)
        hands.after(hands.button("Camera up").click)
        screenshot(hands, where, screenshots, "dark")
        where.page.evaluate(themes % "JupyterLab Light")


def test_still_no_errors_and_nothing_has_left(where, hands):
    assert where.errors == [] and where.left == []
