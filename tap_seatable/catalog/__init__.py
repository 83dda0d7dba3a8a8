"""From tables to streams."""
