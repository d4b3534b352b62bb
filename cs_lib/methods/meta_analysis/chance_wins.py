"""How many of the wins chance alone would have given."""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib.methods.errors import CannotEstimate
from cs_lib.results import Record
from cs_lib.sentences import say


@dataclass(frozen=True, slots=True)
class ChanceWins(Record):
    """Wins that are none.

    Attributes:
        studies, wins: studies decided, and those of them that were significant in the good direction.
        expected: wins that as many studies would give if no change did anything.
        true_share: the share of changes that truly help, solved from the share of wins; between 0 and 1.
        false_share: the part of the wins that chance gave, at that share; 1 where chance alone explains all wins, not a
            number without any win.
        false_wins: the same as a number of wins.
        published: the part as it is usually published, which takes the share of wins for the share of changes that
            help.
    """

    studies: int
    wins: int
    expected: float
    true_share: float
    false_share: float
    false_wins: float
    published: float


def false_positive_risk(true_share: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """The part of significant gains that are none (Wacholder et al. 2004; Kohavi, Deng & Vermeer 2022).

    Args:
        true_share: the share of changes that truly help; the others do nothing.
        alpha: of the two-sided test, of which half the errors look like a gain.
        power: with which a change that helps is found.
    """
    by_chance = alpha / 2 * (1 - true_share)
    return by_chance / (by_chance + power * true_share)


def chance_wins(studies: int, wins: int, *, alpha: float = 0.05, power: float = 0.8) -> ChanceWins:
    """How many of some wins were by chance.

    Wins come from changes that help, found with the stated power, and from half the test's errors among the others. The
    share of changes that help is solved from the share of wins. The usual figure takes the share of wins itself for it:
    at 8 % of wins it gives .264 where .290 is right, at a third .059 where .045 is.

    Args:
        studies: studies decided.
        wins: those of them that were significant in the good direction.
        alpha: of their two-sided tests.
        power: with which they find a change that helps.

    Raises:
        CannotEstimate: no study.
        ValueError: more wins than studies, or a power not above alpha / 2.
    """
    if studies < 1:
        raise CannotEstimate(say("There is no decided study whose wins could be counted."))
    if not 0 <= wins <= studies:
        raise ValueError("There cannot be more wins than studies.")
    error = alpha / 2
    if not error < power <= 1:
        raise ValueError("The power must lie above half of alpha.")
    rate = wins / studies
    true_share = min(max((rate - error) / (power - error), 0.0), 1.0)
    risk = false_positive_risk(true_share, alpha=alpha, power=power) if wins else float("nan")
    published = false_positive_risk(rate, alpha=alpha, power=power) if wins else float("nan")
    return ChanceWins(
        studies, wins, studies * error, true_share, risk, wins * risk if wins else 0.0, published
    )
