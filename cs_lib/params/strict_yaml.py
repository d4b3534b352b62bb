"""YAML without surprises: only true/false are booleans, dates stay text, 007 stays text, no key twice."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

import yaml

from cs_lib.params.problems import ParamsError, Problem

Lines = dict[tuple[str | int, ...], int]
MOST_BYTES = 5_000_000


class _Loader(yaml.SafeLoader):
    """Safe loader with the scalars of the YAML 1.2 core schema; what is written is what is read."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node; an alias or a tag would make a value something else than it looks."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        refused = (
            "an alias (*name)"
            if isinstance(event, yaml.AliasEvent)
            else "a tag (!name)"
            if getattr(event, "tag", None)
            else ""
        )
        if refused:
            message = f"{refused} is not read here; write the value out"
            raise yaml.composer.ComposerError(None, None, message, event.start_mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    (
        "float",
        r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)$",
        "-+0123456789",
    ),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))
# The safe loader's own int and float readers still know octal and base 60; what reaches them now cannot be either.


def read(path: Path, *, shown: str) -> tuple[dict[str, Any], Lines]:
    """The mapping in a YAML file and the line of every key; faults name the file as `shown`."""
    return parse(_text(path, shown), shown=shown)


def _text(path: Path, shown: str) -> str:
    """What a settings file says. Raises ParamsError when it is no file of usual size that can be read."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or a device"
            raise ParamsError([Problem("", f"must be a file, this is {kind}", shown)])
        if found.st_size > MOST_BYTES:
            message = f"has {found.st_size:,} bytes; settings have at most {MOST_BYTES:,}"
            raise ParamsError([Problem("", message, shown)])
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ParamsError([Problem("", "the file does not exist", shown)]) from None
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise ParamsError([Problem("", message, shown)]) from None
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, ParamsError):
            raise
        why = getattr(error, "strerror", None) or str(error)
        raise ParamsError([Problem("", f"the file cannot be read ({why})", shown)]) from None


def parse(text: str, *, shown: str) -> tuple[dict[str, Any], Lines]:
    """The same from text."""
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise ParamsError([Problem("", "expected `key: value` lines, found none", shown)])
        lines: Lines = {}
        problems = [
            Problem(key, message, shown, line) for key, message, line in _walk(node, (), lines)
        ]
        if problems:
            raise ParamsError(problems)
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        message = f"not valid YAML: {error.problem or error.context}"
        raise ParamsError([Problem("", message, shown, mark.line + 1 if mark else None)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"not valid YAML: an invisible control character (code {error.character})"
        raise ParamsError([Problem("", message, shown, line)]) from None
    except RecursionError:
        raise ParamsError([Problem("", "not valid YAML: nested too deeply", shown)]) from None
    except (ValueError, OverflowError) as error:  # a number that Python will not read
        if isinstance(error, ParamsError):
            raise
        long = "digits" in str(error)
        message = "a number with too many digits to be read" if long else _first_line(error)
        raise ParamsError([Problem("", f"not valid YAML: {message}", shown)]) from None
    finally:
        if loader is not None:
            loader.dispose()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _walk(node: yaml.Node, path: tuple[str | int, ...], lines: Lines) -> list[tuple[str, str, int]]:
    """Fill `lines`; return keys that stand twice as (key, message, line)."""
    found: list[tuple[str, str, int]] = []
    if isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            lines[(*path, i)] = item.start_mark.line + 1
            found += _walk(item, (*path, i), lines)
    if isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            here = (*path, str(key.value))
            if here in lines:
                message = f"stands twice (first on line {lines[here]}); keep one"
                found.append((".".join(map(str, here)), message, key.start_mark.line + 1))
            lines.setdefault(here, key.start_mark.line + 1)
            found += _walk(item, here, lines)
    return found
