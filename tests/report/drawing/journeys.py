"""Made-up journeys for the painters: plain ones and ones with long names, in both languages."""

from dataclasses import replace

import numpy as np

from cs_lib import wording as w
from cs_lib.report.drawing.interventions import Happenings, Mark
from cs_lib.report.drawing.journey_map import holders, journey, matrix, ways, weekly_spread
from cs_lib.report.drawing.journey_map import phases as p
from cs_lib.report.drawing.journey_map import steps as s

NAN = float("nan")

WORDS = {
    "en": p.Words(
        happens="What happens", many="How many get here", long="How long", satisfied="Satisfied answers",
        hurts="Where it hurts", owner="Who can end it", ours="with us", customer="waiting on the customer",
        third="waiting on a third party", slow="up to where 9 of 10 are done", worst="Hurts most",
    ),
    "zh": p.Words(
        happens="发生什么", many="多少工单到这一步", long="用时", satisfied="满意度", hurts="痛点", owner="谁能解决",
        ours="我方处理或排队", customer="等客户回复", third="等第三方", slow="九成工单在此之前完成", worst="最痛的一步",
    ),
}  # fmt: skip

LANES = {
    "en": [
        ("Asks", ["Writes, calls or opens a chat", "Tells the bot first"]),
        ("Waits for an answer", ["Sits in the queue of the first team", "Some ask again"]),
        ("Is worked on", ["An agent reads and answers", "One in five is passed on"]),
        ("Waits on others", ["Warehouse or carrier must reply"]),
        ("Solved", ["Gets the solution", "Is asked for an opinion"]),
        ("Afterwards", ["A follow-up was promised to some"]),
        ("Back again", ["Same problem within 7 days"]),
    ],
    "zh": [
        ("提出问题", ["发消息、来电或发起在线咨询", "先经过机器人"]),
        ("等待首次回复", ["在一线组队列中排队", "部分客户再次追问"]),
        ("处理中", ["客服阅读并答复", "每五单有一单被转接"]),
        ("等待其他方", ["需要仓库或物流商回复"]),
        ("已解决", ["收到解决方案", "收到满意度问卷"]),
        ("解决之后", ["对部分客户承诺过回访"]),
        ("再次进线", ["7 天内同一问题再次出现"]),
    ],
}
COUNTS = [12_412, 11_730, 11_412, 2_961, 11_205, 3_118, 1_402]
STAYS = [
    None,
    (3.1, 0, 0, 26.4),
    (1.2, 4.6, 0, 31),
    (0.4, 0, 18.5, 71.0),
    None,
    (30, 0, 0, 96),
    None,
]
SATISFIED = [None, (0.68, 0.64, 0.72, 0.31), (0.74, 0.72, 0.76, 0.34), (0.55, 0.49, 0.61, 0.28),
             (0.78, 0.77, 0.79, 0.35), None, (0.41, 0.35, 0.47, 0.22)]  # fmt: skip
TEXTS = {
    "en": {
        "hours": "median {} h", "slow": "1 in 10 over {} h", "answered": "{} answered", "month": "{} customers a month",
        "none": "", "unasked": "not asked here", "few": "too few answers",
        "pains": {
            1: ("long_wait", "Long wait for the first answer", 1_240),
            2: ("other", "Passed on twice or more", 310),
            3: ("left_in_the_dark", "Left in the dark, asked for news", 1_910),
            5: ("missing_follow_up", "Promised follow-up missed", 420),
        },
        "owners": [
            "", "Head of first line, by shifts", "Team leads", "Head of logistics and the carriers", "", "Team leads",
            "Product owner",
        ],
    },
    "zh": {
        "hours": "中位 {} 小时", "slow": "一成超过 {} 小时", "answered": "参评率 {}", "month": "每月 {} 位客户",
        "none": "", "unasked": "此处未调查", "few": "回答太少",
        "pains": {
            1: ("long_wait", "首次回复等待过长", 1_240),
            2: ("other", "被转接两次及以上", 310),
            3: ("left_in_the_dark", "没有进展通知，只能催问", 1_910),
            5: ("missing_follow_up", "承诺的回访未兑现", 420),
        },
        "owners": ["", "一线主管（排班）", "各组组长", "物流负责人与承运商", "", "各组组长", "产品负责人"],
    },
}  # fmt: skip


def tick(share):
    return w.percent(share, places=0)


def plain_journey(language):
    """Seven phases with four pains, the worst in the fourth."""
    t = TEXTS[language]
    return p.Journey([_phase(i, t, language) for i in range(7)], WORDS[language], tick)


def _phase(i, t, language):
    (name, happens), hours, level, pain = (
        LANES[language][i],
        STAYS[i],
        SATISFIED[i],
        t["pains"].get(i),
    )
    share = COUNTS[i] / COUNTS[0]
    stay = t["none"]
    if hours:
        slow = t["slow"].format(f"{hours[3]:.0f}")
        stay = p.Stay(*hours, t["hours"].format(f"{sum(hours[:3]):.1f}"), slow)
    satisfied = t["unasked" if i == 0 else "few"]
    if level:
        satisfied = p.Satisfaction(*level[:3], tick(level[0]), t["answered"].format(tick(level[3])))
    return p.Phase(
        name=name, happens=happens, share=share, count=w.count(COUNTS[i]), share_text=tick(share), stay=stay,
        satisfaction=satisfied, owner=t["owners"][i],
        pains=[p.Pain(pain[0], pain[1], t["month"].format(w.count(pain[2])), worst=i == 3)] if pain else [],
    )  # fmt: skip


LONG = {
    "en": "Unternehmenskommunikationsabteilung and internationally distributed escalation specialists",
    "zh": "跨区域重大投诉升级处理专员与国际物流承运商联合协调小组（含夜班与节假日值班人员）",
}


def long_journey(language):
    """Every text too long, two pains in every phase, nothing known of levels and times."""
    long, plain = LONG[language], plain_journey(language)
    pains = [p.Pain("long_wait", long, long), p.Pain("missing_follow_up", long, long)]
    return replace(
        plain,
        words=p.Words(**dict.fromkeys(p.Words.__slots__, long)),
        phases=[
            replace(
                phase, name=long, happens=[long] * 3, count=w.count(123_456_789), share=NAN if i == 2 else 1.0,
                satisfaction=long if i % 2 else phase.satisfaction, stay=long if i % 3 else phase.stay, owner=long,
                pains=[replace(pain, worst=i == 6) for pain in pains],
            )
            for i, phase in enumerate(plain.phases)
        ],
    )  # fmt: skip


def bare_journey(language):
    """Five phases of which nothing but the count is known."""
    plain = plain_journey(language)
    bare = [
        replace(x, happens=[], stay="", satisfaction="", pains=[], owner="") for x in plain.phases
    ]
    return replace(plain, phases=bare[:5])


HELD = [(0, 36_400, 0, 0), (13_900, 4_200, 52_100, 0), (900, 800, 0, 56_700), (400, 93_000, 0, 0)]


def plain_holders(language, timer=420_000.0):
    """Four phases, the last one longest, and a timer longer than all."""
    names = [LANES[language][i][0] for i in (1, 2, 3, 5)]
    total = sum(map(sum, HELD))
    unit = "h" if language == "en" else "小时"
    said = [f"{w.count(sum(x))} {unit} · {tick(sum(x) / total)}" for x in HELD]
    bars = [
        holders.Held(name, *hours, text, strong=i == 3)
        for i, (name, hours, text) in enumerate(zip(names, HELD, said, strict=True))
    ]
    words = {
        "en": ("in work", "waiting on us", "waiting on the customer", "waiting on a third party"),
        "zh": ("处理中", "等我方", "等客户", "等第三方"),
    }[language]
    label, text = {
        "en": ("Closing timer", f"{w.count(timer)} h, not counted"),
        "zh": ("自动关单计时", f"{w.count(timer)} 小时，不计入"),
    }[language]
    return holders.Holders(bars, *words, holders.Timer(label, timer, text))


def long_holders(language):
    long = LONG[language]
    bars = [replace(bar, label=long, text=long) for bar in plain_holders(language).bars]
    return holders.Holders(bars, *[long] * 4, holders.Timer(long, 1_000.0, long))


STEPS = {
    "en": ["Opened", "Assigned", "Taken in charge", "Wait", "Resolved", "Closed"],
    "zh": ["创建", "分派", "受理", "等待", "解决", "关闭"],
}
ON = [4_420, 4_160, 1_265, 773, 4_558]
ENDS = {2: 1, 3: 8, 4: 10, 5: 4_557}
DETOURS = [(1, 1, 439), (2, 1, 260), (2, 2, 113), (3, 2, 558), (4, 2, 110), (4, 1, 41), (0, 2, 150), (2, 4, 3_563),
           (1, 4, 96), (3, 5, 31)]  # fmt: skip


def plain_ways(language, steps=None, detours=DETOURS, on=ON, ends=ENDS):
    """The usual path of a help desk with its loops and skips."""
    names = steps or STEPS[language]
    of = 4_580

    def said(n):
        return f"{w.count(n)} · {tick(n / of)}"

    words = {
        "en": ("back to {}", "again {}", "on to {}", "{} end here"),
        "zh": ("退回{}", "再次{}", "直接到{}", "{} 单到此结束"),
    }[language]
    made = []
    for i, name in enumerate(names):
        straight, end = (on[i] if i < len(on) else 0), ends.get(i, 0)
        made.append(
            s.Step(name, w.count(straight + end), straight / of, said(straight) if straight else "", end / of,
                   words[3].format(w.count(end)) if end else "")
        )  # fmt: skip
    found = [
        s.Detour(a, b, n / of, said(n), words[0 if b < a else 1 if b == a else 2].format(names[b]))
        for a, b, n in detours
    ]
    return s.Ways(made, found)


def full_ways(language):
    """Nine steps with long names and twelve detours that cross."""
    names = [f"{LONG[language][: 20 + 4 * i]}" for i in range(9)]
    detours = [(3, 0, 900), (5, 2, 1_200), (7, 4, 300), (8, 1, 2_000), (6, 5, 80), (4, 3, 2_200), (2, 2, 40), (0, 3, 500),
               (2, 6, 3_000), (4, 8, 60), (1, 7, 800), (5, 7, 10)]  # fmt: skip
    ends = {i: 1_234 * (i + 1) // 9 for i in range(9)}
    return plain_ways(language, names, detours, [4_000 - 300 * i for i in range(8)], ends)


TEAMS = {
    "en": ["First line", "Billing", "Delivery", "Returns", "Technical support", "Second line", "VIP desk", "Night shift"],
    "zh": ["一线", "账务", "配送", "退换货", "技术支持", "二线专家", "大客户", "夜班"],
}  # fmt: skip


def plain_matrix(language, n=8):
    """Handoffs between teams, one pair far above the others."""
    rng = np.random.default_rng(4)
    counts = np.floor(rng.gamma(0.8, 60, (n, n)))
    counts[0, n - 1] = 1_204
    words = {"en": ("handed on by", "handed on to", "All"), "zh": ("由谁转出", "转给谁", "合计")}[
        language
    ]
    return matrix.Matrix(TEAMS[language][:n], counts, w.count, *words)


def long_matrix(language):
    long, plain = LONG[language], plain_matrix(language)
    return replace(
        plain,
        names=[long] * 8,
        from_words=long,
        to_words=long,
        sum_words=long,
        counts=plain.counts * 1_000,
    )


def plain_spread(language):
    """Half a year of weeks; the slow tenth triples on a found date."""
    rng = np.random.default_rng(5)
    middle = np.datetime64("2026-01-08") + 7 * np.arange(30)
    median = 3 + rng.normal(0, 0.25, 30)
    slow = np.where(np.arange(30) >= 17, 62.0, 22.0) + rng.normal(0, 2, 30)
    median[8] = slow[8] = NAN
    words = {
        "en": ("half are done by then", "9 of 10 are done by then", "found: 4 May", "hours"),
        "zh": ("半数在此之前完成", "九成在此之前完成", "发现变化：5 月 4 日", "小时"),
    }[language]
    marks = tuple(
        Mark(np.datetime64(day), str(i + 1), True)
        for i, day in enumerate(("2026-02-10", "2026-04-28", "2026-06-15"))
    )
    happenings = Happenings((), (), (), (), marks, ("a", "b", "c"), "1 a, 2 b, 3 c")
    return weekly_spread.Spread(
        middle,
        median,
        slow,
        happenings,
        words[3],
        words[:2],
        lambda v: w.plain(v, 0),
        np.datetime64("2026-05-04"),
        words[2],
    )


def long_spread(language):
    long = LONG[language]
    return replace(plain_spread(language), words=(long, long), found_words=long[:60])


def drawn(language):
    """Name, title, module, painter and data of each drawing."""
    both = {
        "journey": (journey, journey.journey, plain_journey, long_journey),
        "holders": (holders, holders.holders, plain_holders, long_holders),
        "ways": (ways, ways.ways, plain_ways, full_ways),
        "matrix": (matrix, matrix.matrix, plain_matrix, long_matrix),
        "spread": (weekly_spread, weekly_spread.weekly_spread, plain_spread, long_spread),
    }
    found = []
    for name, (module, painter, plain, long) in both.items():
        found.append((name, TITLES[name], module, painter, plain(language)))
        found.append((f"{name}-long", f"{TITLES[name]} (long)", module, painter, long(language)))
    return [
        *found,
        ("journey-bare", "Nothing known", journey, journey.journey, bare_journey(language)),
        ("matrix-small", "Four teams", matrix, matrix.matrix, plain_matrix(language, 4)),
    ]


TITLES = {
    "journey": "Waiting on others hurts most: 1,910 customers a month hear nothing",
    "holders": "Half of the hours pass while nobody works on the contact",
    "ways": "One in eight is sent back",
    "matrix": "First line and night shift hand on most",
    "spread": "Since May one in ten waits more than 60 hours",
}
