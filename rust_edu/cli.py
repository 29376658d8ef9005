"""The command line: rust-edu doctor | data | train | evaluate | nerf | results | demo | explore | course.

Everything a command needs is imported inside it, so that `rust-edu --help` answers at once. An error that was
raised on purpose, and a wrong option, is one line on the terminal and exit code 2.
"""

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from .course.commands import app as course_app
from .errors import DeviceError, InputError, RustEduError
from .terminal import forgiving

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__.splitlines()[0],
                  rich_markup_mode=None, pretty_exceptions_enable=False)
data_app = typer.Typer(no_args_is_help=True, help="Make and look at data sets.", rich_markup_mode=None)
app.add_typer(data_app, name="data")
app.add_typer(course_app, name="course")

STOPPED = 130  # exit code of a command that Ctrl-C ended

Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of everything random.")]
Device = Annotated[str, typer.Option(help="cpu, cuda, or auto: the GPU if there is one.")]
Threads = Annotated[int, typer.Option(min=0, max=1024, help="CPU threads; 0: as many as cores. On a busy "
                                                            "machine 1 is faster.")]


def pick_device(name: str, threads: int = 0):
    """The torch device of this name. Raises DeviceError for one that this machine does not have."""
    import torch

    if threads:
        torch.set_num_threads(threads)
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(f"unknown device {name!r}", "cpu, cuda, cuda:0, ..., or auto") from error
    gpus = torch.cuda.device_count()
    if device.type == "cuda" and (not torch.cuda.is_available() or (device.index or 0) >= gpus):
        raise DeviceError(f"no GPU for {name!r} on this machine", f"a device it has ({gpus} GPUs)",
                          "Use --device cpu.")
    known = device.type in ("cpu", "cuda") or (device.type == "mps" and torch.backends.mps.is_available())
    if not known:
        raise DeviceError(f"device {name!r} cannot be used here", "cpu, cuda or auto")
    return device


@app.command()
def doctor() -> None:
    """Say what this machine has and can do.

    What will be slow, and how long the course's trainings take here.
    """
    from .course.doctor import doctor as examine

    raise typer.Exit(examine())


@data_app.command("make")
def data_make(world: Annotated[str, typer.Option(help="sector, gaze, orbit, ...: data/README.md has them.")] = "sector",
              scenes: Annotated[int, typer.Option(help="How many scenes.")] = 8000,
              views: Annotated[int, typer.Option(help="Views of each scene.")] = 10,
              size: Annotated[int, typer.Option(help="Side of the square pictures, pixels.")] = 32,
              seed: Seed = 0,
              folder: Annotated[Path | None, typer.Option(help="Where; data/cache/<name> if not given.")]
              = None) -> None:
    """Render a data set once and keep it; goes on where it stopped if it is run again."""
    from .datasets import make_dataset

    data = make_dataset(world, scenes, views, size, seed, folder)
    print(f"{len(data)} scenes of {world}, {views} views each, {size}x{size} pixels: {data.folder}")


@data_app.command("photos")
def data_photos(source: Annotated[Path, typer.Argument(help="A folder of pictures and videos, or one video.")],
                size: Annotated[int, typer.Option(help="Side of the square pictures, pixels.")] = 32,
                views: Annotated[int, typer.Option(help="Views of each scene.")] = 10,
                gap: Annotated[int, typer.Option(help="1: the views of a scene are neighbours; 2: every second "
                                                      "picture; ...")] = 1,
                rate: Annotated[float, typer.Option(help="Pictures taken from each second of a video.")] = 5.0,
                cameras: Annotated[Path | None, typer.Option(help="A transforms.json or the folder of a COLMAP model, "
                                                                  "if there is one.")] = None,
                folder: Annotated[Path | None, typer.Option(help="Where; data/cache/photos-<name> if not given.")]
                = None) -> None:
    """Make scenes of your own pictures.

    Pictures of a place go into one folder, in the order of a walk: neighbours must overlap. Near-duplicates and blurred
    ones are left out. Look at the contact sheet before you train.
    """
    from .datasets.camera_files import read_cameras
    from .datasets.contact_sheet import contact_sheet
    from .datasets.photos import look_through
    from .paths import cache_folder

    known = None if cameras is None else read_cameras(cameras)
    album = look_through(source, size, rate, turn=known is None)
    kept = folder or cache_folder() / f"photos-{source.resolve().name}"
    for picture in album.unreadable():
        print(f"{picture.name}: {picture.fate}")
    try:
        scenes = album.scenes(views, gap, known)
        scenes.save(kept, source=str(source.resolve()))
    finally:  # where no scene can be made of them, the sheet shows why
        sheet = contact_sheet(album, kept / "contact_sheet.png")
        print(f"{album.summary()}\nlook at {sheet}")
    print(f"{len(scenes)} scenes of {views} views, {size}x{size} pixels{', with cameras' * bool(known)}: {kept}\n"
          f"now: rust-edu train --photos {shlex.quote(str(kept))}")


@app.command()
def train(model: Annotated[str, typer.Option(help="srt, upsrt or rust.")] = "rust",
          profile: Annotated[str, typer.Option(help="smoke, laptop, fine, relative, gaze, sharp, orbit, gpu, paper.")]
          = "laptop",
          steps: Annotated[int | None, typer.Option(min=1, help="Instead of the profile's number.")] = None,
          minutes: Annotated[float | None, typer.Option(help="As many steps as this machine does in it.")]
          = None,
          noise: Annotated[float, typer.Option(help="Sigma of the camera noise in the data.")] = 0.0,
          latent: Annotated[int | None, typer.Option(min=1, help="Numbers in a latent pose, instead of the "
                                                                 "profile's.")] = None,
          pixel: Annotated[bool, typer.Option(help="SRT's and UpSRT's queries carry the pixel's position too.")]
          = False,
          photos: Annotated[Path | None, typer.Option(help="A folder made by `rust-edu data photos`, to train on "
                                                           "instead of the profile's world.")] = None,
          seed: Seed = 0, device: Device = "auto", threads: Threads = 0,
          folder: Annotated[Path | None, typer.Option(help="For checkpoint and weights; else runs/<name>.")]
          = None) -> None:
    """Train a model, or go on with a training.

    From scratch; a run that was interrupted goes on where it was. Of photos, the last fifth is kept for the curve of
    unseen scenes.
    """
    if steps is not None and minutes is not None:
        raise InputError("both --steps and --minutes", "one of them")
    from dataclasses import replace

    from .datasets import open_pictures
    from .training import distributed
    from .training.loop import fit, steps_for
    from .training.profiles import get_profile
    from .training.record import finish, run_name, train_command

    chosen = distributed.start(pick_device(device, threads))
    try:
        sizes = get_profile(profile)
        if latent is not None:
            sizes = replace(sizes, model=replace(sizes.model, latent=latent))
        if pixel:
            if model == "rust":
                raise InputError("--pixel for RUST, whose queries always carry the pixel's position", "srt or upsrt")
            sizes = replace(sizes, model=replace(sizes.model, pixel=True))
        if minutes is not None:  # measured once: processes that disagreed would wait for each other for ever
            steps = distributed.from_first(steps_for(minutes, model, sizes, chosen)
                                           if distributed.rank() == 0 else None)
        steps = steps or sizes.steps
        data, unseen = open_pictures(photos).split() if photos else (None, None)
        kept = folder or Path("runs") / run_name(model, sizes, noise, seed, photos)
        result = fit(model, sizes, data=data, unseen=unseen, steps=steps, seed=seed, noise=noise, device=chosen,
                     folder=kept)
        if distributed.rank() == 0:
            if result.finished:
                print(f"Trained: {finish(result, kept, sizes, steps, seed, noise, photos)}")
            else:
                again = train_command(model, sizes, steps, seed, noise, photos)
                again += f" --folder {shlex.quote(str(folder))}" if folder else ""
                print(f"Stopped after {result.steps} of {steps} steps. To go on: {again}")
    finally:
        distributed.stop()
    if not result.finished:
        raise typer.Exit(STOPPED)


@app.command()
def evaluate(weights: Annotated[list[Path], typer.Argument(help="Weight files.")],
             record: Annotated[bool, typer.Option(help="Write the numbers into data/results.json.")] = False,
             looking: Annotated[bool, typer.Option(help="SRT and UpSRT also correct what they are told: minutes.")]
             = False,
             device: Device = "auto", threads: Threads = 0) -> None:
    """Measure models on the test scenes.

    Pictures by the half-image protocol; of latent poses, what can be read out, and the transfer test.
    """
    from .evaluation.report import report_weights

    chosen = pick_device(device, threads)
    for path in weights:
        report_weights(path, chosen, record, looking=looking)


@app.command()
def nerf(world: Annotated[str, typer.Option(help="Of the test scenes: sector, orbit, ...")] = "sector",
         scenes: Annotated[int, typer.Option(help="How many of them, from the first on.")] = 20,
         noise: Annotated[float, typer.Option(help="Sigma of the camera noise.")] = 0.0,
         learn_cameras: Annotated[bool, typer.Option("--learn-cameras", help="NeRF--: cameras are only where "
                                                                             "learned ones start from.")] = False,
         record: Annotated[bool, typer.Option(help="Write the numbers into data/results.json.")] = False,
         seed: Seed = 0, threads: Threads = 0,
         folder: Annotated[Path | None, typer.Option(help="Where scenes that are done are kept; else runs/<row>.")]
         = None) -> None:
    """Fit a NeRF to each of some test scenes and measure it.

    A row of the table; if it is interrupted, the same command goes on with the next scene.
    """
    from .evaluation.report import show
    from .evaluation.results import record as keep
    from .training.per_scene import measure_scenes, row_command, row_name

    pick_device("cpu", threads)
    name = row_name(world, noise, learn_cameras)
    entry = measure_scenes(world, scenes, folder or Path("runs") / name, noise=noise, learn_cameras=learn_cameras,
                           seed=seed)
    if entry is None:
        again = row_command(world, scenes, noise, learn_cameras, seed)
        print(f"Stopped. To go on: {again}" + (f" --folder {shlex.quote(str(folder))}" if folder else ""))
        raise typer.Exit(STOPPED)
    show(name, entry)
    if record:
        keep(name, entry)


@app.command()
def results(check: Annotated[bool, typer.Option(help="Only say whether README.md is in step; exit 1 if not.")]
            = False) -> None:
    """Make the README's table and pictures.

    The table is that of data/results.json; the pictures are drawn by the shipped weights.
    """
    from .paths import checkout, kept_folder

    if checkout() is None:
        raise InputError("this rust_edu was installed without the project's README", "a checkout of the project",
                         "Clone it and install it with pip install -e .")
    from .evaluation.results import update_readme

    if not update_readme(Path(__file__).parent.parent / "README.md", check=check) and check:
        print("README.md is out of step with data/results.json. Run `rust-edu results`.", file=sys.stderr)
        raise typer.Exit(1)
    if not check:
        from .demo import write_figures

        for path in write_figures(kept_folder() / "figures"):
            print(path)


@app.command()
def demo(minutes: Annotated[float, typer.Option(help="Time for training.")] = 4.0,
         picture: Annotated[Path, typer.Option(help="The picture to write.")] = Path("runs/demo.png"),
         seed: Seed = 0, device: Device = "auto", threads: Threads = 0) -> None:
    """Train RUST for some minutes and show it.

    From scratch, on this machine; ends with a picture and a row beside the shipped model's.
    """
    from .demo import run_demo

    run_demo(minutes, picture, seed, pick_device(device, threads))


@app.command()
def explore(port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 0,
            browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True) -> None:
    """Drag a latent pose, see the view move.

    Opens the explorer as a page of its own, served to this machine alone. It shows the shipped RUST and takes some
    seconds to open. Ctrl-C ends it.
    """
    from .widgets.page import serve

    raise typer.Exit(serve(port, browser))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0, 2 with one line for an error raised on purpose, 130 after Ctrl-C.

    `arguments`: those of this process if not given. RUST_EDU_TRACEBACK=1 in the environment shows where an
    error comes from. Output that cannot be written stops no command (see `terminal`): where nobody reads on, that is
    all; otherwise it is an error once all is done.
    """
    with forgiving() as output:
        code = _run(arguments)
    if output.failure is not None and not isinstance(output.failure, BrokenPipeError):
        print(f"rust-edu: what the command printed is not complete ({output.failure.strerror}).", file=sys.stderr)
        code = code or 2
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    """The exit code of a command line."""
    try:
        code = app(arguments, prog_name="rust-edu", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except Exception as error:
        line = _one_line(error)
        if line is None or os.environ.get("RUST_EDU_TRACEBACK"):
            raise
        if line:
            print(f"rust-edu: {line}", file=sys.stderr)
        code = 2
    return code if isinstance(code, int) else 0


def _one_line(error: Exception) -> str | None:
    """The line for the reader; "" if the error has shown itself; None for what nobody has foreseen: a bug."""
    if isinstance(error, RustEduError):
        return " ".join(str(error).split())
    if hasattr(error, "format_message"):  # click's, or of the click in newer typers
        if type(error).__name__ == "NoArgsIsHelpError":
            error.show()
            return ""
        return " ".join(error.format_message().split()) + " See --help."
    if (isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
            or "allocate memory" in str(error)):
        return "this device has not enough memory for that. Use a smaller profile or smaller pictures."
    return None
