"""Sessions with the shipped weights, made once: what these tests assert must hold for any weights that ship."""

import pytest

from rust_edu.models.weights import BEST
from rust_edu.widgets.places import AROUND, shelf
from rust_edu.widgets.session import ExplorerSession


@pytest.fixture(scope="session")
def made_around():
    """A session with the model of cameras all around."""
    return ExplorerSession.from_pretrained(AROUND)


@pytest.fixture(scope="session", params=[BEST, AROUND])
def _made(request):
    return request.getfixturevalue("made_around") if request.param == AROUND else ExplorerSession.from_pretrained(BEST)


@pytest.fixture
def session(_made):
    """A session in the first scene of the shelf of its own world, at its first target."""
    _made.enter(shelf(_made.space.world, _made.model.config.size).place(0))
    return _made
