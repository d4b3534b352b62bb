"""Rules and words as settings: read strictly, refused in one sentence each."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from cs_lib.data.contracts import OWNERS, STAGES
from cs_lib.params.attribution import MOST_RULES, Attribution, Owner, Stage, Words

LATE = {
    "name": "late",
    "owner": "business_process",
    "root_cause": "B1",
    "when": {"late_order": True},
}


def attribution(*rules, **words):
    return Attribution.model_validate({"rules": list(rules), **({"words": words} if words else {})})


def test_a_rule_is_its_conditions_and_whom_it_names():
    [rule] = attribution(
        {**LATE, "when": {"issue": ["delivery"], "steps": {"transferred": 2}}}
    ).rules
    assert (rule.name, rule.owner, rule.root_cause) == ("late", "business_process", "B1")
    assert rule.when.columns == {"issue": ("delivery",)} and rule.when.steps == {"transferred": 2}


def test_owners_and_stages_are_those_of_the_tables():
    assert (*Owner.__args__, "unknown") == OWNERS and Stage.__args__ == STAGES


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([LATE, LATE], "'late' names two rules"),
        ([{**LATE, "when": {}}], "at least one condition"),
        ([{**LATE, "owner": "marketing"}], "owner"),
        ([{**LATE, "when": {"colour": ["red"]}}], "colour"),
        ([{**LATE, "when": {"steps": {"lost": 1}}}], "lost"),
        ([{**LATE, "when": {"steps": {"reopened": 0}}}], "reopened"),
        ([{**LATE, "name": f"r{i}"} for i in range(MOST_RULES + 1)], "31 rules"),
    ],
)
def test_what_is_no_rule_is_refused(rules, said):
    with pytest.raises(ValidationError, match=said):
        attribution(*rules)


def test_words_are_added_to_the_usual_ones_or_replace_them():
    assert {"please", "问题", "our"} <= set(Words().silent)
    assert set(attribution(also_stop=["acme"]).words.silent) > {"acme", "please"}
    assert attribution(stop=["x"], also_stop=["y"]).words.silent == ("x", "y")
