"""What the data say against themselves: stamps, steps and statuses, customers, spellings."""

from __future__ import annotations

import numpy as np

from cs_lib import sentences as w
from cs_lib.experiment.before_after.carried import matters, sides, thins, without_contacts
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.low_scores import low_scores_lost
from cs_lib.experiment.strangers import most_of, step_of, told_of
from cs_lib.language import later
from cs_lib.metrics import DAILY
from cs_lib.metrics.queries.recorded import Gap
from cs_lib.metrics.queries.spellings import Spellings, visible
from cs_lib.results import Check
from cs_lib.sentences import Text, say
from cs_lib.titles import COLUMNS

# Fewer contacts than this share of a side are no doubt, and never carry a verdict.
MIN_SHARE_IN_DOUBT = 0.01
MIN_CONTACTS_IN_DOUBT = 5
MOST_NAMED = 3
# Where so much of the scope has another name on one side, those left tell too little.
MIN_LEFT_OUT = 1 / 3
PHRASE_OF_CONTRADICTION = {
    "open_stamped": later(
        "{count} are open by their status and have a {column} ({before} before the change, {after} after{example}):"
        " they were opened again and kept the old stamp, or the status is wrong."
    ),
    "together": later(
        "{count} have their {column} at an instant at which many were closed at once ({before} before the change,"
        " {after} after{example}): when they were solved is not known."
    ),
    "not_the_last": later(
        "{count} were resolved once more after their {column}, as their steps tell ({before} before the change,"
        " {after} after{example}): it is the first resolution, and the last is meant."
    ),
    "open_again": later(
        "{count} were reopened after their {column}, as their steps tell, and not resolved since ({before} before"
        " the change, {after} after{example})."
    ),
}


def contradictions(case: Case) -> list[Check]:
    """A check for every contradiction that is found in more than single contacts; it blocks where it carries."""
    recorded = case.evidence.recorded
    gaps = recorded.gaps if recorded else ()
    found = [check for gap in gaps if (check := _of_stamps(case, gap))]
    return [*found, *_customers(case), *_spellings(case), *_scope(case), *_scores(case)]


def _scope(case: Case) -> list[Check]:
    """Values of the scope that end or begin at the change; it blocks where they are much of it."""
    checks = []
    for one in case.evidence.turned:
        ended, named = (
            one.side == "before",
            {"column": w.name(one.column), "share": w.percent(one.share)},
        )
        ours, others = (
            w.listed([w.quoted(visible(value)) for value in values[:MOST_NAMED]])
            for values in (one.ours, one.others)
        )
        finding = (
            say(
                "{ours} ({column}, {share} of the contacts in scope) has no contact after the change."
                if ended
                else "{ours} ({column}, {share} of the contacts in scope) has no contact before the change.",
                ours=ours,
                **named,
            ),
            say(
                "Outside the scope {others} has contacts on the other side only: was it renamed? Then name both.",
                others=others,
            )
            if one.others
            else "",
        )
        series, most = case.series, max(case.study.rule.min_effect, 0.0)
        below = float(series.denominator.sum())
        level = float(series.numerator.sum()) / below if below else 0.0
        thins = case.primary.unit == "per_1000" and level * one.share >= most
        blocks = bool(one.others) and (thins or one.share >= MIN_LEFT_OUT)
        checks.append(Check("scope_kept", False, w.together(*finding), blocks_decision=blocks))
    return checks


def _scores(case: Case) -> list[Check]:
    """Scores at an end of their scale that nobody gives on one side of the change, or low ones that are missing."""
    if case.primary.name != "csat":
        return []
    said = lost_scores(case) or _fewer_low_ones(case)
    return [Check("scores_kept", False, said, blocks_decision=True)] if said else []


def _fewer_low_ones(case: Case) -> Text:
    """What low scores are missing though as many of the others are there; nothing where none is."""
    every = case.evidence.scoped_volume
    early = every.days < np.datetime64(case.study.design.intervention_date)
    asked = float(every.numerator[early].sum()), float(every.numerator[~early].sum())
    lost = low_scores_lost(case.evidence.scores, asked)
    if lost is None:
        return ""
    return say(
        "Scores up to {most} were given for {before} of contacts before the change and {after} after it, higher ones "
        "for as many as ever: low answers look left out.",
        most=w.plain(lost.most, 0),
        before=w.percent(lost.shares[0], places=1),
        after=w.percent(lost.shares[1], places=1),
    )


def lost_scores(case: Case) -> Text:
    """What scores are missing on which side, and what to ask; nothing where none is."""
    if not case.evidence.unscored:
        return ""
    score, before = case.evidence.unscored[0]
    return say(
        "The score {score} was given before the change and never after it: was the scale changed, or are answers left "
        "out?"
        if before
        else "The score {score} was never given before the change and is after it: was the scale changed, or are "
        "answers left out?",
        score=w.plain(score, 0),
    )


def _of_stamps(case: Case, gap: Gap) -> Check | None:
    """What the stamps of some contacts are against; None for too few of them."""
    if gap.fault not in PHRASE_OF_CONTRADICTION:
        return None
    counts, shares = _by_side(case, gap)
    if sum(counts) < MIN_CONTACTS_IN_DOUBT or max(shares) < MIN_SHARE_IN_DOUBT:
        return None
    moved = without_contacts(case, gap)
    if moved is None:  # The metric counts them in another way: each may be wrong by all there is.
        blocks = case.primary.unit == "share" and abs(shares[1] - shares[0]) >= max(
            case.study.rule.min_effect, MIN_SHARE_IN_DOUBT
        )
    else:
        blocks = matters(case, moved)
    finding = say(
        PHRASE_OF_CONTRADICTION[gap.fault],
        count=w.counted(int(sum(counts)), "contact"),
        column=say(COLUMNS[gap.column]),
        before=w.percent(shares[0]),
        after=w.percent(shares[1]),
        example=say(", such as {example}", example=w.quoted(visible(gap.example)))
        if gap.example
        else "",
    )
    return Check("stamps_agree", False, finding, blocks_decision=blocks)


def _by_side(case: Case, gap: Gap) -> tuple[list[float], list[float]]:
    """Contacts at fault, and their share, before and after."""
    series = gap.series
    counts = [float(series.numerator[side].sum()) for side in sides(case, series)]
    every = [float(series.denominator[side].sum()) for side in sides(case, series)]
    return counts, [n / total if total else 0.0 for n, total in zip(counts, every, strict=True)]


def _customers(case: Case) -> list[Check]:
    """Values that are no single customers, and customers whom nobody knows; it blocks where these can carry."""
    found = [*_nobodies(case), *_strangers(case)]
    if not found:
        return []
    blocks = any(blocking for *_, blocking in found)
    doubts = any(doubt for _, doubt, _ in found)
    finding = w.together(*(said for said, *_ in found))
    return [Check("customers_known", False if doubts else None, finding, blocks_decision=blocks)]


def _nobodies(case: Case) -> list[tuple[Text, bool, bool]]:
    """Values left out of the metrics that follow customers: what to say, whether it is a doubt, whether it blocks."""
    nobodies = case.evidence.nobodies
    if nobodies is None or not nobodies.values:
        return []
    total = nobodies.contacts
    share = sum(one.contacts for one in nobodies.values) / total
    named = w.listed(
        [
            w.bracketed(w.quoted(visible(one.value)), w.counted(one.contacts, "contact"))
            for one in nobodies.values[:MOST_NAMED]
        ]
    )
    finding = say(
        "{share} of contacts name a customer that is no single one: {named}. They are left out of"
        " what follows customers; if one of them is a customer, say so by another value in the source.",
        share=w.percent(share),
        named=named,
    )
    sure = all(one.word for one in nobodies.values) and share < MIN_SHARE_IN_DOUBT
    return [(finding, not sure, False)]


def _strangers(case: Case) -> list[tuple[Text, bool, bool]]:
    """Contacts of customers whom another table does not know, or knows as others: such never come back."""
    follows = DAILY[case.primary.name].follows_customers
    for one in case.evidence.whose:
        if said := told_of(one):
            step = step_of(one)
            moved = step is not None and thins(case, abs(step.after - step.before))
            return [(w.sentence(said), True, follows and (moved or most_of(one) >= MIN_LEFT_OUT))]
    return []


def _spellings(case: Case) -> list[Check]:
    """Values in several spellings: one check, which blocks where contacts are matched by the value."""
    total = float(case.evidence.volume.numerator.sum())
    wide = [one for one in case.evidence.spellings if one.others >= MIN_SHARE_IN_DOUBT * total]
    if not wide:
        return []
    metric, others = DAILY[case.primary.name], sum(one.others for one in wide)
    columns = {"need_code", "customer_id"} if metric.repeats else {"customer_id"}
    matched = metric.follows_customers and any(one.column in columns for one in wide)
    blocks = matched and others / total >= max(case.study.rule.min_effect, 5 * MIN_SHARE_IN_DOUBT)
    finding = say(
        "Values are written in several ways, and each counts as one of its own: {named}. Make them one in the source.",
        named=w.listed([_written(one) for one in wide[:MOST_NAMED]]),
    )
    return [Check("spelt_alike", False, finding, blocks_decision=blocks)]


def _written(one: Spellings) -> Text:
    return w.joined(
        " / ",
        [
            w.bracketed(w.quoted(visible(value)), w.counted(n, "contact"))
            for value, n in one.written[:MOST_NAMED]
        ],
    )
