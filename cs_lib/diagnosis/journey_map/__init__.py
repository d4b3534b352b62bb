"""Where on the way from asking to solved it hurts, how many, and who can end it."""
