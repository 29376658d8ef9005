"""SRT, UpSRT and RUST: sizes, shapes, decoding, refusals; test_invariances.py has what they ignore."""

from dataclasses import replace

import pytest
import torch
from model_helpers import NAMES, POSED, TINY, random_views, wild_model
from torch import nn

from benchmarks.plain_srt import PlainSRT
from rust_edu.datasets import load_or_make
from rust_edu.errors import InputError
from rust_edu.models import MODELS, RUST, SRT, ModelConfig, make_model
from rust_edu.models.layers import position_features
from rust_edu.training.loop import training_step
from rust_edu.training.optimizer import make_optimizers
from rust_edu.training.profiles import PROFILES, get_profile
from rust_edu.views import from_patches, half

# ------------------------------------------------------------------------------------ shapes and sizes


@pytest.mark.parametrize("profile", ["smoke", "laptop", "gpu", "paper"])
@pytest.mark.parametrize("name", NAMES)
def test_shapes_of_every_profile(name, profile):
    """On the meta device the paper's sizes cost nothing; the others compute."""
    config = get_profile(profile).model
    device = "meta" if profile == "paper" else "cpu"
    with torch.device(device):
        model = make_model(name, config).eval()
    V, T, p = (5, 5, 1) if profile == "paper" else (2, 3, config.query_patch)
    given, targets = random_views(1, V + T, config.size).to(device).split(V)
    slsr = model.encode(given)
    assert slsr.shape == (1, V * (config.size // config.patch) ** 2, config.width)
    pose = model.pose(given, targets, slsr)
    forms = {"rust": (config.latent,), **dict.fromkeys(POSED, (3, 7))}
    assert pose.shape == (1, T, *forms.get(name, pose.shape[2:]))
    positions = model.positions(device)
    assert positions.shape == ((config.size // p) ** 2, 2)
    colours = model(given, targets, positions[:7])
    assert colours.shape == (1, T, 7, 3 * p * p)
    if profile != "gpu":  # whole pictures of 64x64 pixels take a while
        assert model.predict(given, targets).shape == (1, T, config.size, config.size, 3)


def test_the_paper_profile_is_the_papers():
    config = get_profile("paper").model
    with torch.device("meta"):
        rust, srt = RUST(config), SRT(config)
    assert 5 * config.tokens == 5 * 256 and config.width == 768
    given = random_views(1, 5, 128).to("meta")
    assert rust.encode(given).shape == (1, 5 * 256, 768)
    for stem, channels in ((rust.encoder.stem, 3), (rust.pose_estimator.stem, 3), (srt.encoder.stem, 183)):
        convolutions = [layer for layer in stem.convolutions if isinstance(layer, nn.Conv2d)]
        assert [c.in_channels for c in convolutions] == [channels, 96, 192, 192, 384, 384, 768]
        assert [c.out_channels for c in convolutions] == [96, 192, 192, 384, 384, 768, 768]
        assert [c.kernel_size[0] for c in convolutions] == [3] * 6 + [1]
    assert len(rust.encoder.blocks) == 5 and all(b.self_attention.heads == 12 for b in rust.encoder.blocks)
    assert len(rust.decoder.blocks) == 2 and all(b.self_attention is None for b in rust.decoder.blocks)
    assert rust.pose_estimator.latent.out_features == 8
    render = [layer.out_features for layer in rust.decoder.render if isinstance(layer, nn.Linear)]
    assert render == [1536] * 4 + [3]


def test_the_paper_profile_has_68_million_parameters():
    """The table of the paper's sizes, added up by hand; queries are 180 wide as in the improved SRT."""
    D, hidden, narrow, tokens = 768, 1536, 180, 256

    def attention(width, inner=D):
        return 2 * width * inner + 2 * inner * inner + width  # query, out; key, value; bias of out

    def mlp(*widths):
        return sum(a * b + b for a, b in zip(widths, widths[1:]))

    def norms(count, width=D):
        return 2 * width * count

    cnn = 9 * (3 * 96 + 96 * 192 + 192 * 192 + 192 * 384 + 384 * 384 + 384 * 768) + mlp(768, D)
    encoder = cnn + tokens * D + 2 * D + 5 * (attention(D) + mlp(D, hidden, D) + norms(2)) + norms(1)
    pose = cnn + tokens * D + 3 * (2 * attention(D) + mlp(D, hidden, D) + norms(3)) + norms(1) + mlp(D, 8)
    query = 8 + 2 * 2 * 15
    decoder = mlp(query, 2 * narrow, narrow) + norms(1, narrow) + mlp(narrow, *[hidden] * 4, 3)
    decoder += 2 * (attention(narrow) + mlp(narrow, hidden, narrow) + norms(2, narrow))
    with torch.device("meta"):
        count = RUST(get_profile("paper").model).parameters_count()
    assert count == encoder + pose + decoder
    assert abs(count / 68e6 - 1) < 0.05


@pytest.mark.parametrize("views", range(1, 7))
@pytest.mark.parametrize("name", NAMES)
def test_any_number_of_input_views(name, views):
    model = wild_model(name)
    given, targets = random_views(2, views + 1).split(views)
    assert model.encode(given).shape == (2, views * 16, 32)
    picture = model.predict(given, targets)
    assert picture.isfinite().all() and picture.std() > 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_conv_stem_works_in_every_model(name):
    model = wild_model(name, ModelConfig(size=16, stem="conv", patch=4, width=32, query_width=24))
    given, targets = random_views(2, 4).split(2)
    assert model.predict(given, targets).shape == (2, 2, 16, 16, 3)


@pytest.mark.parametrize("size", [8, 16])
def test_srt_with_the_conv_stem_is_the_plain_one(size):
    """The one that has every ray feature at every pixel: colours and all gradients."""
    config = ModelConfig(size=size, stem="conv", patch=4, width=32, hidden=32, query_width=24, gelu=True)
    ours, plain = wild_model("srt", config).double(), PlainSRT(config).double()
    plain.load_state_dict(ours.state_dict())
    given, targets = random_views(2, 5, size, dtype=torch.float64).split(3)
    colours = [model(given, targets, ours.positions().double()) for model in (ours, plain)]
    torch.testing.assert_close(*colours, rtol=1e-10, atol=1e-10)
    gradients = [torch.autograd.grad(answer.square().sum(), [*model.parameters()])
                 for answer, model in zip(colours, (ours, plain))]
    by_name = [dict(zip(ours.state_dict(), gradients[0])),
               dict(zip(plain.state_dict(), gradients[1]))]
    torch.testing.assert_close(*by_name, rtol=1e-9, atol=1e-9)


def test_names_and_descriptions_build_the_same_model_again():
    for name in NAMES:
        model = make_model(name, TINY)
        assert type(model) is MODELS[name] and model.name == name
        again = model.description()
        assert make_model(again["model"], ModelConfig(**again["config"])).config == TINY


# --------------------------------------------------------------------------------------------- decoding


@pytest.mark.parametrize("name", NAMES)
def test_a_subset_of_positions_is_the_subset_of_all(name):
    model = wild_model(name)
    given, targets = random_views(2, 5).split(2)
    everywhere = model.positions()
    some = torch.tensor([5, 3, 60, 3])
    whole = model(given, targets, everywhere)
    torch.testing.assert_close(whole[:, :, some], model(given, targets, everywhere[some]))


@pytest.mark.parametrize("patch", [1, 2, 4])
@pytest.mark.parametrize("name", NAMES)
def test_render_is_the_decoded_patches_put_together(name, patch):
    model = wild_model(name, ModelConfig(size=16, patch=4, width=32, query_patch=patch))
    given, targets = random_views(2, 5).split(2)
    colours = model(given, targets, model.positions())
    picture = from_patches(colours, 16, 16, patch).clamp(0.0, 1.0)
    torch.testing.assert_close(model.predict(given, targets), picture)
    assert ((picture > 0) & (picture < 1)).any(), "not all clipped"
    for n, x, y in ((0, 0, 0), (1, patch, 0), (16 // patch, 0, patch)):  # the next patch is to the right
        block = picture[:, :, y:y + patch, x:x + patch].flatten(2)
        torch.testing.assert_close(block, colours[:, :, n].clamp(0.0, 1.0))


@pytest.mark.parametrize("name", NAMES)
def test_decoder_attention_is_what_the_last_layer_does(name):
    model = wild_model(name)
    given, targets = random_views(2, 5).split(2)
    slsr = model.encode(given)
    queries = model.queries(model.pose(given, targets, slsr), model.positions()[:6])
    seen = {}
    cross = model.decoder.blocks[-1].cross
    handle = cross.register_forward_hook(lambda layer, inputs, output: seen.update(x=inputs[0]))
    model.decode(queries, slsr)
    handle.remove()
    weights = model.decoder.attention(queries, slsr)
    assert weights.shape == (2, 3, 6, 2 * 16)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 6))
    by_head = cross.weights(seen["x"], slsr)  # (B, heads, T N, K)
    torch.testing.assert_close(weights, by_head.mean(1).unflatten(1, (3, 6)))
    assert weights.std() > 1e-4


# ---------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("name", NAMES)
def test_views_that_do_not_fit_are_refused(name):
    model = wild_model(name)
    views = random_views(2, 5)
    given, targets = views.split(2)
    slsr = model.encode(given)
    with pytest.raises(InputError, match=r"input views of shape \(2, 5, 32, 32, 3\)"):
        model.encode(random_views(2, 5, 32))
    with pytest.raises(InputError, match="no input views"):
        model.encode(views[:, :0])
    with pytest.raises(InputError, match="5 input and 0 target"):
        views.split(5)
    with pytest.raises(InputError, match="7 input"):
        views.split(7)
    with pytest.raises(InputError, match="1 view or more" if name in POSED else "no target views"):
        model.pose(given, targets[:, :0], slsr)
    with pytest.raises(InputError, match="type torch.uint8"):
        given.images = (255 * given.images).byte()
        model.encode(given)


def test_rust_refuses_targets_of_another_size_or_other_scenes():
    model = wild_model("rust")
    given, targets = random_views(2, 5).split(2)
    slsr = model.encode(given)
    with pytest.raises(InputError, match="target views of shape"):
        model.pose(given, random_views(2, 3, 32), slsr)
    with pytest.raises(InputError, match="1 scenes with the SLSR of 2"):
        model.pose(given, targets[:1], slsr)
    pose = model.pose(given, targets, slsr)
    for wrong in (pose[0], pose[..., :4]):
        with pytest.raises(InputError, match="latent poses of shape"):
            model.render(wrong, slsr)
    with pytest.raises(InputError, match="scene representation"):
        model.render(pose, slsr[:1])


def test_posed_models_refuse_cameras_that_do_not_fit():
    srt = wild_model("srt")
    given, targets = random_views(2, 5).split(2)
    slsr = srt.encode(given)
    with pytest.raises(InputError, match="target cameras of shape"):
        srt.pose(given, targets[:1], slsr)
    given.camera_to_world = given.camera_to_world[:, :1]
    with pytest.raises(InputError, match="1 cameras for 2 input views"):
        srt.encode(given)


@pytest.mark.parametrize("wrong, says", [
    (dict(size=20), "patch 8 for pictures of 20x20"),
    (dict(size=24), "and half of it"),
    (dict(query_patch=5), "query_patch 5"),
    (dict(patch=0), "patch 0"),
    (dict(size=-32), "size -32"),
    (dict(width=65), "65 with 2 heads"),
    (dict(heads=0), "heads 0"),
    (dict(decoder_layers=0), "decoder_layers 0"),
    (dict(encoder_layers=10**9), "encoder_layers 1000000000"),
    (dict(width=64.0), "width 64.0"),
    (dict(latent=True), "latent True"),
    (dict(size="32"), "size '32'"),
    (dict(stem="fourier"), "stem 'fourier'"),
    (dict(stem=["conv"]), "stem"),
    (dict(stem="conv", size=24, patch=12), "powers of two"),
    (dict(pose_patch=32), "half of it"),
    (dict(stem="conv", width=36), "width 36"),
    (dict(render=[128]), "render"),
    (dict(render=(128, 0)), "a width in render 0"),
    (dict(gelu=1), "gelu 1"),
    (dict(relative="yes"), "relative 'yes'"),
])
def test_impossible_configurations_are_refused(wrong, says):
    with pytest.raises(InputError, match=says):
        ModelConfig(**wrong)


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(InputError, match="unknown model 'nerf'.*srt, upsrt, rust"):
        make_model("nerf", TINY)
    with pytest.raises(InputError, match="unknown profile 'big'.*" + ", ".join(PROFILES)):
        get_profile("big")


# ----------------------------------------------------------------------------------------------- learning


@pytest.mark.parametrize("name", NAMES)
def test_one_scene_can_be_learned_by_heart(name, data_home):
    """A model whose gradients or queries are wrong stays near the mean colour."""
    profile = get_profile("smoke")
    data = load_or_make("sector", profile.scenes, profile.views, 16, progress=False)
    views = data.views(slice(0, 1), slice(0, 4))
    torch.manual_seed(0)
    model = make_model(name, profile.model)
    optimizers = make_optimizers(model, profile.learning_rate, profile.muon)
    generator = torch.Generator().manual_seed(0)
    given, targets = views.split(2)

    def decibels(pictures):
        error = (half(pictures, right=True) - half(targets.images, right=True)) ** 2
        return -10 * error.mean().log10().item()

    blank = decibels(targets.images.mean((2, 3), keepdim=True).expand_as(targets.images))
    assert decibels(model.predict(given, targets)) < blank, "untrained"
    for _ in range(150):
        loss = training_step(model, views, 2, profile.model, 64, generator)
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
    assert decibels(model.predict(given, targets)) > blank + 8


@pytest.mark.parametrize("name", POSED)
def test_a_posed_query_may_carry_the_pixel_s_position(name):
    """Beside its ray, which stays as it is."""
    inputs, targets = random_views(1, 4).split(3)
    for pixel in (False, True):
        model = wild_model(name, replace(TINY, pixel=pixel))
        pose = model.pose(inputs, targets, model.encode(inputs))
        positions = torch.tensor([[8.0, 8.0], [3.0, 8.0]])
        queries = model.queries(pose, positions)
        rays = queries[..., :model.ray_channels]
        torch.testing.assert_close(rays, wild_model(name).queries(pose, positions))
        assert queries.shape[-1] == model.ray_channels + 4 * TINY.pixel_octaves * pixel
        if pixel:
            where = queries[..., model.ray_channels:]
            torch.testing.assert_close(where[0, 0], position_features(positions, TINY.size, TINY.pixel_octaves))


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_may_be_drawn_in_any_number_of_pixels(name):
    """Three times as many: each third one in both directions, from the second on, is a pixel of the small picture."""
    model, views = wild_model(name, replace(TINY, query_patch=1)), random_views(2, 4)
    inputs, targets = views.split(3)
    slsr = model.encode(inputs)
    pose = model.pose(inputs, targets, slsr)
    small, large = model.render(pose, slsr), model.render(pose, slsr, 3 * TINY.size)
    assert large.shape == (2, 1, 48, 48, 3)
    torch.testing.assert_close(large[:, :, 1::3, 1::3], small, rtol=0, atol=1e-4)
    assert torch.equal(model.render(pose, slsr, TINY.size), small)
    patches = wild_model(name)
    with pytest.raises(InputError, match="48 pixels by a model that draws patches of 2x2"):
        patches.render(pose, slsr, 48)
