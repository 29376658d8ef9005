"""The pose-noise dial under mouse and keys, in JupyterLab."""

import pytest
from hands import DIAL, Hands


@pytest.fixture
def hands(lab_page) -> Hands:
    lab_page.page.set_viewport_size({"width": 1400, "height": 1100})
    hands = Hands(lab_page.page, DIAL)
    slider = hands.slider("Error of all cameras")
    hands.after(lambda: (slider.press("End"), slider.press("Home")))
    return hands


def pictures(hands: Hands) -> list[str]:
    return [hands.picture(f".re-dial-row figure:nth-child({i}) canvas") for i in (1, 2, 3, 4)]


def test_more_noise_fewer_decibels_but_not_for_rust(hands, lab_page):
    clean, slider = pictures(hands), hands.slider("Error of all cameras")
    rust, before = hands.number("rust"), hands.number("srt")
    hands.after(lambda: [slider.press("ArrowRight") for _ in range(30)])
    noisy = pictures(hands)
    assert "8.6°" in slider.get_attribute("aria-valuetext")
    assert noisy[0] == clean[0] and noisy[3] == clean[3], "the truth and RUST stay"
    assert noisy[1] != clean[1] and noisy[2] != clean[2]
    assert hands.number("rust") == rust and hands.number("srt") < before
    hands.after(lambda: hands.drag(slider, (0.5, 0.5), (0.0, 0.5)))
    assert pictures(hands) == clean
    assert lab_page.errors == [] and lab_page.left == []


def test_other_errors_targets_trainings_and_scenes(hands):
    hands.after(lambda: hands.drag(hands.slider("Error of all cameras"), (0.0, 0.5), (0.4, 0.5)))
    seen = [pictures(hands)]
    for act in (hands.button("Draw other errors").click,
                lambda: hands.root.get_by_label("SRT and UpSRT").select_option("laptop-noise0.1"),
                lambda: hands.root.get_by_label("target", exact=True).select_option("3"),
                lambda: hands.root.get_by_label("scene", exact=True).select_option("5")):
        hands.after(act)
        seen.append(pictures(hands))
        assert seen[-1][1] != seen[-2][1]
    assert seen[0][3] == seen[2][3] != seen[3][3]


@pytest.mark.parametrize("width", [1400, 1024, 400])
def test_it_fits(hands, lab_page, screenshots, width):
    lab_page.page.set_viewport_size({"width": width, "height": 1100})
    lab_page.page.wait_for_timeout(400)
    hands.root.scroll_into_view_if_needed()
    box = hands.root.bounding_box()
    assert hands.root.evaluate("root => root.scrollWidth <= root.clientWidth + 1") and box["width"] > 100
    hands.root.screenshot(path=screenshots / f"dial-{width}.png")
