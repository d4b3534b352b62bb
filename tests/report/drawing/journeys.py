"""Made-up journeys for the painters: plain ones and ones with long names, in both languages."""

from dataclasses import replace

from cs_lib import wording as w
from cs_lib.report.drawing.journey_map import journey
from cs_lib.report.drawing.journey_map import phases as p

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


def drawn(language):
    """Name, title, module, painter and data of each drawing."""
    return [
        ("journey", "Waiting on others hurts most: 1,910 customers a month hear nothing", journey, journey.journey,
         plain_journey(language)),
        ("journey-long", "Every text too long", journey, journey.journey, long_journey(language)),
        ("journey-bare", "Nothing known", journey, journey.journey, bare_journey(language)),
    ]  # fmt: skip
