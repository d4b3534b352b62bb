"""What a guess about a user's files rests on, as a sentence."""

from __future__ import annotations

from cs_lib.data.guess.records import Reason
from cs_lib.language import later, say, visible

SENTENCES = {
    # how a file is read
    "chosen_encoding": later("as you chose"),
    "encoding_marked": later("its byte-order mark says {encoding}"),
    "encoding_reads": later("it is not UTF-8 and reads as {encoding}, for example {text}"),
    "chosen_delimiter": later("as you chose"),
    "delimiter_fits": later("its lines have {columns} columns with this sign"),
    "title_above": later("above the names of columns stands: {text}"),
    "total_below": later("below the rows stands: {text}"),
    "missing_words": later(
        "these stand where a time, a number or a yes or no is missing: {values}"
    ),
    "number_signs": later("all numbers fit it, for example {value} is {read}"),
    "chosen_signs": later("as you chose"),
    "number_open": later(
        "{value} may be one thousand and more (--thousands '{sign}') or a number with three decimals (--decimal "
        "'{sign}'); until you say which, the column is left out"
    ),
    # what a column is
    "header": later("by its name"),
    "chosen": later("as you chose"),
    "form": later("{header}: all {rows} values are written so, for example {value}"),
    "chosen_form": later("written {form}, as you chose"),
    "form_like": later("written {form}, as {header} of the same file is for certain"),
    "status_values": later("by its values: {values}"),
    "status_by_stamps": later(
        "No column is a status: a contact counts as done when {headers} is filled, and as open otherwise."
    ),
    "no_status": later(
        "Nothing tells whether a contact was resolved: all count as open, and no time to resolution can be had."
    ),
    "status_by_steps": later("by the last steps of a case"),
    "assignment_is_customer": later(
        "no column numbers the assignments; {header} is there once for each"
    ),
    "one_experiment": later(
        "no column names the experiment; all rows are taken for one, called {name}"
    ),
    "as_written": later("the step as it is written"),
    "row_order": later("no column numbers the steps: they come in the order of the rows"),
    "start_of_step": later("{header} says which row is the start of a step, {number} which step"),
    "end_of_step": later("{header} says which row is the end of a step, {number} which step"),
    "start_and_end_apart": later(
        "{header} tells starts from ends of steps, but no column numbers the steps: both are taken for steps of their"
        " own."
    ),
    "first_step": later("the first {header} of a case"),
    "last_step": later("the last step called {values}"),
    "first_value": later("the first {header} of a case"),
    "from_events": later("Contacts are made from a log of their steps: one for each {header}."),
    # what is offered
    "closed_by_hand": later(
        "only if people close contacts when they are resolved; closing by a timer is no resolution"
    ),
    "complaint_values": later("only if these are your complaints: {values}"),
    "complaint_file": later("only if every row is a complaint"),
    # what went nowhere
    "unknown": later("no column of the table is called so"),
    "score_here": later(
        "scores are surveys, a table of their own, which needs when each was offered"
    ),
    "second": later("another column is {column} already"),
    "empty": later("it is empty"),
    "no_stamps": later("not every value is a time, for example {value}; it would be {column}"),
    "no_codes": later("not every value is known, for example {value}; it would be {column}"),
    "no_numbers": later("not every value is a number, for example {value}; it would be {column}"),
    "no_rows": later("it has no rows"),
    "second_table": later("another file is {table} already and has more of its columns"),
    "lacks": later(
        "nearest is {table}, whose {lacking} no column is called (columns: {headers}). If one is, name it: "
        "--column {first}=HEADER. Is it one row per customer of a test: --table FILE=results --column variant=HEADER."
    ),
    "holds_something_else": later(
        "by the names of its columns it is {table}, their values are something else (columns: {headers})"
    ),
    # what only the user can know
    "timezone": later(
        "Times carry no zone ({headers}). Which is it? --timezone Europe/Rome, or `timezone` in the file."
    ),
    "date_form": later(
        "{header} can be read in two ways: {ways}. Which is it? --dates '{first}', or a line of `dates` in the file."
    ),
    "survey": later(
        "Surveys need their kind and scale: --survey csat:1-5, or `kind`, `scale_min` and `scale_max` in the file."
    ),
    "status": later(
        "These statuses are not known here: {values}. What do they mean? --value '{first}=open', or a line in the file."
    ),
}


def told(reason: Reason) -> str:
    """The sentence of a reason, in one line whatever a file has in its cells."""
    code, facts = reason
    parts = dict(facts)
    if code == "lacks":
        parts["first"] = str(parts["lacking"]).split(", ")[0]
    if code == "date_form":
        ways = list(parts["ways"])  # type: ignore[call-overload]
        parts |= {"first": ways[0].split(" (")[0], "ways": ", ".join(ways)}
    return one_line(say(SENTENCES[code], **parts))


def one_line(text: str) -> str:
    """A text without line ends and without what hides, at most as long as a line that can be read."""
    plain = visible(" ".join(text.split()))
    return plain if len(plain) <= 400 else plain[:397] + "..."
