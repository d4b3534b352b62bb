"""What the page says of the data it rests on."""

from types import SimpleNamespace

from cs_lib.data.exact import Scale
from cs_lib.report.tables import remarks


def desk(**scales):
    known = {("orders", column): scale for column, scale in scales.items()}
    return SimpleNamespace(caveats=(), notes=(), scales=known)


def test_the_steps_of_true_floating_numbers_are_named():
    rows = remarks(desk(amount=Scale(100, 5), score=Scale(2**20, 9), margin=Scale(10**6, 3))).rows
    assert [text for _, text in rows] == [
        "orders: score has values with more than six decimals; they are summed in 1,048,576 steps a unit."
    ]


def test_decimals_are_nothing_to_remark():
    rows = remarks(desk(amount=Scale(100, 5))).rows
    assert [kind for kind, _ in rows] == ["None"]
