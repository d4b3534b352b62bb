"""Contacts on their way: steps, ways, time, pains, handoffs, from one sorted pass over the events."""
