"""Principal components against scikit-learn, what they follow on latents made by hand, and walks."""

import math

import pytest
import torch
from sklearn.decomposition import PCA

from rust_edu.cameras import look_at, orbit_position
from rust_edu.errors import InputError
from rust_edu.evaluation.latent_space import around, principal_components, traverse, what_follows
from rust_edu.models import RUST, ModelConfig

SMOKE = ModelConfig(size=16, patch=4, width=32, heads=1, hidden=64, encoder_layers=1, pose_layers=1,
                    decoder_layers=1, render=(32,), query_patch=2)


def latents(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(shape[-1], shape[-1], generator=generator)
    return torch.randn(*shape, generator=generator) @ mixing + 3.0


def sphere(scenes: int, views: int, span: float = 120.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Azimuth, elevation, distance (S, V, 3), and the cameras there."""
    u = torch.rand(scenes, views, 3, generator=torch.Generator().manual_seed(1))
    azimuth = math.radians(span) * (u[..., 0] - 0.5)
    place = torch.stack([azimuth, 0.3 + 0.6 * u[..., 1], 3.0 + 3.0 * u[..., 2]], dim=-1)
    return place, look_at(orbit_position(*place.unbind(-1)), torch.zeros(3))


def test_components_are_scikit_learns():
    z = latents(40, 5, 6)
    ours, theirs = principal_components(z), PCA().fit(z.flatten(0, 1).double().numpy())
    assert torch.allclose(ours.mean, torch.from_numpy(theirs.mean_))
    assert torch.allclose(ours.ratio, torch.from_numpy(theirs.explained_variance_ratio_))
    assert torch.allclose(ours.deviation**2, torch.from_numpy(theirs.explained_variance_))
    overlap = (ours.directions * torch.from_numpy(theirs.components_)).sum(1).abs()
    assert torch.allclose(overlap, torch.ones_like(overlap))
    scores = torch.from_numpy(theirs.transform(z.flatten(0, 1).double().numpy())).reshape(40, 5, 6)
    assert torch.allclose(ours.scores.abs(), scores.abs(), atol=1e-8)
    assert torch.allclose(ours.scores.flatten(0, 1).std(0), ours.deviation)


def test_the_sign_is_fixed():
    z = latents(40, 5, 6)
    space = principal_components(z)
    assert (space.directions.gather(1, space.directions.abs().argmax(1, keepdim=True)) > 0).all()
    mirrored = principal_components(2 * z.mean((0, 1)) - z)  # the same directions, found from the other side
    assert torch.allclose(space.directions, mirrored.directions, atol=1e-6)


def test_there_and_back():
    z = latents(10, 4, 6)
    space = principal_components(z)
    assert torch.allclose(space.to_latents(space.scores), z, atol=1e-5)
    assert torch.allclose(space.to_scores(z), space.scores, atol=1e-5)


def test_components_of_nothing():
    for bad in (torch.zeros(1, 6), torch.full((5, 6), math.nan)):
        with pytest.raises(InputError, match="two or more"):
            principal_components(bad)
    still = principal_components(torch.ones(5, 6))
    assert still.ratio.tolist() == [0.0] * 6 and still.deviation.tolist() == [0.0] * 6


def test_what_follows_on_components_made_by_hand():
    place, cameras = sphere(60, 8)
    azimuth, elevation, distance = place[:, 3:].unbind(-1)
    relative = azimuth - place[:, :3, 0].mean(1, keepdim=True)
    noise = torch.randn(60, 5, generator=torch.Generator().manual_seed(2))
    scores = torch.stack([-2 * elevation, relative, relative.cos(), distance + 0.1 * noise, noise], dim=-1)
    found = what_follows(scores, cameras)
    assert [f.name for f in found] == ["elevation", "azimuth", "cos azimuth", "distance", "unclear"]
    assert found[0].strength == pytest.approx(-1.0) and found[3].strength == pytest.approx(0.99, abs=0.01)
    assert abs(found[4].strength) < 0.2
    assert what_follows(scores, cameras, threshold=0.999)[3].name == "unclear"


def test_what_follows_in_the_frame_of_the_first_input():
    place, cameras = sphere(80, 6, span=360.0)
    relative = place[:, 3:, 0] - place[:, :1, 0]
    scores = torch.stack([relative.sin(), relative.cos()], dim=-1)
    found = what_follows(scores, cameras, frame="first")
    assert [(f.name, round(f.strength, 4)) for f in found] == [("sin azimuth", 1.0), ("cos azimuth", 1.0)]
    assert all(abs(f.strength) < 0.9 for f in what_follows(scores, cameras, frame="mean"))


def test_what_follows_in_a_direction_of_each_scene():
    place, cameras = sphere(80, 6, span=360.0)
    light = 6.0 * torch.rand(80, generator=torch.Generator().manual_seed(5))
    relative = place[:, 3:, 0] - light[:, None]
    found = what_follows(torch.stack([relative.cos(), -relative.sin()], dim=-1), cameras, frame=light)
    assert [(f.name, round(f.strength, 4)) for f in found] == [("cos azimuth", 1.0), ("sin azimuth", -1.0)]
    inputs = place[:, :3, 0]
    middle = torch.atan2(inputs.sin().mean(1), inputs.cos().mean(1))
    turns = place[:, 3:, 0] - middle[:, None]
    scores = torch.stack([turns.sin(), turns.cos()], dim=-1)
    assert [f.name for f in what_follows(scores, cameras, middle)] == ["sin azimuth", "cos azimuth"]
    given, named, other = (what_follows(scores, cameras, frame) for frame in (middle, "mean", light))
    assert [f.strength for f in given] == pytest.approx([f.strength for f in named])
    assert all(abs(f.strength) < 0.9 for f in other)
    with pytest.raises(InputError, match="angle for each scene"):
        what_follows(scores, cameras, frame=light[:9])


def test_what_follows_nothing_that_stands_still():
    _, cameras = sphere(10, 8)
    found = what_follows(torch.zeros(10, 5, 2), cameras)
    assert [(f.name, f.strength) for f in found] == [("unclear", 0.0)] * 2


def test_what_follows_wants_inputs():
    _, cameras = sphere(10, 8)
    for scores, those in ((torch.zeros(10, 8, 2), cameras), (torch.zeros(9, 5, 2), cameras),
                          (torch.zeros(50, 2), cameras)):
        with pytest.raises(InputError, match="inputs"):
            what_follows(scores, those)
    with pytest.raises(InputError, match="'mean' or 'first'"):
        what_follows(torch.zeros(10, 5, 2), cameras, frame="world")


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return RUST(SMOKE).train()


def test_traverse_walks_along_one_component(model):
    z, slsr = latents(20, 5, 8), torch.randn(48, 32, generator=torch.Generator().manual_seed(0))
    space = principal_components(z)
    pictures = traverse(model, slsr, z[0, 0], space, component=1, steps=5, spread=2.0)
    assert pictures.shape == (5, 16, 16, 3) and model.training and not pictures.requires_grad
    assert torch.equal(pictures, traverse(model, slsr[None], z[0, :1], space, 1, 5, 2.0))
    # By hand: the last picture is that of the same latent with its second score at two standard deviations.
    scores = space.to_scores(z[0, 0])
    scores[1] = 2.0 * space.deviation[1]
    expected = model.render(space.to_latents(scores)[None, None], slsr[None])[0, 0]
    assert torch.allclose(pictures[-1], expected, atol=1e-5)
    assert (pictures[0] - pictures[-1]).abs().max() > 1e-4


def test_around_by_hand():
    quarter = around(torch.tensor([2.0, 0.0]), torch.tensor([0.0, 4.0]), 0.5)
    assert torch.allclose(quarter, 3.0 * torch.tensor([0.5, 0.5]).sqrt())
    across = around(torch.tensor([-1.0, 0.1]), torch.tensor([-1.0, -0.1]), 0.5)  # over 180 degrees, not back over 0
    assert torch.allclose(across, torch.tensor([-(1.01**0.5), 0.0]), atol=1e-6)
    ways = around(latents(6, 1, 2), latents(6, 1, 2, seed=1), torch.linspace(0, 1, 4))
    assert ways.shape == (6, 4, 2)


def test_wrong_walks(model):
    z, slsr = latents(20, 8), torch.zeros(48, 32)
    space = principal_components(z)
    for component, steps in ((8, 5), (-1, 5), (0, 1)):
        with pytest.raises(InputError, match="a component from 0 to 7"):
            traverse(model, slsr, z[0], space, component, steps)
    with pytest.raises(InputError, match="one scene"):
        traverse(model, slsr.expand(2, 48, 32), z[0], space, 0)
