"""Sets of pictures: windows, splits, the file; and training on them."""

from dataclasses import replace

import pytest
import torch
from model_helpers import TINY

from rust_edu.cameras import intrinsics, look_at
from rust_edu.datasets import PictureSet, open_pictures
from rust_edu.datasets.picture_set import FILE
from rust_edu.errors import DataError, InputError, WeightsError
from rust_edu.evaluation.probes import latent_poses
from rust_edu.evaluation.protocol import BASELINES, evaluate_scenes, shuffled_views
from rust_edu.models import make_model
from rust_edu.training.loop import fit
from rust_edu.training.profiles import get_profile

SMOKE = replace(get_profile("smoke"), steps=4)


def pictures(count: int = 30, views: int = 7, size: int = 16, cameras: bool = False, seed: int = 0) -> PictureSet:
    """Noise, in windows of neighbours."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, size, size, 3), generator=generator, dtype=torch.uint8)
    windows = torch.arange(count - views + 1)[:, None] + torch.arange(views)
    known = {}
    if cameras:
        where = torch.randn(count, 3, generator=generator) + torch.tensor([0.0, 0.0, 4.0])
        known = {"camera_to_world": look_at(where, torch.zeros(3)), "K": intrinsics(size, size, 0.9)}
    return PictureSet(images, windows, **known)


def test_views_are_the_pictures_of_their_windows():
    data = pictures(cameras=True)
    assert (len(data), data.count, data.size) == (24, 7, 16)
    views = data.views(slice(3, 5))
    for scene in (0, 1):
        rows = slice(3 + scene, 10 + scene)
        assert torch.equal(views.images[scene], data.pictures[rows].float() / 255)
        assert torch.equal(views.camera_to_world[scene], data.camera_to_world[rows])
    assert pictures().views(slice(None)).camera_to_world is None


def test_a_batch_is_different_views_of_one_window():
    data = pictures()
    batch = data.draw(50, 5, torch.Generator().manual_seed(1))
    every = data.pictures.flatten(1).float() / 255
    for scene in batch.images.flatten(2):
        rows = torch.cdist(scene, every).argmin(1).sort().values
        assert len(rows.unique()) == 5 and rows[-1] - rows[0] <= 6
    again = data.draw(50, 5, torch.Generator().manual_seed(1))
    assert torch.equal(batch.images, again.images)
    with pytest.raises(InputError, match="8 views"):
        data.draw(1, 8, torch.Generator())


def test_views_without_cameras_can_be_cut_and_moved():
    given, targets = pictures().views(slice(0, 2)).to("cpu").split(3)
    assert given.camera_to_world is None and given.K is None and targets.count == 4


def test_unseen_windows_share_no_picture_with_training():
    train, unseen = pictures(60).split(0.3)
    assert set(train.windows.flatten().tolist()).isdisjoint(unseen.windows.flatten().tolist())
    assert len(train) == 60 - 18 - 6 and len(unseen) == 18 - 6
    whole, none = pictures(20).split()  # four pictures make no window of seven
    assert none is None and len(whole) == 14
    with pytest.raises(InputError, match="more scenes"):
        pictures(7).split(1.0)


def test_the_file_holds_the_set(tmp_path):
    for cameras in (False, True):
        data = pictures(cameras=cameras)
        data.save(tmp_path / "a", source="x")
        found = open_pictures(tmp_path / "a")
        assert found.fingerprint() == data.fingerprint() and found.names == data.names
        assert (found.camera_to_world is None) == (not cameras)
    with pytest.raises(DataError, match="holds pictures of x; expected those of y"):
        data.save(tmp_path / "a", source="y")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot write"):
        data.save(tmp_path / "file" / "a")
    with pytest.raises(DataError, match="no pictures in"):
        open_pictures(tmp_path)


def test_a_damaged_file(tmp_path):
    path = pictures(cameras=True).save(tmp_path)
    whole = path.read_bytes()
    for content in (b"", whole[:100], whole[:-1], whole.replace(b'"version":"1"', b'"version":"7"'),
                    whole.replace(b'"names"', b'"nomes"'), whole.replace(b'"windows"', b'"wendows"')):
        (tmp_path / FILE).write_bytes(content)
        with pytest.raises(DataError, match="damaged|version '7'"):
            open_pictures(tmp_path)
    (tmp_path / FILE).write_bytes(b"")
    pictures().save(tmp_path, source="anything")  # a damaged file is in nobody's way
    assert len(open_pictures(tmp_path)) == 24


@pytest.mark.parametrize("change, says", [
    ({"pictures": torch.zeros(30, 16, 8, 3, dtype=torch.uint8)}, "square"),
    ({"pictures": torch.zeros(30, 16, 16, 3)}, "uint8"),
    ({"windows": torch.tensor([[0, 30]])}, "picture 30 of 30"),
    ({"windows": torch.tensor([[-1, 0]])}, "indices of pictures that there are"),
    ({"windows": torch.zeros(0, 3, dtype=torch.long)}, "windows of shape"),
    ({"K": torch.eye(3)}, "both, or neither"),
    ({"camera_to_world": torch.eye(4).expand(3, 4, 4), "K": torch.eye(3)}, "3 cameras of 30"),
    ({"camera_to_world": torch.full((30, 4, 4), torch.nan), "K": torch.eye(3)}, "NaN"),
    ({"names": ["a"]}, "1 names of 30"),
])
def test_parts_that_do_not_fit(change, says):
    data = pictures()
    with pytest.raises(InputError, match=says):
        PictureSet(**{"pictures": data.pictures, "windows": data.windows} | change)


def test_noise_on_cameras_that_nobody_knows():
    assert pictures().with_pose_noise(0.0, 1) is not None
    with pytest.raises(InputError, match="pictures without cameras"):
        pictures().with_pose_noise(0.1, 1)
    data = pictures(cameras=True)
    noisy = data.with_pose_noise(0.1, 1)
    assert not torch.equal(noisy.camera_to_world, data.camera_to_world) and torch.equal(noisy.pictures, data.pictures)


# ----------------------------------------------------------------------------------------------- training


def test_a_run_sees_these_pictures_and_no_world(monkeypatch):
    from rust_edu.training import loop
    monkeypatch.setattr(loop, "load_or_make", lambda *_: pytest.fail("a world was rendered"))
    train, unseen = pictures(60).split()
    seen, step = [], loop.training_step

    def note(model, views, *rest):
        seen.append(views)
        return step(model, views, *rest)

    monkeypatch.setattr(loop, "training_step", note)
    result = fit("rust", SMOKE, data=train, unseen=unseen, progress=False)
    assert result.finished and result.steps == 4 and len(seen) == 4
    given = {picture.numpy().tobytes() for picture in train.pictures[:48]}
    assert all((image * 255).round().to(torch.uint8).numpy().tobytes() in given
               for views in seen for image in views.images.flatten(0, 1))
    assert {"psnr", "val_psnr"} <= result.history[-1].keys() and "azimuth" not in result.history[-1]
    assert "val_psnr" not in fit("rust", SMOKE, data=train, progress=False).history[-1]


def test_a_run_goes_on_only_with_the_pictures_it_began_with(tmp_path):
    whole = fit("rust", SMOKE, data=pictures(), progress=False)
    stopped = fit("rust", SMOKE, data=pictures(), folder=tmp_path, progress=False, should_stop=lambda: True)
    assert not stopped.finished and stopped.steps == 1
    with pytest.raises(WeightsError, match="belongs to a run with data = "):
        fit("rust", SMOKE, data=pictures(seed=1), folder=tmp_path, progress=False)
    with pytest.raises(WeightsError, match="belongs to a run with data = "):
        fit("rust", SMOKE, folder=tmp_path, progress=False)
    gone_on = fit("rust", SMOKE, data=pictures(), folder=tmp_path, progress=False)
    assert all(torch.equal(a, b) for a, b in zip(whole.model.state_dict().values(),
                                                 gone_on.model.state_dict().values()))


def test_models_that_need_cameras_say_so():
    assert fit("srt", SMOKE, data=pictures(cameras=True), steps=2, progress=False).finished
    for name in ("srt", "upsrt"):
        with pytest.raises(InputError, match=f"views without cameras for '{name}'.*RUST needs none"):
            fit(name, SMOKE, data=pictures(), steps=2, progress=False)


@pytest.mark.parametrize("data, says", [
    (pictures(size=8), r"pictures of 8 pixels for a profile of 16.*rust-edu data photos --size 16"),
    (pictures(views=6), r"scenes of 6 views; expected 7 or more.*--views 7"),
])
def test_pictures_that_do_not_fit_the_profile(data, says):
    with pytest.raises(InputError, match=says):
        fit("rust", SMOKE, data=data, progress=False)
    with pytest.raises(InputError, match=says):
        fit("rust", SMOKE, data=pictures(), unseen=data, progress=False)
    with pytest.raises(InputError, match="pictures without cameras"):
        fit("rust", SMOKE, data=pictures(), noise=0.1, progress=False)


def test_evaluation_takes_them():
    data, model = pictures(), make_model("rust", TINY).eval()
    z, cameras = latent_poses(model, data, inputs=3)
    assert z.shape == (24, 4, TINY.latent) and cameras is None
    z, cameras = latent_poses(model, pictures(cameras=True), inputs=3)
    assert cameras.shape == (24, 7, 4, 4)
    assert shuffled_views(data, seed=0).images.shape == (24, 7, 16, 16, 3)
    with pytest.raises(InputError, match="views without cameras for the nearest input view"):
        evaluate_scenes(BASELINES["nearest_input"], data, seeds=(0,), targets=2, metrics=("psnr",))
    assert evaluate_scenes(model, data, seeds=(0,), targets=2, metrics=("psnr",))["psnr"]["mean"] > 0
