"""What a number measures, and what has to be known of a difference to put it into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Unit = Literal["share", "minutes", "hours", "money", "count", "per_1000", "score"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a number measures: its unit and, for amounts, the currency's code."""

    unit: Unit
    currency: str = ""


# ISO 4217: currencies whose smallest amount is the whole one, and those with thousandths.
WHOLE = {
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
    "XAF", "XOF", "XPF",
}  # fmt: skip
THOUSANDTHS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}


def digits(currency: str) -> int:
    """Digits after the point of the smallest amount of a currency (ISO 4217); 2 for one that is not known."""
    return 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2


class Difference(Protocol):
    """Two levels of a metric, what lies between them, and its interval at level 1 - alpha."""

    @property
    def control(self) -> float:
        """The level without the change."""
        ...

    @property
    def treatment(self) -> float:
        """The level with it."""
        ...

    @property
    def effect(self) -> float:
        """The difference."""
        ...

    @property
    def effect_ci_low(self) -> float:
        """Lower end of its interval."""
        ...

    @property
    def effect_ci_high(self) -> float:
        """Upper end of its interval."""
        ...

    @property
    def alpha(self) -> float:
        """One minus the level of the interval."""
        ...
