"""Normal forms of keys and labels: values that differ only in how they were typed or exported become equal."""

from __future__ import annotations

from cs_lib.data.engines.base import Dialect, quote

BLANKS = (
    "\t\n\x0b\x0c\r\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
ASCII_BLANKS = BLANKS[:5]
UNSEEN = (
    "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u180e\u00ad\u202a\u202b\u202c\u202d\u202e\u2066\u2067"
    "\u2068\u2069"
)
FULL_WIDTH = "".join(map(chr, range(0xFF01, 0xFF5F)))
HALF_WIDTH = "".join(map(chr, range(0x21, 0x7F)))
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
MARK = "\x01"  # in no text
# An id written otherwise than plainly: leading zeros, a last `.0`, blanks and signs beyond ASCII.
ODD = "^$|^0.|[.]0$|[^!-~]"

# Values that mean nothing, in the form of labels; so does a row of zeros, dashes or question marks.
PLACEHOLDERS = frozenset(
    (
        "anonymous", "anonymus", "anon", "unknown", "guest", "visitor", "n/a", "n.a.", "na", "#n/a", "none",
        "null", "(null)", "<null>", "nil", "nan", "\\n", "undefined", "undef", "missing", "empty", "blank",
        "(blank)", "not available", "not set", "unassigned", "default", "dummy", "test", "testuser",
        "test user", "xxx", "tbd", ".", "/", "\\", "*", "无", "未知", "匿名", "匿名用户", "空", "不详", "没有",
        "未填写", "未填", "游客", "访客", "测试", "暂无", "其他用户",
    )
)  # fmt: skip


def _plain(column: str) -> str:
    """SQL of a text with usual blanks, usual widths, nothing unseen, lower case, and nothing at its ends.

    `translate` drops what has no counterpart, in every engine.
    """
    known = BLANKS + FULL_WIDTH + UNSEEN
    meant = " " * len(BLANKS) + HALF_WIDTH
    every = f"translate({column}, {quote(known)}, {quote(meant)})"
    short = f"translate({column}, {quote(ASCII_BLANKS)}, {quote(' ' * len(ASCII_BLANKS))})"
    plain = f"bit_length({column}) = 8 * length({column})"  # nothing but ASCII: done in a tenth of the time
    return f"trim(lower(CASE WHEN {plain} THEN {short} ELSE {every} END))"


def label_form(column: str) -> str:
    """SQL of a label's normal form: runs of blanks are one, widths and cases are alike, nothing unseen is left."""
    spread = f"replace({_plain(column)}, ' ', {quote(' ' + MARK)})"
    return f"replace(replace({spread}, {quote(MARK + ' ')}, ''), {quote(MARK)}, '')"


def key_form(column: str) -> str:
    """SQL of an id's normal form: that of a label's ends, without a last `.0` and without leading zeros.

    Two ids of one form may still be two things: it finds keys that were meant to be equal, it joins nothing.
    """
    plain = _plain(column)
    whole = f"CASE WHEN {plain} LIKE '%.0' THEN substring({plain}, 1, length({plain}) - 2) ELSE {plain} END"
    return f"CASE WHEN {column} IS NOT NULL THEN coalesce(nullif(trim(LEADING '0' FROM {whole}), ''), '0') END"


def quick_key_form(dialect: Dialect, column: str) -> str:
    """The same of many ids: nothing but their cases is looked at where they are written plainly."""
    return (
        f"CASE WHEN {dialect.matches(column, ODD)} THEN {key_form(column)} ELSE lower({column}) END"
    )


def key_shape(key: str) -> str:
    """SQL of how a key is written: its signs but letters and digits, and whether it has letters."""
    signs = f"translate(lower({key}), {quote(LETTERS)}, '')"
    return f"concat(substring({signs}, 1, 8), CASE WHEN lower({key}) <> upper({key}) THEN 'a' ELSE '' END)"


def means_nothing(column: str) -> str:
    """SQL of whether a value is a placeholder; never true of NULL."""
    label = label_form(column)
    named = ", ".join(map(quote, sorted(PLACEHOLDERS)))
    repeated = " OR ".join(f"trim(BOTH {quote(mark)} FROM {label}) = ''" for mark in "0-?_")
    return f"coalesce({label} IN ({named}) OR {repeated}, FALSE)"


def quick_means_nothing(dialect: Dialect, column: str) -> str:
    """The same of many ids: none of the placeholders has a digit but zero."""
    return (
        f"CASE WHEN {dialect.matches(column, '[1-9]')} THEN FALSE ELSE {means_nothing(column)} END"
    )
