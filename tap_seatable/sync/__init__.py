"""What to do with a table and doing it."""
