"""What a scorecard shows beside its daily metrics: open contacts by age, customers with a problem, and drivers."""
