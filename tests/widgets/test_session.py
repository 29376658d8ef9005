"""The explorer's logic without a widget: what moves, what stays, what comes back."""

import io
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rust_edu.cameras import look_at, orbit_position
from rust_edu.errors import InputError, WeightsError
from rust_edu.evaluation.metrics import psnr
from rust_edu.evaluation.probes import wrap
from rust_edu.models.weights import BEST
from rust_edu.scenes.render import render
from rust_edu.scenes.worlds import WORLDS
from rust_edu.widgets.places import AROUND, SHOWN, fresh, shelf, shown_worlds, weights_for
from rust_edu.widgets.session import LIMIT, ExplorerSession


def component(session, name: str) -> int:
    return session.space.names.index(name)


def test_it_begins_with_what_the_model_predicts(session):
    inputs, targets = session.place.views.split(3)
    predicted = session.model.predict(inputs, targets)[0, 0]
    assert torch.equal(session.view().picture, (predicted * 255).round().byte())
    assert session.view().psnr > 15


def test_height_raises_the_camera_step_by_step(session):
    index = component(session, "height")
    low, high = float(session.space.low[index]), float(session.space.high[index])
    sights = [session.move(components={index: value}) for value in torch.linspace(low, high, 13).tolist()]
    elevations = [float(s.camera[1]) for s in sights]
    assert all(b > a for a, b in zip(elevations, elevations[1:]))
    assert elevations[-1] - elevations[0] > math.radians(15)


@torch.no_grad()
def test_height_is_in_the_picture(session):
    """The pose estimator, shown the pictures drawn at three heights, finds three heights."""
    index, read = component(session, "height"), []
    first = session.poses[0]
    for value in (-1.5, 0.0, 1.5):
        picture = session.move(components={index: value}).picture / 255
        views = session.place.views[:, 3:4]
        views.images = picture[None, None]
        seen = session.model.pose(session.place.views[:, :3], views, session.slsr)[0, 0].double()
        read.append(float(session.space.camera(seen, first)[1]))
    assert read[0] < read[1] < read[2]


@pytest.mark.parametrize("change", [(0.3, 0, 0), (0, 0.2, 0), (0, 0, 0.5), (-0.2, 0.1, -0.4)])
def test_orbit_moves_the_read_camera_by_as_much(session, change):
    before = session.view()
    after = session.orbit(*change)
    moved = after.camera - before.camera
    moved[0] = wrap(moved[0])
    assert torch.allclose(moved, torch.tensor(change, dtype=torch.float64), rtol=0, atol=1e-8)
    assert not torch.equal(before.picture, after.picture)


def test_reset_is_exact_to_the_byte(session):
    first = session.view()
    session.move(components={0: 2.0}, numbers={3: 1.0}, orbit=(0.4, 0.1, -0.3))
    session.travel(0.3)
    again = session.reset()
    assert torch.equal(first.picture, again.picture) and torch.equal(first.latent, again.latent)


def test_the_journey_begins_and_ends_on_its_views(session):
    session.set_ends(4, 6)
    for share, view in ((0.0, 4), (1.0, 6)):
        there = session.travel(share).picture
        assert torch.equal(there, session.start_from(view).picture)
    assert torch.equal(session.travel(7.0).latent, session.poses[6]), "the way ends there"


def test_the_path_is_that_of_the_read_camera(session):
    path = session.set_ends(3, 5)
    assert path.shape == (17, 3)
    assert torch.allclose(path[8], session.travel(0.5).position)


def test_components_and_numbers_land_where_they_are_put(session):
    sight = session.move(components={2: 1.25})
    assert abs(float(sight.sigmas[2]) - 1.25) < 1e-9
    sight = session.move(numbers={5: -0.5})
    assert float(sight.latent[5]) == -0.5
    others = session.view().sigmas.clone()
    moved = session.move(components={0: 0.7}).sigmas
    assert torch.allclose(moved[1:], others[1:]), "only the one that was moved"


def test_comparing_with_a_view(session):
    best = session.start_from(5)
    assert session.compared == 5 and torch.equal(best.latent, session.poses[5])
    assert session.orbit(azimuth=0.8).psnr < best.psnr


def test_attention_is_a_distribution_over_the_input_patches(session):
    grid = session.model.config.size // session.model.config.patch
    weights = session.attention(0, 31)
    assert weights.shape == (3, grid, grid) and weights.min() >= 0
    assert float(weights.sum()) == pytest.approx(1, abs=1e-5)
    assert torch.equal(session.attention(0, 30), weights), "pixels of one patch of queries"
    assert not torch.equal(session.attention(20, 10), weights)


def test_attention_is_that_of_the_decoder(session):
    queries = session.model.queries(session.latent.float()[None, None], session.model.positions())
    whole = session.model.decoder.attention(queries, session.slsr)[0, 0]
    side = session.model.config.size // session.model.config.query_patch
    x, y = 13, 6
    patch = session.model.config.query_patch
    at = (y // patch) * side + x // patch
    assert torch.allclose(session.attention(x, y).flatten(), whole[at], atol=1e-6)


def test_amber_far_away_and_not_in_the_middle(session):
    middle = session.move(components={i: 0.0 for i in range(session.model.config.latent)})
    assert middle.beyond == [] and not middle.far
    assert session.move(components={0: 6.0}).beyond == [0]


def test_nobody_gets_lost(session):
    for _ in range(60):
        sight = session.orbit(azimuth=1.0, distance=-2.0)
    assert float(sight.sigmas.abs().max()) <= LIMIT + 1e-9 and sight.beyond


def test_the_gif_goes_there_and_back(session):
    with Image.open(io.BytesIO(session.gif())) as image:
        assert image.is_animated and image.n_frames >= 32 and image.size == (256, 256)


def test_half_a_turn_is_in_the_picture(made_around):
    """Against the picture rendered behind the scene, turning there gains decibels over staying."""
    gains, over, space = [], [], made_around.space
    for index in range(4):
        place = shelf(made_around.space.world, 32).place(index)
        made_around.enter(place)
        for view in (3, 4, 5):
            azimuth, elevation, distance = made_around.cameras[view]
            behind = look_at(orbit_position(azimuth + math.pi, elevation, distance), torch.zeros(3).double())
            truth = render(place.scene, behind.float()[None, None], place.views.K, 32, 32).colour[0, 0]
            stayed = made_around.start_from(view)
            turned = made_around.orbit(azimuth=math.pi)
            gains.append(float(psnr(turned.picture / 255, truth) - psnr(stayed.picture / 255, truth)))
            assert not turned.far
            over.append(float(torch.maximum(turned.sigmas - space.high, space.low - turned.sigmas).max()))
    assert min(gains) > 0 and sum(gains) / len(gains) > 4
    assert max(over) < 0.25, "a turn leads no further than a quarter of a standard deviation beyond all data"


def test_a_way_around_stays_with_the_data(made_around):
    """From a view to the one most opposite: halfway, the latent is as far from the ring's middle as the ends are."""
    made_around.enter(shelf(made_around.space.world, 32).place(0))
    apart = wrap(made_around.cameras[:, 0] - made_around.cameras[3, 0]).abs()
    made_around.set_ends(3, int(apart.argmax()))
    ring = made_around.space.ring
    radius = [float(made_around.travel(share).sigmas[ring].norm()) for share in (0.0, 0.5, 1.0)]
    assert float(apart.max()) > 2 and radius[1] == pytest.approx((radius[0] + radius[2]) / 2)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 7), st.floats(-5, 5)), min_size=1, max_size=5), st.floats(0, 1))
def test_any_moves_give_a_picture_and_reset_undoes_them(_made, moves, share):
    _made.enter(shelf(_made.space.world, 32).place(1))
    first = _made.view().picture
    for index, value in moves:
        sight = _made.move(components={index: value}, orbit=(value / 10, 0, 0))
        assert torch.isfinite(sight.latent).all() and sight.picture.shape == (32, 32, 3)
    _made.travel(share)
    assert torch.equal(_made.reset().picture, first)


@pytest.mark.parametrize("wrong, says", [
    (lambda s: s.start_from(8), "view 8"), (lambda s: s.set_ends(-1, 2), "view -1"),
    (lambda s: s.move(components={8: 0.0}), "number 8"), (lambda s: s.move(numbers={-1: 0.0}), "number -1"),
    (lambda s: s.move(numbers={0: math.nan}), "NaN"), (lambda s: s.move(components={0: math.inf}), "infinity"),
    (lambda s: s.orbit(distance=math.nan), "NaN"), (lambda s: s.move(share=math.nan), "NaN"),
    (lambda s: s.attention(32, 0), r"pixel \(32, 0\)"),
])
def test_what_there_is_not(session, wrong, says):
    with pytest.raises(InputError, match=says):
        wrong(session)


def test_the_readers_threads_are_left_alone(session):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        session.view()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


# ---------------------------------------------------------------------------------------- places


def test_every_world_has_a_shelf():
    assert set(shown_worlds()) == set(WORLDS)
    for world in ("sector", "orbit", "clutter", "colours"):
        there = shelf(world, 32)
        assert len(there) == SHOWN and there.views.images.shape == (SHOWN, 8, 32, 32, 3)


def test_each_world_has_the_weights_that_know_it():
    known = {world: weights_for(world) for world in shown_worlds()}
    assert {world for world in known if known[world] == AROUND} == {"orbit", "orbit-checker", "clutter"}
    assert set(known.values()) == {BEST, AROUND}
    with pytest.raises(InputError, match="unknown world"):
        weights_for("moon")


def test_scenes_on_the_shelf_were_not_fitted_on():
    assert shelf("sector", 32).first >= 140
    assert "140" in shelf("sector", 32).place(0).title


def test_a_seed_is_a_scene():
    a, again, b = fresh("far", 4, 32), fresh("far", 4, 32), fresh("far", 5, 32)
    assert torch.equal(a.views.images, again.views.images) and not torch.equal(a.views.images, b.views.images)
    assert a.views.images.shape == (1, 8, 32, 32, 3) and a.world == "far" and "seed 4" in a.title
    with pytest.raises(InputError, match="unknown world"):
        fresh("moon", 0, 32)


def test_a_new_scene_can_be_entered(session):
    sight = session.enter(fresh("clutter", 11, 32))
    assert sight.picture.shape == (32, 32, 3) and session.place.world == "clutter"


@pytest.mark.parametrize("index", [-1, 12, 99])
def test_a_scene_that_is_not_on_the_shelf(index):
    with pytest.raises(InputError, match=f"scene {index} of the shelf; expected 0 to 11"):
        shelf("sector", 32).place(index)


def test_weights_that_do_not_ship():
    with pytest.raises(WeightsError, match="no weights at"):
        ExplorerSession.from_pretrained("enormous")
