"""From a YAML file or a notebook's parameters cell to a checked study, or every fault at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticUndefined

from cs_lib import language
from cs_lib.params import strict_yaml
from cs_lib.params.days.as_of import day_of, option
from cs_lib.params.days.periods import at, put, resolve
from cs_lib.params.places import (
    ALLOW_VARIABLE,
    find_study,
    is_allowed,
    shown,
    source_names,
    source_path,
)
from cs_lib.params.problems import ParamsError, Problem, closest
from cs_lib.params.source import Source
from cs_lib.params.studies import STUDIES, model_of, models_of
from cs_lib.params.study import Study
from cs_lib.params.template import explanation
from cs_lib.params.typed import typed

HOW_TO_ALLOW = (
    "if you trust it, allow its folder at the command line (--allow FOLDER) or in the environment variable "
    f"{ALLOW_VARIABLE}"
)
CELL = "the parameters cell"
Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]
Extra = Callable[[Any], Iterable[tuple[str, str]]]


def load(study: str | Path, *, also: Extra | None = None, as_of: str | None = None) -> Study:
    """The checked study of a params file, given by path or by name.

    `also` adds checks of layers that settings do not know (metric names), run together with ours. With
    `as_of`, a date or what `AsOf` holds, another day takes the place of the one in the file, and periods
    that move are those of that day. Raises ParamsError with every fault.
    """
    path = find_study(str(study))
    name = shown(path)
    raw, lines = strict_yaml.read(path, shown=name)
    problems: list[Problem] = []
    if as_of is not None:
        name, raw, lines, problems = _moved(as_of, name, raw, lines)
    found, faults = check_study(raw, file=name, lines=lines, also=also)
    problems += faults + misnamed("study", raw, path, lines)
    if problems or found is None:
        raise ParamsError(sorted(problems, key=lambda p: p.line or 0))
    return found


def stated_day(study: str | Path) -> date:
    """The as_of that a study's file states, whatever else is in it. Raises ParamsError when it states none."""
    path = find_study(str(study))
    raw, lines = strict_yaml.read(path, shown=shown(path))
    problems = _day_faults(raw, shown(path), lines)
    if problems:
        raise ParamsError(problems)
    return date.fromisoformat(str(raw["as_of"]))


def _day_faults(raw: dict[str, Any], file: str, lines: strict_yaml.Lines) -> list[Problem]:
    stated = {key: raw[key] for key in ("as_of",) if key in raw}
    _, problems = check_block(Study, stated, file=file, lines=lines)
    return [problem for problem in problems if problem.key == "as_of"]


def _moved(
    as_of: str, name: str, raw: dict[str, Any], lines: strict_yaml.Lines
) -> tuple[str, dict[str, Any], strict_yaml.Lines, list[Problem]]:
    """The settings with another as_of, under a name that tells it; faults of the one in the file stay faults."""
    day = day_of(as_of, _zone(raw.get("source")))
    if raw.get("as_of") == day:
        return name, raw, lines, []
    elsewhere = {key: line for key, line in lines.items() if key != ("as_of",)}
    moved = {**raw, "as_of": day}
    return f"{name} with {option(as_of, day)}", moved, elsewhere, _day_faults(raw, name, lines)


def _zone(source: Any) -> str | None:
    """The time zone of a source; where the source is faulty, that is told when its files are looked for."""
    try:
        return load_source(source).timezone if isinstance(source, str) else None
    except ParamsError:
        return None


def from_cell(names: Mapping[str, Any]) -> Any:
    """The checked study from a notebook's own names, as its parameters cell (or papermill) left them.

    The concrete type is the one of `notebook` (PerkAbTest, BeforeAfter), and of `plans` where one
    notebook plans several kinds: names that the other kind reads are left alone. A name that no
    setting has is refused where it was typed or injected. From here on the process speaks the
    study's language. Raises ParamsError.
    """
    model = model_of(names)
    fields = (
        {**Study.model_fields, "plans": None} if isinstance(model, tuple) else model.model_fields
    )
    raw = {key: names[key] for key in fields if key in names}
    found, problems = check_study(raw, file=CELL, lines={})
    problems += _strangers(names)
    if problems or found is None:
        raise ParamsError(problems)
    language.use(found.language)
    return found


def _strangers(names: Mapping[str, Any]) -> list[Problem]:
    """Names in the settings of a running notebook that none of its kinds of study has."""
    notebook = names.get("notebook")
    models = models_of(notebook) if isinstance(notebook, str) and notebook in STUDIES else (Study,)
    known = list(dict.fromkeys(key for model in models for key in model.model_fields))
    return [
        Problem(name, _unknown(name, known), CELL) for name in typed(names) if name not in known
    ]


def to_cell(study: Study) -> dict[str, Any]:
    """A study as the literals a parameters cell holds: every top-level key, dates as text.

    A period that moves is held as it was written, so that the cell says what the study asked for;
    `from_cell` gives it its days again.
    """
    cell = study.model_dump(mode="json")
    for key, written in study.written.items():
        cell = put(cell, key, written)
    return cell


def moved_periods(study: Study) -> dict[str, Any]:
    """The periods that move, by dotted key, as the days they came to: [first, last], or a list of such."""
    days = study.model_dump(mode="json")
    return {key: at(days, key) for key in study.written}


class Listing(str):
    """A text that a notebook shows line by line."""

    def __repr__(self) -> str:
        return str(self)


def explain(notebook: str) -> Listing:
    """Every setting that a notebook takes, with its default and what it means. Raises ValueError."""
    if notebook not in STUDIES:
        raise ValueError(f"no notebook '{notebook}'{closest(notebook, STUDIES)}")
    return Listing(explanation(models_of(notebook)))


def check_study(
    raw: dict[str, Any], *, file: str, lines: strict_yaml.Lines, also: Extra | None = None
) -> tuple[Study | None, list[Problem]]:
    """The study, or None, and every fault found."""
    found: Study | None
    model = model_of(raw)
    if isinstance(model, tuple):
        key, message = model
        # What only a kind of study knows cannot be checked; what every study states can.
        shared = {key: raw[key] for key in Study.model_fields if key in raw} | {"notebook": ""}
        found, problems = check_block(Study, shared, file=file, lines=lines)
        problems.append(Problem(key, message, file, lines.get((key,))))
    else:
        resolved = resolve(raw, model.moving)
        found, problems = check_block(
            model, resolved.raw, file=file, lines=lines, also=also, known=resolved.faults
        )
        if found is not None:
            found._written = resolved.written
    name = raw.get("source")
    message = _unusable_source(name) if isinstance(name, str) else ""
    if message:
        problems.append(Problem("source", message, file, lines.get(("source",))))
    return found, problems


def _unusable_source(name: str) -> str:
    """Why there is no source of a name, or why it may not be read; nothing when all is well."""
    try:
        there = source_path(name).is_file()
    except (OSError, RuntimeError, ValueError):  # a link in a circle, a name that no file can have
        there = False
    if there:
        return _foreign_source(name)
    return f"no source '{name}' in params/sources{closest(name, source_names())}"


def _foreign_source(name: str) -> str:
    """What to do about a source outside the project; nothing when it is inside."""
    try:
        inside = is_allowed(source_path(name))
    except (OSError, RuntimeError, ValueError):
        return ""
    return "" if inside else f"the source '{name}' lies outside the project; {HOW_TO_ALLOW}"


def load_source(name: str) -> Source:
    """The checked source of a name. Raises ParamsError with every fault."""
    path, foreign = source_path(name), _foreign_source(name)
    if foreign:
        raise ParamsError([Problem("source", foreign)])
    raw, lines = strict_yaml.read(path, shown=shown(path))
    found, problems = check_block(Source, raw, file=shown(path), lines=lines)
    problems += misnamed("source", raw, path, lines)
    if problems or found is None:
        raise ParamsError(sorted(problems, key=lambda p: p.line or 0))
    return found


def check_source(raw: dict[str, Any], *, file: str, lines: strict_yaml.Lines) -> list[Problem]:
    """Every fault of a source's settings that are not on the disk yet."""
    return check_block(Source, raw, file=file, lines=lines)[1]


def misnamed(key: str, raw: dict[str, Any], path: Path, lines: strict_yaml.Lines) -> list[Problem]:
    """A name in a file that is called otherwise."""
    if raw.get(key) in (None, path.stem):
        return []
    message = f"must be '{path.stem}', the name of its file, got '{raw[key]}'"
    return [Problem(key, message, shown(path), lines.get((key,)))]


def check_block(
    model: type[Model],
    raw: dict[str, Any],
    *,
    file: str,
    lines: strict_yaml.Lines,
    also: Extra | None = None,
    known: Mapping[Place, str | None] | None = None,
) -> tuple[Model | None, list[Problem]]:
    """Validate; contradictions are looked for even where other fields are faulty.

    At the places in `known` the fault is known already, a sentence, or told elsewhere, None.
    """
    found: Model | None = None
    known = known or {}
    problems = [
        Problem(".".join(map(str, place)), message, file, _line(place, lines))
        for place, message in known.items()
        if message is not None
    ]
    try:
        found = model.model_validate(raw)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            loc = _settings_only(item["loc"])
            if any(loc[: len(place)] == place for place in known):
                continue
            key = ".".join(map(str, loc))
            problems.append(Problem(key, _sentence(item, model), file, _line(loc, lines)))
    draft = _draft(model, raw)
    for check in (getattr(model, "conflicts", None), also):
        for key, message in check(draft) if check else ():
            problems.append(Problem(key, message, file, _line(tuple(key.split(".")), lines)))
    return found, list(dict.fromkeys(problems))


def _draft(model: type[BaseModel], raw: Any) -> SimpleNamespace:
    """The valid parts of a block; what is faulty or absent is None or its default, and `left_out` names the absent."""
    values: dict[str, Any] = {}
    read = isinstance(raw, dict)  # of a block that is none, no key is told to be missing
    raw = raw if read else {}
    for name, field in model.model_fields.items():
        value = raw.get(name, PydanticUndefined)
        inner = _block(field.annotation)
        if inner is not None and (value is not PydanticUndefined or field.is_required()):
            absent = value is None and not field.is_required()
            values[name] = None if absent else _draft(inner, value)
        elif value is PydanticUndefined:
            values[name] = (
                None if field.is_required() else field.get_default(call_default_factory=True)
            )
        else:
            values[name] = _valid(field.annotation, tuple(field.metadata), value)
    left_out = frozenset(name for name in model.model_fields if read and raw.get(name) is None)
    return SimpleNamespace(**values, left_out=left_out)


def _valid(annotation: Any, metadata: tuple[Any, ...], value: Any) -> Any:
    kind: Any = Annotated[(annotation, *metadata)] if metadata else annotation
    try:
        return TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError:
        return None


def _block(annotation: Any) -> type[BaseModel] | None:
    """The model of a field that holds one block (perhaps optional), not of a collection of blocks."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, list, tuple):
        return None
    return next((m for kind in get_args(annotation) if (m := _block(kind))), None)


def _settings_only(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """An error's place without pydantic's own labels (union members, validator names)."""
    return tuple(
        part for part in loc if isinstance(part, int) or ("[" not in part and "(" not in part)
    )


def _line(loc: tuple[str | int, ...], lines: strict_yaml.Lines) -> int | None:
    """The line of a key, or of the nearest key above it."""
    keys = {tuple(map(str, key)): line for key, line in lines.items()}
    for end in range(len(loc), 0, -1):
        if tuple(map(str, loc[:end])) in keys:
            return keys[tuple(map(str, loc[:end]))]
    return None


def _siblings(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """The keys allowed where an unknown key stands."""
    block = _block_at(model, loc)
    return list(block.model_fields) if block else []


def _block_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model of the block in which a key stands."""
    here: Any = model
    for part in loc[:-1]:
        block = _block(here)
        if block:
            field = block.model_fields.get(str(part))
            here = field.annotation if field else None
        elif get_origin(here) in (dict, list, tuple):
            here = get_args(here)[get_origin(here) is dict]
    return _block(here)


def _to_give(model: type[BaseModel], loc: tuple[str | int, ...]) -> str:
    """The keys that a block left empty cannot do without, after a colon."""
    block = _block_at(model, (*loc, ""))
    required = (
        [k for k, field in block.model_fields.items() if field.is_required()] if block else []
    )
    return f": give {', '.join(required)}" if required else ""


def _unknown(key: str, known: list[str]) -> str:
    return f"unknown key{closest(key, known) or '; known here: ' + ', '.join(known)}"


def _sentence(item: ErrorDetails, model: type[BaseModel]) -> str:
    """One validation error in words an analyst can act on."""
    kind, got, context = item["type"], item["input"], item.get("ctx", {})
    if kind == "extra_forbidden":
        known = _siblings(model, _settings_only(item["loc"]))
        return _unknown(str(item["loc"][-1]), known)
    if kind == "missing":
        return "missing"
    if kind == "value_error":
        return str(context.get("error", item["msg"]))
    if kind == "literal_error":
        wanted = str(context.get("expected", ""))
        return f"must be one of {wanted}, got {got!r}"
    if kind == "too_short":
        return f"must have at least {context['min_length']} entries, got {_short(got)}"
    needed = _NEEDED.get(kind)
    if needed:
        rest = _to_give(model, _settings_only(item["loc"])) if got is None else ""
        return f"must be {needed}, got {_short(got)}{rest}"
    message = item["msg"][:1].lower() + item["msg"][1:]
    return f"{message.replace('input should be', 'must be')}, got {_short(got)}"


_NEEDED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
    "bool_type": "true or false",
    "dict_type": "a block of `key: value` lines",
    "model_type": "a block of `key: value` lines",
    "tuple_type": "a list",
    "string_pattern_mismatch": "a name of small letters, digits and _, starting with a letter",
}


def _short(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
