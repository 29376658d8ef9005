"""The command line: bad input is one line on stderr and exit code 2, and --help answers without torch."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from rust_edu import cli
from rust_edu.errors import DataError
from rust_edu.evaluation import report
from rust_edu.models.weights import load_weights

ROOT = Path(__file__).resolve().parents[1]
TRAIN = ["train", "--profile", "smoke", "--device", "cpu"]


@pytest.fixture
def run(capfd, monkeypatch, tmp_path):
    """Runs a command in an empty folder: (exit code, stdout, stderr). Its data folder is empty, unless a test
    asks for `data_home` after this."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUST_EDU_DATA", str(tmp_path / "data"))

    def command(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main([str(a) for a in arguments])
        return ended.value.code, *capfd.readouterr()

    return command


def one_line(outcome: tuple[int, str, str], says: str, code: int = 2) -> str:
    assert outcome[0] == code and outcome[1] == ""
    lines = outcome[2].splitlines()
    assert len(lines) == 1 and lines[0].startswith("rust-edu: ") and says in lines[0], outcome
    return lines[0]


# --------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("arguments, says", [
    (["--model", "nerf"], "unknown model 'nerf'; expected one of srt, upsrt, rust"),
    (["--profile", "big"], "unknown profile 'big'; expected one of smoke, laptop"),
    (["--device", "gpu"], "unknown device 'gpu'"),
    (["--device", ""], "unknown device ''"),
    (["--device", "meta"], "device 'meta' cannot be used here"),
    (["--noise", "-0.1"], "pose noise sigma = -0.1"),
    (["--noise", "nan"], "pose noise sigma = nan"),
    (["--noise", "much"], "--noise"),
    (["--steps", "0"], "--steps"),
    (["--steps", "2.5"], "--steps"),
    (["--seed", "-1"], "--seed"),
    (["--seed", str(2**64)], "--seed"),
    (["--threads", "-1"], "--threads"),
    (["--threads", str(10**9)], "--threads"),
    (["--minutes", "0"], "0.0 minutes of training"),
    (["--minutes", "nan"], "nan minutes of training"),
    (["--minutes", "1", "--steps", "2"], "both --steps and --minutes"),
    (["--size", "64"], "--size"),
    (["here"], "here"),
])
def test_train_refuses(run, arguments, says, tmp_path):
    one_line(run(*TRAIN, *arguments), says)
    assert list(tmp_path.iterdir()) == [], "before anything is rendered or written"


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "cuda:99"])
def test_a_gpu_that_is_not_there(run, device, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    for command in (["train"], ["evaluate", "w.safetensors"], ["demo"]):
        line = one_line(run(*command, "--device", device), f"no GPU for {device!r} on this machine")
        assert "Use --device cpu." in line


def test_the_second_of_one_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert str(cli.pick_device("auto")) == "cuda" and str(cli.pick_device("cuda:0")) == "cuda:0"
    with pytest.raises(cli.DeviceError, match="no GPU for 'cuda:1'.*1 GPUs"):
        cli.pick_device("cuda:1")


@pytest.mark.parametrize("arguments, says", [
    (["--world", "moon"], "unknown world 'moon'; expected one of sector, gaze"),
    (["--scenes", "0"], "scenes = 0"),
    (["--views", "0"], "views = 0"),
    (["--size", "1"], "size = 1"),
    (["--size", "-32"], "size = -32"),
    (["--size", "large"], "--size"),
    (["--folder", "/proc/none"], "cannot write"),
])
def test_data_make_refuses(run, arguments, says):
    one_line(run("data", "make", "--scenes", "1", "--size", "8", *arguments), says)


def test_evaluate_refuses(run, tmp_path):
    one_line(run("evaluate", "no.safetensors"), "no weights at no.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"not weights")
    one_line(run("evaluate", "bad.safetensors"), "bad.safetensors is damaged")
    one_line(run("evaluate"), "Missing argument")


def test_demo_refuses_without_the_test_scenes(run, nothing_ships):
    one_line(run("demo", "--device", "cpu"), "data")


def test_unknown_commands_and_options(run):
    one_line(run("trian"), "trian")
    one_line(run("data", "mkae"), "mkae")
    one_line(run("results", "--chekc"), "--chekc")


def test_a_run_folder_that_cannot_be(run, tmp_path, data_home):
    (tmp_path / "file").touch()
    one_line(run(*TRAIN, "--steps", "2", "--folder", tmp_path / "file"), "cannot write in")


# -------------------------------------------------------------------------------------------- what works


def test_train_and_train_on(run, data_home):
    code, out, error = run(*TRAIN, "--steps", "2", "--model", "srt", "--noise", "0.1", "--seed", "3")
    path = Path("runs") / "srt-smoke-noise0.1-seed3" / "weights.safetensors"
    assert (code, out) == (0, f"Trained: {path}\n") and "100%" in error
    assert load_weights(path)[1]["steps"] == 2
    before = path.read_bytes()
    again = load_weights(path)[1]["command"].split()[1:] + ["--device", "cpu"]
    assert run(*again)[:2] == (0, f"Trained: {path}\n")
    assert path.read_bytes() == before, "the finished run was found"
    assert "steps = 2; expected steps = 3" in run(*TRAIN, *again[1:], "--steps", "3")[2]


def test_minutes_become_steps(run, data_home, monkeypatch):
    monkeypatch.setattr("rust_edu.training.loop.measure_step_time", lambda *_: 10.0)
    assert run(*TRAIN, "--minutes", "1")[0] == 0
    assert load_weights(Path("runs/rust-smoke/weights.safetensors"))[1]["steps"] == 6


def test_data_make_says_where(run, tmp_path):
    code, out, _ = run("data", "make", "--scenes", "2", "--views", "3", "--size", "8", "--folder", "made")
    assert (code, out) == (0, "2 scenes of sector, 3 views each, 8x8 pixels: made\n")
    assert (tmp_path / "made" / "index.json").exists()


def test_evaluate_passes_everything_on(run, monkeypatch):
    asked = []
    monkeypatch.setattr(report, "report_weights", lambda *given, **named: asked.append((*given, named)))
    assert run("evaluate", "a", "b", "--record", "--device", "cpu")[0] == 0
    assert run("evaluate", "c", "--looking", "--device", "cpu")[0] == 0
    cpu = torch.device("cpu")
    assert asked == [(Path("a"), cpu, True, {"looking": False}), (Path("b"), cpu, True, {"looking": False}),
                     (Path("c"), cpu, False, {"looking": True})]


@pytest.mark.parametrize("command", [["results"], ["results", "--check"]])
def test_an_installed_package_has_no_readme(run, command, monkeypatch):
    monkeypatch.setattr("rust_edu.paths.checkout", lambda: None)
    one_line(run(*command), "installed without the project's README")


def test_results_check_says_out_of_step(run, tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "__file__", str(tmp_path / "rust_edu" / "cli.py"))
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n<!-- results:begin -->\nold\n<!-- results:end -->\n")
    code, out, error = run("results", "--check")
    assert (code, out) == (1, "") and "old" in readme.read_text(), "only said"
    assert error.splitlines() == ["README.md is out of step with data/results.json. Run `rust-edu results`."]
    monkeypatch.setattr("rust_edu.demo.write_figures", lambda folder: [folder / "demo.png"])
    code, out, error = run("results")
    assert (code, error) == (0, "") and out.strip().endswith("demo.png") and "old" not in readme.read_text()
    assert run("results", "--check") == (0, "", "")
    readme.write_text("no place for a table")
    one_line(run("results", "--check"), "has no place for the results")
    readme.unlink()
    one_line(run("results"), "README.md")


def test_threads_are_set_if_they_are_given(monkeypatch):
    asked = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    assert str(cli.pick_device("cpu", 3)) == "cpu" and str(cli.pick_device("cpu", 0)) == "cpu"
    assert asked == [3]


# ------------------------------------------------------------------------------------------ how it ends


def make_dataset_that(monkeypatch, error: BaseException) -> None:
    def fails(*_):
        raise error

    monkeypatch.setattr("rust_edu.datasets.make_dataset", fails)


@pytest.mark.parametrize("error", [
    MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory:\nyou tried"),
    type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory.\nTried to"),
])
def test_too_little_memory_is_one_line(run, monkeypatch, error):
    make_dataset_that(monkeypatch, error)
    one_line(run("data", "make"), "not enough memory")


def test_ctrl_c_anywhere_is_130(run, monkeypatch):
    make_dataset_that(monkeypatch, KeyboardInterrupt())
    assert run("data", "make")[0] == 128 + signal.SIGINT


def test_a_bug_keeps_its_traceback(monkeypatch):
    make_dataset_that(monkeypatch, RuntimeError("nobody has foreseen this"))
    with pytest.raises(RuntimeError, match="nobody"):
        cli.main(["data", "make"])


def test_the_traceback_of_an_error_can_be_seen(monkeypatch):
    make_dataset_that(monkeypatch, DataError("no room"))
    monkeypatch.setenv("RUST_EDU_TRACEBACK", "1")
    with pytest.raises(DataError, match="no room"):
        cli.main(["data", "make"])


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=120,
                          env=os.environ | {"PYTHONPATH": str(ROOT)} | environment)


def test_as_a_program_an_error_is_one_line(tmp_path):
    done = python("-m", "rust_edu", "evaluate", str(tmp_path / "no.safetensors"))
    one_line((done.returncode, done.stdout, done.stderr), "no weights at")


def test_without_arguments_it_helps():
    done = python("-m", "rust_edu")
    text = done.stdout + done.stderr
    assert done.returncode in (0, 2) and "Traceback" not in text and "rust-edu:" not in text
    assert all(command in text for command in ("doctor", "data", "train", "evaluate", "results", "demo"))


HELP = """
import sys
from rust_edu.cli import main
for command in ([], ["doctor"], ["data"], ["data", "make"], ["train"], ["evaluate"], ["results"], ["demo"]):
    try:
        main([*command, "--help"])
    except SystemExit as end:
        assert end.code == 0, command
assert "torch" not in sys.modules and "numpy" not in sys.modules
"""


def test_help_answers_without_torch():
    done = python("-c", HELP)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage: rust-edu") == 8


def test_importing_the_package_does_without_torch():
    done = python("-c", "import sys, rust_edu; assert 'torch' not in sys.modules; rust_edu.RUST; rust_edu.nerf")
    assert done.returncode == 1 and "module 'rust_edu' has no attribute 'nerf'" in done.stderr.splitlines()[-1]
