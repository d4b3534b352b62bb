"""Public data nobody here wrote: late orders lead to the delivery, and how they were sampled is said beside it."""

from __future__ import annotations

import pytest
import yaml

from cs_lib import data
from cs_lib.diagnosis.needs_and_causes.analyze import analyze
from cs_lib.metrics.needs_and_causes import gather
from cs_lib.params import NeedsAndCauses

LATE = {
    "name": "late", "owner": "business_process", "need_code": "late_delivery", "root_cause": "B1",
    "when": {"late_order": True},
}  # fmt: skip


@pytest.fixture(scope="module")
def settings():
    return {
        "study": "needs", "notebook": "needs_and_causes", "question": "What should be fixed first here?",
        "as_of": "2018-10-23", "source": "olist", "design": {"period": ["2016-09-01", "2018-10-22"]},
        "attribution": {"rules": [LATE]},
    }  # fmt: skip


def test_late_orders_of_the_marketplace_lead_to_the_delivery(
    real_data, tmp_path, monkeypatch, settings
):
    """56.8675 % of late orders have a low score against 35.9197 % of the others; the source's own owners left out."""
    from tests.conftest import ROOT

    home = tmp_path / "home"
    for folder in ("params/sources", "notebooks"):
        (home / folder).mkdir(parents=True)
    source = yaml.safe_load((ROOT / "params" / "sources" / "olist.yaml").read_text("utf-8"))
    query = source["tables"]["contacts"]["query"]
    first, last = (
        query.index("CASE WHEN o.order_delivered", query.index("AS issue")),
        query.index("AS owner"),
    )
    source["tables"]["contacts"]["query"] = query[:first] + "'unknown' " + query[last:]
    path = home / "params" / "sources" / "olist.yaml"
    path.write_text(yaml.safe_dump(source, allow_unicode=True), encoding="utf-8")
    monkeypatch.setenv("CS_HOME", str(home))
    study = NeedsAndCauses.model_validate(settings)
    desk = data.load(study)
    try:
        late = "coalesce(o.delivered_at > o.promised_at, FALSE)"
        low = "o.order_id IN (SELECT order_id FROM contacts)"
        shares = dict(
            desk.engine.rows(
                f"SELECT {late}, 100.0 * count(CASE WHEN {low} THEN 1 END) / count(*) FROM orders o GROUP BY 1"
            )
        )
        assert shares[True] == pytest.approx(56.8675, abs=5e-5)
        assert shares[False] == pytest.approx(35.9197, abs=5e-5)
        result = analyze(gather(desk, study), study)
    finally:
        desk.close()
    # Whoever has no code but the rule's: most low scores stay without a need, and nothing is said to come first.
    assert result.decision.verdict == "measure_first"
    [need] = result.needs
    assert (need.need, need.owner, need.cause) == ("late_delivery", "business_process", "B1")
    assert (
        need.contacts == sum(result.evidence.rules.counts[result.evidence.rules.hits[:, 0]]) > 500
    )
    assert result.unit == "contacts" and need.prizes is None
    assert any("over-represents bad outcomes" in text for text in result.evidence.caveats)
