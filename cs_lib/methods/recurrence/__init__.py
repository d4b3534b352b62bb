"""Customers who come back: beyond chance, and what it would be worth if they did not."""
