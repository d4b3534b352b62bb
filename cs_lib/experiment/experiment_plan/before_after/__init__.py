"""The plan of a before/after study or of a roll-out from team to team."""
