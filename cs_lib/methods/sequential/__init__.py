"""Looks at data that are still coming in."""
