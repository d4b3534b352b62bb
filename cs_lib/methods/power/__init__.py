"""What a study would find; stands on the other packages of methods."""
