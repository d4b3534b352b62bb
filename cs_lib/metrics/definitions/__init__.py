"""What each metric counts, by subject."""
