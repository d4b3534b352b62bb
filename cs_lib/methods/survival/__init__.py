"""Time to an event, with those still waiting."""
