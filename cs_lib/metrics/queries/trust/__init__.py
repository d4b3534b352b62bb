"""What the tables behind the outcomes of followed customers hold, as far as one can doubt them."""
