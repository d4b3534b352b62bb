"""What a run tells: to a person at a terminal, to a log, to a machine. None of it can end the run."""
