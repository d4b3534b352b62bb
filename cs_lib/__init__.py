"""Helper library of the service-process improvement notebooks; see README.md for the map."""

__version__ = "0.1.0"
