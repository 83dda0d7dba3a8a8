"""Column types: coercion, dates, and how v1 displays values."""
