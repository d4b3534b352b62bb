"""`cslib new`: a commented settings file that runs as it stands, made from a demo study."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib.params import strict_yaml
from cs_lib.params.places import shown
from cs_lib.params.template import settings_text
from cs_lib.runs import publish, studies


class NewError(ValueError):
    """Raised when no settings file can be made; the message is one sentence."""


def new(notebook: str, name: str) -> Path:
    """Write params/NAME.yaml and return its path. Raises NewError or ParamsError."""
    path = _target(name)
    model, raw = _example(notebook)
    text = settings_text(model, {**raw, "study": name}, head=_head(notebook))
    again, lines = strict_yaml.parse(text, shown=shown(path))
    _, problems = params.check_study(again, file=shown(path), lines=lines)
    if problems:
        raise params.ParamsError(problems)
    path.parent.mkdir(parents=True, exist_ok=True)
    publish.replace_file(path, text.encode())
    return path


def _target(name: str) -> Path:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise NewError(
            f"'{name}' cannot be a study: use small letters, digits and _, "
            "starting with a letter, at most 60."
        )
    taken = [p for p in params.study_paths().values() if p.stem == name]
    if taken:
        raise NewError(f"{shown(taken[0])} exists already; choose another name or edit that file.")
    return params.home() / "params" / f"{name}.yaml"


def _example(notebook: str) -> tuple[type[params.Study], dict[str, Any]]:
    """The settings of the first study that runs this notebook, demo studies before others."""
    if notebook not in params.STUDIES:
        known = params.STUDIES
        raise NewError(
            f"There is no notebook '{notebook}'{params.closest(notebook, known)} "
            f"(one of {', '.join(known)})."
        )
    paths = params.study_paths()
    for name in dict.fromkeys([*studies.DEMO, *paths]):
        if name in paths:
            raw, _ = strict_yaml.read(paths[name], shown=shown(paths[name]))
            if raw.get("notebook") == notebook:
                return params.STUDIES[notebook], raw
    raise NewError(f"No study under params/ uses {notebook}; there is no example to start from.")


def _head(notebook: str) -> list[str]:
    return [
        f"Settings of notebooks/{notebook}.ipynb. The values below run; put in your own.",
        "A line that begins with # is a setting left at its default: take the # away to set it.",
    ]
