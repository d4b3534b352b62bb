"""A figure: a takeaway, drawings for wide and narrow screens, and the numbers behind them."""

from __future__ import annotations

import base64
import hashlib
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_lib.language import say
from cs_lib.report.inline import styled
from cs_lib.report.painters import NARROW, WIDE
from cs_lib.report.svg import Draw, draw

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a page. `data` is what was drawn; readers can download it."""

    name: str
    title: str  # the takeaway
    caption: str  # what was measured, on how many, when
    alt: str
    data: pd.DataFrame
    wide: str  # SVG
    narrow: str

    @property
    def digest(self) -> str:
        """Eight characters that change when a plotted number does (to four digits)."""
        text = self.data.round(4).to_csv(index=False, float_format="%.4g", lineterminator="\n")
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def html(self) -> str:
        """The figure element: both drawings, caption, and the data as a link that needs no network."""
        csv = self.data.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        # Without the mark at its start Excel reads Chinese in the machine's old encoding.
        coded = base64.b64encode(csv.encode("utf-8-sig")).decode()
        link = f"data:text/csv;charset=utf-8;base64,{coded}"
        return (
            f'<figure id="{self.name}"><h3>{html.escape(self.title)}</h3>'
            f'<div class="wide">{self.wide}</div><div class="narrow" style="display:none">{self.narrow}</div>'
            f"<figcaption>{html.escape(self.caption)} "
            f'<a class="data" download="{self.name}.csv" href="{link}">'
            f"{html.escape(say('Data (CSV)'))}</a></figcaption></figure>"
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
) -> Figure:
    """A figure from one painter per screen width; heights in CSS pixels."""
    return Figure(
        name=name,
        title=title,
        caption=caption,
        alt=alt,
        data=data,
        wide=draw(name, alt, wide, width=WIDE, height=height),
        narrow=draw(f"{name}-narrow", alt, narrow, width=NARROW, height=narrow_height),
    )
