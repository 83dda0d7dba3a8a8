"""Links between rows."""
