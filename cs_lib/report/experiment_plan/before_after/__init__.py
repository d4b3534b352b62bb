"""Figures, tables and first screen of the plan of a before/after study or a roll-out."""
