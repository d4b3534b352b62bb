"""`cslib new`: settings to start from, of the demo, of a user's own files, or of what a source holds."""
