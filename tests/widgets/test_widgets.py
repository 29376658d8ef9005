"""The widgets' Python side: requests in, answers out, and what is left without a kernel."""

import pytest
import torch

from rust_edu.widgets import LatentPoseExplorer
from rust_edu.widgets.base import HERE
from tests.widget_rules import Page, leads_nowhere, leaves_a_picture_with_words


@pytest.fixture(scope="module")
def widget():
    return LatentPoseExplorer()


@pytest.fixture
def page(widget, monkeypatch):
    page = Page(widget, monkeypatch)
    page.ask(kind="scene", world="sector", index=0)
    return page


def test_hello_tells_everything(page):
    message, buffers = page.ask(kind="hello")
    assert message["kind"] == "scene" and len(buffers) == 9 and all(len(b) == 32 * 32 * 3 for b in buffers)
    space = message["space"]
    assert len(space["components"]) == len(space["numbers"]) == 8 and len(space["samples"]) == len(space["known"])
    assert all(c["low"] < 0 < c["high"] for c in space["components"])


def test_moves_come_back_as_one_picture(page):
    before, (first,) = page.ask(kind="move")
    after, (picture,) = page.ask(kind="move", components={"0": 1.5})
    assert after["sigmas"][0] == 1.5 and picture != first and len(picture) == 32 * 32 * 3
    turned, _ = page.ask(kind="move", orbit=[10, 5, -0.2])
    change = [b - a for a, b in zip(after["camera"], turned["camera"])]
    assert change == pytest.approx([10, 5, -0.2], abs=1e-6), "degrees, degrees and units"
    reset, (again,) = page.ask(kind="reset")
    assert again == first and reset["latent"] == before["latent"]


def test_everything_a_page_can_ask(page):
    assert page.ask(kind="shelf", world="orbit")[0]["count"] == len(page.answers[-1][1]) == 12
    assert page.ask(kind="surprise", world="far", seed=3)[0]["title"] == "far, new scene from seed 3"
    assert page.ask(kind="start", view=5)[0]["compared"] == 5
    assert len(page.ask(kind="ends", **{"from": 0, "to": 4})[0]["path"]) == 17
    share = page.ask(kind="move", share=1)[0]
    assert share["latent"] == page.ask(kind="start", view=4)[0]["latent"]
    weights = torch.tensor(page.ask(kind="ask", x=3, y=9)[0]["weights"])
    assert weights.shape == (3, 4, 4)
    assert page.ask(kind="gif")[1][0][:4] == b"GIF8"


def test_another_world_may_have_another_space(page, made_around):
    first, (picture, *_) = page.ask(kind="scene", world="sector", index=0)
    before = page.widget.session
    assert "space" not in first and first["known"]
    orbit, _ = page.ask(kind="scene", world="orbit", index=0)
    space = orbit["space"]
    assert space["weights"] == "orbit" and space["world"] == "orbit" and space["circle"] and orbit["known"]
    assert space["trained"] == ["orbit", "sector"] and "light" in space["frame"]
    clutter, _ = page.ask(kind="surprise", world="clutter", seed=1)
    assert "space" not in clutter and not clutter["known"], "the same weights, not trained on it"
    back, (again, *_) = page.ask(kind="scene", world="sector", index=0)
    assert back["space"]["world"] == "sector" and again == picture and page.widget.session is before


def test_named_weights_are_for_all_worlds(monkeypatch):
    page = Page(LatentPoseExplorer("laptop-short"), monkeypatch)
    assert page.ask(kind="hello")[0]["space"]["trained"] == ["sector"]
    orbit, _ = page.ask(kind="scene", world="orbit", index=0)
    assert "space" not in orbit and not orbit["known"]


def test_the_true_cameras_stand_where_the_plan_says(page):
    message, _ = page.ask(kind="scene", world="sector", index=2)
    positions = torch.tensor(message["cameras"])
    truth = page.widget.session.cameras
    assert torch.allclose(positions.norm(dim=-1), truth[:, 2].float(), atol=1e-3)
    azimuth = torch.atan2(positions[:3, 1], positions[:3, 0])
    middle = torch.atan2(azimuth.sin().mean(), azimuth.cos().mean())
    assert float(middle) == pytest.approx(-torch.pi / 2, abs=1e-3), "the inputs are in front"


def test_a_wrong_request_is_answered_with_a_line(page):
    message, _ = page.ask(kind="start", view=99)
    assert message["kind"] == "error" and "view 99" in message["text"]
    with pytest.raises(KeyError):
        page.ask(kind="no such thing")
    assert page.answers[-1][0]["kind"] == "error", "and the page was told"


def test_without_a_kernel_there_is_a_picture_with_words():
    leaves_a_picture_with_words(LatentPoseExplorer())


@pytest.mark.parametrize("path", [*HERE.glob("*.js"), *HERE.glob("*.css")], ids=lambda path: path.name)
def test_nothing_in_the_pages_leads_out(path):
    leads_nowhere(path)
