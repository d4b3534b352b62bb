"""An executed notebook as it is published: the same inputs, the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nbformat import from_dict

from cs_lib.runs.scrub import Scrubber

if TYPE_CHECKING:
    from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
VARYING = ("papermill", "execution", "widgets", "collapsed", "ExecuteTime")
WIDGET = "application/vnd.jupyter.widget-view+json"


def clean(notebook: NotebookNode, scrub: Scrubber) -> NotebookNode:
    """The notebook, changed in place: counted from 1, streams joined, no warnings, no machine."""
    for key in VARYING:
        notebook.metadata.pop(key, None)
    notebook.metadata["kernelspec"] = dict(KERNEL)
    count = 0
    for cell in notebook.cells:
        for key in VARYING:
            cell.metadata.pop(key, None)
        cell.source = scrub.secrets(cell.source)
        cell.metadata = from_dict(scrub.data(cell.metadata))  # type: ignore[no-untyped-call]
        if cell.cell_type == "code":
            ran = cell.execution_count is not None
            count += ran
            cell.execution_count = count if ran else None
            cell.outputs = _outputs(cell.outputs, scrub, cell.execution_count)
    return notebook


def _outputs(outputs: list[NotebookNode], scrub: Scrubber, count: int | None) -> list[NotebookNode]:
    kept: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            _join(kept, output)
        elif output.output_type == "error":
            _error(output, scrub)
            kept.append(output)
        elif _data(output, scrub):
            if "execution_count" in output:
                output.execution_count = count
            output.get("metadata", {}).pop("transient", None)
            kept.append(output)
    for output in kept:
        if output.output_type == "stream":
            output.text = scrub(_overwritten(output.text))
    return [o for o in kept if o.output_type != "stream" or o.text.strip()]


def _join(kept: list[NotebookNode], output: NotebookNode) -> None:
    """Printed text in one piece however it arrived; what went to stderr belongs to the log."""
    if output.name == "stderr":
        return
    if kept and kept[-1].output_type == "stream":
        kept[-1].text += output.text
    else:
        kept.append(output)


def _overwritten(text: str) -> str:
    """What a terminal would still show of lines that were drawn over."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def _error(output: NotebookNode, scrub: Scrubber) -> None:
    """An error that its cell allows."""
    for key in ("ename", "evalue"):
        output[key] = scrub(str(output.get(key, "")))
    output["traceback"] = [scrub(str(line)) for line in output.get("traceback", [])]


def _data(output: NotebookNode, scrub: Scrubber) -> bool:
    """Scrub each form of an output; whether anything is left of it."""
    output.data.pop(WIDGET, None)
    for mime, value in output.data.items():
        if mime.endswith("json"):
            output.data[mime] = scrub.data(value)
        elif not mime.startswith("image/") or mime == "image/svg+xml":
            change: Callable[[str], str] = scrub if mime.startswith("text/") else scrub.secrets
            output.data[mime] = change(value if isinstance(value, str) else "".join(value))
    if output.get("metadata"):
        kept = scrub.data(output["metadata"])
        output["metadata"] = from_dict(kept)  # type: ignore[no-untyped-call]
    return bool(output.data)
