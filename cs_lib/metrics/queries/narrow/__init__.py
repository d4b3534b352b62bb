"""What the narrow tables of cases are made of: their kinds and columns, and what follows a case."""
