"""What customers wrote, to be read by others: without names, numbers and addresses of persons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

MASK = {
    "email": "[e-mail]",
    "phone": "[phone]",
    "number": "[number]",
    "name": "[name]",
    "link": "[link]",
}
QUOTES = 3
LONGEST = 160  # letters of a quote

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊"
    "秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_TITLE = r"(?:(?i:mr|mrs|ms|miss|dr)\.?\s+)"
_CAPITAL = r"[A-Z][a-zà-ÿ]*(?:['’-][A-Z][a-zà-ÿ]+)*"
_PERSON = rf"{_CAPITAL}(?:\s+{_CAPITAL}){{0,2}}"
_DOUBLE = "欧阳|上官|司马|诸葛|司徒|皇甫|尉迟|公孙|慕容|令狐|夏侯|端木|南宫|东方"
_SURNAME = rf"(?:{_DOUBLE}|[{_SURNAMES}])"
_NAME = rf"{_SURNAME}[\u4e00-\u9fff]{{1,2}}"
# After a word that asks for a name whatever fills the rest is one.
_FILLED = r"[\u4e00-\u9fff]{2,4}(?![\u4e00-\u9fff])"
# What stands before the name is kept, so that the sentence can still be read.
_NAMES = (
    rf"(\b(?i:my name is|my name's|this is|i am called|i'm called|regards,?|sincerely,?|yours,?|contact|ask for|"
    rf"speak to|spoke to|spoke with|talked to|agent|colleague|dear)\s+{_TITLE}?){_PERSON}",
    rf"(\b{_TITLE}){_PERSON}",
    rf"((?:我叫|姓名[:：]?\s*|联系人[:：]?\s*|收件人[:：]?\s*|署名[:：]?\s*))(?:{_NAME}|{_FILLED})",
    rf"((?:我是|本人)){_NAME}(?![\u4e00-\u9fff]{{3}})",
    rf"(){_NAME}(?=先生|女士|小姐|师傅|老师|经理|主管)",
    rf"(){_SURNAME}(?=先生|女士|小姐|师傅|老师|经理|主管)",
)
_EMAIL = r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+"
_LINK = r"(?:https?://|www\.)[^\s，。；]+"
# Digits set apart by blanks, dots, strokes or brackets; dates and prices are shorter or hold other marks.
_PHONE = r"(?<![A-Za-z0-9])(?:\+|00)?\(?\d{1,4}\)?(?:[\s./-]{0,2}\(?\d{1,4}\)?){2,6}(?![A-Za-z0-9])"
# Letters and digits of a code: an order, a customer, an identity card, an account, a number plate.
_CODE = r"(?<![A-Za-z0-9])(?:#\s?)?(?=[A-Za-z0-9_-]*\d{{3}}){}[A-Za-z0-9][A-Za-z0-9_-]{{4,}}(?![A-Za-z0-9])"
_WITH_LETTERS, _ANY_CODE = _CODE.format("(?=[0-9_-]*[A-Za-z])"), _CODE.format("")
_DATE = re.compile(r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d")

_Replace = Callable[[re.Match[str]], str]


def masked(text: str, *, names: Iterable[str] = ()) -> str:
    """A text in which persons cannot be told: e-mail addresses, links, phone and other numbers, codes and names.

    Names are known by what stands before or after them (my name is, Mr, 我叫, 先生) or from a list; a name without
    either is not seen, so quotes are for those who may read the contacts, not for the public. Five digits in a row,
    or a code of five signs with three digits, are a number that may lead to somebody; dates stay.

    Args:
        text: what a customer wrote.
        names: names to be masked wherever they stand (of agents, of the sender), whatever their case.
    """
    text = re.sub(_LINK, MASK["link"], re.sub(_EMAIL, MASK["email"], text))
    for known in sorted(
        {name.strip() for name in names if name.strip()}, key=lambda n: (-len(n), n)
    ):
        edge = r"\b" if known.isascii() else ""
        text = re.sub(rf"{edge}{re.escape(known)}{edge}", MASK["name"], text, flags=re.IGNORECASE)
    for pattern in _NAMES:
        text = re.sub(pattern, lambda match: match[1] + MASK["name"], text)
    text = re.sub(_WITH_LETTERS, MASK["number"], text)
    text = re.sub(_PHONE, _unless_date(_phone_or_number), text)
    return re.sub(_ANY_CODE, _unless_date(lambda _: MASK["number"]), text)


def without_persons(text: str, names: Iterable[str] = ()) -> str:
    """A text with blanks where `masked` puts its marks: what words are counted in, so that no word is a person."""
    found = masked(text, names=names)
    for mark in MASK.values():
        found = found.replace(mark, " ")
    return found


def _phone_or_number(match: re.Match[str]) -> str:
    digits = sum(sign.isdigit() for sign in match[0])
    return match[0] if digits < 7 else MASK["phone"] if digits <= 15 else MASK["number"]


def _unless_date(replace: _Replace) -> _Replace:
    def found(match: re.Match[str]) -> str:
        return match[0] if _DATE.fullmatch(match[0].strip()) else replace(match)

    return found


def quotes(
    texts: Sequence[str], places: Iterable[int], *, names: Iterable[str] = (), most: int = QUOTES
) -> tuple[str, ...]:
    """A few texts with personal details masked, shortened, no two alike, in the order of their places.

    Args:
        texts: what customers wrote.
        places: of the texts that may be quoted, best first.
        names: as for `masked`.
        most: how many.
    """
    known, found = tuple(names), dict[str, None]()
    for place in places:
        if len(found) == most:
            break
        text = masked(" ".join(texts[place].split()), names=known)
        if text:
            found[text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"] = None
    return tuple(found)
