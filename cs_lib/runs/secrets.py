"""What in an environment looks like a credential: by its name, by its value, or as a part of its value.

A short value (4 to 7 characters) counts only under a name that says it is one, and is looked for as a whole
word; shorter ones, plain numbers and everyday words never count, because no page could be read any more.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

# Words of a name that say it all, and those that only count with a value that is no everyday word.
STRONG = {
    "PASSWORD", "PASSWD", "PASSPHRASE", "PWD", "PASS", "SECRET", "SECRETS", "TOKEN", "TOKENS", "APIKEY",
    "CREDENTIAL", "CREDENTIALS", "CREDS", "DSN", "PAT", "JWT",
}  # fmt: skip
WEAK = {
    "KEY",
    "KEYS",
    "AUTH",
    "AUTHORIZATION",
    "COOKIE",
    "COOKIES",
    "PRIVATE",
    "SIGNATURE",
    "SALT",
    "BEARER",
}
INSIDE = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL|TOKEN$"
)
# What such a name says about a secret is none: of which kind it is, how long it holds, what it is the key of.
NEIGHBOUR = re.compile(
    r"_(?:TYPE|MODE|METHOD|TTL|EXPIRES|EXPIRY|EXPIRATION|AGE|LENGTH|FILE|PATH|DIR|NAME|ID|URL|HOST|ALGORITHM|FORMAT)$"
    r"|^(?:SORT|PRIMARY|FOREIGN|CACHE|PARTITION|GROUP|JOIN|PUBLIC)_KEYS?$"
)
NOT_SECRET = {"PWD", "OLDPWD", "SSH_AUTH_SOCK", "XAUTHORITY"}  # folders and sockets of the session
EVERYDAY = {
    "true", "false", "none", "null", "auto", "default", "enabled", "disabled", "required", "optional", "basic",
    "bearer", "token", "tokens", "password", "secret", "local", "localhost", "test", "tests", "prod", "production",
    "user", "users", "admin", "root", "data", "public", "private", "plain", "file", "files", "order", "orders",
    "control", "contact", "contacts", "coupon", "customer", "customers", "repurchase", "resolution", "segment",
    "service", "margin", "satisfaction", "python", "utf-8", "keyring",
}  # fmt: skip
LEAST, SHORT = (
    4,
    8,
)  # characters: below LEAST nothing counts, below SHORT only whole words under a telling name

URL = re.compile(r"[a-zA-Z][\w+.-]{0,20}://(?P<user>[^/@\s:]{0,200}):(?P<secret>[^@\s]{1,500})@")
PAIR = re.compile(
    r"(?i)(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|accountkey|sharedaccesskey|sig)"
    r"\s*[=:]\s*(?P<secret>\"[^\"]*\"|'[^']*'|[^\s;,&]+)"
)
HEADER = re.compile(r"(?i)\b(?P<kind>basic|bearer|token)\s+(?P<secret>[A-Za-z0-9+/._~=-]{8,})")
SHAPE = re.compile(
    r"(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|AKIA|ASIA|sk-|[sr]k_(?:live|test)_|AIza|ya29\.|hf_|npm_|pypi-|dop_v1_"
    r"|SG\.|shpat_|eyJ)[A-Za-z0-9_./+=-]{12,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
RANDOM = re.compile(r"[A-Za-z0-9+/_=.~-]{20,512}")
LONGEST = 100_000  # characters of a value that is still taken for a secret
LEAST_BITS = 3.4  # of a letter; words and folders have fewer in this form
MOST_IN_WORDS = 0.4  # share of the letters
MOST_DEPTH = 5


def found(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every secret with the name of its variable: values, and parts of values that are secrets themselves."""
    for name, value in environ.items():
        if len(value) > LONGEST:
            continue
        strength = _strength(name)
        if strength and _counts(value, strength):
            yield value.strip(), name
        for part in _parts(value, strength):
            if len(part) >= LEAST and not _everyday(part):
                yield part, name


def _strength(name: str) -> int:
    """2 for a name that says it holds a secret, 1 for one that may, 0 for any other."""
    if name.upper() in NOT_SECRET:
        return 0
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
    words = set(re.split(r"[^A-Z]+", apart))
    if NEIGHBOUR.search(apart):
        return 0
    if words & STRONG or INSIDE.search(apart):
        return 2
    return 1 if words & WEAK else 0


def _counts(value: str, strength: int) -> bool:
    value = value.strip()
    if len(value) < LEAST or _everyday(value):
        return False
    return strength == 2 or len(value) >= SHORT or not value.isalpha()


def _everyday(value: str) -> bool:
    return (
        value.lower() in EVERYDAY or (value.isdecimal() and len(value) < 6) or len(set(value)) == 1
    )


def _parts(value: str, strength: int, depth: int = 0) -> Iterator[str]:
    """What in a value is a secret by its own shape."""
    for match in URL.finditer(value):
        yield from (value.strip(), match["secret"], unquote(match["secret"]))
    for match in PAIR.finditer(value):
        yield match["secret"].strip("\"'")
        yield value.strip()
    for match in HEADER.finditer(value):
        yield from (match[0], match["secret"])
        yield from _decoded(match["secret"])
    if SHAPE.search(value):
        yield value.strip()
        for match in SHAPE.finditer(value):
            if not match[0].startswith("-----"):
                yield match[0]
                yield from (part for part in match[0].split(".") if len(part) >= 2 * SHORT)
    if _looks_random(value.strip()):
        yield value.strip()
    if value.lstrip()[:1] in ("{", "[") and depth < MOST_DEPTH:
        yield from _in_json(value, strength, depth)


def _decoded(text: str) -> Iterator[str]:
    """The password of a basic authorization."""
    try:
        user, colon, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return
    if colon and user.isprintable():
        yield secret
        yield f"{user}:{secret}"


def _in_json(text: str, strength: int, depth: int) -> Iterator[str]:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return
    for name, value in _leaves(held, "", 0):
        own = max(_strength(name), strength if not name else 0)
        if own and _counts(value, own):
            yield value
        yield from _parts(value, own, depth + 1)


def _leaves(held: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """Every text in plain data with the key it stands under."""
    if isinstance(held, str):
        yield name, held
    elif depth < 4 * MOST_DEPTH and isinstance(held, dict):
        for key, item in held.items():
            yield from _leaves(item, str(key), depth + 1)
    elif depth < 4 * MOST_DEPTH and isinstance(held, list):
        for item in held:
            yield from _leaves(item, name, depth + 1)


def _looks_random(value: str) -> bool:
    """Letters and digits without words in them: what machines make for machines."""
    if not RANDOM.fullmatch(value) or value.startswith(("/", "~", ".")):
        return False
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    if digits < 3 or letters < 3 or value.count("/") + value.count(".") > 3:
        return False
    counts = Counter(value)
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    in_words = sum(map(len, re.findall(r"[A-Za-z][a-z]{3,}", value)))
    return bits >= LEAST_BITS and in_words < MOST_IN_WORDS * len(value)
