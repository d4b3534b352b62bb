"""Where pages lie beside each other, as links from the latest page of a study; all of it is known without looking.

A page says the same whatever other pages there are, so it never asks which: it leads to the catalogue, where the rows
of a notebook are found by its name.
"""

from __future__ import annotations

from cs_lib.language import Language, spoken

UP = "../../"  # from reports/STUDY/latest; the page itself goes one further where it lies among earlier runs


def catalogue_file(language: Language) -> str:
    """The name of the catalogue's page in a language."""
    return "index.html" if language == "en" else f"index.{language}.html"


def page_of(study: str) -> str:
    """The latest page of a study."""
    return f"{UP}{study}/latest/index.html"


def pages_of(notebook: str) -> str:
    """The rows of a notebook in the catalogue, in the language in use."""
    return f"{UP}{catalogue_file(spoken())}#{notebook}"
