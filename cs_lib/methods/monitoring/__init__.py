"""Is the process steady, is the extract whole."""
