"""An action of a published list, from which the study of its change begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib import wording as w
from cs_lib.language import say
from cs_lib.params.fields import iso_date
from cs_lib.report.journey_map.words import pain as pain_words
from cs_lib.runs.new import NewError


@dataclass(frozen=True, slots=True)
class Listed:
    """One action: its id, what it is about, what a study measures of whom, and the page that lists it.

    `since` is the day of the first page that lists it, `as_of` of the latest, both among those in
    `reports`; None where no page says its day.
    """

    id: str
    need: str
    pain: str
    metric: str
    scope: dict[str, list[str]]
    page: str
    since: date | None
    as_of: date | None
    reports: Path

    @property
    def told(self) -> str:
        """Which page it is from."""
        if self.as_of is None:
            return say("From the page {page}.", page=self.page)
        return say("From the page {page}, as of {day}.", page=self.page, day=self.as_of)

    @property
    def source(self) -> str:
        """The source of its page. Raises NewError where the settings of that page are gone or name none."""
        try:
            found = params.load(self.page).source
            params.load_source(found)
        except (params.ParamsError, OSError) as error:
            why = " ".join(str(error).split())
            raise NewError(
                say(
                    "The page {page} lists {action}, and what it read cannot be found any more ({why}); name it: "
                    "--source NAME.",
                    page=self.page,
                    action=self.id,
                    why=why,
                )
            ) from error
        return found

    @property
    def question(self) -> str:
        """What a study of the change asks."""
        if self.pain:
            return say("Did the change end “{pain}”?", pain=pain_words(self.pain))
        return say(
            "Did the change end what brings customers with “{need}”?", need=w.name(self.need)
        )

    @property
    def question_of_a_perk(self) -> str:
        """What a perk test asks that was begun for it."""
        if self.pain:
            return say(
                "Does the perk for customers with “{pain}” change what they do?",
                pain=pain_words(self.pain),
            )
        return say(
            "Does the perk for customers with “{need}” change what they do?",
            need=w.name(self.need),
        )

    @property
    def question_of_a_plan(self) -> str:
        """What the plan of its study asks."""
        about = pain_words(self.pain) if self.pain else w.name(self.need)
        return say("How long must we watch to see whether the change ends “{need}”?", need=about)


def listed(name: str, reports: Path) -> Listed:
    """The action of a name on the pages of a folder: what the latest page that has it says.

    A change that worked takes its action off the list, so that earlier pages count too. Raises NewError where no
    page lists it.
    """
    found = sorted(_of_name(name, reports), key=lambda one: one[0] or date.min, reverse=True)
    if not found:
        known = dict.fromkeys(
            str(action["id"])
            for _, facts in _pages(reports, "*/latest")
            for action in _actions(facts)
        )
        raise NewError(
            say(
                "No page lists an action '{name}'{near}; listed: {known}.",
                name=name,
                near=params.closest(name, known),
                known=", ".join(known) or say("none"),
            )
        )
    day, facts, action = found[0]
    return Listed(
        id=name,
        need=str(action.get("need") or ""),
        pain=str(action.get("pain") or ""),
        metric=str(action["metric"]),
        scope={column: list(values) for column, values in (action.get("scope") or {}).items()},
        page=str(facts["study"]),
        since=min((one[0] for one in found if one[0]), default=None),
        as_of=day,
        reports=reports,
    )


def _of_name(name: str, reports: Path) -> list[tuple[date | None, dict[str, Any], dict[str, Any]]]:
    """The day, the facts and the action of every page that lists it, of a page that has it now or gave it its name."""
    found = [
        (day, facts, one)
        for day, facts in _pages(reports, "*/latest")
        for one in _actions(facts)
        if str(one["id"]) == name
    ]
    now = {str(facts["study"]) for _, facts, _ in found}
    for folder in sorted(reports.glob("*/runs")):
        page = folder.parent.name
        if page in now or name.startswith(f"{page}_"):
            found += [
                (day, facts, one)
                for day, facts in _pages(folder, "*")
                for one in _actions(facts)
                if str(one["id"]) == name
            ]
    return found


def _pages(folder: Path, where: str) -> Iterator[tuple[date | None, dict[str, Any]]]:
    """The day and the facts of every page that can be read."""
    for path in sorted(folder.glob(f"{where}/result.json")):
        if facts := read(path):  # none of a page that is being replaced, or was cut short
            yield day_of(facts.get("as_of")), facts


def day_of(value: Any) -> date | None:
    """A day of a page; None where there is none."""
    try:
        return iso_date(value)
    except ValueError:
        return None


def read(path: Path) -> dict[str, Any]:
    """The facts of a page; nothing where it is being replaced, or was cut short."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _actions(facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The actions of a page that say what a study would measure; a list that was cut has none."""
    for one in facts.get("actions") or ():
        if isinstance(one, dict) and {"id", "metric"} <= one.keys() and facts.get("study"):
            yield one
