"""Terms of the tables, explained where they stand: a tap or the Enter key on a column's name."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from cs_lib.language import later, say

TERMS = {
    later("Interval"): later(
        "The values that the data leave plausible. Of a hundred 95 % intervals about "
        "95 hold the true value."
    ),
    later("p"): later(
        "How often chance alone would give a difference at least this large, if there "
        "were none. It is no chance that the answer is right."
    ),
    later("p (BH)"): later(
        "A p-value adjusted for the number of questions asked here (Benjamini and Hochberg)."
    ),
    later("n"): later(
        "How many were counted: customers, agents, teams or days, never rows of a table."
    ),
    later("Control"): later("The value of those who were not offered the perk."),
    later("Treatment"): later(
        "The value of those who were offered the perk, whether or not they used it."
    ),
    later("Expected"): later(
        "The value to be expected without the change, from what was going on before."
    ),
    later("Observed"): later("The value that was measured after the change."),
    later("Variant"): later(
        "Which offer a row speaks of; customers were assigned to it by chance."
    ),
    later("Drawn together"): later(
        "The difference pulled towards that of all segments, as far as noise explains their spread."
    ),
    later("Degrees of freedom"): later(
        "How much the data say about their own noise; fewer make the interval wider."
    ),
    later("Censoring"): later(
        "Cases not followed long enough to count, and what is done with them."
    ),
    later("By mix"): later("The part of the difference that comes from other work coming in."),
    later("By change"): later("The part of the difference within work of the same kind."),
    later("Result"): later(
        "Passed: nothing speaks against the comparison. Look: read the finding before "
        "you rely on the answer. Blocks: the comparison is broken, so no effect is "
        "shown. Note: for information."
    ),
    later("Can be ruled out"): later("The smallest loss that the test would notice at this size."),
    later("Margin of the plan"): later("The loss that the plan allows at most."),
    later("Net value found"): later(
        "The smallest net value per customer that the test would notice."
    ),
    later("Effect found"): later("The smallest effect that the test would notice at this size."),
}

_HEAD = re.compile(r'(<th scope="col"[^>]*>)([^<]+)(</th>)')


@dataclass(frozen=True, slots=True)
class Term:
    """A term that stands on a page."""

    id: str
    name: str
    meaning: str


def explained(markup: str, terms: dict[str, Term]) -> str:
    """The markup with each known column name as a button that shows what it means; `terms` collects them.

    The button needs no script: it opens a popover, which older browsers show at the page's end.
    """

    said = {say(name): meaning for name, meaning in TERMS.items()}

    def button(match: re.Match[str]) -> str:
        name = html.unescape(match[2])
        if name not in said:
            return match[0]
        term = terms.setdefault(name, Term(f"term-{len(terms) + 1}", name, say(said[name])))
        # Chromium draws no button in a table head that it repeats on the next sheet.
        paper = f'<span class="paper">{match[2]}</span>'
        return (
            f'{match[1]}<button type="button" class="term" popovertarget="{term.id}">'
            f"{match[2]}</button>{paper}{match[3]}"
        )

    return _HEAD.sub(button, markup)
