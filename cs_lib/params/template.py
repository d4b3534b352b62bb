"""Settings as text: every key on a line of its own, with what it means beside it."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from pprint import pformat
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

PLAIN = re.compile(r"[A-Za-z_][\w .?/-]*[\w?]|[A-Za-z_]")
NOT_TEXT = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}
COMMENT_AT = 44
CELL_COMMENT_AT = 42
CELL_WIDTH = 116  # a notebook's cell on a laptop shows this much without scrolling


def settings_text(model: type[BaseModel], raw: dict[str, Any], *, head: Sequence[str] = ()) -> str:
    """The YAML of a study: `head` as comments, then its keys; those not in `raw` as comments too."""
    comments = [f"# {line}" for line in head]
    return "\n".join([*comments, *_block(model, raw, 0)]) + "\n"


def cell_text(
    model: type[BaseModel],
    settings: dict[str, Any],
    *,
    head: str,
    also: Sequence[type[BaseModel]] = (),
) -> str:
    """A notebook's parameters cell: every key of the model as a Python literal, with what it means.

    `settings` are plain values, all keys present, as `to_cell` gives them; inside a block those that
    are left at their default are left out. Keys that only the other models of the notebook know
    (`also`) follow, unset.
    """
    lines = [f"# {line}" for line in textwrap.wrap(head, CELL_WIDTH)]
    for key in model.model_fields:
        lines += _cell_lines(model, key, settings[key], name=f"{key} = ", indent="", end="")
    known = set(model.model_fields)
    for other in also:
        for key in [k for k in other.model_fields if k not in known]:
            lines += _cell_lines(other, key, None, name=f"{key} = ", indent="", end="")
            known.add(key)
    return "\n".join(lines)


def _cell_lines(
    model: type[BaseModel], key: str, value: Any, *, name: str, indent: str, end: str
) -> Iterator[str]:
    """One key of a cell; a block, or a list too long for one line, has its items below it."""
    inner, means = _model_of(model.model_fields[key]), _in_python(_meaning(model, key))
    below = f"{indent}    "
    if inner is not None and isinstance(value, dict):
        own = {k: v for k, v in value.items() if v != _plain_default(inner.model_fields[k])}
        if not own:
            yield from _beside(f"{indent}{name}{{}}{end}", means)
            return
        yield from _beside(f"{indent}{name}{{", means)
        for each, item in own.items():
            yield from _cell_lines(inner, each, item, name=f"{each!r}: ", indent=below, end=",")
        yield f"{indent}}}{end}"
        return
    if inner is not None and isinstance(value, list):
        value = [_bare(inner, item) for item in value]
    rows = pformat(value, width=CELL_WIDTH - len(below), compact=True, sort_dicts=False)
    if isinstance(value, str) or "\n" not in rows:
        yield from _beside(f"{indent}{name}{value!r}{end}", means)
        return
    yield from _beside(f"{indent}{name}{rows[0]}", means)
    yield from (below + row.removeprefix(" ") for row in rows[1:-1].splitlines())
    yield f"{indent}{rows[-1]}{end}"


def _bare(model: type[BaseModel], value: Any) -> Any:
    """A block of a list without what is left at its default, in blocks inside it too."""
    if not isinstance(value, dict):
        return value
    own = {k: v for k, v in value.items() if v != _plain_default(model.model_fields[k])}
    inside = {k: _model_of(model.model_fields[k]) for k in own}
    return {k: _bare(m, v) if (m := inside[k]) else v for k, v in own.items()}


def _in_python(means: str) -> str:
    """What YAML calls null and true is None and True in a cell."""
    names = {"null": "None", "true": "True", "false": "False"}
    return re.sub(r"\b(null|true|false)\b", lambda found: names[found[0]], means)


def _beside(text: str, means: str) -> Iterator[str]:
    """A line with its comment beside it, or above it when both do not fit."""
    column = max(CELL_COMMENT_AT, len(text))
    if column > CELL_COMMENT_AT and column + len(means) + 4 > CELL_WIDTH:
        indent = text[: len(text) - len(text.lstrip())]
        yield from (f"{indent}# {row}" for row in textwrap.wrap(means, CELL_WIDTH - len(indent)))
        yield text
        return
    first, *more = textwrap.wrap(means, CELL_WIDTH - column - 4) or [""]
    yield f"{text.ljust(column)}  # {first}" if first else text
    yield from (f"{' ' * column}  # {row}" for row in more)


def _block(model: type[BaseModel], raw: dict[str, Any], depth: int) -> Iterator[str]:
    """One line for each key of a block, with what the key means."""
    indent = "  " * depth
    for key, field in model.model_fields.items():
        inner, value, means = _model_of(field), raw.get(key), _meaning(model, key)
        if key not in raw:
            yield _line(f"{indent}# {key}: {_unset(field)}", means)
        elif inner is not None and isinstance(value, dict):
            yield _line(f"{indent}{key}:", means)
            yield from _block(inner, value, depth + 1)
        else:
            yield _line(f"{indent}{key}: {flow(value)}", means)


def _unset(field: FieldInfo) -> str:
    """What stands beside a key that is not set: the keys of its block, or its default."""
    inner = _model_of(field)
    if inner is None:
        return flow(_default(field))
    block = f"{{{', '.join(inner.model_fields)}}}"
    return f"[{block}]" if get_origin(field.annotation) is tuple else block


def _meaning(model: type[BaseModel], key: str) -> str:
    """The description of a field, where it is stated first: a narrower type need not repeat it.

    A block that has none says what it is for.
    """
    fields = [k.model_fields.get(key) for k in model.__mro__ if issubclass(k, BaseModel)]
    stated = next((f.description for f in fields if f and f.description), "")
    inner = _model_of(model.model_fields[key])
    return stated or (_purpose(inner) if inner else "")


def _purpose(model: type[BaseModel]) -> str:
    """The first sentence of a block's docstring, as a comment."""
    text = (inspect.getdoc(model) or "").split("\n")[0].rstrip(".")
    return text[:1].lower() + text[1:]


def _line(text: str, means: str) -> str:
    return f"{text.ljust(COMMENT_AT)}  # {means}" if means else text


def _default(field: FieldInfo) -> Any:
    value = field.get_default(call_default_factory=True)
    return list(value) if isinstance(value, tuple) else value


def _plain_default(field: FieldInfo) -> Any:
    """The default as a cell would hold it; for a required setting something that no value equals."""
    if field.is_required():
        return NotImplemented
    value = _default(field)
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def explanation(models: Sequence[type[BaseModel]]) -> str:
    """Every setting of a notebook with its default and what it means, block by block, kind by kind."""
    return "\n".join("\n".join(_explained(model, 0)) for model in models)


def _explained(model: type[BaseModel], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for key, field in model.model_fields.items():
        inner, means = _model_of(field), _meaning(model, key)
        if inner is not None:
            yield _line(f"{indent}{key}:", means)
            yield from _explained(inner, depth + 1)
        else:
            usual = "(needed)" if field.is_required() else flow(_default(field))
            yield _line(f"{indent}{key}: {usual}", means)


def _model_of(field: FieldInfo) -> type[BaseModel] | None:
    if get_origin(field.annotation) is dict:  # blocks by names of the user's own
        return None
    kinds = (field.annotation, *get_args(field.annotation))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def flow(value: Any) -> str:
    """A value in one line of YAML that every reader understands alike."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
