"""The references of notebook 07 are the package's RUST: pieced together they give the same numbers."""

import torch
from torch.nn import functional as F

from rust_edu.course.chapters.c07_rust.latent_dial import LatentDial
from rust_edu.course.chapters.c07_rust.parts import bottleneck, latent_query, peek, pose_block, rust_loss, transplant
from rust_edu.datasets import open_dataset
from rust_edu.models import RUST, ModelConfig
from rust_edu.models.layers import fourier_features
from rust_edu.views import half, to_patches
from tests.model_helpers import TINY, random_views, wild_model


def ask(part, x, context):
    return part(x, context)


def test_the_pieces_are_the_pose_estimator():
    model, (inputs, targets) = wild_model("rust"), random_views(2, 5).split(2, 3)
    halves, right = peek(targets.images, torch.Generator().manual_seed(1))
    assert 0 < right.sum() < 6
    slsr, estimator = model.encode(inputs), model.pose_estimator
    x = estimator.stem(2.0 * halves.flatten(0, 1) - 1.0).unflatten(0, (2, 3)) + estimator.position[right.long()]
    for block in estimator.blocks:
        x = pose_block(x, slsr, block, ask)
    pose = bottleneck(x, estimator.norm, estimator.latent)
    assert torch.allclose(pose, model.pose(inputs, targets, slsr, right), atol=1e-5)
    queries = latent_query(pose, model.positions(), TINY.size,
                           lambda where: fourier_features(where, TINY.pixel_octaves, start=-1))
    assert torch.allclose(queries, model.queries(pose, model.positions()), atol=1e-5)


def test_the_loss_is_that_of_the_training():
    model, (inputs, targets) = wild_model("rust"), random_views(2, 5).split(2, 3)
    halves, right = peek(targets.images, torch.Generator().manual_seed(3))
    which = torch.tensor([5, 0, 63])
    colours = model(inputs, targets, model.positions()[which], right)  # as `training_step` does
    truth = to_patches(targets.images, TINY.query_patch)[:, :, which]
    assert torch.isclose(rust_loss(model, inputs, targets, halves, right, which), F.mse_loss(colours, truth))


def test_transplanted_into_its_own_scene_a_latent_gives_the_prediction():
    model, (inputs, targets) = wild_model("rust"), random_views(2, 5).split(2, 3)
    with torch.no_grad():
        assert torch.equal(transplant(model, inputs, targets, inputs), model.predict(inputs, targets))


def test_peek_takes_half():
    images = random_views(3, 4).images
    halves, right = peek(images, torch.Generator().manual_seed(0))
    assert torch.equal(halves, half(images, right))


def test_the_dial_moves_the_picture_and_has_a_still(made):
    torch.manual_seed(0)
    config = ModelConfig(size=8, patch=4, width=16, heads=1, hidden=16, encoder_layers=1, pose_layers=1,
                         decoder_layers=1, render=(16,), latent=4, query_patch=2)
    dial = LatentDial(RUST(config).eval(), _Five(open_dataset(made)), scene=1)
    before = bytes(dial.picture.value)
    dial.sliders[0].value = -dial.sliders[0].value or 2.5
    assert bytes(dial.picture.value) != before and before.startswith(b"\x89PNG")
    bundle = dial._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle and 'alt="' in bundle["text/html"]
    dial.children[-1].click()
    assert bytes(dial.picture.value) == before


class _Five:
    """The 3 views of each scene of the small data set as 5: the dial wants three inputs and targets."""

    def __init__(self, scenes) -> None:
        self.scenes, self.world, self.size = scenes, scenes.world, scenes.size
        self.images = scenes.images[:, [0, 1, 2, 0, 1]]
        self.camera_to_world = scenes.camera_to_world[:, [0, 1, 2, 0, 1]]

    def __len__(self) -> int:
        return len(self.scenes)

    def views(self, scenes, views=slice(None)):
        views = self.scenes.views(scenes)
        return views[:, [0, 1, 2, 0, 1]]
