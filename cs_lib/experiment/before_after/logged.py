"""The scopes of logged changes: in words, and beside that of a study."""

from __future__ import annotations

import re

from cs_lib import sentences as w
from cs_lib.params import Scope
from cs_lib.sentences import Text, say

# The scope of a change, as logs write it, looks like `channel in (chat, mail)`.
SCOPE_PATTERN = re.compile(r"\s*(\w+) in \(([^()]*)\)\s*")


def scope_in_words(logged: str) -> Text:
    """A logged scope like `need_code in (late_delivery)` in words; others as they stand."""
    match = SCOPE_PATTERN.fullmatch(logged)
    if match is None:
        return logged or say("everything")
    values = [w.name(value.strip()) for value in match[2].split(",")]
    return say("{column}: {values}", column=w.name(match[1]), values=w.separated(values))


def apart(logged: str, scope: Scope) -> bool:
    """Whether a logged scope like `team_id in (T05, T06)` names only values outside ours; unsure is no."""
    match = SCOPE_PATTERN.fullmatch(logged)
    if match is None or match[1] not in Scope.COLUMNS:
        return False
    theirs = {value.strip() for value in match[2].split(",")}
    ours = getattr(scope, match[1])
    return bool(ours) and theirs.isdisjoint(ours)
