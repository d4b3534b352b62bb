"""The story about the way from asking to solved: chases, handoffs, promises, a queue that grows, and a decoy."""
