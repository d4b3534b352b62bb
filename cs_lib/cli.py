"""The `cslib` command: reads the words, calls `runs`, returns its exit code."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from cs_lib.runs import flag_types

if TYPE_CHECKING:
    from types import FrameType

    from cs_lib.runs.run import Options, Tell

EXIT_CODES = """exit codes:
  0 all done                    5 could not publish
  2 bad settings or data        6 locked by another run
  3 the analysis failed         7 the verified page differs
  4 a kernel died or took       8 a verdict that --fail-on names
    too long                    130 interrupted"""
SECONDS = flag_types.positive("a number of seconds", below=1e7)
ALLOWED = "CS_ALLOW"  # folders outside the project that a source may read


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
    """The exit code of one command; whatever becomes of the terminal, telling never changes it."""
    from cs_lib.runs.telling.stream import unbreakable

    with unbreakable() as finish:
        code, busy = _command(arguments)
        if busy:  # a thread that could not be waited for must not keep a terminal waiting
            from cs_lib.runs.execution.scratch import remove_all

            remove_all()
            finish()
            os._exit(code)
    return code


def _command(arguments: Sequence[str] | None) -> tuple[int, bool]:
    """The exit code, and whether some thread is still at work."""
    with _hearing() as heard:
        try:
            given = parser().parse_args(arguments)
            _stand_somewhere()
            return int(COMMANDS[given.command](given)), False
        except KeyboardInterrupt as interrupt:
            print(_interrupted(), file=sys.stderr)
            return 130, getattr(interrupt, "busy", False)
        except Exception as error:
            if heard:
                print(_interrupted(), file=sys.stderr)
                return 130, False
            return _fault(error), False


@contextmanager
def _hearing() -> Iterator[list[int]]:
    """The signals of Ctrl-C so far: Python dresses an interrupt of a class that is just being made as an error."""
    heard: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        raise KeyboardInterrupt

    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if ours:
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield heard
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _stand_somewhere() -> None:
    """Where the working folder has been deleted, the project takes its place."""
    try:
        os.getcwd()
    except OSError:
        from cs_lib.params import home

        os.chdir(home())


def _interrupted() -> str:
    try:
        from cs_lib.runs.telling.terminal import interrupted

        return interrupted()
    except BaseException:  # before anything was loaded
        return "Interrupted."


def _fault(error: Exception) -> int:
    """One line for what nobody foresaw; the exit code of its kind."""
    if isinstance(error, MemoryError | ImportError):
        print(f"cslib could not be loaded or ran out of memory: {error}", file=sys.stderr)
        return 4
    code = getattr(error, "code", None)
    if type(error).__name__ == "RunError" and isinstance(code, int):
        print(error, file=sys.stderr)
        return int(code)
    if os.environ.get("CS_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    from cs_lib.runs.scrub import Scrubber

    why = Scrubber().secrets(f"{type(error).__name__}: {error}")
    print(f"cslib failed: {why} (set CS_TRACEBACK=1 to see where)", file=sys.stderr)
    return 5 if isinstance(error, OSError) else 3


def parser() -> Parser:
    """All commands and their options."""
    from cs_lib.runs.metrics.words import add_words as add_words_of_metrics
    from cs_lib.runs.starting.command import add_words

    top = Parser(
        prog="cslib",
        description="Runs studies of service improvements and publishes their pages.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action=Version, help="the versions of cslib and Python")
    commands = top.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=Parser
    )

    def command(name: str, help: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help, allow_abbrev=False)

    _add_run(command("run", "run studies and publish their pages"))
    check = command(
        "check", "check settings and data, run nothing; of a SOURCE: what it can answer"
    )
    _add_selection(check)
    _add_jobs(check)
    _add_timeout(check)
    add_words(
        command("new", "write settings to start from: of a study, or a source from your files")
    )
    _add_reports(command("list", "all studies with their state"))
    metrics = command("metrics", "all metrics, or one: its definition, its SQL in a source")
    add_words_of_metrics(metrics)
    _add_as_of(metrics)
    _add_allow(metrics)
    verify = command("verify", "make a page again and compare")
    verify.add_argument("study", metavar="STUDY")
    _add_limits(verify)
    _add_reports(verify)
    _add_allow(verify)
    doctor = command("doctor", "what on this machine would fail tonight")
    _add_as_of(doctor)
    _add_timeout(doctor)
    _add_reports(doctor)
    _add_allow(doctor)
    return top


class Version(argparse.Action):
    """Prints versions, and ends."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest=argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Exit 0 after one line."""
        import platform
        from importlib import metadata

        try:
            own = metadata.version("cs-lib")
        except metadata.PackageNotFoundError:
            own = "(not installed)"
        print(f"cslib {own}, Python {platform.python_version()}")
        parser.exit(0)


def _add_run(run: argparse.ArgumentParser) -> None:
    _add_selection(run)
    run.add_argument("--force", action="store_true", help="run even when the page is there already")
    run.add_argument(
        "--rehash", action="store_true", help="read data files again even when they look unchanged"
    )
    run.add_argument(
        "--strict", action="store_true", help="run nothing while one of the studies has a fault"
    )
    run.add_argument(
        "--fail-on", type=_verdicts, default=(), metavar="VERDICTS",
        help="exit 8 when a study answers so, for example worsened,stop,invalid",
    )  # fmt: skip
    telling = run.add_mutually_exclusive_group()
    telling.add_argument("--quiet", action="store_true", help="tell faults and failures only")
    telling.add_argument("--json", action="store_true", help="one line of JSON for each event")
    _add_jobs(run)
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
    _add_as_of(command)
    _add_allow(command)


def _add_as_of(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--as-of", type=_as_of, metavar="DATE",
        help="in place of the settings' as_of: a date, today or yesterday (by the source's time zone)",
    )  # fmt: skip


def _add_allow(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--allow", action="append", default=[], metavar="DIR",
        help=f"a folder outside the project that sources may read (also {ALLOWED})",
    )  # fmt: skip


def _add_jobs(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--jobs",
        type=flag_types.whole(1),
        default=2,
        metavar="N",
        help="studies side by side (default 2)",
    )


def _add_limits(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--cell-timeout", type=SECONDS, default=600.0, metavar="S", help="of a cell (default 600)"
    )
    _add_timeout(command)


def _add_timeout(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--timeout", type=SECONDS, default=1800.0, metavar="S", help="of a study (default 1800)"
    )


def _add_reports(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reports", metavar="DIR", help="where pages are (default: reports/)")


def _as_of(text: str) -> str:
    from cs_lib.runs.tasks import given_day

    return flag_types.refusing(given_day)(text)


def _verdicts(text: str) -> tuple[str, ...]:
    from cs_lib.runs.outcome import verdicts

    return flag_types.refusing(verdicts)(text)


def _names(given: argparse.Namespace) -> list[str]:
    """The studies asked for: those named, all, or the demo."""
    from cs_lib.runs import tasks as studies

    named = list(given.studies)
    if given.all:
        return named + studies.all_names()
    return named + list(studies.DEMO) if given.demo or not named else named


def _options(given: argparse.Namespace) -> Options:
    from cs_lib.runs.run import Options, reports_folder

    names = ("as_of", "force", "jobs", "cell_timeout", "timeout", "strict", "fail_on", "rehash")
    chosen = {name: getattr(given, name) for name in names if hasattr(given, name)}
    allowed = [os.path.abspath(folder) for folder in getattr(given, "allow", ())]
    if allowed:
        before = os.environ.get(ALLOWED)
        os.environ[ALLOWED] = os.pathsep.join([*allowed, *([before] if before else [])])
    return Options(reports_folder(getattr(given, "reports", None)), **chosen)


def _run(given: argparse.Namespace) -> int:
    from cs_lib.runs.run import run

    tell: Tell = "json" if given.json else "quiet" if given.quiet else "person"
    return run(_names(given), _options(given), everything=given.all, tell=tell)


def _check(given: argparse.Namespace) -> int:
    from cs_lib.runs.overview import check

    return check(_names(given), _options(given), everything=given.all)


def _new(given: argparse.Namespace) -> int:
    from cs_lib.runs.starting.command import answer

    return answer(given)


def _metrics(given: argparse.Namespace) -> int:
    from cs_lib.runs.metrics.command import answer

    _options(given)  # folders that sources may read
    return answer(given)


def _list(given: argparse.Namespace) -> int:
    from cs_lib.runs.overview import listing
    from cs_lib.runs.run import reports_folder

    return listing(reports_folder(given.reports))


def _verify(given: argparse.Namespace) -> int:
    from cs_lib.data import DataError
    from cs_lib.params import ParamsError
    from cs_lib.runs.notebook import NotebookError
    from cs_lib.runs.verify import verify

    try:
        code, lines = verify(given.study, _options(given))
    except (DataError, NotebookError, ParamsError) as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines), file=sys.stderr if code else sys.stdout)
    return code


def _doctor(given: argparse.Namespace) -> int:
    from cs_lib.runs.doctor import doctor

    return doctor(_options(given))


COMMANDS = {
    "run": _run, "check": _check, "new": _new, "list": _list, "metrics": _metrics, "verify": _verify, "doctor": _doctor,
}  # fmt: skip
