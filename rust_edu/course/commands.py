"""The commands of `rust-edu course`: new, build, status, classroom, diagnoses.

Everything a command needs is imported inside it, as in cli.py. Public: `app`.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None,
                  help="Build the course's notebooks; see what you have solved.")


@app.command()
def new(number: Annotated[str, typer.Argument(help="Its number in the syllabus, such as 03.")]) -> None:
    """Begin a chapter: a skeleton that runs and passes, built, with the pages that name it. See CONTRIBUTING.md."""
    from .making.build import Course, build
    from .making.new import DRAFT, new_chapter
    from .making.pages import update_pages

    course, number = Course(), number.zfill(2)
    for path in new_chapter(course, number):
        print(path.relative_to(course.root).as_posix())
    print(f"Every line that is yet to be written carries {DRAFT}. Building ...", flush=True)
    build(course, number)
    for other in course.numbers():  # their maps lead to it
        if other != number:
            build(course, other, execute=False)
    update_pages(course)
    _write_diagnoses(course)


@app.command("build")
def build_command(
        numbers: Annotated[list[str] | None, typer.Argument(help="Notebooks, such as 01 04; all if not given.")] = None,
        check: Annotated[bool, typer.Option("--check", help="Only say what is out of step or missing; exit code 1 "
                                                            "if anything is.")] = False,
        no_run: Annotated[bool, typer.Option("--no-run", help="Do not run the solved editions; outputs are kept "
                                                              "where no code has changed.")] = False) -> None:
    """Make the student and the solved editions from solutions/NN_name.py."""
    from .making.build import Course, build
    from .making.pages import update_pages

    course = Course()
    chosen = _chosen(course, numbers)
    if check:
        from .making.proof import findings

        found = findings(course, chosen)
        for line in found:
            print(line)
        notebooks = f"{len(chosen)} notebook{'' if len(chosen) == 1 else 's'}"
        if found:
            print(f"{len(found)} finding{'' if len(found) == 1 else 's'} in {notebooks}.", file=sys.stderr)
        else:
            print(f"{notebooks}: everything in step.")
        raise typer.Exit(1 if found else 0)
    for number in chosen:
        print(f"{course.source(number).name}: {'writing' if no_run else 'running'} ...", flush=True)
        source = build(course, number, execute=not no_run)
        print(f"  {course.student(number).name}: {len(source.exercises)} exercises, {len(source.questions)} questions")
    update_pages(course)


def _chosen(course, numbers: list[str] | None) -> list[str]:
    """The notebooks asked for, as numbers; all that have a source if none is."""
    from ..errors import InputError
    from .syllabus import entry

    known = course.numbers()
    chosen = [entry(number.zfill(2)).number for number in numbers or known]
    for number in chosen:
        if number not in known:
            raise InputError(f"notebook {number} has no source {course.source(number).name}",
                             ", ".join(known) or "a file in solutions/")
    return chosen


@app.command()
def status() -> None:
    """Say what you have solved, with how many hints, and how long you took."""
    from .reading.progress import status as show

    show()


@app.command()
def classroom(folder: Annotated[Path, typer.Argument(help="The folder of your class.")],
              numbers: Annotated[list[str] | None, typer.Argument(help="Notebooks, such as 01 04; all if not given.")]
              = None) -> None:
    """Set up a folder for nbgrader: its settings, and the student editions. See docs/teaching.md."""
    from .making.build import Course
    from .making.classroom import set_up_class

    course = Course()
    for path in set_up_class(course, folder, _chosen(course, numbers)):
        print(path)


@app.command()
def diagnoses(write: Annotated[bool, typer.Option("--write", help="Write docs/diagnoses.md instead.")] = False) -> None:
    """Print which wrong answers are known for each exercise, and what each is told."""
    from .making.build import Course
    from .making.diagnoses import diagnoses_table, known_answers

    course = Course()
    if write:
        print(f"docs/diagnoses.md: {_write_diagnoses(course)} answers")
    else:
        print(diagnoses_table(known_answers(course.root)), end="")


def _write_diagnoses(course) -> int:
    """Bring docs/diagnoses.md into step; how many answers it names."""
    from .making.build import write
    from .making.diagnoses import diagnoses_page, known_answers

    answers = known_answers(course.root)
    write(course.root / "docs" / "diagnoses.md", diagnoses_page(answers))
    return len(answers)
