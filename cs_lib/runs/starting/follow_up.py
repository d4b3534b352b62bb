"""The study that asks again 90 days on whether an effect still holds: its settings, or why there are none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cs_lib import params
from cs_lib.language import say, speaking
from cs_lib.metrics import DAILY, PER_CUSTOMER
from cs_lib.metrics.definition import SurveyMetric
from cs_lib.params import BeforeAfter, PerkAbTest, Study
from cs_lib.params.own.columns import of_columns
from cs_lib.params.study import window_days
from cs_lib.runs.new import NewError

DAYS = 90
LONGEST_QUESTION = 160


def follow_up(study: Study, name: str, *, ended: date | None = None) -> dict[str, Any]:
    """The settings of the study that follows one, as plain data.

    Args:
        study: a before/after study or a perk test.
        name: of the study that follows.
        ended: the day from which the change was off again, where it was.

    Raises:
        NewError: where there is nothing to look at again; the message says why.
    """
    if study.follows is not None:
        raise NewError(
            say(
                "{study} is itself the follow-up of {first}; there is nothing to look at again.",
                study=study.study,
                first=study.follows,
            )
        )
    if isinstance(study, BeforeAfter):
        made = _before_after(study, ended)
    elif isinstance(study, PerkAbTest):
        made = _perk_ab_test(study)
    else:
        raise NewError(
            say(
                "{study} finds no effect that could fade; a follow-up is for before_after and perk_ab_test.",
                study=study.study,
            )
        )
    with speaking(study.language):
        question = _question(study)
    return {**made, "study": name, "question": question, "follows": study.study}


def _question(study: Study) -> str:
    asked = say("Does it still hold? {question}", question=study.question)
    return (
        asked
        if len(asked) <= LONGEST_QUESTION
        else say("Does it still hold: {study}?", study=study.study)
    )


def _own(study: Study) -> dict[str, Any]:
    """What a study states, its periods as days, without what is left at its default."""
    return study.model_dump(mode="json", exclude_defaults=True)


def _before_after(study: BeforeAfter, ended: date | None) -> dict[str, Any]:
    """The same days before, and as many days after, from day 90 on or after the last that the study read."""
    design = study.design
    if not design.one_step:
        raise NewError(
            say(
                "{study} is not about one change that stayed; whether it holds, its own page says.",
                study=study.study,
            )
        )
    changed = max(
        [day for day in (design.teams or {}).values() if day] or [design.intervention_date]
    )
    first, last = design.post_period
    start = max(changed + timedelta(days=DAYS), last + timedelta(days=1))
    if ended is not None and ended <= start:
        raise NewError(
            say(
                "No follow-up is written: the change ended on {day}, before it could be looked at again.",
                day=ended,
            )
        )
    end = start + (last - first)
    made = _own(study)
    made["design"] |= {
        "pre_period": [day.isoformat() for day in design.pre_period],
        "post_period": [start.isoformat(), end.isoformat()],
    }
    metric = DAILY.get(study.measure.primary_metric)
    followed = metric.follow_up(study.measure.horizon_days) if metric else 0
    return made | {"as_of": (end + timedelta(days=followed + 1)).isoformat()}


def _perk_ab_test(study: PerkAbTest) -> dict[str, Any]:
    """The same customers for longer: the metric in its window of 90 days."""
    metric, period = study.measure.primary_metric, study.design.period
    window = window_days(metric)
    wider = f"{metric.rsplit('_', 1)[0]}_{DAYS}d"
    reasons = {
        say("its outcome is a column of a table of results"): of_columns(metric) is not None,
        say("{metric} has no window of days", metric=metric): window is None,
        say("{metric} looks at {days} days already", metric=metric, days=window): bool(
            window and window >= DAYS
        ),
        say("its customers are asked once"): isinstance(PER_CUSTOMER.get(metric), SurveyMetric),
        say("there is no metric {metric}", metric=wider): wider not in PER_CUSTOMER,
        say("its assignment has no last day"): period is None or period[1] is None,
    }
    if why := next((why for why, holds in reasons.items() if holds), ""):
        raise NewError(
            say("No follow-up is written for {study}: {why}.", study=study.study, why=why)
        )
    assert period is not None and period[1] is not None
    made = _own(study)
    made.pop("looks", None)
    made["measure"] |= {"primary_metric": wider}
    made["measure"]["secondary"] = [one for one in study.measure.secondary if one != wider]
    made["measure"]["guardrails"] = {
        name: margin for name, margin in study.measure.guardrails.items() if name != wider
    }
    if study.money is not None:
        made["money"] |= {"window_days": max(DAYS, study.money.window_days)}
    return made | {"as_of": (period[1] + timedelta(days=DAYS + 1)).isoformat()}


def of_study(name: str) -> Study:
    """The study of a name, as its settings stand. Raises NewError, and ParamsError where they cannot be read."""
    if name not in params.study_paths():
        near = params.closest(name, params.study_paths())
        raise NewError(say("There is no study '{name}'{near}.", name=name, near=near))
    return params.load(name)
