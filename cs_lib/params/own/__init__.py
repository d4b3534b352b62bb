"""Settings of what is a user's own: columns of own tables, metrics in files of their own."""
