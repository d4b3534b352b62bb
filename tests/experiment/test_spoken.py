"""Every sentence of an analysis is a message: in a language made of brackets no word stays outside of them."""

import re
from dataclasses import fields, is_dataclass
from datetime import date

import numpy as np
import pytest

from cs_lib import language
from cs_lib.aggregates import Series
from cs_lib.data.contracts import TABLES
from cs_lib.experiment import analyze
from cs_lib.metrics import gather
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.results import Check, Decision, Effect
from cs_lib.sentences import Text, Words
from tests.experiment.before_after import test_analyze as flow
from tests.experiment.before_after import test_teams as flow_teams
from tests.experiment.experiment_plan.before_after import test_analyze as flow_planning
from tests.experiment.experiment_plan.perk_ab_test import test_analyze as planning
from tests.experiment.perk_ab_test import test_analyze as perk
from tests.experiment.perk_ab_test import test_checks as perk_checks
from tests.experiment.perk_ab_test import test_looks as perk_looks
from tests.messages import messages

GAP = re.compile(r"\{(?!(?:first_)?(?:short_)?month\})\w+\}")  # a language has numbers for months
WORD = re.compile(r"[A-Za-z][\w./-]*")
CODES = set(TABLES) | {c.name for t in TABLES.values() for c in t.columns}
CODES |= {"care"}  # a variant of the tests
CODES |= {value for t in TABLES.values() for c in t.columns for value in c.values}


class Bracketed:
    """A catalogue that puts 「」 around every message that is collected, and none around what fills its gaps."""

    def __init__(self):
        self.known = {(context, message) for context, message, _ in messages()}

    def get(self, key, default=None):
        whole = "「" + GAP.sub(lambda gap: f"」{gap[0]}「", key[1]) + "」"
        return whole if key in self.known else default


@pytest.fixture(scope="module")
def catalogue():
    return Bracketed()


@pytest.fixture(autouse=True)
def bracketed(catalogue, monkeypatch):
    monkeypatch.setattr(language, "_messages", lambda _: catalogue)
    with language.speaking("zh"):
        yield


def bare(text):
    """Words outside of all brackets that are no code: `design.period`, `net_value_60d`, T01."""
    words = WORD.findall(re.sub(r"「[^」]*」", "|", text))
    return [w for w in words if len(w) > 1 and not re.search(r"[\d_./]", w) and w not in CODES]


def sentences(value):
    """What a result says, wherever it stands in it."""
    if isinstance(value, Words):
        yield str(value)
    elif isinstance(value, Check):
        yield from (value.name, value.finding)
    elif isinstance(value, Decision):
        yield from (value.because, value.next_step)
    elif isinstance(value, Effect):
        yield str(value.method)
    elif is_dataclass(value):
        for field in fields(value):
            inner = getattr(value, field.name)
            said = field.name in ("no_shares", "refused", "refusal", "absent", "not_split")
            yield from spoken_in(inner) if said else sentences(inner)
    elif isinstance(value, dict):
        yield from (text for inner in value.values() for text in sentences(inner))
    elif isinstance(value, list | tuple):
        yield from (text for inner in value for text in sentences(inner))


def spoken_in(value):
    """All texts in reasons, alone or by name; the names are codes."""
    return [str(value)] if isinstance(value, Text) else list(map(str, value.values()))


def waves():
    given = flow_teams.dates(4, 6)
    later = {t: "2026-04-30" for t in list(given)[:2]}
    return flow_teams.run({**given, **later}, -6.0)


def one_team():
    return flow_teams.run(flow_teams.dates(1, 12), -6.0)


def hardly_any():
    short = flow.series("resolution_hours", 30.0, 0.0)
    kept = slice(len(short.days) - 95, None)
    few = Series(short.metric, short.days[kept], short.numerator[kept], short.denominator[kept])
    return analyze(flow.evidence(series={"resolution_hours": few}), flow.study())


def cut():
    days = flow.evidence().volume.days
    values = np.where(days < np.datetime64(flow.CHANGE), 40.0, 0.0)
    return analyze(
        flow.evidence(volume=Series("volume", days, values, np.ones(len(days)))), flow.study()
    )


def flat_perk():
    """Nobody's value varies, so no variant can be compared."""
    name = "repurchase_60d"
    nobody = {v: perk.share(v, name, 2000, 0) for v in ("control", "coupon")}
    given = perk.evidence()
    return analyze(perk.evidence(moments={**given.moments, name: nobody}), perk.study())


def by_agent():
    given = perk_checks.clustered(perk_checks.agents(mixed=3), outside=17)
    plan = perk.study(design=perk_checks.design(cluster="agent_id"))
    return analyze(given, plan)


RESULTS = {
    "a perk": lambda: analyze(perk.evidence(), perk.study()),
    "a perk with a broken split": lambda: analyze(
        perk.evidence(counts={"control": 2000, "coupon": 1700}), perk.study()
    ),
    "a perk too early to read": lambda: analyze(
        perk.evidence(n=500, until=date(2026, 4, 15)), perk.study()
    ),
    "a perk that nothing tells apart": flat_perk,
    "a perk by agent": by_agent,
    "a perk with looks": lambda: perk_looks.looked([0.26, 0.27, 0.28, 0.29]),
    "three variants": perk.three_arms,
    "a change": lambda: analyze(flow.evidence(), flow.study()),
    "a change without effect": lambda: analyze(flow.evidence(step=0.0), flow.study()),
    "a change with too few days": hardly_any,
    "an extract that is cut": cut,
    "teams at once": lambda: flow_teams.run(flow_teams.dates(4, 4), -6.0),
    "one team": one_team,
    "teams in waves": waves,
    "a plan of a test": lambda: planning.analyze(
        planning.evidence(planning.plan(), planning.moments()), planning.plan()
    ),
    "a plan of a change": lambda: analyze(
        flow_planning.evidence(), flow_planning.plan(limit_weeks=6)
    ),
    "a plan of a roll-out": lambda: analyze(
        flow_planning.evidence(**flow_planning.by_team()),
        flow_planning.plan(**flow_planning.rollout(seed=4)),
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_says_nothing_in_english(name):
    said = list(sentences(RESULTS[name]()))
    assert sum("「" in text for text in said) >= 3
    assert {text: bare(text) for text in said if bare(text)} == {}


def test_faults_of_the_data_are_said(source):
    source.table(
        "contacts",
        """
        contact_id opened_at        resolved_at      status chanel
        1          2026-01-05       2026-01-04       closed chat
        2          yesterday        2026-01-09       done   chat
        2          2026-01-06       -                -      chat
        """,
    )
    found = source.breaches()
    assert len(found) >= 4
    assert {text: bare(text) for text in found if set(bare(text)) - {"yesterday", "done"}} == {}


def test_what_a_source_lacks_is_said(source):
    source.table(
        "contacts",
        """
        contact_id opened_at  status chanel
        1          2026-01-05 closed chat
        2          2026-01-06 closed chat
        """,
    )
    desk = source.desk()
    with pytest.raises(NotAvailable) as refusal:
        gather(desk, source.study())
    said = [*desk.absent.values(), *desk.notes, str(refusal.value)]
    assert len(desk.notes) == 2
    theirs = {"tiny", "chanel", "results", "days"}  # names, of tables of one's own too
    assert {text: bare(text) for text in said if set(bare(text)) - theirs} == {}
