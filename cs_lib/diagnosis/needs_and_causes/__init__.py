"""What brings customers to us and back again, who owns the cause, and what to fix first."""
