"""What simulated pages say, in English and Chinese."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.data.simulate.study_folder.draw import Drawn, Run
from cs_lib.language import speaking
from cs_lib.quantity import Quantity

MOVED = {
    "en": {True: "{what}: {size} more", False: "{what}: {size} less"},
    "zh": {True: "{what}增加 {size}", False: "{what}减少 {size}"},
}
FOUND = {
    "en": {
        "blocked": "No answer: export cut short",
        "size_not_reached": "The planned number of customers is not reached yet",
        "too_small": "{what}: a change of less than {worth}",
        "too_wide": "{what}: no clear difference yet; {worth} would be worth acting on",
        "improved_perhaps_little": "{moved}, perhaps less than the {worth} worth acting on",
    },
    "zh": {
        "blocked": "没有答案：数据导出不完整",
        "size_not_reached": "尚未达到计划的客户数",
        "too_small": "{what}：变化不到 {worth}",
        "too_wide": "{what}：尚看不出明显差别；达到 {worth}才值得行动",
        "improved_perhaps_little": "{moved}，可能不到值得行动的 {worth}",
    },
}
NEXT = {
    "en": {
        "ship": "Roll it out.",
        "improved": "Keep the change, and watch that it holds.",
        "worsened": "Consider taking the change back.",
        "stop": "End the offer.",
        "keep_running": "Wait until the planned number is reached.",
        "invalid": "Put the export right and run again.",
        "no_clear_change": "Look again when more weeks have passed.",
        "inconclusive": "Run a larger study.",
    },
    "zh": {
        "ship": "全量推广。",
        "improved": "保留这项改动，并留意效果是否持续。",
        "worsened": "考虑撤回这项改动。",
        "stop": "停止该权益。",
        "keep_running": "等到计划人数达到为止。",
        "invalid": "补全数据后重新运行。",
        "no_clear_change": "再过几周后重新查看。",
        "inconclusive": "扩大样本再做一次。",
    },
}
METHODS = {
    "its_by_week": {
        "en": "Interrupted time series by week, AR(1) REML, Satterthwaite df",
        "zh": "按周的中断时间序列，AR(1) REML，Satterthwaite 自由度",
    },
    "welch_t": {"en": "Welch t test", "zh": "Welch t 检验"},
}
CHECKS = {
    True: {"en": ("Extract complete", "No week is cut short."), "zh": ("数据导出完整", "没有缺失的周。")},
    False: {
        "en": ("Export cut short", "The last two weeks hold less than a tenth of a usual week."),
        "zh": ("数据导出不完整", "最后两周的数据不到平常一周的十分之一。"),
    },
}  # fmt: skip
AGAIN = {"en": "{days} days later: {question}", "zh": "{days} 天之后：{question}"}
FULL_STOP = {"en": ".", "zh": "。"}


def question(study: Drawn, days: int) -> str:
    """What the study asks; a follow-up asks it again."""
    asked = study.idea.zh if study.language == "zh" else study.idea.en
    if study.follows is None:
        return asked
    return AGAIN[study.language].format(days=days, question=asked)


def label(study: Drawn) -> str:
    """What the metric is called."""
    return study.group.zh if study.language == "zh" else study.group.en


def headline(study: Drawn, run: Run) -> str:
    """What a run found, in one line."""
    speech, of = study.language, Quantity(study.group.unit, study.group.currency)
    with speaking(speech):
        size, worth = w.size(run.estimate, of), w.size(study.group.min_effect, of)
    what = label(study)
    moved = MOVED[speech][run.estimate > 0].format(what=what, size=size)
    said = FOUND[speech].get(study.decided(run)[1], "{moved}")
    return said.format(what=what, worth=worth, moved=moved)


def because(study: Drawn, run: Run) -> str:
    """The same as a sentence."""
    return headline(study, run) + FULL_STOP[study.language]
