"""The widgets' Python side: requests in, answers out, and what is left without a kernel."""

import base64
import io
import json
import re

import pytest
import torch
from PIL import Image

from rust_edu.widgets import LatentPoseExplorer, PoseNoiseDial
from rust_edu.widgets.base import HERE


class Page:
    """Stands where the browser does: asks, and keeps what comes back."""

    def __init__(self, widget, monkeypatch) -> None:
        self.widget, self.answers = widget, []
        monkeypatch.setattr(widget, "send", lambda message, buffers=None: self.answers.append((message, buffers)))

    def ask(self, **request):
        self.widget._on_request(None, request | {"number": "page-7"}, [])
        message, buffers = self.answers[-1]
        assert message["number"] == "page-7", "the page waits for its number"
        json.dumps(message)
        return message, buffers


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


@pytest.mark.parametrize("make", [LatentPoseExplorer, PoseNoiseDial])
def test_without_a_kernel_there_is_a_picture_with_words(make):
    widget = make()
    data = widget._repr_mimebundle_()[0]
    assert re.search(r"RUST.* \d\d\.\d dB", data["text/plain"])
    assert "still picture" in data["text/plain"] and "application/vnd.jupyter.widget-view+json" in data
    assert re.search(r'<img alt="[^"]{60,}"', data["text/html"])
    with Image.open(io.BytesIO(base64.b64decode(widget.poster.split(",")[1]))) as image:
        assert min(image.size) > 200 and image.format == "PNG"
    assert len(widget.poster) < 200_000, "it is stored in the notebook"


def test_nothing_in_the_pages_leads_out():
    for path in (*HERE.glob("*.js"), *HERE.glob("*.css")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|@import|\bimport\s*\(|\bfetch\s*\(|XMLHttpRequest|\beval\b", text), path.name


# ------------------------------------------------------------------------------------------ the dial


@pytest.fixture(scope="module")
def dial():
    return PoseNoiseDial()


def turn(page, sigma, **change):
    chosen = {"sigma": sigma, "training": "laptop", "seed": 0, "target": 0} | change
    return page.ask(kind="move", numbers=chosen)


def test_noise_costs_the_posed_and_not_rust(dial, monkeypatch):
    page = Page(dial, monkeypatch)
    page.ask(kind="scene", scene=0)
    clean, clean_pictures = turn(page, 0.0)
    noisy, noisy_pictures = turn(page, 0.2)
    assert noisy["mean"]["srt"] < clean["mean"]["srt"] - 2 and noisy["mean"]["upsrt"] < clean["mean"]["upsrt"] - 1
    assert noisy["psnr"]["rust"] == clean["psnr"]["rust"] and noisy_pictures[2] == clean_pictures[2]
    assert noisy_pictures[0] != clean_pictures[0]


def test_the_dial_is_smooth_and_draws_again(dial, monkeypatch):
    page = Page(dial, monkeypatch)
    page.ask(kind="scene", scene=1)
    a, b = (torch.frombuffer(bytearray(turn(page, s)[1][0]), dtype=torch.uint8).float() for s in (0.05, 0.051))
    assert float((a - b).abs().mean()) < 2, "each camera keeps its own way"
    assert turn(page, 0.1)[1][0] != turn(page, 0.1, seed=1)[1][0]
    assert turn(page, 0.1)[1][0] == turn(page, 0.1)[1][0]


def test_the_trainings_and_targets_differ(dial, monkeypatch):
    page = Page(dial, monkeypatch)
    message, pictures = page.ask(kind="scene", scene=3)
    assert len(pictures) == message["inputs"] + message["targets"] == 8
    assert turn(page, 0.1)[0]["psnr"] != turn(page, 0.1, training="laptop-noise0.1")[0]["psnr"]
    assert turn(page, 0.1)[0]["mean"] == turn(page, 0.1, target=2)[0]["mean"]
    assert turn(page, 9.0)[0]["kind"] == "error"
