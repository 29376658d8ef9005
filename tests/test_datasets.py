"""Data sets: the same bytes from the same seed whatever happens meanwhile, and what is in them."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from rust_edu import paths
from rust_edu.cameras import intrinsics
from rust_edu.datasets import EndlessScenes, SceneSet, cache_name, load_or_make, make_dataset, open_dataset
from rust_edu.datasets import synthetic as module
from rust_edu.errors import DataError, InputError
from rust_edu.scenes.render import SKY, render

SMALL = dict(views=3, size=8, seed=5, progress=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(made, tmp_path):
    make_dataset("sector", 60, folder=tmp_path / "again", **SMALL)
    assert contents(tmp_path / "again") == contents(made)
    assert sorted(contents(made)) == ["index.json", "shard-00000.safetensors", "shard-00001.safetensors"]
    other = make_dataset("sector", 1, folder=tmp_path / "other", **SMALL | {"seed": 6})
    assert not torch.equal(other.images[0], open_dataset(made).images[0])


def test_the_number_of_threads_changes_no_byte(made, tmp_path):
    before = torch.get_num_threads()
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            make_dataset("sector", 60, folder=tmp_path / str(threads), **SMALL)
            assert torch.get_num_threads() == threads
            assert contents(tmp_path / str(threads)) == contents(made)
    finally:
        torch.set_num_threads(before)


def test_a_longer_data_set_begins_with_the_scenes_of_a_shorter_one(made, tmp_path):
    longer = open_dataset(made)
    for count in (7, 50, 55):
        shorter = make_dataset("sector", count, folder=tmp_path / str(count), **SMALL)
        assert len(shorter) == count
        assert torch.equal(shorter.images, longer.images[:count])
        assert torch.equal(shorter.camera_to_world, longer.camera_to_world[:count])
        assert all(torch.equal(a, b[:count]) for a, b in zip(shorter.ground_truth(), longer.ground_truth()))
        assert torch.equal(shorter.scenes().centre, longer.scenes()[:count].centre)


def test_shards_are_as_readable_as_the_index(made):
    """A teacher's cache must be readable for the class."""
    assert len({path.stat().st_mode for path in made.iterdir()}) == 1


# Runs makers in children that are killed at a moment, or that work side by side: one start of torch for all.
DRIVER = """
import os, signal, sys
from pathlib import Path
from rust_edu.datasets import make_dataset, shards

def make(folder):
    make_dataset("sector", 60, 3, 8, seed=5, folder=folder, progress=False)

def killed_at(moment, folder):
    count, replace, write_bytes = 0, os.replace, Path.write_bytes
    def die():
        os.kill(os.getpid(), signal.SIGKILL)
    def write(path, content):
        nonlocal count
        count += 1
        if moment == f"{count} half written":
            write_bytes(path, content[:len(content) // 2])
            die()
        write_bytes(path, content)
        if moment == f"{count} not renamed":
            die()
    def rename(*names):
        replace(*names)
        if moment == f"{count} renamed":
            die()
    Path.write_bytes, os.replace = write, rename
    make(folder)

jobs = [(moment, folder) for moment, folder in zip(sys.argv[2::2], sys.argv[3::2])]
children = []
for moment, folder in jobs:
    child = os.fork()
    if not child:
        killed_at(moment, Path(folder))
        os._exit(0)
    children.append(child)
    if sys.argv[1] == "in turn":
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
if sys.argv[1] == "at once":
    for child in children:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
MOMENTS = [f"{n} {what}" for n in (1, 2, 3, 4) for what in ("half written", "not renamed", "renamed")]


def drive(how: str, jobs: list) -> list[int]:
    """Exit codes of makers, one for each (moment, folder)."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent), "OMP_NUM_THREADS": "1"}
    run = subprocess.run([sys.executable, "-c", DRIVER, how, *(str(x) for job in jobs for x in job)],
                         env=environment, capture_output=True, text=True, check=True)
    return [int(code) for code in run.stdout.split()]


def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(made, tmp_path, monkeypatch):
    """Every moment at which a file is half written, whole but not yet named, or just named."""
    jobs = [(moment, tmp_path / moment.replace(" ", "-")) for moment in MOMENTS]
    assert drive("in turn", jobs) == [-signal.SIGKILL] * len(MOMENTS)
    rendered = []
    make_shard = module._make_shard
    monkeypatch.setattr(module, "_make_shard", lambda *a: rendered.append(a[1]) or make_shard(*a))
    for moment, folder in jobs:
        rendered.clear()
        make_dataset("sector", 60, folder=folder, **SMALL)
        assert contents(folder) == contents(made), moment  # nothing half-written is left either
        # What the index lists is not made again. It is the second of the two files written for each shard.
        listed = (moment >= "2 renamed") + (moment >= "4 renamed")
        assert rendered == list(range(listed, 2)), moment


def test_killed_from_outside_it_goes_on_to_the_same_bytes(tmp_path):
    folder, many = tmp_path / "killed", dict(scenes=1000, views=3, size=8, seed=5, progress=False)
    code = "from rust_edu.datasets import make_dataset\n"
    code += f"make_dataset('sector', folder={str(folder)!r}, **{many})"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as process:
        while not (folder / "shard-00001.safetensors").exists():
            assert process.poll() is None
            time.sleep(0.002)
        process.kill()
    with pytest.raises(DataError, match="of 1000 scenes; expected all of them"):
        open_dataset(folder)
    index = json.loads((folder / "index.json").read_text())
    # 1000 scenes only make sure that it is killed in the midst: go on as if fewer had been asked for.
    count = len(index["shards"]) * 50 + 10
    (folder / "index.json").write_text(json.dumps(index | {"scenes": count}))
    resumed = make_dataset("sector", count, folder=folder, **SMALL)
    whole = make_dataset("sector", count, folder=tmp_path / "whole", **SMALL)
    assert torch.equal(resumed.images, whole.images)
    for name, content in contents(tmp_path / "whole").items():
        assert (folder / name).read_bytes() == content


def test_several_processes_may_make_the_same_data_set(made, tmp_path):
    folder = tmp_path / "shared"
    assert drive("at once", [("never", folder)] * 4) == [0] * 4
    assert contents(folder) == contents(made)


def test_only_strays_of_dead_processes_are_removed(made, tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    alive = f"shard-00001.safetensors.{os.getppid()}.tmp"
    for name in (f"shard-00001.safetensors.{dead.pid}.tmp", f"index.json.{dead.pid}.tmp", "index.json.tmp",
                 alive, "notes.tmp"):
        (tmp_path / name).write_text("half")
    make_dataset("sector", 60, folder=tmp_path, **SMALL)
    assert set(contents(tmp_path)) - set(contents(made)) == {alive, "notes.tmp"}


def test_what_is_stored_is_what_is_rendered(made):
    data = open_dataset(made)
    assert len(data) == 60 and data.size == 8 and data.world.name == "sector" and data.folder == made
    assert data.images.shape == (60, 3, 8, 8, 3) and data.images.dtype == torch.uint8
    assert data.camera_to_world.shape == (60, 3, 4, 4)
    depth, label = data.ground_truth()
    assert torch.equal(label == SKY, torch.isinf(depth)) and depth.dtype == torch.float32
    picture = render(data.scenes(), data.camera_to_world, data.K, 8, 8)
    # A batch of another size may round differently, at silhouettes only.
    share = 0.001
    assert ((picture.colour * 255).round() != data.images).float().mean() <= share
    assert (picture.label != label).float().mean() <= share
    assert (~torch.isclose(picture.depth, depth, rtol=1e-3)).float().mean() <= share
    K = module.world_intrinsics(data.world, 32)
    larger = render(data.scenes()[:2], data.camera_to_world[:2], K, 32, 32)
    small = larger.colour.square().unflatten(2, (8, 4)).unflatten(4, (8, 4)).mean((3, 5)).sqrt()
    torch.testing.assert_close(small, data.images[:2] / 255.0, rtol=0, atol=0.2)
    assert (small - data.images[:2] / 255.0).abs().mean() < 0.02


def test_views_of_some_scenes(made):
    data = open_dataset(made)
    views = data.views(slice(10, 14), slice(1, 3))
    assert torch.equal(views.images, data.images[10:14, 1:3] / 255.0) and views.images.dtype == torch.float32
    assert torch.equal(views.camera_to_world, data.camera_to_world[10:14, 1:3])
    assert views.K is data.K and data.views(slice(2)).count == 3
    picked = data.views(torch.tensor([[4], [2]]), torch.tensor([[2, 0], [1, 2]]))
    assert torch.equal(picked.camera_to_world[1], data.camera_to_world[2, [1, 2]])


def test_a_world_with_zoom_keeps_the_intrinsics_of_each_view(tmp_path):
    data = make_dataset("zoom", 3, folder=tmp_path / "zoom", **SMALL)
    assert data.K.shape == (3, 3, 3, 3)
    share = data.K[..., 0, 0] / intrinsics(8, 8, math.radians(data.world.field_of_view))[0, 0]
    assert (share <= 1.4 + 1e-4).all() and (share >= 1 / 1.4 - 1e-4).all() and share.std() > 0.05
    views = data.views(torch.tensor([[2]]), torch.tensor([[1, 0]]))
    assert torch.equal(views.K[0], data.K[2, [1, 0]])
    noisy = data.with_pose_noise(0.1, 0)
    assert torch.equal(noisy.K, data.K) and torch.equal(data.to("cpu").K, data.K)
    again = render(data.scenes(), data.camera_to_world, data.K, 8, 8).colour
    assert (again - data.images / 255).abs().max() < 0.01
    assert EndlessScenes("zoom", 8).draw(2, 3, torch.Generator()).K.shape == (2, 3, 3, 3)
    other = make_dataset("gaze", 3, folder=tmp_path / "gaze", **SMALL)
    assert torch.equal(other.camera_to_world, data.camera_to_world)  # the seed means the same scenes and cameras


def where_from(views, data) -> torch.Tensor:
    """(B, V, 2): the scene and the view of a data set that each view is, told by its camera."""
    same = (views.camera_to_world[:, :, None, None] == data.camera_to_world).all(-1).all(-1)  # (B, V, S, V')
    assert (same.sum((2, 3)) == 1).all()
    return same.nonzero()[:, 2:].view(*same.shape[:2], 2)


def test_draw_gives_different_views_of_one_scene(made):
    data = open_dataset(made)
    views = data.draw(400, 2, torch.Generator().manual_seed(0))
    assert views.images.shape == (400, 2, 8, 8, 3)
    scene, view = where_from(views, data).unbind(-1)
    assert torch.equal(scene[:, 0], scene[:, 1]) and (view[:, 0] != view[:, 1]).all()
    assert torch.equal(views.images, data.images[scene, view] / 255.0)
    assert len(scene.unique()) == 60  # all scenes come, and all pairs of views in both orders
    assert len((view[:, 0] * 3 + view[:, 1]).unique()) == 6


def test_draw_depends_on_the_generator_alone(made):
    data = open_dataset(made)
    one, again, other = (data.draw(8, 3, torch.Generator().manual_seed(seed)).images for seed in (1, 1, 2))
    assert torch.equal(one, again) and not torch.equal(one, other)
    generator = torch.Generator().manual_seed(1)
    assert torch.equal(data.draw(8, 3, generator).images, one)
    assert not torch.equal(data.draw(8, 3, generator).images, one)  # the next step sees others


@pytest.mark.parametrize("batch, views", [(0, 2), (2, 0), (2, 4), (2, -1)])
def test_draw_refuses_what_there_is_not(made, batch, views):
    with pytest.raises(InputError, match="1 to 3 views"):
        open_dataset(made).draw(batch, views, torch.Generator())


def test_pose_noise_is_fixed_and_leaves_the_pictures(made):
    data = open_dataset(made)
    one, again, other = (data.with_pose_noise(0.1, seed) for seed in (1, 1, 2))
    assert one.images is data.images and torch.equal(one.camera_to_world, again.camera_to_world)
    moved = (one.camera_to_world - data.camera_to_world)[..., :3, 3]
    assert 0.05 < moved.std() < 0.2
    assert not torch.equal(one.camera_to_world, other.camera_to_world)
    assert torch.equal(data.with_pose_noise(0.0, 1).camera_to_world, data.camera_to_world)
    assert torch.equal(one.ground_truth()[1], data.ground_truth()[1])
    with pytest.raises(InputError, match="sigma"):
        data.with_pose_noise(-1.0, 1)


def test_ground_truth_needs_the_files(made):
    cameras = torch.eye(4).expand(1, 1, 4, 4)
    loose = SceneSet(torch.zeros(1, 1, 8, 8, 3), cameras, open_dataset(made).world, [])
    with pytest.raises(DataError, match="no files to read depth"):
        loose.ground_truth()
    gone = open_dataset(made)
    gone._shards = [Path("gone.safetensors")]
    with pytest.raises(DataError, match="gone.safetensors cannot be read"):
        gone.scenes()


def test_endless_scenes_depend_on_the_generator_and_never_come_twice():
    endless, generator = EndlessScenes("clutter", 8), torch.Generator().manual_seed(0)
    first, second = endless.draw(3, 2, generator), endless.draw(3, 2, generator)
    again = EndlessScenes("clutter", 8).draw(3, 2, torch.Generator().manual_seed(0))
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.camera_to_world, again.camera_to_world)
    assert not torch.equal(first.images, second.images)
    assert first.images.shape == (3, 2, 8, 8, 3) and first.images.min() >= 0 and first.images.max() <= 1
    noisy = endless.with_pose_noise(0.1, 0).draw(3, 2, torch.Generator().manual_seed(0))
    assert torch.equal(noisy.images, first.images)
    assert 0.01 < (noisy.camera_to_world - first.camera_to_world).abs().max() < 1
    assert endless.sigma == 0.0


@pytest.mark.parametrize("wrong, what", [
    (lambda: EndlessScenes("moon", 8), "unknown world"),
    (lambda: EndlessScenes("sector", 3), "3 pixels"),
    (lambda: EndlessScenes("sector", 8).with_pose_noise(float("nan"), 0), "sigma"),
    (lambda: EndlessScenes("sector", 8).draw(0, 1, torch.Generator()), "batch of 0"),
    (lambda: EndlessScenes("sector", 8).draw(1, 0, torch.Generator()), "0 views"),
])
def test_endless_scenes_refuse_what_is_none(wrong, what):
    with pytest.raises(InputError, match=what):
        wrong()


def test_the_cache_lies_where_the_environment_says(made, tmp_path, monkeypatch):
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path))
    first = load_or_make("sector", 60, 3, 8, seed=5, progress=False)
    assert first.folder == tmp_path / "cache" / cache_name("sector", 60, 3, 8, 5)
    assert contents(first.folder) == contents(made)
    monkeypatch.setattr(module, "_make_shard", None)  # nothing is rendered the second time
    assert torch.equal(load_or_make("sector", 60, 3, 8, seed=5).images, first.images)


def test_the_data_folder_of_the_course_itself(monkeypatch):
    course = Path(__file__).resolve().parent.parent / "data"
    monkeypatch.delenv("RUST_EDU_DATA", raising=False)
    assert paths.data_folder() == course and paths.cache_folder() == course / "cache"
    monkeypatch.setenv("RUST_EDU_DATA", "")  # counts as unset: not the folder one happens to be in
    assert paths.data_folder() == course
    monkeypatch.setenv("RUST_EDU_DATA", "~/course")
    assert paths.data_folder() == Path.home() / "course"
