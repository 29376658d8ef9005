"""The pose-noise dial's Python side: requests in, answers out, and what is left without a kernel."""

from pathlib import Path

import pytest
import torch

from rust_edu.course.chapters.c06_when_poses_lie import noise_dial
from tests.widget_rules import Page, leads_nowhere, leaves_a_picture_with_words


@pytest.fixture(scope="module")
def dial():
    return noise_dial.PoseNoiseDial()


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


def test_without_a_kernel_there_is_a_picture_with_words():
    leaves_a_picture_with_words(noise_dial.PoseNoiseDial())


def test_nothing_in_the_page_leads_out():
    leads_nowhere(Path(noise_dial.__file__).with_suffix(".js"))
