"""When a desk is open: hours by weekday, teams with hours, zones and holidays of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_core import InitErrorDetails

from cs_lib.params.fields import Names, Strict
from cs_lib.params.problems import closest
from cs_lib.params.public_days import Calendar
from cs_lib.params.source import Zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALL = "all"
STANDARD = "standard"  # in `open_on_holidays`: every team that `teams` does not list
SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
A_DAY, A_WEEK = 24 * 60, 7 * 24 * 60
LAST_MINUTE = (
    A_DAY - 1
)  # a span that ends in it is meant to end with the day: nobody closes for a minute
LONGEST_NIGHT = 12 * 60  # a longer span over midnight is more often one written the wrong way round
LIKE = 'mon-fri: ["09:00-18:00"]'

Span = tuple[int, int]  # minutes from the day's midnight; over 24 hours where it ends on the next
Week = tuple[tuple[Span, ...], ...]  # of seven days, Monday first, each in order


def weekdays(key: str) -> tuple[int, ...]:
    """The days (Monday 0) that `fri`, `mon-fri`, `mon, wed` or `all` names. Raises ValueError."""
    if key.strip() == ALL:
        return tuple(range(7))
    found: list[int] = []
    for part in key.split(","):
        ends = [_weekday(name.strip()) for name in part.split("-", 1)]
        found += [(ends[0] + k) % 7 for k in range((ends[-1] - ends[0]) % 7 + 1)]
    return tuple(found)


def _weekday(name: str) -> int:
    if name in DAYS:
        return DAYS.index(name)
    hint = closest(name, [*DAYS, ALL]) or f"; use {', '.join(DAYS)}, a stretch like mon-fri, or all"
    raise ValueError(f"no such day: {name!r}{hint}")


def span(text: Any) -> Span:
    """The minutes of `09:00-18:00`, or of `22:00-06:00` over midnight. Raises ValueError."""
    match = SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f'must be a span like "09:00-18:00", got {text!r}')
    hours, minutes = (int(match[1]), int(match[3])), (int(match[2]), int(match[4]))
    first, last = (60 * hour + minute for hour, minute in zip(hours, minutes, strict=True))
    if first >= A_DAY or last > A_DAY or max(minutes) > 59:
        raise ValueError(
            f"times of day go from 00:00 to 23:59, and 24:00 where a span ends, got {text!r}"
        )
    last = A_DAY if last == LAST_MINUTE else last
    if first == last:
        raise ValueError(f'{text!r} has no length; a whole day is "00:00-24:00"')
    if last < first:
        last += A_DAY
    if last - first > LONGEST_NIGHT and last > A_DAY:
        raise ValueError(
            f"{text!r} ends before it starts; if a span of {_length(last - first)} over midnight is meant, "
            f'write two: "{_clock(first)}-24:00", and "00:00-{_clock(last - A_DAY)}" on the next day'
        )
    return first, last


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} hours {rest} minutes" if rest else f"{hours} hours"


def _typed_week(value: Any) -> Any:
    """The week as it is typed, spans as tuples of text. Raises ValidationError with a sentence for each fault."""
    if not isinstance(value, Mapping):
        raise ValueError(f"must be days and their hours, like {LIKE}, got {value!r}")
    faults: list[InitErrorDetails] = []
    week: dict[Any, tuple[Any, ...]] = {}
    read: list[tuple[str, int, str, Span]] = []  # key, day, text, minutes
    owner: dict[int, str] = {}
    for key, typed in value.items():
        texts = [typed] if isinstance(typed, str) else typed
        days = list(_days_of(key, owner, faults))
        if not isinstance(texts, list | tuple):
            faults.append(
                _fault((key,), typed, f"must be a list of spans like {LIKE}, [] for a day off")
            )
            continue
        week[key] = tuple(texts)
        for i, text in enumerate(texts):
            try:
                minutes = span(text)
            except ValueError as error:
                faults.append(_fault((key, i), text, str(error)))
            else:
                read += [(key, day, text.strip(), minutes) for day in days]
    faults += _overlaps(read)
    if not faults and not read:
        raise ValueError(f"is never open; name at least one day with hours, like {LIKE}")
    if faults:
        raise ValidationError.from_exception_data("hours", faults)
    return week


def _fault(place: tuple[str | int, ...], value: Any, message: str) -> InitErrorDetails:
    return InitErrorDetails(
        type="value_error", loc=place, input=value, ctx={"error": ValueError(message)}
    )


def _days_of(key: Any, owner: dict[int, str], faults: list[InitErrorDetails]) -> Iterator[int]:
    """The days of a key that no other key names; what is wrong with it is added to the faults."""
    try:
        days = weekdays(str(key))
    except ValueError as error:
        faults.append(_fault((str(key),), key, str(error)))
        return
    twice = [DAYS[day] for i, day in enumerate(days) if day in owner or day in days[:i]]
    if twice:
        message = f"{', '.join(dict.fromkeys(twice))} has hours already; name each day once"
        faults.append(_fault((key,), key, message))
    for day in dict.fromkeys(days):
        if owner.setdefault(day, key) == key:
            yield day


def _overlaps(read: list[tuple[str, int, str, Span]]) -> list[InitErrorDetails]:
    """Spans that run into each other, Sunday's into Monday's too; the same two texts are told once."""
    spans = sorted(
        (day * A_DAY + first, day * A_DAY + last, day, text, key)
        for key, day, text, (first, last) in read
    )
    if spans:  # the week goes round
        first = spans[0]
        spans.append((first[0] + A_WEEK, first[1] + A_WEEK, *first[2:]))
    told: dict[tuple[str, str, str, str], InitErrorDetails] = {}
    before = spans[0] if spans else None
    for one in spans[1:]:
        assert before is not None
        if one[0] < before[1] and one[2:] != before[2:]:
            pair = (before[4], before[3], one[4], one[3])
            both = f"{DAYS[before[2]]} {before[3]} and {DAYS[one[2]]} {one[3]} overlap"
            told.setdefault(
                pair, _fault((one[4],), one[3], f"{both}; make them one span, or part them")
            )
        elif one[0] < before[1] and len(read) > 1:
            message = f"{one[3]!r} stands twice; keep one"
            told.setdefault((one[4], one[3], "", ""), _fault((one[4],), one[3], message))
        before = max(before, one, key=lambda each: each[1])
    return list(told.values())


def _team(name: str) -> str:
    if name == STANDARD:
        raise ValueError(
            f"'{STANDARD}' is no team here; the hours of all others stand under hours.standard, and their zone "
            "and holidays are those of the source and the study"
        )
    return name


Team = Annotated[str, AfterValidator(_team)]
TypedWeek = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_typed_week)]


class Hours(Strict):
    """When teams are open; without this block, and calendars in the source, only calendar time is counted."""

    standard: TypedWeek | None = Field(
        default=None,
        description='hours of teams without their own: {mon-fri: ["09:00-12:30", "13:30-18:00"]}; '
        "replaces the calendars of the source",
    )
    teams: dict[Team, TypedWeek] = Field(
        default={},
        description='hours by team: {night: {all: ["22:00-06:00"]}}; over midnight is allowed',
    )
    timezones: dict[Team, Zone] = Field(
        default={},
        description="zone by team, where it is not the source's: {berlin: Europe/Berlin}",
    )
    calendars: dict[Team, Calendar] = Field(
        default={},
        description="holidays by team, where they are not those of the study's calendar: {berlin: DE-BE}",
    )
    open_on_holidays: Names = Field(
        default=(),
        description="teams that work on holidays as on other days; standard: all that hours.teams does not list",
    )

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """The keys of this block under which each team is named."""
        found: dict[str, tuple[str, ...]] = {}
        for key in ("teams", "timezones", "calendars", "open_on_holidays"):
            for team in getattr(self, key):
                if team != STANDARD:
                    found[team] = (*found.get(team, ()), key)
        return found


def week_of(typed: Mapping[str, tuple[str, ...]]) -> Week:
    """A checked week by weekday."""
    days: list[list[Span]] = [[] for _ in range(7)]
    for key, texts in typed.items():
        for day in weekdays(key):
            days[day] += map(span, texts)
    return tuple(tuple(sorted(spans)) for spans in days)


def pieces(week: Week) -> Week:
    """A week by local day: spans over midnight parted at midnight, those that touch or overlap made one."""
    days: list[list[Span]] = [[] for _ in range(7)]
    for day, spans in enumerate(week):
        for first, last in spans:
            days[day].append((first, min(last, A_DAY)))
            if last > A_DAY:
                days[(day + 1) % 7].append((0, last - A_DAY))
    return tuple(tuple(_joined(spans)) for spans in days)


def _joined(spans: list[Span]) -> list[Span]:
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
