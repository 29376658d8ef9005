"""The panel that a check shows: what passed, the first thing that is wrong, and where to read on.

HTML in a notebook, plain text elsewhere, from the same result. No scripts; the colours are JupyterLab's own
where it has some, and never the only sign. Public: `Panel`, `show`.
"""

from html import escape

from IPython.display import display

from ...figures.style import data_url
from .checks import CheckResult

# A sign, a word and a colour for each state. The colours hold on white and on black.
STATES = {"solved": ("✓", "solved", "#009E73"), "wrong": ("✗", "not yet right", "#D55E00"),
          "not done": ("○", "not done yet", "#596170"), "package": ("○", "not yours", "#596170")}
BOX = ("border:1px solid var(--jp-border-color1,#bbb);border-left:5px solid {colour};border-radius:4px;"
       "padding:8px 14px;margin:4px 0;max-width:52em;line-height:1.45;"
       "color:var(--jp-ui-font-color1,inherit);background:var(--jp-layout-color1,transparent)")
MUTED = "color:var(--jp-ui-font-color2,#596170)"
CODE = "font-family:var(--jp-code-font-family,monospace);white-space:pre-wrap"


class Panel:
    """A CheckResult as a notebook shows it, and as a terminal does."""

    def __init__(self, result: CheckResult) -> None:
        self.result = result

    def _title(self) -> tuple[str, str, str]:
        sign, word, colour = STATES[self.result.state]
        return sign, f"{self.result.exercise.id} {self.result.exercise.name}: {word}", colour

    def _comment(self) -> str:
        return {
            "solved": "From here on the notebook uses your own.",
            "wrong": "Until it is right, the notebook goes on with the package's own.",
            "not done": "The notebook goes on with the package's own. Come back when you like.",
            "package": "This is the package's own function, which the notebook went on with. Run the cell with your "
                       "definition again, then this one.",
        }[self.result.state]

    def __repr__(self) -> str:
        sign, title, _ = self._title()
        lines = [f"{sign} {title}"] + [f"  ✓ {line}" for line in self.result.passed]
        if (wrong := self.result.diagnosis) is not None:
            lines.append(f"  ✗ {wrong.what}")
            lines += [f"    {label}: {text}" for label, text in self._facts(wrong)]
        return "\n".join([*lines, f"  {self._comment()}"])

    @staticmethod
    def _facts(wrong) -> list[tuple[str, str]]:
        facts = (("seen", wrong.seen), ("expected", wrong.expected), ("reread", wrong.reread))
        return [(label, text) for label, text in facts if text]

    def _repr_html_(self) -> str:
        sign, title, colour = self._title()
        lines = [f'<div role="status" style="{BOX.format(colour=colour)}">',
                 f'<div><b><span style="color:{colour}">{sign}</span> {escape(title)}</b></div>']
        lines += [f'<div style="{MUTED}">✓ {_inline(line)}</div>' for line in self.result.passed]
        if (wrong := self.result.diagnosis) is not None:
            lines.append(f'<div style="margin-top:4px">✗ {_inline(wrong.what)}</div>')
            lines.append('<table style="border:none;margin:2px 0 2px 1em;font-size:inherit">')
            for label, text in self._facts(wrong):
                shown = _heading_link(text) if label == "reread" else f'<span style="{CODE}">{escape(text)}</span>'
                lines.append(f'<tr style="background:none"><td style="{MUTED};text-align:left;vertical-align:top;'
                             f'padding:1px 10px 1px 0">{label}</td>'
                             f'<td style="text-align:left;padding:1px 0">{shown}</td></tr>')
            lines.append("</table>")
            lines.append(_figure(wrong.figure))
        lines.append(f'<div style="margin-top:4px;{MUTED}">{_inline(self._comment())}</div></div>')
        return "".join(lines)


def show(result: CheckResult) -> None:
    """Display a result: a panel in a notebook, text on a terminal."""
    display(Panel(result))


def _inline(text: str) -> str:
    """Escaped text in which `code` is set as code."""
    pieces = escape(text, quote=False).split("`")
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))


def _heading_link(heading: str) -> str:
    """A link to a heading of the notebook: JupyterLab's anchors are the heading with dashes for spaces."""
    return f'<a href="#{escape(heading.replace(" ", "-"))}">{escape(heading)}</a>'


def _figure(figure) -> str:
    """A matplotlib figure as an inline picture with its alt text."""
    if figure is None:
        return ""
    alt = escape(getattr(figure, "alt", "") or "your result beside the target")
    return f'<img alt="{alt}" style="max-width:100%;background:white" src="{data_url(figure)}">'
