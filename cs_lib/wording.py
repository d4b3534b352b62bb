"""Numbers into words: the one place that rounds, adds a unit, picks "points" or "minutes"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cs_lib.dates import day as day
from cs_lib.dates import days as days
from cs_lib.dates import month as month
from cs_lib.dates import month_name as month_name
from cs_lib.dates import short_day as short_day
from cs_lib.dates import short_days as short_days
from cs_lib.dates import short_month as short_month
from cs_lib.language import later, noun, say, spoken
from cs_lib.quantity import digits
from cs_lib.verdict_titles import VERDICTS

if TYPE_CHECKING:
    from cs_lib.quantity import Difference, Quantity, Unit

MINUS = "\N{MINUS SIGN}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
# What a Chinese reader writes after an amount.
NAMES_ZH = {
    "CNY": "元",
    "JPY": "日元",
    "USD": "美元",
    "EUR": "欧元",
    "GBP": "英镑",
    "BRL": "雷亚尔",
}
SYMBOLS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "BRL": "R$"}
_WORDS: dict[str, str] = {
    "minutes": later("minutes"),
    "hours": later("hours"),
    "count": "",
    "per_1000": later("per 1,000 orders"),
    "score": later("points"),
    "share": "",
    "money": "",
}

_CODES = (  # what `name` calls the columns of the contracts and what usually stands in them
    later("the change"),
    later("day"),
    later("segment"),
    later("region"),
    later("stratum"),
    later("need"),
    later("issue"),
    later("owner"),
    later("channel"),
    later("product"),
    later("team"),
    later("agent"),
    later("priority"),
    later("handled by"),
    later("treatment"),
    later("all others"),
    later("unknown"),
)


def verdict(code: str) -> str:
    """A verdict's code in words: `No clear change`; what is no verdict stays as it is."""
    return say(VERDICTS[code]) if code in VERDICTS else code


def _parts(of: Quantity | Unit) -> tuple[Unit, str]:
    """Unit and currency; a bare unit has no currency."""
    return (of, "") if isinstance(of, str) else (of.unit, of.currency)


def unit_words(unit: Unit) -> str:
    """The words after a difference in this unit: `hours`; nothing where a symbol says it."""
    if unit == "share":
        return noun("point", "points", 2)
    return say(_WORDS[unit]) if _WORDS[unit] else ""


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


def level(value: float, of: Quantity | Unit) -> str:
    """A metric's value: `24.3 %`, `¥12.40`, `3.1 hours`."""
    unit, currency = _parts(of)
    if unit == "share":
        return _percentage(_scaled(value * 100))
    if unit == "money":
        return _money(value, currency=currency)
    return f"{_scaled(value)} {unit_words(unit)}".strip()


def from_to(start: float, end: float, of: Quantity | Unit) -> str:
    """Two values of one metric to the same digit: `from 24.3 % to 26.4 %`."""
    first, last, unit = _alike(start, end, of)
    return say("from {start} to {end}", start=first, end=f"{last}{unit}")


def instead_of(end: float, start: float, of: Quantity | Unit, *, expected: bool = False) -> str:
    """A value against the one without the change: `21.6 instead of the expected 29.6 hours`."""
    first, last, unit = _alike(start, end, of)
    if expected:
        return say("{end} instead of the expected {start}{unit}", end=last, start=first, unit=unit)
    return say("{end} instead of {start}{unit}", end=last, start=first, unit=unit)


def _alike(start: float, end: float, of: Quantity | Unit) -> tuple[str, str, str]:
    """Two values to the same digit, and the words of their unit with a space before them."""
    unit, currency = _parts(of)
    if unit == "money":
        return _money(start, currency=currency), _money(end, currency=currency), ""
    factor = 100 if unit == "share" else 1
    places = max(_places(start * factor), _places(end * factor))
    first, last = (plain(v * factor, places) for v in (start, end))
    if unit == "share":
        return _percentage(first), _percentage(last), ""
    return first, last, f" {unit_words(unit)}" if unit_words(unit) else ""


def moved(label: str, effect: Difference, of: Quantity | Unit) -> str:
    """What happened to a metric, with its interval; no claim when the interval spans zero."""
    low, high = effect.effect_ci_low, effect.effect_ci_high
    clear = not low <= 0 <= high
    if clear and math.isfinite(low) and math.isfinite(high):
        low, high = sorted((abs(low), abs(high)))
    parts = {
        "label": label,
        "size": size(effect.effect, of),
        "ends": from_to(effect.control, effect.treatment, of),
        "level": confidence(effect.alpha),
        "span": interval(low, high, of, signed=not clear),
    }
    if not clear:
        return say("{label}: no clear difference ({level} interval {span}).", **parts)
    if effect.effect > 0:
        return say("{label}: up {size}, {ends} ({level} interval {span}).", **parts)
    return say("{label}: down {size}, {ends} ({level} interval {span}).", **parts)


def change(value: float, of: Quantity | Unit) -> str:
    """A difference with its sign: `+2.1 points`, `−¥3.10`, `−3.1 hours`."""
    unit, currency = _parts(of)
    if unit == "money":
        return _money(value, currency=currency, signed=True)
    shown = _scaled(value * (100 if unit == "share" else 1), signed=True)
    return f"{shown} {unit_words(unit)}".strip()


def number(value: float, of: Quantity | Unit, *, signed: bool = False) -> str:
    """A value without words for its unit, where an axis or a heading says that: `+2.1`, `¥12.40`."""
    unit, currency = _parts(of)
    if unit == "money":
        return _money(value, currency=currency, signed=signed)
    return _scaled(value * (100 if unit == "share" else 1), signed=signed)


def size(value: float, of: Quantity | Unit) -> str:
    """A difference without its sign, for sentences that say the direction: `2.1 points`."""
    return change(abs(value), of).removeprefix("+")


def interval(low: float, high: float, of: Quantity | Unit, *, signed: bool = True) -> str:
    """Both ends of an interval, unit once: `+0.4 to +3.8 points`."""
    unit, _ = _parts(of)
    span = ends(low, high, of, signed=signed)
    bounded = math.isfinite(low) or math.isfinite(high)
    return f"{span} {unit_words(unit)}".strip() if bounded else span


def ends(low: float, high: float, of: Quantity | Unit, *, signed: bool = True) -> str:
    """Both ends of an interval without words for the unit: `+0.4 to +3.8`."""
    unit, currency = _parts(of)
    if not (math.isfinite(low) or math.isfinite(high)):
        return say("without ends")
    if unit == "money":
        first, last = (_money(v, currency=currency, signed=signed) for v in (low, high))
        return say("{low} to {high}", low=first.removesuffix(_after(currency)), high=last)
    factor = 100 if unit == "share" else 1
    largest = max(abs(v) for v in (low, high) if math.isfinite(v)) * factor
    places = 0 if largest >= 100 else 1 if largest >= 1 else min(decimals(largest), 2)
    # An end near zero keeps a digit that shows its side of it, where two digits can.
    while places < 2 and any(v and abs(v * factor) < 0.5 * 10**-places for v in (low, high)):
        places += 1
    first, last = (plain(v * factor, places, signed=signed) for v in (low, high))
    return say("{low} to {high}", low=first, high=last)


def currency_words(currency: str) -> str:
    """A currency beside an axis: `¥`, in Chinese `元`; a code that nobody knows stays as it is."""
    names = NAMES_ZH if spoken() == "zh" else SYMBOLS
    return names.get(currency, currency)


def _money(value: float, *, currency: str, signed: bool = False, places: int | None = None) -> str:
    """An amount with its symbol: `¥12.40`, `−¥3.10`; in Chinese with its name, `12.40 元`."""
    usual = 0 if abs(value) >= 10_000 else digits(currency)
    text = plain(value, usual if places is None else places, signed=signed)
    if after := _after(currency):
        return f"{text}{after}"
    symbol = SYMBOLS.get(currency, f"{currency}{NARROW}" if currency else "")
    sign = text[0] if text[0] in f"+{MINUS}" else ""
    return f"{sign}{symbol}{text[len(sign) :]}"


def rough(amount: float, currency: str, *, signed: bool = True) -> str:
    """A large amount to three digits, with its sign: `+¥9,480`."""
    if amount and math.isfinite(amount):
        amount = round(amount, 2 - math.floor(math.log10(abs(amount))))
    return _money(
        amount,
        currency=currency,
        signed=signed,
        places=0 if abs(amount) >= 100 else digits(currency),
    )


def rough_ends(low: float, high: float, currency: str) -> str:
    """Both ends of a span of large amounts, in Chinese with the currency once."""
    first, last = (rough(end, currency) for end in (low, high))
    return say("{low} to {high}", low=first.removesuffix(_after(currency)), high=last)


def _after(currency: str) -> str:
    """What stands after an amount in the language in use."""
    return f" {currency_words(currency)}" if spoken() == "zh" and currency else ""


def percent(share: float, *, places: int | None = None) -> str:
    """A share as a percentage: `50.2 %`."""
    text = _scaled(share * 100) if places is None else plain(share * 100, places)
    return _percentage(text)


def confidences(alphas: Iterable[float]) -> str:
    """The level of intervals, or all of them when a correction gave several: `95 % interval`."""
    levels = list(dict.fromkeys(confidence(alpha) for alpha in alphas))
    if len(levels) == 1:
        return say("{level} interval", level=levels[0])
    return say("intervals at {levels}", levels=listed(levels))


def confidence(alpha: float) -> str:
    """An interval's level: `95 %`, `98.3 %`."""
    value = 100 * (1 - alpha)
    return _percentage(f"{value:.{0 if abs(value - round(value)) < 0.05 else 1}f}")


def significant(value: float) -> str:
    """A number to four digits, for tables of options: `0.2215`; small ones to five after the point."""
    if abs(value) < 0.01:
        return plain(value, 5).rstrip("0").rstrip(".")
    return f"{value:.4g}".replace("-", MINUS)


def rise(share: float) -> str:
    """A relative difference with its sign: `+10.2 %`; open ends in words."""
    if math.isinf(share):
        return say("no upper end") if share > 0 else say("no lower end")
    return _percentage(_scaled(share * 100, signed=True))


def count(value: float) -> str:
    """A whole number: `9,614`."""
    return f"{round(value):,}"


def counted(value: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 customer`, `12 customers`."""
    return f"{value:,} {noun(one, many or one + 's', value)}"


def pvalue(value: float) -> str:
    """A p-value: `0.032`, `< 0.001`."""
    if not math.isfinite(value):
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def name(code: str) -> str:
    """A code as words: `custom_care` becomes `custom care`, the column `team_id` a `team`."""
    return say(re.sub("_(id|code)$", "", code).replace("_", " "))


def table(code: str) -> str:
    """A table by its code, in other languages by its name too: `客户联系（contacts）`."""
    words = name(code)
    return code if words == code.replace("_", " ") else bracketed(words, code)


def article(noun: str) -> str:
    """`a` or `an`, by the first letter: `an agent`."""
    return "an" if noun[:1].lower() in "aeiou" else "a"


def listed(items: list[str] | tuple[str, ...]) -> str:
    """Words joined as in speech: `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return say("{all_but_last} and {last}", all_but_last=say(", ").join(items[:-1]), last=items[-1])


def separated(items: list[str]) -> str:
    """Words set apart by commas: `a, b, c`."""
    return say(", ").join(items)


def together(*parts: str) -> str:
    """Sentences one after the other; those without words are left out."""
    return ("" if spoken() == "zh" else " ").join(part for part in parts if part)


def spaced(*parts: str) -> str:
    """Words beside each other: `12 control`."""
    return " ".join(parts)


def bracketed(what: str, more: str) -> str:
    """Words with more of them in brackets: `a (b)`."""
    return say("{what} ({more})", what=what, more=more)


def labelled(name: str, text: str) -> str:
    """A name and what is said of it: `coupon: stop`."""
    return f"{name}: {text}"


def quoted(text: str) -> str:
    """Words in quotation marks."""
    return f"\u201c{text}\u201d"


def joined(mark: str, items: list[str]) -> str:
    """Words with a message between them."""
    return say(mark).join(items)


def lower(text: str) -> str:
    """All letters small."""
    return text.lower()


def stated(value: float) -> str:
    """A p-value after the letter: `p = 0.032`, `p < 0.001`."""
    text = pvalue(value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def capital(text: str) -> str:
    """The first letter large."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """The first letter small, within a sentence."""
    return text[:1].lower() + text[1:]


def without_stop(text: str) -> str:
    """A sentence without its full stop, for lists."""
    return text[:-1] if text.endswith((".", "。")) else text


def sentence(text: str) -> str:
    """The first letter large, a full stop at the end."""
    text = capital(text)
    return text if text.endswith((".", "!", "?", *"。！？")) else f"{text}{say('.')}"


def _percentage(number: str) -> str:
    return say("{number}\N{NARROW NO-BREAK SPACE}%", number=number)


def _scaled(value: float, *, signed: bool = False) -> str:
    return plain(value, _places(value), signed=signed)


def _places(value: float) -> int:
    return 0 if abs(value) >= 100 else min(decimals(value), 1 if abs(value) >= 1 else 2)
