"""From what a source holds to what it can answer."""
