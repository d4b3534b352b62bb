"""Contacts whose customer came back with the same need within 30 days after the resolution."""

from __future__ import annotations

from cs_lib.metrics.queries.journey.pain_hits import BACK
from cs_lib.metrics.queries.journey.read import Read
from cs_lib.metrics.queries.sql import not_available
from cs_lib.sentences import say


def returned(read: Read) -> tuple[int, int]:
    """Contacts that can be followed for 30 days, and those whose customer came back.

    The customer may come back after the study's days or outside its scope; contacts without a customer, or without a
    need, cannot be followed.

    Raises NotAvailable where none can be followed.
    """
    [(followed, came)] = read.rows(f"SELECT count(*), coalesce(sum(back), 0) FROM {BACK}")
    if not followed:
        raise not_available(
            "returned", say("no resolved contact with a customer and a need is 30 days old")
        )
    return int(followed), int(came)
