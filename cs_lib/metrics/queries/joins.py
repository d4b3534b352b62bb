"""Do keys find their rows in the other table? Counted where a metric would join, and again by normal form."""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib.metrics.queries.by_day import Counts, Days


@dataclass(frozen=True, slots=True)
class Join:
    """One key pair: rows of `table` whose `column` should stand in `other` as `key`.

    Attributes:
        filled: rows that name a key.
        matched: those whose key is there as it is written.
        by_form: those whose key is there only in its normal form (other zeros, blanks, cases).
        lead_in: unmatched rows that may be about a time before `other` begins; they are no orphans.
        examples: up to two pairs of a key and what it was meant to be, both as written.
        orphans: up to two keys that are nowhere, as written.
        days, filled_by_day, matched_by_day: the same by the local day of the row's time, where it has one.
    """

    table: str
    column: str
    other: str
    key: str
    filled: int
    matched: int
    by_form: int = 0
    lead_in: int = 0
    examples: tuple[tuple[str, str], ...] = ()
    orphans: tuple[str, ...] = ()
    days: Days | None = None
    filled_by_day: Counts | None = None
    matched_by_day: Counts | None = None

    @property
    def lost(self) -> int:
        """Rows whose key is nowhere, neither as written nor in another form, and that no lead-in explains."""
        return self.filled - self.matched - self.by_form - self.lead_in
