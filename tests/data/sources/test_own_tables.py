"""Tables with columns of the user's own, and frames: typed by the same contract as every table."""

import pandas as pd
import pyarrow as pa
import pytest

from cs_lib import data, metrics, params
from cs_lib.data import DataError
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params.own.columns import of_columns, safe

RESULTS = "Kunde;Gruppe;Am;gekauft;Umsatz EUR;vorher;Region\n" + "\n".join(
    f"K{i};{'AB'[i % 2]};{1 + i % 9:02}.03.2026;{i % 3 // 2};{i},50;{i % 5};{'NS'[i % 2]}"
    for i in range(40)
)
SOURCE = """
source: ab
title: A test
folder: in
tables:
  results:
    file: {path: ab.csv, delimiter: ";", decimal: ",", dates: {Am: "%d.%m.%Y"}}
    columns: {variant: Gruppe, customer: Kunde, assigned: Am, numbers: [gekauft, Umsatz EUR, vorher], labels: [Region],
              before: [vorher, Region]}
"""
STUDY = """
study: ab
notebook: perk_ab_test
question: Does it make any difference?
as_of: "2026-04-01"
source: ab
design: {control: A, arms: [B], split: {A: 0.5, B: 0.5}, period: ["2026-03-01", "2026-03-09"]}
measure: {primary_metric: share(gekauft), secondary: [mean(Umsatz EUR)], covariates: [mean(vorher)], segments: [region]}
rule: {min_effect: 0.02}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a table of results, its source and a study; texts may be changed."""

    def make(results=RESULTS, source=SOURCE, study=STUDY):
        for folder in ("params/sources", "notebooks", "in"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / "ab.csv").write_text(results, encoding="utf-8")
        (tmp_path / "params" / "sources" / "ab.yaml").write_text(source, encoding="utf-8")
        (tmp_path / "params" / "ab.yaml").write_text(study, encoding="utf-8")
        monkeypatch.setenv("CS_HOME", str(tmp_path))

    return make


def test_a_table_of_results_has_the_users_columns_typed(project):
    project()
    desk = data.load(params.load("ab"))
    frame = desk.frame("SELECT * FROM results ORDER BY umsatz_eur").head(2)
    assert list(frame) == [
        "customer_id",
        "variant",
        "assigned_on",
        "gekauft",
        "umsatz_eur",
        "vorher",
        "region",
    ]
    assert frame.umsatz_eur.tolist() == [0.5, 1.5]
    assert [str(day)[:10] for day in frame.assigned_on] == ["2026-03-01", "2026-03-02"]


def test_rows_from_as_of_on_are_not_known(project):
    project(study=STUDY.replace("2026-04-01", "2026-03-05").replace("03-09", "03-04"))
    study = params.load("ab")
    evidence = metrics.gather(data.load(study), study)
    assert evidence.assigned == {"A": 10, "B": 10}  # of the first four of nine days
    assert sum(evidence.moments["share(gekauft)"]["A"].of("share(gekauft)")[:1]) == 10


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("Umsatz EUR;", "Umsatz;"), "column 'Umsatz EUR' is missing; did you mean 'Umsatz'?"),
        (
            ("K3;", "K2;"),
            "rows share their key (customer_id): 1 case (first: customer_id K2, 2 times)",
        ),
        (("K3;B", "K3;"), "variant is empty in 1 row (first: customer_id K3"),
        (("3,50", "viel"), "umsatz_eur is not a number in 1 row"),
    ],
)
def test_a_breach_is_told_as_of_every_table(project, change, words):
    project(results=RESULTS.replace(*change, 1))
    assert any(words in said for said in data.check(params.load("ab")))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("share(gekauft)", "share(gekaft)"), "'gekaft' is not a number of the table of results; did you mean"),
        (("share(gekauft)", "share(vorher)"), "'vorher' was known before the assignment"),
        (("mean(vorher)", "mean(Umsatz EUR)"), "'umsatz_eur' cannot be a covariate: nothing says that it was known"),
        (("segments: [region]", "segments: [regio]"), "'regio' is not a label of the table of results; did you mean"),
    ],
)  # fmt: skip
def test_what_a_study_cannot_ask_is_told(project, change, words):
    project(study=STUDY.replace(*change).replace("secondary: [mean(Umsatz EUR)], ", ""))
    study = params.load("ab")
    with pytest.raises(NotAvailable) as told:
        metrics.gather(data.load(study), study)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("rule:", "looks: {dates: ['2026-03-20']}\nrule:"), "looks"),
        (("rule:", "money: {margin_rate: 0.3, window_days: 30}\nrule:"), "money"),
        (("[mean(Umsatz EUR)]", "[repurchase_60d]"), "one study reads one or the other"),
        (("share(gekauft)", "repurchase_60d"), "rule.planned_n (line 9): missing"),
        (("notebook: perk_ab_test", "notebook: before_after"), "intervention_date"),
    ],
)
def test_settings_that_do_not_go_together_are_told(project, change, words):
    project(study=STUDY.replace(*change))
    with pytest.raises(params.ParamsError) as told:
        params.load("ab")
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("variant: Gruppe, ", ""), "tables.results.columns.variant (line 8): missing"),
        (("before: [vorher", "before: [nachher"), "'nachher' is none of numbers and labels"),
        (("labels: [Region]", "labels: [gekauft]"), "'gekauft' is named twice"),
        (("labels: [Region]", "labels: [Region, region]"), "would both be called 'region'"),
        (("  results:", "  contacts:"), "only results and days have it"),
    ],
)
def test_columns_that_cannot_be_are_told(project, change, words):
    project(source=SOURCE.replace(*change))
    with pytest.raises(params.ParamsError) as told:
        params.load_source("ab")
    assert words in str(told.value)


def test_names_of_columns_are_names_in_every_table():
    assert [safe(one) for one in ("Umsatz EUR", "下单", "order", "2nd", "Größe (cm)")] == [
        "umsatz_eur", "下单", "order_", "_2nd", "größe_cm",
    ]  # fmt: skip
    assert of_columns("ratio(a , b)").columns == ("a", "b")
    assert [of_columns(one) for one in ("mean(a, b)", "ratio(a)", "share()", "repurchase_60d")] == [
        None
    ] * 4


CONTACTS = pd.DataFrame({
    "contact_id": ["a", "b"], "status": ["open", "closed"],
    "opened_at": pd.to_datetime(["2026-03-01 10:00", "2026-03-02 23:30"]),
})  # fmt: skip


@pytest.mark.parametrize(
    "make", [lambda f: f, pa.Table.from_pandas, lambda f: f.set_index("contact_id")]
)
def test_a_desk_from_frames_knows_all_of_them(make):
    desk = data.from_frames(contacts=make(CONTACTS), timezone="Europe/Rome")
    assert desk.rows == {"contacts": 2}
    assert str(desk.observed_until) == "2026-03-03"
    with pytest.raises(params.UnknownName, match="did you mean 'contacts'"):
        desk.frame("contact")


def test_every_fault_of_every_frame_is_told_at_once():
    orders = pd.DataFrame(
        {"order_id": ["x"], "customer_id": ["c"], "ordered_at": ["soon"], "amount": ["much"]}
    )
    with pytest.raises(DataError) as told:
        data.from_frames(
            contacts=CONTACTS.drop(columns="status"), orders=orders, agent=CONTACTS, timezone="UTC"
        )
    for words in (
        "contacts: column status is missing",
        "orders: ordered_at is not a date and time",
        "orders: amount is not a number",
        "agent: no canonical table has this name; did you mean 'agents'?",
    ):
        assert words in str(told.value)


def test_stamps_without_a_zone_are_asked_for():
    with pytest.raises(DataError, match="opened_at carry no time zone; set `timezone`"):
        data.from_frames(contacts=CONTACTS)
    with pytest.raises(params.ParamsError, match="no such time zone"):
        data.from_frames(contacts=CONTACTS, timezone="Rome")


def test_frames_are_cleaned_as_files_are():
    step = {"table": "contacts", "because": "a test contact", "drop_where": "contact_id = 'a'"}
    desk = data.from_frames(contacts=CONTACTS, timezone="UTC", cleaning=[step])
    assert (desk.rows, "left out in 1 of 2 rows" in desk.notes[0]) == ({"contacts": 1}, True)
