"""Figures, tables and first screen of the plan of an A/B test."""
