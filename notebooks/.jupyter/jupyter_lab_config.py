"""Opening a notebook is no change of it, although JupyterLab writes the kernel and its Python's version into it.

What it would write stands there already when a notebook is opened, and is taken out when it is saved: the
stored file is the same on every machine.
"""

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelspec import get_kernel_dict
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

STORED = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
HERE = {
    "kernelspec": {**STORED["kernelspec"], "display_name": get_kernel_dict()["display_name"]},
    "language_info": IPythonKernel.language_info,
}


class Contents(AsyncLargeFileManager):
    """Files as JupyterLab sees them."""

    async def get(self, path, content=True, **options):
        """A notebook as this machine's kernel would leave it."""
        model = await super().get(path, content=content, **options)
        if model["type"] == "notebook" and model.get("content"):
            _replace(model["content"]["metadata"], STORED, HERE)
        return model

    async def save(self, model, path=""):
        """A notebook as it is on every machine."""
        if model.get("type") == "notebook" and model.get("content"):
            _replace(model["content"]["metadata"], HERE, STORED)
        return await super().save(model, path)


def _replace(metadata, old, new):
    """Only for a notebook of ours; another kernel's stays what it is."""
    if all(metadata.get(key) == value for key, value in old.items()):
        metadata.update({key: dict(value) for key, value in new.items()})


c.ServerApp.contents_manager_class = Contents  # noqa: F821
