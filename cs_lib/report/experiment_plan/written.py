"""The settings that a plan writes, to read and to save; and words both kinds of plans share."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass

from cs_lib.experiment.experiment_plan.before_after.result import BeforeAfterPlanResult
from cs_lib.experiment.experiment_plan.perk_ab_test.result import PerkPlanResult
from cs_lib.language import say
from cs_lib.report.markup import styled
from cs_lib.report.note import Note


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings a plan writes, to read and to save."""

    name: str
    text: str

    def html(self) -> str:
        """The text, and a link that saves it without a network."""
        link = (
            f"data:text/yaml;charset=utf-8;base64,{base64.b64encode(self.text.encode()).decode()}"
        )
        file = html.escape(f"{self.name}.yaml", quote=True)
        save, show = (
            say("Save {file}", file=file),
            html.escape(say("Settings of the planned study")),
        )
        return (
            f'<p><a download="{file}" href="{link}">{save}</a></p>'
            f'<details class="listing"><summary>{show}</summary><pre tabindex="0" role="region"'
            f' aria-label="{file}"><code>{html.escape(self.text)}</code></pre></details>'
        )

    def __str__(self) -> str:
        """The YAML itself."""
        return self.text.rstrip("\n")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": styled(self.html())}


def settings(result: PerkPlanResult | BeforeAfterPlanResult) -> Settings | Note:
    """The settings of the planned test, or why there are none."""
    if not result.settings:
        return Note(say("No settings are written, because the plan is not ready to start."))
    return Settings(result.study.written_name, result.settings)


def plan_words(length: str, *, ready: bool) -> str:
    """What stands beside the plan's point: its length, or the one it would take."""
    return say("plan: {length}", length=length) if ready else say("needed: {length}", length=length)
