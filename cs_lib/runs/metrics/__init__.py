"""`cslib metrics`: every metric, and what one of them is, needs and reads."""
