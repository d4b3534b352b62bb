"""The page's templates and style, read once. Light: the catalogue is drawn without the analysis libraries."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, Template

from cs_lib.language import LANGUAGES, Language, say

TEMPLATE_FOLDER = Path(__file__).parent / "template"


def template(name: str) -> Template:
    """One of our templates. They escape by hand, because most of what they place is markup already."""
    return _environment().get_template(name)


@cache
def css(*, grid: bool = False) -> str:
    """The whole style, on one line; with `grid` that of a scorecard's table too."""
    return "".join(
        re.sub(r"\s*\n\s*", "", text(name))
        for name in ("style.css", *(["grid.css"] if grid else []))
    )


def frame(script: str, *, grid: bool = False) -> dict[str, str]:
    """What a page with a script carries: style, script, and the script's hash for the policy."""
    code = re.sub(r"^\s*(?://.*\n\s*)?", "", text(script), flags=re.M).strip()
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return {"css": css(grid=grid), "script": code, "script_hash": digest}


def language(settings: Mapping[str, Any]) -> Language:
    """The language that a study's settings ask for; English when they name none."""
    named = settings.get("language")
    return named if named in LANGUAGES else "en"


def tag(language: Language) -> str:
    """A language as browsers want it named."""
    return {"en": "en", "zh": "zh-Hans"}[language]


def whole_amounts(page: str) -> str:
    """The page with sign and currency kept on one line, where browsers would break between them."""
    return re.sub("([+\u2212])([¥$€£])", "\\1\u2060\\2", page)


def text(name: str) -> str:
    """A file of the template folder."""
    return (TEMPLATE_FOLDER / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER),
        autoescape=False,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["say"] = say
    return environment


# In notebooks MathJax sets what stands between two `$` as mathematics, except inside these classes.
NO_MATHEMATICS = "mathjax_ignore tex2jax_ignore"
_STYLE = re.compile(r"<style>.*?</style>", re.S)
_WORDS = re.compile(rf'<span class="{NO_MATHEMATICS}">([^<]*)</span>')


def styled(html: str) -> str:
    """Markup for a notebook's output: it brings its style along, because the page's is not there."""
    css = text("notebook.css").replace("\n", "")
    return f'<div class="cs-out {NO_MATHEMATICS}"><style>{css}</style>{html}</div>'


def bare(html: str) -> str:
    """The same markup for the page, which has its own style and sets no mathematics."""
    words = _WORDS.sub(r"\1", html)
    return _STYLE.sub("", words).replace(f" {NO_MATHEMATICS}", "")
