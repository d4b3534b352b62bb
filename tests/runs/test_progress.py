"""What a user sees meanwhile."""

import io
import re

from cs_lib.runs.attempt import Outcome
from cs_lib.runs.outcome import Exit
from cs_lib.runs.telling import progress


class Screen(io.StringIO):
    def isatty(self):
        return True


def done(study="a"):
    return Outcome(study, Exit.DONE, "ship", "Up", seconds=3)


def test_log_has_plain_lines_with_their_time(tmp_path):
    out = io.StringIO()
    told = progress.on(out, ["a", "longer"], tmp_path)
    told.start("a")
    told.cells("a", 1, 2)
    told.end(done())
    stamp = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"
    lines = out.getvalue().splitlines()
    assert re.fullmatch(stamp + r"  a       running \.\.\.", lines[0])
    assert re.fullmatch(stamp + r"  a       done in 3 s: ship — Up", lines[1]) and len(lines) == 2


def test_terminal_that_cannot_move_has_plain_lines_without_time(monkeypatch, tmp_path):
    monkeypatch.setenv("TERM", "dumb")
    out = Screen()
    progress.on(out, ["a"], tmp_path).start("a")
    assert out.getvalue() == "a  running ...\n"


def test_terminal_moves_one_bar_per_study_and_keeps_what_is_done(monkeypatch, tmp_path):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Screen()
    told = progress.on(out, ["a", "b"], tmp_path)
    told.start("a")
    told.start("b")
    told.cells("a", 1, 2)
    assert (
        "a  [##########..........] 1/2 cells\nb  [....................] starting\n"
        in out.getvalue()
    )
    told.end(done())
    assert out.getvalue().endswith(
        "\x1b[2A\x1b[Ja  \x1b[32mdone in 3 s: ship — Up\x1b[0m\nb  [....................] starting\n"
    )


def test_no_color_is_respected(monkeypatch, tmp_path):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert progress.on(Screen(), [], tmp_path).colour("x", progress.RED) == "x"


def test_table_aligns_its_columns():
    assert progress.table([("a", "bb", "c"), ("aaa", "b", "long text")]) == [
        "a    bb  c",
        "aaa  b   long text",
    ]


def test_table_aligns_letters_of_double_width():
    assert progress.table([("研究", "x"), ("aaaaa", "y")]) == ["研究   x", "aaaaa  y"]
