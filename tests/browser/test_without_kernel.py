"""The same page code where no Python answers: a still picture with words, and nothing that fails."""

import pytest
from hands import Watched

from rust_edu.course.chapters.c06_when_poses_lie.noise_dial import PoseNoiseDial
from rust_edu.widgets import LatentPoseExplorer

SHIM = """async ([source, values]) => {
    const module = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
    const model = { get: (name) => values[name], on() {}, off() {}, send() {} };
    window.clean = module.default.render({ model, el: document.body });
}"""


@pytest.mark.parametrize("make", [LatentPoseExplorer, PoseNoiseDial])
def test_a_still_picture_with_words(browser, make):
    widget, watched = make(), Watched(browser)
    watched.page.evaluate(SHIM, [str(widget._esm), {"poster": widget.poster, "alt": widget.alt}])
    image = watched.page.get_by_role("img")
    assert image.get_attribute("alt") == widget.alt and image.evaluate("i => i.naturalWidth") > 200
    watched.page.get_by_text("no kernel answers").wait_for(timeout=20_000)
    watched.page.evaluate("window.clean()")
    assert watched.page.locator(".re-root").count() == 0, "it cleans up behind itself"
    assert watched.errors == [] and watched.left == []
    watched.close()
