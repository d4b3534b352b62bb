"""What varies between runs is not published."""

from nbformat.v4 import new_code_cell, new_notebook, new_output

from cs_lib.runs.clean import clean


def stream(name, text):
    return new_output("stream", name=name, text=text)


def cleaned(*outputs):
    cell = new_code_cell("x", outputs=list(outputs), execution_count=7)
    cell.metadata.update(papermill={"start_time": "now"}, execution={"iopub": "now"}, tags=["hide"])
    book = new_notebook(
        cells=[cell],
        metadata={
            "papermill": {},
            "widgets": {},
            "kernelspec": {"name": "mine", "display_name": "Mine"},
        },
    )

    class Same:
        def __call__(self, text):
            return text

        secrets = data = __call__

    return clean(book, Same())


def test_times_and_tools_leave_no_trace():
    book = cleaned()
    assert set(book.metadata) == {"kernelspec"} and book.metadata.kernelspec["name"] == "python3"
    assert book.cells[0].metadata == {"tags": ["hide"]}
    assert book.cells[0].execution_count == 1


def test_printed_text_is_one_piece_and_warnings_are_gone():
    outputs = (
        cleaned(stream("stdout", "a\n"), stream("stderr", "warning"), stream("stdout", "b\n"))
        .cells[0]
        .outputs
    )
    assert [o.text for o in outputs] == ["a\nb\n"]


def test_lines_drawn_over_leave_only_the_last():
    outputs = cleaned(stream("stdout", " 10%\r 50%\r100%\r\ndone\n")).cells[0].outputs
    assert outputs[0].text == "100%\ndone\n"


def test_very_long_line_takes_no_time():
    outputs = cleaned(stream("stdout", "x" * 1_000_000)).cells[0].outputs
    assert len(outputs[0].text) == 1_000_000


def test_widgets_disappear_but_their_text_stays():
    data = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": "1"}
    outputs = cleaned(new_output("display_data", data=data)).cells[0].outputs
    assert [dict(o.data) for o in outputs] == [{"text/plain": "1"}]
