"""Rows for a spreadsheet: the one way in which the suite writes CSV."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# What spreadsheets run as a formula, also after blanks and in full width; an apostrophe makes it text.
FORMULA = re.compile(
    r"[\s\u3000\ufeff\u200b-\u200f\u2060]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]"
)
# The same behind what parts columns in countries where a comma parts decimals.
LATER = re.compile(r"(?<=.)([;\t]\s*)([=+\-@])")


def as_csv(frame: pd.DataFrame) -> str:
    """A frame as CSV, one header, no index, numbers to six digits; no cell of text and no name is a formula."""
    plain = frame.copy()
    plain.columns = [_plain(name) for name in plain.columns]
    for place, kind in enumerate(plain.dtypes):
        if kind.kind not in "biufcmM":
            plain.isetitem(place, [_plain(cell) for cell in plain.iloc[:, place]])
    return plain.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def _plain(cell: Any) -> Any:
    if cell is None or isinstance(cell, bool | int | float | date) or cell != cell:
        return cell
    cell = str(cell).replace("\r\n", "\n").replace("\r", "\n")  # alone it would begin a row
    cell = LATER.sub(r"\1'\2", cell)
    return f"'{cell}" if FORMULA.match(cell) else cell
