"""From a folder of photographs to scenes: what is kept, what is left out and why, and the commands."""

import shutil
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from photo_files import file_of, scenery, walk
from PIL import Image, ImageFilter

from rust_edu import cli
from rust_edu.cameras import look_at
from rust_edu.datasets import open_pictures
from rust_edu.datasets.camera_files import PosedPictures, square_intrinsics, write_colmap, write_transforms
from rust_edu.datasets.contact_sheet import CELL, MOST, contact_sheet
from rust_edu.datasets.photos import BLURRED, FEW, KEPT, NO_CAMERA, TWIN, look_through, sharpness
from rust_edu.errors import DataError, InputError

SIZE = 16


def look(folder: Path, **options):
    return look_through(folder, size=SIZE, progress=False, **options)


def fates(album) -> dict[str, str]:
    return {picture.name: picture.fate for picture in album.pictures}


def spoil(folder: Path) -> dict[str, str]:
    """Put one file of every kind of trouble into a folder: {name: a word of the reason}."""
    whole = file_of(scenery(0, 640, 480), "JPEG")
    (folder / "cut.jpg").write_bytes(whole[:len(whole) // 2])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.png").write_bytes(b"no picture")
    (folder / "tiny.png").write_bytes(file_of(Image.new("RGB", (3, 3)), "PNG"))
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    (folder / "away").symlink_to(folder, target_is_directory=True)
    return {"cut.jpg": "cannot be read", "empty.jpg": "an empty file", "text.png": "no picture",
            "tiny.png": "3x3 pixels", "loop.jpg": "leads nowhere", "away": "not followed"}


# ------------------------------------------------------------------------------------- what becomes of each


def test_a_walk_becomes_windows_of_neighbours(tmp_path):
    album = look(walk(tmp_path / "a walk", 12))
    assert set(fates(album).values()) == {KEPT} and album.summary() == "12 pictures: 12 kept"
    scenes = album.scenes(views=5)
    assert scenes.names == [f"IMG_{number}.png" for number in range(12)], "9 before 10"
    assert scenes.windows.tolist() == [list(range(i, i + 5)) for i in range(8)]
    assert album.scenes(views=4, gap=3).windows.tolist() == [[i, i + 3, i + 6, i + 9] for i in range(3)]
    assert scenes.camera_to_world is None and scenes.size == SIZE


def test_windows_stay_within_their_place(tmp_path):
    walk(tmp_path / "b", 4, seed=1)
    walk(tmp_path / "a" / "inner", 5, seed=2)
    walk(tmp_path, 3, seed=3)
    scenes = look(tmp_path).scenes(views=3)
    places = [Path(name).parent for name in scenes.names]
    assert len(scenes) == 1 + 3 + 2
    assert all(len({places[row] for row in window}) == 1 for window in scenes.windows.tolist())


def test_a_place_with_too_few_is_left_out_and_said(tmp_path):
    walk(tmp_path / "many", 6, seed=1)
    walk(tmp_path / "few", 3, seed=2)
    album = look(tmp_path)
    assert len(album.scenes(views=4)) == 3
    assert {name for name, fate in fates(album).items() if fate == FEW} == {f"few/IMG_{i}.png" for i in range(3)}
    assert album.summary() == "9 pictures: 3 too few neighbours, 6 kept"


def test_asking_again_for_other_windows_begins_anew(tmp_path):
    album = look(walk(tmp_path, 4))
    with pytest.raises(InputError, match="4 usable pictures"):
        album.scenes(views=5)
    assert set(fates(album).values()) == {FEW}
    with pytest.raises(InputError, match="0 usable pictures"):
        album.scenes(views=2, cameras=posed(["a.png"]))
    assert set(fates(album).values()) == {NO_CAMERA}
    assert len(album.scenes(views=2)) == 3 and set(fates(album).values()) == {KEPT}


def test_near_duplicates(tmp_path):
    walk(tmp_path, 6)
    shutil.copy(tmp_path / "IMG_1.png", tmp_path / "IMG_1b.png")
    shutil.copy(tmp_path / "IMG_1.png", tmp_path / "IMG_5b.png")  # the same file again, elsewhere in the order
    noise = np.random.default_rng(0).normal(0.0, 4.0, (48, 64, 3))
    noisy = Image.fromarray((np.array(scenery(3)) + noise).clip(0, 255).astype(np.uint8))
    noisy.save(tmp_path / "IMG_3b.png")  # a camera that stood still
    album = look(tmp_path)
    assert {name for name, fate in fates(album).items() if fate == TWIN} == {"IMG_1b.png", "IMG_3b.png", "IMG_5b.png"}


def test_the_same_picture_of_another_place_stays(tmp_path):
    walk(tmp_path / "a", 4)
    walk(tmp_path / "b", 4)
    assert set(fates(look(tmp_path)).values()) == {KEPT}


def test_blurred_ones_are_found_by_their_neighbours(tmp_path):
    walk(tmp_path, 10)
    for number, radius in ((4, 8.0), (7, 0.7)):  # 2.7 pixels of blur at the size that is trained on, and a quarter
        scenery(number).filter(ImageFilter.GaussianBlur(radius)).save(tmp_path / f"IMG_{number}.png")
    assert {name for name, fate in fates(look(tmp_path)).items() if fate == BLURRED} == {"IMG_4.png"}


def test_a_place_that_is_soft_everywhere_stays(tmp_path):
    for number in range(8):
        scenery(number).filter(ImageFilter.GaussianBlur(4.0)).save(tmp_path / f"{number}.png")
    assert BLURRED not in fates(look(tmp_path)).values()


def test_sharpness_of_pictures():
    sharp = torch.from_numpy(np.array(scenery(0).resize((SIZE, SIZE))))
    soft = torch.from_numpy(np.array(scenery(0).filter(ImageFilter.GaussianBlur(6.0)).resize((SIZE, SIZE))))
    assert sharpness(sharp) > 3 * sharpness(soft) > 0
    pale = (sharp / 4 + 120).to(torch.uint8)
    assert sharpness(pale) == pytest.approx(float(sharpness(sharp)), rel=0.2), "contrast is no sharpness"
    assert torch.equal(sharpness(torch.stack([sharp, soft])), torch.stack([sharpness(sharp), sharpness(soft)]))
    assert sharpness(torch.zeros(8, 8, 3, dtype=torch.uint8)) == 0


def test_every_bad_file_is_named_with_its_reason(tmp_path):
    walk(tmp_path, 5)
    bad = spoil(tmp_path)
    (tmp_path / "notes.txt").write_text("not everything in a folder is a picture")
    (tmp_path / "photo.xmp").write_text("<xmp/>")
    (tmp_path / "picture without suffix").write_bytes(file_of(scenery(8), "PNG"))
    album = look(tmp_path)
    assert {picture.name for picture in album.unreadable()} == bad.keys()
    for picture in album.unreadable():
        assert bad[picture.name] in picture.fate and "\n" not in picture.fate
    assert album.summary() == "12 pictures: 6 not read, 6 kept"
    assert len(album.scenes(views=6)) == 1


@pytest.mark.parametrize("count", [0, 1, 3])
def test_no_and_one_and_few_pictures(tmp_path, count):
    album = look(walk(tmp_path, count))
    with pytest.raises(InputError, match=f"has {count} usable pictures of one place; expected 4 or more.*overlap"):
        album.scenes(views=4)


def test_numbers_and_folders_that_cannot_be(tmp_path):
    for options in ({"size": 3}, {"size": SIZE, "rate": 0.0}, {"size": SIZE, "rate": float("nan")}):
        with pytest.raises(InputError):
            look_through(tmp_path, progress=False, **options)
    with pytest.raises(DataError, match="is no folder and no file"):
        look(tmp_path / "nowhere")
    for options in ({"views": 1}, {"views": 3, "gap": 0}):
        with pytest.raises(InputError, match="2 views or more"):
            look(walk(tmp_path, 4)).scenes(**options)


def test_names_that_are_no_unicode(tmp_path):
    try:
        (tmp_path / b"caf\xe9.png".decode("utf-8", "surrogateescape")).write_bytes(file_of(scenery(0), "PNG"))
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    picture, = look(tmp_path).pictures
    assert picture.fate == KEPT and picture.name == "caf\ufffd.png"


def test_a_video_is_a_place(tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    writer = ffmpeg.write_frames(str(tmp_path / "clip.mp4"), (64, 48), fps=10, macro_block_size=1, quality=9)
    writer.send(None)
    for number in [0, 0, 0, *range(12)]:  # the hand that starts the recording does not move at first
        writer.send(np.ascontiguousarray(np.array(scenery(number))))
    writer.close()
    (tmp_path / "cut.mp4").write_bytes((tmp_path / "clip.mp4").read_bytes()[:500])
    album = look(tmp_path, rate=10.0)
    assert list(fates(album).values())[:6] == [KEPT, TWIN, TWIN, TWIN, KEPT, KEPT]
    assert album.pictures[4].name == "clip.mp4 at 0.40 s"
    assert [picture.name for picture in album.unreadable()] == ["cut.mp4"]
    assert album.scenes(views=12).windows.tolist() == [list(range(12))]
    assert len(look(tmp_path / "clip.mp4", rate=10.0).kept) == 12, "a video alone, without a folder"


# --------------------------------------------------------------------------------------------------- cameras


def posed(names: list[str], size=(64, 48), focal=80.0) -> PosedPictures:
    count = len(names)
    where = torch.randn(count, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    K = torch.tensor([[focal, 0, size[0] / 2], [0, focal, size[1] / 2], [0, 0, 1]], dtype=torch.float64)
    return PosedPictures(names, look_at(where + torch.tensor([0.0, 0.0, 5.0]), torch.zeros(3).double()),
                         K.expand(count, 3, 3), torch.tensor([size] * count))


def test_cameras_go_with_their_pictures(tmp_path):
    names = [f"IMG_{i}.png" for i in (7, 3, 0, 1, 2, 5, 6)]
    album, cameras = look(walk(tmp_path, 8)), posed(names)
    scenes = album.scenes(views=3, cameras=cameras)
    assert fates(album)["IMG_4.png"] == NO_CAMERA and len(scenes.names) == 7
    for name, pose in zip(scenes.names, scenes.camera_to_world):
        torch.testing.assert_close(pose, cameras.camera_to_world[names.index(name)].float())
    torch.testing.assert_close(scenes.K, square_intrinsics(cameras.K[0], cameras.size[0], SIZE).float())
    assert scenes.views(slice(0, 2)).camera_to_world.shape == (2, 3, 4, 4)


def test_cameras_of_other_pictures(tmp_path):
    names = [f"IMG_{i}.png" for i in range(5)]
    with pytest.raises(InputError, match="IMG_0.png has 64x48 pixels and its camera 48x64"):
        look(walk(tmp_path, 5)).scenes(views=3, cameras=posed(names, size=(48, 64)))
    lenses = posed(names)
    lenses.K.data = lenses.K.clone()
    lenses.K[2, 0, 0] *= 1.5
    with pytest.raises(InputError, match="intrinsics differ.*a single camera for all"):
        look(tmp_path).scenes(views=3, cameras=lenses)
    with pytest.raises(InputError, match="0 usable pictures"):
        look(tmp_path).scenes(views=3, cameras=posed(["a.png"]))


# ---------------------------------------------------------------------------------------------- the sheet


def test_the_contact_sheet_shows_every_picture_and_its_fate(tmp_path):
    walk(tmp_path / "a", 5)
    shutil.copy(tmp_path / "a" / "IMG_4.png", tmp_path / "a" / "IMG_4b.png")
    album = look(tmp_path / "a")
    sheet = np.array(Image.open(contact_sheet(album, tmp_path / "deep" / "sheet.png")).convert("RGB")).astype(int)
    kept = np.array(Image.fromarray(album.pictures[0].pixels.numpy()).resize((CELL, CELL), 0)).astype(int)
    assert (sheet[34:34 + CELL, 4:4 + CELL] == kept).all(), "what the model will see, enlarged"
    orange = (sheet == [0xE6, 0x9F, 0x00]).all(-1)
    assert orange.sum() > 4 * CELL and orange[:, :5 * (CELL + 8)].sum() == 0, "a frame round the sixth alone"
    with pytest.raises(DataError, match="cannot write"):
        contact_sheet(album, tmp_path / "a" / "IMG_0.png" / "sheet.png")


def test_sheets_of_nothing_and_of_very_many(tmp_path):
    (tmp_path / "empty").mkdir()
    assert Image.open(contact_sheet(look(tmp_path / "empty"), tmp_path / "0.png")).size[0] > 100
    album = look(walk(tmp_path / "one", 1))
    album.pictures *= 10 * MOST
    assert Image.open(contact_sheet(album, tmp_path / "1.png")).size[1] < 4000


# ------------------------------------------------------------------------------------------ very many files


def test_ten_thousand_pictures_in_flat_memory(tmp_path, capsys):
    """What is kept of them is 31 MB, and reading takes no more than that beside one picture at a time."""
    count, big = 10_000, file_of(Image.fromarray(np.random.default_rng(0).integers(0, 256, (1200, 1600, 3), np.uint8)),
                                 "JPEG", quality=50)
    (tmp_path / "big.jpg").write_bytes(big)  # 6 MB decoded: sixty of them at once would be seen
    tiny = bytearray(file_of(scenery(0, 34, 34).quantize(2), "BMP"))
    for number in range(count):
        path = tmp_path / f"{number}.bmp"
        if number % 500 == 0:
            path = path.with_suffix(".jpg")
            path.symlink_to(tmp_path / "big.jpg")
        else:
            tiny[-4:] = number.to_bytes(4, "little")
            path.write_bytes(tiny)
    process = psutil.Process()
    before = process.memory_info().rss
    album = look_through(tmp_path, size=32)
    grown = process.memory_info().rss - before
    assert len(album.pictures) == count + 1
    assert grown < 3 * count * 32 * 32 * 3, f"{grown / 1e6:.0f} MB"
    said = capsys.readouterr().err
    assert "reading" in said and f"{count + 1}/{count + 1}" in said, "a bar that shows how far it is"


# -------------------------------------------------------------------------------------------- the commands


@pytest.fixture
def run(capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path / "data"))

    def command(*arguments) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main([str(a) for a in arguments])
        return ended.value.code, *capfd.readouterr()

    return command


def test_from_a_folder_to_weights(run, tmp_path):
    bad = spoil(walk(tmp_path / "my walk", 30))
    code, said, _ = run("data", "photos", "my walk", "--size", 16, "--views", 7)
    lines, kept = said.splitlines(), tmp_path / "data" / "cache" / "photos-my walk"
    assert code == 0 and len(lines) == len(bad) + 4
    assert {line.split(":")[0] for line in lines[:len(bad)]} == bad.keys()
    assert lines[-4] == "36 pictures: 6 not read, 30 kept"
    assert lines[-3] == f"look at {kept / 'contact_sheet.png'}" and (kept / "contact_sheet.png").is_file()
    assert lines[-2] == f"24 scenes of 7 views, 16x16 pixels: {kept}"
    assert lines[-1] == f"now: rust-edu train --photos '{kept}'"
    assert len(open_pictures(kept)) == 24
    code, said, _ = run("train", "--photos", kept, "--profile", "smoke", "--steps", 3, "--device", "cpu")
    weights = tmp_path / "runs" / "rust-smoke-photos-my walk" / "weights.safetensors"
    assert code == 0 and said == f"Trained: {weights.relative_to(tmp_path)}\n" and weights.is_file()
    from rust_edu.models.weights import load_weights
    record = load_weights(weights)[1]
    assert record["world"] == "photos" and record["command"].endswith(f"--seed 0 --photos '{kept}'")
    code, _, complaint = run("evaluate", weights)
    assert code == 2 and "was trained on photos" in complaint and len(complaint.splitlines()) == 1


def test_with_cameras(run, tmp_path):
    walk(tmp_path / "walk", 9)
    cameras = posed([f"IMG_{i}.png" for i in range(9)])
    write_transforms(tmp_path / "transforms.json", cameras)
    write_colmap(tmp_path / "model", cameras)
    for where in ("transforms.json", "model"):
        options = ("--cameras", where, "--folder", where[0])
        code, said, _ = run("data", "photos", "walk", "--size", 16, "--views", 7, *options)
        assert code == 0 and "3 scenes of 7 views, 16x16 pixels, with cameras: " in said
    assert torch.allclose(open_pictures(tmp_path / "t").camera_to_world, open_pictures(tmp_path / "m").camera_to_world)


def test_pictures_are_not_turned_where_cameras_belong_to_them(run, tmp_path):
    """COLMAP takes pictures as they are stored, so its cameras are of these."""
    (tmp_path / "walk").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    for number in range(4):
        scenery(number).save(tmp_path / "walk" / f"{number}.png", exif=exif)
    write_transforms(tmp_path / "t.json", posed([f"{i}.png" for i in range(4)]))
    stored = np.array(scenery(0).crop((8, 0, 56, 48)).resize((16, 16)))
    for options, turned in (((), True), (("--cameras", "t.json"), False)):
        assert run("data", "photos", "walk", "--size", 16, "--views", 4, "--folder", f"{turned}", *options)[0] == 0
        found = open_pictures(tmp_path / f"{turned}").pictures[0].numpy()
        wanted = np.rot90(stored, -1) if turned else stored
        assert np.abs(found.astype(int) - wanted).max() < 40


@pytest.mark.parametrize("arguments, says", [
    (["nowhere"], "nowhere is no folder and no file"),
    (["few"], "few has 3 usable pictures of one place; expected 10 or more"),
    (["few", "--views", "2", "--size", "2"], "pictures of 2 pixels"),
    (["few", "--rate", "-1"], "-1.0 a second"),
    (["few", "--gap", "0", "--views", "2"], "0 apart"),
    (["few", "--cameras", "few"], "no cameras at few"),
    (["few", "--views", "2", "--folder", "/proc/none"], "cannot write"),
    ([], "Missing argument"),
])
def test_the_command_refuses_in_one_line(run, tmp_path, arguments, says):
    walk(tmp_path / "few", 3)
    code, _, complaint = run("data", "photos", *arguments)
    lines = [line for line in complaint.splitlines() if line.startswith("rust-edu: ")]
    assert code == 2 and len(lines) == 1 and says in lines[0], complaint
    assert "Traceback" not in complaint


def test_of_too_few_there_is_a_sheet_all_the_same(run, tmp_path):
    walk(tmp_path / "few", 3)
    code, said, _ = run("data", "photos", "few")
    assert code == 2 and said.startswith("3 pictures: 3 too few neighbours\nlook at ")
    assert (tmp_path / "data" / "cache" / "photos-few" / "contact_sheet.png").is_file()


def test_another_folder_of_the_same_name_overwrites_nothing(run, tmp_path):
    walk(tmp_path / "a" / "walk", 8)
    walk(tmp_path / "b" / "walk", 8, seed=1)
    assert run("data", "photos", "a/walk", "--views", 4)[0] == 0
    code, _, complaint = run("data", "photos", "b/walk", "--views", 4)
    assert code == 2 and "holds pictures of" in complaint and "Choose another folder" in complaint
    assert run("data", "photos", "a/walk", "--views", 5)[0] == 0, "the same folder, otherwise"


@pytest.mark.parametrize("arguments, says", [
    (["--photos", "nowhere"], "no pictures in nowhere"),
    (["--photos", "set", "--model", "srt"], "views without cameras"),
    (["--photos", "set", "--noise", "0.1"], "pictures without cameras"),
    (["--photos", "set", "--profile", "laptop"], "rust-edu data photos --size 32"),
])
def test_train_refuses(run, tmp_path, arguments, says):
    walk(tmp_path / "walk", 9)
    assert run("data", "photos", "walk", "--size", 16, "--views", 7, "--folder", "set")[0] == 0
    code, _, complaint = run("train", "--profile", "smoke", "--steps", 2, "--device", "cpu", *arguments)
    assert code == 2 and says in complaint.splitlines()[-1]
