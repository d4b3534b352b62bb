"""Which canonical table rows are, and which column each header is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cs_lib.data.contracts import TABLES, Column
from cs_lib.data.engines.base import identifier, quote
from cs_lib.data.guess.columns import Asked, Stamps
from cs_lib.data.guess.records import Choices, ColumnGuess, Reason, TableGuess
from cs_lib.data.guess.two_rows import paired
from cs_lib.data.guess.words import (
    ACTIVITY,
    COMPLAINT,
    CORE,
    FILE_NAMES,
    FLAG,
    HEADERS,
    SCORES,
    STATUS,
    VALUES,
    ZONES,
    meaning,
    squeezed,
)

CATCH_ALL = "other"
FEW = 15  # different values of a column that is taken for a status by its values alone


def likely_tables(file: str, headers: Sequence[str], choices: Choices) -> list[str]:
    """The canonical tables that rows may be, the likeliest first: by the headers, then by the file's name."""
    stated = choices.tables.get(file)
    if stated:
        return [stated] if stated in HEADERS else []
    scores = {}
    for table, core in CORE.items():
        found = by_header(table, headers, choices)
        if all(column in found for column in core):
            named = any(word in squeezed(file) for word in FILE_NAMES.get(table, ()))
            scores[table] = (len(found) + 2 * named, named)
    return sorted(scores, key=lambda table: scores[table], reverse=True)


def nearest_table(file: str, headers: Sequence[str], choices: Choices) -> tuple[str, list[str]]:
    """The table that headers come nearest to, and the columns that it would need besides."""
    lacking = {
        table: [one for one in core if one not in by_header(table, headers, choices)]
        for table, core in CORE.items()
    }
    if choices.tables.get(file) in lacking:
        return choices.tables[file], lacking[choices.tables[file]]
    known = {table: by_header(table, headers, choices) for table in CORE}
    near = max(
        lacking, key=lambda table: (-len(lacking[table]) / len(CORE[table]), len(known[table]))
    )
    return near, lacking[near]


def by_header(table: str, headers: Sequence[str], choices: Choices) -> dict[str, list[str]]:
    """The headers that may be each canonical column, the preferred one first; a header is one column at most."""
    found, taken = dict[str, list[str]](), set[str]()
    for column in (c.name for c in TABLES[table].columns):
        if column in choices.columns:
            meant = [h for h in headers if h == choices.columns[column]]
            if meant or not choices.columns[column]:
                taken.update(meant)
                found |= {column: meant} if meant else {}
                continue
        words = (squeezed(column), *HEADERS[table].get(column, ()))
        ranked = sorted(
            (words.index(squeezed(h)), place, h)
            for place, h in enumerate(headers)
            if squeezed(h) in words and h not in taken and h not in choices.columns.values()
        )
        if ranked:
            found[column] = [h for *_, h in ranked]
            taken.update(found[column])
    return found


class Mapper:
    """Makes the guess of one table from the rows of a relation."""

    def __init__(
        self, asked: Asked, table: str, files: list[str], choices: Choices, name: str
    ) -> None:
        self.asked, self.table, self.choices, self.name = asked, table, choices, name
        self.headers = list(asked.kinds)
        self.guess = TableGuess(table, files, [])

    def mapped(self) -> TableGuess | None:
        """The table, None when a column that it cannot do without holds something else."""
        found = by_header(self.table, self.headers, self.choices)
        for column in TABLES[self.table].columns:
            for header in found.get(column.name, []):
                if self.guess.of(column.name):
                    self._leave(header, "second", column=column.name)
                else:
                    self._take(column, header)
        if any(self.guess.of(one) is None for one in CORE[self.table]):
            return None
        self._numbers()
        self._settle_dates()
        self._complete()
        known = {one.header for one in self.guess.columns} | {
            header for header, _ in self.guess.left
        }
        for header in self.headers:
            if header not in known:
                self._leave(header, "score_here" if squeezed(header) in SCORES else "unknown")
        order = [c.name for c in TABLES[self.table].columns]
        self.guess.columns.sort(key=lambda one: order.index(one.column))
        return self.guess

    def _leave(self, header: str, code: str, **facts: object) -> None:
        self.guess.left.append((header, (code, facts)))

    def _take(self, column: Column, header: str) -> None:
        """One header as a column, if its values can be."""
        filled, _ = self.asked.count(header)
        if not filled:
            self._leave(header, "empty")
            return
        chosen = self.choices.columns.get(column.name) == header
        why: Reason = ("chosen" if chosen else "header", {"header": header})
        one = ColumnGuess(column.name, header, why=[why])
        if column.type in ("time", "date"):
            stamps = self.asked.stamps(header)
            if stamps is None or stamps.odd:
                self._leave(
                    header,
                    "no_stamps",
                    column=column.name,
                    value=_example(self.asked, header, stamps),
                )
                return
            _write(one, stamps)
        elif (column.type == "flag" and not self._coded(one, FLAG, native=("true", "false"))) or (
            column.values
            and not self._coded(one, VALUES.get((self.table, column.name)), column.values)
        ):
            return
        self.guess.columns.append(one)

    def _coded(
        self, one: ColumnGuess, words: Mapping[str, tuple[str, ...]] | None, native: tuple[str, ...]
    ) -> bool:
        """Note what each value means; whether the column can be used."""
        found = self.asked.codes(one.header)
        known = words or {code: () for code in native}
        if self.asked.kinds[one.header] == "BOOLEAN":
            return True
        chosen = {squeezed(v): code for v, code in self.choices.values.items() if code in native}
        read = {v: chosen.get(squeezed(v)) or meaning(v, known) for v in found or ()}
        lost = [value for value, code in read.items() if code is None]
        asked = one.column == "status"  # every study needs one: what is not known is asked for
        # A log of another kind of service has steps of its own names, each of which is a step all the same.
        named = one.column == "stage" and squeezed(one.header) in ACTIVITY
        none_known = len(lost) == len(read) and not asked and not named
        if found is None or none_known or (lost and not asked and CATCH_ALL not in native):
            self._leave(one.header, "no_codes", column=one.column, value=next(iter(lost or [""])))
            return False
        one.codes = {v: code for v, code in read.items() if code and code != v}
        one.unknown = lost
        return True

    def _numbers(self) -> None:
        """Columns of numbers are kept when all of them are written alike."""
        kinds = {c.name: c.type for c in TABLES[self.table].columns}
        for one in [c for c in self.guess.columns if kinds[c.column] in ("number", "whole")]:
            if self.asked.numbers([one.header]) is None:
                self.guess.columns.remove(one)
                self._leave(
                    one.header,
                    "no_numbers",
                    column=one.column,
                    value=_example(self.asked, one.header, None),
                )

    def _settle_dates(self) -> None:
        """Of forms that read the same values differently take the one that the user or another column states."""
        stated = {_day(one.form): one.header for one in self.guess.columns if one.form}
        for one in [c for c in self.guess.columns if c.open]:
            chosen = [form for form in one.open if self.choices.dates in (form, _day(form))]
            like = [form for form in one.open if _day(form) in stated]
            if chosen or len(like) == 1:
                one.form = (chosen or like)[0]
                facts = {"form": one.form, "header": "" if chosen else stated[_day(one.form)]}
                one.why.append(("chosen_form" if chosen else "form_like", facts))
                one.open = {}

    def _complete(self) -> None:
        """Required columns that no header is, made from others where that is no guess."""
        complete = {"contacts": self._contacts, "perk_assignments": self._assignments, "surveys": self._surveys,
                    "events": self._events}.get(self.table)  # fmt: skip
        if complete:
            complete()

    def _contacts(self) -> None:
        if self.guess.of("status") is None:
            self._status_by_values()
        resolved, closed = self.guess.of("resolved_at"), self.guess.of("closed_at")
        if self.guess.of("status") is None:
            self._status_by_stamps([one for one in (resolved, closed) if one])
        if closed and resolved is None:
            self._offer(
                "resolved_at",
                identifier(closed.header),
                ("closed_by_hand", {"header": closed.header}),
            )
        if self.guess.of("is_complaint") is None:
            self._complaints()

    def _status_by_values(self) -> None:
        used = {one.header for one in self.guess.columns}
        for header in [
            h for h in self.headers if h not in used and self.asked.kinds[h] == "VARCHAR"
        ]:
            found = self.asked.codes(header)
            if found and 2 <= len(found) <= FEW and all(meaning(value, STATUS) for value in found):
                one = ColumnGuess(
                    "status",
                    header,
                    why=[("status_values", {"values": ", ".join(list(found)[:3])})],
                )
                self._coded(one, STATUS, tuple(STATUS))
                self.guess.columns.append(one)
                return

    def _status_by_stamps(self, stamps: list[ColumnGuess]) -> None:
        whens = [
            f"WHEN {identifier(one.header)} IS NOT NULL THEN {quote(one.column.removesuffix('_at'))}"
            for one in stamps
        ]
        expression = f"CASE {' '.join(whens)} ELSE 'open' END" if whens else "'open'"
        code = "status_by_stamps" if whens else "no_status"
        facts = {"headers": ", ".join(one.header for one in stamps)}
        self.guess.columns.append(ColumnGuess("status", expression=expression, why=[(code, facts)]))
        self.guess.caveats.append((code, facts))

    def _complaints(self) -> None:
        """What may say that a contact is a complaint is offered, never taken: it moves every rate of complaints."""
        issue = self.guess.of("issue")
        codes = self.asked.codes(issue.header) if issue else None
        said = [v for v in codes or () if squeezed(v) in COMPLAINT]
        if issue and said:
            test = f"{identifier(issue.header)} IN ({', '.join(map(quote, said))})"
            self._offer(
                "is_complaint",
                test,
                ("complaint_values", {"header": issue.header, "values": ", ".join(said)}),
            )
        elif any(
            word in squeezed(text)
            for text in (*self.guess.files, *self.headers)
            for word in COMPLAINT
        ):
            self._offer("is_complaint", "true", ("complaint_file", {}))

    def _offer(self, column: str, expression: str, why: Reason) -> None:
        self.guess.offers.append(ColumnGuess(column, expression=expression, why=[why]))

    def _assignments(self) -> None:
        customer = self.guess.of("customer_id")
        if self.guess.of("assignment_id") is None and customer:
            why: Reason = ("assignment_is_customer", {"header": customer.header})
            self.guess.columns.append(ColumnGuess("assignment_id", customer.header, why=[why]))
        if self.guess.of("experiment_id") is None:
            name = self.choices.experiment or self.name
            one = ColumnGuess(
                "experiment_id", expression=quote(name), why=[("one_experiment", {"name": name})]
            )
            self.guess.columns.append(one)

    def _events(self) -> None:
        stage = self.guess.of("stage")
        if (
            stage
            and stage.header
            and self.guess.of("raw_stage") is None
            and (stage.codes or stage.unknown)
        ):
            self.guess.columns.append(
                ColumnGuess("raw_stage", stage.header, why=[("as_written", {})])
            )
        paired(self.asked, self.guess, self.headers)

    def _surveys(self) -> None:
        kind, _, scale = (self.choices.survey or "").partition(":")
        low, _, high = scale.partition("-")
        given = {"kind": quote(kind), "scale_min": low, "scale_max": high} if high else {}
        for column, expression in given.items():
            if self.guess.of(column) is None:
                self.guess.columns.append(
                    ColumnGuess(column, expression=expression, why=[("chosen", {"header": ""})])
                )


def _write(one: ColumnGuess, stamps: Stamps) -> None:
    """How the stamps of a column are written, and the zone that its header states."""
    one.local, one.form, one.open = stamps.local, stamps.form, dict(stamps.open)
    if stamps.form:
        facts = {"header": one.header, "value": stamps.example, "rows": stamps.filled}
        one.why.append(("form", facts))
    words = re.findall(r"[a-z]+|[\u4e00-\u9fff]+", one.header.casefold())
    one.zone = next((ZONES[word] for word in words if word in ZONES), "") if one.local else ""


def _example(asked: Asked, header: str, stamps: Stamps | None) -> str:
    if stamps and stamps.first:
        return stamps.first
    return asked.one(header)


def _day(form: str) -> str:
    """The day of a form, without its clock."""
    return re.split(r"[ T]?%[HI]", form)[0]
