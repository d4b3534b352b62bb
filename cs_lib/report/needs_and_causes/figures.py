"""Figures of needs and causes: sizes, owners, who comes back, and needs over the weeks."""

from __future__ import annotations

from math import isfinite

import numpy as np
import pandas as pd

from cs_lib import wording as w
from cs_lib.diagnosis.needs_and_causes.news import weeks_of
from cs_lib.diagnosis.needs_and_causes.result import UNKNOWN, NeedFinding, NeedsResult
from cs_lib.language import say
from cs_lib.methods.recurrence.beyond_chance import Recurrence
from cs_lib.report.drawing import levels as marks
from cs_lib.report.drawing import ranked_bars as ranked
from cs_lib.report.drawing import volumes as multiples
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.needs_and_causes.words import need, owner, places, yearly
from cs_lib.report.note import Note

MOST_BARS, MOST_LEVELS, MOST_PANELS = 6, 10, 6
LEAST_WEEKS = 4
NOT_ENOUGH = "–"


def needs_by_size(result: NeedsResult) -> Figure | Note:
    """Needs in order of size, first contacts and repeats apart, each with the places it may have."""
    if not result.needs:
        return Note(say("No need has enough contacts to be drawn."))
    shown, unknown = result.needs[:MOST_BARS], _unknown_bar(result)
    bars = [_bar(one, rank < result.first, result) for rank, one in enumerate(shown)]
    data = ranked.Bars(
        [*bars, *([unknown] if unknown else [])],
        say("first contact"),
        say("comes back within 30 days"),
        say("without a need"),
    )
    title = _size_title(result)
    hidden = len(result.needs) - len(shown)
    caption = w.together(
        say("Minutes of work a year; the line is the interval.")
        if result.unit == "minutes"
        else say("Contacts a year; the line is the interval."),
        say("{n} smaller needs are not drawn.", n=w.count(hidden)) if hidden else "",
        say("{n} needs with very few contacts are left out.", n=w.count(result.small))
        if result.small
        else "",
    )
    return figure(
        "needs-by-size",
        title=title,
        caption=caption,
        alt=f"{title}. " + " ".join(f"{b.label}: {b.text}, {b.note}." for b in data.bars),
        data=_size_data(result),
        wide=ranked.bars(data, narrow=False),
        narrow=ranked.bars(data, narrow=True),
        height=ranked.height(data, narrow=False),
        narrow_height=ranked.height(data, narrow=True),
        more=say(
            "The places beside a name are those that the need may truly have, had other customers written: all needs "
            "that are surely larger stand above it, all that are surely smaller below it."
        ),
    )


def _bar(one: NeedFinding, strong: bool, result: NeedsResult) -> ranked.Bar:
    total, again = one.place.total, _repeat_part(one, result)
    return ranked.Bar(
        label=need(one.need),
        note=places(one.place.rank_low, one.place.rank_high),
        first=total * (1 - again),
        second=total * again,
        text=yearly(total, result),
        low=one.place.low,
        high=one.place.high,
        strong=strong,
    )


def _repeat_part(one: NeedFinding, result: NeedsResult) -> float:
    """The share of a need's size that is repeats."""
    totals = result.evidence.totals
    i = totals.needs.index(one.need)
    if result.unit == "minutes":
        return int(totals.seconds_by[i, 1]) / int(totals.seconds[i]) if totals.seconds[i] else 0.0
    return one.repeats / one.contacts


def _unknown_bar(result: NeedsResult) -> ranked.Bar | None:
    size = result.unknown_size
    if not size:
        return None
    return ranked.Bar(
        need(UNKNOWN),
        w.percent(result.unknown_share, places=0),
        size,
        0.0,
        yearly(size, result),
        hatched=True,
    )


def _size_title(result: NeedsResult) -> str:
    top = [need(one.need) for one in result.needs[: result.first]]
    if not top:
        return say("No need stands apart from those after it")
    share = w.percent(sum(one.place.share for one in result.needs[: result.first]), places=0)
    if len(top) == 1:
        return say("{need} stands apart: {share} of all", need=top[0], share=share)
    return say("{needs} stand apart: {share} of all", needs=w.listed(top), share=share)


def _size_data(result: NeedsResult) -> pd.DataFrame:
    rows = [
        {
            "need": one.need, "owner": one.owner, "contacts": one.contacts, "repeats": one.repeats,
            f"{result.unit}_a_year": one.place.total, "low": one.place.low, "high": one.place.high,
            "place": one.place.rank, "place_low": one.place.rank_low, "place_high": one.place.rank_high,
        }
        for one in result.needs
    ]  # fmt: skip
    return pd.DataFrame(rows)


def owners(result: NeedsResult) -> Figure | Note:
    """The share of each owner, as people would say it, beside what codes and rules say."""
    shown = [one for one in result.owners if one.share > 0 or one.raw > 0]
    if not shown:
        return Note(say("No contact has an owner of its cause."))
    corrected = any(isfinite(one.low) for one in shown)
    data = marks.Levels(
        [
            marks.Level(
                owner(one.name), one.share, one.low, one.high,
                one.raw if corrected else float("nan"), _share_text(one.share, one.low, one.high),
            )
            for one in sorted(shown, key=lambda o: (o.name == UNKNOWN, -o.share))
        ],
        say("as people code it") if corrected else say("as coded"),
        say("as codes and rules say"),
        lambda value: w.percent(value, places=0),
    )  # fmt: skip
    title = _owner_title(result)
    caption = (
        say(
            "Corrected by {n} contacts that people coded, with intervals.",
            n=w.count(result.coding.contacts if result.coding else 0),
        )
        if corrected
        else say(
            "As codes and rules say; nobody coded a sample, so how right they are is not known."
        )
    )
    return figure(
        "owners",
        title=title,
        caption=caption,
        alt=f"{title}. " + " ".join(f"{one.label}: {one.text}." for one in data.levels),
        data=pd.DataFrame(
            [
                {"owner": o.name, "share": o.share, "low": o.low, "high": o.high, "by_codes": o.raw}
                for o in result.owners
            ]
        ),
        wide=marks.levels(data, narrow=False),
        narrow=marks.levels(data, narrow=True),
        height=marks.height(data, narrow=False),
        narrow_height=marks.height(data, narrow=True),
    )


def _share_text(share: float, low: float, high: float) -> str:
    text = w.percent(share, places=0)
    if not isfinite(low):
        return text
    ends = say("{low} to {high}", low=w.percent(low, places=0), high=w.percent(high, places=0))
    return w.bracketed(text, ends)


def _owner_title(result: NeedsResult) -> str:
    """Whether agents caused most of it: the question that every list of complaints raises."""
    agents = next((one for one in result.owners if one.name == "agent"), None)
    known = [one for one in result.owners if one.name not in (UNKNOWN, "agent")]
    if agents is None or not known:
        return say("Who owns the cause")
    share = w.percent(agents.share, places=0)
    high = agents.high if isfinite(agents.high) else agents.share
    if high < sum(one.share for one in known):
        return say(
            "Agents own the cause of {share} of contacts; most is for others to end", share=share
        )
    return say("Agents own the cause of {share} of contacts", share=share)


def coming_back(result: NeedsResult) -> Figure | Note:
    """Who comes back within 30 days, by need, beside the same customers' later rate: what chance does."""
    told = [(one, one.came_back[1]) for one in result.needs if one.came_back[1] is not None]
    pairs = [(one, back) for one, back in told if back is not None]
    if not pairs:
        return Note(
            say("Too few resolved contacts could be followed for 30 days to say who comes back.")
        )
    shown = sorted(pairs, key=lambda pair: -pair[1].beyond)[:MOST_LEVELS]
    data = marks.Levels(
        [
            marks.Level(
                need(one.need), back.rate, back.rate_low, back.rate_high, back.chance,
                _back_text(back), strong=back.beyond_low > 0,
            )
            for one, back in shown
        ],
        say("come back within 30 days"),
        say("would come anyway"),
        lambda value: w.percent(value, places=0),
    )  # fmt: skip
    top, back = shown[0]
    title = (
        say(
            "{need}: {share} come back beyond chance",
            need=need(top.need), share=w.percent(back.beyond, places=0),
        )
        if back.beyond_low > 0
        else say("No need brings customers back beyond chance")
    )  # fmt: skip
    return figure(
        "coming-back",
        title=title,
        caption=say(
            "Share of resolved contacts after which the same customer writes about the same need again. Diamond: the "
            "same customers in later weeks, which is what chance alone does."
        ),
        alt=f"{title}. " + " ".join(f"{one.label}: {one.text}." for one in data.levels),
        data=_back_data(result),
        wide=marks.levels(data, narrow=False),
        narrow=marks.levels(data, narrow=True),
        height=marks.height(data, narrow=False),
        narrow_height=marks.height(data, narrow=True),
        more=say(
            "Only contacts whose 30 days are observed to the end count; chance is the same customers' rate from the "
            "31st to the 90th day."
        ),
    )


def _back_text(back: Recurrence) -> str:
    return say(
        "{rate}, {beyond} beyond chance",
        rate=w.percent(back.rate, places=0),
        beyond=w.percent(max(back.beyond, 0.0), places=0),
    )


def _back_data(result: NeedsResult) -> pd.DataFrame:
    found = [
        {
            "need": one.need, "days": back.days, "followed": back.followed, "rate": back.rate,
            "rate_low": back.rate_low, "rate_high": back.rate_high, "chance": back.chance,
            "beyond": back.beyond, "beyond_low": back.beyond_low, "beyond_high": back.beyond_high,
        }
        for one in result.needs
        for back in one.came_back
        if back is not None
    ]  # fmt: skip
    return pd.DataFrame(found)


def over_the_weeks(result: NeedsResult) -> Figure | Note:
    """Contacts per 1,000 orders, week by week, of the largest needs and of those that rose."""
    weekly = result.evidence.weekly
    weeks = weeks_of(result.evidence)
    if len(weeks) < LEAST_WEEKS:
        return Note(say("There are too few whole weeks to draw."))
    rose = [one.name for one in result.news.rose]
    names = list(dict.fromkeys([*rose, *(one.need for one in result.needs)]))[:MOST_PANELS]
    per = _per_week(result)
    panels = [
        multiples.Panel(
            need(name), _panel_text(name, result), weeks, per[weekly.needs.index(name)],
            np.array([], dtype="datetime64[D]"), (),
        )
        for name in names
        if name in weekly.needs
    ]  # fmt: skip
    if not panels:
        return Note(say("No need has enough contacts to be drawn."))
    off = np.array(result.study.design.days_off, dtype="datetime64[D]")
    data = multiples.Volumes(panels, "", "", say("named holiday"), off)
    title = (
        say(
            "{needs} rose in the last four weeks", needs=w.listed([need(name) for name in rose[:3]])
        )
        if rose
        else say("No need rose in the last four weeks beyond what weeks vary by")
    )
    return figure(
        "over-the-weeks",
        title=title,
        caption=say("First contacts per 1,000 orders of the week, each need on a scale of its own that starts at zero.")
        if weekly.orders is not None
        else say("First contacts of the week, each need on a scale of its own that starts at zero."),
        alt=f"{title}. " + " ".join(f"{p.name}: {p.text}." for p in panels),
        data=pd.DataFrame(
            {"week": np.datetime_as_string(weeks, unit="D")}
            | {name: per[i] for i, name in enumerate(weekly.needs)}
        ),
        wide=multiples.volumes(data, narrow=False),
        narrow=multiples.volumes(data, narrow=True),
        height=multiples.height(data, narrow=False),
        narrow_height=multiples.height(data, narrow=True),
    )  # fmt: skip


def _per_week(result: NeedsResult) -> np.ndarray:
    weekly = result.evidence.weekly
    if weekly.orders is None:
        return weekly.contacts.astype(float)
    orders = np.where(weekly.orders > 0, weekly.orders, np.nan)
    return np.asarray(1000 * weekly.contacts / orders)


def _panel_text(name: str, result: NeedsResult) -> str:
    found = next((one for one in result.news.tested if one.name == name), None)
    if found is None:
        return NOT_ENOUGH
    return say(
        "last four weeks {ratio} times the weeks before ({ends})",
        ratio=w.plain(found.ratio, 2),
        ends=say("{low} to {high}", low=w.plain(found.low, 2), high=w.plain(found.high, 2)),
    )
