"""What must hold of a table of results: its rows are customers, and its outcomes are there for every variant alike."""

from __future__ import annotations

from scipy.stats import chi2_contingency

from cs_lib import sentences as w
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.results import Check
from cs_lib.sentences import say

# Variants of whose customers so different shares have no outcome, less likely by chance, are no longer alike.
MAX_CHANCE_OF_EMPTY = 0.001
UNNAMED = Check(
    "one_assignment",
    None,
    say(
        "The table names no customers, so every row counts as one; who stands in several cannot be told."
    ),
)


def names_customers(trial: Trial) -> bool:
    """Whether it is known which rows are of the same customer."""
    return trial.evidence.own is None or trial.evidence.own.names_customers


def outcomes_there(trial: Trial) -> Check:
    """Customers whose outcome is empty are left out: as many of every variant, or those left are no longer alike."""
    assigned, observed = trial.evidence.assigned, trial.evidence.observed
    empty = {v: n - observed.get(v, 0) for v, n in assigned.items()}
    total, name = w.counted(sum(assigned.values()), "customer"), "outcomes_there"
    if not any(empty.values()):
        return Check(name, True, say("All {total} have an outcome.", total=total))
    listed = w.listed(
        [w.spaced(w.name(v), w.percent(n / assigned[v], places=1)) for v, n in empty.items()]
    )
    finding = say(
        "The outcome of {empty} of {total} is empty ({listed}); they are left out, never counted as no.",
        empty=w.count(sum(empty.values())),
        total=total,
        listed=listed,
    )
    if not all(observed.get(v) for v in assigned):
        return Check(name, False, finding, blocks_decision=True)
    chance = float(chi2_contingency([list(empty.values()), [observed[v] for v in empty]]).pvalue)
    if chance >= MAX_CHANCE_OF_EMPTY:
        return Check(name, None, finding)
    uneven = say(
        "Chance alone does not leave so different shares empty ({pvalue}): who is left can no longer be compared.",
        pvalue=w.stated(chance),
    )
    return Check(name, False, w.together(finding, uneven), blocks_decision=True)
