"""A study with some settings changed in Python, checked as its file would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

from cs_lib.params.load import check_study, to_cell
from cs_lib.params.problems import ParamsError, Problem, closest
from cs_lib.params.study import Study

WHERE = "the changed settings"
KINDS = ("notebook", "plans")  # the keys that say which kind of study it is
Kind = TypeVar("Kind", bound=Study)
Place = tuple[str, ...]


def changed(study: Kind, changes: Mapping[str, Any]) -> Kind:
    """The study with other values at some keys; the one given stays as it is.

    A key is a name that stands in one place of the settings (`alpha`), or dotted (`rule.alpha`). A block
    takes a mapping of the keys that change in it. Days may be dates. Periods that move are those of the
    new settings. Raises ParamsError with every fault.
    """
    raw, problems = to_cell(study), list[Problem]()
    known = list(_places(type(study)))
    for key, value in changes.items():
        place = _place(key, known)
        if isinstance(place, str):
            problems.append(Problem(key, place, WHERE))
        else:
            raw = _with(raw, place, _plain(value), block=place in _blocks(known))
    found, faults = check_study(raw, file=WHERE, lines={})
    if problems or faults or not isinstance(found, type(study)):
        raise ParamsError([*problems, *faults])
    return found


def _places(model: type[BaseModel], above: Place = ()) -> Iterator[Place]:
    """Every key of the settings and of their blocks; what stands in lists of blocks has no name of its own."""
    for key, field in model.model_fields.items():
        yield (*above, key)
        kinds = (field.annotation, *get_args(field.annotation))
        lists = getattr(field.annotation, "__origin__", None) in (tuple, list, dict)
        for kind in () if lists else kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _places(kind, (*above, key))


def _blocks(known: list[Place]) -> set[Place]:
    return {place[:-1] for place in known}


def _place(key: str, known: list[Place]) -> Place | str:
    """Where a key stands, or what is wrong with it."""
    if key in KINDS:
        return "cannot be changed, because another kind of study has other settings"
    whole = {".".join(place): place for place in known}
    if key in whole:
        return whole[key]
    named = [place for place in known if place[-1] == key]
    if len(named) == 1:
        return named[0]
    if named:
        places = " and ".join(".".join(place) for place in named)
        return f"stands in several places ({places}); give its block as a mapping, such as {named[0][0]}={{...}}"
    names = [".".join(place) if "." in key else place[-1] for place in known]
    return f"unknown key{closest(key, names)}"


def _with(raw: Any, place: Place, value: Any, *, block: bool) -> Any:
    """The settings with another value at a place; of a block, with other values in it."""
    inside = raw if isinstance(raw, dict) else {}
    if place:
        below = _with(inside.get(place[0]), place[1:], value, block=block)
        return {**inside, place[0]: below}
    return {**inside, **value} if block and isinstance(value, dict) else value


def _plain(value: Any) -> Any:
    """As settings files hold it: dates as text, lists as lists, blocks as mappings."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
