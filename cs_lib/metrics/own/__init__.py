"""Metrics of one's own: files of params/metrics made definitions like those of the catalogue."""
