"""Quotes without personal details, in two languages; what is no detail stays."""

from __future__ import annotations

import pytest

from cs_lib.methods.topics.quotes import masked, quotes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My name is John Smith, a.b@c.com", "My name is [name], [e-mail]"),
        ("Your agent Alice Brown promised me", "Your agent [name] promised me"),
        ("I spoke to Mr. O'Neill on 5 May", "I spoke to Mr. [name] on 5 May"),
        ("Call 138-1234-5678", "Call [phone]"),
        ("Call me at +44 (0)20 7946 0958.", "Call me at [phone]."),
        (
            "Order O0012345 is not here since 2026-01-05",
            "Order [number] is not here since 2026-01-05",
        ),
        ("order #88231 and SN-20-99871", "order [number] and [number]"),
        ("see https://shop.example/o?id=9 now", "see [link] now"),
        ("我叫王小明，电话13812345678", "我叫[name]，电话[phone]"),
        ("订单号20260105001没到", "订单号[phone]没到"),
        ("张先生说李小姐明天回电", "[name]先生说[name]小姐明天回电"),
        ("联系人：陈建国，身份证11010519491231002X", "联系人：[name]，身份证[number]"),
        ("我叫欧阳雪", "我叫[name]"),
        ("姓名：阿依古丽，电话不通", "姓名：[name]，电话不通"),
        ("邮箱 wang@qq.com", "邮箱 [e-mail]"),
    ],
)
def test_details_are_masked(text, expected):
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "paid 1,299.00 for 2 boxes",
        "waited 15 days and 30 minutes",
        "since 2026-01-05, and again on 12/03/2026",
        "A7县的K8问题",
        "王府井的车位捆绑销售",
        "我是业主，房子漏水",
        "10 20 30",
    ],
)
def test_what_is_no_detail_stays(text):
    assert masked(text) == text


def test_known_names_are_masked_wherever_they_stand_and_no_part_of_a_word():
    text = masked(
        "maria said Mariana and Ann Lee know 欧阳修远", names=["Maria", "Ann Lee", "欧阳修远", ""]
    )
    assert text == "[name] said Mariana and [name] know [name]"


def test_three_quotes_no_two_alike_and_none_too_long():
    texts = [
        "call 138-1234-5678",
        "call 139-1234-5678",
        "late " * 60,
        "third  text\n",
        "fourth",
        "",
    ]
    found = quotes(texts, [0, 1, 5, 2, 3, 4])
    assert found[0] == "call [phone]" and found[2] == "third text" and len(found) == 3
    assert len(found[1]) <= 160 and found[1].endswith("late…")
    assert quotes(texts, [], names=["x"]) == ()
