"""Drawings of the service scorecard: metrics by weeks with their limits, marks, backlog by age, parts of a change."""
