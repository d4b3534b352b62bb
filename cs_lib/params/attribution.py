"""Settings of needs and causes: rules that name an owner from what is recorded, and words that say nothing."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from cs_lib.params.fields import Names, Slug, Strict, as_tuple

Owner = Literal["agent", "service_flow", "business_process", "product"]
Stage = Literal[
    "created", "queued", "assigned", "in_progress", "replied", "waiting_customer", "waiting_third_party",
    "transferred", "escalated", "resolved", "reopened", "closed", "follow_up", "other",
]  # fmt: skip
Times = Annotated[int, Field(ge=1)]
MOST_RULES = 30

# Words of every language that customers write in: none of them tells a need.
STOP_ENGLISH = (
    "a about above after again all also am an and any are as at be because been before being but by can "
    "cannot can't could did didn't do does doesn't doing don't for from get got had has have having he "
    "hello help her here hi him his how i i'm i've if in into is isn't it it's its just me more my need "
    "no not now of off on once only or our out over please problem question same she should since so some "
    "still than thank thanks that that's the their them then there these they this those through to too "
    "until up us very want was wasn't we were what what's when where which while who why will with won't "
    "would yet you your"
)
STOP_CHINESE = (
    "一个 一下 一直 不了 不能 为什么 为何 什么 今天 他们 以及 但是 你们 你好 俺们 关于 反映 可以 "
    "可否 可能 各位 告诉 咨询 问题 因为 大家 如何 如果 希望 帮忙 建议 强烈 怎么 怎么办 怎样 您好 "
    "情况 我们 所以 投诉 时候 是否 是不是 有人 有关 没有 没人 现在 的话 谢谢 请问 请求 贵司 还是 "
    "还有 这个 这样 那个 需要 麻烦"
)
STOP_WORDS = (*STOP_ENGLISH.split(), *STOP_CHINESE.split())


class When(Strict):
    """What must be recorded of a contact for a rule to speak; all that is named must hold, of a list any entry."""

    issue: Names = Field(default=(), description="what the customer said, as coded")
    need_code: Names = Field(default=(), description="needs, as coded")
    root_cause: Names = Field(default=(), description="causes, as coded")
    channel: Names = Field(default=(), description="channels")
    priority: Names = Field(default=(), description="priorities")
    product_id: Names = Field(default=(), description="products")
    team_id: Names = Field(default=(), description="teams that resolved")
    handled_by: Names = Field(default=(), description="human, bot or mixed")
    subject_has: Names = Field(
        default=(), description="words in what the customer wrote, whatever their case"
    )
    steps: dict[Stage, Times] = Field(
        default={}, description="stages of the event log, and how often at least: {transferred: 2}"
    )
    late_order: bool = Field(
        default=False,
        description="true: the promised day of its order had passed, and it had not come by then",
    )

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """Columns of contacts and the values of which one must stand there."""
        names = (
            "issue", "need_code", "root_cause", "channel", "priority", "product_id", "team_id", "handled_by",
        )  # fmt: skip
        return {name: values for name in names if (values := getattr(self, name))}

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.columns or self.subject_has or self.steps or self.late_order):
            raise ValueError("must name at least one condition; a rule of everything tells nothing")
        return self


class Rule(Strict):
    """A rule that names the owner of a contact's cause, and may name the need and the cause."""

    name: Slug = Field(description="what the rule is called")
    owner: Owner = Field(description="who owns the cause")
    need_code: str | None = Field(default=None, description="the need, where the rule tells it")
    root_cause: str | None = Field(
        default=None, description="the cause, where the rule tells it: B1, S3"
    )
    when: When = Field(description="what must be recorded")


def _apart(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    names = [rule.name for rule in rules]
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise ValueError(f"{twice[0]!r} names two rules; give one of them another name")
    if len(rules) > MOST_RULES:
        raise ValueError(
            f"has {len(rules)} rules; {MOST_RULES} are the most that can be told apart"
        )
    return rules


Rules = Annotated[tuple[Rule, ...], BeforeValidator(as_tuple), AfterValidator(_apart)]


class Words(Strict):
    """What is known of the words that customers write."""

    stop: Names = Field(
        default=STOP_WORDS, description="words that tell no need; these replace the usual ones"
    )
    also_stop: Names = Field(
        default=(), description="more of them, beside the usual ones: your own names"
    )
    whole: Names = Field(
        default=(), description="Chinese words that must not be cut: names of products"
    )
    names: Names = Field(default=(), description="names of persons that quotes must not show")
    quotes: bool = Field(
        default=True, description="show a few texts, persons masked; false for a page without any"
    )

    @property
    def silent(self) -> tuple[str, ...]:
        """All words that tell no need."""
        return (*self.stop, *self.also_stop)


class Attribution(Strict):
    """How causes are attributed where no person coded them."""

    rules: Rules = Field(
        default=(), description="in their order: where two speak, the first one decides"
    )
    words: Words = Field(default=Words())
