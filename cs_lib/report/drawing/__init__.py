"""Numbers onto axes: knows no study and no result."""
