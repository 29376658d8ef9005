"""Camera files: round trips, cases by hand, damage, and pycolmap's opinion where it is installed."""

import json
import math
import struct
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rust_edu.cameras import from_rotation, look_at, pixel_rays, so3_exp
from rust_edu.datasets.camera_files import (
    PosedPictures,
    read_cameras,
    read_colmap,
    read_transforms,
    square_intrinsics,
    write_colmap,
    write_transforms,
)
from rust_edu.errors import DataError, InputError

FORMATS = ("transforms", "text", "binary")


def cameras_of(count: int, seed: int = 0, names: list[str] | None = None) -> PosedPictures:
    """Cameras that look and stand anywhere, each with a lens of its own."""
    generator = torch.Generator().manual_seed(seed)
    turn = so3_exp(3.0 * torch.randn(count, 3, generator=generator, dtype=torch.float64))
    where = 10.0 * torch.randn(count, 3, generator=generator, dtype=torch.float64)
    lens = 500.0 + 100.0 * torch.rand(count, 4, generator=generator, dtype=torch.float64)
    K = torch.zeros(count, 3, 3, dtype=torch.float64)
    K[:, 0, 0], K[:, 1, 1], K[:, 0, 2], K[:, 1, 2] = lens.unbind(-1)
    K[:, 2, 2] = 1.0
    size = torch.randint(100, 4000, (count, 2), generator=generator)
    return PosedPictures(names or [f"images/{i:03d}.jpg" for i in range(count)], from_rotation(turn, where), K, size)


def write(kind: str, folder: Path, cameras: PosedPictures) -> Path:
    if kind == "transforms":
        write_transforms(folder / "transforms.json", cameras)
        return folder / "transforms.json"
    write_colmap(folder, cameras, binary=kind == "binary")
    return folder


def assert_same(found: PosedPictures, wanted: PosedPictures) -> None:
    order = sorted(range(len(wanted.names)), key=lambda i: wanted.names[i])
    assert sorted(found.names) == [wanted.names[i] for i in order]
    rows = [found.names.index(wanted.names[i]) for i in order]
    for key in ("camera_to_world", "K"):
        torch.testing.assert_close(getattr(found, key)[rows], getattr(wanted, key)[order], rtol=1e-9, atol=1e-9)
    assert torch.equal(found.size[rows], wanted.size[order])


LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
NAME = st.text(LETTERS, min_size=1, max_size=12).filter(
    lambda name: not name.startswith("#") and name == " ".join(name.split()) != "")


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), names=st.lists(NAME, min_size=1, max_size=5, unique=True))
def test_what_is_written_is_read(kind, tmp_path_factory, seed, names):
    wanted = cameras_of(len(names), seed, names)
    path = write(kind, tmp_path_factory.mktemp("cameras"), wanted)
    assert_same(read_cameras(path), wanted)


@pytest.mark.parametrize("angle", [0.0, 1e-9, math.pi / 2, math.pi - 1e-9, math.pi])
@pytest.mark.parametrize("axis", [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.6, 0.0, 0.8)])
def test_turns_where_quaternions_are_delicate(tmp_path, angle, axis):
    turn = so3_exp(angle * torch.tensor([axis], dtype=torch.float64))
    wanted = PosedPictures(["a"], from_rotation(turn, torch.ones(1, 3, dtype=torch.float64)), cameras_of(1).K,
                           cameras_of(1).size)
    for kind in ("text", "binary"):
        assert_same(read_cameras(write(kind, tmp_path / kind, wanted)), wanted)


def test_colmap_by_hand(tmp_path):
    """A camera at (1, 2, 3) that looks along the world's x axis, with its right to -y and its down to -z."""
    (tmp_path / "cameras.txt").write_text("# a comment\n7 SIMPLE_RADIAL 640 480 500 320 240 0.01\n")
    # World-to-camera R has the camera's axes as rows: (0 -1 0), (0 0 -1), (1 0 0); t = -R (1, 2, 3) = (2, 3, -1).
    (tmp_path / "images.txt").write_text("# two lines each\n1 0.5 0.5 -0.5 0.5 2 3 -1 7 a picture.jpg\n\n"
                                         "2 1 0 0 0 0 0 0 7 b.jpg\n1.5 2.5 -1 3 4 17\n")
    found = read_cameras(tmp_path)
    assert found.names == ["a picture.jpg", "b.jpg"]
    wanted = torch.tensor([[0.0, 0, 1, 1], [-1, 0, 0, 2], [0, -1, 0, 3], [0, 0, 0, 1]], dtype=torch.float64)
    torch.testing.assert_close(found.camera_to_world[0], wanted)
    torch.testing.assert_close(found.camera_to_world[1], torch.eye(4, dtype=torch.float64))
    assert found.K[0].tolist() == [[500, 0, 320], [0, 500, 240], [0, 0, 1]]
    assert found.size.tolist() == [[640, 480]] * 2


def test_nerfstudio_by_hand(tmp_path):
    """The unit matrix in OpenGL looks along -z with y up; ours has y down and z forward. One lens for all."""
    frame = {"file_path": "./images/a.png", "transform_matrix": torch.eye(4).tolist()}
    about = {"camera_model": "OPENCV", "fl_x": 100, "w": 64, "h": 48, "k1": 0.1, "frames": [frame]}
    (tmp_path / "transforms.json").write_text(json.dumps(about))
    found = read_cameras(tmp_path)
    assert found.camera_to_world[0].tolist() == torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0])).tolist()
    assert found.K[0].tolist() == [[100, 0, 32], [0, 100, 24], [0, 0, 1]]
    about |= {"camera_angle_x": math.radians(90)}
    del about["fl_x"]
    (tmp_path / "transforms.json").write_text(json.dumps(about))
    assert read_cameras(tmp_path).K[0, 0, 0].item() == pytest.approx(32)


def test_both_formats_say_the_same_of_our_cameras(tmp_path):
    looks = look_at(torch.tensor([[3.0, 0.0, 2.0], [0.0, -4.0, 1.0]], dtype=torch.float64), torch.zeros(3).double())
    wanted = PosedPictures(["a", "b"], looks, cameras_of(2).K, cameras_of(2).size)
    write_transforms(tmp_path / "t.json", wanted)
    up = torch.tensor(json.loads((tmp_path / "t.json").read_text())["frames"][0]["transform_matrix"])[:3, 1]
    assert up[2] > 0.5, "OpenGL's y axis points up"
    write_colmap(tmp_path / "model", wanted)
    assert_same(read_cameras(tmp_path / "model"), read_transforms(tmp_path / "t.json"))


@pytest.mark.parametrize("inside", ["", "0", "sparse/0"])
def test_where_a_model_is_looked_for(tmp_path, inside):
    write_colmap(tmp_path / inside, cameras_of(2))
    assert_same(read_cameras(tmp_path), cameras_of(2))


def test_pycolmap_reads_what_is_written(tmp_path):
    pycolmap = pytest.importorskip("pycolmap")
    wanted = cameras_of(4)
    for kind in ("text", "binary"):
        theirs = pycolmap.Reconstruction(str(write(kind, tmp_path / kind, wanted)))
        assert theirs.num_images() == theirs.num_reg_images() == 4
        for image in theirs.images.values():
            row = wanted.names.index(image.name)
            to_world = torch.from_numpy(image.cam_from_world().inverse().matrix())
            torch.testing.assert_close(to_world, wanted.camera_to_world[row, :3], rtol=1e-9, atol=1e-9)
            K = torch.from_numpy(theirs.cameras[image.camera_id].calibration_matrix())
            torch.testing.assert_close(K, wanted.K[row])
            # The same pixel is the same ray: conventions, not only numbers.
            pixel = torch.tensor([[12.5, 70.25]], dtype=torch.float64)
            _, ray = pixel_rays(wanted.camera_to_world[row], wanted.K[row], pixel)
            point = wanted.camera_to_world[row, :3, 3] + 5.0 * ray[0]
            torch.testing.assert_close(torch.from_numpy(image.project_point(point.numpy())), pixel[0])


def test_what_pycolmap_writes_is_read(tmp_path):
    pycolmap = pytest.importorskip("pycolmap")
    wanted = cameras_of(3)
    write_colmap(tmp_path / "ours", wanted)
    model = pycolmap.Reconstruction(str(tmp_path / "ours"))
    for kind in ("text", "binary"):
        (tmp_path / kind).mkdir()
        getattr(model, f"write_{kind}")(str(tmp_path / kind))
        assert_same(read_colmap(tmp_path / kind), wanted)


def test_pycolmaps_lenses_are_ours(tmp_path):
    """Every lens that is not a fisheye, with its distortion left out; fisheyes are refused."""
    pycolmap = pytest.importorskip("pycolmap")
    write_colmap(tmp_path, cameras_of(1))
    for name in ("SIMPLE_PINHOLE", "PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV", "FULL_OPENCV", "OPENCV_FISHEYE",
                 "SIMPLE_RADIAL_FISHEYE", "RADIAL_FISHEYE", "THIN_PRISM_FISHEYE", "FOV"):
        model = pycolmap.Reconstruction(str(tmp_path))
        lens = pycolmap.Camera.create_from_model_id(1, pycolmap.CameraModelId.__members__[name], 700.0, 640, 480)
        model.cameras[1].model, model.cameras[1].width, model.cameras[1].height = lens.model, 640, 480
        model.cameras[1].params = lens.params
        for kind in ("text", "binary"):
            folder = tmp_path / name / kind
            folder.mkdir(parents=True)
            getattr(model, f"write_{kind}")(str(folder))
            if "FISHEYE" in name or name == "FOV":
                with pytest.raises(DataError, match="pinhole cameras alone"):
                    read_colmap(folder)
            else:
                assert read_colmap(folder).K[0].tolist() == [[700, 0, 320], [0, 700, 240], [0, 0, 1]]


# ---------------------------------------------------------------------------------------------- the square


@pytest.mark.parametrize("width, height", [(640, 480), (480, 640), (480, 480), (641, 480)])
def test_intrinsics_of_the_middle_square(width, height):
    """A point seen at the middle of the square's edge is there in the small picture as well."""
    K = torch.tensor([[500.0, 0.0, 310.0], [0.0, 510.0, 250.0], [0.0, 0.0, 1.0]], dtype=torch.float64)
    small = square_intrinsics(K, torch.tensor([width, height]), 32)
    shortest = min(width, height)
    left, top = (width - shortest) / 2, (height - shortest) / 2
    for x, y in ((0.0, 0.0), (32.0, 16.0), (7.3, 31.0)):
        in_file = torch.tensor([[left + x * shortest / 32, top + y * shortest / 32]], dtype=torch.float64)
        here = torch.tensor([[x, y]], dtype=torch.float64)
        pose = torch.eye(4, dtype=torch.float64)
        torch.testing.assert_close(pixel_rays(pose, small, here)[1], pixel_rays(pose, K, in_file)[1])


def test_names_are_found_with_and_without_their_folders():
    cameras = cameras_of(5, names=["images/a.jpg", "other/b.jpg", "x/c.jpg", "y/c.jpg", "./train/r_0"])
    found = [cameras.find(name) for name in ("images/a.jpg", "a.jpg", "b.png", "z/b.jpg", "y/c.jpg", "c.jpg", "z/c.jpg",
                                             "r_0.png", "d.jpg")]
    assert found == [0, 0, 1, 1, 3, None, None, 4, None], "a name that two pictures have is nobody's"


# ------------------------------------------------------------------------------------------------- damage


@pytest.mark.parametrize("about, says", [
    ("", "Expecting value"), ("[]", "transforms.json"), ("{}", "no 'frames'"), ('{"frames": []}', "no frames"),
    ('{"frames": [{}]}', "no 'w'"), ('{"frames": 3}', "transforms.json"), ("[" * 10_000, "transforms.json"),
    ('{"w": 4, "h": 4, "fl_x": 0, "frames": [{}]}', "focal lengths 0.0"),
    ('{"w": 4, "h": 4, "fl_x": 1, "cx": NaN, "frames": [{}]}', "the middle nan"),
    ('{"w": 4, "h": 4, "fl_x": 1, "frames": [{"file_path": "a", "transform_matrix": [[1, 2], [3]]}]}', "transforms"),
    ('{"w": 4, "h": 4, "fl_x": 1, "frames": [{"file_path": "a", "transform_matrix": [[1, 2], [3, 4]]}]}', "transforms"),
    ('{"camera_model": "OPENCV_FISHEYE", "w": 4, "h": 4, "frames": [{}]}', "pinhole cameras alone"),
])
def test_damaged_transforms(tmp_path, about, says):
    (tmp_path / "transforms.json").write_text(about)
    with pytest.raises(DataError, match=says) as told:
        read_cameras(tmp_path / "transforms.json")
    assert "\n" not in str(told.value)


def test_cameras_that_are_none(tmp_path):
    pose = torch.eye(4)
    pose[0, 0] = 2.0
    frame = {"file_path": "a", "transform_matrix": pose.tolist()}
    (tmp_path / "transforms.json").write_text(json.dumps({"w": 4, "h": 4, "fl_x": 1, "frames": [frame]}))
    with pytest.raises(DataError, match="rotation is not a rotation"):
        read_cameras(tmp_path)
    with pytest.raises(DataError, match="no cameras at"):
        read_cameras(tmp_path / "nothing")
    with pytest.raises(InputError, match="1 names of 2 cameras"):
        PosedPictures(["a"], cameras_of(2).camera_to_world, cameras_of(2).K, cameras_of(2).size)


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_every_cut_of_a_model_is_damage(tmp_path, kind):
    write_colmap(tmp_path, cameras_of(2), binary=kind == "binary")
    for name in (path.name for path in tmp_path.iterdir() if path.stem in ("cameras", "images")):
        whole = (tmp_path / name).read_bytes()
        for length in range(0, len(whole) - (2 if kind == "text" else 0), 1 if kind == "binary" else 7):
            (tmp_path / name).write_bytes(whole[:length])
            try:
                found = read_cameras(tmp_path)
            except DataError:
                continue
            assert kind == "text" and len(found.names) <= 2, "a shorter text may be whole; a binary is never"
        (tmp_path / name).write_bytes(whole)
    assert_same(read_cameras(tmp_path), cameras_of(2))


def test_a_binary_model_that_claims_too_much(tmp_path):
    write_colmap(tmp_path, cameras_of(1))
    whole = (tmp_path / "images.bin").read_bytes()
    for content in (struct.pack("<Q", 2**63) + whole[8:], whole[:-8] + struct.pack("<Q", 2**62)):
        (tmp_path / "images.bin").write_bytes(content)
        with pytest.raises(DataError, match="cannot be read"):
            read_cameras(tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot write"):
        write_colmap(tmp_path / "file" / "model", cameras_of(1))
    with pytest.raises(InputError, match="a name that a COLMAP model can hold"):
        write_colmap(tmp_path / "model", cameras_of(1, names=["a\nb"]))
