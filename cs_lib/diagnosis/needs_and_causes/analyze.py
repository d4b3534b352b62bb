"""From contacts to what to fix first."""

from __future__ import annotations

from dataclasses import replace

from cs_lib.diagnosis.needs_and_causes.actions import actions
from cs_lib.diagnosis.needs_and_causes.coded import coding, owner_shares, rules_of
from cs_lib.diagnosis.needs_and_causes.decide import decide
from cs_lib.diagnosis.needs_and_causes.news import news
from cs_lib.diagnosis.needs_and_causes.result import NeedsResult
from cs_lib.diagnosis.needs_and_causes.sizes import came_back, sizes
from cs_lib.diagnosis.needs_and_causes.texts import written
from cs_lib.diagnosis.needs_and_causes.trust import checks, each_once
from cs_lib.metrics.needs_and_causes import NeedsEvidence
from cs_lib.params.needs_and_causes import NeedsAndCauses


def analyze(evidence: NeedsEvidence, study: NeedsAndCauses) -> NeedsResult:
    """Needs in order, who owns them, who comes back, what is new, and what to do first."""
    alpha = study.rule.alpha
    if each_once(evidence):  # nobody could be seen to come back, which is no zero
        evidence = replace(evidence, returns=(), owner_returns=(), all_returns=())
    new = news(evidence, study)
    found = sizes(evidence, study, {one.name: one for one in new.tested})
    said = coding(evidence, alpha)
    checked = checks(evidence, study, found, said, new)
    listed = actions(found, frozenset(one.name for one in new.rose), evidence, study)
    return NeedsResult(
        study=study,
        metrics={},
        currency=evidence.currency,
        checks=checked,
        decision=decide(found, checked, listed),
        needs=found.findings,
        unit=found.unit,
        first=found.first,
        overall=came_back(evidence.all_returns, alpha),
        owners=owner_shares(evidence, said),
        owner_returns={
            name: came_back([one for one in evidence.owner_returns if one.group == name], alpha)
            for name in sorted({one.group for one in evidence.owner_returns})
        },
        coding=said,
        rules=rules_of(evidence),
        news=new,
        written=written(evidence, study),
        actions=listed,
        small=found.small,
        evidence=evidence,
    )
