"""Whether the ledger can be believed: what is missing in it, what was changed, what was never asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from cs_lib import sentences as w
from cs_lib.experiment.improvement_portfolio.result import Drawer, Entry, Family
from cs_lib.metrics.improvement_portfolio import PortfolioEvidence
from cs_lib.params.improvement_portfolio import ImprovementPortfolio
from cs_lib.results import Check
from cs_lib.sentences import Sentence, Text, say

MOST_NAMED = 3


def checks(
    evidence: PortfolioEvidence,
    study: ImprovementPortfolio,
    ledger: Sequence[Entry],
    found: Sequence[Family],
    drawer: Sequence[Drawer],
    without_change: Sequence[str],
    without_study: Sequence[tuple[str, Text, date]],
) -> tuple[Check, ...]:
    """Every check, those first that take studies out of the sum."""
    return (
        _readable(evidence),
        _usable(ledger),
        _whole(drawer),
        _apart(ledger),
        _kept(ledger),
        _again(ledger, study),
        *_logged(evidence, ledger, without_change, without_study),
        *_alike(found),
    )


def some(names: Sequence[Text]) -> Text:
    """The first few of some names, and how many more there are."""
    shown = list(names[:MOST_NAMED])
    if rest := len(names) - len(shown):
        shown.append(w.counted(rest, "other"))
    return w.listed(shown)


def called(names: Sequence[str]) -> Text:
    """Studies by their names as words."""
    return some([w.quoted(w.name(name)) for name in names])


def _readable(evidence: PortfolioEvidence) -> Check:
    unread = evidence.results.unread
    if not unread:
        n = w.count(len({run.study for run in evidence.results.runs}))
        return Check("results_readable", True, say("Results of {n} studies were read.", n=n))
    names = dict.fromkeys(one.where.split("/")[0] for one in unread)
    whys = {name: next(u.why for u in unread if u.where.split("/")[0] == name) for name in names}
    parts = [w.labelled(w.quoted(w.name(n)), whys[n]) for n in list(names)[:MOST_NAMED]]
    found = say(
        "{n} could not be read and count nowhere. {examples}",
        n=w.counted(len(unread), "file"),
        examples=w.together(*parts),
    )
    return Check("results_readable", False, found)


def _usable(ledger: Sequence[Entry]) -> Check:
    withheld = [one.study for one in ledger if one.place == "invalid"]
    without = [one.study for one in ledger if one.place in ("unusable", "unknown")]
    parts = list[Text]()
    if withheld:
        parts.append(say("Invalid and left out: {studies}.", studies=called(withheld)))
    if without:
        parts.append(
            say(
                "Without an effect and interval that can be read: {studies}.",
                studies=called(without),
            )
        )
    if parts:
        return Check("studies_usable", False, w.together(*parts))
    return Check("studies_usable", True, say("Every decided study has an effect with an interval."))


def _whole(drawer: Sequence[Drawer]) -> Check:
    """Studies that were begun and have no result: a portfolio of results alone looks too good."""
    if not drawer:
        return Check("drawer_empty", True, say("No study here was begun without a result."))
    words = {
        "failed": say("whose latest run failed"),
        "running": say("still running"),
        "planned": say("planned"),
        "later": say("with results of later days only"),
    }
    parts = [
        say("{studies} ({state})", studies=called([d.study for d in drawer if d.state == state]), state=said)
        for state, said in words.items()
        if any(d.state == state for d in drawer)
    ]  # fmt: skip
    return Check("drawer_empty", None, say("Without a result: {studies}.", studies=w.listed(parts)))


def _apart(ledger: Sequence[Entry]) -> Check:
    shared = [one for one in ledger if one.inside_of]
    if not shared:
        return Check("claims_apart", True, say("No two studies claim the same cases and days."))
    parts = [
        say("{study} inside {other}", study=w.quoted(w.name(one.study)), other=w.quoted(w.name(one.inside_of)))
        for one in shared
    ]  # fmt: skip
    found = say("Counted once, by the surer study: {studies}.", studies=some(parts))
    return Check("claims_apart", None, found)


def _kept(ledger: Sequence[Entry]) -> Check:
    changed = [one.study for one in ledger if one.plan_changed]
    if not changed:
        return Check("plans_kept", True, say("No plan was changed after data had been seen."))
    found = say("Changed after data had been seen: {studies}.", studies=called(changed))
    return Check("plans_kept", False, found)


def _again(ledger: Sequence[Entry], study: ImprovementPortfolio) -> Check:
    late = [one.study for one in ledger if one.due is not None]
    days = w.count(study.design.follow_up_days)
    if late:
        found = say(
            "More than {days} days old and not checked again: {studies}.",
            days=days,
            studies=called(late),
        )
        return Check("gains_checked_again", False, found)
    return Check(
        "gains_checked_again", True, say("Every gain older than {days} days was checked again.", days=days)
    )  # fmt: skip


def _logged(
    evidence: PortfolioEvidence,
    ledger: Sequence[Entry],
    without_change: Sequence[str],
    without_study: Sequence[tuple[str, Text, date]],
) -> Iterator[Check]:
    """Studies and the change log, held against each other."""
    if evidence.changes is None:
        yield Check("studies_logged", None, evidence.absent["changes"])
        return
    if not any(one.measured and one.measured.of.kind != "randomised" for one in ledger):
        yield Check("studies_logged", None, say("No study here is of a logged change."))
    elif without_change:
        found = say("Not in the change log: {studies}.", studies=called(without_change))
        yield Check("studies_logged", False, found)
    else:
        yield Check("studies_logged", True, say("Every studied change is in the change log."))
    if without_study:
        named = some([title for _, title, _ in without_study])
        yield Check("changes_studied", False, say("No study asks about: {changes}.", changes=named))
    else:
        yield Check("changes_studied", True, say("Every logged change has a study."))


def _alike(found: Sequence[Family]) -> Iterator[Check]:
    """Several metrics, designs or currencies, each summed for itself."""
    if len(found) > 1:
        labels = list(dict.fromkeys(str(one.of.metric) for one in found))
        several: Sentence = say(
            "{n} kinds of study, by metric, unit, currency and design: {metrics}. Each is added up for itself.",
            n=w.count(len(found)),
            metrics=some([w.lower(_label(found, name)) for name in labels]),
        )
        yield Check("one_measure", None, several)


def _label(found: Sequence[Family], metric: str) -> Text:
    return next(one.label for one in found if one.of.metric == metric)
