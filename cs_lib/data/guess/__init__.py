"""What a user's own files seem to be: guesses with what each rests on, and what was left open or out."""
