"""Adds up, unclear, or too few to add."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cs_lib import sentences as w
from cs_lib.experiment.improvement_portfolio.checks import called
from cs_lib.experiment.improvement_portfolio.result import Entry, Family
from cs_lib.methods.meta_analysis.chance_wins import ChanceWins
from cs_lib.methods.meta_analysis.shrinkage import LEAST_STUDIES, Total
from cs_lib.params.improvement_portfolio import ImprovementPortfolio
from cs_lib.results import Decision
from cs_lib.sentences import Sentence, Text, say


def decide(
    ledger: Sequence[Entry],
    found: Sequence[Family],
    chance: ChanceWins | None,
    study: ImprovementPortfolio,
) -> Decision:
    """What the first family with a sum of at least five studies says."""
    step = next_step(ledger, study)
    main = next((one for one in found if one.pooled is not None and one.total is not None), None)
    if main is None or main.total is None:
        why = _too_few(ledger, found)
        return Decision("too_few_to_add", why, step, "too_few", w.without_stop(w.first(why)))
    claim = claimed_words(main, main.total, study)
    parts = [claim, raw_words(main), chance_words(chance), _faded(ledger)]
    verdict = "adds_up" if main.adds_up else "unclear"
    clause = "interval_on_the_good_side" if main.adds_up else "interval_holds_nothing"
    return Decision(verdict, w.together(*filter(None, parts)), step, clause, w.without_stop(claim))  # type: ignore[arg-type]


def _too_few(ledger: Sequence[Entry], found: Sequence[Family]) -> Text:
    """Nothing to add, or too many kinds of a few each."""
    measured = sum(one.measured is not None for one in ledger)
    if not measured:
        return say("No decided study with an effect was found.")
    if len(found) > 1:
        several = say(
            "{studies} of {kinds} kinds cannot be added: different metrics, currencies or designs make no sum.",
            studies=w.counted(measured, "study", "studies"),
            kinds=w.count(len(found)),
        )
    else:
        several = say(
            "{studies} are too few to tell chance from effect.",
            studies=w.counted(measured, "study", "studies"),
        )
    need = say(
        "From {least} of one metric and one design on they are seen together.",
        least=w.count(LEAST_STUDIES),
    )
    without = [one for one in found if one.n >= LEAST_STUDIES]
    if without:
        need = say("{metric}: {why}", metric=without[0].label, why=without[0].why_no_total)
    return w.together(several, need, _faded(ledger))


def claimed_words(one: Family, total: Total, study: ImprovementPortfolio) -> Sentence:
    """What a family adds up to, with its interval."""
    parts = {
        "metric": one.label,
        "changes": w.counted(total.n, "change"),
        "level": w.confidence(study.rule.alpha),
    }
    if one.of.unit == "money":
        return say(
            "{metric}: {sum} a year at the volume of the tests, from {changes} ({level} interval {span}).",
            sum=w.rough(total.mean, one.of.currency),
            span=w.rough_ends(total.low, total.high, one.of.currency),
            **parts,
        )
    return say(
        "{metric}: {sum} on average over the period, from {changes} ({level} interval {span}).",
        sum=_in_words(total.mean, one),
        span=w.interval(total.low, total.high, one.of.quantity)
        if one.of.unit != "per_1000"
        else w.ends(total.low, total.high, one.of.quantity),
        **parts,
    )


def _in_words(value: float, one: Family) -> Text:
    """A difference with its sign; where the metric's name has the unit, the number alone."""
    if one.of.unit == "per_1000":
        return w.number(value, one.of.quantity, signed=True)
    return w.change(value, one.of.quantity)


def raw_words(one: Family) -> Text:
    """What the same studies would add up to as measured."""
    if one.plain is None:
        return ""
    money = one.of.unit == "money"
    raw = w.rough(one.plain.raw, one.of.currency) if money else _in_words(one.plain.raw, one)
    return say("Added up as measured it would be {raw}, chance included.", raw=raw)


def chance_words(chance: ChanceWins | None) -> Text:
    """How many gains chance alone would have given."""
    if chance is None or not chance.wins:
        return ""
    n = w.plain(chance.false_wins, 1)
    if chance.wins == 1:
        return say("Of {studies} one was a gain; chance alone would have given about {n} such gains.",
            studies=w.counted(chance.studies, "study", "studies"), n=n)  # fmt: skip
    return say(
        "Of {studies} {wins} were gains; chance alone would have given about {n} of them.",
        studies=w.counted(chance.studies, "study", "studies"),
        wins=w.count(chance.wins),
        n=n,
    )


def _faded(ledger: Sequence[Entry]) -> Text:
    gone = [one.study for one in ledger if one.held is not None and one.held.standing == "faded"]
    return say("No longer holds: {studies}.", studies=called(gone)) if gone else ""


def next_step(ledger: Sequence[Entry], study: ImprovementPortfolio) -> Text:
    """What to do: look at what faded, check what is due, else go on."""
    gone = [one.study for one in ledger if one.held is not None and one.held.standing == "faded"]
    late = [one.study for one in ledger if one.due is not None]
    if gone:
        return say("Find out why it no longer holds: {studies}.", studies=called(gone))
    if late:
        return say("Check again: {studies}.", studies=called(late))
    coming = [
        one.measured.first + timedelta(days=study.design.follow_up_days)
        for one in ledger
        if one.measured is not None and one.measured.first is not None and one.measured.won
    ]
    later = [day for day in coming if day > study.as_of]
    if later:
        return say("Nothing is due; the next check is on {day}.", day=w.day(min(later)))
    return say("Nothing is due. Take the next action from the lists of needs and of the journey.")
