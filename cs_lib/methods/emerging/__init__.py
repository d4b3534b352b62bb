"""What is new: needs that rise beyond their orders, and words that rise in texts."""
