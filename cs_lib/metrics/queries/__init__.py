"""From tables to small numbers, as SQL for the engine that holds them."""
