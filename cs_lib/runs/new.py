"""`cslib new`: a commented settings file that runs as it stands, made from a demo study."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cs_lib import params
from cs_lib.params import strict_yaml
from cs_lib.params.places import shown
from cs_lib.params.template import settings_text
from cs_lib.runs import publish
from cs_lib.runs import tasks as studies


class NewError(ValueError):
    """Raised when no settings file can be made; the message is one sentence."""


def new(example: str, name: str) -> Path:
    """Write params/NAME.yaml from a notebook's first study or a study named, and return its path.

    Raises NewError or ParamsError.
    """
    path = _target(name)
    raw = _example(example)
    model = params.model_of(raw)
    if isinstance(model, tuple):
        raise NewError(f"{example} cannot be an example: {model[0]}: {model[1]}.")
    text = settings_text(model, {**raw, "study": name}, head=_head(raw["notebook"]))
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


def _example(name: str) -> dict[str, Any]:
    """The settings of a study, or of the first one that runs a notebook, demo studies before others."""
    paths = params.study_paths()
    if name not in params.STUDIES:
        if name in paths:
            return strict_yaml.read(paths[name], shown=shown(paths[name]))[0]
        known = params.STUDIES
        raise NewError(
            f"There is no notebook '{name}'{params.closest(name, known)} "
            f"(one of {', '.join(known)}), and no study of that name."
        )
    for study in dict.fromkeys([*studies.DEMO, *paths]):
        if study in paths:
            raw, _ = strict_yaml.read(paths[study], shown=shown(paths[study]))
            if params.model_of(raw) == params.models_of(name)[0]:
                return raw
    raise NewError(f"No study under params/ uses {name}; there is no example to start from.")


def _head(notebook: str) -> list[str]:
    return [
        f"Settings of notebooks/{notebook}.ipynb. The values below run; put in your own.",
        "A line that begins with # is a setting left at its default: take the # away to set it.",
    ]
