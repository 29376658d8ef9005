"""Damage to a data set on disk, from a full disk to a forged index: found, and said in one line."""

import errno
import hashlib
import json
import math
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save

from rust_edu.datasets import load_or_make, make_dataset, open_dataset, shards
from rust_edu.datasets import synthetic as module
from rust_edu.errors import DataError, InputError, RustEduError

SMALL = dict(views=3, size=8, seed=5, progress=False)
FIRST, SECOND = "shard-00000.safetensors", "shard-00001.safetensors"


@pytest.fixture
def folder(made, tmp_path):
    """A copy of the small data set, where `load_or_make` looks for it, to be damaged."""
    return shutil.copytree(made, tmp_path / "cache" / "sector-60x3-8px-seed5")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path))


def refused(call, what: str, kind: type = DataError) -> RustEduError:
    """The error of a call: of this kind, matching `what`, in one line with what was expected, what to do."""
    with pytest.raises(kind, match=what) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert caught.value.what and caught.value.expected
    assert caught.value.fix or kind is InputError  # what to do about a number out of range is clear
    return caught.value


def change_index(folder: Path, **changes) -> None:
    path = folder / "index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def change_entry(folder: Path, number: int, **changes) -> None:
    entries = json.loads((folder / "index.json").read_text())["shards"]
    entries[number] |= changes
    change_index(folder, shards=entries)


def forge(folder: Path, content: bytes) -> None:
    """Replace the second shard, and let the index vouch for it."""
    (folder / SECOND).write_bytes(content)
    change_entry(folder, 1, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def retouch(folder: Path, name: str, change) -> None:
    """Change or (None) drop one tensor of the second shard."""
    tensors = load_file(folder / SECOND)
    tensors[name] = change(tensors[name])
    forge(folder, save({n: t.contiguous() for n, t in tensors.items() if t is not None}))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage, what", [
    (lambda f: os.truncate(f / FIRST, 1000), "cut short or missing .1000.; expected [0-9]+ bytes"),
    (lambda f: os.truncate(f / SECOND, 0), "cut short"),
    (lambda f: flip(f / SECOND), "has changed since it was made"),
    (lambda f: (f / SECOND).unlink(), "missing .no file."),
    (lambda f: forge(f, b"nonsense"), "cannot be read"),
    (lambda f: forge(f, b""), "cannot be read"),
    (lambda f: retouch(f, "images", lambda t: t[:1]), r"images as .*\[1, 3, 8, 8, 3\]"),  # would broadcast
    (lambda f: retouch(f, "images", lambda t: t.float()), "images as .'F32'"),
    (lambda f: retouch(f, "camera_to_world", lambda t: t[:, :2]), "camera_to_world as"),
    (lambda f: retouch(f, "camera_to_world", lambda t: None), "cannot be read"),
    (lambda f: retouch(f, "depth", lambda t: t[..., None]), "depth as"),
    (lambda f: retouch(f, "scene.centre", lambda t: t[:, :1]), "scene.centre as"),
    (lambda f: shutil.copy(f / FIRST, f / SECOND), "cut short"),
    (lambda f: forge(f, (f / FIRST).read_bytes()), r"images as .*\[50, 3, 8, 8, 3\]"),
])
def test_damaged_shards(folder, damage, what):
    open_dataset(folder)
    damage(folder)
    refused(lambda: open_dataset(folder), what)
    refused(lambda: load_or_make("sector", 60, **SMALL), what)  # nor is anything deleted unasked
    assert (folder / FIRST).exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe",
                                     b"[" * 100_000, b"9" * 5000], ids=range(8))
def test_garbled_index(folder, content):
    (folder / "index.json").write_bytes(content)
    refused(lambda: open_dataset(folder), "the index of the data set .* cannot be read")
    refused(lambda: load_or_make("sector", 60, **SMALL), "the index of the data set .* cannot be read")


def test_missing_index_and_missing_folder(folder):
    (folder / "index.json").unlink()
    assert "rust-edu data make" in refused(lambda: open_dataset(folder), "cannot be read").fix
    refused(lambda: open_dataset(folder / "nowhere"), "cannot be read")


@pytest.mark.parametrize("changes, what", [
    *(({key: value}, f"has {key} = ") for key in ("scenes", "views", "size")
      for value in (None, "60", -1, 0, 60.0, True, [60], math.inf)),
    *(({"world": world}, "has world = ") for world in (None, "moon", ["sector"], {}, 3)),
    *(({"shards": value}, "damaged list of shards") for value in (None, 3, {}, "shards", [{}] * 3)),
    *(({"shards": [value]}, "damaged entry for shard 0") for value in (None, 3, [], {}, {"file": FIRST})),
    ({"scenes": 50}, "damaged list of shards"),  # more shards than scenes need
    ({"scenes": 59}, "images as"), ({"views": 4}, "images as"), ({"size": 9}, "images as"),
    ({"world": "clutter"}, "scene.shape as"),  # which has more objects
])
def test_an_index_that_does_not_fit(folder, changes, what):
    change_index(folder, **changes)
    refused(lambda: open_dataset(folder), what)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "", SECOND, f"{SECOND}/../x",
                                  f"./{FIRST}", f"{FIRST}\n", 3, None, [FIRST]])
def test_an_index_that_points_elsewhere_is_refused(folder, name):
    """Before anything under that name is looked at: also where size and checksum are right."""
    if name == SECOND:
        shutil.copy(folder / FIRST, folder / SECOND)
    change_entry(folder, 0, file=name)
    refused(lambda: open_dataset(folder), "has a shard named")
    refused(lambda: load_or_make("sector", 60, **SMALL), "has a shard named")


def test_another_version_is_refused_but_made_anew(made, folder):
    for version in (0, shards.VERSION - 1, shards.VERSION + 1, None, "1"):
        change_index(folder, version=version)
        refused(lambda: open_dataset(folder), f"has version {version!r}; expected version {shards.VERSION}")
    (folder / FIRST).write_bytes(b"of another version")
    data = load_or_make("sector", 60, **SMALL)
    assert torch.equal(data.images, open_dataset(made).images)


def test_an_unfinished_set_is_refused_but_finished(made, folder, monkeypatch):
    change_index(folder, shards=json.loads((folder / "index.json").read_text())["shards"][:1])
    error = refused(lambda: open_dataset(folder), "holds 50 of 60 scenes; expected all of them")
    assert "goes on where it stopped" in error.fix
    rendered, make_shard = [], module._make_shard
    monkeypatch.setattr(module, "_make_shard", lambda *a: rendered.append(a[1]) or make_shard(*a))
    assert torch.equal(load_or_make("sector", 60, **SMALL).images, open_dataset(made).images)
    assert rendered == [1]


@pytest.mark.parametrize("change", [{"scenes": 55}, {"views": 2}, {"size": 16}, {"seed": 6},
                                    {"world": "orbit"}])
def test_another_data_set_in_the_folder_is_not_overwritten(made, folder, change):
    arguments = dict(world="sector", scenes=60, **SMALL) | change
    refused(lambda: make_dataset(folder=folder, **arguments), f"holds a data set with {[*change][0]} = ")
    assert torch.equal(open_dataset(folder).images, open_dataset(made).images)


@pytest.mark.parametrize("change, what", [
    ({"scenes": 0}, "scenes = 0; expected a whole number, 1 or more"), ({"scenes": -5}, "scenes = -5"),
    ({"views": 0}, "views = 0"), ({"size": 3}, "size = 3; expected a whole number, 4 or more"),
    ({"seed": -1}, "seed = -1"), ({"scenes": 2.5}, "scenes = 2.5"), ({"views": "3"}, "views = '3'"),
    ({"world": "moon"}, "unknown world 'moon'"),
])
def test_numbers_that_make_no_data_set(tmp_path, change, what):
    arguments = dict(world="sector", scenes=60, **SMALL) | change
    refused(lambda: make_dataset(**arguments), what, InputError)
    refused(lambda: load_or_make(**arguments), what, InputError)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be(tmp_path):
    """Below a file: also root, who may write everywhere, cannot make it."""
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "set"
    error = refused(lambda: make_dataset("sector", 60, folder=folder, **SMALL), "cannot write")
    assert "RUST_EDU_DATA" in error.fix


def test_a_folder_without_permission(folder, monkeypatch):
    def deny(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    change_index(folder, version=0)
    monkeypatch.setattr(os, "replace", deny)
    refused(lambda: load_or_make("sector", 60, **SMALL), "cannot write the data set in .*Permission denied")
    monkeypatch.setattr(Path, "read_bytes", deny)
    refused(lambda: open_dataset(folder), "cannot be read .*Permission denied")


@pytest.mark.parametrize("failure, kind", [(OSError(errno.ENOSPC, "No space left on device"), DataError),
                                           (KeyboardInterrupt(), KeyboardInterrupt)])
def test_what_was_made_before_the_disk_was_full_is_kept(made, tmp_path, monkeypatch, failure, kind):
    """Or before Ctrl-C: the file being written is removed, which also gives its room back."""
    folder, write_bytes = tmp_path / "set", Path.write_bytes

    def fill(path, content):
        if path.name.startswith(SECOND):
            write_bytes(path, content[:1000])
            raise failure
        return write_bytes(path, content)

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", fill)
        with pytest.raises(kind) as caught:
            make_dataset("sector", 60, folder=folder, **SMALL)
    if kind is DataError:
        assert "No space left on device" in str(caught.value)
        assert "what is made so far is kept" in caught.value.fix
    assert sorted(p.name for p in folder.iterdir()) == ["index.json", FIRST]
    assert (folder / FIRST).read_bytes() == (made / FIRST).read_bytes()
    make_dataset("sector", 60, folder=folder, **SMALL)
    assert all((folder / p.name).read_bytes() == p.read_bytes() for p in made.iterdir())


def test_a_write_that_the_system_itself_stops_halfway(tmp_path):
    """A limit on the size of files is met in the midst of a real write, as the end of a real disk is."""
    resource = pytest.importorskip("resource", reason="limits on the size of files are set on Unix only")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        refused(lambda: make_dataset("sector", 60, folder=tmp_path / "set", **SMALL), "File too large")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((tmp_path / "set").iterdir()) == []


def test_a_shard_that_vanishes_while_it_is_in_use(folder):
    data = open_dataset(folder)
    shutil.rmtree(folder)
    assert data.draw(2, 2, torch.Generator().manual_seed(0)).count == 2  # pictures are in memory
    refused(data.ground_truth, "shard-00000.safetensors cannot be read")
