"""result.json: its schema holds for every demo study, and a language changes its sentences alone."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cs_lib import data, experiment, metrics, params, report
from cs_lib.language import speaking
from cs_lib.report import facts
from cs_lib.report.records import told as retold
from cs_lib.results import Effect, Verdict
from cs_lib.sentences import Method, stored
from tests.report.conftest import STUDIES

SCHEMA = json.loads(
    (Path(__file__).resolve().parents[2] / "docs" / "result.schema.json").read_text(
        encoding="utf-8"
    )
)
TWO_LANGUAGES = (
    "three_perks",
    "coupon_with_looks",
    "worst_queue",
    "rollout_in_waves",
    "plan_team_rollout",
)


def sentences(schema=SCHEMA) -> set[str]:
    """Names of the keys that hold text for people, wherever they stand."""
    blocks = [SCHEMA, *SCHEMA["$defs"].values()]
    return {k for b in blocks for k, v in b.get("properties", {}).items() if "x-sentence" in str(v)}


def without(value, names):
    if isinstance(value, dict):
        return {k: without(v, names) for k, v in value.items() if k not in names}
    return [without(v, names) for v in value] if isinstance(value, list) else value


def test_the_schema_is_a_schema_and_marks_what_people_read():
    Draft202012Validator.check_schema(SCHEMA)
    assert {"because", "finding", "headline", "label", "method_words", "name"} <= sentences()
    assert not {"code", "method", "verdict", "clause", "metric", "unit"} & sentences()


@pytest.mark.parametrize("study", STUDIES)
def test_a_published_result_keeps_to_the_schema(study, result):
    found = result(study)
    errors = [e.message for e in Draft202012Validator(SCHEMA).iter_errors(found)]
    assert errors == []
    assert found["version"] == facts.FACTS_VERSION and found["headline_facts"]["clause"]


@pytest.mark.parametrize("name", TWO_LANGUAGES)
def test_a_result_is_the_same_in_every_language_but_for_its_sentences(name):
    study = params.load(name)
    desk = data.load(study)
    result = experiment.analyze(metrics.gather(desk, study), study)
    desk.close()
    told = {}
    for language in ("en", "zh"):
        with speaking(language):
            told[language] = report.decision(result).facts()
    assert told["en"]["because"] != told["zh"]["because"]
    names = sentences() | {"files"}  # the settings that a plan writes explain themselves
    assert without(told["en"], names) == without(told["zh"], names)
    _can_be_retold(result.decision)


def _can_be_retold(decision):
    """What was decided, read back from a file, is said in the other language word for word."""
    for words in (decision.headline, decision.reason, decision.advice):
        said = json.loads(json.dumps(stored(words)))
        english = str(words)
        with speaking("zh"):
            assert retold(english, "en", said) == (str(words), "zh" if words else "en")


@pytest.mark.parametrize("name", TWO_LANGUAGES[:3])
def test_a_study_analysed_in_another_language_comes_to_the_same_record(name):
    study = params.load(name)
    desk = data.load(study)
    evidence = metrics.gather(desk, study)
    desk.close()
    with speaking("zh"):
        chinese = experiment.analyze(evidence, study)
    english = experiment.analyze(evidence, study)
    assert [c.code for c in chinese.checks] == [c.code for c in english.checks]
    assert chinese.checks == english.checks and chinese.decision == english.decision
    assert report.decision(chinese).facts() == report.decision(english).facts()


def test_a_relative_effect_has_the_delta_methods_error():
    found = Effect("m", "v", 0.25, 0.30, 0.05, 0.0, 0.1, 0.1, 2000, Method("welch_t"), se=0.02,
                   details={"n_control": 1000, "n_treatment": 1000})  # fmt: skip
    half = 0.02**2 / 2  # of the variance, in each variant
    assert found.rel_se == pytest.approx((half + 1.2**2 * half) ** 0.5 / 0.25)
    assert found.with_(control=0.0).rel_se is None


def test_every_verdict_has_words_and_a_look():
    from typing import get_args

    from cs_lib.report.drawing.palette import VERDICT_LOOK
    from cs_lib.verdict_titles import VERDICTS

    assert set(get_args(Verdict)) == set(VERDICT_LOOK) == set(VERDICTS)
