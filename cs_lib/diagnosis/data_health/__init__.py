"""What a source can answer today, what it cannot, and the one thing that would change that."""
