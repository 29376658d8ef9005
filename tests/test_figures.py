"""Figures: each is drawn from tiny data, says what it shows, is saved whole, refuses what it cannot."""

import math

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from rust_edu import figures
from rust_edu.cameras import intrinsics, look_at, orbit_position
from rust_edu.errors import InputError
from rust_edu.figures import curves, style
from rust_edu.figures.stage import Stage, frame
from rust_edu.figures.style import BASELINES
from rust_edu.views import Views

H = W = 8


def images(*lead: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*lead, H, W, 3, generator=torch.Generator().manual_seed(seed))


def cameras(count: int) -> torch.Tensor:
    angle = torch.arange(count) * 0.4
    return look_at(orbit_position(angle, 0.4 + 0.1 * angle, torch.full((count,), 4.0)), torch.zeros(3))


def words(figure: Figure) -> str:
    """The title and what else stands on the sheet, without line breaks."""
    return " ".join(text.get_text() for text in figure.texts).replace("\n", " ").replace("\u00a0", " ")


K = intrinsics(H, W, math.radians(50))
DEPTH = torch.linspace(1.0, 9.0, 2 * H * W).view(1, 2, H, W).clone()
DEPTH[0, 0, 0] = torch.inf
LABEL = torch.zeros(1, 2, H, W, dtype=torch.uint8)
LABEL[:, :, 2:], LABEL[:, :, 4:, 3:], LABEL[:, 0, 6:, 5:] = 1, 2, 4
VIEWS = Views(images(1, 2), cameras(2)[None], K, LABEL, DEPTH)
HISTORY = [
    {"step": 10 * i, "seconds": 20.0 * i, "psnr": 12.0 + i,
     **({"val_psnr": 11.5 + i, "azimuth": 0.1 * i, "elevation": 0.8, "distance": 0.7} if i % 2 == 0 else {})}
    for i in range(1, 9)
]
NOISE = [{"model": model, "sigma": sigma, "psnr": 22.0 - slope * sigma, "stderr": 0.1}
         for model, slope in (("srt", 40.0), ("upsrt", 20.0)) for sigma in (0.0, 0.05, 0.1)]
NOISE += [{"model": "rust", "sigma": None, "psnr": 21.0, "stderr": 0.1},
          {"model": "nearest_input", "psnr": 15.0}, {"model": "mean_colour", "psnr": 13.0}]
ANGLE = torch.linspace(-3.0, 3.0, 40)
SCORES = torch.stack([ANGLE.cos(), ANGLE.sin(), ANGLE], 1)

MAKE = {
    "camera_conventions": figures.camera_conventions,
    "world_gallery": lambda: figures.world_gallery(("sector", "clutter"), size=8, scenes=2, views=2),
    "scene_sheet": lambda: figures.scene_sheet(VIEWS),
    "cameras_in_3d": lambda: figures.cameras_in_3d(cameras(3), K, 2, images=images(3)),
    "prediction_sheet": lambda: figures.prediction_sheet(images(3), images(4), images(4, seed=1)),
    "prediction_sheet of two scenes": lambda: figures.prediction_sheet(
        images(2, 5), images(2, 2), images(2, 2, seed=1), seen=None, model="srt"),
    "traversal_sheet": lambda: figures.traversal_sheet(images(2, 5), ["height", "distance"]),
    "demo_figure": lambda: figures.demo_figure(
        images(3), images(2), images(2, seed=1), images(2, 3), ["height", "azimuth"], "RUST, 5 minutes old"),
    "training_curve": lambda: figures.training_curve(HISTORY, baselines={"nearest_input": 15.0, "mean_colour": 13.0}),
    "training_curve of the start": lambda: figures.training_curve([{"step": 1, "seconds": 0.5, "psnr": 9.0}]),
    "noise_curve": lambda: figures.noise_curve(NOISE),
    "noise_curve of one model": lambda: figures.noise_curve(NOISE[:1]),
}


@pytest.fixture(scope="module", params=MAKE)
def drawn(request, tmp_path_factory) -> tuple[Figure, Image.Image]:
    """Each figure, and the file it is saved to."""
    figure = MAKE[request.param]()
    path = figures.save(figure, tmp_path_factory.mktemp("figures") / "figure.png")
    with Image.open(path) as picture:
        picture.load()
    return figure, picture


# -------------------------------------------------------------------------------------- what all figures keep


def test_figure_has_a_title_and_alt_text(drawn):
    figure, _ = drawn
    assert isinstance(figure, Figure)
    assert len(figure.get_suptitle()) > 10
    assert len(figure.alt) > 30 and figure.alt.endswith(".") and figure.alt[0].upper() == figure.alt[0]
    assert "nan" not in figure.alt.lower().split()


def test_axes_are_labelled(drawn):
    for axes in drawn[0].axes:
        if axes.axison:
            assert axes.get_xlabel() or axes.get_ylabel()
            is_colour_bar = min(axes.get_position().size * drawn[0].get_size_inches()) < 0.2
            assert is_colour_bar or (axes.get_xlabel() and axes.get_ylabel())


def test_file_has_the_size_of_the_sheet_and_the_alt_text(drawn):
    figure, picture = drawn
    assert picture.format == "PNG"
    assert picture.size == tuple(round(inches * figure.dpi) for inches in figure.get_size_inches())
    assert picture.size[0] <= style.WIDTH
    assert picture.text["Description"] == figure.alt


def test_nothing_is_cut_off(drawn):
    figure, _ = drawn
    renderer, (width, height) = FigureCanvasAgg(figure).get_renderer(), figure.bbox.size
    texts = list(figure.texts)
    for axes in figure.axes:
        texts += [*axes.texts, axes.title, axes._left_title]
        texts += [axes.xaxis.label, axes.yaxis.label] if axes.axison else []
    for text in texts:
        if text.get_text() and text.get_visible():
            box = text.get_window_extent(renderer)
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text.get_text()


def test_figures_do_not_touch_the_readers_settings():
    with matplotlib.rc_context({"font.size": 33, "font.family": "serif", "lines.linewidth": 9}):
        before = dict(matplotlib.rcParams)
        figure = figures.training_curve(HISTORY)
        assert dict(matplotlib.rcParams) == before
    assert figure.axes[0].xaxis.label.get_fontfamily() == [style.FONT]
    assert figure.axes[0].xaxis.label.get_fontsize() == style.BODY


def test_figure_shows_itself_in_a_notebook_with_alt_text():
    figure = figures.training_curve(HISTORY)
    figure.alt = 'a < b & "c"'
    bundle = figure._repr_mimebundle_()
    assert 'alt="a &lt; b &amp; &quot;c&quot;"' in bundle["text/html"]
    assert 'src="data:image/png;base64,iVBOR' in bundle["text/html"]
    assert bundle["text/plain"] == figure.alt


def test_every_method_has_its_own_colour_name_and_marker():
    assert set(figures.METHOD_COLOURS) == {"rust", "upsrt", "srt", *BASELINES}
    for table in (style.METHOD_COLOURS, style.METHOD_NAMES, style.METHOD_MARKERS):
        assert set(table) == set(style.METHOD_COLOURS) and len(set(table.values())) == len(table)


def test_public_names_exist():
    assert all(hasattr(figures, name) for name in figures.__all__)


# ----------------------------------------------------------------------------------------------------- saving


def test_a_failure_midway_leaves_the_old_file(tmp_path, monkeypatch):
    figure, path = figures.noise_curve(NOISE), tmp_path / "figure.png"
    path.write_bytes(b"the old file")

    def broken(name, **options):
        name.write_bytes(b"half a pic")
        raise RuntimeError("out of luck")

    monkeypatch.setattr(figure, "savefig", broken)
    with pytest.raises(RuntimeError, match="out of luck"):
        figures.save(figure, path)
    assert path.read_bytes() == b"the old file"
    assert list(tmp_path.iterdir()) == [path]


def test_save_makes_the_folder_and_takes_a_resolution(tmp_path):
    figure = figures.noise_curve(NOISE)
    path = figures.save(figure, tmp_path / "new" / "figure.png", dpi=figure.dpi / 2)
    with Image.open(path) as picture:
        assert picture.size[0] == style.WIDTH // 2
    assert [file.name for file in path.parent.iterdir()] == ["figure.png"]


def test_save_refuses_what_it_cannot_write(tmp_path):
    figure = figures.noise_curve(NOISE)
    with pytest.raises(InputError, match=".png"):
        figures.save(figure, tmp_path / "figure.pdf")
    with pytest.raises(InputError, match="alt text"):
        figures.save(Figure(), tmp_path / "figure.png")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match="cannot be saved"):
        figures.save(figure, tmp_path / "file" / "figure.png")


# ------------------------------------------------------------------------------------------- what figures say


def test_psnr_is_that_of_the_half_that_was_not_seen():
    targets = torch.zeros(1, H, W, 3)
    predictions = targets.clone()
    predictions[:, :, : W // 2] = 1.0  # the left half is all wrong: 0 dB
    predictions[:, :, W // 2:] = 0.1  # 20 dB
    for seen, decibels in (("left", "20.0 dB"), (None, "20.0 dB"), ("right", "0.0 dB")):
        figure = figures.prediction_sheet(images(2), targets, predictions, seen=seen)
        assert decibels in figure.alt and decibels in [text.get_text() for text in figure.texts]
        assert ("seen" in [text.get_text() for text in figure.texts]) == (seen is not None)


def test_pictures_are_enlarged_by_whole_numbers():
    figure = figures.prediction_sheet(images(3), images(4), images(4))
    sizes = {tuple(axes.get_window_extent().size.round(6)) for axes in figure.axes if not axes.axison}
    assert len(sizes) == 1 and all(side % W == 0 for side in sizes.pop())


def test_uint8_and_numpy_pictures_are_colours():
    integers = (images(2) * 255).round().to(torch.uint8)
    same = figures.prediction_sheet(integers, integers, (integers.float() / 255).numpy())
    assert "100.0 dB" in same.alt  # no error at all: the PSNR is cut off there


def test_training_curve_names_its_last_numbers():
    figure = figures.training_curve(HISTORY)
    assert "19.5 dB on unseen scenes in 2.7 minutes" in words(figure)
    assert "0.80 for azimuth" in figure.alt and len(figure.axes) == 2
    assert len(figures.training_curve([{**entry, "azimuth": None} for entry in HISTORY]).axes) == 2


def test_training_curve_passes_over_gaps():
    gaps = [*HISTORY, {"step": 90, "seconds": 180.0, "psnr": float("nan"), "val_psnr": None}]
    assert "19.5 dB" in words(figures.training_curve(gaps))
    assert "no result" in words(figures.training_curve(gaps[-1:]))


def test_noise_curve_says_where_rust_comes_ahead():
    figure = figures.noise_curve(NOISE)
    assert "SRT loses 4.0 dB and UpSRT loses 2.0 dB" in words(figure)
    said = words(figure).replace("\u00a0", " ")
    assert "overtakes SRT between σ = 0 and 0.05 and UpSRT between σ = 0.05 and 0.1" in said


def test_labels_at_the_ends_of_curves_do_not_overlap():
    close = [{"model": name, "sigma": 0.1, "psnr": 20.0 + 0.001 * i}
             for i, name in enumerate(("srt", "upsrt", "rust", *BASELINES))]
    figure = figures.noise_curve(close)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = sorted((text.get_window_extent(renderer).y0, text.get_window_extent(renderer).y1)
                   for text in figure.axes[0].texts)
    assert len(boxes) == 3 + len(BASELINES) and all(low[1] <= high[0] + 1 for low, high in zip(boxes, boxes[1:]))


# ------------------------------------------------------------------------------------------- the 3-D drawings


def test_frame_shows_all_points():
    points = torch.rand(30, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([4.0, 2.0, 1.0])
    eye, target = frame(points, (1.0, 0.5, 0.6), 40.0, 2.0, fill=0.9)
    pose = look_at(eye, target)
    local = (points - eye) @ pose[:3, :3]
    share = (local[:, :2] / local[:, 2:]).abs() / math.tan(math.radians(20.0)) * torch.tensor([1.0, 2.0])
    assert (local[:, 2] > 0).all() and 0.85 < share.max() < 0.95


def test_stage_projects_as_the_cameras_do():
    scene = figures.cameras._studio([("sphere", (0.0, 0.0), (0.5, 0.5, 0.5), 0.0, (1.0, 0.0, 0.0))])
    sheet = style.Sheet(100, "A stage")
    eye, target = torch.tensor([4.0, 0.0, 0.5]), torch.tensor([0.0, 0.0, 0.5])
    stage = Stage(sheet, 0, 0, 80, 60, eye, target, 40.0, scene)
    at, depth = stage.project([[0.0, 0.0, 0.5], [0.0, 0.3, 0.5], [0.0, 0.0, 0.9]])
    assert at[0] == pytest.approx([40.0, 30.0]) and depth == pytest.approx([4.0] * 3)
    assert at[1, 0] > 40.0 and at[2, 1] < 30.0  # the world's y is right of this eye, z is up
    stage.line([[-2.0, 0.0, 0.5], [3.0, 0.0, 0.5]])  # from behind the sphere to before it
    shown = np.isfinite(stage.axes.lines[-1].get_xdata())
    assert not shown[:40].any() and shown[-38:].all()


# --------------------------------------------------------------------------------------------- the live curve


class Display:
    """What IPython's `display` does, counted."""

    def __init__(self):
        self.shown, self.updates = [], []

    def __call__(self, figure, display_id):
        self.shown.append(figure)
        return self

    def update(self, figure):
        self.updates.append(figure)


def test_live_curve_updates_one_display_and_not_too_often(monkeypatch):
    display, now = Display(), [100.0]
    monkeypatch.setattr(curves, "_notebook_display", lambda: display)
    monkeypatch.setattr(curves.time, "monotonic", lambda: now[0])
    live = figures.LiveCurve(every=2.0)
    live([])
    live(HISTORY[:1])
    now[0] += 1.9
    live(HISTORY[:2])
    assert len(display.shown) == 1 and not display.updates
    now[0] += 0.2
    live(HISTORY[:3])
    assert len(display.updates) == 1
    live(HISTORY)
    live.finish()  # shows what came since
    live.finish()  # and nothing where nothing came
    assert len(display.shown) == 1 and len(display.updates) == 2
    assert "19.5 dB" in display.updates[-1].alt


def test_live_curve_takes_no_more_than_a_tenth_of_the_time(monkeypatch):
    display, now = Display(), [0.0]
    monkeypatch.setattr(curves, "_notebook_display", lambda: display)
    monkeypatch.setattr(curves.time, "monotonic", lambda: now[0])
    quick = curves.training_curve

    def slow(history):
        now[0] += 1.0  # one second for a drawing
        return quick(history)

    monkeypatch.setattr(curves, "training_curve", slow)
    live = figures.LiveCurve(every=2.0)
    live(HISTORY)
    now[0] += 8.5
    live(HISTORY)
    assert not display.updates
    now[0] += 1.0
    live(HISTORY)
    assert len(display.updates) == 1


def test_live_curve_does_nothing_outside_a_notebook(monkeypatch):
    monkeypatch.setattr(curves, "training_curve", lambda *_, **__: pytest.fail("drawn outside a notebook"))
    live = figures.LiveCurve()
    live(HISTORY)
    live.finish()


# ------------------------------------------------------------------------------------------------ wrong input


BLACK, NAN = images(2) * 0, torch.full((2, H, W, 3), torch.nan)
WRONG = {
    "predictions of another shape": lambda: figures.prediction_sheet(images(3), images(2), images(3)),
    "channels first": lambda: figures.prediction_sheet(*[torch.rand(2, 3, H, W)] * 3),
    "one picture": lambda: figures.prediction_sheet(images(), images(2), images(2)),
    "inputs of another size": lambda: figures.prediction_sheet(torch.rand(2, 4, 4, 3), images(2), images(2)),
    "another number of scenes": lambda: figures.prediction_sheet(images(3, 2), images(2, 2), images(2, 2)),
    "no targets": lambda: figures.prediction_sheet(images(2), images(0), images(0)),
    "NaN predictions": lambda: figures.prediction_sheet(images(2), BLACK, NAN),
    "an unknown half": lambda: figures.prediction_sheet(images(2), images(2), images(2), seen="top"),
    "an unknown model": lambda: figures.prediction_sheet(images(2), images(2), images(2), model="nerf"),
    "pictures one pixel wide": lambda: figures.prediction_sheet(*[torch.rand(2, H, 1, 3)] * 3),
    "lists of unequal length": lambda: figures.prediction_sheet([[1.0], [1.0, 2.0]], images(2), images(2)),
    "too few names": lambda: figures.traversal_sheet(images(2, 3), ["height"]),
    "traversals without steps": lambda: figures.traversal_sheet(images(3), ["a", "b", "c"]),
    "too few steps": lambda: figures.traversal_sheet(images(1, 3), ["height"], steps=[0.0]),
    "demo with bad traversals": lambda: figures.demo_figure(BLACK, BLACK, BLACK, images(2), ["a"], "RUST"),
    "empty history": lambda: figures.training_curve([]),
    "history without time": lambda: figures.training_curve([{"step": 1, "psnr": 12.0}]),
    "unknown baseline": lambda: figures.training_curve(HISTORY, baselines={"best": 1.0}),
    "no noise points": lambda: figures.noise_curve([]),
    "a point without sigma": lambda: figures.noise_curve([{"model": "srt", "psnr": 20.0}]),
    "a point without psnr": lambda: figures.noise_curve([{"model": "rust"}]),
    "a point of an unknown model": lambda: figures.noise_curve([{"model": "nerf", "psnr": 20.0}]),
    "cameras of 3x4": lambda: figures.cameras_in_3d(cameras(3)[:, :3], K),
    "cameras that are not rigid": lambda: figures.cameras_in_3d(2 * cameras(3), K),
    "too many inputs": lambda: figures.cameras_in_3d(cameras(3), K, 4),
    "images of other cameras": lambda: figures.cameras_in_3d(cameras(3), K, images=images(2)),
    "a world that is none": lambda: figures.world_gallery(("mars",)),
    "no worlds": lambda: figures.world_gallery(()),
    "views without depth": lambda: figures.scene_sheet(Views(images(1, 2), cameras(2)[None], K)),
    "a scene too far": lambda: figures.scene_sheet(VIEWS, scene=1),
    "depth of another size": lambda: figures.scene_sheet(Views(images(1, 2), VIEWS.camera_to_world, K, LABEL,
                                                              DEPTH[..., 1:])),
}


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_wrong_input_is_refused_in_one_line(call):
    with pytest.raises(InputError) as error:
        call()
    assert "\n" not in str(error.value) and "expected" in str(error.value)
