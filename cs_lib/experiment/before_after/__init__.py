"""The study of notebooks/before_after.ipynb: a change of the service flow at a date."""
