"""A figure's digest follows its numbers to four digits and its days, and says nothing aside."""

import warnings

import pandas as pd

from cs_lib.report.drawing.figure import Figure


def digest(value, day="2026-01-05"):
    data = pd.DataFrame({"week": pd.to_datetime([day]), "value": [value], "row": ["csat"]})
    return Figure("x", "title", "caption", "alt", data, "<svg/>", "<svg/>").digest


def test_it_moves_with_numbers_and_days_alone_and_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert digest(0.123456) == digest(0.123457) != digest(0.1236)
        assert digest(0.1) != digest(0.1, "2026-01-12")
