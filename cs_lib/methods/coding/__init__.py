"""Codes that people and rules gave: agreement, shares corrected by a coded sample, what each rule is worth."""
