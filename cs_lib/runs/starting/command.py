"""The words of `cslib new` and what it answers."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from cs_lib.runs import flag_types

if TYPE_CHECKING:
    from cs_lib.data.guess.records import Choices

SOURCE, FOLLOW_UP = "source", "follow_up"
OWN = "of `cslib new source`"


def add_words(new: argparse.ArgumentParser) -> None:
    """The words that `cslib new` takes."""
    new.add_argument(
        "example", metavar="NOTEBOOK",
        help="for example perk_ab_test; or a study to start from; or `source`, made from FILES; or `follow_up`",
    )  # fmt: skip
    new.add_argument("name", metavar="NAME", help="small letters, digits and _")
    new.add_argument("files", metavar="FILE", nargs="*", help=f"files or folders, {OWN}")
    new.add_argument("--source", metavar="SOURCE", help="settings from what this source holds")
    new.add_argument(
        "--from", dest="action", metavar="ACTION",
        help="the study of an action that a page lists (actions.csv), and its follow-up; of `follow_up`, the "
        "study that is looked at again",
    )  # fmt: skip
    _add_of_a_study(new.add_argument_group("choices with --source"))
    _add_of_a_source(new.add_argument_group(f"choices {OWN}, in place of its guesses"))


def _add_of_a_study(study: argparse._ArgumentGroup) -> None:
    study.add_argument(
        "--date", metavar="DATE", type=flag_types.day, help="on which the change went live"
    )
    study.add_argument(
        "--min-effect",
        metavar="X",
        type=flag_types.positive(),
        help="the smallest effect worth acting on",
    )
    study.add_argument("--control", metavar="VARIANT", help="what everything is compared with")
    study.add_argument(
        "--split", metavar="VARIANT=SHARE,...", type=flag_types.shares, help="the planned shares"
    )
    study.add_argument(
        "--planned-n", metavar="N", type=flag_types.whole(2), help="customers planned per variant"
    )
    study.add_argument(
        "--experiment",
        metavar="NAME",
        help="which one; of new assignments that name none, its name",
    )

    study.add_argument(
        "--outcome",
        metavar="COLUMN",
        help="of a table of results or days: a column, or 'ratio(a, b)'",
    )
    study.add_argument(
        "--better", choices=("higher", "lower"), help="which way of that outcome is better"
    )


def _add_of_a_source(own: argparse._ArgumentGroup) -> None:
    own.add_argument("--timezone", metavar="ZONE", help="of times without one, like Europe/Rome")
    own.add_argument("--encoding", metavar="NAME", help="of text files, like gbk")
    own.add_argument(
        "--delimiter", metavar="SIGN", type=flag_types.sign, help="between two values; or tab"
    )
    own.add_argument("--decimal", choices=(".", ","), help="the sign before decimals")
    own.add_argument(
        "--thousands", choices=(".", ",", "'", " "), help="the sign between groups of three digits"
    )
    own.add_argument(
        "--dates", metavar="FORM", help="like '%%d/%%m/%%Y', where days and months can be mistaken"
    )
    own.add_argument(
        "--table",
        metavar="FILE=TABLE",
        action="append",
        default=[],
        type=flag_types.pair,
        help="what a file is",
    )
    own.add_argument(
        "--column", metavar="COLUMN=HEADER", action="append", default=[], type=flag_types.pair,
        help="which header is a canonical column; COLUMN= leaves it out",
    )  # fmt: skip
    own.add_argument(
        "--value", metavar="VALUE=CODE", action="append", default=[], type=flag_types.pair,
        help="what a status, channel or step means, like 'On hold=open'",
    )  # fmt: skip
    own.add_argument(
        "--survey",
        metavar="KIND:LOW-HIGH",
        type=flag_types.survey,
        help="of surveys, like csat:1-5",
    )
    own.add_argument("--currency", metavar="CODE", default="", help="of amounts, like EUR")
    own.add_argument("--title", default="", help="of the source, for pages")


def answer(given: argparse.Namespace) -> int:
    """Write what was asked for, say what comes next; the exit code."""
    from cs_lib.language import speaking
    from cs_lib.params import ParamsError
    from cs_lib.runs.new import NewError
    from cs_lib.runs.telling import terminal

    with speaking(terminal.language()):
        try:
            answers = {SOURCE: _source, FOLLOW_UP: _follow_up}
            return answers.get(given.example, _study)(given)
        except (NewError, ParamsError, OSError) as error:
            print(error, file=sys.stderr)
            return 2


def _study(given: argparse.Namespace) -> int:
    from cs_lib.language import say
    from cs_lib.params.places import shown
    from cs_lib.runs.new import NewError, new

    if given.source or given.action:
        return _from_source(given)
    if given.files:
        raise NewError(say("Files are for a source: cslib new source NAME FILE..."))
    path = new(given.example, given.name)
    print(
        say(
            "{path} is written and runs as it stands: cslib run {name}",
            path=shown(path),
            name=given.name,
        )
    )
    return 0


def _follow_up(given: argparse.Namespace) -> int:
    from cs_lib.language import say
    from cs_lib.runs.new import NewError
    from cs_lib.runs.starting.study import new_follow_up

    if not given.action or given.files or given.source:
        raise NewError(say("A follow-up is of a study: cslib new follow_up NAME --from STUDY"))
    print("\n".join(new_follow_up(given.name, given.action).said))
    return 0


def _from_source(given: argparse.Namespace) -> int:
    from datetime import date

    from cs_lib.language import say
    from cs_lib.runs.run import reports_folder
    from cs_lib.runs.starting.action import listed
    from cs_lib.runs.starting.draft import Asked
    from cs_lib.runs.starting.study import new_study

    action = listed(given.action, reports_folder(None)) if given.action else None
    chosen = Asked(
        date=date.fromisoformat(given.date) if given.date else None,
        min_effect=given.min_effect,
        planned_n=given.planned_n,
        control=given.control,
        experiment=given.experiment,
        split=dict(given.split) if given.split else None,
        outcome=given.outcome,
        better=given.better,
        action=action,
    )
    source = given.source or (action.source if action else "")
    written = new_study(given.example, given.name, source, chosen)
    print("\n".join(written.said))
    if written.asked:
        print(
            say("Only you can know:"),
            *(f"  {one}" for one in written.asked),
            sep="\n",
            file=sys.stderr,
        )
        return 2
    print(say("Then: {commands}", commands=f"cslib run {given.name}"))
    return 0


def _source(given: argparse.Namespace) -> int:
    from cs_lib.language import say
    from cs_lib.runs.attempt import Options
    from cs_lib.runs.overview import check
    from cs_lib.runs.run import reports_folder
    from cs_lib.runs.starting.source import new_source

    written = new_source(
        given.name, given.files, _choices(given), title=given.title, currency=given.currency
    )
    print("\n".join(written.said))
    if written.asked:
        print(
            say("Only you can know:"),
            *(f"  {one}" for one in written.asked),
            sep="\n",
            file=sys.stderr,
        )
        print(say("Then: cslib check {name}", name=given.name), file=sys.stderr)
        return 2
    # Where a study can follow, that is the next step, and no table that nobody brought.
    options = Options(reports_folder(None))
    code = int(check([str(written.path)], options, next_step=not written.studies))
    if not code and written.studies:
        commands = [
            f"cslib new {study} my_study --source {given.name}" for study in written.studies
        ]
        print(say("Then: {commands}", commands="; ".join(commands)))
    return code


def _choices(given: argparse.Namespace) -> Choices:
    from cs_lib.data.guess.records import Choices

    plain = (
        "encoding",
        "delimiter",
        "decimal",
        "thousands",
        "dates",
        "timezone",
        "survey",
        "experiment",
    )
    return Choices(
        **{name: getattr(given, name) for name in plain},
        tables=dict(given.table),
        columns=dict(given.column),
        values=dict(given.value),
    )
