"""The plan of an A/B test as tables."""

from __future__ import annotations

from datetime import date
from functools import partial
from itertools import groupby
from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.experiment_plan.perk_ab_test.options import Choice
from cs_lib.experiment.experiment_plan.perk_ab_test.result import PerkPlanResult
from cs_lib.experiment.experiment_plan.perk_ab_test.sizes import Option
from cs_lib.language import say
from cs_lib.report.note import Note
from cs_lib.report.table import Table

NOTHING = "–"


def lengths(result: PerkPlanResult) -> Table | Note:
    """Tests of several lengths, and what each would show."""
    if not result.options:
        return Note(result.decision.because)
    worth = w.size(result.study.rule.min_effect, result.primary.quantity)
    money = any(o.smallest_net_value is not None for o in result.options)
    columns = [
        say("Assigned for"),
        say("Effect found"),
        say("Finds {worth}", worth=worth),
        say("Customers"),
    ]
    columns += [say("Net value found"), say("Result on")] if money else [say("Result on")]
    rows = tuple(_length(result, option, money=money) for option in result.options)
    often = w.percent(result.study.rule.power, places=0)
    caption = say("Smallest effects found in {often} of tests, by their length", often=often)
    return Table(caption, tuple(columns), rows, tuple(range(1, len(columns))))


def _length(result: PerkPlanResult, option: Option, *, money: bool) -> tuple[str, ...]:
    cells = [
        _name(result, option),
        w.size(option.smallest_effect, result.primary.quantity)
        if isfinite(option.smallest_effect)
        else NOTHING,
        w.percent(option.power, places=0) if isfinite(option.power) else NOTHING,
        w.count(option.n_total),
    ]
    if money:
        least = option.smallest_net_value
        cells.append(NOTHING if least is None else w.size(least, result.money))
    return (*cells, w.day(option.result_on))


def _name(result: PerkPlanResult, option: Option) -> str:
    days = option.assigned_days
    limit = result.study.limit_days
    needed = say("the plan") if result.decision.verdict == "planned" else say("needed")
    marks = [needed] if result.planned and days == result.planned.assigned_days else []
    marks += [say("the limit")] if limit and option.days == limit else []
    length = w.counted(days // 7, "week") if days % 7 == 0 else w.counted(days, "day")
    return f"{length} ({w.listed(marks)})" if marks else length


def choices(result: PerkPlanResult) -> Table | Note:
    """What each choice of the settings does to the size."""
    if not result.choices:
        return Note(result.decision.because)
    rows = tuple(
        (
            _choice(result, c),
            w.count(c.n_total) if isfinite(c.n_total) else say("no number"),
            w.count(c.days) if isfinite(c.days) else NOTHING,
            _against(c),
        )
        for c in result.choices
    )
    columns = (say("Choice"), say("Customers in all"), say("Days"), say("Against the plain test"))
    return Table(say("What each choice alone does to the size"), columns, rows, (1, 2, 3))


def _against(choice: Choice) -> str:
    if choice.name == "plain" or not isfinite(choice.factor):
        return NOTHING
    more = w.plain(100 * (choice.factor - 1), 0, signed=True)
    return say("{number}\N{NARROW NO-BREAK SPACE}%", number=more)


def _choice(result: PerkPlanResult, choice: Choice) -> str:
    study, past = result.study, result.past
    assert past is not None
    arms = len(study.design.arms)
    looks = study.looks.count if study.looks else 1
    known = [result.metrics[name].label.lower() for name in study.measure.covariates]
    groups = (study.design.cluster or "").removesuffix("_id")
    between = w.percent(past.icc)
    words = {
        "plain": say("Plain test: one look, nothing adjusted for, each customer alone"),
        "covariates": say(
            "Adjusting for {known} (explains {explained})",
            known=w.listed(known),
            explained=w.percent(past.explained),
        ),
        "looks": say("{looks} in place of one", looks=w.counted(looks, "look")),
        "correction": say(
            "{arms} against one control, error level shared", arms=w.counted(arms, "variant")
        ),
        "split": say("Unequal shares of control and the others"),
        "cluster": say(
            "Whole clusters assigned ({clusters}; {between} of the variance between them)",
            clusters=w.counted(past.clusters, groups),
            between=between,
        ),
        "plan": say("The plan: all of these together"),
    }
    return words[choice.name]


def chances(result: PerkPlanResult) -> Table | Note:
    """What the test would say under several true effects."""
    if not result.chances:
        return Note(say("Not available: no test of this kind can be read."))
    metric, worth = result.primary, result.study.rule.min_effect
    size = w.size(worth, metric.quantity)
    columns = (
        say("True effect"),
        say("Any effect"),
        say("At least {size}", size=size),
        say("Less than {size}", size=size),
    )
    percent = partial(w.percent, places=0)
    rows = tuple(
        (
            w.change(c.effect, metric.quantity) if c.effect else say("none"),
            percent(c.above_zero),
            percent(c.worth_it),
            percent(c.too_small),
        )
        for c in result.chances
    )
    shown = result.within or result.planned
    days = shown.days if shown else 0
    caption = say(
        "How often a test of {days} shows what, by the true effect", days=w.counted(days, "day")
    )
    return Table(caption, columns, rows, (1, 2, 3))


def guardrails(result: PerkPlanResult) -> Table | Note:
    """The loss of each guardrail that the test can rule out, against the plan's margin."""
    absent = result.evidence.absent
    if not result.guardrails:
        planned = bool(result.evidence.guardrails)
        otherwise = (
            say("Not available: there is no test to read them in.")
            if planned
            else say("None is planned.")
        )
        return Note(w.together(*map(str, absent.values())) or otherwise)
    rows, tones = [], {}
    for i, g in enumerate(result.guardrails):
        metric = result.metrics[g.metric]
        size = partial(w.size, of=metric.quantity)
        needed = w.count(g.needed) if isfinite(g.needed) else say("no number")
        rows.append(
            (
                metric.label,
                w.level(g.usual, metric.quantity),
                size(g.margin),
                size(g.smallest_margin),
                say("✓ yes")
                if g.holds
                else say("! no, it takes {needed} in control", needed=needed),
            )
        )
        tones[(i, 4)] = "ok" if g.holds else "look"
    columns = (
        say("Guardrail"),
        say("Usual"),
        say("Margin of the plan"),
        say("Can be ruled out"),
        say("Large enough"),
    )
    often = w.percent(result.study.rule.power, places=0)
    caption = say(
        "Loss that can be ruled out in {often} of such tests, if there is none in truth",
        often=often,
    )
    return Table(caption, columns, tuple(rows), (1, 2, 3), tones=tones)


def intake(result: PerkPlanResult) -> Table | Note:
    """Customers who would have entered, by month of the history."""
    entries = result.evidence.entries
    if not entries.first.sum():
        return Note(say("Nobody would have entered in the history."))
    days = [d.item() for d in entries.days]
    rows = []
    pairs = zip(days, entries.first.tolist(), strict=True)
    for (year, month), some in groupby(pairs, key=lambda pair: (pair[0].year, pair[0].month)):
        counts = [n for _, n in some]
        total = sum(counts)
        name = w.month(date(year, month, 1))
        rows.append((name, w.count(total), w.plain(total / len(counts), 1)))
    caption = say("Customers of the history by the month in which they entered, each counted once")
    return Table(caption, (say("Month"), say("Customers"), say("Per day")), tuple(rows), (1, 2))
