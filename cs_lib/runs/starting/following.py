"""Whether the study that another one follows is there, and asks the same of the same metric."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib.language import say
from cs_lib.params import Study, strict_yaml
from cs_lib.params.places import shown
from cs_lib.runs import publish


@dataclass(frozen=True, slots=True)
class Followed:
    """What is known of a study that is followed: its notebook, its metric and what it follows itself."""

    notebook: str
    metric: str
    follows: str


def misled(study: Study, reports: Path) -> str:
    """What is wrong with the study that this one follows, as a sentence; nothing when all is well."""
    name = study.follows
    if name is None:
        return ""
    if name == study.study:
        return say("{study} follows itself; name the study that it checks again.", study=name)
    first = _known(name, reports)
    if first is None:
        return say(
            "{study} follows {name}, which has neither settings under params/ nor a page{near}.",
            study=study.study,
            name=name,
            near=params.closest(name, (key.rsplit("/", 1)[-1] for key in params.study_paths())),
        )
    if first.follows == study.study:
        return say(
            "{study} and {name} follow each other; one of them was first.",
            study=study.study,
            name=name,
        )
    if first.notebook and first.notebook != study.notebook:
        return say(
            "{study} is of {ours}, and follows {name}, which is of {theirs}.",
            study=study.study,
            ours=study.notebook,
            name=name,
            theirs=first.notebook,
        )
    ours = _metric(study)
    if first.metric and ours and _family(first.metric) != _family(ours):
        return say(
            "{study} measures {ours}, and follows {name}, which measures {theirs}.",
            study=study.study,
            ours=ours,
            name=name,
            theirs=first.metric,
        )
    return ""


def _family(metric: str) -> str:
    """A metric without its window: whoever looks again may look for longer."""
    return re.sub(r"_\d+d$", "", metric)


def _metric(study: Study) -> str:
    measure = getattr(study, "measure", None)
    return str(measure.primary_metric) if measure is not None else ""


def _known(name: str, reports: Path) -> Followed | None:
    """A study from its settings, else from its latest page; None where there is neither."""
    paths = [path for path in params.study_paths().values() if path.stem == name]
    if paths:
        return _from_settings(paths[0])
    facts = publish.read_json(reports / name / publish.LATEST / "result.json")
    if not facts:
        return None
    primary = [
        str(one.get("metric"))
        for one in facts.get("effects") or ()
        if isinstance(one, dict) and one.get("role") == "primary"
    ]
    return Followed(
        str(facts.get("notebook") or ""), next(iter(primary), ""), str(facts.get("follows") or "")
    )


def _from_settings(path: Path) -> Followed:
    """As far as a file can be read; its own faults are told where it is checked itself."""
    try:
        raw: dict[str, Any] = strict_yaml.read(path, shown=shown(path))[0]
    except (params.ParamsError, OSError):
        return Followed("", "", "")
    measure = raw.get("measure")
    metric = measure.get("primary_metric") if isinstance(measure, dict) else None
    return Followed(
        str(raw.get("notebook") or ""), str(metric or ""), str(raw.get("follows") or "")
    )
