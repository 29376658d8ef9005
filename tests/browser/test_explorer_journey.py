"""The journey between two views: scrubbed, played, ended by any other hand, and saved."""

import io

from PIL import Image


def test_the_journey_ends_on_the_end_view(hands):
    ends = {}
    for view in (2, 4):
        hands.after(hands.button(f"Start from target {view}").click)
        ends[view] = hands.picture()
    hands.after(lambda: hands.root.get_by_label("from", exact=True).select_option(label="target 4"))
    hands.after(lambda: hands.root.get_by_label("to", exact=True).select_option(label="target 2"))
    assert hands.picture() == ends[4], "it begins at the first"
    scrubber = hands.slider("Way")
    hands.after(lambda: scrubber.press("End"))
    assert hands.picture() == ends[2]
    hands.after(lambda: hands.drag(scrubber, (0.97, 0.5), (0.5, 0.5)))
    assert hands.picture() not in ends.values()
    hands.after(lambda: scrubber.press("Home"))
    hands.after(hands.button("Play").click)
    hands.button("Play").wait_for()  # it was Pause on the way
    assert hands.settled().picture() == ends[2] and scrubber.input_value() == "1"


def test_play_can_be_paused(hands):
    hands.button("Play").click()
    hands.button("Pause").click()  # the journey takes four seconds
    hands.settled()
    assert 0 < float(hands.slider("Way").input_value()) < 1
    assert hands.button("Play").is_visible()


def test_any_other_hand_ends_the_play(hands):
    first = hands.picture()
    for act in (hands.button("Reset").click, hands.button("Start from target 1").click,
                lambda: hands.find(".re-view").press("Home")):
        hands.button("Play").click()
        hands.button("Pause").wait_for()
        act()
        hands.settled()
        assert hands.button("Play").is_visible() and hands.picture() == first
    hands.button("Play").click()
    hands.button("Pause").wait_for()
    hands.drag(hands.find(".re-view"), (0.3, 0.5), (0.4, 0.5))
    assert hands.button("Play").is_visible()


def test_the_journey_is_saved_as_an_animation(hands, where):
    with where.page.expect_download() as coming:
        hands.button("Save GIF").click()
    path = coming.value.path()
    assert coming.value.suggested_filename.endswith(".gif")
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        assert image.is_animated and image.n_frames > 30
