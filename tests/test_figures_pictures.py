"""The sheet of pictures: drawn from tiny data, says what it shows, is saved whole, refuses what it cannot."""

import numpy as np
import pytest
import torch

from rust_edu.errors import InputError
from rust_edu.figures import picture_sheet
from tests.figure_rules import keeps_the_rules

PICTURES = torch.rand(3, 6, 8, 3, generator=torch.Generator().manual_seed(0))
NAMES = ["one", "another", "a third with a longer name"]


def sheet(**changes):
    given = dict(images=PICTURES, names=NAMES, notes=["a note"] * 3, title="Three pictures",
                 alt="Three pictures of noise.",
                 marks=[{"+": (torch.tensor([[2.0, 3.0]]), "#A6216F")}, None, {"o": ([[1.0, 1.0]], "#0072B2")}],
                 lines=[None, torch.tensor([[-4.0, 2.0], [20.0, 3.0]]), None])
    return picture_sheet(**given | changes)


@pytest.mark.parametrize("make", [sheet, lambda: sheet(size=500)], ids=["in one row", "in rows"])
def test_it_keeps_the_rules(make, tmp_path):
    keeps_the_rules(make(), tmp_path)


def test_pictures_keep_their_pixels():
    figure = picture_sheet(PICTURES[:1], ["one"], title="One picture, enlarged", alt="One picture of noise.")
    shown = np.asarray(figure.axes[0].images[0].get_array())
    assert np.allclose(shown, PICTURES[0].numpy())


@pytest.mark.parametrize("changes", [{"names": ["one"]}, {"notes": ["a note"]}, {"images": PICTURES[..., :2]}],
                         ids=["names", "notes", "channels"])
def test_what_does_not_fit_is_refused(changes):
    with pytest.raises(InputError):
        sheet(**changes)
