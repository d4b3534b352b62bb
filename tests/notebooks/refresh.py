"""Run the notebooks on the demo and store them normalised: fixed cell ids, text outputs, nothing that varies.

The settings cell is written anew from the settings file of the study that it names, with the models' words as comments.
After a merge: take either side of a notebook and run this.

`python -m tests.notebooks.refresh` writes; with `--check` it only says whether a stored notebook is normalised.
"""

import ast
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from cs_lib import params
from cs_lib.params.template import cell_text

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


HEAD = (
    "Settings: change a value, then Run > Run All Cells. A value that cannot be is refused in one sentence. "
    "What is not here has its default: params.explain('{notebook}') lists it all."
)


def settings_cell(source: str) -> str:
    """The parameters cell of the study it names, every key with what it means."""
    [name] = [
        ast.literal_eval(line.value)
        for line in ast.parse(source).body
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "study"
    ]
    study = params.load(name)
    return cell_text(
        type(study),
        params.to_cell(study),
        head=HEAD.format(notebook=study.notebook),
        also=params.models_of(study.notebook),
    )


def normalise(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook as it is committed."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    count = 0
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i:02d}"
        tags = cell.metadata.get("tags")
        cell.metadata = {"tags": sorted(tags)} if tags else {}
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = settings_cell(cell.source)
        if cell.cell_type == "code":
            count += 1  # nbval takes a cell without a number for one that never ran
            cell.execution_count = count
            cell.outputs = [_text_only(o, count) for o in cell.outputs if o.output_type != "stream"]
    return notebook


def _text_only(output: nbformat.NotebookNode, count: int) -> nbformat.NotebookNode:
    output.metadata = {}
    output.data = {k: v for k, v in output.data.items() if k == "text/plain"}
    if "execution_count" in output:
        output.execution_count = count
    return output


def stored(path: Path) -> str:
    """The bytes a normalised notebook has."""
    return nbformat.writes(normalise(nbformat.read(path, as_version=4))) + "\n"


def main() -> int:
    """Write or check every notebook."""
    if "--check" in sys.argv:
        wrong = [p.name for p in NOTEBOOKS if p.read_text(encoding="utf-8") != stored(p)]
        print("\n".join(f"{name}: run `make notebooks`" for name in wrong) or "all normalised")
        return 1 if wrong else 0
    for path in NOTEBOOKS:
        notebook = normalise(nbformat.read(path, as_version=4))
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
        path.write_text(nbformat.writes(normalise(notebook)) + "\n", encoding="utf-8")
        print(f"stored {path.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
