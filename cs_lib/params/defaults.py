"""What settings are when a study does not name them."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel


def defaults(model: type[BaseModel]) -> dict[str, Any]:
    """Every setting that has a default, by key, blocks nested; required settings are absent.

    The keys of a block that may be absent are told as they are once it is named.
    """
    found: dict[str, Any] = {}
    for key, field in model.model_fields.items():
        block = _block(field.annotation)
        inside = defaults(block) if block else {}
        if inside:
            found[key] = inside
        elif not field.is_required():
            value = field.get_default(call_default_factory=True)
            found[key] = list(value) if isinstance(value, tuple) else value
    return found


def _block(annotation: Any) -> type[BaseModel] | None:
    kinds = (annotation, *get_args(annotation))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)
