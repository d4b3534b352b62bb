"""What the README shows of looking at data is what Python prints."""

import doctest
import re
from pathlib import Path

README = Path(__file__).resolve().parents[3] / "README.md"


def test_the_lines_of_the_readme_print_what_it_shows():
    [block] = re.findall(r"```pycon\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    lines = doctest.DocTestParser().get_doctest(block, {}, "README", None, 0)
    told = []
    doctest.DocTestRunner(verbose=False).run(lines, out=told.append)
    assert len(lines.examples) >= 7 and "".join(told) == ""
