"""Interrupted time series: one series, one or several changes."""
