"""Settings as text: every key on a line of its own, with what it means beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

PLAIN = re.compile(r"[A-Za-z_][\w .?/-]*[\w?]|[A-Za-z_]")
NOT_TEXT = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}
COMMENT_AT = 44


def settings_text(model: type[BaseModel], raw: dict[str, Any], *, head: Sequence[str] = ()) -> str:
    """The YAML of a study: `head` as comments, then its keys; those not in `raw` as comments too."""
    comments = [f"# {line}" for line in head]
    return "\n".join([*comments, *_block(model, raw, 0)]) + "\n"


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
