"""What every widget keeps to: its page asks and it answers, something is left without a kernel, nothing leads out."""

import base64
import io
import json
import re
from pathlib import Path

from PIL import Image


class Page:
    """Stands where the browser does: asks, and keeps what comes back."""

    def __init__(self, widget, monkeypatch) -> None:
        self.widget, self.answers = widget, []
        monkeypatch.setattr(widget, "send", lambda message, buffers=None: self.answers.append((message, buffers)))

    def ask(self, **request):
        self.widget._on_request(None, request | {"number": "page-7"}, [])
        message, buffers = self.answers[-1]
        assert message["number"] == "page-7", "the page waits for its number"
        json.dumps(message)
        return message, buffers


def leaves_a_picture_with_words(widget) -> None:
    """Where no kernel runs, a still picture stands with alt text."""
    data = widget._repr_mimebundle_()[0]
    assert re.search(r"RUST.* \d\d\.\d dB", data["text/plain"])
    assert "still picture" in data["text/plain"] and "application/vnd.jupyter.widget-view+json" in data
    assert re.search(r'<img alt="[^"]{60,}"', data["text/html"])
    with Image.open(io.BytesIO(base64.b64decode(widget.poster.split(",")[1]))) as image:
        assert min(image.size) > 200 and image.format == "PNG"
    assert len(widget.poster) < 200_000, "it is stored in the notebook"


def leads_nowhere(path: Path) -> None:
    """Nothing in a page's code or style leads out."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"https?://|@import|\bimport\s*\(|\bfetch\s*\(|XMLHttpRequest|\beval\b", text), path.name
