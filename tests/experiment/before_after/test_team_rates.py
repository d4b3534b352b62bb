"""Contacts per order of teams, from tables to the verdict: a planted factor, over own and over shared orders."""

import numpy as np
import pytest

from cs_lib import data, metrics
from cs_lib.experiment import analyze
from cs_lib.params import BeforeAfter
from tests.experiment.before_after.test_analyze import check

WEEKS, CHANGE = 24, 14
LEVEL = 0.6  # contacts per order
DAYS = np.arange(np.datetime64("2026-01-05"), np.datetime64("2026-01-05") + 7 * WEEKS)
TEAMS = [f"T{i:02}" for i in range(12)]
FACTOR, GROWTH = 0.7, 1.3  # of contacts per order, and of the orders of the changed teams


def write(source, *, exposure, starts):
    """Teams of unlike size under one wave: contacts per order fall by a factor where changed, and orders grow there."""
    rng = np.random.default_rng(4)
    wave = 1 + 0.3 * np.sin(np.arange(len(DAYS)) / 20)
    contacts, counted, total = [], [], np.zeros(len(DAYS), dtype=int)
    for i, team in enumerate(TEAMS):
        changed = np.arange(len(DAYS)) >= 7 * starts.get(team, WEEKS)
        orders = rng.poisson((12 + 2 * i) * wave * np.where(changed, GROWTH, 1.0))
        asked = rng.poisson(LEVEL * orders * np.where(changed, FACTOR, 1.0))
        total += orders
        counted += [f"{day},{team},{n}" for day, n in zip(DAYS, orders, strict=True)]
        contacts += [
            f"{team}-{day}-{k},{day}T09:00,open,{team}"
            for day, n in zip(DAYS, asked, strict=True)
            for k in range(n)
        ]
    placed = [f"{d}-{k},A,{d}T08:00" for d, n in zip(DAYS, total, strict=True) for k in range(n)]
    source.file("contacts", "\n".join(["contact_id,opened_at,status,team_id", *contacts]))
    source.file("orders", "\n".join(["order_id,customer_id,ordered_at", *placed]))
    if exposure:
        source.file("exposure", "\n".join(["date,segment,orders", *counted]))


def study_of(source, starts):
    change = str(DAYS[7 * min(starts.values())])
    days = {t: str(DAYS[7 * starts[t]]) if t in starts else None for t in TEAMS}
    plain = source.study("2026-07-01").model_dump(mode="json")
    design = {
        "intervention_date": change,
        "pre_period": [str(DAYS[0]), str(np.datetime64(change) - 1)],
        "post_period": [change, str(DAYS[-1])],
        "teams": days,
    }
    measure = {"primary_metric": "contact_rate", "usual_guardrails": False}
    rule = {"min_effect": 10}
    return BeforeAfter.model_validate(plain | {"design": design, "measure": measure, "rule": rule})


def read(source, *, exposure, starts):
    write(source, exposure=exposure, starts=starts)
    study = study_of(source, starts)
    source.opened.append(desk := data.load(study))
    return analyze(metrics.gather(desk, study), study)


ONE_DATE = dict.fromkeys(TEAMS[:5], CHANGE)
IN_WAVES = dict(zip(TEAMS[:6], (10, 10, 10, 14, 14, 14), strict=True))


@pytest.mark.parametrize("starts", [ONE_DATE, IN_WAVES], ids=["one date", "waves"])
def test_over_its_own_orders_a_team_shows_the_factor_that_was_planted(source, starts):
    result = read(source, exposure=True, starts=starts)
    effect = result.effect
    assert result.decision.verdict == "improved"
    assert effect.effect / effect.control == pytest.approx(FACTOR - 1, abs=0.06)
    assert effect.control == pytest.approx(1_000 * LEVEL, rel=0.1)
    assert "over its own orders" in check(result, "Orders by team").finding
    assert result.team_lines[0].before == pytest.approx(1_000 * LEVEL, rel=0.1)


def test_over_the_orders_of_the_desk_a_team_shows_its_share_of_the_orders_too(source):
    result = read(source, exposure=False, starts=ONE_DATE)
    relative = result.effect.effect / result.effect.control
    assert relative == pytest.approx(FACTOR * GROWTH - 1, abs=0.06)
    assert "the same share of the orders" in check(result, "Orders by team").finding
