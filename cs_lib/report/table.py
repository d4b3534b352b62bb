"""A table of words: in a page, in a notebook, in a terminal."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_lib.report.drawing.letters import letters
from cs_lib.report.markup import styled

if TYPE_CHECKING:
    import pandas as pd

# So many columns still fit a phone.
SIDE_BY_SIDE = 3
# So many letters fit a third of a phone's width, the room beside a name, and all of it.
SHORT_LETTERS, MOST_NUMERIC_LETTERS, LONG_LETTERS = (15, 26, 34)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words. The first column names the row; `numeric` columns are right-aligned.

    On a phone a wide one is read row by row, every value under its column's name. `name` makes it a
    target of links. A `folded` one opens on a tap of its caption.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    tones: dict[tuple[int, int], str] | None = None
    name: str = ""
    folded: bool = False

    def html(self) -> str:
        """The table element."""
        head = "".join(
            f'<th scope="col"{self._align(i)}>{html.escape(c)}</th>'
            for i, c in enumerate(self.columns)
        )
        body = "".join(f"<tr>{self._row(r)}</tr>" for r in range(len(self.rows)))
        label = html.escape(self.caption, quote=True)
        name = f' id="{html.escape(self.name, quote=True)}"' if self.name else ""
        reach = f' tabindex="0" role="region" aria-label="{label}"' if self._wide else ""
        table = (
            f'<div class="scroll"{name}{reach}><table{self._kind()}><caption>{label}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )
        if not self.folded:
            return table
        return f'<details class="more"><summary>{label}</summary>{table}</details>'

    @property
    def _wide(self) -> bool:
        return len(self.columns) > SIDE_BY_SIDE

    def _kind(self) -> str:
        """How it is laid out on a phone."""
        long = any(self._longest(i) > LONG_LETTERS for i in range(1, len(self.columns)))
        stacked = self._wide or long or sum(map(self._longest, self.numeric)) > MOST_NUMERIC_LETTERS
        toned = any(column == 1 for _, column in self.tones or {})
        names = [*(["stack"] if stacked else []), *(["toned"] if stacked and toned else [])]
        return f' class="{" ".join(names)}"' if names else ""

    def _longest(self, column: int) -> float:
        return max((letters(row[column]) for row in self.rows), default=0.0)

    def _align(self, column: int) -> str:
        return ' class="n"' if column in self.numeric else ""

    def _row(self, r: int) -> str:
        cells = []
        for i, text in enumerate(self.rows[r]):
            tone = (self.tones or {}).get((r, i), "")
            long = self._longest(i)
            room = (
                ""
                if i == 0 or long <= SHORT_LETTERS
                else "half"
                if long <= LONG_LETTERS
                else "full"
            )
            classes = " ".join(c for c in ("n" if i in self.numeric else "", tone, room) if c)
            attribute = f' class="{classes}"' if classes else ""
            label = f' data-label="{html.escape(self.columns[i], quote=True)}"'
            cells.append(
                f'<th scope="row"{attribute}>{html.escape(text)}</th>'
                if i == 0
                else f"<td{attribute}{label}>{html.escape(text)}</td>"
            )
        return "".join(cells)

    def to_frame(self) -> pd.DataFrame:
        """The table as it reads: words in rows and columns."""
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=list(self.columns))

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
