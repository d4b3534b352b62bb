"""Subject lines as customers write them: paraphrased, in two languages, with typos and personal details."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cs_lib.data.simulate.causes import phrases_en, phrases_zh
from cs_lib.data.simulate.causes.surges import theme_row
from cs_lib.data.simulate.columns import Array, Columns, lookup
from cs_lib.data.simulate.contacts import SPAM
from cs_lib.data.simulate.views import JUNK
from cs_lib.data.simulate.world import World

ENGLISH, CHINESE = 0, 1
LANGUAGES = ("en", "zh")
SPEECH = (phrases_en, phrases_zh)
DAYS = (2, 13)
TRIES = 12  # places at which a typo is looked for
# What stands between a text and a personal detail, by language.
DETAILS: dict[str, tuple[str, str]] = {
    "name": (", my name is {}", "，我叫{}"),
    "phone": (", call me on {}", "，请打{}"),
    "order_number": (", order {}", "，订单号{}"),
    "email": (", write to {}", "，邮箱{}"),
}
NAMES = (
    (
        "Wang Fang",
        "Li Wei",
        "Zhang Min",
        "Liu Yang",
        "Chen Jing",
        "Zhao Lei",
        "Emma Brown",
        "John Smith",
    ),
    ("王芳", "李伟", "张敏", "刘洋", "陈静", "赵磊", "欧阳雪", "孙丽娟"),
)
PHONES = (
    "140{:04d}{:04d}",
    "140-{:04d}-{:04d}",
    "+86 140 {:04d} {:04d}",
)  # a range nobody is given
MAILBOXES = ("fang.wang{}@example.com", "liwei_{}@example.org", "service.user{}@mail.example.cn")


@dataclass(frozen=True, slots=True)
class Texts:
    """The subject and language of every contact, and personal details as they stand in subjects."""

    contact_id: Array
    subject: Array
    language: Array
    details: Columns  # row of the contact, kind, value


def write(world: World, contacts: Columns, ids: Columns) -> Texts:
    """All subject lines; junk is left as it is on other desks."""
    plan, rng, size = world.plan.causes, world.apart, len(contacts["need"])
    assert plan is not None
    customers = rng.random(len(ids["customer"])) < plan.texts.chinese_share
    strangers = rng.random(size) < plan.texts.chinese_share
    known = contacts["customer"] >= 0
    language = np.where(known, customers[contacts["customer"]], strangers).astype(int)
    subject = phrased(world, contacts, language)
    for row in np.flatnonzero(rng.random(size) < plan.texts.typo_share):
        subject[row] = mistyped(subject[row], int(language[row]), rng)
    subject, details = with_details(world, contacts, ids, subject, language)
    subject[contacts["outcome"] == SPAM] = JUNK
    return Texts(ids["contact"], subject, lookup(LANGUAGES, language), details)


def phrased(world: World, contacts: Columns, language: Array) -> Array:
    """A phrase for each contact, its gaps filled."""
    rng, size = world.apart, len(contacts["need"])
    luck, days = rng.random(size), rng.integers(*DAYS, size)
    theme = theme_row(world)  # with no theme: the row of what is not coded
    named = theme < len(world.plan.needs) - 1
    keys = [
        "theme" if named and row == theme else need.code
        for row, need in enumerate(world.plan.needs)
    ]
    lines = []
    for need, speech, share, day, product in zip(
        contacts["need"], language, luck, days, contacts["product"], strict=True
    ):
        words = SPEECH[speech]
        phrases = words.PHRASES[keys[need]]
        thing = words.PRODUCTS[product % len(words.PRODUCTS)] if product >= 0 else words.SOMETHING
        lines.append(phrases[int(share * len(phrases))].format(days=day, product=thing))
    return np.array(lines, dtype=object)


def mistyped(text: str, language: int, rng: np.random.Generator) -> str:
    """The text with one slip; unchanged where none was found to make."""
    if language == CHINESE:
        able = [pair for pair in phrases_zh.MISTYPED if pair[0] in text]
        return text.replace(*able[int(rng.integers(len(able)))], 1) if able else text
    slips: tuple[Callable[[str, int], str], ...] = (_swapped, _dropped, _doubled)
    for place in rng.integers(0, max(len(text) - 1, 1), TRIES):
        if text[place : place + 2].isalpha() and len(text[place : place + 2]) == 2:
            return slips[int(rng.integers(len(slips)))](text, int(place))
    return text


def _swapped(text: str, at: int) -> str:
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _dropped(text: str, at: int) -> str:
    return text[:at] + text[at + 1 :]


def _doubled(text: str, at: int) -> str:
    return text[: at + 1] + text[at:]


def with_details(
    world: World, contacts: Columns, ids: Columns, subject: Array, language: Array
) -> tuple[Array, Columns]:
    """Subjects of which some go on with a name, phone number, order number or e-mail address."""
    plan, rng, size = world.plan.causes, world.apart, len(subject)
    assert plan is not None
    told, found = subject.copy(), list[tuple[int, str, str]]()
    for kind, join in DETAILS.items():
        picked = (rng.random(size) < plan.texts.detail_share) & (contacts["outcome"] != SPAM)
        if kind == "order_number":
            picked &= contacts["order"] >= 0
        for row in np.flatnonzero(picked):
            speech = int(language[row])
            order = ids["order"][contacts["order"][row]] if kind == "order_number" else ""
            value = order or _made_up(kind, speech, rng)
            told[row] += join[speech].format(value)
            found.append((int(row), kind, value))
    rows, kinds, values = zip(*found, strict=True) if found else ((), (), ())
    details = {
        "row": np.array(rows, dtype=np.int64),
        "kind": np.array(kinds, dtype=object),
        "value": np.array(values, dtype=object),
    }
    return told, details


def _made_up(kind: str, language: int, rng: np.random.Generator) -> str:
    """A name, phone number or e-mail address of nobody."""
    if kind == "name":
        return NAMES[language][int(rng.integers(len(NAMES[language])))]
    if kind == "phone":
        form = PHONES[int(rng.integers(len(PHONES)))]
        return form.format(*(int(n) for n in rng.integers(0, 10_000, 2)))
    return MAILBOXES[int(rng.integers(len(MAILBOXES)))].format(int(rng.integers(1, 100)))
