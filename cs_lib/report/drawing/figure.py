"""A figure: a takeaway, drawings for wide and narrow screens, and the numbers behind them."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_lib.language import say
from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS
from cs_lib.report.drawing.palette import INK, RULE, SOFT, VARIABLES
from cs_lib.report.markup import styled
from cs_lib.report.spreadsheet import as_csv

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


# A taller drawing for phones is printed in its wide form across the sheet.
MOST_PIXELS_BESIDE = 520.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a page. `data` is what was drawn; readers can download it."""

    name: str
    title: str  # The takeaway.
    caption: str  # What is drawn, in a line or two.
    alt: str
    data: pd.DataFrame
    wide: str  # SVG
    narrow: str
    more: str = ""  # How to read it and how it was made, folded.

    @property
    def digest(self) -> str:
        """Eight characters that change when a plotted number does (to four digits)."""
        numbers = self.data.select_dtypes("number").columns  # days would only bring a warning
        rounded = self.data.round(dict.fromkeys(numbers, 4))
        text = rounded.to_csv(index=False, float_format="%.4g", lineterminator="\n")
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def to_frame(self) -> pd.DataFrame:
        """What was drawn, to change without changing the figure."""
        return self.data.copy()

    @property
    def _kind(self) -> str:
        """A class for drawings that are too tall for half a sheet of paper."""
        box = re.search(r'viewBox="0 0 \S+ ([\d.]+)"', self.narrow)
        return ' class="tall"' if box and float(box[1]) > MOST_PIXELS_BESIDE else ""

    def html(self) -> str:
        """The figure element: both drawings, caption, and data and picture without a network."""
        csv = as_csv(self.data)
        # Without the mark at its start Excel reads Chinese in the machine's old encoding.
        coded = base64.b64encode(csv.encode("utf-8-sig")).decode()
        link = f"data:text/csv;charset=utf-8;base64,{coded}"
        return (
            f'<figure id="{self.name}"{self._kind}><h3>{html.escape(self.title)}</h3>'
            f'<div class="wide">{self.wide}</div><div class="narrow" style="display:none">{self.narrow}</div>'
            f"<figcaption><span>{html.escape(self.caption)}</span> "
            f'<a class="data" download="{self.name}.csv" href="{link}">'
            f"{html.escape(say('Data (CSV)'))}</a> "
            # The page's script shows the button; without it there is nothing to press.
            f'<button type="button" class="picture" hidden>{html.escape(say("Picture (PNG)"))}</button>'
            f"</figcaption>{self._about()}</figure>"
        )

    def _about(self) -> str:
        if not self.more:
            return ""
        summary = html.escape(say("About this figure"))
        return (
            f'<details class="about"><summary>{summary}</summary>'
            f"<p>{html.escape(self.more)}</p></details>"
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {
            "text/plain": say(
                "{title} [figure {name}, data {digest}]",
                title=self.title,
                name=self.name,
                digest=self.digest,
            ),
            "text/html": styled(self.html()),
        }


def figure(
    name: str,
    *,
    title: str,
    caption: str,
    alt: str,
    data: pd.DataFrame,
    wide: Draw,
    narrow: Draw,
    height: float,
    narrow_height: float,
    more: str = "",
) -> Figure:
    """A figure from one painter per screen width; heights in CSS pixels; `more` is folded."""
    return Figure(
        name=name,
        title=title,
        caption=caption,
        alt=alt,
        data=data,
        more=more,
        wide=draw(name, alt, wide, width=WIDE_PIXELS, height=height),
        narrow=draw(f"{name}-narrow", alt, narrow, width=NARROW_PIXELS, height=narrow_height),
    )


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
    "text.parse_math": False,  # In `$0 to $100` the signs are money.
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
        body = body.replace(f'="{colour}"', f'="var(--{variable}, {colour})"')  # Of hatches.
    body = re.sub(r"\s*font-family: [^;\"]*;?", "", body)
    body = re.sub(r"<style.*?</style>", "", body, flags=re.S)
    body = re.sub(r'<path d="[^"]*" style="fill: none"/>', "", body)
    body = re.sub(r"<[^>]+>", lambda tag: _shorter(tag[0]), body)
    body = re.sub(r' transform="rotate\(-?0 [^"]*"', "", body)
    body = re.sub(r"\s*\n\s*", " ", body)
    body = re.sub(r">\s+<", "><", body)
    for empty in ("<defs></defs>", "<g></g>", "<g ></g>") * 2:
        body = body.replace(empty, "")
    label = html.escape(alt, quote=True)
    return re.sub(r"^<svg", f'<svg role="img" aria-labelledby="{name}-t"', body, count=1).replace(
        ">", f'><title id="{name}-t">{label}</title>', 1
    )


def _shorter(tag: str) -> str:
    """A tag with hundredths of a pixel; words between tags keep their digits."""
    return re.sub(r"\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), tag)
