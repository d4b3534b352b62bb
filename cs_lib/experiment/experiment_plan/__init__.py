"""The study of notebooks/experiment_plan.ipynb: an experiment that has not begun, by what it plans."""
