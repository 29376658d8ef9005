"""Files that may be pictures: each kind becomes the same square, and each fault has its own few words."""

import os
import struct
import subprocess
import sys
import warnings
import zlib

import numpy as np
import pytest
import torch
from photo_files import file_of, scenery
from PIL import Image, ImageOps

from rust_edu.datasets import picture_files
from rust_edu.datasets.picture_files import find_files, natural, read_picture, read_video
from rust_edu.errors import DataError

SIZE = 16


@pytest.fixture
def put(tmp_path):
    """Writes bytes into a file of this name and reads it as a picture."""
    def read(content: bytes, name: str = "a.png", **options) -> torch.Tensor:
        (tmp_path / name).write_bytes(content)
        return read_picture(tmp_path / name, SIZE, **options)[0]
    return read


def square_of(picture: Image.Image) -> torch.Tensor:
    """What a picture should become, the long way round."""
    return torch.from_numpy(np.array(ImageOps.fit(picture.convert("RGB"), (SIZE, SIZE))))


def near(a: torch.Tensor, b: torch.Tensor, levels: int = 3) -> bool:
    return a.shape == b.shape == (SIZE, SIZE, 3) and (a.int() - b.int()).abs().max() <= levels


@pytest.mark.parametrize("width, height", [(64, 48), (48, 64), (64, 64), (16, 16), (300, 17), (4000, 3000)])
def test_the_middle_square_of_any_size(put, width, height):
    picture = scenery(3, width, height)
    found = put(file_of(picture, "PNG"))
    assert found.dtype == torch.uint8 and near(found, square_of(picture), 1)


def test_the_size_in_the_file_is_told(tmp_path):
    scenery(0, 64, 48).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png", SIZE)[1] == (64, 48)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_as_exif_says(put, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = file_of(scenery(2), "PNG", exif=exif)
    stored = scenery(2)
    stored.getexif()[0x0112] = orientation
    assert near(put(content), square_of(ImageOps.exif_transpose(stored)), 1)
    assert near(put(content, turn=False), square_of(scenery(2)), 1), "where cameras belong to what is stored"


def test_damaged_exif_around_whole_pixels(put):
    content = file_of(scenery(1), "PNG", exif=b"Exif\0\0MM\0*\0\0\0\xffgarbage")
    assert near(put(content), square_of(scenery(1)), 1)


def test_grey_and_black_and_white(put):
    grey = scenery(0).convert("L")
    assert near(put(file_of(grey, "PNG")), square_of(grey), 1)
    flat = Image.new("1", (64, 48), 1)
    assert (put(file_of(flat, "PNG")) == 255).all()


@pytest.mark.parametrize("kind, name", [("PNG", "a.png"), ("TIFF", "a.tif")])
def test_sixteen_bits(put, kind, name):
    eight = np.array(scenery(0).convert("L"))
    sixteen = Image.fromarray(eight.astype(np.uint16) * 257)
    assert sixteen.mode == "I;16"
    assert near(put(file_of(sixteen, kind), name), square_of(Image.fromarray(eight)), 1)


def png_of(chunks: list[tuple[bytes, bytes]]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(body)) + kind + body +
                                            struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)


def test_sixteen_bits_of_colour(put):
    """Pillow writes none, so the PNG is made by hand: 64x48, one value for red, green and blue each."""
    row = b"\0" + struct.pack(">HHH", 0xFFFF, 0x8000, 0x0000) * 64
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 16, 2, 0, 0, 0)), (b"IDAT", zlib.compress(row * 48)),
              (b"IEND", b"")]
    found = put(png_of(chunks))
    assert (found == torch.tensor([255, 128, 0], dtype=torch.uint8)).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_lies_on_white(put, mode):
    picture = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    picture.paste((10, 10, 10, 255), (0, 0, 32, 48))
    found = put(file_of(picture.convert(mode), "PNG"))
    assert found[8, 1].tolist() == [10, 10, 10] and found[8, 15].tolist() == [255, 255, 255]


def test_a_colour_that_means_transparent(put):
    picture = Image.new("RGB", (64, 48), (0, 255, 0))
    assert (put(file_of(picture, "PNG", transparency=(0, 255, 0))) == 255).all()
    palette = picture.quantize(4)
    assert (put(file_of(palette, "PNG", transparency=palette.getpixel((0, 0)))) == 255).all()


def test_palette_and_cmyk(put):
    picture = scenery(4)
    assert near(put(file_of(picture.convert("P", palette=Image.Palette.ADAPTIVE), "PNG")), square_of(picture), 40)
    cmyk = Image.new("CMYK", (64, 48), (0, 255, 255, 0))
    found = put(file_of(cmyk, "JPEG"), "a.jpg")
    assert found[0, 0, 0] > 240 and found[0, 0, 1:].max() < 15, "cyan taken from white is red"


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_an_animation_the_first_picture(put, kind):
    first, second = scenery(0), scenery(20)
    options = {"lossless": True} if kind == "WEBP" else {}
    content = file_of(first, kind, save_all=True, append_images=[second], **options)
    assert near(put(content, "a.dat"), square_of(first), 60 if kind == "GIF" else 2)
    assert not near(put(content, "a.dat"), square_of(second), 60)


def test_the_suffix_does_not_matter(put):
    assert near(put(file_of(scenery(0), "JPEG", quality=95), "photo.png"), square_of(scenery(0)), 30)


def test_a_large_jpeg_is_decoded_small(put, monkeypatch):
    """By Pillow's draft: 12 million pixels are never decoded, so a limit of a million does not matter."""
    monkeypatch.setattr(picture_files, "MOST_PIXELS", 1_000_000)
    picture = scenery(0, 4000, 3000)
    assert near(put(file_of(picture, "JPEG", quality=90), "a.jpg"), square_of(picture), 6)
    with pytest.raises(DataError, match="4000x3000 pixels are too many; save it smaller"):
        put(file_of(picture, "PNG"))


@pytest.mark.parametrize("content, says", [
    (b"", "an empty file"),
    (b"not a picture at all", "no picture, or a damaged one"),
    (b"\x89PNG\r\n\x1a\n", "cannot be read|no picture"),
    (file_of(Image.new("RGB", (15, 64)), "PNG"), "15x64 pixels, smaller than 16x16"),
    (file_of(Image.new("F", (64, 48)), "TIFF"), "floating-point"),
    (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC|no picture, or a damaged one"),
])
def test_what_is_no_picture(put, content, says):
    with pytest.raises(DataError, match=says) as told:
        put(content)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_truncated(put, kind, share):
    content = file_of(scenery(0, 640, 480), kind)
    with pytest.raises(DataError):
        put(content[:int(share * len(content))])


def test_random_damage_raises_nothing_else(put):
    """Whatever a byte is changed to: a picture, or a DataError, and no warning that nobody reads."""
    generator = np.random.default_rng(0)
    contents = [file_of(scenery(0), kind) for kind in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "PPM")]
    outcomes = set()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(210):
            content = bytearray(contents[number % len(contents)])
            for at in generator.integers(0, len(content), 8):
                content[at] = generator.integers(256)
            try:
                outcomes.add(tuple(put(bytes(content)).shape))
            except DataError:
                outcomes.add("refused")
    assert outcomes == {(SIZE, SIZE, 3), "refused"}


def test_a_decompression_bomb(put):
    """A PNG that says it has 40 billion pixels, and one of 180 million that are there, in 200 kB."""
    def png(side: int, body: bytes) -> bytes:
        header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
        return png_of([(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")])
    with pytest.raises(DataError, match="far too many pixels"):
        put(png(200_000, b""))
    with pytest.raises(DataError, match="too many"):
        put(png(13_000, zlib.compress(bytes(13_000 * 1626))))


# ------------------------------------------------------------------------------------------ what is found


def test_natural_order():
    names = ["IMG_10.jpg", "IMG_9.jpg", "img_1.jpg", "b2a10", "b2a9", "Ä1", ""]
    assert sorted(names, key=natural) == ["", "b2a9", "b2a10", "img_1.jpg", "IMG_9.jpg", "IMG_10.jpg", "Ä1"]
    assert sorted(["1a", "a1", "10", "9"], key=natural) == ["1a", "9", "10", "a1"], "digits against letters"


def test_folders_spaces_and_other_alphabets(tmp_path):
    names = ["a b/1.png", "a b/2.png", "ü/写真 é.png", "z.png"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".hidden").write_bytes(b"x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "c.png").write_bytes(b"x")
    assert sorted(str(path.relative_to(tmp_path)) for path, wrong in find_files(tmp_path)) == sorted(names)


def test_links_pipes_and_folders_that_are_no_files(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing")
    (tmp_path / "real.png").write_bytes(b"x")
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    found = {path.name: wrong for path, wrong in find_files(tmp_path)}
    assert found == {"loop": "a link to a folder, not followed", "self.png": "a link that leads nowhere",
                     "gone.png": "a link that leads nowhere", "real.png": "", "link.png": "",
                     "pipe.png": "no regular file"}


def test_a_folder_that_may_not_be_opened(tmp_path, monkeypatch):
    (tmp_path / "shut").mkdir()
    (tmp_path / "a.png").write_bytes(b"x")
    scandir = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert [(path.name, wrong) for path, wrong in find_files(tmp_path)] == [
        ("a.png", ""), ("shut", "cannot be opened (Permission denied)")]


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(file_of(scenery(0), "PNG"))

    def refuse(path, *arguments, **options):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(DataError, match="cannot be read .*Permission denied"):
        read_picture(tmp_path / "a.png", SIZE)


def test_nothing_there(tmp_path):
    with pytest.raises(DataError, match="nowhere is no folder and no file"):
        list(find_files(tmp_path / "nowhere"))


# ----------------------------------------------------------------------------------- with the extra `photos`


def test_heic(put):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be ignored: HEIC has a box of its own for turning, and libheif has obeyed it
    content = file_of(scenery(2), "HEIF", quality=100, exif=exif)
    assert (put(content, "a.heic").float() - square_of(scenery(2)).float()).abs().mean() < 3
    with pytest.raises(DataError):
        put(content[:len(content) // 2], "b.heic")


def test_heic_without_the_extra(put, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(DataError, match=r"HEIC needs pillow-heif. Install it with `pip install 'rust_edu\[photos\]'`"):
        put(b"\0\0\0\x18ftypheic" + b"\0" * 40)


def test_videos_without_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(DataError, match=r"videos need imageio-ffmpeg. Install it with `pip install"):
        list(read_video(tmp_path / "a.mp4", SIZE, 5.0))


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Two seconds of a walk at ten frames a second, in a folder with a space and an accent in its name."""
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    path = tmp_path_factory.mktemp("vidéo 1") / "-walk's [1].mp4"
    writer = ffmpeg.write_frames(os.fspath(path), (64, 48), fps=10, macro_block_size=1, quality=10)
    writer.send(None)
    for number in range(20):
        writer.send(np.ascontiguousarray(np.array(scenery(number))))
    writer.close()
    return path


def test_frames_of_a_video(video):
    frames = list(read_video(video, SIZE, 10.0))
    assert [round(seconds, 2) for seconds, _ in frames] == [round(0.1 * i, 2) for i in range(20)]
    for number, (_, pixels) in enumerate(frames):
        difference = (pixels.float() - square_of(scenery(number)).float()).abs().mean()
        assert difference < 25, "other frames differ by 50 and more"
    assert len(list(read_video(video, SIZE, 5.0))) == 10


def test_a_video_that_ends_early_gives_what_it_has(video, tmp_path):
    stream = tmp_path / "a.mpg"
    from imageio_ffmpeg import get_ffmpeg_exe
    subprocess.run([get_ffmpeg_exe(), "-loglevel", "error", "-i", video.absolute(), "-r", "25", "-q:v", "2", stream],
                   check=True)
    whole = len(list(read_video(stream, SIZE, 10.0)))
    stream.write_bytes(stream.read_bytes()[:stream.stat().st_size // 2])
    frames, reason = [], ""
    try:
        for frame in read_video(stream, SIZE, 10.0):
            frames.append(frame)
    except DataError as error:
        reason = str(error)
    assert 0 < len(frames) < whole and "\n" not in reason
    (tmp_path / "b.mp4").write_bytes(video.read_bytes()[:2000])
    with pytest.raises(DataError, match="no video that can be read"):
        list(read_video(tmp_path / "b.mp4", SIZE, 10.0))


def test_a_playlist_opens_no_other_file(video, tmp_path):
    """A text file that names another one is no video, whatever its suffix."""
    pytest.importorskip("imageio_ffmpeg")
    for content in (f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{video}\n#EXT-X-ENDLIST\n",
                    f"ffconcat version 1.0\nfile '{video}'\n"):
        (tmp_path / "list.mp4").write_text(content)
        with pytest.raises(DataError, match="no video that can be read"):
            list(read_video(tmp_path / "list.mp4", SIZE, 10.0))


def test_a_reader_that_stops_leaves_no_process(video):
    import psutil

    frames = read_video(video, SIZE, 10.0)
    next(frames)
    assert psutil.Process().children()
    frames.close()
    assert not psutil.Process().children()
