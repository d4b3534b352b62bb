"""What a user sees meanwhile."""

import io

from cs_lib.runs import progress


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_log_has_plain_lines_only():
    out = io.StringIO()
    told = progress.on(out, ["a", "longer"])
    told.start("a")
    told.cells("a", 1, 2)
    told.end("a", "done", progress.GREEN)
    assert out.getvalue() == "a       running ...\na       done\n"


def test_terminal_moves_one_bar_per_study_and_keeps_what_is_done(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Screen()
    told = progress.on(out, ["a", "b"])
    told.start("a")
    told.start("b")
    told.cells("a", 1, 2)
    assert (
        "a  [##########..........] 1/2 cells\nb  [....................] starting\n"
        in out.getvalue()
    )
    told.end("a", "done", progress.GREEN)
    assert out.getvalue().endswith(
        "\x1b[2A\x1b[Ja  \x1b[32mdone\x1b[0m\nb  [....................] starting\n"
    )


def test_no_color_is_respected(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert progress.on(Screen(), []).colour("x", progress.RED) == "x"


def test_table_aligns_its_columns():
    assert progress.table([("a", "bb", "c"), ("aaa", "b", "long text")]) == [
        "a    bb  c",
        "aaa  b   long text",
    ]


def test_table_aligns_letters_of_double_width():
    assert progress.table([("研究", "x"), ("aaaaa", "y")]) == ["研究   x", "aaaaa  y"]


def test_reader_who_leaves_does_not_end_the_run():
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    progress.on(Closed(), ["a"]).start("a")
