"""Painters of the way from asking to solved: the map, the hours, the ways, the handoffs, the weeks."""
