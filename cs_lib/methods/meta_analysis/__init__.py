"""What several studies of one metric say together: shrunk effects, their sum, and whether they still hold."""
