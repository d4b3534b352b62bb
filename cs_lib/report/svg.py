"""From a matplotlib drawing to inline SVG: text stays text, colours are variables, ids unique, bytes stable."""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cs_lib.report.palette import INK, RULE, SOFT, VARIABLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Draw = Callable[["Axes"], None]

STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": SOFT,
    "axes.linewidth": 0.8,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "path.simplify": True,
    "text.parse_math": False,  # `$0 to $100` is money
}


def draw(name: str, alt: str, paint: Draw, *, width: float, height: float) -> str:
    """SVG of one drawing, `width` x `height` in CSS pixels. `alt` is what a listener hears; it must not be empty."""
    if not alt.strip():
        raise ValueError(f"figure '{name}' has no description for readers who cannot see it")
    with _canvas(name, width, height) as (figure, axes):
        paint(axes)
        stream = io.StringIO()
        with warnings.catch_warnings():
            # The reader's fonts draw what ours cannot; only the measured width suffers.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return tidy(stream.getvalue(), name=name, alt=alt)


@contextmanager
def _canvas(name: str, width: float, height: float) -> Iterator[tuple[Any, Axes]]:
    """A figure outside pyplot's registry, so that nothing shows or stays behind."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(width / 72, height / 72), dpi=72)
        yield figure, figure.add_subplot()


def tidy(raw: str, *, name: str, alt: str) -> str:
    """The drawing without prolog, metadata and fonts of its own, with title, unique ids and colour variables."""
    body = raw[raw.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.S)
    body = re.sub(r'\s(?:xmlns:xlink|version|height|width)="[^"]*"', "", body, count=4)
    body = re.sub(r'xlink:href="#', 'href="#', body)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r'\sid="([^"]+)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", body)
    body = re.sub(r'(href="#|url\(#)([^")]+)', rf"\1{name}-\2", body)
    for colour, variable in VARIABLES.items():
        body = body.replace(f": {colour}", f": var(--{variable}, {colour})")
    body = re.sub(r"\s*font-family: [^;\"]*;?", "", body)
    body = re.sub(r"<style.*?</style>", "", body, flags=re.S)
    body = re.sub(r'<path d="[^"]*" style="fill: none"/>', "", body)
    body = re.sub(r"\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), body)
    body = re.sub(r' transform="rotate\(-?0 [^"]*"', "", body)
    body = re.sub(r"\s*\n\s*", " ", body)
    body = re.sub(r">\s+<", "><", body)
    for empty in ("<defs></defs>", "<g></g>", "<g ></g>") * 2:
        body = body.replace(empty, "")
    label = html.escape(alt, quote=True)
    return re.sub(r"^<svg", f'<svg role="img" aria-labelledby="{name}-t"', body, count=1).replace(
        ">", f'><title id="{name}-t">{label}</title>', 1
    )
