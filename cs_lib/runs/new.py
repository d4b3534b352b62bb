"""`cslib new`: a commented settings file that runs as it stands, made from a demo study."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cs_lib import params
from cs_lib.params import strict_yaml
from cs_lib.params.places import shown
from cs_lib.runs import publish, studies

PLAIN = re.compile(r"[A-Za-z_][\w .?/-]*[\w?]|[A-Za-z_]")
NOT_TEXT = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}
COMMENT_AT = 44


class NewError(ValueError):
    """Raised when no settings file can be made; the message is one sentence."""


def new(notebook: str, name: str) -> Path:
    """Write params/NAME.yaml and return its path. Raises NewError or ParamsError."""
    path = _target(name)
    model, raw = _example(notebook)
    text = "\n".join([*_head(notebook), *_block(model, {**raw, "study": name}, 0)]) + "\n"
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
        f"# Settings of notebooks/{notebook}.ipynb. The values below run; put in your own.",
        "# A line that begins with # is a setting left at its default: take the # away to set it.",
    ]


def _block(model: type[BaseModel], raw: dict[str, Any], depth: int) -> Iterator[str]:
    """One line for each key of a block, with what the key means."""
    indent = "  " * depth
    for key, field in model.model_fields.items():
        inner, value, means = _model_of(field), raw.get(key), _meaning(model, key)
        if key not in raw:
            unset = f"{{{', '.join(inner.model_fields)}}}" if inner else _flow(_default(field))
            yield _line(f"{indent}# {key}: {unset}", means)
        elif inner is not None and isinstance(value, dict):
            yield _line(f"{indent}{key}:", means)
            yield from _block(inner, value, depth + 1)
        else:
            yield _line(f"{indent}{key}: {_flow(value)}", means)


def _meaning(model: type[BaseModel], key: str) -> str:
    """The description of a field, where it is stated first: a narrower type need not repeat it."""
    fields = [k.model_fields.get(key) for k in model.__mro__ if issubclass(k, BaseModel)]
    return next((f.description for f in fields if f and f.description), "")


def _line(text: str, means: str) -> str:
    return f"{text.ljust(COMMENT_AT)}  # {means}" if means else text


def _default(field: FieldInfo) -> Any:
    value = field.get_default(call_default_factory=True)
    return list(value) if isinstance(value, tuple) else value


def _model_of(field: FieldInfo) -> type[BaseModel] | None:
    kinds = (field.annotation, *get_args(field.annotation))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def _flow(value: Any) -> str:
    """A value in one line of YAML that every reader understands alike."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
