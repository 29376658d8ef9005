"""Sessions with the shipped weights, made once: what these tests assert must hold for any weights that ship."""

import pytest

from rust_edu.widgets.places import shelf
from rust_edu.widgets.session import ExplorerSession


@pytest.fixture(scope="session")
def _made():
    return ExplorerSession.from_pretrained("laptop-long")


@pytest.fixture
def session(_made):
    """A session in the first scene of the shelf, at its first target."""
    _made.enter(shelf(_made.space.world, _made.model.config.size).place(0))
    return _made
