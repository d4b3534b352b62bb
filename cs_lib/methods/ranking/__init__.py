"""Orders by size that know their doubt."""
