"""A table of words: in a page, in a notebook, in a terminal."""

from __future__ import annotations

import html
from dataclasses import dataclass

from cs_lib.report.inline import styled


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words. The first column names the row; `numeric` columns are right-aligned."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    tones: dict[tuple[int, int], str] | None = None

    def html(self) -> str:
        """The table element."""
        head = "".join(
            f'<th scope="col"{self._align(i)}>{html.escape(c)}</th>'
            for i, c in enumerate(self.columns)
        )
        body = "".join(f"<tr>{self._row(r)}</tr>" for r in range(len(self.rows)))
        label = html.escape(self.caption, quote=True)
        return (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>'
            f"<caption>{label}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _align(self, column: int) -> str:
        return ' class="n"' if column in self.numeric else ""

    def _row(self, r: int) -> str:
        cells = []
        for i, text in enumerate(self.rows[r]):
            tone = (self.tones or {}).get((r, i), "")
            classes = " ".join(c for c in ("n" if i in self.numeric else "", tone) if c)
            attribute = f' class="{classes}"' if classes else ""
            cells.append(
                f'<th scope="row"{attribute}>{html.escape(text)}</th>'
                if i == 0
                else f"<td{attribute}>{html.escape(text)}</td>"
            )
        return "".join(cells)

    def __str__(self) -> str:
        """Aligned text, for a terminal and for the notebook's stored output."""
        rows = [self.columns, *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.columns))]
        lines = [
            "  ".join(
                cell.rjust(widths[i]) if i in self.numeric else cell.ljust(widths[i])
                for i, cell in enumerate(row)
            ).rstrip()
            for row in rows
        ]
        return "\n".join([self.caption, *lines])

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": styled(self.html())}
