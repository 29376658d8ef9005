"""The picture to damage: what each slider does, what the measures say of it, and the figure that stands in for it."""

import pytest
import torch

from rust_edu.course.chapters.c02_views_and_metrics.damage import DAMAGES, DamageDial, equally_bad
from rust_edu.evaluation.metrics import psnr


@pytest.fixture(scope="module")
def picture():
    """A picture with a slope and an edge."""
    picture = torch.linspace(0.2, 0.6, 32).view(1, 32, 1).repeat(32, 1, 3)
    picture[8:20, 10:18] = 0.1
    return picture


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.name)
def test_nothing_leaves_the_picture_and_more_is_worse(damage, picture):
    assert torch.equal(damage.apply(picture, 0.0), picture)
    found = [psnr(damage.apply(picture, share * damage.most), picture).item() for share in (0.2, 0.5, 1.0)]
    assert found == sorted(found, reverse=True)
    worst = damage.apply(picture, damage.most)
    assert worst.shape == picture.shape and worst.min() >= 0 and worst.max() <= 1
    assert torch.equal(worst, damage.apply(picture, damage.most))


def test_a_shift_by_whole_pixels(picture):
    shift = next(damage for damage in DAMAGES if damage.name == "shift").apply(picture, 3.0)
    assert torch.allclose(shift[:, 3:], picture[:, :-3]) and torch.equal(shift[:, 0], picture[:, 0])


def test_equally_bad(picture):
    for damage, amount in zip(DAMAGES, equally_bad(picture, 26.0).values()):
        assert psnr(damage.apply(picture, amount), picture).item() == pytest.approx(26.0, abs=0.05)


def test_the_dial_follows_its_sliders(picture):
    dial = DamageDial(picture)
    assert "∞" in dial.shown.value and "no damage" in dial.shown.value
    dial.sliders["noise"].value = 0.1
    assert "∞" not in dial.shown.value and "noise 0.1" in dial.shown.value
    dial.set(shift=2.0)
    assert torch.allclose(dial.damaged()[:, 2:], picture[:, :-2])
    dial.children[-1].click()
    assert torch.equal(dial.damaged(), picture) and "∞" in dial.shown.value


def test_without_a_kernel_there_is_a_figure(picture):
    bundle = DamageDial(picture)._repr_mimebundle_()
    assert bundle["text/html"].startswith("<img alt=") and "noise, 24.0 dB" in bundle["text/plain"]
