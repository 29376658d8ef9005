"""The page that `rust-edu explore` serves: what is written for it, and how it is asked for."""

import json
import re
import socket

import pytest

from rust_edu import cli
from rust_edu.errors import InputError
from rust_edu.widgets import page


def test_the_notebook_and_the_template(tmp_path):
    notebook = page.prepare(tmp_path)
    cells = json.loads(notebook.read_text())["cells"]
    assert [cell["source"] for cell in cells] == [page.CELL]
    template = (tmp_path / "voila" / "templates" / page.TEMPLATE / "index.html.j2").read_text()
    assert "body_loop" in template and "<link" in template
    assert not re.search(r"<(link|script|img)[^>]*https?:", template), "no link leaves the machine"


def test_only_this_machine_is_served(tmp_path):
    asked = page.command(tmp_path / "n.ipynb", 8123)
    assert "--Voila.ip=127.0.0.1" in asked and "--port=8123" in asked and "--Voila.open_browser=False" in asked
    assert page.environment(tmp_path)["JUPYTER_PATH"].startswith(str(tmp_path))


def test_a_port_that_is_taken():
    with socket.socket() as holder:
        holder.bind((page.ADDRESS, 0))
        holder.listen()
        with pytest.raises(InputError, match="cannot be used"):
            page.serve(holder.getsockname()[1], browser=False)


def test_the_command_serves(monkeypatch, capsys):
    ran = []

    class Done:
        returncode = 0

    monkeypatch.setattr(page.subprocess, "run", lambda command, env: ran.append((command, env)) or Done())
    with pytest.raises(SystemExit) as ended:
        cli.main(["explore", "--no-browser"])
    assert ended.value.code == 0 and "--Voila.open_browser=False" in ran[0][0]
    assert "http://127.0.0.1:" in capsys.readouterr().out


def test_ctrl_c_is_the_way_to_end_it(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(page.subprocess, "run", interrupted)
    assert page.serve(browser=False) == 0
