"""Difference-in-differences: teams by periods."""
