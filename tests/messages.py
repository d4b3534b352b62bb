"""Every message a reader may see, and the catalogues that translate them. `python -m tests.messages --write`."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from cs_lib import params
from cs_lib.data.contracts import TABLES
from cs_lib.data.simulate import plan
from cs_lib.language import COUNTED, FOLDER, LANGUAGES, pieces
from cs_lib.metrics.catalogue import BUILT_IN

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "cs_lib"
Found = tuple[str, str, str]  # context, message, where
METRIC_WORDS = ("title", "population", "counted", "censoring", "denominator", "source")


def messages() -> Iterator[Found]:
    """All messages of the code, the templates, the notebooks, the metrics and the demo's own words."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield from of_python(path.read_text(encoding="utf-8"), _place(path))
    for path in sorted((PACKAGE / "report" / "template").glob("*.j2")):
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ["say"], [], {}):
                yield "", str(message), _place(path)
    for notebook in params.STUDIES:  # what stands in others is on no page
        yield from _of_notebook(ROOT / "notebooks" / f"{notebook}.ipynb")
    for metric in BUILT_IN.values():
        for word in METRIC_WORDS:
            yield "", getattr(metric, word), f"metric {metric.name}"
    for table in TABLES.values():
        yield "", table.grain, f"table {table.name}"
    yield from _of_the_demo()


def of_python(source: str, place: str) -> Iterator[Found]:
    """First arguments of `say` and `later`, nouns of `counted`."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        at = {"say": 0, "later": 0, "noun": 0, "counted": 1}.get(name)
        if at is None or len(node.args) <= at:
            continue
        for word in _choices(node.args[at]):
            yield COUNTED if name in ("noun", "counted") else "", word, place


def _choices(node: ast.expr) -> Iterator[str]:
    """The texts an argument may be: a literal, or one of two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _choices(node.body)
        yield from _choices(node.orelse)


def _of_notebook(path: Path) -> Iterator[Found]:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown" and "hide" not in cell["metadata"].get("tags", []):
            for _, words in pieces("".join(cell["source"])):
                if words:
                    yield "", words, _place(path)


def _of_the_demo() -> Iterator[Found]:
    """What the simulated desk calls its channels, needs, changes and perks, and what sources say of themselves."""
    for channel in plan.CHANNELS:
        yield "", channel, "demo"
    for need in plan.NEEDS:
        for code in (need.code, need.owner, need.issue):
            if code:
                yield "", code.replace("_", " "), "demo"
    for change in plan.CHANGES:
        yield "", change.name, "demo"
    for perk in plan.PERKS:
        for code in (perk.variant, perk.perk_kind):
            yield "", code.replace("_", " "), "demo"
    for name in sorted(p.stem for p in (ROOT / "params" / "sources").glob("*.yaml")):
        source = params.load_source(name)
        for text in (source.title, *source.caveats):
            yield "", text, f"params/sources/{name}.yaml"


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def collected() -> Catalog:
    """All messages as one catalogue without translations, in order of where they first stand."""
    catalogue = Catalog(project="cs-lib", fuzzy=False)
    for context, message, place in messages():
        catalogue.add(message, context=context or None, locations=[(place, 0)])
    return catalogue


def catalogue_of(language: str) -> Catalog:
    """The stored catalogue of a language, brought up to date with the messages."""
    path = FOLDER / f"{language}.po"
    stored = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            stored = read_po(file, locale=language)
    stored.update(collected(), no_fuzzy_matching=True)
    stored.obsolete.clear()
    return stored


def write(language: str) -> int:
    """Bring a language's file up to date; returns how many messages lack a translation."""
    FOLDER.mkdir(exist_ok=True)
    catalogue = catalogue_of(language)
    with (FOLDER / f"{language}.po").open("wb") as file:
        write_po(file, catalogue, width=100, include_lineno=False, omit_header=True)
    return sum(not message.string for message in catalogue if message.id)


if __name__ == "__main__" and "--write" in sys.argv:
    for language in LANGUAGES[1:]:
        print(f"{language}: {write(language)} messages to translate")
