"""Randomised comparisons from moments."""
