"""A figure or table of one kind of study, asked for with the result of another, is refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from cs_lib.language import say
from cs_lib.params import kind_of
from cs_lib.results import Answer


class WrongKind(TypeError):
    """Raised for a result of another kind of study."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def only(room: str) -> Callable[[str, Any], Any]:
    """What a room's package lends, for results of that kind of study alone."""

    def guard(name: str, lent: Any) -> Any:
        return _refusing(room, name, lent) if callable(lent) else lent

    return guard


def _refusing(room: str, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def checked(*given: Any, **named: Any) -> Any:
        for each in (*given, *named.values()):
            if isinstance(each, Answer) and each.study.room.split(".")[0] != room:
                raise WrongKind(_sentence(room, name, each))
        return function(*given, **named)

    return checked


def _sentence(room: str, name: str, result: Answer) -> str:
    plans = {"plans": result.study.plans} if hasattr(result.study, "plans") else {}
    return say(
        "report.{room}.{name} is for another kind of study; '{study}' is: {kind}. See report.{own}.",
        room=room,
        name=name,
        study=result.study.study,
        kind=say(kind_of({"notebook": result.study.notebook, **plans})),
        own=result.study.notebook,
    )
