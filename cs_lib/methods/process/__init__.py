"""The way of contacts: what the hit ones lose, what slow ones have, and from which week on a wait is longer."""
