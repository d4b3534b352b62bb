"""A change switched on, off and on again, from CSV files through settings to the page's table."""

import numpy as np
import pytest
import yaml

from cs_lib import data, experiment, metrics, params
from cs_lib.report import before_after
from tests.titles import titled

START, END = np.datetime64("2025-09-01"), np.datetime64("2026-08-31")
ON, OFF, AGAIN = (np.datetime64(day) for day in ("2026-02-02", "2026-04-13", "2026-06-15"))
CHAT = np.datetime64("2025-12-01")
FACTOR, CHAT_FACTOR, PER_DAY = 0.6, 0.7, 40
SETTINGS = {
    "study": "on_off_on",
    "notebook": "before_after",
    "question": "Did the call-back button speed up solving, on and off again?",
    "as_of": "2026-10-01",
    "source": "tiny",
    "design": {
        "change_id": "N1",
        "intervention_date": str(ON),
        "pre_period": [str(START), str(ON - 1)],
        "post_period": [str(ON), str(END)],
        "off_periods": [[str(OFF), str(AGAIN - 1)]],
        "also": [{"name": "Chat", "day": str(CHAT), "change_id": "N2"}],
    },
    "measure": {"primary_metric": "resolution_hours", "horizon_days": 14},
    "rule": {"min_effect": 1},
}


def rows():
    """Contacts at 40 a day: hours to resolution with a factor while the button was on, and one since chat."""
    rng, lines = np.random.default_rng(5), ["contact_id,opened_at,resolved_at,status"]
    for day in np.arange(START, END + 1):
        on = ON <= day < OFF or day >= AGAIN
        median = 20 * (FACTOR if on else 1) * (CHAT_FACTOR if day >= CHAT else 1)
        opened = day.astype("M8[s]") + rng.integers(0, 86_400, PER_DAY).astype("m8[s]")
        hours = median * np.exp(rng.normal(0, 0.5, PER_DAY) + rng.normal(0, 0.05))
        solved = opened + (3600 * hours).astype("m8[s]")
        lines += [
            f"{day}-{i},{a},{b},resolved"
            for i, (a, b) in enumerate(zip(opened, solved, strict=True))
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def analysed(source):
    """The result of the settings file, its source being CSV files."""
    source.file("contacts", rows())
    log = f"change_id,name,live_at,scope\nN1,Button,{ON}T00:00:00,everything\nN2,Chat,{CHAT}T00:00:00,everything\n"
    source.file("flow_changes", log)
    source.settings["observed_until"] = "2026-10-01T00:00:00"
    path = source.home / "params" / "sources" / "tiny.yaml"
    path.write_text(yaml.safe_dump(source.settings), encoding="utf-8")
    settings = source.home / "params" / "on_off_on.yaml"
    settings.write_text(yaml.safe_dump(SETTINGS), encoding="utf-8")
    study = params.load("on_off_on", also=metrics.problems)
    source.opened.append(data.load(study))
    return experiment.analyze(metrics.gather(source.opened[-1], study), study)


def test_the_planted_factor_is_found_and_every_change_listed(analysed):
    mean = 20 * np.exp(0.5**2 / 2) * CHAT_FACTOR
    truth = mean * (FACTOR - 1)
    effect = analysed.effect
    assert analysed.decision.verdict == "improved"
    assert effect.effect_ci_low <= truth <= effect.effect_ci_high
    assert effect.effect == pytest.approx(truth, rel=0.25)
    (chat,) = analysed.change.others
    assert chat.effect_ci_high < 0
    assert [row[1] for row in before_after.changes(analysed).rows] == [
        "2 February to 12 April 2026 and from 15 June 2026",
        "from 1 December 2025",
    ]
    log = next(c for c in analysed.checks if titled(c) == "No other change")
    assert log.passed and "Fitted together with the studied one: Chat" in log.finding


def test_waiting_times_stop_where_the_change_was_first_taken_back(analysed):
    before, after = analysed.found.curves
    n = [int(curve.at_risk[0]) for curve in (before, after)]
    assert n == [PER_DAY * int((ON - START).astype(int)), PER_DAY * int((OFF - ON).astype(int))]
