"""The `cslib` command: reads the words, calls `runs`, returns its exit code."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from cs_lib.runs.run import Options

EXIT_CODES = """exit codes:
  0 all done                    4 a kernel died or took too long
  2 bad settings or data        5 could not publish
  3 the analysis failed         6 locked by another run
  130 interrupted               7 the verified page differs"""


class Parser(argparse.ArgumentParser):
    """An argument parser that knows what was meant."""

    def error(self, message: str) -> NoReturn:
        """Usage, the fault and the nearest word that exists; exit 2."""
        from cs_lib.params import closest

        unknown = re.search(r"invalid choice: '([^']*)'|unrecognized arguments: (\S+)", message)
        hint = closest(unknown[1] or unknown[2], self.words()) if unknown else ""
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}{hint}\n")

    def words(self) -> Iterable[str]:
        """Every command and option, of the commands too."""
        for action in self._actions:
            yield from action.option_strings
            if isinstance(action, argparse._SubParsersAction):
                for name, parser in action.choices.items():
                    yield name
                    yield from parser.words()


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one command."""
    given = parser().parse_args(arguments)
    try:
        return int(COMMANDS[given.command](given))
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser() -> Parser:
    """All commands and their options."""
    top = Parser(
        prog="cslib",
        description="Runs studies of service improvements and publishes their pages.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = top.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=Parser
    )
    _add_run(
        commands.add_parser("run", help="run studies and publish their pages", allow_abbrev=False)
    )
    check = commands.add_parser(
        "check", help="check settings and data, run nothing", allow_abbrev=False
    )
    _add_selection(check)
    new = commands.add_parser("new", help="write a settings file to start from", allow_abbrev=False)
    new.add_argument(
        "example", metavar="NOTEBOOK", help="for example perk_ab_test; or a study to start from"
    )
    new.add_argument("name", metavar="NAME", help="small letters, digits and _")
    listing = commands.add_parser("list", help="all studies with their state", allow_abbrev=False)
    _add_reports(listing)
    verify = commands.add_parser("verify", help="make a page again and compare", allow_abbrev=False)
    verify.add_argument("study", metavar="STUDY")
    _add_limits(verify)
    _add_reports(verify)
    return top


def _add_run(run: argparse.ArgumentParser) -> None:
    _add_selection(run)
    run.add_argument("--force", action="store_true", help="run even when the page is there already")
    run.add_argument(
        "--jobs", type=_count, default=2, metavar="N", help="studies side by side (default 2)"
    )
    _add_limits(run)
    _add_reports(run)


def _add_selection(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "studies", nargs="*", metavar="STUDY", help="name under params/, or a file"
    )
    which = command.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="every study whose files are there")
    which.add_argument(
        "--demo", action="store_true", help="the demo studies (also when no STUDY is given)"
    )
    command.add_argument("--as-of", metavar="DATE", help="in place of the settings' as_of")


def _add_limits(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--cell-timeout", type=_seconds, default=600.0, metavar="S", help="of a cell (default 600)"
    )
    command.add_argument(
        "--timeout", type=_seconds, default=1800.0, metavar="S", help="of a run (default 1800)"
    )


def _add_reports(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reports", metavar="DIR", help="where pages are (default: reports/)")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, got '{text}'")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e7:
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, got '{text}'")
    return value


def _names(given: argparse.Namespace) -> list[str]:
    """The studies asked for: those named, all, or the demo."""
    from cs_lib.runs import tasks as studies

    named = list(given.studies)
    if given.all:
        return named + studies.all_names()
    return named + list(studies.DEMO) if given.demo or not named else named


def _options(given: argparse.Namespace) -> Options:
    from cs_lib.runs.run import Options, reports_folder

    names = ("as_of", "force", "jobs", "cell_timeout", "timeout")
    chosen = {name: getattr(given, name) for name in names if hasattr(given, name)}
    return Options(reports_folder(given.reports), **chosen)


def _run(given: argparse.Namespace) -> int:
    from cs_lib.runs.run import run

    return run(_names(given), _options(given), everything=given.all)


def _check(given: argparse.Namespace) -> int:
    from cs_lib.runs.overview import check

    return check(_names(given), as_of=given.as_of, everything=given.all)


def _new(given: argparse.Namespace) -> int:
    from cs_lib.params import ParamsError
    from cs_lib.params.places import shown
    from cs_lib.runs.new import NewError, new

    try:
        path = new(given.example, given.name)
    except (NewError, ParamsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{shown(path)} is written and runs as it stands: cslib run {given.name}")
    return 0


def _list(given: argparse.Namespace) -> int:
    from cs_lib.runs.overview import listing
    from cs_lib.runs.run import reports_folder

    return listing(reports_folder(given.reports))


def _verify(given: argparse.Namespace) -> int:
    from cs_lib.data import DataError
    from cs_lib.params import ParamsError
    from cs_lib.runs.notebook import NotebookError
    from cs_lib.runs.outcome import RunError
    from cs_lib.runs.verify import verify

    try:
        code, lines = verify(given.study, _options(given))
    except RunError as error:
        print(error.sentence, file=sys.stderr)
        return error.code
    except (DataError, NotebookError, ParamsError) as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines), file=sys.stderr if code else sys.stdout)
    return code


COMMANDS = {"run": _run, "check": _check, "new": _new, "list": _list, "verify": _verify}
