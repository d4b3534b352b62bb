"""What the README shows of frames and of looking at data is what Python prints."""

import doctest
import re
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[3] / "README.md"


BLOCKS = re.findall(r"```pycon\n(.*?)```", README.read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("block", BLOCKS, ids=["frames", "looking_around"])
def test_the_lines_of_the_readme_print_what_it_shows(block):
    lines = doctest.DocTestParser().get_doctest(block, {}, "README", None, 0)
    told = []
    doctest.DocTestRunner(verbose=False).run(lines, out=told.append)
    assert len(lines.examples) >= 7 and "".join(told) == ""
