"""The half-image protocol: nobody is scored on what RUST has seen, nobody sees what is scored."""

import math

import pytest
import torch

from rust_edu.cameras import look_at
from rust_edu.datasets import SceneSet
from rust_edu.errors import InputError
from rust_edu.evaluation.protocol import (
    BASELINES,
    MeanColour,
    MeanPicture,
    NearestInput,
    evaluate_scenes,
    evaluate_views,
    left_only,
    shuffled_views,
    summary,
)
from rust_edu.evaluation.report import evaluate_model
from rust_edu.evaluation.transfer import transfer, transfer_views
from rust_edu.models import MODELS, RUST, ModelConfig
from rust_edu.scenes.worlds import get_world
from rust_edu.views import Views, half

SMOKE = ModelConfig(size=16, patch=4, width=32, heads=1, hidden=64, encoder_layers=1, pose_layers=1,
                    decoder_layers=1, render=(32,), query_patch=2)
K = torch.tensor([[16.0, 0.0, 8.0], [0.0, 16.0, 8.0], [0.0, 0.0, 1.0]])
PSNR = ("psnr",)


def cameras(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    position = torch.rand(*shape, 3, generator=generator) * torch.tensor([4.0, 4.0, 2.0])
    return look_at(position + torch.tensor([1.0, 1.0, 1.5]), torch.zeros(3))


def scene_set(scenes: int = 6, views: int = 8, seed: int = 0) -> SceneSet:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(256, (scenes, views, 16, 16, 3), dtype=torch.uint8, generator=generator)
    return SceneSet(images, cameras(scenes, views, seed=seed), get_world("sector"), [])


def views(scenes: int = 6, count: int = 8) -> Views:
    return scene_set(scenes, count).views(slice(None))


def smoke_model(name: str = "rust"):
    torch.manual_seed(0)
    return MODELS[name](SMOKE)


class Fake:
    """A model that answers with what a function makes of the target views."""

    name = "fake"

    def __init__(self, answer):
        self.answer = answer

    def predict(self, inputs, targets, right=False):
        return self.answer(targets)


def test_shapes_and_batches():
    data = views(5)
    found = evaluate_views(smoke_model(), data, inputs=3, targets=4, batch=2)
    assert {"psnr", "ssim", "flip"} <= set(found)
    assert all(values.shape == (5, 4) and torch.isfinite(values).all() for values in found.values())
    at_once = evaluate_views(smoke_model(), data, inputs=3, targets=4, batch=50)
    assert torch.allclose(found["psnr"], at_once["psnr"], atol=1e-4)


def test_only_the_right_half_counts():
    """Right pictures on the left, black on the right: nothing gained. The other way round: perfect."""
    data = views()
    truth = data.images[:, 3:]
    black = torch.zeros_like(half(truth, False))
    left_right = Fake(lambda targets: torch.cat([half(truth, False), black], dim=-2))
    right_right = Fake(lambda targets: torch.cat([black, half(truth, True)], dim=-2))
    expected = -10 * half(truth, True).double().square().mean((-3, -2, -1)).log10()
    assert torch.allclose(evaluate_views(left_right, data, metrics=PSNR)["psnr"], expected)
    assert torch.isinf(evaluate_views(right_right, data, metrics=PSNR)["psnr"]).all()


def test_a_model_that_copies_what_it_sees_of_a_target_gains_nothing():
    data = views()
    copied = evaluate_views(Fake(lambda targets: targets.images), data, metrics=PSNR)["psnr"]
    grey = Fake(lambda targets: torch.full_like(targets.images, 0.5))
    assert torch.equal(copied, evaluate_views(grey, data, metrics=PSNR)["psnr"])


def test_models_get_no_right_half_depth_or_label():
    data = views()
    data.depth, data.label = torch.ones(data.images.shape[:4]), torch.ones(data.images.shape[:4])
    seen = left_only(data)
    assert torch.equal(half(seen.images, False), half(data.images, False))
    assert (half(seen.images, True) == 0.5).all() and seen.depth is None and seen.label is None
    assert not (half(data.images, True) == 0.5).all()  # and the data are as they were


def test_latent_poses_do_not_depend_on_the_right_half():
    """RUST's own doing, before the protocol's grey paint: no gradient reaches a right half."""
    model = smoke_model()
    inputs, targets = views(2).split(3, 2)
    targets.images = targets.images.clone().requires_grad_()
    model.pose(inputs, targets, model.encode(inputs), right=False).square().sum().backward()
    gradient = targets.images.grad
    assert (half(gradient, True) == 0).all() and (half(gradient, False) != 0).any()


@pytest.mark.parametrize("training", [True, False])
def test_the_model_comes_back_as_it_was(training):
    model = smoke_model().train(training)
    modes = []
    model.encoder.register_forward_hook(lambda *_: modes.append((model.training, torch.is_grad_enabled())))
    evaluate_views(model, views(2), targets=2, metrics=PSNR)
    assert modes == [(False, False)] and model.training is training
    with pytest.raises(InputError):
        evaluate_views(model, views(2), inputs=7, targets=2, metrics=PSNR)
    assert model.training is training and torch.is_grad_enabled()


def test_the_same_seeds_give_the_same_numbers():
    data = scene_set()
    first, again = (evaluate_scenes(smoke_model(), data, seeds=(0, 1), metrics=PSNR) for _ in range(2))
    assert first == again and first["psnr"]["spread"] > 0
    assert first != evaluate_scenes(smoke_model(), data, seeds=(2, 3), metrics=PSNR)
    with pytest.raises(InputError, match="without seeds"):
        evaluate_scenes(smoke_model(), data, seeds=())


def test_shuffled_views_keep_pictures_with_their_cameras():
    data = scene_set(4, 6)
    shuffled, straight = shuffled_views(data, seed=1), data.views(slice(None))
    assert not torch.equal(shuffled.images, straight.images)
    for s in range(4):
        for v in range(6):
            was = (straight.images[s] == shuffled.images[s, v]).flatten(1).all(1)
            assert was.sum() == 1
            assert torch.equal(straight.camera_to_world[s][was][0], shuffled.camera_to_world[s, v])


def test_summary_by_hand():
    """Scene means 2, 4, 9: mean 5, standard deviation sqrt(13), standard error sqrt(13 / 3)."""
    values = torch.tensor([[1.0, 3.0], [4.0, 4.0], [8.0, 10.0]])
    found = summary({"psnr": values})["psnr"]
    assert found == {"mean": 5.0, "stderr": pytest.approx(math.sqrt(13 / 3)), "spread": 0.0}
    # A second choice of views, all pictures 2 dB better: the same error; a spread of std(5, 7) = sqrt(2).
    found = summary([{"psnr": values}, {"psnr": values + 2.0}])["psnr"]
    expected = {"mean": 6.0, "stderr": math.sqrt(13 / 3), "spread": math.sqrt(2)}
    assert found == pytest.approx(expected)
    assert summary({"psnr": torch.ones(1, 2)})["psnr"] == {"mean": 1.0, "stderr": 0.0, "spread": 0.0}


def test_baselines_on_views_made_by_hand():
    colour = torch.tensor([[0.0, 0.0, 0.0], [0.6, 0.3, 0.9], [1.0, 0.5, 0.2]])  # of the three views
    images = colour[None, :, None, None].expand(1, 3, 4, 4, 3).clone()
    images[0, 0, 0, 0] = 0.8
    stand = torch.tensor([[3.0, 0.0, 1.0], [0.0, 3.0, 1.0], [0.5, 2.9, 1.2]])
    inputs, targets = Views(images, look_at(stand, torch.zeros(3))[None], K).split(2, 1)
    assert torch.equal(NearestInput().predict(inputs, targets), images[:, 1:2])
    picture = MeanPicture().predict(inputs, targets)
    assert picture.shape == (1, 1, 4, 4, 3)
    assert torch.allclose(picture[0, 0, 0, 0], torch.tensor([0.7, 0.55, 0.85]))
    assert torch.allclose(picture[0, 0, 2, 2], torch.tensor([0.3, 0.15, 0.45]))
    single = MeanColour().predict(inputs, targets)
    assert torch.allclose(single[0, 0], torch.tensor([0.3, 0.15, 0.45]) + 0.8 / 32)
    assert single.shape == (1, 1, 4, 4, 3)


def test_noise_moves_cameras_and_nothing_else():
    clean = scene_set()
    noisy = clean.with_pose_noise(0.3, seed=1)
    scores = {name: [evaluate_scenes(smoke_model(name), data, (0,), metrics=PSNR)["psnr"]["mean"]
                     for data in (clean, noisy)] for name in MODELS}
    assert scores["rust"][0] == scores["rust"][1]  # uses no camera
    assert scores["srt"][0] != scores["srt"][1] and scores["upsrt"][0] != scores["upsrt"][1]


def test_evaluate_model_of_every_kind():
    data, fit = scene_set(6), scene_set(12, seed=1)
    found = evaluate_model(smoke_model("srt"), "sector", noise=0.1, seeds=(0,), test=data)
    assert found["model"] == "srt" and found["noise"] == 0.1 and "probes" not in found
    assert found["metrics"]["psnr"] != found["metrics_clean"]["psnr"]
    found = evaluate_model(BASELINES["mean_colour"], "sector", seeds=(0,), test=data)
    assert "parameters" not in found and "metrics_clean" not in found
    found = evaluate_model(smoke_model(), "sector", seeds=(0, 1), test=data, fit=fit, pairs=2)
    assert set(found["probes"]) == {"pairs", "mean", "first"} and found["parameters"] > 1000
    assert found["protocol"] == {"inputs": 3, "targets": 5, "scenes": 6, "seeds": [0, 1]}
    assert set(found["transfer"]) == {"own", "transferred", "other_inputs", "random"}


class Oracle(RUST):
    """A model whose latent pose is the number of the target's camera, and whose scenes are looked up."""

    def __init__(self, a: Views, b: Views):
        super().__init__(SMOKE)
        self.album = [a.images, b.images]

    def encode(self, inputs):
        is_b = any(torch.equal(inputs.images, self.album[1][:, own]) for own in (slice(3), slice(6, 9)))
        return torch.full((len(inputs.images), 1, 1), float(is_b))

    def pose(self, inputs, targets, slsr, right=False):
        order = torch.arange(3.0, 3.0 + targets.count)
        return order[None, :, None].expand(len(slsr), -1, 1)

    def render(self, pose, slsr):
        scene = torch.arange(len(slsr))[:, None]
        return self.album[int(slsr[0, 0, 0])][scene, pose[..., 0].long()]


def test_transfer_of_a_latent_that_is_a_camera():
    a, b = transfer_views("sector", scenes=3, targets=3, size=16)
    assert torch.equal(a.camera_to_world, b.camera_to_world) and a.images.shape == (3, 9, 16, 16, 3)
    assert not torch.equal(a.images[:, :6], b.images[:, :6]) and (a.images[:, 6:] == 0).all()
    found = transfer(Oracle(a, b), a, b)
    assert math.isinf(found["own"]["mean"]) and math.isinf(found["transferred"]["mean"])
    assert math.isinf(found["other_inputs"]["mean"])
    assert 5.0 < found["random"]["mean"] < 40.0


def test_transfer_wants_the_same_cameras():
    a, b = transfer_views("sector", scenes=2, targets=2, size=16)
    b.camera_to_world = b.camera_to_world.flip(1)
    with pytest.raises(InputError, match="transfer_views"):
        transfer(smoke_model(), a, b)
