"""Were perks given by chance? Whoever was given one for another reason is not like who was not."""

from __future__ import annotations

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.kinds import failed, passed, share
from cs_lib.diagnosis.data_health.result import Finding
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.metrics.queries.health.given import Given, Perks
from cs_lib.sentences import Text, say

LEAST = 20  # assigned customers of an experiment, to say of it that all were given a perk
MOSTLY = 0.95  # of the contacts behind assignments: they are chosen by it


def given_findings(evidence: HealthEvidence) -> list[Finding]:
    """Experiments in which nobody goes without a perk; nothing without assignments."""
    perks = evidence.perks
    large = [one for one in perks.given if one.assigned >= LEAST]
    if not large:
        return []
    alone = [one for one in large if one.perked == one.assigned]
    among = sum(one.assigned for one in large)
    if not alone:
        good: Text = say("Every experiment has customers who were assigned to go without a perk.")
        good = w.together(good, _chosen(perks, large))
        return [passed("perks_by_chance", good, table="perk_assignments", among=among)]
    every = len(alone) == len(large)
    return [
        failed(
            "perks_by_chance",
            w.together(
                say(
                    "{perks} of the experiment {experiment} were given, and nobody was assigned to go without.",
                    perks=w.counted(one.perked, "perk"),
                    experiment=w.quoted(one.experiment),
                ),
                _chosen(perks, [one]),
            ),
            table="perk_assignments",
            columns=("variant",),
            count=one.perked,
            among=among,
            first=one.first,
            last=one.last,
            example=one.experiment,
            stops=("perk_ab_test",) if every else (),
            limits=() if every else ("perk_ab_test",),
        )
        for one in alone
    ]


def _chosen(perks: Perks, given: list[Given]) -> Text:
    """Whom the perks went to, where that was decided by how far a contact had come."""
    known, resolved = (
        sum(getattr(one, name) for one in given) for name in ("contacts", "resolved")
    )
    if not known or resolved < MOSTLY * known or perks.resolved == perks.complaints:
        return ""
    return say(
        "They followed resolved contacts, and {open} complaints never were: compare inside an experiment only, since a "
        "change of the work also changes who gets that far.",
        open=share(perks.complaints - perks.resolved, perks.complaints),
    )
