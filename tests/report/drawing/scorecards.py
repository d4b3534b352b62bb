"""Made-up scorecards for the painters: plain ones and ones with long names, in both languages."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from cs_lib import wording as w
from cs_lib.report import scorecard_grid as g
from cs_lib.report.drawing.scorecard import backlog, drivers, headline, multiples
from cs_lib.report.drawing.scorecard.logged import Logged
from cs_lib.report.drawing.scorecard.weekly import Held, Weekly

NAN = float("nan")
FIRST = np.datetime64("2025-06-30")
ENDS = (FIRST, np.datetime64("2026-06-29"))
LONG = {
    "en": "Orders with a problem reported by customers within 30 days of delivery, per 1,000 orders of new customers",
    "zh": "新客户订单签收后三十天之内由客户报告并经一线客服确认为确有问题的订单数（按每千单计算）与上期对比",
}


def one(value):
    return w.plain(value, 1)


def weekly(seed=1, level=84.0, spread=3.0, weeks=52, rebase=None, shift=0.0, gap=(), unseen=0):
    """Weekly points on a level that shifts at a rebase or in the last eight weeks, with limits of three spreads."""
    rng = np.random.default_rng(seed)
    start = FIRST + 7 * np.arange(weeks)
    moved = np.arange(weeks) >= (rebase if rebase is not None else weeks - 8)
    value = level + rng.normal(0, spread, weeks) + shift * moved
    value[list(gap)] = NAN
    value[weeks - unseen :] = NAN
    edges = [0, *([rebase] if rebase is not None else []), weeks]
    held, outside, run = [], np.zeros(weeks, bool), np.zeros(weeks, bool)
    for first, after in pairwise(edges):
        centre = level + (shift if first else 0.0)
        reach = 3 * spread * (1 + 0.1 * np.sin(np.arange(after - first)))
        held.append(Held(first, after, centre, centre - reach, centre + reach))
        outside[first:after] = np.abs(value[first:after] - centre) > reach
    if rebase is None and shift:
        run[weeks - 8 - unseen : weeks - unseen] = True
    return Weekly(start, value, outside & np.isfinite(value), run, held)


WORDS = {
    "en": {
        "cohort": "Orders with a problem within 30 days, by week of the order",
        "cohort_text": "84.1 per 1,000 in the last four whole weeks",
        "calendar": "Contacts of a week per 1,000 orders of the same week",
        "calendar_text": "distorted when orders rise or fall",
        "limits": ("upper limit", "centre", "lower limit"),
        "unseen": "not yet observed for 30 days",
        "signal": "signal since the week of 4 May",
        "holidays": "holidays",
        "changes": [
            "Routing by skill, all teams (15 Sep 2025)", "Chat on the order page (1 Dec 2025)",
            "Assistant answers delivery questions (8 Dec 2025)", "Compensation table (2 Feb 2026)",
            "Second carrier in the south (6 Apr 2026)",
        ],
        "rebase": "Limits set anew from 1 Dec 2025: chat on the order page",
        "between": "usual range", "age": ["under 1 day", "1 to 3 days", "3 to 7 days", "over 7 days"],
        "open": "589 contacts open on 28 June", "unknown": "not known",
        "heading": "From 92.4 to 88.1 per 1,000 orders", "unit": "contacts per 1,000 orders",
        "branches": [("First contacts", "Late delivery", "Refund slow", "Unclear manual", "All other needs"),
                     ("Repeat contacts", "Late delivery", "Refund slow", "All other needs")],
        "whole": "All contacts", "whole_text": "−4.3 (−6.9 to −1.7)",
    },
    "zh": {
        "cohort": "30 天内出现问题的订单（按下单周）",
        "cohort_text": "最近四个完整周每千单 84.1",
        "calendar": "当周进线量与当周订单之比（每千单）",
        "calendar_text": "订单骤增骤减时会失真",
        "limits": ("上限", "中心线", "下限"),
        "unseen": "尚未观察满 30 天",
        "signal": "自 5 月 4 日当周起有信号",
        "holidays": "节假日",
        "changes": ["按技能分派，全部小组（2025/9/15）", "订单页在线咨询（2025/12/1）",
                    "机器人解答物流问题（2025/12/8）",
                    "赔付标准表（2026/2/2）", "华南第二家承运商（2026/4/6）"],
        "rebase": "自 2025/12/1 起重设界限：订单页在线咨询",
        "between": "通常范围", "age": ["1 天以内", "1 至 3 天", "3 至 7 天", "7 天以上"],
        "open": "6 月 28 日未结工单 589 单", "unknown": "未知",
        "heading": "每千单进线量由 92.4 降至 88.1", "unit": "每千单进线量",
        "branches": [("首次进线", "配送延误", "退款慢", "说明书不清楚", "其他需求"),
                     ("重复进线", "配送延误", "退款慢", "其他需求")],
        "whole": "全部进线", "whole_text": "−4.3（−6.9 至 −1.7）",
    },
}  # fmt: skip
DAYS = ("2025-09-15", "2025-12-01", "2025-12-08", "2026-02-02", "2026-04-06")
HOLIDAYS = [
    (np.datetime64("2025-10-01"), np.datetime64("2025-10-09")),
    (np.datetime64("2026-02-16"), np.datetime64("2026-02-24")),
]


def changes(language):
    told = WORDS[language]["changes"]
    return [
        Logged(np.datetime64(day), str(i + 1), words)
        for i, (day, words) in enumerate(zip(DAYS, told, strict=True))
    ]


def plain_headline(language):
    """A year with a rebase, a signal, holidays and five weeks not yet observed."""
    t = WORDS[language]
    rebase = Logged(np.datetime64("2025-12-01"), "A", t["rebase"])
    calendar = weekly(2, 110.0, 9.0, gap=(20,))
    return headline.Headline(
        cohort=headline.Form(
            t["cohort"],
            t["cohort_text"],
            weekly(1, rebase=22, shift=-7.0, unseen=5, gap=(11,)),
        ),
        calendar=headline.Form(t["calendar"], t["calendar_text"], calendar),
        ends=ENDS,
        words=t["limits"],
        tick=lambda v: w.plain(v, 0),
        unseen=FIRST + 7 * 47,
        unseen_words=t["unseen"],
        signal=np.datetime64("2026-05-04"),
        signal_words=t["signal"],
        holidays=HOLIDAYS,
        holiday_words=t["holidays"],
        changes=changes(language),
        rebases=[rebase],
    )


def long_headline(language):
    plain, long = plain_headline(language), LONG[language]
    return replace(
        plain,
        cohort=replace(plain.cohort, name=long, text=long),
        calendar=replace(plain.calendar, name=long, text=long),
        words=(long, long, long),
        unseen_words=long,
        signal_words=long,
        holiday_words=long,
        changes=[Logged(np.datetime64("2026-03-02") + 3 * i, str(i + 1), long) for i in range(12)],
        rebases=[replace(plain.rebases[0], words=long)],
    )


def bare_headline(language):
    """Too few weeks for limits, nothing logged."""
    plain = plain_headline(language)
    few = replace(weekly(3, weeks=9), held=())
    return headline.Headline(
        cohort=replace(plain.cohort, weekly=few),
        calendar=replace(plain.calendar, weekly=few),
        ends=(FIRST, FIRST + 63),
        words=plain.words,
        tick=plain.tick,
    )


def plain_multiples(language, many=4):
    t = WORDS[language]
    names = [name for name, *_ in GRID[language]] * 3
    panels = [
        multiples.Panel(
            names[i],
            "84.1",
            weekly(i, 10.0 * (i + 1), 0.4 * (i + 1), rebase=22 if i == 1 else None, gap=(7, 9), shift=i - 3),
            one,
        )
        for i in range(many)
    ]  # fmt: skip
    return multiples.Multiples(
        panels, ENDS, (t["limits"][1], t["between"]), changes(language), HOLIDAYS, t["holidays"]
    )


def long_multiples(language):
    plain, long = plain_multiples(language, 2), LONG[language]
    panels = [
        replace(p, name=long if i % 2 else p.name, text=long) for i, p in enumerate(plain.panels)
    ]
    told = [replace(c, words=long) for c in plain.changes]
    return replace(plain, panels=panels, words=(long, long), changes=told, holiday_words=long)


def plain_backlog(language):
    t = WORDS[language]
    rng = np.random.default_rng(6)
    counts = rng.poisson(np.array([[320], [140], [80], [40]]), (4, 52)).astype(float)
    counts[3, 40:] += np.arange(12) * 5
    counts[:, 25] = NAN
    ages = [backlog.Age(name, w.count(n)) for name, n in zip(t["age"], counts[:, -1], strict=True)]
    return backlog.Backlog(
        FIRST + 7 * np.arange(52), counts, ages, t["open"], w.count, t["unknown"], changes(language)
    )


def long_backlog(language):
    plain, long = plain_backlog(language), LONG[language]
    ages = [replace(age, name=long) for age in plain.ages]
    return replace(plain, ages=ages, text=long, unknown_words=long)


CHANGED = [(-3.6, -2.1, -1.4, 0.3, -0.4), (-0.7, -0.9, 0.0, 0.2)]


def plain_drivers(language):
    t = WORDS[language]
    branches = []
    for names, sizes in zip(t["branches"], CHANGED, strict=True):
        whole, *parts = (
            drivers.Part(name, w.plain(size, 1, signed=True), size, size - 0.8, size + 0.8)
            for name, size in zip(names, sizes, strict=True)
        )
        branches.append(drivers.Branch(whole, parts))
    whole = drivers.Part(t["whole"], t["whole_text"], -4.3, -6.9, -1.7)
    return drivers.Drivers(t["heading"], whole, branches, t["unit"], "down")


def long_drivers(language):
    plain, long = plain_drivers(language), LONG[language]

    def stretched(part):
        return replace(part, name=long, text=f"{part.text} ({long[:10]})")

    return replace(
        plain,
        heading=long,
        unit=long,
        whole=stretched(plain.whole),
        branches=[
            replace(b, whole=stretched(b.whole), parts=[stretched(p) for p in b.parts])
            for b in plain.branches
        ],
    )


def _drivers(data, *, narrow):
    return drivers.drivers(data, tick=one, narrow=narrow)


def drawn(language):
    """Name, title, module, painter and data of each drawing."""
    both = {
        "headline": (headline, headline.headline, plain_headline, long_headline),
        "multiples": (multiples, multiples.multiples, plain_multiples, long_multiples),
        "backlog": (backlog, backlog.backlog, plain_backlog, long_backlog),
        "drivers": (drivers, _drivers, plain_drivers, long_drivers),
    }
    found = []
    for name, (module, painter, plain, long) in both.items():
        found.append((name, name, module, painter, plain(language)))
        found.append((f"{name}-long", name, module, painter, long(language)))
    bare = ("headline-bare", "headline", headline, headline.headline, bare_headline(language))
    return [*found, bare]


GRID = {
    "en": [
        ("Orders with a problem within 30 days", "84.1", "80.2 to 88.3",
         "improving_low", "−4.3", "−6.9 to −1.7", "passes", "at most 100"),
        ("Orders with a problem within 7 days", "61.0", "57.9 to 64.2",
         "common", "−1.2", "−4.0 to +1.7", "hit_and_miss", "at most 60"),
        ("Contacts per 1,000 orders", "110.2", "104.0 to 116.9",
         "concerning_high", "+6.1", "+1.0 to +11.3", None, ""),
        ("Customers with a problem per 1,000 active", "41.7",
         "39.0 to 44.6", "common", "−0.3", "−3.1 to +2.4", None, ""),
        ("Come back within 7 days", "12.4 %", "11.1 % to 13.8 %",
         "improving_low", "−1.1 points", "−2.9 to +0.7", "fails", "at most 10 %"),
        ("Come back within 30 days", "17.9 %", "16.3 % to 19.5 %", "common", "+0.2 points", "−1.9 to +2.3", None, ""),
    ],
    "zh": [
        ("30 天内出现问题的订单", "84.1", "80.2 至 88.3", "improving_low",
         "−4.3", "−6.9 至 −1.7", "passes", "至多 100"),
        ("7 天内出现问题的订单", "61.0", "57.9 至 64.2", "common", "−1.2", "−4.0 至 +1.7", "hit_and_miss", "至多 60"),
        ("每千单进线量", "110.2", "104.0 至 116.9", "concerning_high", "+6.1", "+1.0 至 +11.3", None, ""),
        ("每千活跃客户中遇到问题的客户", "41.7", "39.0 至 44.6", "common", "−0.3", "−3.1 至 +2.4", None, ""),
        ("7 天重复进线率", "12.4 %", "11.1 % 至 13.8 %", "improving_low",
         "−1.1 个百分点", "−2.9 至 +0.7", "fails", "至多 10 %"),
        ("30 天重复进线率", "17.9 %", "16.3 % 至 19.5 %", "common", "+0.2 个百分点", "−1.9 至 +2.3", None, ""),
    ],
}  # fmt: skip
BASICS = {
    "en": [
        ("First response", "1.2 hours", "1.1 to 1.3", "neutral_high",
         "+0.1 hours", "−0.1 to +0.2", "hit_and_miss", "at most 1.5 hours"),
        ("Time to resolution", "21.6 hours", "19.9 to 23.4",
         "improving_low", "−8.0 hours", "−11.2 to −4.8", None, ""),
        ("Answered within the promised time", "91.0 %",
         "89.9 % to 92.1 %", "improving_high", "+3.0 points", "+1.4 to +4.6", "hit_and_miss", "at least 90 %"),
        ("Solved within the promised time", "76.2 %", "74.4 % to 78.0 %",
         "concerning_low", "−2.2 points", "−4.6 to +0.2", "fails", "at least 90 %"),
        ("Solved at the first contact", "68.3 %", "66.6 % to 70.0 %",
         "common", "+0.4 points", "−2.0 to +2.8", None, ""),
        ("Open contacts", "589", "", "concerning_high", "+61", "", None, ""),
        ("Reopened", "4.1 %", "3.4 % to 4.9 %", "common", "0.0 points", "−1.0 to +1.0", None, ""),
        ("Handed on", "21.5 %", "20.0 % to 23.0 %", "neutral_low", "−1.9 points", "−4.0 to +0.2", None, ""),
        ("Satisfied answers (31 % answered)", "74.0 %",
         "71.1 % to 76.7 %", None, "+1.0 points", "−3.0 to +5.0", None, ""),
        ("Solved by the bot, without coming back",
         "No bot message is in the data, so it cannot be told whom the bot served."),
        ("Complaints followed up", "88.2 %", "83.0 % to 92.2 %", "common",
         "+2.0 points", "−5.1 to +9.1", "passes", "at least 75 %"),
    ],
    "zh": [
        ("首次回复时长", "1.2 小时", "1.1 至 1.3", "neutral_high",
         "+0.1 小时", "−0.1 至 +0.2", "hit_and_miss", "至多 1.5 小时"),
        ("解决时长", "21.6 小时", "19.9 至 23.4", "improving_low", "−8.0 小时", "−11.2 至 −4.8", None, ""),
        ("按承诺时限回复", "91.0 %", "89.9 % 至 92.1 %", "improving_high",
         "+3.0 个百分点", "+1.4 至 +4.6", "hit_and_miss", "至少 90 %"),
        ("按承诺时限解决", "76.2 %", "74.4 % 至 78.0 %", "concerning_low",
         "−2.2 个百分点", "−4.6 至 +0.2", "fails", "至少 90 %"),
        ("首次解决率", "68.3 %", "66.6 % 至 70.0 %", "common", "+0.4 个百分点", "−2.0 至 +2.8", None, ""),
        ("未结工单", "589", "", "concerning_high", "+61", "", None, ""),
        ("重开率", "4.1 %", "3.4 % 至 4.9 %", "common", "0.0 个百分点", "−1.0 至 +1.0", None, ""),
        ("转接率", "21.5 %", "20.0 % 至 23.0 %", "neutral_low", "−1.9 个百分点", "−4.0 至 +0.2", None, ""),
        ("满意度（参评率 31 %）", "74.0 %", "71.1 % 至 76.7 %", None, "+1.0 个百分点", "−3.0 至 +5.0", None, ""),
        ("机器人解决且未再进线", "数据中没有机器人消息，无法判断机器人服务了谁。"),
        ("投诉回访率", "88.2 %", "83.0 % 至 92.2 %", "common", "+2.0 个百分点", "−5.1 至 +9.1", "passes", "至少 75 %"),
    ],
}  # fmt: skip
DELIGHT = {
    "en": [
        ("Bought again within 60 days of a solved contact", "63.3 %",
         "60.9 % to 65.7 %", "common", "+1.2 points", "−2.2 to +4.6", None, ""),
        ("Orders from referrals", "The orders do not say who recommended us."),
        ("Would recommend us", "41", "36 to 46", "common", "+2", "−5 to +9", None, ""),
    ],
    "zh": [
        ("问题解决后 60 天内复购", "63.3 %", "60.9 % 至 65.7 %", "common", "+1.2 个百分点", "−2.2 至 +4.6", None, ""),
        ("老客推荐订单", "订单中没有记录推荐人。"),
        ("推荐意愿", "41", "36 至 46", "common", "+2", "−5 至 +9", None, ""),
    ],
}  # fmt: skip
BANDS = {"en": ("Fewer problems", "The basics", "Delight"), "zh": ("问题更少", "基本服务", "惊喜")}
HEADS = {
    "en": ("The service by week", "1 to 28 June 2026", "Against the 4 weeks before"),
    "zh": ("每周服务情况", "2026 年 6 月 1 日至 28 日", "与前 4 周相比"),
}


PERIODS = {"en": "27 Apr to 24 May 2026", "zh": "2026/4/27 至 2026/5/24"}


def _row(i, told, language):
    if len(told) == 2:
        return g.Missing(*told, link=f"means-{i}")
    name, value, span, variation, change, change_span, assurance, target = told
    shift = 0.0 if variation == "common" else -7.0
    found = weekly(
        i, rebase=22 if i % 5 == 0 else None, gap=(9,) if i % 3 == 0 else (), shift=shift
    )
    if variation is None:
        found = replace(weekly(i, weeks=9), held=())
    period = PERIODS[language] if i in (0, 5, 17) else ""
    at = {None: NAN, "passes": 98.0, "hit_and_miss": 84.0, "fails": 70.0}[assurance]
    return g.Row(
        name, value, span, found, one, variation, change, change_span, assurance, target, at, f"means-{i}", period
    )  # fmt: skip


def plain_grid(language):
    """Twenty rows in three bands; two are not available, one has no limits yet."""
    caption, period, against = HEADS[language]
    told, i, bands = (GRID, BASICS, DELIGHT), 0, []
    for name, rows in zip(BANDS[language], told, strict=True):
        made = []
        for row in rows[language]:
            made.append(_row(i, row, language))
            i += 1
        bands.append(g.Band(name, made))
    return g.Grid(caption, period, against, bands)


def long_grid(language):
    long, plain = LONG[language], plain_grid(language)
    first = plain.bands[0]
    rows = [replace(row, name=long, target=long[:30] if row.target else "") for row in first.rows]
    rows.append(g.Missing(long, long))
    return replace(plain, bands=[g.Band(long, rows)], period=long[:40], against=long[:40])
