"""Stories about needs and causes: codes with errors, a coded sample, texts, needs that rise, and chance repeats."""
