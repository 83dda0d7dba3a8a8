"""A budget of calls that all processes share, in SQLite or PostgreSQL."""
