"""A metric of the catalogue written as a file gives the same evidence to the last bit."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from cs_lib import data, experiment, metrics
from cs_lib.metrics.catalogue import DAILY_BUILT_IN, FAMILIES, FORMS, PER_CUSTOMER, PER_UNIT
from tests.metrics import test_exact_perks
from tests.metrics.numbers import numbers
from tests.metrics.own.conftest import form
from tests.metrics.test_exact import Odd, measuring, odd_study
from tests.metrics.test_exact_perks import deliver, evidence, tables
from tests.perk_pages import plan

WRITTEN = sorted(path.stem for path in FORMS.glob("*.yaml"))
BY_DAY = [name for name in WRITTEN if name in DAILY_BUILT_IN]
MINE = "my_"


def copied(own, name):
    """A file of one's own that says what the catalogue's does."""
    spec = form(name)
    label = {language: f"My {text}" for language, text in spec["label"].items()}
    own({**spec, "metric": MINE + name, "label": label})


def said(found):
    """All numbers and words of evidence but those of the metrics themselves, under the catalogue's names."""
    return [
        (place.replace(MINE, ""), repr(value).replace(MINE, ""))
        for place, value in numbers(found)
        if not place.startswith(".metrics")
    ]


@pytest.mark.parametrize("name", BY_DAY)
def test_by_day(source, own, name):
    first = date(2026, 3, 29)
    source.settings["timezone"] = "Europe/Berlin"
    Odd(name, first).put_into(source)
    copied(own, name)
    study = odd_study(source, first)
    alone = {"secondary": (), "usual_guardrails": False}
    study = study.model_copy(update={"measure": study.measure.model_copy(update=alone)})
    source.opened.append(desk := data.load(study))
    theirs, mine = (metrics.gather(desk, measuring(study, one)) for one in (name, MINE + name))
    assert mine.series[MINE + name].denominator.sum() > 20
    assert said(mine) == said(theirs)


def study_of(**changes):
    """A test of two perks."""
    split = {"control": 0.34, "coupon": 0.33, "discount": 0.33}
    return plan(design__arms=["coupon", "discount"], design__split=split, **changes)


@pytest.fixture
def of_perks(source, monkeypatch):
    """The tables of a test of two perks, with visits and people who were referred."""
    monkeypatch.setattr(test_exact_perks, "SIZE", 3_000)
    frames = tables()
    people = frames["perk_assignments"].query("experiment_id == 'e'")
    seen = people.assigned_at + pd.Timedelta(days=4)
    visits = pd.DataFrame({"customer_id": people.customer_id, "visited_at": seen})
    friends = pd.DataFrame(
        {
            "customer_id": "friend of " + people.customer_id[::3],
            "first_seen_at": seen[::3],
            "referred_by": people.customer_id[::3],
        }
    )
    deliver(source, {**frames, "visits": visits, "customers": friends})


@pytest.mark.parametrize("name", ["repurchase", "revenue", "contacts_per_1000_orders"])
@pytest.mark.usefixtures("of_perks")
def test_per_customer(source, own, name):
    copied(own, name)
    theirs, mine = (
        evidence(source, study_of(measure__primary_metric=f"{one}_30d"))
        for one in (name, MINE + name)
    )
    assert mine.moments[f"{MINE}{name}_30d"]["coupon"].n > 500
    assert said(mine) == said(theirs)
    answers = []
    for found, one in ((theirs, name), (mine, MINE + name)):
        result = experiment.analyze(found, study_of(measure__primary_metric=f"{one}_30d"))
        leaves = numbers(result.comparisons)
        answers.append([value for _, value in leaves if isinstance(value, int | float)])
    assert len(answers[0]) > 50 and answers[0] == answers[1]


@pytest.mark.usefixtures("of_perks")
def test_every_other_one_of_customers_beside_the_catalogues(source, own):
    names = [family.name for family in FAMILIES if family.name in WRITTEN]
    for name in names:
        copied(own, name)
    named = [f"{one}_45d" for name in names for one in (name, MINE + name)]
    found = evidence(source, study_of(measure__secondary=named))
    assert not found.absent
    for name in names:
        theirs, mine = f"{name}_45d", f"{MINE}{name}_45d"
        by_variant = found.moments[mine].values()
        assert sum(moments.mean[moments.names.index(mine)] for moments in by_variant) > 0
        for moments in by_variant:
            at, by = moments.names.index(mine), moments.names.index(theirs)
            assert moments.mean[at] == moments.mean[by]
            assert (moments.cov[at] == moments.cov[by]).all()


def test_a_rate_has_both_forms_of_the_catalogue(own):
    copied(own, "contact_rate")
    rate, theirs = PER_CUSTOMER["my_contact_rate_30d"], PER_CUSTOMER["contacts_per_1000_orders_30d"]
    assert rate.scale == theirs.scale and rate.label == "My Contacts per 1,000 orders in 30 days"
    above, below = (PER_UNIT[part].terms for part in rate.parts)
    assert above == PER_UNIT[theirs.parts[0]].terms
    assert below[0].when == "TRUE"  # per order, cancelled or not, as by day
