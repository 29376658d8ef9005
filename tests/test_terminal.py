"""Whatever a command prints to: it does its work, shows what can be shown, and ends without a traceback."""

import errno
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rust_edu import cli
from rust_edu.terminal import console, forgiving

ROOT = Path(__file__).resolve().parents[1]


class Breaking(io.RawIOBase):
    """A file with room for some bytes."""

    def __init__(self, room: int, number: int) -> None:
        self.room, self.number, self.taken = room, number, b""

    def writable(self) -> bool:
        return True

    def write(self, content) -> int:
        if len(self.taken) + len(content) > self.room:
            raise OSError(self.number, os.strerror(self.number))
        self.taken += bytes(content)
        return len(content)


def stream(raw: io.RawIOBase, encoding: str = "utf-8", buffered: bool = True) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedWriter(raw) if buffered else raw, encoding, line_buffering=True)


@pytest.mark.parametrize("encoding, shown", [
    ("utf-8", "σ 1 ± 2° é ● …\n"), ("latin-1", "sigma 1 ± 2° é ? ...\n"), ("cp1252", "sigma 1 ± 2° é ? …\n"),
    ("ascii", "sigma 1 +/- 2 deg e ? ...\n"),
])
def test_a_terminal_shows_what_it_can(encoding, shown, monkeypatch):
    raw = Breaking(1000, errno.ENOSPC)
    monkeypatch.setattr(sys, "stdout", stream(raw, encoding))
    before = sys.stdout
    with forgiving() as output:
        print("σ 1 ± 2° é ● …")
    assert raw.taken.decode(encoding) == shown and output.failure is None and sys.stdout is before


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC, errno.EIO])
def test_what_cannot_be_written_is_dropped(number, buffered, monkeypatch):
    raw = Breaking(12, number)
    monkeypatch.setattr(sys, "stdout", stream(raw, buffered=buffered))
    with forgiving() as output:
        for word in ("first", "second", "third", "x"):
            print(word, flush=True)
    assert raw.taken == b"first\n" and output.failure.errno == number
    sys.stdout.flush()  # as Python does at its end: nothing has been left in it


def test_a_stdout_that_is_closed_and_one_that_is_no_file(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with forgiving() as output:
        print("nobody reads this")
    assert sys.stdout is None and output.failure is None
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))
    with forgiving():
        print("±")
    assert sys.stdout.buffer.getvalue().decode() == "±\n"


def test_no_number_is_cut_off_in_a_narrow_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    assert console().width == 80
    monkeypatch.setenv("COLUMNS", "133")
    assert console().width == 133


@pytest.mark.parametrize("number, code, said", [
    (errno.EPIPE, 0, ""), (errno.ENOSPC, 2, "rust-edu: what the command printed is not complete (No space left on "
                                            "device).\n")])
def test_a_command_ends_its_work_and_says_what_is_lost(number, code, said, monkeypatch, capsys):
    done = []

    class Made(list):
        folder = "folder"

    def make(*_):
        print("before" * 1000, flush=True)
        done.append(True)
        return Made()

    monkeypatch.setattr("rust_edu.datasets.make_dataset", make)
    monkeypatch.setattr(sys, "stdout", stream(Breaking(10, number)))
    with pytest.raises(SystemExit) as ended:
        cli.main(["data", "make"])
    assert done and ended.value.code == code and capsys.readouterr().err == said


# ------------------------------------------------------------------------------------------------------ as a program

COMMANDS = {"status": ["course", "status"], "diagnoses": ["course", "diagnoses"], "help": ["--help"],
            "error": ["course", "build", "99"],
            "train": ["train", "--profile", "smoke", "--steps", "2", "--device", "cpu", "--folder", "run"]}


def program(command: str, **streams) -> subprocess.CompletedProcess:
    """Run a command in a shell that lets nothing but the command fail."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "COLUMNS": "20"}
    encoding = streams.setdefault("encoding", "utf-8")
    return subprocess.run([sys.executable, "-m", "rust_edu", *COMMANDS[command]], timeout=300,
                          env=environment | {"PYTHONIOENCODING": encoding}, **{"stderr": subprocess.PIPE} | streams)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_in_a_terminal_of_few_characters(command, encoding, tmp_path, data_home):
    done = program(command, stdout=subprocess.PIPE, encoding=encoding, cwd=tmp_path)
    assert done.returncode == (2 if command == "error" else 0) and "Traceback" not in done.stderr
    assert re.sub(r"\s", "", done.stdout if command != "error" else done.stderr)


@pytest.mark.parametrize("command", COMMANDS)
def test_where_nobody_reads_on(command, tmp_path, data_home):
    """Both ends of the output go to a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = program(command, stdout=writer, stderr=writer, cwd=tmp_path)
    finally:
        os.close(writer)
    assert done.returncode == (2 if command == "error" else 0)
    assert (tmp_path / "run" / "weights.safetensors").exists() == (command == "train")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a full disk to try")
@pytest.mark.parametrize("command", ["status", "train"])
def test_a_full_disk(command, tmp_path, data_home):
    with open("/dev/full", "w") as full:
        done = program(command, stdout=full, cwd=tmp_path)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("rust-edu: what the command printed is not complete (No space left")
    assert (tmp_path / "run" / "weights.safetensors").exists() == (command == "train")
