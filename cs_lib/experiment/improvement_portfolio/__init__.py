"""What a year's improvements brought: studies seen together, claims that do not overlap, what still holds."""
