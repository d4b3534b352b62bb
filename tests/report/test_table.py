"""A table of words, for whoever wants to go on with it."""

from cs_lib.report.table import Table


def test_a_table_as_a_frame_has_its_words_under_its_columns():
    table = Table("Caption", ("Metric", "n"), (("Hours", "12"), ("Share", "3 %")), (1,))
    frame = table.to_frame()
    assert list(frame.columns) == ["Metric", "n"]
    assert frame.to_numpy().tolist() == [["Hours", "12"], ["Share", "3 %"]]
