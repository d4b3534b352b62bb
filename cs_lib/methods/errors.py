"""Refusals: why an effect cannot be estimated, in one sentence for the reader of the page."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from cs_lib.sentences import Sentence, Text

K = TypeVar("K")
T = TypeVar("T")


class CannotEstimate(ValueError):
    """The data do not carry what the method needs; the message says what is missing.

    Args:
        reason: one sentence for the reader; a study may have better words for some of its gaps.
    """

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.reason)


class NotEnoughData(CannotEstimate):
    """Too few periods on a side of the intervention.

    Args:
        reason: one sentence for the reader.
        n_pre, n_post: usable days before and after.
        needed: usable days a side that would do.
    """

    def __init__(self, reason: Sentence, *, n_pre: int, n_post: int, needed: int) -> None:
        super().__init__(reason)
        self.n_pre, self.n_post, self.needed = n_pre, n_post, needed


class NotEnoughTeams(CannotEstimate):
    """Too few teams to tell a change from chance; the values by team can still be described."""


def tried(make: Callable[[], T], *also: type[Exception]) -> tuple[T | None, Text]:
    """What can be estimated and no reason, or nothing and why it cannot.

    Args:
        make: computes it, or raises CannotEstimate.
        also: other errors that mean there is nothing to compute from; they give no reason.
    """
    try:
        return make(), ""
    except CannotEstimate as refusal:
        return None, refusal.reason
    except also:
        return None, ""


def or_none(make: Callable[[], T], *also: type[Exception]) -> T | None:
    """What can be estimated, or nothing, where the reason is of no use to a reader."""
    return tried(make, *also)[0]


def or_else(instead: T, make: Callable[[], T], *also: type[Exception]) -> T:
    """What can be estimated, or what stands for it: no number, or one beyond every limit."""
    value = or_none(make, *also)
    return instead if value is None else value


def tried_each(
    keys: Iterable[K], make: Callable[[K], T], *also: type[Exception]
) -> tuple[dict[K, T], dict[K, Text]]:
    """What can be estimated by key, in the order of the keys, and why the others cannot.

    Args:
        keys: what to try: variants, metrics, parts.
        make: computes it for one key, or raises CannotEstimate.
        also: other errors that mean there is nothing to compute from; they give an empty reason.
    """
    values: dict[K, T] = {}
    reasons: dict[K, Text] = {}
    for key in keys:
        value, reason = tried(partial(make, key), *also)
        if value is None:
            reasons[key] = reason
        else:
            values[key] = value
    return values, reasons
