"""The study of notebooks/perk_ab_test.ipynb: a perk given by chance."""
