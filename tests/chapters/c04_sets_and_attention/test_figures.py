"""Figures of notebook 04: each is drawn from tiny data, says what it shows, and refuses what it cannot."""

import io

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from rust_edu.course.chapters.c04_sets_and_attention import figures
from rust_edu.errors import InputError
from tests.figure_rules import keeps_the_rules

V, H, W, K = 3, 16, 16, 12
MARK = (5.0, 7.0, 2.0)


def images(*lead: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*lead, H, W, 3, generator=torch.Generator().manual_seed(seed))


def weights(seed: int = 0) -> torch.Tensor:
    return (3 * torch.randn(K, generator=torch.Generator().manual_seed(seed))).softmax(-1)


X = torch.linspace(-1, 1, 21)
MAKE = {
    "attention_sheet": lambda: figures.attention_sheet(
        images(V), {"trained\nwith a second line": (images(), weights()), "untrained": (images(), weights(1)),
                    "elsewhere": (images(), weights(2), (1.0, 1.0, 2.0))}, MARK, title="Where one pixel looks"),
    "attention_sheet without weights": lambda: figures.attention_sheet(
        images(V), {"the truth": (images(), None)}, MARK, title="One pixel, three views", subtitle="Left, right."),
    "token_bag": lambda: figures.token_bag(images(V), 4, range(48), title="A bag of 48 tokens"),
    "weight_table": lambda: figures.weight_table(torch.tensor([[0.7, 0.3], [0.0, 1.0]]), ["one", "two"], ["a", "b"],
                                                 title="Weights as a table"),
    "wave_sheet": lambda: figures.wave_sheet(X, torch.stack([X.sin(), X.cos()], 1), {"1 octave": X.cos()}, 0.3,
                                             title="A position as two waves"),
    "picture_row": lambda: figures.picture_row(images(9), [f"a rather long name {i}\n{i} dB" for i in range(9)],
                                               title="Nine pictures in two rows"),
    "removal_curves": lambda: figures.removal_curves(
        [0, 1, 2], {"most": [20.0, 18.0, 15.0], "least": [20.0, 20.0, 19.9]}, title="Tokens taken away"),
}


@pytest.mark.parametrize("name", MAKE)
def test_a_figure_keeps_the_rules(name, tmp_path):
    keeps_the_rules(MAKE[name](), tmp_path)


def test_captions_do_not_overlap():
    figure = MAKE["picture_row"]()
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [t.get_window_extent(renderer) for t in figure.texts if t.get_text()]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_a_patch_without_weight_fades_and_the_heaviest_stays():
    view, shares = np.zeros((4, 4, 3)), np.array([[0.6, 0.0], [0.2, 0.2]])
    shaded = figures._shaded(view, shares, shares.max())
    assert shaded[0, 0].max() == 0.0
    assert shaded[0, 3].min() == pytest.approx(1 - figures.FAINT)
    assert shaded[0, 0, 0] < shaded[3, 0, 0] < shaded[0, 3, 0]


def test_alt_text_says_where_the_largest_weight_is():
    look = torch.full((K,), 0.02)
    look[6] = 0.78  # view 2, row 2, column 1: patches are 2 by 2
    alt = figures.attention_sheet(images(V), {"trained": (images(), look)}, MARK, title="Where it looks").alt
    assert "most, 78 %, to row 2, column 1 of view 2" in alt


def test_strip_is_a_png_of_all_pictures_side_by_side():
    strip = figures.attention_strip(images(V), images(), images(), weights(), MARK, scale=2)
    with Image.open(io.BytesIO(strip)) as picture:
        assert picture.format == "PNG" and picture.size == ((2 + V) * 2 * W + (1 + V) * 4, 2 * H)


@pytest.mark.parametrize("mark", [(1.0, 1.0, 2.0), (15.0, 15.0, 2.0), (1.0, 15.0, 2.0)])
def test_strip_marks_pixels_at_the_edge(mark):
    plain = figures.attention_strip(images(V), images(), images(), weights(), (8.0, 8.0, 2.0))
    assert figures.attention_strip(images(V), images(), images(), weights(), mark) != plain


@pytest.mark.parametrize("wrong", [
    lambda: figures.attention_sheet(images(V), {"a": (images(), weights()[:5])}, MARK, title="Five weights"),
    lambda: figures.attention_strip(images(V), images(), images(), weights()[:9], MARK),
    lambda: figures.token_bag(images(V), 4, [0] * 48, title="The same token 48 times"),
    lambda: figures.weight_table(torch.ones(2, 2), ["one"], ["a", "b"], title="A name is missing"),
    lambda: figures.picture_row(images(2), ["one"], title="A caption is missing"),
    lambda: figures.removal_curves([0, 1], {"most": [1.0]}, title="A point is missing"),
    lambda: figures.removal_curves([0, 1], {}, title="No curves"),
])
def test_wrong_shapes_are_refused(wrong):
    with pytest.raises(InputError):
        wrong()
