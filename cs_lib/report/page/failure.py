"""The page that says why there is no new page. It needs nothing heavy: what failed may have been the memory."""

from __future__ import annotations

from cs_lib.language import speaking, spoken, typeset, visible
from cs_lib.report.markup import css, tag, template
from cs_lib.report.page.settings import day, parameters
from cs_lib.report.records import Failure


def render(failure: Failure) -> str:
    """The page that says why there is no new page, and where the last good one is."""
    with speaking(failure.language):
        page = template("failure.html.j2").render(
            css=css(),
            lang=tag(spoken()),
            f=failure,
            as_of=day(failure.as_of),
            last_good_as_of=day(failure.last_good_as_of),
            parameters=parameters(failure.parameters, {}, failure.moved).html(),
        )
        return typeset(visible(page))
