"""The plan of an A/B test of perks."""
