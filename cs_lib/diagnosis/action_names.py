"""What an action is called: one name through pages, change log and studies, of its page's study and a code alone."""

from __future__ import annotations

import hashlib
import re

LONGEST, DIGEST = 60, 6


def action_name(study: str, code: str) -> str:
    """The id of an action, in small letters, digits and _, at most 60 letters long.

    It depends on nothing that another day could change: not on other actions, their order or numbers. A code that is
    no such name itself, or leaves no room, is told from its likes by a digest, so that no two codes of a study share
    an id.
    """
    plain = re.sub(r"[^a-z0-9]+", "_", code.lower()).strip("_")
    whole = f"{study}_{plain}"
    if plain == code and len(whole) <= LONGEST:
        return whole
    digest = hashlib.sha256(f"{study} {code}".encode()).hexdigest()[:DIGEST]
    head = whole[: LONGEST - DIGEST - 1].strip("_")
    return f"{head}_{digest}"
