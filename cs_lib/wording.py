"""Numbers into words: the one place that rounds, adds a unit, picks "points" or "minutes"."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs_lib.results import Effect, Unit

MINUS = "\N{MINUS SIGN}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
SYMBOLS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "BRL": "R$"}
WORDS = {
    "minutes": "minutes",
    "hours": "hours",
    "count": "",
    "per_1000": "per 1,000 orders",
    "score": "points",
}

VERDICTS = {
    "ship": "Ship",
    "stop": "Stop",
    "keep_running": "Keep running",
    "inconclusive": "Inconclusive",
    "invalid": "Invalid",
    "improved": "Improved",
    "worsened": "Worsened",
    "no_clear_change": "No clear change",
    "not_enough_data": "Not enough data",
    "planned": "Ready to start",
    "not_feasible": "Not feasible",
}


def decimals(*values: float) -> int:
    """Digits after the point that show about three significant digits of the largest value."""
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    if largest == 0:
        return 0
    return min(max(2 - math.floor(math.log10(largest)), 0), 4)


def plain(value: float, places: int, *, signed: bool = False) -> str:
    """A number with thousands separators, a true minus, and a sign when asked for."""
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value):,.{places}f}"
    negative = value < 0 and float(text.replace(",", "")) != 0
    positive = value > 0 and float(text.replace(",", "")) != 0
    return f"{MINUS}{text}" if negative else f"+{text}" if signed and positive else text


def level(value: float, unit: Unit, *, currency: str = "") -> str:
    """A metric's value: `24.3 %`, `¥12.40`, `3.1 hours`."""
    if unit == "share":
        return f"{_scaled(value * 100)}{NARROW}%"
    if unit == "money":
        return money(value, currency=currency)
    return f"{_scaled(value)} {WORDS[unit]}".strip()


def from_to(start: float, end: float, unit: Unit, *, currency: str = "") -> str:
    """Two values of one metric to the same digit: `from 24.3 % to 26.4 %`."""
    if unit == "money":
        return f"from {money(start, currency=currency)} to {money(end, currency=currency)}"
    factor = 100 if unit == "share" else 1
    places = max(_places(start * factor), _places(end * factor))
    tail = f"{NARROW}%" if unit == "share" else f" {WORDS[unit]}".rstrip()
    head = f"{NARROW}%" if unit == "share" else ""
    return f"from {plain(start * factor, places)}{head} to {plain(end * factor, places)}{tail}"


def moved(label: str, effect: Effect, unit: Unit, *, currency: str = "") -> str:
    """What happened to a metric, with its interval; no claim when the interval spans zero."""
    span = interval(effect.effect_ci_low, effect.effect_ci_high, unit, currency=currency)
    around = f"{confidence(effect.alpha)} interval {span}"
    if effect.effect_ci_low <= 0 <= effect.effect_ci_high:
        return f"{label}: no clear difference ({around})."
    verb = "up" if effect.effect > 0 else "down"
    ends = from_to(effect.control, effect.treatment, unit, currency=currency)
    return f"{label}: {verb} {size(effect.effect, unit, currency=currency)}, {ends} ({around})."


def change(value: float, unit: Unit, *, currency: str = "") -> str:
    """A difference with its sign: `+2.1 points`, `−¥3.10`, `−3.1 hours`."""
    if unit == "share":
        return f"{_scaled(value * 100, signed=True)} points"
    if unit == "money":
        return money(value, currency=currency, signed=True)
    return f"{_scaled(value, signed=True)} {WORDS[unit]}".strip()


def size(value: float, unit: Unit, *, currency: str = "") -> str:
    """A difference without its sign, for sentences that say the direction: `2.1 points`."""
    return change(abs(value), unit, currency=currency).removeprefix("+")


def interval(
    low: float, high: float, unit: Unit, *, currency: str = "", signed: bool = True
) -> str:
    """Both ends of an interval, unit once: `+0.4 to +3.8 points`."""
    if not (math.isfinite(low) or math.isfinite(high)):
        return "without ends"
    if unit == "money":
        ends = [money(v, currency=currency, signed=signed) for v in (low, high)]
        return f"{ends[0]} to {ends[1]}"
    factor = 100 if unit == "share" else 1
    largest = max(abs(low), abs(high)) * factor
    places = 0 if largest >= 100 else 1 if largest >= 1 else min(decimals(largest), 2)
    # An end near zero keeps a digit that shows its side of it, where two digits can.
    while places < 2 and any(v and abs(v * factor) < 0.5 * 10**-places for v in (low, high)):
        places += 1
    words = "points" if unit == "share" else WORDS[unit]
    ends = [plain(v * factor, places, signed=signed) for v in (low, high)]
    return f"{ends[0]} to {ends[1]} {words}".strip()


def money(value: float, *, currency: str, signed: bool = False) -> str:
    """An amount with its symbol: `¥12.40`, `−¥3.10`."""
    places = 0 if abs(value) >= 10_000 else 2
    text = plain(value, places, signed=signed)
    symbol = SYMBOLS.get(currency, f"{currency}{NARROW}" if currency else "")
    sign = text[0] if text[0] in f"+{MINUS}" else ""
    return f"{sign}{symbol}{text[len(sign) :]}"


def percent(share: float, *, places: int | None = None) -> str:
    """A share as a percentage: `50.2 %`."""
    text = _scaled(share * 100) if places is None else plain(share * 100, places)
    return f"{text}{NARROW}%"


def confidences(alphas: Iterable[float]) -> str:
    """The level of intervals, or all of them when a correction gave several: `95 % interval`."""
    levels = list(dict.fromkeys(confidence(alpha) for alpha in alphas))
    return f"{levels[0]} interval" if len(levels) == 1 else f"intervals at {listed(levels)}"


def confidence(alpha: float) -> str:
    """An interval's level: `95 %`, `98.3 %`."""
    value = 100 * (1 - alpha)
    return f"{value:.0f}{NARROW}%" if abs(value - round(value)) < 0.05 else f"{value:.1f}{NARROW}%"


def significant(value: float) -> str:
    """A number to four digits, for tables of options: `0.2215`; small ones to five after the point."""
    if abs(value) < 0.01:
        return plain(value, 5).rstrip("0").rstrip(".")
    return f"{value:.4g}".replace("-", MINUS)


def rise(share: float) -> str:
    """A relative difference with its sign: `+10.2 %`; open ends in words."""
    if math.isinf(share):
        return "no upper end" if share > 0 else "no lower end"
    return f"{_scaled(share * 100, signed=True)}{NARROW}%"


def count(value: float) -> str:
    """A whole number: `9,614`."""
    return f"{round(value):,}"


def counted(value: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 customer`, `12 customers`."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def pvalue(value: float) -> str:
    """A p-value: `0.032`, `< 0.001`."""
    if not math.isfinite(value):
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def day(value: date) -> str:
    """A date: `30 June 2026`."""
    return f"{value.day} {value:%B %Y}"


def days(start: date, end: date) -> str:
    """A period: `1 April to 30 June 2026`."""
    if start == end:
        return day(start)
    if start.year == end.year:
        return f"{start.day} {start:%B} to {day(end)}"
    return f"{day(start)} to {day(end)}"


def short_days(start: date, end: date) -> str:
    """A period in few letters, for rows of a figure: `25 Aug to 3 Oct 2025`."""
    first = f"{start.day} {start:%b}" if start.year == end.year else f"{start.day} {start:%b %Y}"
    return f"{first} to {end.day} {end:%b %Y}"


def short_day(value: date) -> str:
    """A date in few letters, for a point of a figure: `12 Feb 2026`."""
    return f"{value.day} {value:%b %Y}"


def name(code: str) -> str:
    """A code as words: `custom_care` becomes `custom care`."""
    return code.replace("_", " ")


def article(noun: str) -> str:
    """`a` or `an`, by the first letter: `an agent`."""
    return "an" if noun[:1].lower() in "aeiou" else "a"


def listed(items: list[str] | tuple[str, ...]) -> str:
    """Words joined as in speech: `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def stated(value: float) -> str:
    """A p-value after the letter: `p = 0.032`, `p < 0.001`."""
    text = pvalue(value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def sentence(text: str) -> str:
    """The first letter large, a full stop at the end."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _scaled(value: float, *, signed: bool = False) -> str:
    return plain(value, _places(value), signed=signed)


def _places(value: float) -> int:
    return 0 if abs(value) >= 100 else min(decimals(value), 1 if abs(value) >= 1 else 2)
