"""All numbers of a piece of evidence by their place in it: to compare two, or to make a digest of one."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def numbers(evidence: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of nested records, dicts, tuples and arrays, and the order of every dict."""
    if is_dataclass(evidence) and not isinstance(evidence, type):
        for field in fields(evidence):
            yield from numbers(getattr(evidence, field.name), f"{place}.{field.name}")
    elif isinstance(evidence, dict):
        yield f"{place}:keys", repr(list(evidence))
        for key, value in evidence.items():
            yield from numbers(value, f"{place}[{key}]")
    elif isinstance(evidence, list | tuple | np.ndarray):
        yield f"{place}:length", len(evidence)
        for i, value in enumerate(evidence):
            yield from numbers(value, f"{place}[{i}]")
    elif isinstance(evidence, np.generic):
        yield place, evidence.item()
    else:
        yield place, evidence


def digest(evidence: Any) -> str:
    """The digest over all bits of all numbers."""
    text = "\n".join(f"{place} {value!r}" for place, value in numbers(evidence))
    return hashlib.sha256(text.encode()).hexdigest()


def differences(found: Any, expected: Any, *, relative: float = 1e-12) -> list[str]:
    """Where two pieces of evidence differ, at most ten places."""
    ours, theirs = dict(numbers(found)), dict(numbers(expected))
    apart = [
        f"{place}: {ours.get(place)!r}, not {theirs.get(place)!r}"
        for place in dict.fromkeys([*theirs, *ours])
        if not _same(ours.get(place), theirs.get(place), relative)
    ]
    return apart[:10]


def _same(a: Any, b: Any, relative: float) -> bool:
    if isinstance(a, float | int) and isinstance(b, float | int):
        return math.isclose(a, b, rel_tol=relative, abs_tol=1e-12)
    return type(a) is type(b) and (a == b or repr(a) == repr(b))
